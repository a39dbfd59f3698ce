//! Calls to a platform's services. A call takes a token of just the scope it needs, goes to the platform's own hosts only,
//! and is repeated once with a new token where the platform no longer takes the one that was kept.
//! (Security Framework 1.0 §4.1)

mod answer;
mod entries;
mod fault;
mod pages;

use std::sync::atomic::{AtomicU32, Ordering};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, HeaderValue, Method, header};
use rand::RngCore;
use url::Url;

use crate::{
    digest::{Digest, secret},
    http::{HttpClient, Request},
    service_token::{Purpose, ServiceToken, TokenError},
    storage::{Registration, Storage},
    tool::Tool,
};

pub(crate) use answer::{is_success, json, judged, refused, with_last_segment};
pub(crate) use entries::{Entries, Entry, Single};
pub use fault::ServiceFault;
pub(crate) use pages::Cursor;

/// The largest answer about a single thing.
pub(crate) const SIZE_LIMIT: usize = 256 * 1024;

/// Calls the services of one platform on behalf of one deployment.
pub(crate) struct Caller<'a, S: Storage, H> {
    tool: &'a Tool<S, H>,
    registration: &'a S::Registration,
    deployment_id: &'a str,
    /// Random; with a number behind it, it makes each assertion unique.
    seed: String,
    assertions: AtomicU32,
}

/// One request to a service.
pub(crate) struct Call<'c> {
    pub(crate) method: Method,
    pub(crate) url: &'c Url,
    /// What the token must be good for.
    pub(crate) scope: &'static str,
    /// The media type that the answer shall have.
    pub(crate) accept: &'static str,
    /// What is sent, and its media type.
    pub(crate) content: Option<(&'static str, Bytes)>,
    /// The most bytes the answer may have.
    pub(crate) limit: usize,
}

impl<'c> Call<'c> {
    /// A question.
    pub(crate) fn get(url: &'c Url, scope: &'static str, accept: &'static str) -> Self {
        Self { method: Method::GET, url, scope, accept, content: None, limit: SIZE_LIMIT }
    }

    fn request(&self, authorization: HeaderValue) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization);
        headers.insert(header::ACCEPT, HeaderValue::from_static(self.accept));
        let body = match &self.content {
            Some((media_type, body)) => {
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
                body.clone()
            }
            None => Bytes::new(),
        };
        Request { method: self.method.clone(), url: self.url.clone(), headers, body, limit: self.limit }
    }
}

impl<'a, S: Storage, H: HttpClient> Caller<'a, S, H> {
    pub(crate) fn new(
        tool: &'a Tool<S, H>,
        registration: &'a S::Registration,
        deployment_id: &'a str,
        rng: &mut dyn RngCore,
    ) -> Self {
        Self { tool, registration, deployment_id, seed: secret(rng), assertions: AtomicU32::new(0) }
    }

    /// Sends a request and brings back the answer, whatever its status.
    pub(crate) async fn send(
        &self,
        call: &Call<'_>,
        now: DateTime<Utc>,
    ) -> Result<http::Response<Bytes>, ServiceFault> {
        if !belongs_to(self.registration, call.url) {
            return Err(ServiceFault::ForeignHost { address: call.url.to_string() });
        }
        let purpose = Purpose::new(self.registration, self.deployment_id, &[call.scope]);
        let token = self.token(&purpose, now).await?;
        let answer = self.tool.http.send(call.request(token.authorization.clone())).await?;
        if token.fresh || !answer::may_mean_an_expired_token(&answer) {
            return Ok(answer);
        }
        self.tool.service_tokens.invalidate(&purpose, &token, now).await;
        let token = self.token(&purpose, now).await?;
        Ok(self.tool.http.send(call.request(token.authorization)).await?)
    }

    async fn token(&self, purpose: &Purpose, now: DateTime<Utc>) -> Result<ServiceToken, TokenError> {
        let count = self.assertions.fetch_add(1, Ordering::Relaxed);
        let id = URL_SAFE_NO_PAD.encode(Digest::of(&format!("{}.{count}", self.seed)).as_bytes());
        let tokens = &self.tool.service_tokens;
        tokens.token(&self.tool.http, self.tool.storage(), self.registration, purpose, now, &id).await
    }
}

/// Whether an address may be sent this platform's access tokens: it stands on a host of the registration's own addresses,
/// or on one that the administrator named.
fn belongs_to(registration: &impl Registration, address: &Url) -> bool {
    let Some(host) = address.host_str() else { return false };
    let issuer = Url::parse(registration.issuer()).ok();
    let own = [Some(registration.token_url()), Some(registration.auth_url()), Some(registration.jwks_url())];
    own.into_iter().chain([issuer.as_ref()]).flatten().any(|own| own.host_str() == Some(host))
        || registration.service_hosts().iter().any(|service| service.eq_ignore_ascii_case(host))
}
