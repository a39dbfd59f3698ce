//! Taking a registration out of use, for a while or for good.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::Registration;
use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// What goes with a registration when it is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependents {
    /// Learners who came by it.
    pub learners: i64,
    /// Launches that were made by it.
    pub launches: i64,
    /// Whether it is the last registration of its platform, which then goes too, with all work of its learners.
    pub is_last: bool,
}

/// What depends on a registration.
pub async fn dependents(tx: &mut Tx, registration: &Registration) -> Result<Dependents, StoreError> {
    const COUNTS: &str = "SELECT COUNT(DISTINCT learner_id), COUNT(*) FROM launch WHERE registration_id = $1";
    const IS_LAST: &str = "SELECT COUNT(*) = 1 FROM registration WHERE platform_id = $1";
    let (learners, launches) =
        on_tx!(tx, |connection| sqlx::query_as(COUNTS).bind(registration.id).fetch_one(connection).await)?;
    let is_last = on_tx!(tx, |connection| sqlx::query_scalar(IS_LAST)
        .bind(registration.platform_id)
        .fetch_one(connection)
        .await)?;
    Ok(Dependents { learners, launches, is_last })
}

/// Refuses a registration's launches from that moment on, or takes them again. What its learners did stays, and grades
/// that are owed are still delivered.
pub async fn set_disabled(
    tx: &mut Tx,
    registration: Uuid,
    disabled_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE registration SET disabled_at = $2 WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(registration).bind(disabled_at).execute(connection).await.map(drop))
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
