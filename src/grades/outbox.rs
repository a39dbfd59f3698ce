//! The rows that a worker delivers: one for each line item and learner, holding the newest score.

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    access::Access,
    column::{self, Wanted},
};
use crate::{
    entropy::Entropy,
    on_tx,
    records::{self, Event},
    store::{StoreError, Tx},
};

/// Where one learner's work, or a part of it, is scored.
#[derive(Debug, Clone, PartialEq)]
pub struct LineItem {
    /// The work that is scored.
    pub work: Uuid,
    /// The column.
    pub column: Wanted,
    /// What the launch lets LTT do with the gradebook.
    pub access: Access,
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

/// Notes that a line item scores this work, and gives its id. The newest launch tells where it stands in the project, and
/// what LTT may do there.
pub async fn attach(tx: &mut Tx, entropy: &Entropy, now: DateTime<Utc>, item: &LineItem) -> Result<Uuid, StoreError> {
    // What was attached before columns had rows of their own is known by its address.
    const ADOPT: &str = "
        UPDATE line_item SET column_id = $3, url = $4 WHERE work_id = $1 AND url = $2 AND column_id IS NULL";
    const SQL: &str = "
        INSERT INTO line_item (id, work_id, registration_id, deployment_id, url, subject, task, column_id, access,
                               created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (work_id, url) DO UPDATE
        SET registration_id = excluded.registration_id, deployment_id = excluded.deployment_id,
            subject = excluded.subject, task = excluded.task, access = excluded.access
        RETURNING id";
    let column = column::keep(tx, entropy, now, &item.column).await?;
    let name = format!("column:{column}");
    if let Some(url) = &item.column.url {
        on_tx!(&mut *tx, |connection| sqlx::query(ADOPT)
            .bind(item.work)
            .bind(url.as_str())
            .bind(column)
            .bind(&name)
            .execute(connection)
            .await
            .map(drop))?;
    }
    on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(entropy.id(now))
        .bind(item.work)
        .bind(item.column.registration)
        .bind(&item.column.deployment_id)
        .bind(&name)
        .bind(&item.subject)
        .bind(&item.task)
        .bind(column)
        .bind(Json(&item.access))
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
        INSERT INTO score (line_item_id, platform_id, given, maximum, completed, revision, changed_at, state, attempts,
                           next_attempt_at)
        SELECT line_item.id, registration.platform_id, $2, $3, $4, 1, $5, 'waiting', 0, $5
        FROM line_item JOIN registration ON registration.id = line_item.registration_id WHERE line_item.id = $1
        ON CONFLICT (line_item_id) DO UPDATE
        SET platform_id = excluded.platform_id, given = excluded.given, maximum = excluded.maximum,
            completed = excluded.completed, revision = score.revision + 1, changed_at = excluded.changed_at,
            state = 'waiting', fault = NULL, reason = NULL, remedy = NULL, attempts = 0,
            next_attempt_at = excluded.next_attempt_at, waiting_since = NULL, check_at = NULL, checks = 0,
            shown = NULL, confirmed_at = NULL";
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

/// How many scores stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Tally {
    /// On their way.
    pub waiting: i64,
    /// In a gradebook, as far as its platform says; those that were read back included.
    pub sent: i64,
    /// Read back from a gradebook as they were sent.
    pub confirmed: i64,
    /// In a gradebook that shows another value.
    pub differing: i64,
    /// Not wanted by a gradebook.
    pub refused: i64,
    /// Since when the one that has waited longest is on its way.
    pub waiting_since: Option<DateTime<Utc>>,
}

/// Counts the scores by where they stand.
pub async fn tally(tx: &mut Tx) -> Result<Tally, StoreError> {
    const SQL: &str = "
        SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END) AS waiting,
               COUNT(CASE WHEN state IN ('sent', 'confirmed', 'differs') THEN 1 END) AS sent,
               COUNT(CASE WHEN state = 'confirmed' THEN 1 END) AS confirmed,
               COUNT(CASE WHEN state = 'differs' THEN 1 END) AS differing,
               COUNT(CASE WHEN state = 'refused' THEN 1 END) AS refused,
               MIN(CASE WHEN state = 'waiting' THEN changed_at END) AS waiting_since
        FROM score";
    on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_one(connection).await)
}
