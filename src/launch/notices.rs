//! Notices of platforms: which ones have been acted on, and which platforms were asked for them.

use chrono::{DateTime, TimeDelta, Utc};
use lti::Digest;
use uuid::Uuid;

use super::{copies, platform::Registration, protocol::Notice};
use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// How long after a platform did not take a handler down it is asked again.
const RETRY_AFTER: TimeDelta = TimeDelta::days(1);

/// Acts on a notice, unless that was done before. `false`: it was.
pub async fn act_on(tx: &mut Tx, notice: &Notice) -> Result<bool, StoreError> {
    if !remember(tx, notice.once, notice.until).await? {
        return Ok(false);
    }
    if let (lti::NoticeKind::ContextCopy { origins }, Some(context)) = (&notice.kind, &notice.context) {
        let platform = notice.registered.registration.platform_id;
        for origin in origins.iter().filter(|origin| **origin != context.id) {
            copies::note(tx, platform, &context.id, origin).await?;
        }
    }
    Ok(true)
}

async fn remember(tx: &mut Tx, once: Digest, until: DateTime<Utc>) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO notice (once, until) VALUES ($1, $2) ON CONFLICT (once) DO NOTHING";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(once.as_bytes().to_vec())
        .bind(until)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() > 0))
}

/// Whether the platform of a deployment should be asked for notices now; not twice where it has taken that down.
pub async fn should_ask(
    tx: &mut Tx,
    now: DateTime<Utc>,
    registration: &Registration,
    deployment_id: &str,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        INSERT INTO notice_handler (registration_id, deployment_id, tried_at) VALUES ($1, $2, $3)
        ON CONFLICT (registration_id, deployment_id) DO UPDATE SET tried_at = excluded.tried_at
        WHERE notice_handler.set_at IS NULL AND notice_handler.tried_at <= $4";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration.id)
        .bind(deployment_id)
        .bind(now)
        .bind(now - RETRY_AFTER)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() > 0))
}

/// Notes that the platform of a deployment sends notices from now on.
pub async fn taken_down(
    tx: &mut Tx,
    now: DateTime<Utc>,
    registration: Uuid,
    deployment_id: &str,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE notice_handler SET set_at = $3 WHERE registration_id = $1 AND deployment_id = $2";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration)
        .bind(deployment_id)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))
}

/// Forgets notices that would be refused by now, and says how many.
pub(super) async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM notice WHERE until <= $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(now).execute(connection).await.map(|done| done.rows_affected()))
}
