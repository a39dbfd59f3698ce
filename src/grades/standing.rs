//! How a grade stands, for the learner and whoever teaches them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// Where a score is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Nothing is owed yet: nothing was earned.
    NothingYet,
    /// On its way.
    Waiting,
    /// In the gradebook, as far as the platform says.
    Sent,
    /// Not wanted by the gradebook.
    Refused,
}

/// How the grade for a part of the work stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Where it is.
    pub state: DeliveryState,
    /// Why it still waits, or was refused, in plain words.
    pub reason: Option<String>,
    /// Points earned, by the newest score.
    pub given: f64,
    /// Points that can be earned.
    pub maximum: f64,
    /// When a score last arrived, this one or an older one.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it is tried next, if it waits.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

/// How the grade of a work stands for the whole project, or for the part below a task. `None`: no gradebook asks for it.
/// Where several columns ask for the same part, the one that is furthest from done is told.
pub async fn standing(tx: &mut Tx, work: Uuid, part: Option<&str>) -> Result<Option<Delivery>, StoreError> {
    // The empty text stands for the whole project, since NULL equals nothing.
    const SQL: &str = "
        SELECT state, reason, given, maximum, sent_at, next_attempt_at
        FROM line_item LEFT JOIN score ON score.line_item_id = line_item.id
        WHERE work_id = $1 AND COALESCE(task, '') = $2
        ORDER BY CASE state WHEN 'refused' THEN 0 WHEN 'waiting' THEN 1 WHEN 'sent' THEN 2 ELSE 3 END, line_item.id
        LIMIT 1";
    let row: Option<Row> = on_tx!(tx, |connection| sqlx::query_as(SQL)
        .bind(work)
        .bind(part.unwrap_or_default())
        .fetch_optional(connection)
        .await)?;
    row.map(Row::delivery).transpose()
}

#[derive(sqlx::FromRow)]
struct Row {
    state: Option<String>,
    reason: Option<String>,
    given: Option<f64>,
    maximum: Option<f64>,
    sent_at: Option<DateTime<Utc>>,
    next_attempt_at: Option<DateTime<Utc>>,
}

impl Row {
    fn delivery(self) -> Result<Delivery, StoreError> {
        let state = match self.state.as_deref() {
            None => DeliveryState::NothingYet,
            Some("waiting") => DeliveryState::Waiting,
            Some("sent") => DeliveryState::Sent,
            Some("refused") => DeliveryState::Refused,
            Some(other) => {
                let cause = format!("`{other}` is no state");
                return Err(StoreError::Inconsistent { table: "score", column: "state", cause });
            }
        };
        Ok(Delivery {
            state,
            reason: self.reason,
            given: self.given.unwrap_or_default(),
            maximum: self.maximum.unwrap_or_default(),
            sent_at: self.sent_at,
            next_attempt_at: self.next_attempt_at.filter(|_| state == DeliveryState::Waiting),
        })
    }
}
