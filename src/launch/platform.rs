//! Platforms and their registrations of LTT.
//!
//! A platform is one issuer (and one tenant, where an issuer serves many) with all its registrations; learners and
//! courses belong to it. Open edX gives each block a registration of its own, and one learner in two blocks is one person.

use chrono::{DateTime, Utc};
use url::Url;
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    loopback::is_loopback,
    on_tx,
    store::{StoreError, Tx},
};

/// One issuer, and one tenant where an issuer serves many.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Platform {
    /// Its id here.
    pub id: Uuid,
    /// What its tokens name as `iss`.
    pub issuer: String,
    /// What people call it.
    pub name: String,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// A client id that a platform gave to LTT, with the addresses that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Its id here.
    pub id: Uuid,
    /// The platform it belongs to.
    pub platform_id: Uuid,
    /// What people call it.
    pub name: String,
    /// What tokens name as `iss`.
    pub issuer: String,
    /// What tokens name as `aud`.
    pub client_id: String,
    /// Where a login is answered.
    pub auth_url: Url,
    /// Where access tokens are given out.
    pub token_url: Url,
    /// The audience of LTT's assertions where it is not the token URL.
    pub token_audience: Option<String>,
    /// Where the platform publishes its keys.
    pub jwks_url: Url,
    /// Which deployments may launch.
    pub deployment_policy: DeploymentPolicy,
    /// The deployments that are known.
    pub deployments: Vec<String>,
    /// Origins that may frame LTT, beside those of the addresses above.
    pub frame_ancestors: Vec<String>,
    /// Further hosts that may be sent the platform's tokens.
    pub service_hosts: Vec<String>,
}

/// Which deployments of a registration may launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum DeploymentPolicy {
    /// A deployment is taken over at its first launch.
    Learn,
    /// Only those listed.
    Closed,
}

/// What an administrator tells of a registration.
#[derive(Debug, Clone, Default)]
pub struct NewRegistration {
    /// What people call it.
    pub name: String,
    /// What tokens name as `iss`.
    pub issuer: String,
    /// What tokens name as `aud`.
    pub client_id: String,
    /// Where a login is answered.
    pub auth_url: String,
    /// Where access tokens are given out.
    pub token_url: String,
    /// The audience of LTT's assertions where it is not the token URL.
    pub token_audience: Option<String>,
    /// Where the platform publishes its keys.
    pub jwks_url: String,
    /// Where any are given, no other deployment may launch.
    pub deployments: Vec<String>,
    /// Origins that may frame LTT, beside those of the addresses above.
    pub frame_ancestors: Vec<String>,
    /// Further hosts that may be sent the platform's tokens.
    pub service_hosts: Vec<String>,
    /// Whether it is a tenant of its own although another platform has the same issuer and origins.
    pub separate: bool,
}

/// Why a registration was not added.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// A value is empty or malformed.
    #[error("{field}: {problem}")]
    Invalid {
        /// The option it was given with.
        field: &'static str,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// Issuer and client id together name a registration, and this one is already there.
    #[error(
        "client id \"{client_id}\" of {issuer} is already registered; \
         see `ltt platform list`, or remove it first with `ltt platform remove`"
    )]
    Duplicate {
        /// The issuer.
        issuer: String,
        /// The client id.
        client_id: String,
    },
    /// The database did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The addresses of a registration, checked.
struct Addresses {
    auth: Url,
    token: Url,
    jwks: Url,
}

impl NewRegistration {
    /// Brings every value into its one spelling, or says what is wrong with it.
    fn validated(mut self, loopback: bool) -> Result<(Self, Addresses), PlatformError> {
        for (field, value) in [("--name", &self.name), ("--issuer", &self.issuer), ("--client-id", &self.client_id)] {
            if value.trim().is_empty() || value.len() > 255 || value.contains(char::is_control) {
                return Err(invalid(field, "give a text of 1 to 255 characters"));
            }
        }
        let addresses = Addresses {
            auth: checked_address("--auth-url", &self.auth_url, loopback)?,
            token: checked_address("--token-url", &self.token_url, loopback)?,
            jwks: checked_address("--jwks-url", &self.jwks_url, loopback)?,
        };
        for origin in &mut self.frame_ancestors {
            *origin = checked_address("--frame-ancestor", origin, true)?.origin().ascii_serialization();
        }
        for host in &self.service_hosts {
            if url::Host::parse(host).is_err() {
                return Err(invalid("--service-host", format!("\"{host}\" is no host name; give it without https://")));
            }
        }
        Ok((self, addresses))
    }
}

fn invalid(field: &'static str, problem: impl Into<String>) -> PlatformError {
    PlatformError::Invalid { field, problem: problem.into() }
}

