//! What the pages of the class show, in the words of the screen.

use chrono::{DateTime, Utc};

use super::{admin::Choice, roster::RosterShown};

/// A moment, and how long ago that is in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ago {
    /// When.
    pub at: DateTime<Utc>,
    /// How long ago.
    pub words: String,
}

/// `/teach`: the courses that can be seen.
#[derive(Debug, Clone)]
pub struct CoursesPage {
    /// What was searched for.
    pub search: String,
    /// Those found.
    pub courses: Vec<CourseRow>,
    /// Whether there is any course at all.
    pub has_any: bool,
}

/// A line of the list of courses.
#[derive(Debug, Clone)]
pub struct CourseRow {
    /// Where its class stands.
    pub address: String,
    /// What it is called.
    pub title: String,
    /// The platform it is on.
    pub platform: String,
    /// How many learners have opened something in it.
    pub learners: i64,
    /// When somebody last did.
    pub last_launch: Option<Ago>,
}

/// The class itself.
#[derive(Debug, Clone)]
pub struct ClassPage {
    /// What all addresses of this class begin with.
    pub base: String,
    /// The projects of the course, of which one is shown.
    pub projects: Vec<Choice>,
    /// What is shown of it; `None`: nothing has been opened in this course yet.
    pub class: Option<Class>,
    /// What has been decided for the whole course, in sentences.
    pub decisions: Vec<String>,
    /// Whether settings can be changed.
    pub can_decide: bool,
    /// How the grades are; `None`: this course has no gradebook.
    pub grades: Option<Grades>,
    /// The course's list of members; `None`: its platform offers none.
    pub roster: Option<RosterShown>,
}

/// How the grades of a course are.
#[derive(Debug, Clone)]
pub struct Grades {
    /// How many need a look: waiting for long, or refused.
    pub stuck: usize,
    /// Whether they are paused, and since when.
    pub paused: Option<Ago>,
}

/// One project, as the class does it.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its tasks without children, in the author's order.
    pub bars: Vec<TaskBar>,
    /// How many learners there are.
    pub learners: usize,
    /// How many have begun.
    pub begun: usize,
    /// How many are done with everything.
    pub done: usize,
    /// How many are stuck somewhere.
    pub stuck: usize,
    /// The lines of this page of the table.
    pub rows: Vec<LearnerRow>,
    /// How many lines there are on all pages.
    pub found: usize,
    /// What the table shows, and how.
    pub choice: Selection,
    /// The groups of the course, to choose from; empty: none are known.
    pub groups: Vec<Choice>,
}

/// Which lines a table shows, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The project.
    pub project: String,
    /// What a name holds.
    pub text: String,
    /// How they stand; empty: any.
    pub state: String,
    /// The task at which they are; empty: anywhere.
    pub task: String,
    /// What that task is called.
    pub task_title: String,
    /// The group they belong to; empty: any.
    pub group: String,
    /// The column.
    pub sort: Column,
    /// Whether the greatest stands first.
    pub is_descending: bool,
    /// From 1.
    pub page: usize,
    /// How many pages there are.
    pub pages: usize,
}

/// A column that lines can be ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Column {
    /// Who it is.
    #[default]
    Name,
    /// How much is done.
    Progress,
    /// When they were last there.
    Seen,
    /// How often they handed something in.
    Attempts,
    /// What they earned.
    Grade,
}

impl Column {
    /// All of them, as they stand in the table.
    pub const ALL: [Self; 5] = [Self::Name, Self::Progress, Self::Seen, Self::Attempts, Self::Grade];

    /// The word for it in an address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Progress => "progress",
            Self::Seen => "seen",
            Self::Attempts => "attempts",
            Self::Grade => "grade",
        }
    }

    /// The word above it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Name => "Learner",
            Self::Progress => "Progress",
            Self::Seen => "Last seen",
            Self::Attempts => "Attempts",
            Self::Grade => "Grade",
        }
    }
}

/// How one learner stands with one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cell {
    /// Not begun, or waiting for other tasks.
    Open,
    /// Begun.
    UnderWay,
    /// Begun, and several answers were not right yet.
    Stuck,
    /// Done.
    Done,
}

/// How the class stands with one task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskBar {
    /// The task.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Whether it is the first of its group.
    pub begins_group: bool,
    /// How many are done with it.
    pub done: usize,
    /// How many are at it.
    pub under_way: usize,
    /// How many are stuck at it.
    pub stuck: usize,
    /// How many have not begun it.
    pub open: usize,
}

