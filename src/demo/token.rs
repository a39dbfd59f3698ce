//! The token endpoint: LTT proves who it is by a signed assertion and gets an access token
//! (1EdTech Security Framework 1.0, §4.1; RFC 7523).

use std::{
    collections::HashMap,
    sync::{MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{
    Algorithm, DecodingKey, Validation, decode, decode_header,
    jwk::{Jwk, JwkSet},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::{CLIENT_ID, Lms, Parameters};

/// Where access tokens are given out.
pub(super) const TOKEN: &str = "/lti/token";

/// Reading the columns of the gradebook.
pub(super) const LINE_ITEM_READ: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";

/// Reading what stands in them.
pub(super) const RESULT_READ: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";

/// Writing scores.
pub(super) const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";

/// All that this LMS grants.
pub(super) const SCOPES: [&str; 3] = [LINE_ITEM_READ, RESULT_READ, SCORE];

/// How long an access token is good for.
const ACCESS_LIFETIME: TimeDelta = TimeDelta::hours(1);

/// The longest an assertion may be good for.
const LONGEST_ASSERTION: TimeDelta = TimeDelta::hours(1);

/// How far the tool's clock may be ahead.
const LEEWAY: TimeDelta = TimeDelta::seconds(5);

/// How long the tool may take to answer with its keys.
const KEY_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest set of keys that is read, in bytes.
const KEY_LIMIT: usize = 64 * 1024;

pub(super) fn router() -> Router<Lms> {
    Router::new().route(TOKEN, post(grant))
}

/// Why no token is given; the words are those of RFC 6749 §5.2.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum TokenRefusal {
    #[error("grant_type must be client_credentials")]
    GrantType,
    #[error("{0}")]
    Request(&'static str),
    #[error("{0}")]
    Client(String),
    #[error("none of these scopes is known here")]
    Scope,
}

impl TokenRefusal {
    fn client(reason: impl Into<String>) -> Self {
        Self::Client(reason.into())
    }
}

impl IntoResponse for TokenRefusal {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::GrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type"),
            Self::Request(_) => (StatusCode::BAD_REQUEST, "invalid_request"),
            Self::Client(_) => (StatusCode::UNAUTHORIZED, "invalid_client"),
            Self::Scope => (StatusCode::BAD_REQUEST, "invalid_scope"),
        };
        (status, Json(json!({ "error": code, "error_description": self.to_string() }))).into_response()
    }
}

#[derive(Serialize)]
struct Granted {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
}

async fn grant(State(lms): State<Lms>, Form(request): Form<Parameters>) -> Result<Response, TokenRefusal> {
    if request.get("grant_type") != Some("client_credentials") {
        return Err(TokenRefusal::GrantType);
    }
    if request.get("client_assertion_type") != Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer") {
        return Err(TokenRefusal::Request("client_assertion_type must be that of a JWT bearer"));
    }
    let assertion = request.get("client_assertion").ok_or(TokenRefusal::Request("client_assertion is missing"))?;
    let asked = request.get("scope").ok_or(TokenRefusal::Request("scope is missing"))?;
    let scopes: Vec<_> = SCOPES.into_iter().filter(|known| asked.split(' ').any(|scope| scope == *known)).collect();
    if scopes.is_empty() {
        return Err(TokenRefusal::Scope);
    }
    let claims = verify(&lms, assertion).await?;
    let (now, access_token) = (lms.0.clock.now(), lms.0.entropy.secret());
    let scope = scopes.join(" ");
    lms.grants().give(now, claims, &access_token, scopes)?;
    let granted = Granted { access_token, token_type: "Bearer", expires_in: ACCESS_LIFETIME.num_seconds(), scope };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(granted)).into_response())
}

/// What a tool says about itself to get a token.
#[derive(Debug, Deserialize)]
struct Assertion {
    iss: String,
    sub: String,
    iat: i64,
    exp: i64,
    jti: String,
}

