//! Which column of a gradebook a launch's work is scored in.
//!
//! | registration | column |
//! |---|---|
//! | `claim` | the one that the launch names, a link's own; where it names none and LTT may make columns, one of LTT's for what was opened |
//! | `project` | one of LTT's for the whole project, whatever part of it was opened |
//! | `task` | one of LTT's for the task that was opened; where the whole project was, one for each task at its top |
//!
//! Where a registration wants columns of LTT's and the launch lets it make none, the launch's column is taken. LTT's own are
//! made when the first score is sent, never in the transaction of a launch.

use chrono::{DateTime, Utc};
use lti::GradeService;
use url::Url;
use uuid::Uuid;

use super::platform::{GradeColumns, Registration};
pub use crate::grades::access::{LINE_ITEM_SCOPE, RESULT_SCOPE, SCORE_SCOPE};
use crate::{
    entropy::Entropy,
    grades::{
        access::Access,
        column::{Definition, Wanted},
        outbox::{self, LineItem},
    },
    learning::{
        project::Task,
        work::{self, Work, WorkError},
    },
    on_tx,
    store::{StoreError, Tx},
};

/// What Open edX takes as a label.
const LONGEST_LABEL: usize = 100;

/// Somebody who is graded, and the way to the gradebook that their launch gave.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// By which registration they came.
    pub registration: &'a Registration,
    /// The deployment, as the platform spells it.
    pub deployment_id: &'a str,
    /// The course.
    pub course: Uuid,
    /// The activity that was opened.
    pub resource_link: Uuid,
    /// The platform's id of them.
    pub subject: &'a str,
    /// What the launch lets LTT do with the gradebook.
    pub service: &'a GradeService,
}

/// Notes where this work is scored, and owes what was already earned there. Nothing happens where the launch lets LTT send
/// no scores, or leads to no column.
pub async fn attach(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    scored: &Scored<'_>,
    work: &mut Work,
) -> Result<(), WorkError> {
    let access = Access::from(scored.service);
    if !access.may_score() {
        return Ok(());
    }
    let link_id = link_id(tx, scored.resource_link).await?;
    let columns = columns(scored, &access, &link_id, work);
    if columns.is_empty() {
        return Ok(());
    }
    for (task, column) in columns {
        let item = LineItem { work: work.id, column, access: access.clone(), subject: scored.subject.to_owned(), task };
        outbox::attach(tx, entropy, now, &item).await?;
    }
    work::settle_grades(tx, entropy, now, work).await
}

/// The platform's id of an activity.
async fn link_id(tx: &mut Tx, resource_link: Uuid) -> Result<String, StoreError> {
    const SQL: &str = "SELECT link_id FROM resource_link WHERE id = $1";
    let link_id: Option<String> =
        on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(resource_link).fetch_optional(connection).await)?;
    Ok(link_id.unwrap_or_default())
}

/// The columns that this work is scored in, each with the task whose part it scores.
fn columns(scored: &Scored<'_>, access: &Access, link_id: &str, work: &Work) -> Vec<(Option<String>, Wanted)> {
    let part = work.part();
    let named = scored.service.lineitem.as_ref();
    let own =
        |task: Option<&Task>| (task.map(|task| task.id.clone()), wanted(scored, access, link_id, work, task, None));
    let may_make = access.may_make_columns();
    let mode = if may_make { scored.registration.grade_columns } else { GradeColumns::Claim };
    let mut columns = match (mode, named, part) {
        (GradeColumns::Claim, Some(url), part) => {
            vec![(part.map(|part| part.id.clone()), wanted(scored, access, link_id, work, part, Some(url)))]
        }
        (GradeColumns::Claim, None, part) if may_make => vec![own(part)],
        (GradeColumns::Claim, None, _) => Vec::new(),
        (GradeColumns::Project, _, _) => vec![own(None)],
        (GradeColumns::Task, _, Some(part)) => vec![own(Some(part))],
        (GradeColumns::Task, _, None) => top(work).map(|task| own(Some(task))).collect(),
    };
    // Where no points can be earned there is nothing to score, and no column to make.
    columns.retain(|(_, column)| column.url.is_some() || column.definition.maximum > 0.0);
    columns
}

/// The tasks at a project's top.
fn top(work: &Work) -> impl Iterator<Item = &Task> {
    work.project.tasks().iter().filter(|task| work.project.ancestors(task).next().is_none())
}

fn wanted(
    scored: &Scored<'_>,
    access: &Access,
    link_id: &str,
    work: &Work,
    task: Option<&Task>,
    url: Option<&Url>,
) -> Wanted {
    let slug = &work.project.about().slug;
    let resource_id = task.map_or_else(|| slug.clone(), |task| format!("{slug}/{}", task.id));
    let title = task.map_or(&work.project.about().title, |task| &task.title);
    let range = task.map_or(0..work.project.tasks().len(), Task::range);
    let leaves = range.map(|position| work.project.at(position)).filter(|task| task.is_leaf());
    let name = match url {
        Some(_) => format!("link {link_id} {resource_id}"),
        // Open edX has a list of columns for each block.
        None => format!("own {} {resource_id}", access.lineitems.as_ref().map_or("", Url::as_str)),
    };
    let definition = Definition {
        resource_id,
        label: title.chars().take(LONGEST_LABEL).collect(),
        // Open edX takes whole numbers only; each score brings the maximum that it is out of.
        maximum: leaves.map(Task::possible).sum::<f64>().ceil(),
        link_id: link_id.to_owned(),
    };
    Wanted {
        registration: scored.registration.id,
        deployment_id: scored.deployment_id.to_owned(),
        course: scored.course,
        name,
        definition,
        url: url.cloned(),
    }
}