fn checked_address(field: &'static str, value: &str, loopback: bool) -> Result<Url, PlatformError> {
    let url = Url::parse(value).map_err(|error| invalid(field, format!("\"{value}\" is no address: {error}")))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if loopback && is_loopback(&url) => Ok(url),
        "http" if is_loopback(&url) => {
            Err(invalid(field, "http on this machine is allowed only with LTT_OUTBOUND_ALLOW=loopback"))
        }
        _ => Err(invalid(field, format!("\"{value}\" must begin with https://"))),
    }
}

/// Adds a registration to the platform it belongs to, which is made where there is none. `loopback` says whether plain
/// http to this machine is allowed.
pub async fn add(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    new: NewRegistration,
    loopback: bool,
) -> Result<Registration, PlatformError> {
    const SQL: &str = "
        INSERT INTO registration (id, platform_id, name, issuer, client_id, auth_url, token_url, token_audience,
                                  jwks_url, deployment_policy, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (issuer, client_id) DO NOTHING";
    let (new, addresses) = new.validated(loopback)?;
    let platform_id = match if new.separate { None } else { platform_of(tx, &new.issuer, &addresses).await? } {
        Some(platform) => platform,
        None => insert_platform(tx, entropy, now, &new).await?,
    };
    let registration = Registration {
        id: entropy.id(now),
        platform_id,
        name: new.name,
        issuer: new.issuer,
        client_id: new.client_id,
        auth_url: addresses.auth,
        token_url: addresses.token,
        token_audience: new.token_audience,
        jwks_url: addresses.jwks,
        deployment_policy: if new.deployments.is_empty() { DeploymentPolicy::Learn } else { DeploymentPolicy::Closed },
        deployments: new.deployments,
        frame_ancestors: new.frame_ancestors,
        service_hosts: new.service_hosts,
    };
    let added = on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration.id)
        .bind(registration.platform_id)
        .bind(&registration.name)
        .bind(&registration.issuer)
        .bind(&registration.client_id)
        .bind(registration.auth_url.as_str())
        .bind(registration.token_url.as_str())
        .bind(&registration.token_audience)
        .bind(registration.jwks_url.as_str())
        .bind(registration.deployment_policy)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    if added == 0 {
        return Err(PlatformError::Duplicate { issuer: registration.issuer, client_id: registration.client_id });
    }
    for deployment in &registration.deployments {
        learn_deployment(tx, entropy, now, registration.id, deployment).await?;
    }
    insert_lists(tx, &registration).await?;
    Ok(registration)
}

/// The platform of the same issuer whose registrations have their authorization and key-set addresses on the same
/// origins.
async fn platform_of(tx: &mut Tx, issuer: &str, addresses: &Addresses) -> Result<Option<Uuid>, StoreError> {
    let known = registrations_of(tx, issuer, None).await?;
    let same = known.iter().find(|registration| {
        registration.auth_url.origin() == addresses.auth.origin()
            && registration.jwks_url.origin() == addresses.jwks.origin()
    });
    Ok(same.map(|registration| registration.platform_id))
}

async fn insert_platform(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    new: &NewRegistration,
) -> Result<Uuid, StoreError> {
    const SQL: &str = "INSERT INTO platform (id, issuer, name, created_at) VALUES ($1, $2, $3, $4) RETURNING id";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(entropy.id(now))
        .bind(&new.issuer)
        .bind(&new.name)
        .bind(now)
        .fetch_one(connection)
        .await)
}

async fn insert_lists(tx: &mut Tx, registration: &Registration) -> Result<(), StoreError> {
    const ANCESTOR: &str =
        "INSERT INTO frame_ancestor (registration_id, origin) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    const HOST: &str = "INSERT INTO service_host (registration_id, host) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let ancestors = registration.frame_ancestors.iter().map(|origin| (ANCESTOR, origin));
    let hosts = registration.service_hosts.iter().map(|host| (HOST, host));
    for (sql, value) in ancestors.chain(hosts) {
        on_tx!(tx, |connection| sqlx::query(sql)
            .bind(registration.id)
            .bind(value)
            .execute(connection)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// Whether a deployment, spelt exactly like this, is known.
pub async fn knows_deployment(tx: &mut Tx, registration: Uuid, deployment: &str) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) > 0 FROM deployment WHERE registration_id = $1 AND deployment_id = $2";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(registration).bind(deployment).fetch_one(connection).await)
}

/// Notes that a deployment may launch.
pub async fn learn_deployment(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    registration: Uuid,
    deployment: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO deployment (id, registration_id, deployment_id, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (registration_id, deployment_id) DO NOTHING";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(entropy.id(now))
        .bind(registration)
        .bind(deployment)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))
}

