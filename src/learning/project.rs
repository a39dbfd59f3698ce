//! A project: a versioned template of epics, tasks and subtasks, as its author wrote it.
//!
//! [`document`] is the form in which it is written and stored; [`Project`] is the same made navigable, with every task
//! in the author's order. Only what [`check`] lets through becomes a project.

use std::{collections::HashMap, ops::Range, path::Path};

pub mod catalog;
pub mod changes;
pub mod document;
mod fields;
mod folder;
mod ingest;
pub mod library;
mod lines;
mod mistake;
mod reader;
mod review;
pub mod sample;
pub mod schema;
mod source;
#[cfg(test)]
pub(in crate::learning) mod tests;

use super::answer::AnswerForm;
use document::{AnswerRule, Document, TaskDocument};
use folder::{Folder, NoTexts, Texts};
pub use mistake::Mistake;
use mistake::Report;
use reader::Reading;
use source::Format;

/// Reads a project file, or the one in a folder, with the texts beside it. Reports every mistake, not the first.
pub fn check(path: &Path) -> Result<Project, Vec<Mistake>> {
    let file = folder::project_file(path).map_err(whole)?;
    let text = folder::project_text(&file).map_err(whole)?;
    read(&text, folder::format(Some(&file), &text), &Folder::of(&file))
}

/// Reads a project that comes without a folder.
pub fn check_bytes(bytes: &[u8]) -> Result<Project, Vec<Mistake>> {
    let text = folder::text(bytes).map_err(whole)?;
    read(&text, folder::format(None, &text), &NoTexts)
}

/// A mistake, and the line that it stands on where that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The line, from 1.
    pub line: Option<usize>,
    /// The mistake.
    pub mistake: Mistake,
}

/// Reads a project that comes without a folder, and tells each mistake by its line.
pub fn check_text(text: &str) -> Result<Project, Vec<Placed>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let format = folder::format(None, text);
    let value = source::read(text, format).map_err(whole);
    let known = value.as_ref().ok().cloned();
    value.and_then(|value| of_value(value, &NoTexts)).map_err(|mistakes| {
        let lines = lines::of_mistakes(text, format, known.as_ref(), &mistakes);
        lines.into_iter().zip(mistakes).map(|(line, mistake)| Placed { line, mistake }).collect()
    })
}

fn read(text: &str, format: Format, texts: &dyn Texts) -> Result<Project, Vec<Mistake>> {
    of_value(source::read(text, format).map_err(whole)?, texts)
}

fn of_value(value: source::Value, texts: &dyn Texts) -> Result<Project, Vec<Mistake>> {
    let report = Report::default();
    let mut reading = Reading { report: &report, texts, places: vec![] };
    let document =
        if ingest::is_ingest(&value) { ingest::project(&mut reading, value) } else { reading.project(value) };
    let places = reading.places;
    let project = document.map(|document| review::review(document, &places, &report));
    let mistakes = report.into_mistakes();
    project.filter(|_| mistakes.is_empty()).ok_or(mistakes)
}

/// A mistake of the file as a whole.
fn whole(message: String) -> Vec<Mistake> {
    vec![Mistake { path: String::new(), message }]
}

/// A project whose tasks can be found, in the author's order.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Everything but its tasks.
    about: Document,
    /// Every task, parents before their children.
    tasks: Vec<Task>,
    by_id: HashMap<String, usize>,
}

/// A task and its place in the project.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// What the author wrote, without the tasks below.
    written: TaskDocument,
    /// Where it stands among all tasks of the project.
    pub position: usize,
    /// The position of the task it belongs to.
    pub parent: Option<usize>,
    /// 0 for an epic.
    pub depth: usize,
    /// The positions of the tasks directly below.
    pub children: Vec<usize>,
    /// The positions of the tasks that must be done before.
    pub prerequisites: Vec<usize>,
    /// The position after the last task below.
    end: usize,
}

impl std::ops::Deref for Task {
    type Target = TaskDocument;

    fn deref(&self) -> &TaskDocument {
        &self.written
    }
}

impl Task {
    /// Whether no tasks belong to it: work is done on leaves only.
    pub fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }

    /// Points it can earn by itself; 0 for a parent.
    pub fn possible(&self) -> f64 {
        if self.is_leaf() { self.written.possible() } else { 0.0 }
    }

    /// How it is answered.
    pub fn form(&self) -> AnswerForm {
        self.answer.as_ref().map_or(AnswerForm::Children, AnswerRule::form)
    }

    /// The positions of the task and of all tasks below it.
    pub fn range(&self) -> Range<usize> {
        self.position..self.end
    }
}

impl Project {
    /// Makes a document navigable. Dependencies on tasks that are not there are left out; `check` names them.
    pub fn new(mut document: Document) -> Self {
        let mut tasks = Vec::new();
        for epic in std::mem::take(&mut document.epics) {
            lay_out(epic, None, 0, &mut tasks);
        }
        let by_id: HashMap<_, _> = tasks.iter().map(|task| (task.id.clone(), task.position)).collect();
        for task in &mut tasks {
            task.prerequisites = task.written.depends_on.iter().filter_map(|id| by_id.get(id).copied()).collect();
        }
        Self { about: document, tasks, by_id }
    }

    /// Everything but its tasks: slug, version, title, description, tutor.
    pub fn about(&self) -> &Document {
        &self.about
    }

    /// Every task, parents before their children, in the author's order.
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }

    /// The task of this id.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.by_id.get(id).map(|position| &self.tasks[*position])
    }

    /// The task at a position.
    pub fn at(&self, position: usize) -> &Task {
        &self.tasks[position]
    }

    /// What the task belongs to, innermost first.
    pub fn ancestors<'a>(&'a self, task: &'a Task) -> impl Iterator<Item = &'a Task> {
        std::iter::successors(task.parent.map(|parent| self.at(parent)), |task| {
            task.parent.map(|parent| self.at(parent))
        })
    }

    /// The project in the form its author writes.
    pub fn document(&self) -> Document {
        let epics = self.tasks.iter().filter(|task| task.parent.is_none());
        Document { epics: epics.map(|epic| self.written(epic)).collect(), ..self.about.clone() }
    }

    fn written(&self, task: &Task) -> TaskDocument {
        let subtasks = task.children.iter().map(|child| self.written(self.at(*child))).collect();
        TaskDocument { subtasks, ..task.written.clone() }
    }
}

/// Appends a task and all below it, in order.
fn lay_out(mut written: TaskDocument, parent: Option<usize>, depth: usize, tasks: &mut Vec<Task>) -> usize {
    let position = tasks.len();
    let below = std::mem::take(&mut written.subtasks);
    tasks.push(Task { written, position, parent, depth, children: vec![], prerequisites: vec![], end: position + 1 });
    let children = below.into_iter().map(|child| lay_out(child, Some(position), depth + 1, tasks)).collect();
    tasks[position].children = children;
    tasks[position].end = tasks.len();
    position
}
