//! What the pages show, in the words of the screen.
//!
//! Every text named `…_html` was rendered and sanitised by the server; everything else is plain text.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
pub mod admin;
#[cfg(feature = "ssr")]
pub mod class;
#[cfg(feature = "ssr")]
pub mod enrolment;
#[cfg(feature = "ssr")]
pub mod library;
#[cfg(feature = "ssr")]
pub mod placing;
#[cfg(feature = "ssr")]
pub mod roster;

/// What a person may do in this launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Learns and is graded.
    Learner,
    /// Teaches the course; sees the learner's pages as a preview.
    Instructor,
    /// Helps to teach, below the instructor.
    TeachingAssistant,
    /// Administers the course.
    Administrator,
    /// Accompanies a learner.
    Mentor,
    /// Sees and tries like a learner, and is not graded.
    Observer,
}

impl Role {
    /// Whether this role sees the class.
    pub fn teaches(self) -> bool {
        matches!(self, Self::Instructor | Self::TeachingAssistant | Self::Administrator)
    }
}

/// The session as it stands in the page, in `<script type="application/json" id="session">`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The bearer token of this launch.
    pub token: String,
    /// When it ends whatever happens.
    pub expires_at: DateTime<Utc>,
    /// The launch it belongs to.
    pub launch: String,
    /// The role it was launched with.
    pub role: Role,
}

/// What surrounds every view: whose work it is, how far it has come, and its tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activity {
    /// The course's title, where the platform told it.
    pub course: Option<String>,
    /// The way back to it, where the platform told one.
    pub back: Option<Back>,
    /// The course's language, as a language tag. The pages themselves are in English.
    pub language: Option<String>,
    /// The title of the project, or of the task the launch is limited to.
    pub title: String,
    /// What the project is about.
    pub introduction_html: String,
    /// The role of this launch.
    pub role: Role,
    /// Why nothing done here is graded; `None` where it is.
    pub ungraded: Option<Ungraded>,
    /// How far the learner has come.
    pub progress: Progress,
    /// Every task of this launch, parents before their children, in the author's order.
    pub tasks: Vec<TaskRow>,
    /// The task to work on next; `None` when all is done.
    pub next: Option<String>,
    /// Where the grade is on its way to the gradebook.
    pub grade: Grade,
    /// Who the tutor is.
    pub tutor: TutorNotice,
    /// Whether this person may choose once more what the activity opens.
    #[serde(default)]
    pub may_change: bool,
}

/// A way back to the course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Back {
    /// Where it leads; http or https.
    pub address: String,
    /// Whether it leaves the frame that the page stands in; a window of its own goes there itself.
    pub leaves_frame: bool,
}

/// Why a launch is not graded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ungraded {
    /// Staff, or a test user: a preview.
    Preview,
    /// The platform told no role that learns.
    Observer,
    /// The platform told no identity; the work lasts for this session.
    Guest,
}

/// How far the learner has come in this launch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Tasks without children that are closed.
    pub closed: u32,
    /// Tasks without children in all.
    pub total: u32,
    /// Points earned.
    pub points: f64,
    /// Points that can be earned.
    pub possible: f64,
}

impl Progress {
    /// Closed work over all work, from 0 to 1; 1 where there is none.
    pub fn completion(&self) -> f64 {
        if self.total == 0 { 1.0 } else { f64::from(self.closed) / f64::from(self.total) }
    }
}

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Can be started.
    Open,
    /// Has been started.
    InProgress,
    /// Is done.
    Closed,
    /// Waits for other tasks.
    Blocked,
}

/// A line of the task tree.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskRow {
    /// Names the task within its project, and in addresses.
    pub id: String,
    /// The task it belongs to.
    pub parent: Option<String>,
    /// 0 for the outermost tasks of this launch.
    pub depth: u32,
    /// What it is called.
    pub title: String,
    /// How it stands.
    pub state: TaskState,
    /// Whether other tasks belong to it; such a task is done when they are.
    pub has_children: bool,
    /// Points it can earn by itself; `None` for parents.
    pub points: Option<f64>,
    /// The titles of the tasks it waits for, where it is blocked.
    pub waits_for: Vec<String>,
}

/// One task, opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskPage {
    /// Its line in the tree.
    pub row: TaskRow,
    /// The titles of what it belongs to, outermost first.
    pub path: Vec<String>,
    /// The task itself.
    pub body_html: String,
    /// What is learnt by it.
    pub objectives: Vec<String>,
    /// How many minutes its author expects.
    pub minutes: Option<u32>,
    /// What the learner hands in.
    pub answer: AnswerForm,
    /// The learner's unfinished answer.
    pub draft: Option<Draft>,
    /// What the learner handed in for this task, newest first.
    pub attempts: Vec<Submission>,
    /// Hints shown so far, gentlest first.
    pub hints: Vec<Hint>,
    /// Whether another hint can be asked for now.
    pub hint: HintState,
    /// The tasks below it, where it is a parent.
    pub children: Vec<TaskRow>,
    /// The task after it in this launch, where there is one.
    pub following: Option<String>,
}

