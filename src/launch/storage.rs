//! What the LTI library asks its host to keep, kept in the database.

use chrono::{DateTime, Utc};
use lti::{
    DeploymentDecision, Digest, HeldLaunch, HeldLaunches, Login, Logins, Lookup, OwnKey, OwnKeys, Registered,
    Registrations, StorageError,
};
use sqlx::FromRow;
use url::Url;

use super::{
    deployment,
    keys::{Keyring, Vault},
    notices, placing, platform,
    platform::{DeploymentPolicy, Platform, Registration},
    session,
};
use crate::{
    entropy::Entropy,
    on_tx,
    store::{Db, StoreError},
};

/// The database, as the LTI library sees it.
#[derive(Debug, Clone)]
pub struct Storage {
    db: Db,
    entropy: Entropy,
    keyring: Keyring,
}

impl Storage {
    /// Keeps everything in `db`, and LTT's own keys as `vault` says.
    pub fn new(db: Db, entropy: Entropy, vault: Vault) -> Self {
        Self { keyring: Keyring::new(db.clone(), entropy.clone(), vault), db, entropy }
    }

    /// LTT's own keys.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }
}

impl From<StoreError> for StorageError {
    fn from(error: StoreError) -> Self {
        Self::new(error)
    }
}

impl lti::Registration for Registration {
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

    fn service_hosts(&self) -> &[String] {
        &self.service_hosts
    }
}

impl Registrations for Storage {
    type Platform = Platform;
    type Registration = Registration;
    /// A deployment is nothing but its id.
    type Deployment = String;

    async fn find(
        &self,
        issuer: &str,
        client_id: Option<&str>,
    ) -> Result<Lookup<Registered<Platform, Registration>>, StorageError> {
        let mut tx = self.db.read().await?;
        let mut found = platform::registrations_of(&mut tx, issuer, client_id).await?;
        if found.len() > 1 {
            return Ok(Lookup::Many(found.len()));
        }
        let Some(registration) = found.pop() else { return Ok(Lookup::Unknown) };
        let Some(platform) = platform::find(&mut tx, registration.platform_id).await? else {
            return Ok(Lookup::Unknown);
        };
        Ok(Lookup::One(Registered { platform, registration }))
    }

    async fn issuers(&self) -> Result<Vec<String>, StorageError> {
        let mut tx = self.db.read().await?;
        let mut issuers: Vec<String> =
            platform::platforms(&mut tx).await?.into_iter().map(|platform| platform.issuer).collect();
        issuers.sort();
        issuers.dedup();
        Ok(issuers)
    }

    async fn decide_deployment(
        &self,
        registered: &Registered<Platform, Registration>,
        deployment_id: &str,
        now: DateTime<Utc>,
    ) -> Result<DeploymentDecision<String>, StorageError> {
        let registration = &registered.registration;
        let mut tx = self.db.begin().await?;
        let decision = if platform::knows_deployment(&mut tx, registration.id, deployment_id).await? {
            DeploymentDecision::Known(deployment_id.to_owned())
        } else {
            match registration.deployment_policy {
                DeploymentPolicy::Learn => {
                    platform::learn_deployment(&mut tx, &self.entropy, now, registration.id, deployment_id).await?;
                    DeploymentDecision::Learnt(deployment_id.to_owned())
                }
                DeploymentPolicy::Approve => {
                    deployment::wait(&mut tx, now, registration.id, deployment_id).await?;
                    DeploymentDecision::Waiting
                }
                DeploymentPolicy::Closed => DeploymentDecision::Unknown,
            }
        };
        tx.commit().await?;
        Ok(decision)
    }
}

#[derive(FromRow)]
struct LoginRow {
    state_hash: Vec<u8>,
    nonce_hash: Vec<u8>,
    browser_hash: Vec<u8>,
    storage_hash: Vec<u8>,
    issuer: String,
    client_id: String,
    deployment_id: Option<String>,
    login_hint: String,
    lti_message_hint: Option<String>,
    storage_target: Option<String>,
    target_link_uri: String,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

fn digest(column: &'static str, bytes: &[u8]) -> Result<Digest, StoreError> {
    Digest::from_bytes(bytes).ok_or_else(|| StoreError::Inconsistent {
        table: "login",
        column,
        cause: format!("{} bytes in place of 32", bytes.len()),
    })
}

impl TryFrom<LoginRow> for Login {
    type Error = StoreError;

