//! A class at work: how everybody in a course stands with every task of a project.
//!
//! It reads a whole course in three questions, however many learn there: what belongs to one work comes as one line of text,
//! for a thousand learners with fifty tasks each would be fifty thousand lines.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    project::{
        Project,
        catalog::{self, Catalog},
    },
    work::{Act, Progress, Standing},
};
use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// From how many answers on, none of which was right yet, somebody is stuck.
pub const STUCK_FROM: u32 = 3;

/// How somebody stands with a task without children.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Leaf {
    /// Not begun, or waiting for other tasks.
    Open,
    /// Begun.
    UnderWay,
    /// Begun, and answered [`STUCK_FROM`] times or more without success.
    Stuck,
    /// Done.
    Done,
}

/// One learner's work, as the class sees it.
#[derive(Debug, Clone)]
pub struct Member {
    /// The work.
    pub work: Uuid,
    /// Whose it is.
    pub learner: Uuid,
    /// How they stand with each leaf of the newest version, in the author's order.
    pub leaves: Vec<Leaf>,
    /// How far they have come, by the version they work on.
    pub progress: Progress,
    /// How often they handed something in.
    pub attempts: u32,
    /// When they last did anything.
    pub last_act: Option<DateTime<Utc>>,
}

/// A project that somebody in the course has opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Names it.
    pub slug: String,
    /// What it is called, by its newest version.
    pub title: String,
}

/// What the class does with one project.
#[derive(Debug, Clone)]
pub struct Class {
    /// The project, in its newest version.
    pub project: Arc<Project>,
    /// Everybody's work, whoever they are: who counts is not for learning to say.
    pub members: Vec<Member>,
}

/// The projects of a course, by title.
pub async fn projects(tx: &mut Tx, catalog: &Catalog, course: Uuid) -> Result<Vec<Opened>, StoreError> {
    const SQL: &str = "SELECT DISTINCT project_slug FROM work WHERE course_id = $1";
    let slugs: Vec<String> =
        on_tx!(&mut *tx, |connection| sqlx::query_scalar(SQL).bind(course).fetch_all(connection).await)?;
    let mut opened = Vec::with_capacity(slugs.len());
    for slug in slugs {
        if let Some(project) = newest(tx, catalog, &slug).await? {
            opened.push(Opened { slug, title: project.about().title.clone() });
        }
    }
    opened.sort_by(|one, other| one.title.cmp(&other.title));
    Ok(opened)
}

