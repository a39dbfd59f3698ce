//! `/api`: what a page, a script or a test says to the server in JSON, by bearer token.

use app::refusal::Refusal;
use axum::{
    Router,
    extract::rejection::JsonRejection,
    http::StatusCode,
    routing::{delete, get, post},
};

use super::{
    refusal::RefusalResponse,
    services::{Services, Shared},
};

pub mod progress;
pub mod submissions;
#[cfg(test)]
mod tests;
pub mod turns;

/// All routes of this subject.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/api/progress", get(progress::handler))
        .route("/api/submissions", post(submissions::create))
        .route("/api/turns", post(turns::create))
        .route("/api/turns/{turn}", delete(turns::stop))
        .route("/api/turns/{turn}/events", get(turns::events))
        .route("/api/{*unknown}", get(unknown).post(unknown).delete(unknown).put(unknown).patch(unknown))
}

/// An address below `/api` that leads nowhere.
async fn unknown(axum::extract::State(services): axum::extract::State<Shared>) -> RefusalResponse {
    RefusalResponse(services.refusals.say(StatusCode::NOT_FOUND, "not_found", "There is nothing at this address."))
}

/// What is said of a body that is not the JSON it should be.
fn unreadable(services: &Services, rejection: &JsonRejection) -> Refusal {
    services.refusals.say(
        rejection.status(),
        "request_unreadable",
        format!("The request could not be read: {}.", rejection.body_text().trim_end_matches('.')),
    )
}
