//! The token endpoint: the tool proves who it is by a signed assertion and gets an access token, which the services ask for.
//! (Security Framework 1.0 §4.1; RFC 7523)

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use jsonwebtoken::{DecodingKey, Validation};
use rand::RngCore;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Platform, answers, family::Assertion as Verified};
use crate::{digest::secret, parameters::Parameters};

/// Reading the columns of the gradebook.
pub const LINE_ITEM_READ: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
/// Reading what stands in them.
pub const RESULT_READ: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
/// Writing scores.
pub const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
/// Reading who is in the course.
pub const ROSTER: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";
/// Reading the groups of the course.
pub const GROUPS: &str = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";
/// All that is granted on the gradebook.
pub const SCOPES: [&str; 3] = [LINE_ITEM_READ, RESULT_READ, SCORE];

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const ACCESS_LIFETIME: TimeDelta = TimeDelta::hours(1);
const LONGEST_ASSERTION: TimeDelta = TimeDelta::hours(1);
/// How far the tool's clock may be ahead.
pub(super) const LEEWAY: TimeDelta = TimeDelta::seconds(5);
const PARAMETER_LIMIT: usize = 16 * 1024;

/// The tokens that are out, and the assertions that were used for them.
#[derive(Debug, Default)]
pub(super) struct Grants {
    used: HashMap<String, DateTime<Utc>>,
    tokens: HashMap<String, Grant>,
}

#[derive(Debug)]
struct Grant {
    scopes: Vec<&'static str>,
    expires_at: DateTime<Utc>,
}

/// What a tool says about itself.
#[derive(Debug, Deserialize)]
struct Assertion {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Value>,
    iat: i64,
    exp: i64,
    jti: Option<String>,
}

/// Why no token is given; the words are those of RFC 6749 §5.2.
struct Refused {
    code: &'static str,
    reason: String,
}

impl Refused {
    fn request(reason: &str) -> Self {
        Self { code: "invalid_request", reason: reason.to_owned() }
    }

    fn client(reason: impl Into<String>) -> Self {
        Self { code: "invalid_client", reason: reason.into() }
    }
}

/// The key of the tool's that a token says it is signed by; the error is a reason.
pub(super) fn tool_key(token: &str, tool_keys: &Value) -> Result<DecodingKey, String> {
    let entries = tool_keys["keys"].as_array().ok_or("the tool's keys are no key set")?;
    let header = jsonwebtoken::decode_header(token).map_err(|_| "the assertion is no JWT")?;
    if header.alg != jsonwebtoken::Algorithm::RS256 {
        return Err("the assertion must be signed by RS256".to_owned());
    }
    let kid = header.kid.ok_or("the assertion names no key")?;
    let found = entries.iter().find(|entry| entry["kid"] == *kid);
    let key = found.and_then(|entry| DecodingKey::from_rsa_components(entry["n"].as_str()?, entry["e"].as_str()?).ok());
    key.ok_or_else(|| "the tool publishes no such key".to_owned())
}

impl Platform {
    /// The token endpoint: reads the form that a tool posts. `tool_keys` is the key set that the tool publishes, as it was
    /// just fetched; `None` where it could not be.
    pub fn grant_access(
        &self,
        encoded: &[u8],
        tool_keys: Option<&Value>,
        now: DateTime<Utc>,
        rng: &mut dyn RngCore,
    ) -> Response<Bytes> {
        match self.granted(&Parameters::new(encoded), tool_keys, now, &secret(rng)) {
            Ok(body) => {
                let mut answer = answers::json(StatusCode::OK, "application/json", &body);
                answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
                answer
            }
            Err(Refused { code, reason }) => {
                let status =
                    if code == "invalid_client" { self.quirks.assertion_refused } else { StatusCode::BAD_REQUEST };
                answers::json(status, "application/json", &json!({"error": code, "error_description": reason}))
            }
        }
    }

