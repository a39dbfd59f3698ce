//! What a person decides in place of the check: it counts at once, for the task, the progress and the grade.
//!
//! Only the newest attempt at a task can be decided about, for only that one counts. What the check said stays, and comes back
//! when the decision is undone.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Act, Work, WorkError, scores::owe_scores};
use crate::{
    entropy::Entropy,
    learning::{answer::Verdict, project::Task},
    on_tx,
    records::{self, Event},
    store::{StoreError, Tx},
};

/// The longest reason, in characters.
pub const REASON_LIMIT: usize = 500;

/// Why nothing was decided. Each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum DecisionError {
    /// There is no such submission in this work.
    #[error("there is no such attempt")]
    NotFound,
    /// A newer one counts.
    #[error("a newer attempt has been handed in, and only the newest counts: decide about that one")]
    Superseded,
    /// Nobody decided anything about it.
    #[error("there is no decision to undo")]
    NotDecided,
    /// No reason was given.
    #[error("say why, in a few words: the learner reads it")]
    NoReason,
    /// The reason is too long.
    #[error("say it in {REASON_LIMIT} characters at most")]
    ReasonTooLong,
    /// The points are none that the task can earn.
    #[error("give a number from 0 to {possible}")]
    Points {
        /// What it can earn.
        possible: f64,
    },
    /// The work.
    #[error(transparent)]
    Work(#[from] WorkError),
}

impl From<StoreError> for DecisionError {
    fn from(error: StoreError) -> Self {
        Self::Work(error.into())
    }
}

/// What is decided about a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Whether it is accepted; else the task is open again.
    pub is_accepted: bool,
    /// The points it earns, if it is accepted.
    pub points: f64,
    /// Why; the learner reads it.
    pub reason: String,
}

/// A decision as it stands beside a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// What was decided.
    pub verdict: Verdict,
    /// The points it earned by that.
    pub points: f64,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Decides about a submission. `by` names who, for the record; no page shows it.
pub async fn decide(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
    submission: Uuid,
    decision: &Decision,
    by: &str,
) -> Result<(), DecisionError> {
    const SQL: &str = "
        INSERT INTO decision (submission_id, verdict, points, reason, decided_at, points_before)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (submission_id) DO UPDATE
        SET verdict = excluded.verdict, points = excluded.points, reason = excluded.reason,
            decided_at = excluded.decided_at";
    work.take(tx).await?;
    let (task, attempt) = newest(tx, work, submission).await?;
    let reason = decision.reason.replace('\0', "").trim().to_owned();
    if reason.is_empty() {
        return Err(DecisionError::NoReason);
    }
    if reason.chars().count() > REASON_LIMIT {
        return Err(DecisionError::ReasonTooLong);
    }
    let possible = task.possible();
    if decision.is_accepted && !(0.0..=possible).contains(&decision.points) {
        return Err(DecisionError::Points { possible });
    }
    let before = earned(work, &task);
    let (verdict, after) =
        if decision.is_accepted { (Verdict::Accepted, Some(decision.points)) } else { (Verdict::NotYet, None) };
    on_tx!(&mut *tx, |connection| sqlx::query(SQL)
        .bind(submission)
        .bind(verdict.word())
        .bind(after.unwrap_or_default())
        .bind(&reason)
        .bind(now)
        .bind(before)
        .execute(connection)
        .await
        .map(drop))?;
    let event = Event::VerdictDecided {
        task: task.id.clone(),
        attempt,
        verdict: verdict.word().to_owned(),
        points: after.unwrap_or_default(),
        by: by.to_owned(),
    };
    records::append(tx, entropy, now, work.id, &event).await?;
    settle(tx, entropy, now, work, &task, after).await
}

/// Takes a decision back: the task stands again as it did before it.
pub async fn undo(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
    submission: Uuid,
    by: &str,
) -> Result<(), DecisionError> {
    const SQL: &str = "DELETE FROM decision WHERE submission_id = $1 RETURNING points_before";
    work.take(tx).await?;
    let (task, attempt) = newest(tx, work, submission).await?;
    let undone: Option<Option<f64>> =
        on_tx!(&mut *tx, |connection| sqlx::query_scalar(SQL).bind(submission).fetch_optional(connection).await)?;
    let before = undone.ok_or(DecisionError::NotDecided)?;
    let event = Event::DecisionUndone { task: task.id.clone(), attempt, by: by.to_owned() };
    records::append(tx, entropy, now, work.id, &event).await?;
    settle(tx, entropy, now, work, &task, before).await
}

/// The task and the number of a submission that counts.
async fn newest(tx: &mut Tx, work: &Work, submission: Uuid) -> Result<(Task, i64), DecisionError> {
    const SQL: &str = "SELECT task, attempt FROM submission WHERE id = $1 AND work_id = $2";
    let row: Option<(String, i64)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(submission).bind(work.id).fetch_optional(connection).await)?;
    let (task, attempt) = row.ok_or(DecisionError::NotFound)?;
    let task = work.project.task(&task).ok_or(DecisionError::NotFound)?.clone();
    if i64::from(work.attempt_count(&task)) != attempt {
        return Err(DecisionError::Superseded);
    }
    Ok((task, attempt))
}

/// The points that a task has earned; `None`: it is not closed.
fn earned(work: &Work, task: &Task) -> Option<f64> {
    match work.record(task).act {
        Act::Closed { points } => Some(points),
        Act::None | Act::Begun => None,
    }
}

/// Lets the task stand like this, and owes what follows.
async fn settle(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
    task: &Task,
    points: Option<f64>,
) -> Result<(), DecisionError> {
    const CLOSE: &str = "
        UPDATE task_progress SET state = 'closed', points = $3, closed_at = COALESCE(closed_at, $4)
        WHERE work_id = $1 AND task = $2";
    const OPEN: &str = "
        UPDATE task_progress SET state = 'in_progress', points = 0.0, closed_at = NULL
        WHERE work_id = $1 AND task = $2";
    match points {
        Some(points) => on_tx!(&mut *tx, |connection| sqlx::query(CLOSE)
            .bind(work.id)
            .bind(&task.id)
            .bind(points)
            .bind(now)
            .execute(connection)
            .await
            .map(drop))?,
        None => on_tx!(&mut *tx, |connection| sqlx::query(OPEN)
            .bind(work.id)
            .bind(&task.id)
            .execute(connection)
            .await
            .map(drop))?,
    }
    work.records[task.position].act = points.map_or(Act::Begun, |points| Act::Closed { points });
    work.derive();
    Ok(owe_scores(tx, entropy, now, work).await?)
}

/// What was decided in a work, by submission.
pub(super) async fn of_work(tx: &mut Tx, work: Uuid) -> Result<HashMap<Uuid, Decided>, StoreError> {
    const SQL: &str = "
        SELECT decision.submission_id, decision.verdict, decision.points, decision.reason, decision.decided_at
        FROM decision JOIN submission ON submission.id = decision.submission_id WHERE submission.work_id = $1";
    let rows: Vec<(Uuid, String, f64, String, DateTime<Utc>)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(work).fetch_all(connection).await)?;
    let read = |(submission, verdict, points, reason, at): (Uuid, String, f64, String, DateTime<Utc>)| {
        let verdict = if verdict == Verdict::Accepted.word() { Verdict::Accepted } else { Verdict::NotYet };
        (submission, Decided { verdict, points, reason, at })
    };
    Ok(rows.into_iter().map(read).collect())
}
