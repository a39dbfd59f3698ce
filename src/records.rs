//! The event log: what happened, in order, written in the transaction of what it records.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// Something that happened to one learner's work. Its detail holds no name and no text of the learner.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", content = "detail", rename_all = "snake_case")]
pub enum Event {
    /// The work was begun.
    WorkStarted {
        /// The project's slug.
        project: String,
        /// The version it is pinned to.
        version: i64,
    },
    /// A task was begun.
    TaskStarted {
        /// The task.
        task: String,
    },
    /// A task was closed.
    TaskClosed {
        /// The task.
        task: String,
    },
    /// A task was opened again.
    TaskReopened {
        /// The task.
        task: String,
    },
    /// An answer was handed in and judged.
    Submitted {
        /// The task.
        task: String,
        /// From 1.
        attempt: i64,
        /// `accepted`, `not_yet` or `pending`.
        verdict: String,
    },
    /// A person decided about a submission, in place of the check.
    VerdictDecided {
        /// The task.
        task: String,
        /// From 1.
        attempt: i64,
        /// `accepted` or `not_yet`.
        verdict: String,
        /// The points it earns by that.
        points: f64,
        /// Who: the learner's row that somebody launched as, or their account.
        by: String,
    },
    /// That decision was taken back.
    DecisionUndone {
        /// The task.
        task: String,
        /// From 1.
        attempt: i64,
        /// Who.
        by: String,
    },
    /// A hint was shown.
    HintShown {
        /// The task.
        task: String,
        /// From 1, the gentlest.
        level: i64,
    },
    /// The learner and the tutor exchanged a message and an answer.
    TurnEnded {
        /// The turn.
        turn: Uuid,
        /// How it ended.
        state: String,
    },
    /// A score became due for a gradebook.
    ScoreOwed {
        /// The line item.
        line_item: Uuid,
        /// Points earned.
        given: f64,
        /// Points that can be earned.
        maximum: f64,
    },
}

/// Appends an event to the log of a work.
pub async fn append(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: Uuid,
    event: &Event,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO event (id, at, work_id, kind, detail) VALUES ($1, $2, $3, $4, $5)";
    let written = serde_json::to_value(event).map_err(|error| StoreError::Inconsistent {
        table: "event",
        column: "detail",
        cause: error.to_string(),
    })?;
    let kind = written["kind"].as_str().unwrap_or_default().to_owned();
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(entropy.id(now))
        .bind(now)
        .bind(work)
        .bind(&kind)
        .bind(Json(&written["detail"]))
        .execute(connection)
        .await
        .map(drop))
}
