//! Why an act was refused, told to the learner who tried it.

use crate::{learning::answer::ANSWER_LIMIT, store::StoreError};

/// Why something could not be done with a work. Each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// There is no such work, or no such task in this window.
    #[error("There is no such task in this activity. Choose one from the list of tasks.")]
    NotFound,
    /// No project of this name has been imported.
    #[error("The project “{slug}” is not set up here yet. Please tell your teacher.")]
    NoProject {
        /// The name that was asked for.
        slug: String,
    },
    /// The task waits for others.
    #[error("This task waits for: {}. Finish that first.", titles(waits_for))]
    Blocked {
        /// The titles of the tasks it waits for.
        waits_for: Vec<String>,
    },
    /// The task is done.
    #[error("This task is done. Reopen it if you want to work on it again.")]
    Closed,
    /// The task is not done, so it cannot be opened again.
    #[error("This task is still open: just go on with it.")]
    NotClosed,
    /// Only the tasks below it can be worked on.
    #[error("This is a group of tasks: it is done when the tasks in it are. Choose one of those.")]
    HasSubtasks,
    /// Nothing was written.
    #[error("There is nothing in your answer yet. Write something, then hand it in.")]
    Empty,
    /// The answer is too long.
    #[error("This is too long: {} KB at most. Shorten it and try again.", ANSWER_LIMIT / 1024)]
    TooLong,
    /// A conversation is not handed in.
    #[error("This task is a conversation: talk with the tutor about it, then say that you are done.")]
    Conversational,
    /// Only a conversation is finished by saying so.
    #[error("This task needs an answer: hand one in.")]
    NotConversational,
    /// There has been too little conversation.
    #[error("Talk a little more about it with the tutor first: {had} of {needed} messages so far.")]
    NotEnoughSaid {
        /// How many messages of the learner it takes.
        needed: u32,
        /// How many there have been.
        had: u32,
    },
    /// No reason was given.
    #[error("Say in a few words why you want to open this task again.")]
    NoReason,
    /// The next hint has not been unlocked.
    #[error("The next hint opens after another try, or after you have told the tutor your own thoughts.")]
    HintLocked,
    /// There is no further hint.
    #[error("You have seen every hint there is for this task. Tell the tutor where you are stuck.")]
    NoMoreHints,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WorkError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "task_not_found",
            Self::NoProject { .. } => "project_not_found",
            Self::Blocked { .. } => "task_blocked",
            Self::Closed => "task_closed",
            Self::NotClosed => "task_not_closed",
            Self::HasSubtasks => "task_has_subtasks",
            Self::Empty => "answer_empty",
            Self::TooLong => "answer_too_long",
            Self::Conversational => "task_is_conversation",
            Self::NotConversational => "task_is_not_conversation",
            Self::NotEnoughSaid { .. } => "not_enough_said",
            Self::NoReason => "reason_missing",
            Self::HintLocked => "hint_locked",
            Self::NoMoreHints => "no_more_hints",
            Self::Store(_) => "store",
        }
    }
}

fn titles(titles: &[String]) -> String {
    titles.iter().map(|title| format!("“{title}”")).collect::<Vec<_>>().join(", ")
}
