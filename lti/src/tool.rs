//! The tool: what a host calls.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use rand::RngCore;
use serde_json::Value;
use url::{Origin, Url};

use crate::{
    digest::{Digest, secret},
    http::HttpClient,
    id_token::{Envelope, Expected, Verified, shortened},
    jwks::{KeyNotFound, KeySetStatus, KeySets},
    keys::{KeyError, public_document},
    launch::{Answer, Completed, Launch, LaunchForm, LaunchRefused, Unproven},
    login::{Begun, LoginRefused, LoginRequest},
    refusal::Refusal,
    service_token::ServiceTokens,
    storage::{DeploymentDecision, HeldLaunch, Login, Lookup, RegisteredIn, Registration as _, Storage, StorageError},
};

/// How long a login waits for its launch.
const LOGIN_LIFETIME: TimeDelta = TimeDelta::minutes(10);
/// How long a launch waits for its proof: a page's script brings it, not a person.
const PROOF_LIFETIME: TimeDelta = TimeDelta::minutes(2);

/// An LTI 1.3 tool: one launch address, whatever the platform.
#[derive(Debug)]
pub struct Tool<S, H> {
    redirect_uri: Url,
    origins: Vec<Origin>,
    storage: S,
    pub(crate) http: H,
    key_sets: Arc<KeySets>,
    pub(crate) service_tokens: ServiceTokens,
}

/// Why the tool's own key set cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum OwnKeysError {
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// What has been found out about a launch by the time it is refused.
struct Known<S: Storage> {
    login: Option<Login>,
    registered: Option<RegisteredIn<S>>,
    clock_difference: Option<TimeDelta>,
    return_url: Option<Url>,
}

impl<S: Storage> Default for Known<S> {
    fn default() -> Self {
        Self { login: None, registered: None, clock_difference: None, return_url: None }
    }
}

impl<S: Storage> Known<S> {
    fn refused(self, refusal: Refusal) -> LaunchRefused<S> {
        LaunchRefused {
            refusal,
            login: self.login,
            registered: self.registered,
            clock_difference: self.clock_difference,
            return_url: self.return_url,
        }
    }
}

impl<S: Storage, H: HttpClient> Tool<S, H> {
    /// A tool whose launches are posted to `redirect_uri`. Launches may lead to that address's origin and no other, until
    /// [`Tool::with_origin`] adds some.
    pub fn new(redirect_uri: Url, storage: S, http: H) -> Self {
        let origins = vec![redirect_uri.origin()];
        Self {
            redirect_uri,
            origins,
            storage,
            http,
            key_sets: Arc::default(),
            service_tokens: ServiceTokens::default(),
        }
    }

    /// Lets launches lead to the origin of `address`, too.
    #[must_use]
    pub fn with_origin(mut self, address: &Url) -> Self {
        self.origins.push(address.origin());
        self
    }

    /// The same tool over another storage, for a host whose tenants have one each: it is cheap, so each request may choose. Keys
    /// of platforms, which are public, are kept for all of them; access tokens for none but the storage they were asked for.
    pub fn with_storage<T: Storage>(&self, storage: T) -> Tool<T, &H> {
        Tool {
            redirect_uri: self.redirect_uri.clone(),
            origins: self.origins.clone(),
            storage,
            http: &self.http,
            key_sets: Arc::clone(&self.key_sets),
            service_tokens: ServiceTokens::default(),
        }
    }

    /// The host's storage.
    pub fn storage(&self) -> &S {
        &self.storage
    }

    /// The client that platforms are called with.
    pub fn http(&self) -> &H {
        &self.http
    }

    /// The one address that launches are posted to.
    pub fn redirect_uri(&self) -> &Url {
        &self.redirect_uri
    }

    /// What this process knows of the key set at that address; `None` where no launch has asked for a key of it.
    pub fn key_set_status(&self, jwks_url: &Url) -> Option<KeySetStatus> {
        self.key_sets.status(jwks_url)
    }

