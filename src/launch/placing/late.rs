//! Launches that are set up after they came: for whoever has just chosen, and for whoever waited for it.

use chrono::{DateTime, Utc};
use lti::GradeService;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    launch::{
        columns::{self, Scored},
        opening::{self, Choice},
        platform,
    },
    learning::{
        project::catalog::{self, Catalog},
        work::{Work, WorkError},
    },
    on_tx,
    store::{StoreError, Tx},
};

#[derive(sqlx::FromRow)]
struct Row {
    registration_id: Uuid,
    deployment_id: String,
    resource_link_id: Uuid,
    learner_id: Uuid,
    course_id: Uuid,
    graded: bool,
    subject: Option<String>,
    grade_service: Option<Json<GradeService>>,
}

async fn launch_row(tx: &mut Tx, launch: Uuid) -> Result<Option<Row>, StoreError> {
    const SQL: &str = "
        SELECT launch.registration_id, resource_link.deployment_id, launch.resource_link_id, launch.learner_id,
               launch.course_id, launch.graded, learner.subject, launch.grade_service
        FROM launch
        JOIN resource_link ON resource_link.id = launch.resource_link_id
        JOIN learner ON learner.id = launch.learner_id
        WHERE launch.id = $1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(launch).fetch_optional(connection).await)
}

/// Whether a launch that led nowhere leads somewhere by now, as far as can be seen without opening it.
pub async fn is_ready(tx: &mut Tx, launch: Uuid, named: Option<&Choice>) -> Result<bool, StoreError> {
    if let Some(choice) = named
        && catalog::newest(tx, &choice.project).await?.is_some()
    {
        return Ok(true);
    }
    match launch_row(tx, launch).await? {
        Some(row) => Ok(!opening::unnamed(tx, row.resource_link_id, row.course_id).await?.is_empty()),
        None => Ok(false),
    }
}

/// Opens what a launch leads to by now: what it named, else what was chosen for its link or its course. The inner error says why it leads
/// nowhere yet.
pub async fn open_late(
    tx: &mut Tx,
    catalog: &Catalog,
    entropy: &Entropy,
    now: DateTime<Utc>,
    launch: Uuid,
    named: Option<Choice>,
) -> Result<Result<(), String>, WorkError> {
    const SQL: &str = "UPDATE launch SET work_id = $2, task = $3 WHERE id = $1";
    let row = launch_row(tx, launch).await?.ok_or(WorkError::NotFound)?;
    let unnamed = opening::unnamed(tx, row.resource_link_id, row.course_id).await?;
    let whose = (row.learner_id, row.course_id);
    let choices = named.into_iter().chain(unnamed);
    let mut work = match opening::open_first(tx, catalog, entropy, now, whose, choices).await? {
        Ok(work) => work,
        Err(reason) => return Ok(Err(reason)),
    };
    on_tx!(&mut *tx, |connection| sqlx::query(SQL)
        .bind(launch)
        .bind(work.id)
        .bind(work.part().map(|part| part.id.as_str()))
        .execute(connection)
        .await
        .map(drop))?;
    if row.graded {
        attach(tx, entropy, now, &row, &mut work).await?;
    }
    Ok(Ok(()))
}

/// The work's column in the gradebook, as at a launch that finds everything set up.
async fn attach(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    row: &Row,
    work: &mut Work,
) -> Result<(), WorkError> {
    let registration = platform::registration(tx, row.registration_id).await?;
    let (Some(registration), Some(subject), Some(Json(service))) =
        (&registration, row.subject.as_deref(), &row.grade_service)
    else {
        return Ok(());
    };
    let scored = Scored {
        registration,
        deployment_id: &row.deployment_id,
        course: row.course_id,
        resource_link: row.resource_link_id,
        subject,
        service,
    };
    columns::attach(tx, entropy, now, &scored, work).await
}
