//! Somebody who teaches looks at an activity as a learner: as a guest of a launch of its own, who is never graded, is not of the
//! class, and is swept with the other guests.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::arrival::LaunchRecord;
use crate::{
    entropy::Entropy,
    learning::work::{self, WorkError},
    on_tx,
    store::Tx,
};

/// Makes the launch of a preview, with work that nobody has begun; gives its id.
pub async fn as_learner(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    of: &LaunchRecord,
) -> Result<Uuid, WorkError> {
    const GUEST: &str = "
        INSERT INTO learner (id, platform_id, created_at) SELECT $1, platform_id, $2 FROM learner WHERE id = $3";
    const PROJECT: &str = "SELECT project_slug FROM work WHERE id = $1";
    const LAUNCH: &str = "
        INSERT INTO launch (id, registration_id, resource_link_id, learner_id, course_id, role, graded, work_id, task,
                            binding, context, created_at, preview)
        SELECT $1, registration_id, resource_link_id, $2, course_id, 'learner', $3, $4, task, binding, context, $5, $6
        FROM launch WHERE id = $7";
    let (guest, launch) = (entropy.id(now), entropy.id(now));
    let work = of.work.ok_or(WorkError::NotFound)?;
    let project: String =
        on_tx!(&mut *tx, |connection| sqlx::query_scalar(PROJECT).bind(work).fetch_one(connection).await)?;
    on_tx!(&mut *tx, |connection| sqlx::query(GUEST)
        .bind(guest)
        .bind(now)
        .bind(of.learner)
        .execute(connection)
        .await
        .map(drop))?;
    let work = work::open(tx, entropy, now, guest, of.course, &project).await?;
    on_tx!(tx, |connection| sqlx::query(LAUNCH)
        .bind(launch)
        .bind(guest)
        .bind(false)
        .bind(work)
        .bind(now)
        .bind(true)
        .bind(of.id)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(launch)
}