/// Whether there is a further hint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HintState {
    /// One can be shown now.
    Ready,
    /// One unlocks after another attempt, or after telling the tutor one's own thoughts.
    AfterAnotherTry,
    /// All there are have been shown.
    NoMore,
}

/// A hint that has been shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// From 1, the gentlest.
    pub level: u32,
    /// Its text.
    pub html: String,
}

/// How an answer is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerForm {
    /// In words, or a value.
    Text {
        /// Whether it usually takes more than a line.
        long: bool,
        /// Shown in the empty box.
        placeholder: Option<String>,
    },
    /// A number.
    Number {
        /// Shown behind the box.
        unit: Option<String>,
    },
    /// One of these.
    Choice {
        /// The texts to choose from; the answer is one of their ids.
        options: Vec<ChoiceOption>,
    },
    /// Several values, in any order.
    Set {
        /// The values to choose from; empty where they are to be written, one a line.
        options: Vec<ChoiceOption>,
    },
    /// A conversation with the tutor; done when the learner says so, after enough of it.
    Conversation {
        /// How many messages of the learner it takes.
        needed: u32,
        /// How many there have been.
        had: u32,
    },
    /// Nothing: it is done when the tasks below it are.
    Children,
}

/// A thing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOption {
    /// What the answer says when it is chosen.
    pub id: String,
    /// What the learner reads; inline HTML.
    pub html: String,
}

/// What a learner hands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A text, a number as it was written, or the id of what was chosen.
    One(String),
    /// The values of a set.
    Many(Vec<String>),
}

/// An unfinished answer, as the server keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The answer so far.
    pub answer: Answer,
    /// Counts up at every save.
    pub revision: i64,
}

/// What came of saving a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftSaved {
    /// It is kept.
    Saved {
        /// To be given with the next save.
        revision: i64,
    },
    /// Another window saved a newer one; nothing was written over.
    Newer {
        /// What that window saved.
        draft: Draft,
    },
}

/// What was decided about a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is right (or counts as done).
    Accepted,
    /// Not yet.
    NotYet,
    /// A person will look at it.
    Pending,
}

/// One submission.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// Its id.
    pub id: String,
    /// The task.
    pub task: String,
    /// The task's title.
    pub task_title: String,
    /// From 1, counted for each task.
    pub attempt: u32,
    /// What was handed in, as the learner would read it.
    pub answer: String,
    /// What was decided.
    pub verdict: Verdict,
    /// Whether nothing checked it.
    pub unchecked: bool,
    /// Why, and what to do next.
    pub feedback_html: String,
    /// When; in milliseconds, which cost the browser less to read than a written date.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub submitted_at: DateTime<Utc>,
}

/// What came of an act that may have moved the work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The submission, where the act was one.
    pub submission: Option<Submission>,
    /// The titles of tasks that it unlocked.
    pub unlocked: Vec<String>,
    /// Everything as it now stands.
    pub activity: Activity,
    /// The task as it now stands.
    pub task: TaskPage,
}

/// Where the grade is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Grade {
    /// How it stands.
    pub state: GradeState,
    /// In plain words, for the learner.
    pub sentence: String,
}

/// How a grade stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GradeState {
    /// This launch has no gradebook, or nothing is graded.
    NotGraded,
    /// Nothing has been earned yet.
    NothingYet,
    /// On its way; it will be tried until it arrives.
    Waiting,
    /// The platform has it.
    Sent,
    /// The platform refused it.
    Refused,
}

/// What the learner is told about the tutor before the first message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TutorNotice {
    /// The model that answers; `None`: the guide, which is no model.
    pub model: Option<String>,
    /// Who can read the conversation, in a sentence.
    pub readers: String,
    /// Why nothing can be said to it, where that is so.
    pub off: Option<String>,
}

/// The conversation so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conversation {
    /// All turns, oldest first.
    pub turns: Vec<Turn>,
}

/// What a learner said, and the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Its id.
    pub id: String,
    /// What the learner said; plain text.
    pub message: String,
    /// The title of the task it was about.
    pub task_title: Option<String>,
    /// The answer, as far as it has come.
    pub reply_html: String,
    /// How it stands.
    pub state: TurnState,
    /// Who answered: a model's name; `None`: the guide.
    pub answered_by: Option<String>,
    /// When the learner said it.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: DateTime<Utc>,
}

/// How a turn stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnState {
    /// The answer is still coming; its events can be followed.
    Running,
    /// The answer is whole.
    Done,
    /// The learner stopped it.
    Stopped,
    /// The server was restarted in the middle.
    Interrupted,
    /// No answer could be given.
    Failed,
}

/// What the class answers to an address or a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassAnswer {
    /// A page.
    Page {
        /// What it is called.
        title: String,
        /// The page itself, drawn by the server.
        html: String,
    },
    /// It was done; this is the page that shows the outcome.
    GoTo(String),
}
