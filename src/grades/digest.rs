//! What is stuck, for whoever looks after the installation.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// How far back refused scores are told.
pub const PERIOD: TimeDelta = TimeDelta::days(7);
/// How long a score may be on its way before it counts as stuck.
const USUAL: TimeDelta = TimeDelta::hours(1);

/// Scores of one registration that are stuck for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Stuck {
    /// The registration, as people call it.
    pub registration: String,
    /// `waiting`, `refused` or `differs`.
    pub state: String,
    /// How many.
    pub scores: i64,
    /// Since when the first of them.
    pub since: DateTime<Utc>,
    /// Why, in plain words.
    pub reason: Option<String>,
    /// What can be done about it.
    pub remedy: Option<String>,
}

/// What is stuck now: what was refused or differs since [`PERIOD`], and what is on its way for longer than an hour.
/// Courses that are paused are left out.
pub async fn stuck(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<Stuck>, StoreError> {
    const SQL: &str = "
        SELECT registration.name AS registration, score.state, COUNT(*) AS scores,
               MIN(COALESCE(score.waiting_since, score.changed_at)) AS since,
               MAX(COALESCE(score.reason, CASE WHEN score.state = 'waiting' THEN health.reason END)) AS reason,
               MAX(COALESCE(score.remedy, CASE WHEN score.state = 'waiting' THEN health.remedy END)) AS remedy
        FROM score
        JOIN line_item ON line_item.id = score.line_item_id
        JOIN work ON work.id = line_item.work_id
        JOIN registration ON registration.id = line_item.registration_id
        LEFT JOIN gradebook_health AS health ON health.platform_id = registration.platform_id
        WHERE ((score.state IN ('refused', 'differs') AND COALESCE(score.waiting_since, score.changed_at) >= $1)
               OR (score.state = 'waiting' AND COALESCE(score.waiting_since, score.changed_at) <= $2))
          AND NOT EXISTS (SELECT 1 FROM paused_course WHERE paused_course.course_id = work.course_id)
        GROUP BY registration.id, registration.name, score.state,
                 COALESCE(score.fault, CASE WHEN score.state = 'waiting' THEN health.reason END)
        ORDER BY registration.name, registration.id, score.state, since";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(now - PERIOD).bind(now - USUAL).fetch_all(connection).await)
}
