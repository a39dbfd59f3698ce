//! What a learner has handed in.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    Work, WorkError,
    decisions::{self, Decided},
};
use crate::{
    learning::{
        answer::{Answer, Validator, Verdict},
        project::Task,
    },
    on_tx,
    store::{StoreError, Tx},
};

/// The most submissions that are read at once; older ones stay in the database.
const SHOWN: i64 = 500;

/// Something handed in, and what was decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Its row.
    pub id: Uuid,
    /// The task.
    pub task: String,
    /// The task's title.
    pub task_title: String,
    /// From 1, counted for each task.
    pub attempt: u32,
    /// What was handed in.
    pub answer: Answer,
    /// What was handed in, as the learner would read it.
    pub readable: String,
    /// What was decided: by a person, where one did, else by the check.
    pub verdict: Verdict,
    /// Whether nothing checked it.
    pub unchecked: bool,
    /// What the check said, and what to do next; markdown.
    pub feedback: String,
    /// What a person decided in place of the check.
    pub decision: Option<Decided>,
    /// When.
    pub submitted_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    task: String,
    attempt: i64,
    answer: String,
    verdict: String,
    feedback: String,
    validator: Json<Validator>,
    submitted_at: DateTime<Utc>,
}

/// What was handed in within this window, newest first; the last 500.
pub async fn submissions(tx: &mut Tx, work: &Work) -> Result<Vec<Submission>, WorkError> {
    const SQL: &str = "
        SELECT id, task, attempt, answer, verdict, feedback, validator, submitted_at FROM submission
        WHERE work_id = $1 ORDER BY submitted_at DESC, attempt DESC LIMIT $2";
    let rows: Vec<Row> =
        on_tx!(&mut *tx, |connection| sqlx::query_as(SQL).bind(work.id).bind(SHOWN).fetch_all(connection).await)?;
    let mut decided = decisions::of_work(tx, work.id).await?;
    let shown = rows.into_iter().filter_map(|row| Some((work.task(&row.task).ok()?, row)));
    shown.map(|(task, row)| row.read(task, &mut decided).map_err(WorkError::from)).collect()
}

/// What was handed in for one task, newest first; the last 500.
pub async fn attempts(tx: &mut Tx, work: &Work, task: &Task) -> Result<Vec<Submission>, WorkError> {
    const SQL: &str = "
        SELECT id, task, attempt, answer, verdict, feedback, validator, submitted_at FROM submission
        WHERE work_id = $1 AND task = $2 ORDER BY attempt DESC LIMIT $3";
    let rows: Vec<Row> = on_tx!(&mut *tx, |connection| sqlx::query_as(SQL)
        .bind(work.id)
        .bind(&task.id)
        .bind(SHOWN)
        .fetch_all(connection)
        .await)?;
    let mut decided = decisions::of_work(tx, work.id).await?;
    rows.into_iter().map(|row| row.read(task, &mut decided).map_err(WorkError::from)).collect()
}

impl Row {
    fn read(self, task: &Task, decided: &mut HashMap<Uuid, Decided>) -> Result<Submission, StoreError> {
        let decision = decided.remove(&self.id);
        let verdict = match &decision {
            Some(decided) => decided.verdict,
            None => read_verdict(&self.verdict)?,
        };
        let answer = read_answer("submission", "answer", &self.answer)?;
        Ok(Submission {
            id: self.id,
            task: self.task,
            task_title: task.title.clone(),
            attempt: u32::try_from(self.attempt).unwrap_or(u32::MAX),
            readable: self.validator.rule.readable(&answer),
            answer,
            verdict,
            unchecked: self.validator.is_unchecked(),
            feedback: self.feedback,
            decision,
            submitted_at: self.submitted_at,
        })
    }
}

fn read_verdict(word: &str) -> Result<Verdict, StoreError> {
    [Verdict::Accepted, Verdict::NotYet, Verdict::Pending]
        .into_iter()
        .find(|verdict| verdict.word() == word)
        .ok_or_else(|| StoreError::Inconsistent { table: "submission", column: "verdict", cause: format!("`{word}`") })
}

/// An answer as it stands in the database: JSON.
pub(super) fn write_answer(answer: &Answer) -> Result<String, StoreError> {
    serde_json::to_string(answer).map_err(|error| StoreError::Inconsistent {
        table: "submission",
        column: "answer",
        cause: error.to_string(),
    })
}

pub(super) fn read_answer(table: &'static str, column: &'static str, text: &str) -> Result<Answer, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Inconsistent { table, column, cause: error.to_string() })
}
