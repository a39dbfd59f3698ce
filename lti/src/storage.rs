//! What a host keeps for this library, and how it is asked for it.

use std::{error::Error, fmt};

use chrono::{DateTime, Utc};
use url::Url;

use crate::{
    algorithm::Algorithm,
    digest::Digest,
    keys::{KeyState, OwnKey},
};

/// A storage did not do what it was asked for; carries whatever the host's storage says.
#[derive(Debug)]
pub struct StorageError(Box<dyn Error + Send + Sync>);

impl StorageError {
    /// Wraps the host's own error.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for StorageError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for StorageError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}

/// What this library reads of the host's own registration record.
pub trait Registration: Clone + fmt::Debug + Send + Sync {
    /// The platform's issuer, to the letter.
    fn issuer(&self) -> &str;
    /// The client id that the platform gave to the tool.
    fn client_id(&self) -> &str;
    /// Where a login is sent on to.
    fn auth_url(&self) -> &Url;
    /// Where access tokens are asked for.
    fn token_url(&self) -> &Url;
    /// The audience of the tool's assertions, where it is not the token URL (Brightspace).
    fn token_audience(&self) -> Option<&str> {
        None
    }
    /// Where the platform publishes its keys.
    fn jwks_url(&self) -> &Url;
    /// The algorithms this platform may sign with, agreed when it was registered.
    fn algorithms(&self) -> &[Algorithm] {
        &[Algorithm::Rs256]
    }
    /// Further hosts of the platform's own that may be sent its access tokens.
    fn service_hosts(&self) -> &[String] {
        &[]
    }
}

/// A registration with the platform that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered<P, R> {
    /// The host's record of the platform.
    pub platform: P,
    /// The host's record of the registration.
    pub registration: R,
}

/// The registrations that answer to an issuer and, if given, a client id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<T> {
    /// None does.
    Unknown,
    /// This one does, and no other.
    One(T),
    /// So many do; only possible without a client id.
    Many(usize),
}

/// Whether a deployment may launch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeploymentDecision<D> {
    /// It is known.
    Known(D),
    /// It was not, and the registration's policy took it over just now.
    Learnt(D),
    /// It is not, and has been noted for an administrator to approve.
    Waiting,
    /// It is not, and an administrator has to add it.
    Unknown,
}

/// The host's platforms, registrations and deployments, with whatever fields it likes.
pub trait Registrations: fmt::Debug + Send + Sync {
    /// The host's record of a platform.
    type Platform: Clone + fmt::Debug + Send + Sync;
    /// The host's record of a registration.
    type Registration: Registration;
    /// The host's record of a deployment.
    type Deployment: Clone + fmt::Debug + Send + Sync;

    /// The registrations of exactly this issuer and, if given, this client id.
    fn find(
        &self,
        issuer: &str,
        client_id: Option<&str>,
    ) -> impl Future<Output = Result<Lookup<RegisteredIn<Self>>, StorageError>> + Send;

    /// All issuers, to tell an administrator which one was nearly meant.
    fn issuers(&self) -> impl Future<Output = Result<Vec<String>, StorageError>> + Send;

    /// Decides about a deployment, by exactly this id, once everything else about a launch has been found good.
    fn decide_deployment(
        &self,
        registered: &RegisteredIn<Self>,
        deployment_id: &str,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<DeploymentDecision<Self::Deployment>, StorageError>> + Send;
}

/// A login on its way to a launch. Of its four secrets only the hashes are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Hash of the state, which the platform hands back; the row's key.
    pub state_hash: Digest,
    /// Hash of the nonce, which stands in the id token.
    pub nonce_hash: Digest,
    /// Hash of the secret in the browser's cookie.
    pub browser_hash: Digest,
    /// Hash of the secret in the frame's or the platform's storage.
    pub storage_hash: Digest,
    /// Issuer of the registration that was found.
    pub issuer: String,
    /// Client id of the registration that was found.
    pub client_id: String,
    /// The deployment that the login named, if any.
    pub deployment_id: Option<String>,
    /// The platform's word for who is logging in.
    pub login_hint: String,
    /// The platform's word for what is being launched.
    pub lti_message_hint: Option<String>,
    /// The frame in which the platform offers to keep things, if it does.
    pub storage_target: Option<String>,
    /// Where the login wanted to go.
    pub target_link_uri: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// Until when its launch has to come.
    pub expires_at: DateTime<Utc>,
}

impl Login {
    /// The same as [`crate::browser_key`] of its state.
    pub fn browser_key(&self) -> String {
        self.state_hash.short_name()
    }
}

/// The logins that wait for their launch.
pub trait Logins: Send + Sync {
    /// Keeps a login.
    fn save_login(&self, login: &Login) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// Removes the login of that state and returns it, expired or not. Of any number of callers at once exactly one gets
    /// it: one `DELETE … RETURNING`, not a read and a delete.
    fn take_login(&self, state_hash: &Digest) -> impl Future<Output = Result<Option<Login>, StorageError>> + Send;

    /// Removes logins and held launches that have expired by `now`, and tells how many.
    fn sweep(&self, now: DateTime<Utc>) -> impl Future<Output = Result<u64, StorageError>> + Send;
}

/// A launch whose token is good and whose browser still has to prove that it began the login.
#[derive(Clone, PartialEq, Eq)]
pub struct HeldLaunch {
    /// Hash of the ticket, which only the page has that the launch was answered with; the row's key.
    pub ticket_hash: Digest,
    /// The login it belongs to, which is used up.
    pub login: Login,
    /// The token as it came; names and mail addresses may stand in it, so it is not for logs.
    pub id_token: String,
    /// When it came.
    pub arrived_at: DateTime<Utc>,
    /// Until when the proof has to come.
    pub expires_at: DateTime<Utc>,
}

impl fmt::Debug for HeldLaunch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("HeldLaunch").field("login", &self.login).finish_non_exhaustive()
    }
}

/// The launches that wait for their proof.
pub trait HeldLaunches: Send + Sync {
    /// Keeps a launch.
    fn hold_launch(&self, launch: &HeldLaunch) -> impl Future<Output = Result<(), StorageError>> + Send;

    /// Removes the launch of that ticket and returns it, expired or not; to exactly one of any number of callers, as
    /// [`Logins::take_login`] does.
    fn take_held_launch(
        &self,
        ticket_hash: &Digest,
    ) -> impl Future<Output = Result<Option<HeldLaunch>, StorageError>> + Send;
}

/// The tool's own keys.
pub trait OwnKeys: Send + Sync {
    /// All keys: next, active and retired ones, and those of single registrations.
    fn own_keys(&self) -> impl Future<Output = Result<Vec<OwnKey>, StorageError>> + Send;

    /// The key that signs for the registration of that issuer and client id; `None` where no key is active. A host that gives
    /// some registrations keys of their own answers with theirs; without this function one active key signs for all.
    fn signing_key(
        &self,
        _issuer: &str,
        _client_id: &str,
    ) -> impl Future<Output = Result<Option<OwnKey>, StorageError>> + Send {
        async { Ok(self.own_keys().await?.into_iter().find(|key| key.state == KeyState::Active)) }
    }
}

/// All that a tool needs kept.
pub trait Storage: Registrations + Logins + HeldLaunches + OwnKeys {}

impl<T: Registrations + Logins + HeldLaunches + OwnKeys> Storage for T {}

/// A storage's registration together with its platform.
pub type RegisteredIn<S> = Registered<<S as Registrations>::Platform, <S as Registrations>::Registration>;