/// All platforms, by name.
pub async fn platforms(tx: &mut Tx) -> Result<Vec<Platform>, StoreError> {
    const SQL: &str = "SELECT id, issuer, name, created_at FROM platform ORDER BY name, created_at, id";
    on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)
}

/// One platform.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Platform>, StoreError> {
    const SQL: &str = "SELECT id, issuer, name, created_at FROM platform WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(id).fetch_optional(connection).await)
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    platform_id: Uuid,
    name: String,
    issuer: String,
    client_id: String,
    auth_url: String,
    token_url: String,
    token_audience: Option<String>,
    jwks_url: String,
    deployment_policy: DeploymentPolicy,
}

/// All registrations, in the order they were added.
pub async fn registrations(tx: &mut Tx) -> Result<Vec<Registration>, StoreError> {
    const SQL: &str = "
        SELECT id, platform_id, name, issuer, client_id, auth_url, token_url, token_audience, jwks_url,
               deployment_policy
        FROM registration ORDER BY created_at, id";
    let rows: Vec<Row> = on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)?;
    completed(tx, rows).await
}

/// The registrations of an issuer, of one client id where it is given.
pub async fn registrations_of(
    tx: &mut Tx,
    issuer: &str,
    client_id: Option<&str>,
) -> Result<Vec<Registration>, StoreError> {
    const SQL: &str = "
        SELECT id, platform_id, name, issuer, client_id, auth_url, token_url, token_audience, jwks_url,
               deployment_policy
        FROM registration WHERE issuer = $1 AND ($2 IS NULL OR client_id = $2) ORDER BY created_at, id";
    let rows: Vec<Row> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(issuer).bind(client_id).fetch_all(connection).await)?;
    completed(tx, rows).await
}

/// One registration.
pub async fn registration(tx: &mut Tx, id: Uuid) -> Result<Option<Registration>, StoreError> {
    const SQL: &str = "
        SELECT id, platform_id, name, issuer, client_id, auth_url, token_url, token_audience, jwks_url,
               deployment_policy
        FROM registration WHERE id = $1";
    let row: Option<Row> = on_tx!(tx, |connection| sqlx::query_as(SQL).bind(id).fetch_optional(connection).await)?;
    Ok(completed(tx, row.into_iter().collect()).await?.pop())
}

async fn completed(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Registration>, StoreError> {
    const DEPLOYMENTS: &str =
        "SELECT deployment_id FROM deployment WHERE registration_id = $1 ORDER BY created_at, deployment_id";
    const ANCESTORS: &str = "SELECT origin FROM frame_ancestor WHERE registration_id = $1 ORDER BY origin";
    const HOSTS: &str = "SELECT host FROM service_host WHERE registration_id = $1 ORDER BY host";
    let mut registrations = Vec::with_capacity(rows.len());
    for row in rows {
        let [deployments, frame_ancestors, service_hosts] = [
            texts(tx, DEPLOYMENTS, row.id).await?,
            texts(tx, ANCESTORS, row.id).await?,
            texts(tx, HOSTS, row.id).await?,
        ];
        registrations.push(Registration {
            id: row.id,
            platform_id: row.platform_id,
            name: row.name,
            issuer: row.issuer,
            client_id: row.client_id,
            auth_url: stored_address("auth_url", &row.auth_url)?,
            token_url: stored_address("token_url", &row.token_url)?,
            token_audience: row.token_audience,
            jwks_url: stored_address("jwks_url", &row.jwks_url)?,
            deployment_policy: row.deployment_policy,
            deployments,
            frame_ancestors,
            service_hosts,
        });
    }
    Ok(registrations)
}

fn stored_address(column: &'static str, value: &str) -> Result<Url, StoreError> {
    Url::parse(value).map_err(|error| StoreError::Inconsistent {
        table: "registration",
        column,
        cause: error.to_string(),
    })
}

async fn texts(tx: &mut Tx, sql: &'static str, id: Uuid) -> Result<Vec<String>, StoreError> {
    on_tx!(tx, |connection| sqlx::query_scalar(sql).bind(id).fetch_all(connection).await)
}

/// What goes with a registration or platform when it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependents {
    /// Learners who came by it.
    pub learners: i64,
    /// Launches that were made by it.
    pub launches: i64,
}

/// What depends on a registration.
pub async fn dependents(tx: &mut Tx, registration: Uuid) -> Result<Dependents, StoreError> {
    const SQL: &str = "SELECT COUNT(DISTINCT learner_id), COUNT(*) FROM launch WHERE registration_id = $1";
    let (learners, launches) =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(registration).fetch_one(connection).await)?;
    Ok(Dependents { learners, launches })
}

