//! The rows that a worker delivers: one for each line item and learner, holding the newest score.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    on_tx,
    records::{self, Event},
    store::{StoreError, Tx},
};

/// A column of a platform's gradebook that one learner's work, or a part of it, is scored in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineItem {
    /// The work that is scored.
    pub work: Uuid,
    /// The registration whose token service gives access to it.
    pub registration: Uuid,
    /// The deployment it belongs to.
    pub deployment_id: String,
    /// Its address, from the launch's claim.
    pub url: String,
    /// The platform's id of the learner.
    pub subject: String,
    /// The task whose part of the project is scored; `None`: the whole project.
    pub task: Option<String>,
}

/// A line item as the outbox knows it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LineItemPart {
    /// Its id here.
    pub id: Uuid,
    /// The task whose part of the project is scored; `None`: the whole project.
    pub task: Option<String>,
}

/// A score in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Points earned.
    pub given: f64,
    /// Points that can be earned.
    pub maximum: f64,
    /// Whether all the work is closed.
    pub completed: bool,
}

/// Notes that a line item scores this work, and gives its id. The newest launch tells where it stands in the project.
pub async fn attach(tx: &mut Tx, entropy: &Entropy, now: DateTime<Utc>, item: &LineItem) -> Result<Uuid, StoreError> {
    const SQL: &str = "
        INSERT INTO line_item (id, work_id, registration_id, deployment_id, url, subject, task, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (work_id, url) DO UPDATE
        SET registration_id = excluded.registration_id, deployment_id = excluded.deployment_id,
            subject = excluded.subject, task = excluded.task
        RETURNING id";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(entropy.id(now))
        .bind(item.work)
        .bind(item.registration)
        .bind(&item.deployment_id)
        .bind(&item.url)
        .bind(&item.subject)
        .bind(&item.task)
        .bind(now)
        .fetch_one(connection)
        .await)
}

/// The line items that score this work.
pub async fn line_items(tx: &mut Tx, work: Uuid) -> Result<Vec<LineItemPart>, StoreError> {
    const SQL: &str = "SELECT id, task FROM line_item WHERE work_id = $1 ORDER BY created_at, id";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(work).fetch_all(connection).await)
}

/// Owes `score` to a line item. Nothing happens where that score is already there, or where nothing was earned and
/// nothing was ever sent.
pub async fn owe(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: Uuid,
    line_item: Uuid,
    score: Score,
) -> Result<(), StoreError> {
    const KNOWN: &str = "SELECT given, maximum, completed FROM score WHERE line_item_id = $1";
    const SQL: &str = "
        INSERT INTO score (line_item_id, given, maximum, completed, revision, changed_at, state, attempts,
                           next_attempt_at)
        VALUES ($1, $2, $3, $4, 1, $5, 'waiting', 0, $5)
        ON CONFLICT (line_item_id) DO UPDATE
        SET given = excluded.given, maximum = excluded.maximum, completed = excluded.completed,
            revision = score.revision + 1, changed_at = excluded.changed_at, state = 'waiting', reason = NULL,
            attempts = 0, next_attempt_at = excluded.next_attempt_at";
    let known: Option<(f64, f64, bool)> =
        on_tx!(tx, |connection| sqlx::query_as(KNOWN).bind(line_item).fetch_optional(connection).await)?;
    let unchanged = match known {
        #[expect(clippy::float_cmp, reason = "the same score is the same bits")]
        Some((given, maximum, completed)) => {
            given == score.given && maximum == score.maximum && completed == score.completed
        }
        None => score.given <= 0.0,
    };
    if unchanged {
        return Ok(());
    }
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(line_item)
        .bind(score.given)
        .bind(score.maximum)
        .bind(score.completed)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    let event = Event::ScoreOwed { line_item, given: score.given, maximum: score.maximum };
    records::append(tx, entropy, now, work, &event).await
}