    fn try_from(row: LoginRow) -> Result<Self, StoreError> {
        Ok(Self {
            state_hash: digest("state_hash", &row.state_hash)?,
            nonce_hash: digest("nonce_hash", &row.nonce_hash)?,
            browser_hash: digest("browser_hash", &row.browser_hash)?,
            storage_hash: digest("storage_hash", &row.storage_hash)?,
            issuer: row.issuer,
            client_id: row.client_id,
            deployment_id: row.deployment_id,
            login_hint: row.login_hint,
            lti_message_hint: row.lti_message_hint,
            storage_target: row.storage_target,
            target_link_uri: row.target_link_uri,
            created_at: row.created_at,
            expires_at: row.expires_at,
        })
    }
}

impl Logins for Storage {
    async fn save_login(&self, login: &Login) -> Result<(), StorageError> {
        const SQL: &str = "
            INSERT INTO login (state_hash, nonce_hash, browser_hash, storage_hash, issuer, client_id, deployment_id,
                               login_hint, lti_message_hint, storage_target, target_link_uri, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
        let mut tx = self.db.begin().await?;
        on_tx!(&mut tx, |connection| sqlx::query(SQL)
            .bind(login.state_hash.as_bytes())
            .bind(login.nonce_hash.as_bytes())
            .bind(login.browser_hash.as_bytes())
            .bind(login.storage_hash.as_bytes())
            .bind(&login.issuer)
            .bind(&login.client_id)
            .bind(&login.deployment_id)
            .bind(&login.login_hint)
            .bind(&login.lti_message_hint)
            .bind(&login.storage_target)
            .bind(&login.target_link_uri)
            .bind(login.created_at)
            .bind(login.expires_at)
            .execute(connection)
            .await
            .map(drop))?;
        Ok(tx.commit().await?)
    }

    async fn take_login(&self, state_hash: &Digest) -> Result<Option<Login>, StorageError> {
        const SQL: &str = "
            DELETE FROM login WHERE state_hash = $1
            RETURNING state_hash, nonce_hash, browser_hash, storage_hash, issuer, client_id, deployment_id, login_hint,
                      lti_message_hint, storage_target, target_link_uri, created_at, expires_at";
        let mut tx = self.db.begin().await?;
        let row: Option<LoginRow> = on_tx!(&mut tx, |connection| sqlx::query_as(SQL)
            .bind(state_hash.as_bytes())
            .fetch_optional(connection)
            .await)?;
        tx.commit().await?;
        Ok(row.map(Login::try_from).transpose()?)
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<u64, StorageError> {
        const LOGINS: &str = "DELETE FROM login WHERE expires_at <= $1";
        const HELD: &str = "DELETE FROM held_launch WHERE proof_until <= $1";
        let mut tx = self.db.begin().await?;
        let mut swept = session::sweep(&mut tx, now).await?;
        swept += placing::sweep(&mut tx, now).await? + notices::sweep(&mut tx, now).await?;
        for sql in [LOGINS, HELD] {
            swept += on_tx!(&mut tx, |connection| sqlx::query(sql)
                .bind(now)
                .execute(connection)
                .await
                .map(|done| done.rows_affected()))?;
        }
        tx.commit().await?;
        Ok(swept)
    }
}

#[derive(FromRow)]
struct HeldRow {
    ticket_hash: Vec<u8>,
    id_token: String,
    arrived_at: DateTime<Utc>,
    proof_until: DateTime<Utc>,
    #[sqlx(flatten)]
    login: LoginRow,
}

impl TryFrom<HeldRow> for HeldLaunch {
    type Error = StoreError;

    fn try_from(row: HeldRow) -> Result<Self, StoreError> {
        Ok(Self {
            ticket_hash: digest("ticket_hash", &row.ticket_hash)?,
            login: row.login.try_into()?,
            id_token: row.id_token,
            arrived_at: row.arrived_at,
            expires_at: row.proof_until,
        })
    }
}

impl HeldLaunches for Storage {
    async fn hold_launch(&self, launch: &HeldLaunch) -> Result<(), StorageError> {
        const SQL: &str = "
            INSERT INTO held_launch (ticket_hash, id_token, arrived_at, proof_until, state_hash, nonce_hash, browser_hash,
                                     storage_hash, issuer, client_id, deployment_id, login_hint, lti_message_hint,
                                     storage_target, target_link_uri, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
        let login = &launch.login;
        let mut tx = self.db.begin().await?;
        on_tx!(&mut tx, |connection| sqlx::query(SQL)
            .bind(launch.ticket_hash.as_bytes())
            .bind(&launch.id_token)
            .bind(launch.arrived_at)
            .bind(launch.expires_at)
            .bind(login.state_hash.as_bytes())
            .bind(login.nonce_hash.as_bytes())
            .bind(login.browser_hash.as_bytes())
            .bind(login.storage_hash.as_bytes())
            .bind(&login.issuer)
            .bind(&login.client_id)
            .bind(&login.deployment_id)
            .bind(&login.login_hint)
            .bind(&login.lti_message_hint)
            .bind(&login.storage_target)
            .bind(&login.target_link_uri)
            .bind(login.created_at)
            .bind(login.expires_at)
            .execute(connection)
            .await
            .map(drop))?;
        Ok(tx.commit().await?)
    }

    async fn take_held_launch(&self, ticket_hash: &Digest) -> Result<Option<HeldLaunch>, StorageError> {
        const SQL: &str = "
            DELETE FROM held_launch WHERE ticket_hash = $1
            RETURNING ticket_hash, id_token, arrived_at, proof_until, state_hash, nonce_hash, browser_hash, storage_hash,
                      issuer, client_id, deployment_id, login_hint, lti_message_hint, storage_target, target_link_uri,
                      created_at, expires_at";
        let mut tx = self.db.begin().await?;
        let row: Option<HeldRow> = on_tx!(&mut tx, |connection| sqlx::query_as(SQL)
            .bind(ticket_hash.as_bytes())
            .fetch_optional(connection)
            .await)?;
        tx.commit().await?;
        Ok(row.map(HeldLaunch::try_from).transpose()?)
    }
}

impl OwnKeys for Storage {
    async fn own_keys(&self) -> Result<Vec<OwnKey>, StorageError> {
        self.keyring.all().await.map_err(StorageError::new)
    }

    async fn signing_key(&self, issuer: &str, client_id: &str) -> Result<Option<OwnKey>, StorageError> {
        self.keyring.signing(issuer, client_id).await.map_err(StorageError::new)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;
    use lti::contract::{Prepared, verify};

    use super::*;
    use crate::{database_test, launch::platform::NewRegistration};

    async fn register(db: &Db, issuer: &str, client_id: &str, deployments: &[&str]) -> Registration {
        let at = |path: &str| format!("{issuer}/{path}");
        let new = NewRegistration {
            name: client_id.to_owned(),
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            auth_url: at("auth"),
            token_url: at("token"),
            jwks_url: at("keys"),
            deployments: deployments.iter().map(|id| (*id).to_owned()).collect(),
            ..NewRegistration::default()
        };
        let mut tx = db.begin().await.unwrap();
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap();
        let registration = platform::add(&mut tx, &Entropy::system(), now, new, false).await.unwrap();
        tx.commit().await.unwrap();
        registration
    }

    database_test!(
        async fn the_contract_of_the_lti_library_is_kept(db: Db) {
            let (alone, shared) = ("https://alone.example.org", "https://shared.example.org");
            register(&db, alone, "only", &["Deployment-1"]).await;
            register(&db, shared, "one", &[]).await;
            register(&db, shared, "two", &[]).await;
            let careful = "https://careful.example.org";
            let registration = register(&db, careful, "three", &[]).await;
            let mut tx = db.begin().await.unwrap();
            deployment::set_policy(&mut tx, registration.id, DeploymentPolicy::Approve).await.unwrap();
            tx.commit().await.unwrap();
            let prepared = Prepared {
                issuer: alone,
                client_id: "only",
                deployment_id: "Deployment-1",
                shared_issuer: shared,
                shared_client_ids: ["one", "two"],
                waiting_issuer: Some(careful),
            };
            let now = Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap();
            let storage = Storage::new(db, Entropy::system(), Vault::default());
            storage.keyring().ensure(now).await.unwrap();
            verify(&storage, &prepared, now).await.unwrap();
        }
    );
}
