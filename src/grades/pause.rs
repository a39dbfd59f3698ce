//! Courses whose grades are held back: what is earned meanwhile is kept, and sent when the course goes on.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// Holds a course's grades back from now on. One that is held back already stays so since then.
pub async fn pause(tx: &mut Tx, now: DateTime<Utc>, course: Uuid) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO paused_course (course_id, since) VALUES ($1, $2) ON CONFLICT (course_id) DO NOTHING";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(course).bind(now).execute(connection).await.map(drop))
}

/// Lets a course's grades go again.
pub async fn resume(tx: &mut Tx, course: Uuid) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM paused_course WHERE course_id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(course).execute(connection).await.map(drop))
}

/// Since when a course's grades are held back; `None`: they are not.
pub async fn since(tx: &mut Tx, course: Uuid) -> Result<Option<DateTime<Utc>>, StoreError> {
    const SQL: &str = "SELECT since FROM paused_course WHERE course_id = $1";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(course).fetch_optional(connection).await)
}
