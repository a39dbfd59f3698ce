//! What a learner does with a project: one work for each learner, course and project.
//!
//! A [`Work`] is loaded as a window on that: on the whole project, or on one task and what is below it. What lies outside
//! does not exist for it, and yet what was done there counts: tasks placed one by one still unlock each other.

use std::{collections::HashMap, ops::Range, sync::Arc};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    learning::project::{Project, Task, catalog::Catalog, library},
    on_tx,
    records::{self, Event},
    store::{StoreError, Tx},
};

mod acts;
mod decisions;
mod drafts;
mod error;
mod hints;
mod scores;
mod standing;
mod submissions;
#[cfg(test)]
mod tests;

pub use acts::{Outcome, finish, reopen, start, submit};
pub use decisions::{Decided, Decision, DecisionError, decide, undo};
pub use drafts::{Draft, DraftSaved, draft, save_draft};
pub use error::WorkError;
pub use hints::{HintState, reveal_hint};
pub use scores::settle_grades;
pub use standing::{Act, Progress, Standing, TaskState};
pub use submissions::{Submission, attempts, submissions};

/// A window on one learner's work on one project.
#[derive(Debug, Clone)]
pub struct Work {
    /// Its row.
    pub id: Uuid,
    /// Whose it is.
    pub learner: Uuid,
    /// The course it is done in.
    pub course: Uuid,
    /// The project, in the version the learner started.
    pub project: Arc<Project>,
    /// The position of the task this window is limited to.
    part: Option<usize>,
    /// What the learner did, by position.
    records: Vec<Record>,
    standing: Standing,
}

/// What the learner did with one task.
#[derive(Debug, Clone, Default)]
struct Record {
    act: Act,
    attempts: u32,
    hints: hints::Shown,
}

