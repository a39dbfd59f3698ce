//! How deliveries to each platform go, in the database, so that all workers agree: a platform that is down or asks for
//! time is left alone; then one score goes ahead, and the others follow when it was answered.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use uuid::Uuid;

use super::claim::Trouble;
use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// How often in a row a platform may fail at single scores before it counts as down.
const STUMBLES: i64 = 5;

/// Locks how these platforms do, for workers that claim would overtake each other otherwise. All take them in the same order.
pub(super) async fn lock(tx: &mut Tx, mut platforms: Vec<Uuid>) -> Result<Vec<Uuid>, StoreError> {
    const SQL: &str = "
        INSERT INTO gradebook_health (platform_id, failures) VALUES ($1, 0)
        ON CONFLICT (platform_id) DO UPDATE SET failures = gradebook_health.failures";
    platforms.sort_unstable();
    if let Tx::Postgres(transaction) = tx {
        for platform in &platforms {
            sqlx::query(SQL).bind(platform).execute(&mut **transaction).await?;
        }
    }
    Ok(platforms)
}

/// Notes that a worker turned to a platform and took so many scores.
pub(super) async fn turn(tx: &mut Tx, now: DateTime<Utc>, platform: Uuid, taken: usize) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO gradebook_health (platform_id, failures, turned_at, turn_second, in_turn_second)
        VALUES ($1, 0, $2, $3, $4)
        ON CONFLICT (platform_id) DO UPDATE
        SET turned_at = excluded.turned_at, turn_second = excluded.turn_second,
            in_turn_second = excluded.in_turn_second
                + CASE WHEN gradebook_health.turn_second = excluded.turn_second
                       THEN gradebook_health.in_turn_second ELSE 0 END";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(platform)
        .bind(now)
        .bind(now.trunc_subsecs(0))
        .bind(i64::try_from(taken).unwrap_or(i64::MAX))
        .execute(connection)
        .await
        .map(drop))
}

/// Lets one score go ahead to a platform that was down; `false`: another worker has sent one already.
pub(super) async fn probe(
    tx: &mut Tx,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    platform: Uuid,
) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE gradebook_health SET probed_until = $3
        WHERE platform_id = $1 AND (paused_until IS NULL OR paused_until <= $2)
          AND (probed_until IS NULL OR probed_until <= $2)";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(platform)
        .bind(now)
        .bind(until)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() == 1))
}

/// Lets another score go ahead, since the one that did told nothing of the platform.
pub(super) async fn unprobe(tx: &mut Tx, platform: Uuid) -> Result<(), StoreError> {
    const SQL: &str =
        "UPDATE gradebook_health SET probed_until = NULL WHERE platform_id = $1 AND probed_until IS NOT NULL";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(platform).execute(connection).await.map(drop))
}

/// Notes that a platform answered a delivery that began at `began`. One that began before the last failure tells nothing.
pub(super) async fn answered(
    tx: &mut Tx,
    began: DateTime<Utc>,
    now: DateTime<Utc>,
    platform: Uuid,
) -> Result<(), StoreError> {
    // Not at each score, for all of a platform's deliveries would wait for each other here.
    const SQL: &str = "
        UPDATE gradebook_health
        SET failures = 0, paused_until = NULL, probed_until = NULL, reason = NULL, remedy = NULL, taken_at = $3
        WHERE platform_id = $1 AND (failed_at IS NULL OR failed_at < $2)
          AND (failures > 0 OR paused_until IS NOT NULL OR taken_at IS NULL OR taken_at < $4)";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(platform)
        .bind(began)
        .bind(now)
        .bind(now - TimeDelta::seconds(5))
        .execute(connection)
        .await
        .map(drop))
}

/// A failure that was the platform's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failure<'a> {
    /// When the delivery began.
    pub began: DateTime<Utc>,
    /// Whether it is down or asks for time, instead of having failed at this one score.
    pub is_down: bool,
    /// Why, and what to do.
    pub trouble: &'a Trouble,
}

/// Notes a failure, and says until when the platform is left alone, if it is. `pause` tells how long by the number of
/// failures in a row; deliveries that were under way together count as one.
pub(super) async fn failed(
    tx: &mut Tx,
    now: DateTime<Utc>,
    platform: Uuid,
    failure: Failure<'_>,
    pause: impl FnOnce(i64) -> TimeDelta,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    const COUNT: &str = "
        INSERT INTO gradebook_health (platform_id, failures, failed_at) VALUES ($1, 1, $3)
        ON CONFLICT (platform_id) DO UPDATE
        SET failures = gradebook_health.failures
                + CASE WHEN gradebook_health.failed_at IS NULL OR gradebook_health.failed_at < $2 THEN 1 ELSE 0 END,
            failed_at = excluded.failed_at, probed_until = NULL
        RETURNING failures, paused_until";
    const PAUSE: &str = "
        UPDATE gradebook_health SET paused_until = $2, reason = $3, remedy = $4 WHERE platform_id = $1";
    let (failures, paused_until): (i64, Option<DateTime<Utc>>) = on_tx!(&mut *tx, |connection| sqlx::query_as(COUNT)
        .bind(platform)
        .bind(failure.began)
        .bind(now)
        .fetch_one(connection)
        .await)?;
    if !failure.is_down && failures < STUMBLES && paused_until.is_none() {
        return Ok(None);
    }
    let until = paused_until.unwrap_or(now).max(now + pause(failures.max(1)));
    on_tx!(tx, |connection| sqlx::query(PAUSE)
        .bind(platform)
        .bind(until)
        .bind(&failure.trouble.reason)
        .bind(&failure.trouble.remedy)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(Some(until))
}

/// When a platform last answered.
pub(super) async fn last_answer(tx: &mut Tx, platform: Uuid) -> Result<Option<DateTime<Utc>>, StoreError> {
    const SQL: &str = "SELECT taken_at FROM gradebook_health WHERE platform_id = $1";
    let answer: Option<Option<DateTime<Utc>>> =
        on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(platform).fetch_optional(connection).await)?;
    Ok(answer.flatten())
}
