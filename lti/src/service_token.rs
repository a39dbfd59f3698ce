//! Access tokens for a platform's services, asked for with a signed assertion and kept until shortly before they expire.
//! (Security Framework 1.0 §4.1)

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::{
    claims::names,
    http::{HttpClient, HttpError, Request, excerpt},
    keys::{self, KeyError, OwnKey},
    storage::{OwnKeys, Registration, StorageError},
};

const SIZE_LIMIT: usize = 64 * 1024;
/// Open edX allows no clock to be ahead of its own.
pub(crate) const BACKDATED: TimeDelta = TimeDelta::seconds(5);
const ASSERTION_LIFETIME: TimeDelta = TimeDelta::seconds(55);
/// What a platform means that does not say for how long a token is good (Security Framework 1.0 §4.1.1).
const DEFAULT_SECONDS: i64 = 3600;
const LONGEST_SECONDS: i64 = 24 * 3600;
/// How long before its end a token is no longer used.
const RENEWED_AHEAD: i64 = 60;
/// How many tokens are kept before those out of date are dropped.
const TOKENS_KEPT: usize = 1000;

/// Why no access token could be had.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The tool's own keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The platform refused.
    #[error("the platform gives this tool no access token ({status}: {excerpt})")]
    Refused {
        /// The answer's status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The answer holds no token.
    #[error("the platform's answer holds no access token")]
    NoToken,
    /// The platform gives a token, but not for this.
    #[error("the platform does not allow `{0}` to this tool")]
    ScopeDenied(String),
}

/// What a token is good for. Two clients of one platform never share a token, nor do two deployments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Purpose {
    token_url: Url,
    client_id: String,
    deployment_id: String,
    scopes: Vec<String>,
}

impl Purpose {
    pub(crate) fn new(registration: &impl Registration, deployment_id: &str, scopes: &[&str]) -> Self {
        let mut scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        scopes.sort();
        Self {
            token_url: registration.token_url().clone(),
            client_id: registration.client_id().to_owned(),
            deployment_id: deployment_id.to_owned(),
            scopes,
        }
    }
}

/// A token that may be sent along with requests.
#[derive(Debug, Clone)]
pub(crate) struct ServiceToken {
    /// The header that shows it (RFC 6750 §2.1), marked as sensitive, so that no log writes it out.
    pub(crate) authorization: HeaderValue,
    usable_until: DateTime<Utc>,
    /// Whether it was asked for just now.
    pub(crate) fresh: bool,
}

/// The token for a purpose, if there is one; the lock is held while one is asked for, so that only one is.
type Slot = Arc<tokio::sync::Mutex<Option<ServiceToken>>>;

/// All tokens.
#[derive(Debug, Default)]
pub(crate) struct ServiceTokens(Mutex<HashMap<Purpose, Slot>>);

impl ServiceTokens {
    /// A token for that purpose: the one that is kept, or a new one. `id` makes the assertion unique.
    pub(crate) async fn token<R: Registration>(
        &self,
        http: &impl HttpClient,
        storage: &impl OwnKeys,
        registration: &R,
        purpose: &Purpose,
        now: DateTime<Utc>,
        id: &str,
    ) -> Result<ServiceToken, TokenError> {
        let slot = self.slot(purpose, now);
        let mut kept = slot.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| now < token.usable_until) {
            return Ok(ServiceToken { fresh: false, ..token.clone() });
        }
        let key = storage.signing_key(registration.issuer(), registration.client_id()).await?;
        let assertion = assertion(&key.ok_or(KeyError::NoneActive)?, registration, purpose, now, id)?;
        let token = ask(http, purpose, &assertion, now).await?;
        *kept = Some(token.clone());
        Ok(token)
    }

    /// Forgets a token that the platform no longer takes, unless it has been replaced already.
    pub(crate) async fn invalidate(&self, purpose: &Purpose, refused: &ServiceToken, now: DateTime<Utc>) {
        let slot = self.slot(purpose, now);
        let mut kept = slot.lock().await;
        if kept.as_ref().is_some_and(|token| token.authorization == refused.authorization) {
            *kept = None;
        }
    }

    fn slot(&self, purpose: &Purpose, now: DateTime<Utc>) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() >= TOKENS_KEPT && !slots.contains_key(purpose) {
            let in_use = |slot: &Slot| {
                slot.try_lock().map_or(true, |kept| kept.as_ref().is_some_and(|token| now < token.usable_until))
            };
            slots.retain(|_, slot| in_use(slot));
        }
        Arc::clone(slots.entry(purpose.clone()).or_default())
    }
}

fn assertion(
    key: &OwnKey,
    registration: &impl Registration,
    purpose: &Purpose,
    now: DateTime<Utc>,
    id: &str,
) -> Result<String, KeyError> {
    let audience = registration.token_audience().unwrap_or(purpose.token_url.as_str());
    let claims = json!({
        "iss": purpose.client_id,
        "sub": purpose.client_id,
        "aud": audience,
        "iat": (now - BACKDATED).timestamp(),
        "exp": (now + ASSERTION_LIFETIME).timestamp(),
        "jti": id,
        names::DEPLOYMENT_ID: purpose.deployment_id,
    });
    keys::sign(key, &claims)
}

async fn ask(
    http: &impl HttpClient,
    purpose: &Purpose,
    assertion: &str,
    now: DateTime<Utc>,
) -> Result<ServiceToken, TokenError> {
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        .append_pair("client_assertion", assertion)
        .append_pair("scope", &purpose.scopes.join(" "))
        .finish();
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
    let request = Request {
        method: Method::POST,
        url: purpose.token_url.clone(),
        headers,
        body: Bytes::from(body),
        limit: SIZE_LIMIT,
    };
    let response = http.send(request).await?;
    if !response.status().is_success() {
        return Err(TokenError::Refused { status: response.status().as_u16(), excerpt: excerpt(response.body()) });
    }
    read(response.body(), purpose, now)
}

fn read(body: &[u8], purpose: &Purpose, now: DateTime<Utc>) -> Result<ServiceToken, TokenError> {
    let answer: Value = serde_json::from_slice(body).map_err(|_| TokenError::NoToken)?;
    let secret = answer["access_token"].as_str().filter(|secret| !secret.is_empty()).ok_or(TokenError::NoToken)?;
    if answer["token_type"].as_str().is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(TokenError::NoToken);
    }
    if let Some(granted) = answer["scope"].as_str() {
        let granted: Vec<&str> = granted.split_whitespace().collect();
        if let Some(denied) = purpose.scopes.iter().find(|scope| !granted.contains(&scope.as_str())) {
            return Err(TokenError::ScopeDenied(denied.clone()));
        }
    }
    let seconds = seconds(&answer["expires_in"]).unwrap_or(DEFAULT_SECONDS).clamp(0, LONGEST_SECONDS);
    let usable = seconds - RENEWED_AHEAD.min(seconds / 2);
    let mut authorization = HeaderValue::try_from(format!("Bearer {secret}")).map_err(|_| TokenError::NoToken)?;
    authorization.set_sensitive(true);
    Ok(ServiceToken { authorization, usable_until: now + TimeDelta::seconds(usable), fresh: true })
}

/// A number of seconds; some platforms send it as text.
fn seconds(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}