/// A learner in the table.
#[derive(Debug, Clone)]
pub struct LearnerRow {
    /// Where their page stands; `None`: they have not opened it yet.
    pub address: Option<String>,
    /// Their name, or what stands for it.
    pub name: String,
    /// How they stand with each task.
    pub cells: Vec<Cell>,
    /// Tasks that are done.
    pub done: u32,
    /// Tasks in all.
    pub total: u32,
    /// When they were last there.
    pub last_seen: Option<Ago>,
    /// How often they handed something in.
    pub attempts: u32,
    /// Points earned, and those that can be.
    pub points: (f64, f64),
    /// Where the grade is.
    pub grade: Option<GradeWord>,
}

/// Where a grade is, in a word and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeWord {
    /// The word for style sheets: `good`, `waiting`, `bad`, `none`.
    pub kind: &'static str,
    /// The word that is read.
    pub word: String,
    /// Cause and remedy, where there is something to say.
    pub sentence: String,
}

/// One learner.
#[derive(Debug, Clone)]
pub struct LearnerPage {
    /// What all addresses of this class begin with.
    pub base: String,
    /// Where this page stands.
    pub address: String,
    /// The project.
    pub project: String,
    /// How they stand with each task.
    pub cells: Vec<Cell>,
    /// Tasks that are done.
    pub done: u32,
    /// Tasks in all.
    pub total: u32,
    /// When they were last there.
    pub last_seen: Option<Ago>,
    /// Everything handed in, newest first.
    pub attempts: Vec<Attempt>,
    /// The conversation, oldest first.
    pub turns: Vec<TurnShown>,
    /// Points earned, and those that can be.
    pub points: (f64, f64),
    /// Where the grade is; `None`: no gradebook asks for it.
    pub grade: Option<GradeWord>,
    /// When a grade last arrived.
    pub sent_at: Option<Ago>,
    /// Whether it can be sent again.
    pub can_resend: bool,
}

/// Something a learner handed in.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Its id.
    pub id: String,
    /// The task's title.
    pub task: String,
    /// From 1.
    pub number: u32,
    /// When.
    pub at: Ago,
    /// What was handed in.
    pub answer: String,
    /// What was decided.
    pub verdict: super::Verdict,
    /// Whether nothing checked it.
    pub is_unchecked: bool,
    /// What the learner was told.
    pub feedback_html: String,
    /// What a person decided in place of it, where somebody did.
    pub decision: Option<Decided>,
    /// The form to decide with; `None`: a newer attempt counts.
    pub form: Option<DecisionForm>,
}

/// What a person decided.
#[derive(Debug, Clone)]
pub struct Decided {
    /// Why.
    pub reason: String,
    /// When.
    pub at: Ago,
}

/// A decision that is about to be made: what was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct DecisionForm {
    /// Whether it is accepted.
    pub is_accepted: bool,
    /// The points, as typed.
    pub points: String,
    /// What is wrong with them.
    pub points_problem: Option<String>,
    /// Points the task can earn.
    pub possible: f64,
    /// The reason, as typed.
    pub reason: String,
    /// What is wrong with it.
    pub reason_problem: Option<String>,
}

/// What was said to the tutor, and answered.
#[derive(Debug, Clone)]
pub struct TurnShown {
    /// The title of the task it was about.
    pub task: Option<String>,
    /// What the learner said.
    pub message: String,
    /// The answer.
    pub reply_html: String,
    /// Who answered.
    pub by: String,
    /// When.
    pub at: Ago,
    /// How it ended, where it did not end well.
    pub note: Option<&'static str>,
}

/// `…/settings`.
#[derive(Debug, Clone, Default)]
pub struct SettingsPage {
    /// What all addresses of this class begin with.
    pub base: String,
    /// The projects that activities may open which name nothing; empty value: none.
    pub projects: Vec<super::admin::Choice>,
    /// What is wrong with the one that was chosen.
    pub project_problem: Option<String>,
    /// What the tutor does: `on`, `hints` or `off`.
    pub tutor: String,
    /// When the activities open, as a date field writes it.
    pub opens_at: super::admin::Field,
    /// Until when answers are taken.
    pub due_at: super::admin::Field,
}
