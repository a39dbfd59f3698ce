//! Unfinished answers, kept while they are typed.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Work, WorkError,
    submissions::{read_answer, write_answer},
};
use crate::{
    learning::{
        answer::{ANSWER_LIMIT, Answer},
        project::Task,
    },
    on_tx,
    store::{StoreError, Tx},
};

/// An unfinished answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The answer so far.
    pub answer: Answer,
    /// Grows at every save.
    pub revision: i64,
}

/// What came of saving a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftSaved {
    /// It is kept.
    Saved {
        /// To be given with the next save.
        revision: i64,
    },
    /// Another window saved a newer one; nothing was written over.
    Newer(Draft),
}

/// The learner's unfinished answer to a task.
pub async fn draft(tx: &mut Tx, work: &Work, task: &Task) -> Result<Option<Draft>, WorkError> {
    Ok(find(tx, work.id, &task.id).await?)
}

/// Keeps an unfinished answer. `revision` is that of the draft it was typed over, 0 where there was none.
pub async fn save_draft(
    tx: &mut Tx,
    now: DateTime<Utc>,
    work: &mut Work,
    task: &str,
    answer: Answer,
    revision: i64,
) -> Result<DraftSaved, WorkError> {
    const SQL: &str = "
        INSERT INTO draft (work_id, task, content, revision, saved_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (work_id, task) DO UPDATE
        SET content = excluded.content, revision = excluded.revision, saved_at = excluded.saved_at";
    work.take(tx).await?;
    let task = work.startable(task)?;
    let answer = answer.cleaned();
    if answer.size() > ANSWER_LIMIT {
        return Err(WorkError::TooLong);
    }
    let kept = find(tx, work.id, &task.id).await?;
    if let Some(kept) = kept.filter(|kept| kept.revision != revision) {
        let same = kept.answer == answer;
        return Ok(if same { DraftSaved::Saved { revision: kept.revision } } else { DraftSaved::Newer(kept) });
    }
    // The clock keeps a draft that is begun after a hand-in from taking up the numbers of the one before.
    let next = revision.saturating_add(1).max(now.timestamp_millis());
    let content = write_answer(&answer)?;
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(work.id)
        .bind(&task.id)
        .bind(&content)
        .bind(next)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(DraftSaved::Saved { revision: next })
}

pub(super) async fn remove(tx: &mut Tx, work: Uuid, task: &str) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM draft WHERE work_id = $1 AND task = $2";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(work).bind(task).execute(connection).await.map(drop))
}

async fn find(tx: &mut Tx, work: Uuid, task: &str) -> Result<Option<Draft>, StoreError> {
    const SQL: &str = "SELECT content, revision FROM draft WHERE work_id = $1 AND task = $2";
    let row: Option<(String, i64)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(work).bind(task).fetch_optional(connection).await)?;
    row.map(|(content, revision)| Ok(Draft { answer: read_answer("draft", "content", &content)?, revision }))
        .transpose()
}
