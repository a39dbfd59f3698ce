//! Platforms' public keys: fetched, kept, and looked up by name. (Security Framework 1.0 §6.3)

use crate::http::HttpError;

/// Why a platform's keys cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer was no success.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer is not a key set.
    #[error("the answer is not a key set")]
    NotAKeySet,
}