/// A score that a worker holds for as long as it renews its lease.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Claimed {
    /// The line item's id here.
    pub line_item: Uuid,
    /// See [`LineItem::registration`].
    pub registration: Uuid,
    /// See [`LineItem::deployment_id`].
    pub deployment_id: String,
    /// See [`LineItem::url`].
    pub url: String,
    /// See [`LineItem::subject`].
    pub subject: String,
    given: f64,
    maximum: f64,
    completed: bool,
    /// Which state of the score this is.
    revision: i64,
    /// When the score became what it is.
    pub changed_at: DateTime<Utc>,
    /// How often it has been tried, this time included.
    pub attempts: i64,
    /// The timestamp it goes out with.
    #[sqlx(default)]
    pub timestamp: DateTime<Utc>,
    /// Tells this claim from a later one of the same score.
    #[sqlx(default)]
    claim: Uuid,
}

impl Claimed {
    /// The score as the gradebook gets it.
    pub fn score(&self, timestamp: DateTime<Utc>) -> lti::Score {
        lti::Score {
            user_id: self.subject.clone(),
            given: Some(self.given),
            maximum: self.maximum,
            completed: self.completed,
            comment: None,
            timestamp,
        }
    }
}

/// Whether a worker would find anything to claim.
pub async fn is_due(tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, StoreError> {
    const SQL: &str = "
        SELECT line_item_id FROM score
        WHERE state = 'waiting' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
        LIMIT 1";
    let due: Option<Uuid> =
        on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(now).fetch_optional(connection).await)?;
    Ok(due.is_some())
}

/// Claims up to `limit` scores that are due, those longest due first, and writes down the timestamp each goes out with.
pub async fn claim(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<Claimed>, StoreError> {
    // PostgreSQL has several workers at once, which must pass over each other's rows instead of waiting for them. SQLite
    // has one writer, and no word for it.
    const SQLITE: &str = "
        SELECT line_item.id AS line_item, registration_id AS registration, deployment_id, url, subject,
               given, maximum, completed, revision, changed_at, attempts + 1 AS attempts
        FROM score JOIN line_item ON line_item.id = score.line_item_id
        WHERE state = 'waiting' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
        ORDER BY next_attempt_at, line_item.id
        LIMIT $2";
    const POSTGRES: &str = "
        SELECT line_item.id AS line_item, registration_id AS registration, deployment_id, url, subject,
               given, maximum, completed, revision, changed_at, attempts + 1 AS attempts
        FROM score JOIN line_item ON line_item.id = score.line_item_id
        WHERE state = 'waiting' AND next_attempt_at <= $1 AND (lease_until IS NULL OR lease_until <= $1)
        ORDER BY next_attempt_at, line_item.id
        LIMIT $2
        FOR UPDATE OF score SKIP LOCKED";
    let sql = match tx {
        Tx::Sqlite(_) => SQLITE,
        Tx::Postgres(_) => POSTGRES,
    };
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut claimed: Vec<Claimed> =
        on_tx!(tx, |connection| sqlx::query_as(sql).bind(now).bind(limit).fetch_all(connection).await)?;
    for score in &mut claimed {
        score.claim = entropy.id(now);
        score.timestamp = next_timestamp(tx, score, now).await?;
        hold(tx, score, lease_until).await?;
    }
    Ok(claimed)
}

/// A whole second later than any score that went to this column for this learner, from whatever work. (Moodle compares
/// whole seconds, and refuses what is not later.)
async fn next_timestamp(tx: &mut Tx, score: &Claimed, now: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
    const SQL: &str = "
        SELECT MAX(last_timestamp) FROM score JOIN line_item ON line_item.id = score.line_item_id
        WHERE url = $1 AND subject = $2 AND registration_id = $3";
    let last: Option<DateTime<Utc>> = on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(&score.url)
        .bind(&score.subject)
        .bind(score.registration)
        .fetch_one(connection)
        .await)?;
    let now = now.trunc_subsecs(0);
    Ok(last.map_or(now, |last| now.max(last.trunc_subsecs(0) + TimeDelta::seconds(1))))
}

