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

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;
    use crate::{
        database_test,
        entropy::Entropy,
        launch::platform::{self, NewRegistration},
    };

    database_test!(
        async fn a_platform_is_asked_for_notices_until_it_has_taken_that_down(db: Db) {
            let now = Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap();
            let at = |path: &str| format!("https://lms.example.org/{path}");
            let new = NewRegistration {
                name: "School".to_owned(),
                issuer: at(""),
                client_id: "client-1".to_owned(),
                auth_url: at("auth"),
                token_url: at("token"),
                jwks_url: at("keys"),
                ..NewRegistration::default()
            };
            let mut tx = db.begin().await.unwrap();
            let registration = platform::add(&mut tx, &Entropy::seeded(1), now, new, false).await.unwrap();
            for (hours, deployment, expected) in [(0, "1", true), (1, "1", false), (1, "2", true), (25, "1", true)] {
                let later = now + TimeDelta::hours(hours);
                let asked = should_ask(&mut tx, later, &registration, deployment).await.unwrap();
                assert_eq!(asked, expected, "{hours} hours later, for {deployment}");
            }
            taken_down(&mut tx, now, registration.id, "1").await.unwrap();
            assert!(!should_ask(&mut tx, now + TimeDelta::days(30), &registration, "1").await.unwrap());
        }
    );
}
