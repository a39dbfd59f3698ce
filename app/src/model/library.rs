//! What the pages of the project library show, in the words of the screen.

use chrono::{DateTime, Utc};

/// `/teach/projects`: the projects that can be seen.
#[derive(Debug, Clone)]
pub struct LibraryPage {
    /// Each by its newest version.
    pub projects: Vec<ProjectRow>,
}

/// A line of the list of projects.
#[derive(Debug, Clone)]
pub struct ProjectRow {
    /// Names it in addresses and launches.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// Its newest version.
    pub version: i64,
    /// Since when that is here.
    pub at: DateTime<Utc>,
    /// How many people work on any version.
    pub learners: i64,
    /// Whose it is, in words.
    pub owner: &'static str,
}

/// `/teach/projects/{slug}`: one project.
#[derive(Debug, Clone)]
pub struct ProjectPage {
    /// Names it in addresses and launches.
    pub slug: String,
    /// The version that is shown.
    pub shown: ProjectShown,
    /// All versions, newest first.
    pub versions: Vec<VersionRow>,
    /// Whether whoever looks may give it a new one.
    pub can_change: bool,
    /// The courses that it is assigned to, each with the address of its class and what it is called.
    pub assigned: Vec<(String, String)>,
    /// The courses that it can be assigned to besides, each with its id and what it is called.
    pub assignable: Vec<(String, String)>,
}

/// A line of a project's versions.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// Its number.
    pub version: i64,
    /// Since when it is here.
    pub at: DateTime<Utc>,
    /// How many people work on it.
    pub learners: i64,
    /// In how many courses.
    pub courses: i64,
    /// Whether it is the one that is shown.
    pub is_shown: bool,
}

/// A project as learners see it.
#[derive(Debug, Clone)]
pub struct ProjectShown {
    /// What it is called.
    pub title: String,
    /// Its version.
    pub version: i64,
    /// What stands in front of its tasks; sanitised HTML.
    pub introduction_html: String,
    /// How many tasks are worked on.
    pub tasks: usize,
    /// Points that can be earned.
    pub points: f64,
    /// Its parts.
    pub parts: Vec<TaskShown>,
}

/// A task as learners see it, and what they do not see at once.
#[derive(Debug, Clone)]
pub struct TaskShown {
    /// What it is called.
    pub title: String,
    /// What it says; sanitised HTML.
    pub body_html: String,
    /// How it is answered, in words.
    pub answer: String,
    /// The tasks that have to be done before.
    pub waits_for: Vec<String>,
    /// How many hints the author wrote.
    pub hints: usize,
    /// The tasks below.
    pub parts: Vec<TaskShown>,
}

/// `/teach/upload`: a project file is sent, or has been sent back.
#[derive(Debug, Clone, Default)]
pub struct UploadPage {
    /// The project that is to get a new version, where one is.
    pub of: Option<String>,
    /// What was sent.
    pub text: String,
    /// What is wrong with it.
    pub mistakes: Vec<MistakeShown>,
}

/// Something that is wrong with a project file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MistakeShown {
    /// The line, from 1.
    pub line: Option<usize>,
    /// What stands on that line.
    pub written: Option<String>,
    /// Where it is in the project, such as `epics[2].title`; empty: the file as a whole.
    pub path: String,
    /// What is wrong, and what to do.
    pub message: String,
}

/// A project that can be imported, before it is.
#[derive(Debug, Clone)]
pub struct UploadPreview {
    /// Names it in addresses and launches.
    pub slug: String,
    /// As learners will see it.
    pub shown: ProjectShown,
    /// What it changes; `None`: there is no earlier version.
    pub changes: Option<ChangesShown>,
    /// What was sent, to be sent once more.
    pub text: String,
}

/// What a new version changes.
#[derive(Debug, Clone)]
pub struct ChangesShown {
    /// The version it is compared with.
    pub before: i64,
    /// How many people work on that.
    pub learners: i64,
    /// The titles of tasks that are new.
    pub added: Vec<String>,
    /// The titles of tasks that are not there any more.
    pub removed: Vec<String>,
    /// The titles of tasks that are other.
    pub changed: Vec<String>,
    /// Whether the project itself is other: its title, introduction or tutor.
    pub about: bool,
}
