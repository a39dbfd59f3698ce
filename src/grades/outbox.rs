//! The rows that a worker delivers: one for each line item and learner, holding the newest score.

use chrono::{DateTime, Utc};
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
