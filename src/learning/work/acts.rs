//! What a learner does with a task: start it, hand in an answer, finish a conversation, open it again.
//!
//! Each act takes the work for its transaction, and writes there all that follows from it.

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Act, Submission, TaskState, Work, WorkError, drafts, scores::owe_scores, submissions};
use crate::{
    entropy::Entropy,
    learning::{
        answer::{ANSWER_LIMIT, Answer, Judgement, Validator, Verdict},
        project::{Task, document::AnswerRule},
    },
    on_tx,
    records::{self, Event},
    store::Tx,
};

/// The longest reason for opening a task again, in characters; the rest is cut off.
const REASON_LIMIT: usize = 1000;

/// What came of an act.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The submission, where the act was one.
    pub submission: Option<Submission>,
    /// The titles of this window's leaves that the act unlocked.
    pub unlocked: Vec<String>,
}

/// Marks a task as begun; no change where it already is.
pub async fn start(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
    task: &str,
) -> Result<Outcome, WorkError> {
    work.take(tx).await?;
    let position = work.startable(task)?.position;
    begin(tx, entropy, now, work, position).await?;
    Ok(Outcome { submission: None, unlocked: vec![] })
}

/// Hands an answer in: it is judged, kept, and what follows from it happens.
pub async fn submit(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
    task: &str,
    answer: Answer,
) -> Result<Outcome, WorkError> {
    work.take(tx).await?;
    let before = work.clone();
    let task = before.startable(task)?;
    let validator = Validator::of(task).ok_or(WorkError::Conversational)?;
    let answer = answer.cleaned();
    let may_be_empty = matches!(&validator.rule, AnswerRule::HandIn(rule) if rule.optional);
    if answer.is_blank() && !may_be_empty {
        return Err(WorkError::Empty);
    }
    if answer.size() > ANSWER_LIMIT {
        return Err(WorkError::TooLong);
    }

    begin(tx, entropy, now, work, task.position).await?;
    let judgement = validator.judge(&answer);
    let attempt = before.record(task).attempts + 1;
    let submission = keep(tx, entropy, now, work.id, task, attempt, answer, &validator, judgement).await?;
    work.records[task.position].attempts = attempt;
    drafts::remove(tx, work.id, &task.id).await?;
    if submission.verdict != Verdict::NotYet {
        let points = if submission.verdict == Verdict::Accepted { task.possible() } else { 0.0 };
        close(tx, entropy, now, work, task, points).await?;
    }
    Ok(Outcome { submission: Some(submission), unlocked: unlocked(&before, work) })
}

/// Ends a conversational task, when the learner says so. `said`: how many messages they wrote about it.
pub async fn finish(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
    task: &str,
    said: u32,
) -> Result<Outcome, WorkError> {
    work.take(tx).await?;
    let before = work.clone();
    let task = before.startable(task)?;
    let Some(AnswerRule::Conversation(rule)) = &task.answer else {
        return Err(WorkError::NotConversational);
    };
    if said < rule.exchanges {
        return Err(WorkError::NotEnoughSaid { needed: rule.exchanges, had: said });
    }
    begin(tx, entropy, now, work, task.position).await?;
    close(tx, entropy, now, work, task, task.possible()).await?;
    Ok(Outcome { submission: None, unlocked: unlocked(&before, work) })
}

/// Opens a closed task again. Its attempts stay; its points are earned anew.
pub async fn reopen(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
    task: &str,
    reason: &str,
) -> Result<Outcome, WorkError> {
    const SQL: &str = "
        UPDATE task_progress SET state = 'in_progress', points = 0.0, closed_at = NULL, reopened_reason = $3
        WHERE work_id = $1 AND task = $2";
    work.take(tx).await?;
    let task = work.task(task)?.clone();
    if !task.is_leaf() {
        return Err(WorkError::HasSubtasks);
    }
    if work.state(&task) != TaskState::Closed {
        return Err(WorkError::NotClosed);
    }
    let reason: String = reason.replace('\0', "").trim().chars().take(REASON_LIMIT).collect();
    if reason.is_empty() {
        return Err(WorkError::NoReason);
    }
    on_tx!(&mut *tx, |connection| sqlx::query(SQL)
        .bind(work.id)
        .bind(&task.id)
        .bind(&reason)
        .execute(connection)
        .await
        .map(drop))?;
    records::append(tx, entropy, now, work.id, &Event::TaskReopened { task: task.id.clone() }).await?;
    work.records[task.position].act = Act::Begun;
    work.derive();
    owe_scores(tx, entropy, now, work).await?;
    Ok(Outcome { submission: None, unlocked: vec![] })
}

