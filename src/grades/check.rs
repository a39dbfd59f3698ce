//! Reading back: a while after a score was sent, the gradebook is asked what it shows; a few times, for some take their time.

use chrono::{DateTime, TimeDelta, Utc};
use lti::LearnerResult;
use sqlx::types::Json;
use uuid::Uuid;

use super::{access::Access, claim::Room};
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// How long after a score was sent, or after the question before, the gradebook is asked.
const AFTER: [TimeDelta; 3] = [TimeDelta::minutes(1), TimeDelta::minutes(30), TimeDelta::hours(6)];
/// What two gradebooks may make of the same score, of 1: many show whole percents only.
const SAME: f64 = 0.006;

/// When a score that was sent at `now` is looked up for the first time; `None`: never. Open edX tells by results what it was
/// sent, and not what its gradebook shows, so there is nothing to learn from them.
pub(super) fn first(access: &Access, tells_what_it_shows: bool, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (tells_what_it_shows && access.may_read_results()).then(|| now + AFTER[0])
}

/// A score that is looked up.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The line item's id here.
    pub line_item: Uuid,
    /// Whose gradebook it is in.
    pub platform: Uuid,
    /// The registration whose token service gives access to it.
    pub registration: Uuid,
    /// The deployment it belongs to.
    pub deployment_id: String,
    /// The column's address.
    pub url: String,
    /// What the launch lets LTT do there.
    pub access: Access,
    /// The platform's id of the learner.
    pub subject: String,
    /// What was sent, of 1.
    sent: f64,
    revision: i64,
    checks: i64,
    /// Tells this claim from a later one of the same score.
    pub(super) claim: Uuid,
}

#[derive(sqlx::FromRow)]
struct Row {
    line_item: Uuid,
    platform: Uuid,
    registration: Uuid,
    deployment_id: String,
    url: String,
    access: Json<Access>,
    subject: String,
    given: f64,
    maximum: f64,
    revision: i64,
    checks: i64,
}

/// Whether a score is to be looked up.
pub(super) async fn is_due(tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, StoreError> {
    const SQL: &str = "
        SELECT line_item_id FROM score
        WHERE check_at <= $1 AND state = 'sent' AND (lease_until IS NULL OR lease_until <= $1) LIMIT 1";
    let due: Option<Uuid> =
        on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(now).fetch_optional(connection).await)?;
    Ok(due.is_some())
}