async fn hold(tx: &mut Tx, score: &Claimed, lease_until: DateTime<Utc>) -> Result<(), StoreError> {
    const SQL: &str = "
        UPDATE score SET claim = $2, lease_until = $3, last_timestamp = $4, attempts = $5 WHERE line_item_id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(score.line_item)
        .bind(score.claim)
        .bind(lease_until)
        .bind(score.timestamp)
        .bind(score.attempts)
        .execute(connection)
        .await
        .map(drop))
}

/// Keeps a claimed score for longer. Nothing happens where it has been claimed again meanwhile.
pub async fn renew(tx: &mut Tx, claimed: &Claimed, lease_until: DateTime<Utc>) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE score SET lease_until = $3 WHERE line_item_id = $1 AND claim = $2";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(claimed.line_item)
        .bind(claimed.claim)
        .bind(lease_until)
        .execute(connection)
        .await
        .map(drop))
}

/// Writes down that a claimed score goes out again with a later timestamp.
pub async fn note_timestamp(tx: &mut Tx, claimed: &Claimed, timestamp: DateTime<Utc>) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE score SET last_timestamp = $3 WHERE line_item_id = $1 AND claim = $2";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(claimed.line_item)
        .bind(claimed.claim)
        .bind(timestamp)
        .execute(connection)
        .await
        .map(drop))
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The gradebook has it.
    Sent,
    /// It will be tried again.
    Waiting {
        /// Why, in plain words.
        reason: String,
        /// When.
        next_attempt_at: DateTime<Utc>,
    },
    /// The gradebook does not want it.
    Refused {
        /// Why, in plain words.
        reason: String,
    },
}

/// Writes down how a delivery ended, and gives the row back. Only the revision that was sent is settled by it; a newer one
/// stays due. Nothing happens where the lease ran out and the row has been claimed again.
pub async fn settle(
    tx: &mut Tx,
    now: DateTime<Utc>,
    claimed: &Claimed,
    settlement: &Settlement,
) -> Result<(), StoreError> {
    const RELEASE: &str = "
        UPDATE score SET claim = NULL, lease_until = NULL, sent_at = COALESCE($3, sent_at)
        WHERE line_item_id = $1 AND claim = $2";
    const SETTLE: &str = "
        UPDATE score SET state = $3, reason = $4, next_attempt_at = $5 WHERE line_item_id = $1 AND revision = $2";
    let (state, reason, next_attempt_at) = match settlement {
        Settlement::Sent => ("sent", None, now),
        Settlement::Waiting { reason, next_attempt_at } => ("waiting", Some(reason), *next_attempt_at),
        Settlement::Refused { reason } => ("refused", Some(reason), now),
    };
    let sent_at = matches!(settlement, Settlement::Sent).then_some(now);
    let released = on_tx!(tx, |connection| sqlx::query(RELEASE)
        .bind(claimed.line_item)
        .bind(claimed.claim)
        .bind(sent_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    if released == 0 {
        return Ok(());
    }
    on_tx!(tx, |connection| sqlx::query(SETTLE)
        .bind(claimed.line_item)
        .bind(claimed.revision)
        .bind(state)
        .bind(reason)
        .bind(next_attempt_at)
        .execute(connection)
        .await
        .map(drop))
}

/// How many scores stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Tally {
    /// On their way.
    pub waiting: i64,
    /// In a gradebook, as far as its platform says.
    pub sent: i64,
    /// Not wanted by a gradebook.
    pub refused: i64,
    /// Since when the one that has waited longest is on its way.
    pub waiting_since: Option<DateTime<Utc>>,
}

/// Counts the scores by where they stand.
pub async fn tally(tx: &mut Tx) -> Result<Tally, StoreError> {
    const SQL: &str = "
        SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END) AS waiting, COUNT(CASE WHEN state = 'sent' THEN 1 END) AS sent,
               COUNT(CASE WHEN state = 'refused' THEN 1 END) AS refused,
               MIN(CASE WHEN state = 'waiting' THEN changed_at END) AS waiting_since
        FROM score";
    on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_one(connection).await)
}
