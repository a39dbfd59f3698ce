//! What the server says when it will not.

use serde::{Deserialize, Serialize};

/// An answer that says what is wrong and what to do next; the same shape from `/api` and from server functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable word for programs.
    pub error: String,
    /// A sentence for the person who reads it.
    pub message: String,
    /// Finds the case in the log.
    pub reference: String,
    /// The HTTP status it is sent with; not part of the body.
    #[serde(skip, default)]
    pub status: u16,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}
