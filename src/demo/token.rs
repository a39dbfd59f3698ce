//! The token endpoint: LTT proves who it is, by the keys that it publishes, and gets an access token.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    response::Response,
    routing::{get, post},
};
use serde_json::Value;
use url::Url;

use super::Lms;

/// Where access tokens are given out.
const TOKEN: &str = "/lti/token";
/// Where the public keys are.
const JWKS: &str = "/lti/jwks";

/// How long the tool may take to answer with its keys.
const KEY_TIMEOUT: Duration = Duration::from_secs(5);

/// The largest set of keys that is read, in bytes.
const KEY_LIMIT: usize = 64 * 1024;

pub(super) fn router() -> Router<Lms> {
    Router::new().route(TOKEN, post(grant)).route(JWKS, get(keys))
}

async fn grant(State(lms): State<Lms>, form: Bytes) -> Response {
    let tool_keys = lms.0.tool.fetch().await;
    if let Err(error) = &tool_keys {
        tracing::warn!(%error, "the demo LMS cannot read the tool's keys");
    }
    let now = lms.0.clock.now();
    let granted = lms.0.entropy.with(|rng| lms.0.platform.grant_access(&form, tool_keys.as_ref().ok(), now, rng));
    granted.map(Body::from)
}

async fn keys(State(lms): State<Lms>) -> Response {
    lms.0.platform.key_set_answer().map(Body::from)
}

/// The tool's public keys, fetched whenever they are needed, as Open edX does.
pub(super) struct ToolKeys {
    url: Url,
    client: reqwest::Client,
}

/// Why the tool's keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum ToolKeysError {
    #[error("they cannot be fetched: {0}")]
    Fetch(#[from] reqwest::Error),
    #[error("they have more than {KEY_LIMIT} bytes")]
    TooLarge,
    #[error("they are no key set: {0}")]
    Unreadable(#[from] serde_json::Error),
}

impl ToolKeys {
    pub(super) fn at(url: Url) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(KEY_TIMEOUT)
            .build()?;
        Ok(Self { url, client })
    }

    pub(super) async fn fetch(&self) -> Result<Value, ToolKeysError> {
        let mut response = self.client.get(self.url.clone()).send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > KEY_LIMIT {
                return Err(ToolKeysError::TooLarge);
            }
        }
        Ok(serde_json::from_slice(&body)?)
    }
}
