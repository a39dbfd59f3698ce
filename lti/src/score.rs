//! Scores: how a result reaches the platform's gradebook. (Assignment and Grade Services 2.0 §3.4)

use chrono::{DateTime, TimeDelta, Utc};

use crate::{http::HttpError, keys::KeyError, storage::StorageError};

/// A score for one learner in one line item.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The platform's id of the learner.
    pub user_id: String,
    /// Points earned.
    pub given: f64,
    /// Points that can be earned; the platform scales to its own maximum.
    pub maximum: f64,
    /// Whether the learner has done everything. Platforms publish the score either way, because it is `FullyGraded`.
    pub completed: bool,
    /// When it came about; a platform drops a score that is not later than the one it has.
    pub timestamp: DateTime<Utc>,
}

/// The platform took a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreTaken {
    /// Its answer's status; any of 200 to 299.
    pub status: u16,
}

/// Why a score did not arrive. What a platform answered is kept for whoever looks into it.
#[derive(Debug, thiserror::Error)]
pub enum ScoreNotTaken {
    /// No token could be had.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The line item's address is none, or not one that may be sent this platform's token.
    #[error(
        "the line item's address {0} does not belong to the platform; add its host to the registration's service hosts"
    )]
    ForeignHost(String),
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The platform has a score that is as new or newer.
    #[error("the platform has a score of the same time or later ({status}: {excerpt})")]
    Older {
        /// The answer's status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The platform does not let the tool in, a fresh token notwithstanding.
    #[error("the platform does not let this tool write to the gradebook ({status}: {excerpt})")]
    Forbidden {
        /// The answer's status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The platform asks to wait.
    #[error("the platform is busy ({status})")]
    Throttled {
        /// The answer's status.
        status: u16,
        /// How long, where it says so.
        retry_after: Option<TimeDelta>,
    },
    /// The line item is gone.
    #[error("the platform no longer has this column in its gradebook ({status}: {excerpt})")]
    LineItemGone {
        /// The answer's status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The platform does not grade this learner.
    #[error("the platform cannot grade this learner ({status}: {excerpt})")]
    LearnerRefused {
        /// The answer's status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// Refused for another reason; the same score will be refused again.
    #[error("the platform refused the score ({status}: {excerpt})")]
    Refused {
        /// The answer's status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The platform failed; it may work later.
    #[error("the platform failed ({status}: {excerpt})")]
    PlatformFailed {
        /// The answer's status.
        status: u16,
        /// How long to wait, where it says so.
        retry_after: Option<TimeDelta>,
        /// The beginning of the answer.
        excerpt: String,
    },
}

/// Why no access token could be had.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The tool's own keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The platform refused.
    #[error("the platform gives this tool no access token ({status}: {excerpt})")]
    Refused {
        /// The answer's status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The answer holds no token.
    #[error("the platform's answer holds no access token")]
    NoToken,
    /// The platform gives a token, but not for this.
    #[error("the platform does not allow `{0}` to this tool")]
    ScopeDenied(String),
}