/// Takes scores to look up, one a platform, but none of a platform that is left alone.
pub(super) async fn claim(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    room: Room<'_>,
) -> Result<Vec<Checked>, StoreError> {
    const SQLITE: &str = "
        SELECT line_item.id AS line_item, score.platform_id AS platform, line_item.registration_id AS registration,
               line_item.deployment_id, gradebook_column.url, line_item.access, line_item.subject, score.given,
               score.maximum, score.revision, score.checks
        FROM score JOIN line_item ON line_item.id = score.line_item_id
        JOIN gradebook_column ON gradebook_column.id = line_item.column_id
        WHERE score.check_at <= $1 AND score.state = 'sent' AND (score.lease_until IS NULL OR score.lease_until <= $1)
          AND gradebook_column.url IS NOT NULL AND line_item.access IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM gradebook_health AS health
                          WHERE health.platform_id = score.platform_id AND health.paused_until IS NOT NULL)
        ORDER BY score.check_at LIMIT $2";
    const POSTGRES: &str = "
        SELECT line_item.id AS line_item, score.platform_id AS platform, line_item.registration_id AS registration,
               line_item.deployment_id, gradebook_column.url, line_item.access, line_item.subject, score.given,
               score.maximum, score.revision, score.checks
        FROM score JOIN line_item ON line_item.id = score.line_item_id
        JOIN gradebook_column ON gradebook_column.id = line_item.column_id
        WHERE score.check_at <= $1 AND score.state = 'sent' AND (score.lease_until IS NULL OR score.lease_until <= $1)
          AND gradebook_column.url IS NOT NULL AND line_item.access IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM gradebook_health AS health
                          WHERE health.platform_id = score.platform_id AND health.paused_until IS NOT NULL)
        ORDER BY score.check_at LIMIT $2 FOR UPDATE OF score SKIP LOCKED";
    const HOLD: &str = "UPDATE score SET claim = $2, lease_until = $3 WHERE line_item_id = $1";
    let sql = match tx {
        Tx::Sqlite(_) => SQLITE,
        Tx::Postgres(_) => POSTGRES,
    };
    let most = i64::try_from(room.free.min(8)).unwrap_or_default();
    let rows: Vec<Row> =
        on_tx!(&mut *tx, |connection| sqlx::query_as(sql).bind(now).bind(most).fetch_all(connection).await)?;
    let mut claimed: Vec<Checked> = Vec::new();
    for row in rows {
        if room.at(row.platform) == 0 || claimed.iter().any(|taken| taken.platform == row.platform) {
            continue;
        }
        let checked = Checked {
            line_item: row.line_item,
            platform: row.platform,
            registration: row.registration,
            deployment_id: row.deployment_id,
            url: row.url,
            access: row.access.0,
            subject: row.subject,
            sent: row.given / row.maximum,
            revision: row.revision,
            checks: row.checks,
            claim: entropy.id(now),
        };
        on_tx!(&mut *tx, |connection| sqlx::query(HOLD)
            .bind(checked.line_item)
            .bind(checked.claim)
            .bind(lease_until)
            .execute(connection)
            .await
            .map(drop))?;
        claimed.push(checked);
    }
    Ok(claimed)
}

/// What the gradebook shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Finding {
    /// What was sent.
    Same,
    /// Something else, of 1.
    Other(f64),
    /// It says nothing.
    Nothing,
}

impl Finding {
    pub(super) fn of(checked: &Checked, result: Option<LearnerResult>) -> Self {
        let shown = result.and_then(|result| Some(result.score? / result.maximum)).filter(|shown| shown.is_finite());
        match shown {
            None => Self::Nothing,
            Some(shown) if (shown - checked.sent).abs() <= SAME => Self::Same,
            Some(shown) => Self::Other(shown),
        }
    }
}

/// Writes down what was found, for just the score that was sent.
pub(super) async fn settle(
    tx: &mut Tx,
    now: DateTime<Utc>,
    checked: &Checked,
    finding: Finding,
) -> Result<(), StoreError> {
    const SETTLE: &str = "
        UPDATE score SET state = $4, checks = checks + 1, check_at = $5, shown = $6, confirmed_at = $7
        WHERE line_item_id = $1 AND claim = $2 AND revision = $3 AND state = 'sent'";
    const RELEASE: &str = "UPDATE score SET claim = NULL, lease_until = NULL WHERE line_item_id = $1 AND claim = $2";
    let following = usize::try_from(checked.checks + 1).ok().and_then(|next| AFTER.get(next)).map(|after| now + *after);
    let (state, check_at, shown, confirmed_at) = match finding {
        Finding::Same => ("confirmed", None, Some(checked.sent), Some(now)),
        Finding::Other(shown) if following.is_none() => ("differs", None, Some(shown), None),
        Finding::Other(shown) => ("sent", following, Some(shown), None),
        Finding::Nothing => ("sent", following, None, None),
    };
    on_tx!(tx, |connection| async {
        sqlx::query(SETTLE)
            .bind(checked.line_item)
            .bind(checked.claim)
            .bind(checked.revision)
            .bind(state)
            .bind(check_at)
            .bind(shown)
            .bind(confirmed_at)
            .execute(&mut *connection)
            .await?;
        sqlx::query(RELEASE).bind(checked.line_item).bind(checked.claim).execute(&mut *connection).await.map(drop)
    }
    .await)
}
