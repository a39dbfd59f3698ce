//! Scores: how a result reaches the platform's gradebook. (Assignment and Grade Services 2.0 §3.4)

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use http::{Method, Response};
use serde_json::{Value, json};
use url::Url;

use crate::{
    gradebook::{number, scopes},
    http::{HttpClient, HttpError, excerpt},
    service_token::TokenError,
    services::{Call, Caller, SIZE_LIMIT, ServiceFault, is_success, refused, with_last_segment},
    storage::Storage,
};

const MEDIA_TYPE: &str = "application/vnd.ims.lis.v1.score+json";

/// A score for one learner in one line item.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The platform's id of the learner.
    pub user_id: String,
    /// Points earned, zero or more; `None` takes back what was sent before.
    pub given: Option<f64>,
    /// Points that can be earned, more than zero; the platform scales to its own maximum.
    pub maximum: f64,
    /// Whether the learner has done everything. Platforms publish the score either way, because it is `FullyGraded`.
    pub completed: bool,
    /// What the platform may show beside it, to the learner too. Where it is missing, platforms keep an older one.
    pub comment: Option<String>,
    /// When it came about; a platform drops a score that is not later than the one it has.
    pub timestamp: DateTime<Utc>,
}

/// The platform took a score. That does not mean that it shows it: Open edX takes some that it never publishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoreTaken {
    /// Its answer's status; any of 200 to 299.
    pub status: u16,
}

/// Why a score did not arrive. What a platform answered is kept for whoever looks into it.
#[derive(Debug, thiserror::Error)]
pub enum ScoreNotTaken {
    /// The platform has a score that is as new or newer.
    #[error("the platform has a score of the same time or later ({status}: {excerpt})")]
    Older {
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
    /// What may go wrong with any service.
    #[error(transparent)]
    Fault(#[from] ServiceFault),
}

impl From<TokenError> for ScoreNotTaken {
    fn from(error: TokenError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<HttpError> for ScoreNotTaken {
    fn from(error: HttpError) -> Self {
        Self::Fault(error.into())
    }
}

impl ScoreNotTaken {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Older { .. } => "score_older",
            Self::LearnerRefused { .. } => "learner_refused",
            Self::Fault(fault) => fault.code(),
        }
    }

    /// The section of the specification behind it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Older { .. } => "Assignment and Grade Services 2.0 §3.4.9",
            Self::LearnerRefused { .. } => "Assignment and Grade Services 2.0 §3.4.5",
            Self::Fault(fault) => fault.rule(),
        }
    }

    /// What an answer means that is no success.
    fn read(answer: &Response<Bytes>, now: DateTime<Utc>) -> Self {
        let status = answer.status().as_u16();
        let excerpt = excerpt(answer.body());
        match status {
            409 => Self::Older { status, excerpt },
            400 if excerpt.to_lowercase().contains("timestamp") => Self::Older { status, excerpt },
            422 => Self::LearnerRefused { status, excerpt },
            _ => Self::Fault(refused(answer, now)),
        }
    }
}

impl Score {
    /// What the specification asks of a score; broken, some platforms answer with an error of their own, or clear a grade.
    fn check(&self) -> Result<(), ServiceFault> {
        let invalid = |problem| Err(ServiceFault::Invalid { problem });
        match self.given {
            Some(given) if !given.is_finite() || given < 0.0 => invalid("a score must be zero or more"),
            Some(_) if !self.maximum.is_finite() || self.maximum <= 0.0 => {
                invalid("the most that can be earned must be more than zero")
            }
            _ => Ok(()),
        }
    }

    /// The body as the specification spells it. `FullyGraded` always where there is a score: Open edX publishes nothing
    /// else, and Moodle may take a grade back for less.
    fn body(&self) -> Bytes {
        let (activity, grading) = match self.given {
            None => ("Initialized", "NotReady"),
            Some(_) if self.completed => ("Completed", "FullyGraded"),
            Some(_) => ("InProgress", "FullyGraded"),
        };
        let mut body = json!({
            "userId": self.user_id,
            "activityProgress": activity,
            "gradingProgress": grading,
            "timestamp": self.timestamp.to_rfc3339_opts(SecondsFormat::Millis, true),
        });
        if let Some(given) = self.given {
            body["scoreGiven"] = number(given);
            body["scoreMaximum"] = number(self.maximum);
        }
        if let Some(comment) = &self.comment {
            body["comment"] = Value::from(comment.as_str());
        }
        Bytes::from(body.to_string())
    }
}

/// Sends a score.
pub(crate) async fn post<S: Storage, H: HttpClient>(
    caller: &Caller<'_, S, H>,
    line_item: &Url,
    score: &Score,
    now: DateTime<Utc>,
) -> Result<ScoreTaken, ScoreNotTaken> {
    score.check()?;
    let call = Call {
        method: Method::POST,
        url: &with_last_segment(line_item, "scores"),
        scope: scopes::SCORE,
        accept: "*/*",
        content: Some((MEDIA_TYPE, score.body())),
        limit: SIZE_LIMIT,
    };
    let answer = caller.send(&call, now).await?;
    if is_success(&answer) {
        Ok(ScoreTaken { status: answer.status().as_u16() })
    } else {
        Err(ScoreNotTaken::read(&answer, now))
    }
}
