//! What the pages need from the server: one small trait an area, filled in by it.
//!
//! A port is already bound to one session. It never takes a learner's id, and what lies outside the session's launch does
//! not exist for it.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    model::{Activity, Answer, ClassAnswer, Conversation, DraftSaved, Outcome, Submission, TaskPage, Turn},
    refusal::Refusal,
};

/// What a learner can see and do.
#[async_trait]
pub trait LearnerPort: Send + Sync {
    /// What surrounds every view.
    async fn activity(&self) -> Result<Activity, Refusal>;
    /// One task.
    async fn task(&self, task: &str) -> Result<TaskPage, Refusal>;
    /// Marks a task as begun; no change where it already is.
    async fn start(&self, task: &str) -> Result<Outcome, Refusal>;
    /// Keeps an unfinished answer. `revision` is that of the draft it was typed over, 0 where there was none.
    async fn save_draft(&self, task: &str, answer: Answer, revision: i64) -> Result<DraftSaved, Refusal>;
    /// Hands an answer in.
    async fn submit(&self, task: &str, answer: Answer) -> Result<Outcome, Refusal>;
    /// Says that a conversational task is done.
    async fn finish(&self, task: &str) -> Result<Outcome, Refusal>;
    /// Opens a closed task again.
    async fn reopen(&self, task: &str, reason: String) -> Result<Outcome, Refusal>;
    /// Shows the next hint.
    async fn hint(&self, task: &str) -> Result<TaskPage, Refusal>;
    /// Everything handed in, newest first.
    async fn submissions(&self) -> Result<Vec<Submission>, Refusal>;
}

/// What a learner can do with the tutor. An answer comes by the events of `/api/turns/{turn}/events`.
#[async_trait]
pub trait TutorPort: Send + Sync {
    /// The conversation so far.
    async fn conversation(&self) -> Result<Conversation, Refusal>;
    /// Says something, about a task where one is given.
    async fn say(&self, message: String, task: Option<String>) -> Result<Turn, Refusal>;
    /// Stops the answer.
    async fn stop(&self, turn: &str) -> Result<(), Refusal>;
}

/// What somebody who teaches can see and do; for everybody else there is nothing behind it.
#[async_trait]
pub trait TeacherPort: Send + Sync {
    /// The page of the class at an address below `/activity/class`; with a form, what came of it.
    async fn class_page(&self, address: &str, form: Option<String>) -> Result<ClassAnswer, Refusal>;
    /// Where another window opens with the same launch; good for a minute, and once.
    async fn window(&self) -> Result<String, Refusal>;
    /// Where another window opens as a learner sees it, who leaves no trace; good for a minute, and once.
    async fn preview(&self) -> Result<String, Refusal>;
}

/// The ports of one request's session, as Leptos' context carries them.
#[derive(Clone)]
pub struct Ports {
    /// What a learner can see and do.
    pub learner: Arc<dyn LearnerPort>,
    /// What a learner can do with the tutor.
    pub tutor: Arc<dyn TutorPort>,
    /// What somebody who teaches can see and do.
    pub teacher: Arc<dyn TeacherPort>,
}