/// Removes a registration; with the last one of its platform the platform goes too, and with it all work of its
/// learners.
pub async fn remove(tx: &mut Tx, registration: &Registration) -> Result<(), StoreError> {
    const REMOVE: &str = "DELETE FROM registration WHERE id = $1";
    const REMOVE_EMPTY: &str = "
        DELETE FROM platform
        WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM registration WHERE registration.platform_id = platform.id)";
    for (sql, id) in [(REMOVE, registration.id), (REMOVE_EMPTY, registration.platform_id)] {
        on_tx!(tx, |connection| sqlx::query(sql).bind(id).execute(connection).await.map(drop))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;
    use crate::{database_test, store::Db};

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap()
    }

    fn block(client_id: &str, host: &str) -> NewRegistration {
        NewRegistration {
            name: format!("Block {client_id}"),
            issuer: "https://lms.example.org".to_owned(),
            client_id: client_id.to_owned(),
            auth_url: format!("https://{host}/launch/"),
            token_url: format!("https://{host}/token/{client_id}"),
            jwks_url: format!("https://{host}/keys/{client_id}"),
            ..NewRegistration::default()
        }
    }

    async fn added(db: &Db, new: NewRegistration) -> Result<Registration, PlatformError> {
        let mut tx = db.begin().await?;
        let registration = add(&mut tx, &Entropy::system(), now(), new, false).await?;
        tx.commit().await?;
        Ok(registration)
    }

    database_test!(
        async fn registrations_of_one_issuer_and_origin_are_one_platform(db: Db) {
            let first = added(&db, block("one", "lms.example.org")).await.unwrap();
            let second = added(&db, block("two", "lms.example.org")).await.unwrap();
            let elsewhere = added(&db, block("three", "other.example.org")).await.unwrap();
            let separate =
                added(&db, NewRegistration { separate: true, ..block("four", "lms.example.org") }).await.unwrap();
            assert_eq!(first.platform_id, second.platform_id);
            assert_ne!(first.platform_id, elsewhere.platform_id);
            assert_ne!(first.platform_id, separate.platform_id);
        }
    );

    database_test!(
        async fn a_registration_comes_back_with_its_lists(db: Db) {
            let new = NewRegistration {
                deployments: vec!["1".to_owned(), "a".to_owned()],
                frame_ancestors: vec!["https://learn.example.org/some/path".to_owned()],
                service_hosts: vec!["grades.example.org".to_owned()],
                ..block("one", "lms.example.org")
            };
            let registration = added(&db, new).await.unwrap();
            let mut tx = db.read().await.unwrap();
            let found = registrations_of(&mut tx, "https://lms.example.org", Some("one")).await.unwrap();
            assert_eq!(found, std::slice::from_ref(&registration));
            assert_eq!(found[0].frame_ancestors, ["https://learn.example.org"]);
            assert_eq!(found[0].deployment_policy, DeploymentPolicy::Closed);
            assert!(registrations_of(&mut tx, "https://lms.example.org", Some("two")).await.unwrap().is_empty());
        }
    );

    database_test!(
        async fn the_same_client_id_twice_is_refused(db: Db) {
            added(&db, block("one", "lms.example.org")).await.unwrap();
            let again = added(&db, block("one", "other.example.org")).await;
            assert!(matches!(again, Err(PlatformError::Duplicate { .. })), "{again:?}");
        }
    );

    database_test!(
        async fn the_last_registration_takes_its_platform_with_it(db: Db) {
            let first = added(&db, block("one", "lms.example.org")).await.unwrap();
            let second = added(&db, block("two", "lms.example.org")).await.unwrap();
            let mut tx = db.begin().await.unwrap();
            remove(&mut tx, &first).await.unwrap();
            assert_eq!(platforms(&mut tx).await.unwrap().len(), 1);
            remove(&mut tx, &second).await.unwrap();
            assert!(platforms(&mut tx).await.unwrap().is_empty());
        }
    );

    #[test]
    fn an_address_that_is_not_https_is_refused_with_its_option() {
        for (url, loopback, expected) in [
            ("http://lms.example.org/auth", true, "must begin with https"),
            ("http://localhost:8000/auth", false, "LTT_OUTBOUND_ALLOW=loopback"),
            ("lms.example.org", true, "is no address"),
        ] {
            let new = NewRegistration { auth_url: url.to_owned(), ..block("one", "lms.example.org") };
            let message = new.validated(loopback).err().unwrap().to_string();
            assert!(message.starts_with("--auth-url") && message.contains(expected), "{message}");
        }
    }
}
