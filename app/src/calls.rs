//! The questions the pages ask the server, as Leptos server functions under `/fn`.
//!
//! Each is answered by a port of the session whose token the browser sends along.

#![expect(missing_docs, reason = "the macro makes types of the arguments, whose fields cannot carry a comment")]

use leptos::{prelude::*, server_fn::codec::Json};

// Each function's arguments become a type with the function's name; `model::` keeps the two apart.
use crate::{
    model::{self, Answer},
    refusal::Refusal,
};

mod bearer;

pub use bearer::Bearer;

/// Where [`save_draft`] stands, for a page that is being left and can't wait for an answer.
pub const SAVE_DRAFT: &str = "/fn/save-draft";

/// What surrounds every view.
#[server(prefix = "/fn", endpoint = "activity", input = Json, client = Bearer)]
pub async fn activity() -> Result<model::Activity, Refusal> {
    ports()?.learner.activity().await.map_err(with_status)
}

/// One task.
#[server(prefix = "/fn", endpoint = "task", input = Json, client = Bearer)]
pub async fn task(task: String) -> Result<model::TaskPage, Refusal> {
    ports()?.learner.task(&task).await.map_err(with_status)
}

/// Marks a task as begun.
#[server(prefix = "/fn", endpoint = "start", input = Json, client = Bearer)]
pub async fn start(task: String) -> Result<model::Outcome, Refusal> {
    ports()?.learner.start(&task).await.map_err(with_status)
}

/// Keeps an unfinished answer.
#[server(prefix = "/fn", endpoint = "save-draft", input = Json, client = Bearer)]
pub async fn save_draft(task: String, answer: Answer, revision: i64) -> Result<model::DraftSaved, Refusal> {
    ports()?.learner.save_draft(&task, answer, revision).await.map_err(with_status)
}

/// Hands an answer in.
#[server(prefix = "/fn", endpoint = "submit", input = Json, client = Bearer)]
pub async fn submit(task: String, answer: Answer) -> Result<model::Outcome, Refusal> {
    ports()?.learner.submit(&task, answer).await.map_err(with_status)
}

/// Says that a conversational task is done.
#[server(prefix = "/fn", endpoint = "finish", input = Json, client = Bearer)]
pub async fn finish(task: String) -> Result<model::Outcome, Refusal> {
    ports()?.learner.finish(&task).await.map_err(with_status)
}

/// Opens a closed task again.
#[server(prefix = "/fn", endpoint = "reopen", input = Json, client = Bearer)]
pub async fn reopen(task: String, reason: String) -> Result<model::Outcome, Refusal> {
    ports()?.learner.reopen(&task, reason).await.map_err(with_status)
}

/// Shows the next hint.
#[server(prefix = "/fn", endpoint = "hint", input = Json, client = Bearer)]
pub async fn hint(task: String) -> Result<model::TaskPage, Refusal> {
    ports()?.learner.hint(&task).await.map_err(with_status)
}

/// Everything handed in, newest first.
#[server(prefix = "/fn", endpoint = "submissions", input = Json, client = Bearer)]
pub async fn submissions() -> Result<Vec<model::Submission>, Refusal> {
    ports()?.learner.submissions().await.map_err(with_status)
}

/// The conversation so far.
#[server(prefix = "/fn", endpoint = "conversation", input = Json, client = Bearer)]
pub async fn conversation() -> Result<model::Conversation, Refusal> {
    ports()?.tutor.conversation().await.map_err(with_status)
}

/// Says something to the tutor.
#[server(prefix = "/fn", endpoint = "say", input = Json, client = Bearer)]
pub async fn say(message: String, task: Option<String>) -> Result<model::Turn, Refusal> {
    ports()?.tutor.say(message, task).await.map_err(with_status)
}

/// Stops an answer.
#[server(prefix = "/fn", endpoint = "stop", input = Json, client = Bearer)]
pub async fn stop(turn: String) -> Result<(), Refusal> {
    ports()?.tutor.stop(&turn).await.map_err(with_status)
}

/// A page of the class, or what came of a form on one.
#[server(prefix = "/fn", endpoint = "class-page", input = Json, client = Bearer)]
pub async fn class_page(address: String, form: Option<String>) -> Result<model::ClassAnswer, Refusal> {
    ports()?.teacher.class_page(&address, form).await.map_err(with_status)
}

/// Where another window opens: with the same launch, or as a learner sees it.
#[server(prefix = "/fn", endpoint = "window", input = Json, client = Bearer)]
pub async fn window(as_learner: bool) -> Result<String, Refusal> {
    let teacher = ports()?.teacher;
    let address = if as_learner { teacher.preview().await } else { teacher.window().await };
    address.map_err(with_status)
}

/// The ports of the session that asks; whoever serves `/fn` provides them.
#[cfg(feature = "ssr")]
fn ports() -> Result<crate::ports::Ports, Refusal> {
    use_context().ok_or_else(|| {
        with_status(Refusal {
            error: Refusal::SESSION_EXPIRED.into(),
            message: "This page is no longer signed in. Open the activity again from your course.".into(),
            reference: String::new(),
            status: 401,
        })
    })
}

/// Server functions answer every error with 500 by themselves; this is the one place that sets what the refusal says.
#[cfg(feature = "ssr")]
fn with_status(refusal: Refusal) -> Refusal {
    let status = http::StatusCode::from_u16(refusal.status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(status);
    }
    refusal
}