/// Finds a learner's work on a project in a course, or begins it with the newest version. Gives its id.
pub async fn open(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    learner: Uuid,
    course: Uuid,
    slug: &str,
) -> Result<Uuid, WorkError> {
    const FIND: &str = "SELECT id FROM work WHERE learner_id = $1 AND course_id = $2 AND project_slug = $3";
    const INSERT: &str = "
        INSERT INTO work (id, learner_id, course_id, project_slug, project_id, started_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (learner_id, course_id, project_slug) DO NOTHING";
    let Some((project, version)) = library::newest_in_course(tx, slug, course).await? else {
        return Err(WorkError::NoProject { slug: slug.to_owned() });
    };
    let id = entropy.id(now);
    let inserted = on_tx!(&mut *tx, |connection| sqlx::query(INSERT)
        .bind(id)
        .bind(learner)
        .bind(course)
        .bind(slug)
        .bind(project)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    if inserted > 0 {
        records::append(tx, entropy, now, id, &Event::WorkStarted { project: slug.to_owned(), version }).await?;
        return Ok(id);
    }
    Ok(on_tx!(tx, |connection| sqlx::query_scalar(FIND)
        .bind(learner)
        .bind(course)
        .bind(slug)
        .fetch_one(connection)
        .await)?)
}

impl Work {
    /// Loads a work, seen through `part`: one task and what is below it, or the whole project.
    pub async fn load(tx: &mut Tx, catalog: &Catalog, id: Uuid, part: Option<&str>) -> Result<Self, WorkError> {
        const SQL: &str = "SELECT learner_id, course_id, project_id FROM work WHERE id = $1";
        let row: Option<(Uuid, Uuid, Uuid)> =
            on_tx!(&mut *tx, |connection| sqlx::query_as(SQL).bind(id).fetch_optional(connection).await)?;
        let (learner, course, project) = row.ok_or(WorkError::NotFound)?;
        let project = catalog.project(tx, project).await?;
        let part = match part {
            Some(task) => Some(project.task(task).ok_or(WorkError::NotFound)?.position),
            None => None,
        };
        let records = load_records(tx, id, &project).await?;
        let standing = Standing::derive(&project, |position| records[position].act);
        Ok(Self { id, learner, course, project, part, records, standing })
    }

    /// Takes the work for this transaction alone and reads again what was done, so that whoever acts on it in another
    /// window comes before or after, never in between.
    async fn take(&mut self, tx: &mut Tx) -> Result<(), WorkError> {
        const SQL: &str = "UPDATE work SET started_at = started_at WHERE id = $1";
        on_tx!(&mut *tx, |connection| sqlx::query(SQL).bind(self.id).execute(connection).await.map(drop))?;
        self.records = load_records(tx, self.id, &self.project).await?;
        self.derive();
        Ok(())
    }

    fn derive(&mut self) {
        self.standing = Standing::derive(&self.project, |position| self.records[position].act);
    }

    fn record(&self, task: &Task) -> &Record {
        &self.records[task.position]
    }

    /// The positions this window shows.
    fn range(&self) -> Range<usize> {
        match self.part {
            Some(position) => self.project.at(position).range(),
            None => 0..self.project.tasks().len(),
        }
    }

    /// What the window shows is called: the project, or the task it is limited to.
    pub fn title(&self) -> &str {
        self.part().map_or(&self.project.about().title, |task| &task.title)
    }

    /// The task this window is limited to.
    pub fn part(&self) -> Option<&Task> {
        self.part.map(|position| self.project.at(position))
    }

    /// Every task of this window, parents before their children, in the author's order.
    pub fn tasks(&self) -> &[Task] {
        &self.project.tasks()[self.range()]
    }

    /// A task of this window; outside of it there is none.
    pub fn task(&self, id: &str) -> Result<&Task, WorkError> {
        let task = self.project.task(id).filter(|task| self.range().contains(&task.position));
        task.ok_or(WorkError::NotFound)
    }

    /// The task it belongs to, within this window.
    pub fn parent(&self, task: &Task) -> Option<&Task> {
        self.path(task).pop()
    }

    /// What the task belongs to within this window, outermost first.
    pub fn path(&self, task: &Task) -> Vec<&Task> {
        let range = self.range();
        let ancestors = std::iter::successors(task.parent, |parent| self.project.at(*parent).parent);
        let mut path: Vec<_> = ancestors.filter(|position| range.contains(position)).collect();
        path.reverse();
        path.into_iter().map(|position| self.project.at(position)).collect()
    }

    /// How a task stands.
    pub fn state(&self, task: &Task) -> TaskState {
        self.standing.state(task.position)
    }

    /// How often the learner handed something in for a task.
    pub fn attempt_count(&self, task: &Task) -> u32 {
        self.record(task).attempts
    }

    /// The titles of the tasks a blocked task waits for; they may lie outside this window.
    pub fn waits_for(&self, task: &Task) -> Vec<String> {
        let task = self.project.at(task.position);
        self.standing.waits_for(&self.project, task).into_iter().map(|task| task.title.clone()).collect()
    }

    /// How far this window has come.
    pub fn progress(&self) -> Progress {
        self.progress_of(self.range())
    }

    fn progress_of(&self, part: Range<usize>) -> Progress {
        self.standing.progress(&self.project, part, |position| self.records[position].act)
    }

    /// The task to work on next; `None` when all is done, or waits for something outside this window.
    pub fn next(&self) -> Option<&Task> {
        self.standing.next(&self.project, self.range())
    }

    /// The leaf after this task in this window, whatever its state.
    pub fn following(&self, task: &Task) -> Option<&Task> {
        self.tasks().iter().find(|other| other.position >= task.range().end && other.is_leaf())
    }
}

async fn load_records(tx: &mut Tx, work: Uuid, project: &Project) -> Result<Vec<Record>, StoreError> {
    const ACTS: &str = "SELECT task, state, points FROM task_progress WHERE work_id = $1";
    const ATTEMPTS: &str = "SELECT task, MAX(attempt) FROM submission WHERE work_id = $1 GROUP BY task";
    let acts: Vec<(String, String, f64)> =
        on_tx!(&mut *tx, |connection| sqlx::query_as(ACTS).bind(work).fetch_all(connection).await)?;
    let attempts: Vec<(String, i64)> =
        on_tx!(&mut *tx, |connection| sqlx::query_as(ATTEMPTS).bind(work).fetch_all(connection).await)?;
    let mut hints: HashMap<String, hints::Shown> = hints::load(tx, work).await?;

    let mut records: Vec<_> = project
        .tasks()
        .iter()
        .map(|task| Record { hints: hints.remove(&task.id).unwrap_or_default(), ..Record::default() })
        .collect();
    for (task, state, points) in acts {
        if let Some(task) = project.task(&task) {
            records[task.position].act = read_act(&state, points)?;
        }
    }
    for (task, number) in attempts {
        if let Some(task) = project.task(&task) {
            records[task.position].attempts = u32::try_from(number).unwrap_or(u32::MAX);
        }
    }
    Ok(records)
}

fn read_act(state: &str, points: f64) -> Result<Act, StoreError> {
    match state {
        "in_progress" => Ok(Act::Begun),
        "closed" => Ok(Act::Closed { points }),
        other => Err(StoreError::Inconsistent { table: "task_progress", column: "state", cause: format!("`{other}`") }),
    }
}
