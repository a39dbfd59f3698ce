//! Sending again: the newest score, never an older one, whatever became of it before. What has been read back from the
//! gradebook as it was sent stays as it is.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// Makes the scores of a work due again, and says how many.
pub async fn one(tx: &mut Tx, now: DateTime<Utc>, work: Uuid) -> Result<u64, StoreError> {
    const SQL: &str = "
        UPDATE score SET state = 'waiting', fault = NULL, reason = NULL, remedy = NULL, attempts = 0,
                         next_attempt_at = $1, waiting_since = $1, check_at = NULL, checks = 0, shown = NULL
        WHERE state <> 'confirmed' AND line_item_id IN (SELECT id FROM line_item WHERE work_id = $2)";
    run(tx, SQL, now, work).await
}

/// Makes all scores of a course due again that are stuck, were refused, or have not been read back; and says how many.
pub async fn all(tx: &mut Tx, now: DateTime<Utc>, course: Uuid) -> Result<u64, StoreError> {
    const SQL: &str = "
        UPDATE score SET state = 'waiting', fault = NULL, reason = NULL, remedy = NULL, attempts = 0,
                         next_attempt_at = $1, waiting_since = $1, check_at = NULL, checks = 0, shown = NULL
        WHERE state <> 'confirmed' AND line_item_id IN (
            SELECT line_item.id FROM line_item JOIN work ON work.id = line_item.work_id WHERE work.course_id = $2)";
    run(tx, SQL, now, course).await
}

async fn run(tx: &mut Tx, sql: &'static str, now: DateTime<Utc>, of: Uuid) -> Result<u64, StoreError> {
    on_tx!(tx, |connection| sqlx::query(sql)
        .bind(now)
        .bind(of)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))
}