    /// The key set to publish (RFC 7517).
    pub async fn public_keys(&self) -> Result<Value, OwnKeysError> {
        Ok(public_document(&self.storage.own_keys().await?)?)
    }

    /// Begins a login: keeps it, and tells where the browser goes. `rng` is used up before the future is returned, so it
    /// may be behind a lock.
    pub fn begin<'a>(
        &'a self,
        request: LoginRequest,
        now: DateTime<Utc>,
        rng: &mut dyn RngCore,
    ) -> impl Future<Output = Result<Begun<S>, LoginRefused>> + Send + use<'a, S, H> {
        let secrets = Secrets { state: secret(rng), nonce: secret(rng), browser: secret(rng), storage: secret(rng) };
        self.begin_with(request, now, secrets)
    }

    async fn begin_with(
        &self,
        request: LoginRequest,
        now: DateTime<Utc>,
        secrets: Secrets,
    ) -> Result<Begun<S>, LoginRefused> {
        if !self.origins.contains(&request.target_link_uri.origin()) {
            return Err(LoginRefused::TargetRefused { target: request.target_link_uri.into() });
        }
        let registered = self.registered(&request).await?;
        let redirect = self.authorization_request(&registered.registration, &request, &secrets);
        let login = Login {
            state_hash: Digest::of(&secrets.state),
            nonce_hash: Digest::of(&secrets.nonce),
            browser_hash: Digest::of(&secrets.browser),
            storage_hash: Digest::of(&secrets.storage),
            issuer: registered.registration.issuer().to_owned(),
            client_id: registered.registration.client_id().to_owned(),
            deployment_id: request.deployment_id,
            login_hint: request.login_hint,
            lti_message_hint: request.lti_message_hint,
            storage_target: request.storage_target,
            target_link_uri: request.target_link_uri.into(),
            created_at: now,
            expires_at: now + LOGIN_LIFETIME,
        };
        self.storage.save_login(&login).await?;
        Ok(Begun {
            redirect,
            state: secrets.state,
            browser_secret: secrets.browser,
            storage_secret: secrets.storage,
            login,
            registered,
        })
    }

    async fn registered(&self, request: &LoginRequest) -> Result<RegisteredIn<S>, LoginRefused> {
        let issuer = &request.issuer;
        match self.storage.find(issuer, request.client_id.as_deref()).await? {
            Lookup::One(registered) => Ok(registered),
            Lookup::Many(count) => Err(LoginRefused::RegistrationAmbiguous { issuer: issuer.clone(), count }),
            Lookup::Unknown => {
                let issuers = self.storage.issuers().await?;
                let comparable = |issuer: &str| issuer.trim_end_matches('/').to_lowercase();
                let issuer_known = issuers.contains(issuer);
                let near = issuers.into_iter().find(|one| one != issuer && comparable(one) == comparable(issuer));
                Err(LoginRefused::RegistrationUnknown {
                    issuer: issuer.clone(),
                    client_id: request.client_id.clone(),
                    near: near.filter(|_| !issuer_known),
                    issuer_known,
                })
            }
        }
    }

    /// The authentication request (Security Framework 1.0 §5.1.1.2). Hints go back as they came.
    fn authorization_request(&self, registration: &S::Registration, request: &LoginRequest, secrets: &Secrets) -> Url {
        let mut address = registration.auth_url().clone();
        address
            .query_pairs_mut()
            .append_pair("scope", "openid")
            .append_pair("response_type", "id_token")
            .append_pair("response_mode", "form_post")
            .append_pair("prompt", "none")
            .append_pair("client_id", registration.client_id())
            .append_pair("redirect_uri", self.redirect_uri.as_str())
            .append_pair("login_hint", &request.login_hint)
            .append_pair("nonce", &secrets.nonce)
            .append_pair("state", &secrets.state);
        if let Some(hint) = &request.lti_message_hint {
            address.query_pairs_mut().append_pair("lti_message_hint", hint);
        }
        address
    }

    /// Completes a login: takes it, and finds the launch good or refuses it. `browser_secret` is what the browser brought
    /// under the form's [`LaunchForm::browser_key`]; `now` is when the request arrived. A launch whose browser brings none is
    /// held for [`Tool::prove`]; one that brings a wrong one is refused. `rng` is used up before the future is returned, so it
    /// may be behind a lock.
    pub fn complete<'a>(
        &'a self,
        form: LaunchForm,
        browser_secret: Option<&'a str>,
        now: DateTime<Utc>,
        rng: &mut dyn RngCore,
    ) -> impl Future<Output = Result<Completed<S>, LaunchRefused<S>>> + Send + use<'a, S, H> {
        let ticket = secret(rng);
        async move {
            let mut known = Known::default();
            let completed = self.complete_with(form, browser_secret, now, ticket, &mut known).await;
            completed.map_err(|refusal| known.refused(refusal))
        }
    }

    async fn complete_with(
        &self,
        form: LaunchForm,
        browser_secret: Option<&str>,
        now: DateTime<Utc>,
        ticket: String,
        known: &mut Known<S>,
    ) -> Result<Completed<S>, Refusal> {
        let login = self.storage.take_login(&Digest::of(&form.state?)).await?.ok_or(Refusal::StateUnknown)?;
        let login = known.login.insert(login).clone();
        if login.expires_at <= now {
            return Err(Refusal::StateExpired { expired_at: login.expires_at });
        }
        let registered = self.registered_of(&login, known).await?;
        if browser_secret.is_some_and(|secret| !login.browser_hash.matches(secret)) {
            return Err(Refusal::BrowserMismatch { secret_sent: true });
        }
        let token = match form.answer? {
            Answer::Token(token) => token,
            Answer::Refused { error, description } => return Err(Refusal::PlatformError { error, description }),
        };
        let launch = self.examine(&token, login, registered, now, known).await?;
        if browser_secret.is_some() {
            return Ok(Completed::Launched(Box::new(launch)));
        }
        let held = HeldLaunch {
            ticket_hash: Digest::of(&ticket),
            login: launch.login,
            id_token: token,
            arrived_at: now,
            expires_at: now + PROOF_LIFETIME,
        };
        self.storage.hold_launch(&held).await?;
        Ok(Completed::Unproven(Box::new(Unproven {
            ticket,
            login: held.login,
            registered: launch.registered,
            clock_difference: launch.clock_difference,
            expires_at: held.expires_at,
        })))
    }

    /// Takes a launch that waits for its proof, and finds it good or refuses it. `storage_secret` is what the page found in
    /// the frame's or the platform's storage; whatever comes of it, the ticket is used up.
    ///
    /// The host must be certain that the request comes from a page of its own: by its `Origin`, and never from a form or an
    /// address. Otherwise anybody's page could send a proof of its own, and log this browser in as somebody else.
    pub async fn prove(
        &self,
        ticket: &str,
        storage_secret: &str,
        now: DateTime<Utc>,
    ) -> Result<Launch<S>, LaunchRefused<S>> {
        let mut known = Known::default();
        self.prove_with(ticket, storage_secret, now, &mut known).await.map_err(|refusal| known.refused(refusal))
    }

    async fn prove_with(
        &self,
        ticket: &str,
        storage_secret: &str,
        now: DateTime<Utc>,
        known: &mut Known<S>,
    ) -> Result<Launch<S>, Refusal> {
        let held = self.storage.take_held_launch(&Digest::of(ticket)).await?.ok_or(Refusal::TicketUnknown)?;
        let login = known.login.insert(held.login).clone();
        if held.expires_at <= now {
            return Err(Refusal::TicketExpired { expired_at: held.expires_at });
        }
        let registered = self.registered_of(&login, known).await?;
        if !login.storage_hash.matches(storage_secret) {
            return Err(Refusal::BrowserMismatch { secret_sent: true });
        }
        self.examine(&held.id_token, login, registered, held.arrived_at, known).await
    }

    async fn registered_of(&self, login: &Login, known: &mut Known<S>) -> Result<RegisteredIn<S>, Refusal> {
        match self.storage.find(&login.issuer, Some(&login.client_id)).await? {
            Lookup::One(registered) => Ok(known.registered.insert(registered).clone()),
            Lookup::Unknown | Lookup::Many(_) => Err(Refusal::RegistrationRemoved),
        }
    }

    /// Finds out about everything but the browser. `now` is when the token arrived.
    async fn examine(
        &self,
        token: &str,
        login: Login,
        registered: RegisteredIn<S>,
        now: DateTime<Utc>,
        known: &mut Known<S>,
    ) -> Result<Launch<S>, Refusal> {
        let verified = self.verify(token, &registered.registration, now).await?;
        known.clock_difference = verified.clock_difference(now);
        let expected = Expected {
            issuer: registered.registration.issuer(),
            client_id: registered.registration.client_id(),
            nonce: &login.nonce_hash,
            login_target: &login.target_link_uri,
            origins: &self.origins,
        };
        known.return_url = verified.return_url(&expected, now);
        let examined = verified.examine(&expected, now)?;
        let deployment_id = &examined.claims.deployment_id;
        let (deployment, deployment_learnt) =
            match self.storage.decide_deployment(&registered, deployment_id, now).await? {
                DeploymentDecision::Known(deployment) => (deployment, false),
                DeploymentDecision::Learnt(deployment) => (deployment, true),
                DeploymentDecision::Waiting => {
                    return Err(Refusal::DeploymentPending { deployment_id: deployment_id.clone() });
                }
                DeploymentDecision::Unknown => {
                    return Err(Refusal::DeploymentUnknown { deployment_id: deployment_id.clone() });
                }
            };
        Ok(Launch {
            registered,
            deployment,
            deployment_learnt,
            message: examined.message,
            target_link_uri: examined.target_link_uri,
            claims: examined.claims,
            login,
            clock_difference: known.clock_difference.unwrap_or_default(),
            warnings: examined.warnings,
        })
    }

    /// Verifies a token of that registration's platform.
    async fn verify(
        &self,
        token: &str,
        registration: &S::Registration,
        now: DateTime<Utc>,
    ) -> Result<Verified, Refusal> {
        let envelope = Envelope::open(token, registration.algorithms())?;
        if let Some(found) = envelope.claimed_issuer().filter(|issuer| *issuer != registration.issuer()) {
            return Err(Refusal::RegistrationMismatch {
                expected: registration.issuer().to_owned(),
                found: shortened(found),
            });
        }
        self.verified(envelope, registration, now).await
    }

    /// Verifies a token's signature by the platform's key.
    pub(crate) async fn verified(
        &self,
        envelope: Envelope<'_>,
        registration: &S::Registration,
        now: DateTime<Utc>,
    ) -> Result<Verified, Refusal> {
        let jwks_url = registration.jwks_url();
        let key = self.key_sets.key(&self.http, jwks_url, &envelope.kid, now).await.map_err(|error| match error {
            KeyNotFound::Unknown => {
                Refusal::KidUnknown { kid: shortened(&envelope.kid), jwks_url: jwks_url.to_string() }
            }
            KeyNotFound::Unavailable(cause) => Refusal::KeySetUnavailable { jwks_url: jwks_url.to_string(), cause },
        })?;
        envelope.verify(&key)
    }
}

/// The secrets of a login: one for the platform to hand back, one for it to sign, one for the browser's cookie, and one for
/// storage where there is no cookie.
struct Secrets {
    state: String,
    nonce: String,
    browser: String,
    storage: String,
}
