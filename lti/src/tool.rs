//! The tool: what a host calls.

use chrono::{DateTime, Utc};
use rand::RngCore;
use url::Url;

use crate::{
    http::HttpClient,
    launch::{Launch, LaunchForm, LaunchRefused},
    login::{Begun, LoginRefused, LoginRequest},
    score::{Score, ScoreNotTaken, ScoreTaken},
    storage::Storage,
};

/// An LTI 1.3 tool: one launch address, whatever the platform.
#[derive(Debug)]
pub struct Tool<S, H> {
    redirect_uri: Url,
    storage: S,
    http: H,
}

impl<S: Storage, H: HttpClient> Tool<S, H> {
    /// A tool whose launches are posted to `redirect_uri`. Launches may lead to that address's origin and no other, until
    /// [`Tool::with_origin`] adds some.
    pub fn new(redirect_uri: Url, storage: S, http: H) -> Self {
        Self { redirect_uri, storage, http }
    }

    /// Lets launches lead to the origin of `address`, too.
    #[must_use]
    pub fn with_origin(self, _address: &Url) -> Self {
        self
    }

    /// The host's storage.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// The one address that launches are posted to.
    pub fn redirect_uri(&self) -> &Url {
        &self.redirect_uri
    }

    /// Begins a login: keeps it, and tells where the browser goes. `rng` is only used before the first await.
    pub fn begin<'a>(
        &'a self,
        request: LoginRequest,
        now: DateTime<Utc>,
        rng: &mut dyn RngCore,
    ) -> impl Future<Output = Result<Begun<S>, LoginRefused>> + Send + use<'a, S, H> {
        let _ = (request, now, rng, &self.http);
        async move { unimplemented!() }
    }

    /// Completes a login: takes it, and finds the launch good or refuses it. `browser_secret` is what the browser brought
    /// under the form's [`LaunchForm::browser_key`].
    pub async fn complete(
        &self,
        form: LaunchForm,
        browser_secret: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Launch<S>, LaunchRefused<S>> {
        let _ = (form, browser_secret, now);
        unimplemented!()
    }

    /// Sends a score to a line item, with an access token of its own making. `rng` is only used before the first await.
    pub fn post_score<'a>(
        &'a self,
        registration: &'a S::Registration,
        deployment_id: &'a str,
        line_item: &'a Url,
        score: &'a Score,
        now: DateTime<Utc>,
        rng: &mut dyn RngCore,
    ) -> impl Future<Output = Result<ScoreTaken, ScoreNotTaken>> + Send + use<'a, S, H> {
        let _ = (registration, deployment_id, line_item, score, now, rng);
        async move { unimplemented!() }
    }
}