    fn granted(
        &self,
        request: &Parameters<'_>,
        tool_keys: Option<&Value>,
        now: DateTime<Utc>,
        access_token: &str,
    ) -> Result<Value, Refused> {
        let read = |name| request.optional(name, PARAMETER_LIMIT).ok().flatten();
        let lenient = self.quirks.assertion == Verified::TimeOnly;
        if read("grant_type").as_deref() != Some("client_credentials") {
            let reason = "grant_type must be client_credentials".to_owned();
            return Err(Refused { code: "unsupported_grant_type", reason });
        }
        let kind = read("client_assertion_type").ok_or_else(|| Refused::request("client_assertion_type is missing"))?;
        if kind != JWT_BEARER && !lenient {
            return Err(Refused::request("client_assertion_type must be that of a JWT bearer"));
        }
        let assertion = read("client_assertion").ok_or_else(|| Refused::request("client_assertion is missing"))?;
        let asked = read("scope").ok_or_else(|| Refused::request("scope is missing"))?;
        let known = SCOPES.into_iter().chain([ROSTER, GROUPS]);
        let scopes: Vec<_> = known.filter(|known| asked.split(' ').any(|scope| scope == *known)).collect();
        if scopes.is_empty() && !lenient {
            return Err(Refused { code: "invalid_scope", reason: "none of these scopes is known here".to_owned() });
        }
        let claims = self.verified(&assertion, tool_keys, now)?;
        let scope = scopes.join(" ");
        let mut state = self.state();
        let grants = &mut state.grants;
        grants.used.retain(|_, forgotten_at| *forgotten_at > now);
        grants.tokens.retain(|_, grant| grant.expires_at > now);
        if let Some(id) = claims.jti.filter(|_| !lenient)
            && grants.used.insert(id, now + LONGEST_ASSERTION + LEEWAY).is_some()
        {
            return Err(Refused::client("the assertion was used before"));
        }
        grants.tokens.insert(access_token.to_owned(), Grant { scopes, expires_at: now + ACCESS_LIFETIME });
        Ok(json!({
            "access_token": access_token,
            "token_type": self.quirks.access_token_type,
            "expires_in": ACCESS_LIFETIME.num_seconds(),
            "scope": scope,
        }))
    }

    /// Verifies an assertion against the tool's own keys.
    fn verified(&self, token: &str, tool_keys: Option<&Value>, now: DateTime<Utc>) -> Result<Assertion, Refused> {
        let tool_keys = tool_keys.ok_or_else(|| Refused::client("the tool's keys cannot be fetched"))?;
        let key = tool_key(token, tool_keys).map_err(Refused::client)?;
        let mut signature_only = Validation::new(jsonwebtoken::Algorithm::RS256);
        // The library would ask the system's clock; what is claimed is compared below.
        signature_only.validate_exp = false;
        signature_only.validate_aud = false;
        signature_only.required_spec_claims.clear();
        let claims = jsonwebtoken::decode::<Assertion>(token, &key, &signature_only)
            .map_err(|error| Refused::client(format!("the assertion does not hold: {error}")))?
            .claims;
        self.examine(&claims, now.timestamp())?;
        Ok(claims)
    }

    fn examine(&self, claims: &Assertion, now: i64) -> Result<(), Refused> {
        let (leeway, audience) = match self.quirks.assertion {
            Verified::Strict => (LEEWAY, Some(self.addresses.token.as_str())),
            Verified::For(audience) => (LEEWAY, Some(audience)),
            Verified::TimeOnly => (TimeDelta::zero(), None),
        };
        if claims.iat > now + leeway.num_seconds() || claims.exp <= now {
            return Err(Refused::client("the assertion is not valid now"));
        }
        let Some(audience) = audience else { return Ok(()) };
        let meant = match &claims.aud {
            Some(Value::Array(several)) => several.iter().any(|one| one == audience),
            Some(one) => one == audience,
            None => false,
        };
        if !meant {
            return Err(Refused::client(format!("aud must be {audience}")));
        }
        let client = claims.iss.as_ref().filter(|id| claims.sub.as_ref() == Some(id) && self.clients.contains(id));
        if client.is_none() {
            return Err(Refused::client("iss and sub must be the client id"));
        }
        if claims.exp.saturating_sub(claims.iat) > LONGEST_ASSERTION.num_seconds() {
            return Err(Refused::client("the assertion is good for too long"));
        }
        if claims.jti.is_none() {
            return Err(Refused::client("the assertion has no jti"));
        }
        Ok(())
    }

    /// Whether a request carries a token that is good for a scope; otherwise the answer to it (RFC 6750 §3.1).
    pub(super) fn demand(
        &self,
        headers: &HeaderMap,
        scope: &str,
        now: DateTime<Utc>,
    ) -> Result<(), Box<Response<Bytes>>> {
        let token = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim());
        let state = self.state();
        let grant = token.and_then(|token| state.grants.tokens.get(token)).filter(|grant| grant.expires_at > now);
        let (status, challenge) = match grant {
            Some(grant) if grant.scopes.contains(&scope) => return Ok(()),
            Some(_) => (StatusCode::FORBIDDEN, r#"Bearer error="insufficient_scope""#),
            None => (self.quirks.access_refused, r#"Bearer error="invalid_token""#),
        };
        let mut answer = answers::json(status, "application/json", &json!({"detail": "Invalid token."}));
        if status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        Err(Box::new(answer))
    }

    /// Takes all access tokens back, as a restart of the platform does.
    pub fn revoke_access(&self) {
        self.state().grants.tokens.clear();
    }
}