async fn newest(tx: &mut Tx, catalog: &Catalog, slug: &str) -> Result<Option<Arc<Project>>, StoreError> {
    match catalog::newest(tx, slug).await? {
        Some((id, _)) => Ok(Some(catalog.project(tx, id).await?)),
        None => Ok(None),
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    learner_id: Uuid,
    project_id: Uuid,
    last_act: Option<DateTime<Utc>>,
}

/// How everybody stands with a project; `None`: there is no such project.
pub async fn of_course(tx: &mut Tx, catalog: &Catalog, course: Uuid, slug: &str) -> Result<Option<Class>, StoreError> {
    read(tx, catalog, course, slug, None).await
}

/// How one work of a course stands; `None`: there is no such work in this course.
pub async fn of_work(tx: &mut Tx, catalog: &Catalog, course: Uuid, work: Uuid) -> Result<Option<Member>, StoreError> {
    let Some(slug) = project_of(tx, course, work).await? else { return Ok(None) };
    let class = read(tx, catalog, course, &slug, Some(work)).await?;
    Ok(class.and_then(|class| class.members.into_iter().next()))
}

/// `only`: one work, or those of the whole course.
async fn read(
    tx: &mut Tx,
    catalog: &Catalog,
    course: Uuid,
    slug: &str,
    only: Option<Uuid>,
) -> Result<Option<Class>, StoreError> {
    // What a teacher decided, and what that owes, is no act of the learner.
    const WORKS: &str = "
        SELECT id, learner_id, project_id,
               (SELECT at FROM event WHERE event.work_id = work.id
                  AND kind NOT IN ('score_owed', 'verdict_decided', 'decision_undone')
                ORDER BY at DESC LIMIT 1) AS last_act
        FROM work WHERE course_id = $1 AND project_slug = $2 AND ($3 IS NULL OR id = $3)";
    let Some(project) = newest(tx, catalog, slug).await? else { return Ok(None) };
    let rows: Vec<Row> = on_tx!(&mut *tx, |connection| sqlx::query_as(WORKS)
        .bind(course)
        .bind(slug)
        .bind(only)
        .fetch_all(connection)
        .await)?;
    let acts = acts(tx, course, slug, only).await?;
    let attempts = attempts(tx, course, slug, only).await?;
    let mut members = Vec::with_capacity(rows.len());
    for row in rows {
        let own = catalog.project(tx, row.project_id).await?;
        let (acts, attempts) = (acts.get(&row.id), attempts.get(&row.id));
        members.push(member(&row, &own, &project, acts.map_or("", |text| text), attempts.map_or("", |text| text)));
    }
    Ok(Some(Class { project, members }))
}

/// Between the parts of what belongs to one task; no id holds it, for an author writes none of it.
const UNIT: char = '\u{1f}';
/// Between what belongs to different tasks.
const RECORD: char = '\u{1e}';

/// For each work what was done: task, state and points, all in one text.
async fn acts(tx: &mut Tx, course: Uuid, slug: &str, only: Option<Uuid>) -> Result<HashMap<Uuid, String>, StoreError> {
    const SQL: &str = "
        SELECT work_id, string_agg(task || '\u{1f}' || state || '\u{1f}' || CAST(points AS TEXT), '\u{1e}')
        FROM work JOIN task_progress ON task_progress.work_id = work.id
        WHERE course_id = $1 AND project_slug = $2 AND ($3 IS NULL OR work.id = $3) GROUP BY work_id";
    told(tx, SQL, course, slug, only).await
}

/// For each work how often something was handed in: task and number, all in one text.
async fn attempts(
    tx: &mut Tx,
    course: Uuid,
    slug: &str,
    only: Option<Uuid>,
) -> Result<HashMap<Uuid, String>, StoreError> {
    const SQL: &str = "
        SELECT work_id, string_agg(task || '\u{1f}' || CAST(newest AS TEXT), '\u{1e}')
        FROM (SELECT work_id, task, MAX(attempt) AS newest
              FROM work JOIN submission ON submission.work_id = work.id
              WHERE course_id = $1 AND project_slug = $2 AND ($3 IS NULL OR work.id = $3)
              GROUP BY work_id, task) AS handed_in
        GROUP BY work_id";
    told(tx, SQL, course, slug, only).await
}

async fn told(
    tx: &mut Tx,
    sql: &'static str,
    course: Uuid,
    slug: &str,
    only: Option<Uuid>,
) -> Result<HashMap<Uuid, String>, StoreError> {
    let rows: Vec<(Uuid, String)> =
        on_tx!(tx, |connection| sqlx::query_as(sql).bind(course).bind(slug).bind(only).fetch_all(connection).await)?;
    Ok(rows.into_iter().collect())
}

fn member(row: &Row, own: &Project, newest: &Project, acts: &str, attempts: &str) -> Member {
    let mut done = vec![Act::None; own.tasks().len()];
    for (task, parts) in records(acts) {
        if let (Some(task), Some((state, points))) = (own.task(task), parts.split_once(UNIT)) {
            done[task.position] = match state {
                "closed" => Act::Closed { points: points.parse().unwrap_or_default() },
                _ => Act::Begun,
            };
        }
    }
    let tries: HashMap<&str, u32> =
        records(attempts).filter_map(|(task, number)| Some((task, number.parse().ok()?))).collect();
    let standing = Standing::derive(own, |position| done[position]);
    let leaf = |task: &str| match own.task(task).map(|task| done[task.position]) {
        Some(Act::Closed { .. }) => Leaf::Done,
        Some(Act::Begun) if tries.get(task).is_some_and(|tries| *tries >= STUCK_FROM) => Leaf::Stuck,
        Some(Act::Begun) => Leaf::UnderWay,
        Some(Act::None) | None => Leaf::Open,
    };
    Member {
        work: row.id,
        learner: row.learner_id,
        leaves: newest.tasks().iter().filter(|task| task.is_leaf()).map(|task| leaf(&task.id)).collect(),
        progress: standing.progress(own, 0..own.tasks().len(), |position| done[position]),
        attempts: tries.values().sum(),
        last_act: row.last_act,
    }
}

/// The task of each record, and the rest of it.
fn records(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(RECORD).filter_map(|record| record.split_once(UNIT))
}

/// The project of a work; `None`: there is no such work in this course.
pub async fn project_of(tx: &mut Tx, course: Uuid, work: Uuid) -> Result<Option<String>, StoreError> {
    const SQL: &str = "SELECT project_slug FROM work WHERE course_id = $1 AND id = $2";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(course).bind(work).fetch_optional(connection).await)
}
