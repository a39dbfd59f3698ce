//! Platforms and their registrations of LTT.
//!
//! A platform is one issuer (and one tenant, where an issuer serves many) with all its registrations; learners and
//! courses belong to it. Open edX gives each block a registration of its own, and one learner in two blocks is one person.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

mod entry;
mod family;
pub mod passports;
mod removal;
#[cfg(test)]
mod tests;

pub use entry::{Field, NewRegistration, PlatformError, Problem, add, update};
pub use family::Family;
pub use removal::{Dependents, dependents, remove, set_disabled};

/// One issuer, and one tenant where an issuer serves many.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Platform {
    /// Its id here.
    pub id: Uuid,
    /// What its tokens name as `iss`.
    pub issuer: String,
    /// What people call it.
    pub name: String,
    /// The organisation it belongs to; `None`: the installation.
    pub organisation_id: Option<Uuid>,
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
    /// Which learning platform it is.
    pub family: Family,
    /// Which columns of the gradebook scores go to.
    pub grade_columns: GradeColumns,
    /// Which deployments may launch.
    pub deployment_policy: DeploymentPolicy,
    /// The deployments that are known.
    pub deployments: Vec<String>,
    /// Origins that may frame LTT, beside those of the addresses above.
    pub frame_ancestors: Vec<String>,
    /// Further hosts that may be sent the platform's tokens.
    pub service_hosts: Vec<String>,
    /// Since when its launches are refused; `None`: they are not.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// Which columns of the gradebook the scores of a registration go to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::Type, Serialize, Deserialize)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum GradeColumns {
    /// The one that the platform made for the activity. Where it made none and LTT may, LTT makes one.
    #[default]
    Claim,
    /// One that LTT makes for each project, whatever part of it an activity opens.
    Project,
    /// One that LTT makes for each task that was placed; where a whole project was, for each task at its top.
    Task,
}

impl GradeColumns {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::Claim, Self::Project, Self::Task];

    /// Its name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Project => "project",
            Self::Task => "task",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// What it means, in a line.
    pub fn told(self) -> &'static str {
        match self {
            Self::Claim => "the activity's own column",
            Self::Project => "a column of LTT's for each project",
            Self::Task => "a column of LTT's for each task",
        }
    }
}

/// Which deployments of a registration may launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, Serialize, Deserialize)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum DeploymentPolicy {
    /// A deployment is taken over at its first launch.
    Learn,
    /// A new one waits until an administrator approves it.
    Approve,
    /// Only those listed.
    Closed,
}

/// Whose platforms are seen. What lies outside does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// All there are.
    Installation,
    /// Those of one organisation.
    Organisation(Uuid),
}

impl Within {
    /// The organisation, where there is only one to be seen.
    pub fn organisation(self) -> Option<Uuid> {
        match self {
            Self::Installation => None,
            Self::Organisation(id) => Some(id),
        }
    }

    /// Whether a platform of that organisation is seen.
    pub fn includes(self, organisation: Option<Uuid>) -> bool {
        match self {
            Self::Installation => true,
            Self::Organisation(id) => organisation == Some(id),
        }
    }
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
    const SQL: &str =
        "SELECT id, issuer, name, organisation_id, created_at FROM platform ORDER BY name, created_at, id";
    on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)
}

/// The platforms that are seen, by name, each with its registrations in the order they were added.
pub async fn platforms_within(tx: &mut Tx, within: Within) -> Result<Vec<(Platform, Vec<Registration>)>, StoreError> {
    let registrations = registrations(tx).await?;
    let mut seen = Vec::new();
    for platform in platforms(tx).await?.into_iter().filter(|platform| within.includes(platform.organisation_id)) {
        let own = registrations.iter().filter(|registration| registration.platform_id == platform.id);
        let own = own.cloned().collect();
        seen.push((platform, own));
    }
    Ok(seen)
}

/// One platform.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Platform>, StoreError> {
    const SQL: &str = "SELECT id, issuer, name, organisation_id, created_at FROM platform WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(id).fetch_optional(connection).await)
}

/// One registration with its platform, where it is seen.
pub async fn registration_within(
    tx: &mut Tx,
    within: Within,
    id: Uuid,
) -> Result<Option<(Platform, Registration)>, StoreError> {
    let Some(registration) = registration(tx, id).await? else { return Ok(None) };
    let platform = find(tx, registration.platform_id).await?;
    let seen = platform.filter(|platform| within.includes(platform.organisation_id));
    Ok(seen.map(|platform| (platform, registration)))
}

/// Whether anybody has ever come by a registration that is seen.
pub async fn was_launched(tx: &mut Tx, within: Within) -> Result<bool, StoreError> {
    const SQL: &str = "
        SELECT COUNT(*) > 0 FROM launch
        JOIN registration ON registration.id = launch.registration_id
        JOIN platform ON platform.id = registration.platform_id
        WHERE $1 IS NULL OR platform.organisation_id = $1";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(within.organisation()).fetch_one(connection).await)
}

/// Gives a platform, with all its registrations, to an organisation, or back to the installation.
pub async fn give_to(tx: &mut Tx, platform: Uuid, organisation: Option<Uuid>) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE platform SET organisation_id = $2 WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(platform).bind(organisation).execute(connection).await.map(drop))
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
    family: Family,
    grade_columns: GradeColumns,
    deployment_policy: DeploymentPolicy,
    disabled_at: Option<DateTime<Utc>>,
}

/// All registrations, in the order they were added.
pub async fn registrations(tx: &mut Tx) -> Result<Vec<Registration>, StoreError> {
    const SQL: &str = "
        SELECT id, platform_id, name, issuer, client_id, auth_url, token_url, token_audience, jwks_url, family,
               grade_columns, deployment_policy, disabled_at
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
        SELECT id, platform_id, name, issuer, client_id, auth_url, token_url, token_audience, jwks_url, family,
               grade_columns, deployment_policy, disabled_at
        FROM registration WHERE issuer = $1 AND ($2 IS NULL OR client_id = $2) ORDER BY created_at, id";
    let rows: Vec<Row> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(issuer).bind(client_id).fetch_all(connection).await)?;
    completed(tx, rows).await
}

/// One registration.
pub async fn registration(tx: &mut Tx, id: Uuid) -> Result<Option<Registration>, StoreError> {
    const SQL: &str = "
        SELECT id, platform_id, name, issuer, client_id, auth_url, token_url, token_audience, jwks_url, family,
               grade_columns, deployment_policy, disabled_at
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
            family: row.family,
            grade_columns: row.grade_columns,
            deployment_policy: row.deployment_policy,
            deployments,
            frame_ancestors,
            service_hosts,
            disabled_at: row.disabled_at,
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