impl Work {
    /// A leaf that can be worked on now.
    pub(super) fn startable(&self, task: &str) -> Result<&Task, WorkError> {
        let task = self.task(task)?;
        match self.state(task) {
            _ if !task.is_leaf() => Err(WorkError::HasSubtasks),
            TaskState::Closed => Err(WorkError::Closed),
            TaskState::Blocked => Err(WorkError::Blocked { waits_for: self.waits_for(task) }),
            TaskState::Open | TaskState::InProgress => Ok(task),
        }
    }
}

async fn begin(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
    position: usize,
) -> Result<(), WorkError> {
    const SQL: &str = "
        INSERT INTO task_progress (work_id, task, state, points, started_at) VALUES ($1, $2, 'in_progress', 0.0, $3)
        ON CONFLICT (work_id, task) DO NOTHING";
    if work.records[position].act != Act::None {
        return Ok(());
    }
    let task = work.project.at(position).id.clone();
    on_tx!(&mut *tx, |connection| sqlx::query(SQL)
        .bind(work.id)
        .bind(&task)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    records::append(tx, entropy, now, work.id, &Event::TaskStarted { task }).await?;
    work.records[position].act = Act::Begun;
    work.derive();
    Ok(())
}

async fn close(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
    task: &Task,
    points: f64,
) -> Result<(), WorkError> {
    const SQL: &str = "
        UPDATE task_progress SET state = 'closed', points = $3, closed_at = $4 WHERE work_id = $1 AND task = $2";
    on_tx!(&mut *tx, |connection| sqlx::query(SQL)
        .bind(work.id)
        .bind(&task.id)
        .bind(points)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    records::append(tx, entropy, now, work.id, &Event::TaskClosed { task: task.id.clone() }).await?;
    work.records[task.position].act = Act::Closed { points };
    work.derive();
    owe_scores(tx, entropy, now, work).await
}

#[expect(clippy::too_many_arguments, reason = "the columns of one row")]
async fn keep(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: Uuid,
    task: &Task,
    attempt: u32,
    answer: Answer,
    validator: &Validator,
    judgement: Judgement,
) -> Result<Submission, WorkError> {
    const SQL: &str = "
        INSERT INTO submission (id, work_id, task, attempt, answer, verdict, points, feedback, validator, submitted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let id = entropy.id(now);
    let points = if judgement.verdict == Verdict::Accepted { task.possible() } else { 0.0 };
    let written = submissions::write_answer(&answer)?;
    on_tx!(&mut *tx, |connection| sqlx::query(SQL)
        .bind(id)
        .bind(work)
        .bind(&task.id)
        .bind(i64::from(attempt))
        .bind(&written)
        .bind(judgement.verdict.word())
        .bind(points)
        .bind(&judgement.feedback)
        .bind(Json(validator))
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    let event = Event::Submitted {
        task: task.id.clone(),
        attempt: i64::from(attempt),
        verdict: judgement.verdict.word().to_owned(),
    };
    records::append(tx, entropy, now, work, &event).await?;
    Ok(Submission {
        id,
        task: task.id.clone(),
        task_title: task.title.clone(),
        attempt,
        readable: validator.rule.readable(&answer),
        answer,
        verdict: judgement.verdict,
        unchecked: validator.is_unchecked(),
        feedback: judgement.feedback,
        decision: None,
        submitted_at: now,
    })
}

/// The titles of leaves that were blocked and no longer are.
fn unlocked(before: &Work, after: &Work) -> Vec<String> {
    let was_blocked = |task: &&Task| before.state(task) == TaskState::Blocked;
    let leaves = after.tasks().iter().filter(|task| task.is_leaf());
    let free = leaves.filter(was_blocked).filter(|task| after.state(task) != TaskState::Blocked);
    free.map(|task| task.title.clone()).collect()
}
