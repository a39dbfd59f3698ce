//! How the server says no: one shape for `/api` and for server functions, with a status, a code, a sentence and a
//! reference that stands in the server's log.

use app::refusal::Refusal;
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use chrono::{DateTime, Utc};

use crate::{entropy::Entropy, launch::log, store::StoreError};

/// Turns what went wrong into a [`Refusal`], and writes what the person must not see to the server's log.
#[derive(Debug, Clone)]
pub struct Refusals {
    entropy: Entropy,
}

/// A [`Refusal`] as an HTTP answer.
#[derive(Debug)]
pub struct RefusalResponse(pub Refusal);

impl IntoResponse for RefusalResponse {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(self.0)).into_response()
    }
}

impl Refusals {
    /// References are drawn from `entropy`.
    pub fn new(entropy: Entropy) -> Self {
        Self { entropy }
    }

    /// A refusal that is nobody's fault but the caller's.
    pub fn say(&self, status: StatusCode, error: &str, message: impl Into<String>) -> Refusal {
        Refusal {
            error: error.to_owned(),
            message: message.into(),
            reference: log::reference(&self.entropy),
            status: status.as_u16(),
        }
    }

    /// The session is missing, unknown or over.
    pub fn session_over(&self) -> Refusal {
        self.say(
            StatusCode::UNAUTHORIZED,
            Refusal::SESSION_EXPIRED,
            "This session has ended. Open the activity again from your course; your work is kept.",
        )
    }

    /// Nobody has chosen what this activity leads to.
    pub fn not_set_up(&self) -> Refusal {
        self.say(
            StatusCode::CONFLICT,
            Refusal::NOT_SET_UP,
            "This activity is not set up yet. Your teacher has to choose a project for it.",
        )
    }

    /// Those who teach open it later.
    pub fn not_open_yet(&self, opens_at: DateTime<Utc>) -> Refusal {
        let sentence = format!("This opens on {}. Come back then; you find it at the same place.", written(opens_at));
        self.say(StatusCode::CONFLICT, Refusal::NOT_OPEN_YET, sentence)
    }

    /// The time for answers is over.
    pub fn was_due(&self, due_at: DateTime<Utc>) -> Refusal {
        let sentence = format!(
            "This was due on {}, so answers are no longer taken. What you wrote is kept; ask your teacher if you need more time.",
            written(due_at)
        );
        self.say(StatusCode::CONFLICT, "was_due", sentence)
    }

    /// The server could not do what it should; the cause goes to its log.
    pub fn fault(&self, cause: &dyn std::error::Error) -> Refusal {
        let refusal = self.say(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "LTT could not do this just now. Nothing is lost; please try again in a moment.",
        );
        tracing::error!(reference = refusal.reference, %cause, "a request failed");
        refusal
    }

    /// The database could not do what it should.
    pub fn store(&self, error: &StoreError) -> Refusal {
        self.fault(error)
    }
}

/// A date as everybody reads it, with its zone.
fn written(at: DateTime<Utc>) -> impl std::fmt::Display {
    at.format("%-d %B %Y, %H:%M UTC")
}
