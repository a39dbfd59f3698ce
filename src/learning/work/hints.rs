//! The hint ladder: each hint is unlocked by an act, never by clicking alone.
//!
//! The first is there at once. Each further one opens when, since the last was shown, the learner has handed in another
//! attempt or told the tutor something in their own words. Clicking to the bottom teaches nothing, and so does telling
//! people how many hints are left.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{TaskState, Work, WorkError};
use crate::{
    entropy::Entropy,
    learning::project::Task,
    on_tx,
    records::{self, Event},
    store::{StoreError, Tx},
};

/// Whether there is a further hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HintState {
    /// One can be shown now.
    Ready,
    /// One opens after another attempt, or after telling the tutor one's own thoughts.
    AfterAnotherTry,
    /// All there are have been shown, or the task is not being worked on.
    NoMore,
}

/// The hints a learner has been shown on one task, and how far they were at the last one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shown {
    level: usize,
    attempts: i64,
    said: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    task: String,
    level: i64,
    attempts: i64,
    said: i64,
}

pub(super) async fn load(tx: &mut Tx, work: Uuid) -> Result<HashMap<String, Shown>, StoreError> {
    const SQL: &str = "SELECT task, level, attempts, said FROM hint WHERE work_id = $1 ORDER BY level";
    let rows: Vec<Row> = on_tx!(tx, |connection| sqlx::query_as(SQL).bind(work).fetch_all(connection).await)?;
    let shown = rows.into_iter().map(|row| {
        let level = usize::try_from(row.level).unwrap_or_default();
        (row.task, Shown { level, attempts: row.attempts, said: row.said })
    });
    Ok(shown.collect())
}

impl Work {
    /// The hints the learner has been shown on a task, gentlest first; markdown.
    pub fn hints<'a>(&self, task: &'a Task) -> &'a [String] {
        &task.hints[..self.record(task).hints.level.min(task.hints.len())]
    }

    /// The hints of a task that have not been shown. For the server's own checks: never to be shown or sent.
    pub(in crate::learning) fn locked_hints<'a>(&self, task: &'a Task) -> &'a [String] {
        &task.hints[self.hints(task).len()..]
    }

    /// Whether another hint can be shown now. `said`: how many messages the learner wrote about the task in their own
    /// words; asking for a hint is none.
    pub fn hint_state(&self, task: &Task, said: u32) -> HintState {
        let record = self.record(task);
        let working = matches!(self.state(task), TaskState::Open | TaskState::InProgress);
        if !working || self.locked_hints(task).is_empty() {
            HintState::NoMore
        } else if record.hints.level == 0
            || i64::from(record.attempts) > record.hints.attempts
            || i64::from(said) > record.hints.said
        {
            HintState::Ready
        } else {
            HintState::AfterAnotherTry
        }
    }
}

/// Shows the next hint of a task and gives its text (markdown). `said` as for [`Work::hint_state`].
pub async fn reveal_hint(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
    task: &str,
    said: u32,
) -> Result<String, WorkError> {
    const SQL: &str = "
        INSERT INTO hint (work_id, task, level, attempts, said, shown_at) VALUES ($1, $2, $3, $4, $5, $6)";
    work.take(tx).await?;
    let task = work.task(task)?.clone();
    match (work.state(&task), work.hint_state(&task, said)) {
        (TaskState::Closed, _) => return Err(WorkError::Closed),
        (TaskState::Blocked, _) => return Err(WorkError::Blocked { waits_for: work.waits_for(&task) }),
        (_, HintState::AfterAnotherTry) => return Err(WorkError::HintLocked),
        (_, HintState::NoMore) => return Err(WorkError::NoMoreHints),
        (_, HintState::Ready) => {}
    }
    let hint = work.locked_hints(&task).first().cloned().ok_or(WorkError::NoMoreHints)?;
    let level = work.hints(&task).len() + 1;
    let shown = Shown { level, attempts: i64::from(work.record(&task).attempts), said: i64::from(said) };
    let number = i64::try_from(level).unwrap_or(i64::MAX);
    on_tx!(&mut *tx, |connection| sqlx::query(SQL)
        .bind(work.id)
        .bind(&task.id)
        .bind(number)
        .bind(shown.attempts)
        .bind(shown.said)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    records::append(tx, entropy, now, work.id, &Event::HintShown { task: task.id.clone(), level: number }).await?;
    work.records[task.position].hints = shown;
    Ok(hint)
}
