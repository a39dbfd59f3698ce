//! A storage in memory, for tests and for tools that may forget.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use chrono::{DateTime, Utc};
use url::Url;

use crate::{
    algorithm::Algorithm,
    digest::Digest,
    keys::OwnKey,
    storage::{
        DeploymentDecision, HeldLaunch, HeldLaunches, Login, Logins, Lookup, OwnKeys, Registered, Registration,
        Registrations, StorageError,
    },
};

/// A platform: just its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// What people call it.
    pub name: String,
}

/// A registration in plain fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainRegistration {
    /// See [`Registration::issuer`].
    pub issuer: String,
    /// See [`Registration::client_id`].
    pub client_id: String,
    /// See [`Registration::auth_url`].
    pub auth_url: Url,
    /// See [`Registration::token_url`].
    pub token_url: Url,
    /// See [`Registration::token_audience`].
    pub token_audience: Option<String>,
    /// See [`Registration::jwks_url`].
    pub jwks_url: Url,
    /// See [`Registration::algorithms`].
    pub algorithms: Vec<Algorithm>,
    /// See [`Registration::service_hosts`].
    pub service_hosts: Vec<String>,
    /// What happens to a deployment that is not known.
    pub new_deployments: NewDeployments,
}

/// What happens to a deployment that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewDeployments {
    /// It is taken over at its first launch.
    Learnt,
    /// It waits until [`Memory::deploy`] is called for it.
    Wait,
    /// It is refused.
    Refused,
}

impl Registration for PlainRegistration {
    fn issuer(&self) -> &str {
        &self.issuer
    }

    fn client_id(&self) -> &str {
        &self.client_id
    }

    fn auth_url(&self) -> &Url {
        &self.auth_url
    }

    fn token_url(&self) -> &Url {
        &self.token_url
    }

    fn token_audience(&self) -> Option<&str> {
        self.token_audience.as_deref()
    }

    fn jwks_url(&self) -> &Url {
        &self.jwks_url
    }

    fn algorithms(&self) -> &[Algorithm] {
        &self.algorithms
    }

    fn service_hosts(&self) -> &[String] {
        &self.service_hosts
    }
}

/// The storage.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    registered: Vec<Registered<Platform, PlainRegistration>>,
    /// Issuer, client id, deployment id.
    deployments: HashSet<(String, String, String)>,
    logins: HashMap<Digest, Login>,
    held: HashMap<Digest, HeldLaunch>,
    keys: Vec<OwnKey>,
}

impl Memory {
    /// Adds a registration.
    pub fn register(&self, platform: Platform, registration: PlainRegistration) {
        self.kept().registered.push(Registered { platform, registration });
    }

    /// Takes a registration away.
    pub fn unregister(&self, issuer: &str, client_id: &str) {
        self.kept().registered.retain(|one| !answers_to(&one.registration, issuer, Some(client_id)));
    }

    /// Adds a deployment to a registration.
    pub fn deploy(&self, issuer: &str, client_id: &str, deployment_id: &str) {
        self.kept().deployments.insert((issuer.to_owned(), client_id.to_owned(), deployment_id.to_owned()));
    }

    /// Adds a key of the tool's own.
    pub fn add_key(&self, key: OwnKey) {
        self.kept().keys.push(key);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn answers_to(registration: &PlainRegistration, issuer: &str, client_id: Option<&str>) -> bool {
    registration.issuer == issuer && client_id.is_none_or(|client_id| registration.client_id == client_id)
}

impl Registrations for Memory {
    type Platform = Platform;
    type Registration = PlainRegistration;
    type Deployment = String;

    async fn find(
        &self,
        issuer: &str,
        client_id: Option<&str>,
    ) -> Result<Lookup<Registered<Platform, PlainRegistration>>, StorageError> {
        let kept = self.kept();
        let mut found = kept.registered.iter().filter(|one| answers_to(&one.registration, issuer, client_id));
        Ok(match (found.next(), found.count()) {
            (None, _) => Lookup::Unknown,
            (Some(one), 0) => Lookup::One(one.clone()),
            (Some(_), others) => Lookup::Many(others + 1),
        })
    }

    async fn issuers(&self) -> Result<Vec<String>, StorageError> {
        Ok(self.kept().registered.iter().map(|one| one.registration.issuer.clone()).collect())
    }

    async fn decide_deployment(
        &self,
        registered: &Registered<Platform, PlainRegistration>,
        deployment_id: &str,
        _now: DateTime<Utc>,
    ) -> Result<DeploymentDecision<String>, StorageError> {
        let registration = &registered.registration;
        let deployment = (registration.issuer.clone(), registration.client_id.clone(), deployment_id.to_owned());
        let mut kept = self.kept();
        if kept.deployments.contains(&deployment) {
            return Ok(DeploymentDecision::Known(deployment.2));
        }
        Ok(match registration.new_deployments {
            NewDeployments::Learnt => {
                kept.deployments.insert(deployment);
                DeploymentDecision::Learnt(deployment_id.to_owned())
            }
            NewDeployments::Wait => DeploymentDecision::Waiting,
            NewDeployments::Refused => DeploymentDecision::Unknown,
        })
    }
}

impl Logins for Memory {
    async fn save_login(&self, login: &Login) -> Result<(), StorageError> {
        self.kept().logins.insert(login.state_hash, login.clone());
        Ok(())
    }

    async fn take_login(&self, state_hash: &Digest) -> Result<Option<Login>, StorageError> {
        Ok(self.kept().logins.remove(state_hash))
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StorageError> {
        let mut kept = self.kept();
        let before = kept.logins.len() + kept.held.len();
        kept.logins.retain(|_, login| login.expires_at > now);
        kept.held.retain(|_, launch| launch.expires_at > now);
        Ok((before - kept.logins.len() - kept.held.len()) as u64)
    }
}

impl HeldLaunches for Memory {
    async fn hold_launch(&self, launch: &HeldLaunch) -> Result<(), StorageError> {
        self.kept().held.insert(launch.ticket_hash, launch.clone());
        Ok(())
    }

    async fn take_held_launch(&self, ticket_hash: &Digest) -> Result<Option<HeldLaunch>, StorageError> {
        Ok(self.kept().held.remove(ticket_hash))
    }
}

impl OwnKeys for Memory {
    async fn own_keys(&self) -> Result<Vec<OwnKey>, StorageError> {
        Ok(self.kept().keys.clone())
    }
}
