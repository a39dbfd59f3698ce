//! The contract of storages, kept and broken.

use chrono::{DateTime, Utc};

use super::platform::{CLIENT, ISSUER, Stage, noon, registration};
use crate::{
    DeploymentDecision, Digest, HeldLaunch, HeldLaunches, Login, Logins, Lookup, OwnKey, OwnKeys, RegisteredIn,
    Registrations, StorageError,
    contract::{self, Prepared},
    memory::{Memory, NewDeployments, PlainRegistration, Platform},
};

const PREPARED: Prepared<'_> = Prepared {
    issuer: ISSUER,
    client_id: CLIENT,
    deployment_id: "Main",
    shared_issuer: "https://shared.example",
    shared_client_ids: ["a", "b"],
    waiting_issuer: Some("https://careful.example"),
};

fn prepare(memory: &Memory) {
    memory.deploy(ISSUER, CLIENT, "Main");
    for client in PREPARED.shared_client_ids {
        let mut open = registration(PREPARED.shared_issuer, client);
        open.new_deployments = NewDeployments::Learnt;
        memory.register(Platform { name: "Shared".to_owned() }, open);
    }
    let mut careful = registration("https://careful.example", "c");
    careful.new_deployments = NewDeployments::Wait;
    memory.register(Platform { name: "Careful".to_owned() }, careful);
}

#[tokio::test]
async fn the_storage_in_memory_keeps_the_contract() {
    let stage = Stage::new();
    prepare(stage.tool.storage());
    contract::verify(stage.tool.storage(), &PREPARED, stage.now).await.unwrap();
}

/// Reads a login, and deletes it a moment later.
#[derive(Debug, Default)]
struct ReadsThenDeletes(Memory);

#[tokio::test]
async fn a_storage_that_reads_a_login_and_then_deletes_it_is_found_out() {
    let storage = ReadsThenDeletes::default();
    storage.0.register(Platform { name: "School".to_owned() }, registration(ISSUER, CLIENT));
    prepare(&storage.0);
    let broken = contract::verify(&storage, &PREPARED, noon()).await.unwrap_err();
    insta::assert_snapshot!(broken, @"the storage breaks its contract: exactly one of racing launches gets the login");
}

impl Logins for ReadsThenDeletes {
    async fn save_login(&self, login: &Login) -> Result<(), StorageError> {
        self.0.save_login(login).await
    }

    async fn take_login(&self, state_hash: &Digest) -> Result<Option<Login>, StorageError> {
        let login = self.0.take_login(state_hash).await?;
        if let Some(login) = &login {
            self.0.save_login(login).await?;
            tokio::task::yield_now().await;
            self.0.take_login(state_hash).await?;
        }
        Ok(login)
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StorageError> {
        self.0.sweep(now).await
    }
}

impl HeldLaunches for ReadsThenDeletes {
    async fn hold_launch(&self, launch: &HeldLaunch) -> Result<(), StorageError> {
        self.0.hold_launch(launch).await
    }

    async fn take_held_launch(&self, ticket_hash: &Digest) -> Result<Option<HeldLaunch>, StorageError> {
        self.0.take_held_launch(ticket_hash).await
    }
}

impl Registrations for ReadsThenDeletes {
    type Platform = Platform;
    type Registration = PlainRegistration;
    type Deployment = String;

    async fn find(&self, issuer: &str, client_id: Option<&str>) -> Result<Lookup<RegisteredIn<Self>>, StorageError> {
        self.0.find(issuer, client_id).await
    }

    async fn issuers(&self) -> Result<Vec<String>, StorageError> {
        self.0.issuers().await
    }

    async fn decide_deployment(
        &self,
        registered: &RegisteredIn<Self>,
        deployment_id: &str,
        now: DateTime<Utc>,
    ) -> Result<DeploymentDecision<String>, StorageError> {
        self.0.decide_deployment(registered, deployment_id, now).await
    }
}

impl OwnKeys for ReadsThenDeletes {
    async fn own_keys(&self) -> Result<Vec<OwnKey>, StorageError> {
        self.0.own_keys().await
    }
}

#[tokio::test]
async fn each_call_may_choose_its_storage_and_tenants_share_nothing_but_public_keys() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let token = super::platform::sign(&stage.claims(&attempt));
    assert!(stage.post(&attempt, &token).await.is_ok());

    let another = Memory::default();
    another.register(Platform { name: "Another school".to_owned() }, registration(ISSUER, CLIENT));
    another.deploy(ISSUER, CLIENT, "1");
    let tenant = stage.tool.with_storage(another);
    let request = crate::LoginRequest::parse(super::platform::LOGIN.as_bytes()).unwrap();
    let beginning = tenant.begin(request, stage.now, &mut *stage.random());
    let begun = beginning.await.unwrap();
    assert_eq!(begun.registered.platform.name, "Another school");
    let nonce = begun.redirect.query_pairs().find(|(name, _)| name == "nonce").unwrap().1.into_owned();
    let theirs = super::platform::Attempt {
        state: begun.state,
        nonce,
        secret: begun.browser_secret,
        storage_secret: begun.storage_secret,
    };
    let token = super::platform::sign(&stage.claims(&theirs));
    let elsewhere = stage.post(&theirs, &token).await.unwrap_err();
    assert_eq!(elsewhere.refusal.code(), "state_unknown", "a login is its tenant's");
    let body = super::platform::form(&[("state", &theirs.state), ("id_token", &token)]);
    let posted = crate::LaunchForm::parse(body.as_bytes());
    let completing = tenant.complete(posted, Some(&theirs.secret), stage.now, &mut *stage.random());
    assert!(matches!(completing.await, Ok(crate::Completed::Launched(_))));
    assert_eq!(stage.network.times_asked(super::platform::JWKS_URL), 1, "the platform's keys are kept for both");
}
