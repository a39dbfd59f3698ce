//! The columns of the gradebooks that scores go to: one for all learners of a course. A launch names its address, or LTT
//! makes it when the first score is sent.

use chrono::{DateTime, Utc};
use url::Url;
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// A column that scores shall go to.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The registration whose token service gives access to it.
    pub registration: Uuid,
    /// The deployment it belongs to.
    pub deployment_id: String,
    /// The course.
    pub course: Uuid,
    /// What tells it from the course's other columns.
    pub name: String,
    /// What LTT makes where there is none.
    pub definition: Definition,
    /// Its address, where a launch named it.
    pub url: Option<Url>,
}

/// What a column is where LTT makes it.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Definition {
    /// What it is found again by: a project, or a project and a task.
    pub resource_id: String,
    /// What people read above it.
    pub label: String,
    /// The points it counts up to.
    pub maximum: f64,
    /// The activity it belongs to, by the platform's id.
    pub link_id: String,
}

/// Finds the column, or notes it. The newest launch tells its address: where that is another one than before, scores that
/// were refused because the column was gone are due again.
pub async fn keep(tx: &mut Tx, entropy: &Entropy, now: DateTime<Utc>, wanted: &Wanted) -> Result<Uuid, StoreError> {
    const MOVE: &str = "UPDATE gradebook_column SET url = $2 WHERE id = $1";
    const REVIVE: &str = "
        UPDATE score SET state = 'waiting', fault = NULL, reason = NULL, remedy = NULL, attempts = 0,
                         next_attempt_at = $2, waiting_since = $2
        WHERE state = 'refused' AND fault = 'gone'
          AND line_item_id IN (SELECT id FROM line_item WHERE column_id = $1)";
    let Some((column, url)) = known(tx, wanted).await? else { return insert(tx, entropy, now, wanted).await };
    let Some(newer) = wanted.url.as_ref().filter(|newer| url.as_deref() != Some(newer.as_str())) else {
        return Ok(column);
    };
    on_tx!(&mut *tx, |connection| async {
        sqlx::query(MOVE).bind(column).bind(newer.as_str()).execute(&mut *connection).await?;
        sqlx::query(REVIVE).bind(column).bind(now).execute(&mut *connection).await.map(drop)
    }
    .await)?;
    Ok(column)
}

/// By its name; or by its address, which a launch names that found a column of LTT's own making.
async fn known(tx: &mut Tx, wanted: &Wanted) -> Result<Option<(Uuid, Option<String>)>, StoreError> {
    const SQL: &str = "
        SELECT id, url FROM gradebook_column
        WHERE registration_id = $1 AND deployment_id = $2 AND course_id = $3
          AND (name = $4 OR (url = $5 AND resource_id = $6))
        ORDER BY CASE WHEN name = $4 THEN 0 ELSE 1 END, id LIMIT 1";
    on_tx!(tx, |connection| sqlx::query_as(SQL)
        .bind(wanted.registration)
        .bind(&wanted.deployment_id)
        .bind(wanted.course)
        .bind(&wanted.name)
        .bind(wanted.url.as_ref().map(Url::as_str))
        .bind(&wanted.definition.resource_id)
        .fetch_optional(connection)
        .await)
}

async fn insert(tx: &mut Tx, entropy: &Entropy, now: DateTime<Utc>, wanted: &Wanted) -> Result<Uuid, StoreError> {
    // Another launch may have been faster.
    const SQL: &str = "
        INSERT INTO gradebook_column (id, registration_id, deployment_id, course_id, name, resource_id, label, maximum,
                                      link_id, url, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (registration_id, deployment_id, course_id, name)
        DO UPDATE SET url = COALESCE(excluded.url, gradebook_column.url)
        RETURNING id";
    let Definition { resource_id, label, maximum, link_id } = &wanted.definition;
    on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(entropy.id(now))
        .bind(wanted.registration)
        .bind(&wanted.deployment_id)
        .bind(wanted.course)
        .bind(&wanted.name)
        .bind(resource_id)
        .bind(label)
        .bind(maximum)
        .bind(link_id)
        .bind(wanted.url.as_ref().map(Url::as_str))
        .bind(now)
        .fetch_one(connection)
        .await)
}

/// What a column is where it has to be made.
pub async fn definition(tx: &mut Tx, column: Uuid) -> Result<Option<Definition>, StoreError> {
    const SQL: &str = "SELECT resource_id, label, maximum, link_id FROM gradebook_column WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(column).fetch_optional(connection).await)
}

/// Takes it on to make a column; `false`: another worker is at it, or it has been made.
pub async fn begin(tx: &mut Tx, now: DateTime<Utc>, until: DateTime<Utc>, column: Uuid) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE gradebook_column SET making_until = $3
        WHERE id = $1 AND url IS NULL AND (making_until IS NULL OR making_until <= $2)";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(column)
        .bind(now)
        .bind(until)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() == 1))
}

/// Notes where a column is; or that it could not be made this time.
pub async fn end(tx: &mut Tx, column: Uuid, url: Option<&Url>) -> Result<(), StoreError> {
    const SQL: &str = "
        UPDATE gradebook_column SET url = COALESCE(url, $2), making_until = NULL WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(column)
        .bind(url.map(Url::as_str))
        .execute(connection)
        .await
        .map(drop))
}

/// Forgets the address of a column that is gone, unless it has another one by now.
pub async fn lose(tx: &mut Tx, column: Uuid, url: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE gradebook_column SET url = NULL WHERE id = $1 AND url = $2";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(column).bind(url).execute(connection).await.map(drop))
}
