//! `POST /api/submissions`: hands an answer in.

use app::{
    model::{Answer, Verdict},
    ports::LearnerPort as _,
};
use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};

use super::unreadable;
use crate::web::{learner::SessionLearner, refusal::RefusalResponse, services::Shared, session::Session};

/// What is handed in.
#[derive(Debug, Deserialize)]
pub struct NewSubmission {
    task: String,
    answer: Answer,
}

/// What was decided.
#[derive(Debug, Serialize)]
pub struct Decided {
    submission: String,
    verdict: Verdict,
    /// HTML, rendered and sanitised.
    feedback: String,
}

/// Judges the answer.
pub async fn create(
    State(services): State<Shared>,
    headers: HeaderMap,
    body: Result<Json<NewSubmission>, JsonRejection>,
) -> Result<(StatusCode, Json<Decided>), RefusalResponse> {
    let session = Session::of_request(&services, &headers).await.map_err(RefusalResponse)?;
    let Json(new) = body.map_err(|rejection| RefusalResponse(unreadable(&services, &rejection)))?;
    let learner = SessionLearner::new(services.clone(), session);
    let outcome = learner.submit(&new.task, new.answer).await.map_err(RefusalResponse)?;
    let Some(submission) = outcome.submission else {
        let fault = std::io::Error::other("a submission led to no submission");
        return Err(RefusalResponse(services.refusals.fault(&fault)));
    };
    let decided =
        Decided { submission: submission.id, verdict: submission.verdict, feedback: submission.feedback_html };
    Ok((StatusCode::CREATED, Json(decided)))
}