/// Checks an assertion against the tool's own keys.
async fn verify(lms: &Lms, assertion: &str) -> Result<Assertion, TokenRefusal> {
    let header = decode_header(assertion).map_err(|_| TokenRefusal::client("the assertion is no JWT"))?;
    if header.alg != Algorithm::RS256 {
        return Err(TokenRefusal::client("the assertion must be signed by RS256"));
    }
    let kid = header.kid.ok_or_else(|| TokenRefusal::client("the assertion names no key"))?;
    let key = lms.0.tool.find(&kid).await?;
    let key = DecodingKey::from_jwk(&key).map_err(|_| TokenRefusal::client("the tool's key cannot be used"))?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&[lms.0.addresses.at(TOKEN).as_str()]);
    validation.set_required_spec_claims(&["aud"]);
    // The library would ask the system's clock; the times are compared below with ours.
    validation.validate_exp = false;
    let claims = decode::<Assertion>(assertion, &key, &validation)
        .map_err(|error| TokenRefusal::client(format!("the assertion does not hold: {error}")))?
        .claims;
    let now = lms.0.clock.now().timestamp();
    if claims.iss != CLIENT_ID || claims.sub != CLIENT_ID {
        return Err(TokenRefusal::client("iss and sub must be the client id"));
    }
    if claims.iat > now + LEEWAY.num_seconds() || claims.exp <= now {
        return Err(TokenRefusal::client("the assertion is not valid now"));
    }
    if claims.exp.saturating_sub(claims.iat) > LONGEST_ASSERTION.num_seconds() {
        return Err(TokenRefusal::client("the assertion is good for too long"));
    }
    Ok(claims)
}

/// The tokens that are out, and the assertions that were used for them.
#[derive(Default)]
pub(super) struct Grants {
    used: HashMap<String, DateTime<Utc>>,
    tokens: HashMap<String, Grant>,
}

struct Grant {
    scopes: Vec<&'static str>,
    expires_at: DateTime<Utc>,
}

impl Grants {
    fn give(
        &mut self,
        now: DateTime<Utc>,
        assertion: Assertion,
        token: &str,
        scopes: Vec<&'static str>,
    ) -> Result<(), TokenRefusal> {
        self.used.retain(|_, forgotten_at| *forgotten_at > now);
        self.tokens.retain(|_, grant| grant.expires_at > now);
        let forgotten_at = now + LONGEST_ASSERTION + LEEWAY;
        if self.used.insert(assertion.jti, forgotten_at).is_some() {
            return Err(TokenRefusal::client("the assertion was used before"));
        }
        self.tokens.insert(token.to_owned(), Grant { scopes, expires_at: now + ACCESS_LIFETIME });
        Ok(())
    }
}

/// Why a request for the gradebook is refused (RFC 6750 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccessRefusal {
    /// No token, or none that is good now.
    Token,
    /// The token is good, but not for this.
    Scope,
}

impl IntoResponse for AccessRefusal {
    fn into_response(self) -> Response {
        let (status, challenge) = match self {
            Self::Token => (StatusCode::UNAUTHORIZED, r#"Bearer error="invalid_token""#),
            Self::Scope => (StatusCode::FORBIDDEN, r#"Bearer error="insufficient_scope""#),
        };
        (status, [(header::WWW_AUTHENTICATE, challenge)]).into_response()
    }
}

impl Lms {
    fn grants(&self) -> MutexGuard<'_, Grants> {
        self.0.grants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the request carries a token that is good for `scope`.
    pub(super) fn demand(&self, headers: &HeaderMap, scope: &str) -> Result<(), AccessRefusal> {
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(AccessRefusal::Token)?;
        let grants = self.grants();
        let grant = grants.tokens.get(token).filter(|grant| grant.expires_at > self.0.clock.now());
        let grant = grant.ok_or(AccessRefusal::Token)?;
        if grant.scopes.contains(&scope) { Ok(()) } else { Err(AccessRefusal::Scope) }
    }
}

/// The tool's public keys, fetched when one is asked for that is not known yet.
pub(super) struct ToolKeys {
    url: Url,
    client: reqwest::Client,
    known: tokio::sync::Mutex<JwkSet>,
}

impl ToolKeys {
    pub(super) fn at(url: Url) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(KEY_TIMEOUT)
            .build()?;
        Ok(Self { url, client, known: tokio::sync::Mutex::new(JwkSet { keys: Vec::new() }) })
    }

    async fn find(&self, kid: &str) -> Result<Jwk, TokenRefusal> {
        let mut known = self.known.lock().await;
        if known.find(kid).is_none() {
            *known = self.fetch().await?;
        }
        known.find(kid).cloned().ok_or_else(|| TokenRefusal::client("the tool publishes no such key"))
    }

    async fn fetch(&self) -> Result<JwkSet, TokenRefusal> {
        let unreachable = |error: reqwest::Error| {
            TokenRefusal::client(format!("the tool's keys cannot be fetched from {}: {error}", self.url))
        };
        let mut response = self.client.get(self.url.clone()).send().await.and_then(reqwest::Response::error_for_status);
        let mut body = Vec::new();
        let response = response.as_mut().map_err(|error| TokenRefusal::client(error.to_string()))?;
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() > KEY_LIMIT {
                return Err(TokenRefusal::client("the tool's keys are too large"));
            }
        }
        serde_json::from_slice(&body).map_err(|_| TokenRefusal::client("the tool's keys are no key set"))
    }
}
