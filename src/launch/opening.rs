//! What a launch opens: a project, or one task of it with what is below.
//!
//! The launch says it by custom parameters, or by the query of the address that it is sent to: platforms disagree on which of the
//! two comes through. Where it says nothing that can be opened, what was chosen for its link counts, and then the project that is
//! assigned to its course.

use std::fmt;

use chrono::{DateTime, Utc};
use lti::Claims;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    learning::{
        project::catalog::Catalog,
        work::{self, Work, WorkError},
    },
    on_tx,
    store::{StoreError, Tx},
};

/// A project, or one task of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The project's slug.
    pub project: String,
    /// The task that it is limited to, with what is below it; `None`: the whole project.
    pub task: Option<String>,
}

/// `project`, or `project/task`: neither name holds a slash.
impl fmt::Display for Choice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.project)?;
        self.task.as_ref().map_or(Ok(()), |task| write!(formatter, "/{task}"))
    }
}

impl Choice {
    /// Reads what [`Choice`] shows.
    pub fn parse(text: &str) -> Self {
        match text.split_once('/') {
            Some((project, task)) => Self { project: project.to_owned(), task: Some(task.to_owned()) },
            None => Self { project: text.to_owned(), task: None },
        }
    }

    /// What a launch names: by its custom parameters, else by the query of the address that the platform signed. What one of
    /// them says stays together.
    pub fn named(claims: &Claims, target: &Url) -> Option<Self> {
        let custom = |name: &str| claims.custom.get(name).cloned();
        let query =
            |name: &str| target.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned());
        Self::said(custom).or_else(|| Self::said(query))
    }

    fn said(value: impl Fn(&str) -> Option<String>) -> Option<Self> {
        // No name holds a NUL, and PostgreSQL would refuse to be asked for one.
        let names = |text: &String| !text.is_empty() && !text.contains('\0');
        let text = |name: &str| value(name).map(|text| text.trim().to_owned()).filter(names);
        let project = text("project").or_else(|| text("project_id"))?;
        Some(Self { project, task: text("task") })
    }
}

/// What was chosen for a link.
pub async fn kept(tx: &mut Tx, resource_link: Uuid) -> Result<Option<Choice>, StoreError> {
    const SQL: &str = "SELECT project_slug, task FROM resource_link WHERE id = $1 AND project_slug IS NOT NULL";
    let row: Option<(String, Option<String>)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(resource_link).fetch_optional(connection).await)?;
    Ok(row.map(|(project, task)| Choice { project, task }))
}

/// The project that is assigned to a course: what its activities open that name nothing.
pub async fn assigned(tx: &mut Tx, course: Uuid) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT project_slug FROM course WHERE id = $1 AND project_slug IS NOT NULL";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(course).fetch_optional(connection).await)
}

/// Assigns a project to a course, or none.
pub async fn assign(tx: &mut Tx, course: Uuid, project: Option<&str>) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE course SET project_slug = $2 WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(course).bind(project).execute(connection).await.map(drop))
}

/// What a link opens where its launches name nothing: what was chosen for it, and then what is assigned to its course.
pub(super) async fn unnamed(tx: &mut Tx, resource_link: Uuid, course: Uuid) -> Result<Vec<Choice>, StoreError> {
    let kept = kept(tx, resource_link).await?;
    let assigned = assigned(tx, course).await?.map(|project| Choice { project, task: None });
    Ok(kept.into_iter().chain(assigned).collect())
}

/// Keeps a choice for a link.
pub async fn keep(tx: &mut Tx, resource_link: Uuid, choice: &Choice) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE resource_link SET project_slug = $2, task = $3 WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(resource_link)
        .bind(&choice.project)
        .bind(choice.task.as_deref())
        .execute(connection)
        .await
        .map(drop))
}

/// Keeps a choice for the link of a launch.
pub async fn keep_for_launch(tx: &mut Tx, launch: Uuid, choice: &Choice) -> Result<(), StoreError> {
    const SQL: &str = "SELECT resource_link_id FROM launch WHERE id = $1";
    let link: Option<Uuid> =
        on_tx!(&mut *tx, |connection| sqlx::query_scalar(SQL).bind(launch).fetch_optional(connection).await)?;
    match link {
        Some(link) => keep(tx, link, choice).await,
        None => Ok(()),
    }
}

/// What a launch opens where that was chosen for its link or course, with the link's deployment; `None` where the launch named it
/// itself.
pub async fn chosen_for(tx: &mut Tx, launch: Uuid) -> Result<Option<(String, Choice)>, StoreError> {
    const SQL: &str = "
        SELECT resource_link.deployment_id, work.project_slug, resource_link.task
        FROM launch
        JOIN resource_link ON resource_link.id = launch.resource_link_id
        JOIN course ON course.id = launch.course_id
        JOIN work ON work.id = launch.work_id
        WHERE launch.id = $1 AND work.project_slug = COALESCE(resource_link.project_slug, course.project_slug)
          AND COALESCE(launch.task, '') = COALESCE(resource_link.task, '')";
    let row: Option<(String, String, Option<String>)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(launch).fetch_optional(connection).await)?;
    Ok(row.map(|(deployment, project, task)| (deployment, Choice { project, task })))
}

/// Opens the first of these that can be opened. Where none can, the inner error says why, for the administrator.
pub(super) async fn open_first(
    tx: &mut Tx,
    catalog: &Catalog,
    entropy: &Entropy,
    now: DateTime<Utc>,
    (learner, course): (Uuid, Uuid),
    choices: impl IntoIterator<Item = Choice>,
) -> Result<Result<Work, String>, WorkError> {
    let mut reasons = Vec::new();
    for choice in choices {
        match open(tx, catalog, entropy, now, (learner, course), &choice).await? {
            Ok(work) => return Ok(Ok(work)),
            Err(reason) => reasons.push(reason),
        }
    }
    if reasons.is_empty() {
        let nothing_said = "nobody has chosen yet what this activity opens: let somebody who teaches the course open it and \
                            choose, or set its custom parameter `project` to a slug of `ltt project list`";
        reasons.push(nothing_said.to_owned());
    }
    Ok(Err(reasons.join("; ")))
}

async fn open(
    tx: &mut Tx,
    catalog: &Catalog,
    entropy: &Entropy,
    now: DateTime<Utc>,
    (learner, course): (Uuid, Uuid),
    choice: &Choice,
) -> Result<Result<Work, String>, WorkError> {
    let slug = &choice.project;
    let work = match work::open(tx, entropy, now, learner, course, slug).await {
        Ok(work) => work,
        Err(WorkError::NoProject { slug }) => {
            return Ok(Err(format!("no project \"{slug}\" has been imported; see `ltt project list`")));
        }
        Err(error) => return Err(error),
    };
    match (Work::load(tx, catalog, work, choice.task.as_deref()).await, &choice.task) {
        (Ok(work), _) => Ok(Ok(work)),
        (Err(WorkError::NotFound), Some(task)) => {
            Ok(Err(format!("project \"{slug}\" has no task \"{task}\"; check the custom parameter `task`")))
        }
        (Err(error), _) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_is_read_as_it_is_shown() {
        for text in ["counting", "counting/colour"] {
            assert_eq!(Choice::parse(text).to_string(), text);
        }
    }
}
