//! What the gradebooks are owed for a work.

use chrono::{DateTime, Utc};

use super::{Work, WorkError};
use crate::{
    entropy::Entropy,
    grades::outbox::{self, Score},
    store::Tx,
};

/// Owes every line item of this work the score of its part: for a line item that has just been attached, where earlier
/// work may count. Takes the work first, so that no older score is written over a newer one.
pub async fn settle_grades(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &mut Work,
) -> Result<(), WorkError> {
    work.take(tx).await?;
    owe_scores(tx, entropy, now, work).await
}

/// The same for a work that this transaction has taken. A part where no points can be earned is owed none, nor is one
/// that the learner's version of the project does not have.
pub(super) async fn owe_scores(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    work: &Work,
) -> Result<(), WorkError> {
    for item in outbox::line_items(tx, work.id).await? {
        let part = match &item.task {
            None => Some(0..work.project.tasks().len()),
            Some(task) => work.project.task(task).map(super::Task::range),
        };
        let Some(progress) = part.map(|part| work.progress_of(part)).filter(|progress| progress.possible > 0.0) else {
            continue;
        };
        let score = Score { given: progress.points, maximum: progress.possible, completed: progress.is_complete() };
        outbox::owe(tx, entropy, now, work.id, item.id, score).await?;
    }
    Ok(())
}
