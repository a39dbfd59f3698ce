//! Deployments of a registration: which are known, which wait for an administrator, and what happens to new ones.
//!
//! A deployment is nothing but its id, as the platform spells it: `A1` and `a1` are two.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::platform::{self, DeploymentPolicy};
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// How many deployments of one registration may wait; of further ones no note is taken.
const LONGEST_QUEUE: i64 = 200;

/// A deployment that has launched and waits for an administrator.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// The registration it came by.
    pub registration_id: Uuid,
    /// Its id.
    pub deployment_id: String,
    /// When somebody first wanted to come in by it.
    pub first_seen_at: DateTime<Utc>,
    /// When somebody last wanted to.
    pub last_seen_at: DateTime<Utc>,
}

/// Notes that somebody wants to come in by a deployment that is not known.
pub async fn wait(tx: &mut Tx, now: DateTime<Utc>, registration: Uuid, deployment: &str) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO waiting_deployment (registration_id, deployment_id, first_seen_at, last_seen_at)
        SELECT $1, $2, $3, $3
        WHERE (SELECT COUNT(*) FROM waiting_deployment WHERE registration_id = $1 AND deployment_id <> $2) < $4
        ON CONFLICT (registration_id, deployment_id) DO UPDATE SET last_seen_at = excluded.last_seen_at";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration)
        .bind(deployment)
        .bind(now)
        .bind(LONGEST_QUEUE)
        .execute(connection)
        .await
        .map(drop))
}

/// The deployments that wait, those that came first first.
pub async fn waiting(tx: &mut Tx, registration: Uuid) -> Result<Vec<Waiting>, StoreError> {
    const SQL: &str = "
        SELECT registration_id, deployment_id, first_seen_at, last_seen_at
        FROM waiting_deployment WHERE registration_id = $1 ORDER BY first_seen_at, deployment_id";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(registration).fetch_all(connection).await)
}

/// Lets a deployment launch from now on, whether it waited or not.
pub async fn approve(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    registration: Uuid,
    deployment: &str,
) -> Result<(), StoreError> {
    platform::learn_deployment(tx, entropy, now, registration, deployment).await?;
    forget_waiting(tx, registration, deployment).await?;
    Ok(())
}

/// Takes a deployment away, known or waiting; `false` where there was none. What was learnt by it stays. Where new
/// deployments are learnt, it comes back with its next launch.
pub async fn remove(tx: &mut Tx, registration: Uuid, deployment: &str) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM deployment WHERE registration_id = $1 AND deployment_id = $2";
    let known = on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration)
        .bind(deployment)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    let waited = forget_waiting(tx, registration, deployment).await?;
    Ok(known + waited > 0)
}

async fn forget_waiting(tx: &mut Tx, registration: Uuid, deployment: &str) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM waiting_deployment WHERE registration_id = $1 AND deployment_id = $2";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration)
        .bind(deployment)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))
}

/// Decides what happens to new deployments of a registration from now on.
pub async fn set_policy(tx: &mut Tx, registration: Uuid, policy: DeploymentPolicy) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE registration SET deployment_policy = $2 WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(registration).bind(policy).execute(connection).await.map(drop))
}
