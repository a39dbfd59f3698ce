//! Scores: how a result reaches the platform's gradebook. (Assignment and Grade Services 2.0 §3.4)

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, header};
use serde_json::json;
use url::Url;

use crate::{
    http::{HttpClient, HttpError, Request, excerpt},
    service_token::{Purpose, TokenError},
    storage::{Registration, Storage},
    tool::Tool,
};

const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
const MEDIA_TYPE: &str = "application/vnd.ims.lis.v1.score+json";
const SIZE_LIMIT: usize = 64 * 1024;

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

impl Score {
    /// The body as the specification spells it. `FullyGraded` always: Open edX publishes nothing else, and Moodle may take
    /// a grade back for less.
    fn body(&self) -> Vec<u8> {
        let progress = if self.completed { "Completed" } else { "InProgress" };
        json!({
            "userId": self.user_id,
            "scoreGiven": self.given,
            "scoreMaximum": self.maximum,
            "activityProgress": progress,
            "gradingProgress": "FullyGraded",
            "timestamp": self.timestamp.to_rfc3339_opts(SecondsFormat::Millis, true),
        })
        .to_string()
        .into_bytes()
    }
}

impl<S: Storage, H: HttpClient> Tool<S, H> {
    /// Sends a score; where the platform does not take a token that was kept, a new one is asked for, once. (Open edX
    /// answers 403 to an expired token.)
    pub(crate) async fn send_score(
        &self,
        registration: &S::Registration,
        deployment_id: &str,
        line_item: &Url,
        score: &Score,
        now: DateTime<Utc>,
        token_ids: [String; 2],
    ) -> Result<ScoreTaken, ScoreNotTaken> {
        if !belongs_to(registration, line_item) {
            return Err(ScoreNotTaken::ForeignHost(line_item.to_string()));
        }
        let url = scores_address(line_item);
        let purpose = Purpose::new(registration, deployment_id, &[SCOPE]);
        let [first, second] = token_ids;
        let tokens = &self.service_tokens;
        let token = tokens.token(&self.http, self.storage(), registration, &purpose, now, &first).await?;
        let answer = self.http.send(request(&url, score, token.authorization.clone())).await?;
        match judge(&answer, now) {
            Err(ScoreNotTaken::Forbidden { .. }) if !token.fresh => {
                tokens.invalidate(&purpose, &token, now).await;
                let token = tokens.token(&self.http, self.storage(), registration, &purpose, now, &second).await?;
                let answer = self.http.send(request(&url, score, token.authorization.clone())).await?;
                judge(&answer, now)
            }
            judged => judged,
        }
    }
}

/// Whether an address may be sent this platform's access tokens: it stands on a host of the registration's own addresses,
/// or on one that the administrator named.
fn belongs_to(registration: &impl Registration, address: &Url) -> bool {
    let Some(host) = address.host_str() else { return false };
    let issuer = Url::parse(registration.issuer()).ok();
    let own = [Some(registration.token_url()), Some(registration.auth_url()), Some(registration.jwks_url())];
    own.into_iter().chain([issuer.as_ref()]).flatten().any(|own| own.host_str() == Some(host))
        || registration.service_hosts().iter().any(|service| service.eq_ignore_ascii_case(host))
}

/// A line item's address with `/scores` at the end of its path, before any query (Moodle has one).
fn scores_address(line_item: &Url) -> Url {
    let mut address = line_item.clone();
    address.set_path(&format!("{}/scores", line_item.path().trim_end_matches('/')));
    address.set_fragment(None);
    address
}

fn request(url: &Url, score: &Score, authorization: HeaderValue) -> Request {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, authorization);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
    Request { method: Method::POST, url: url.clone(), headers, body: Bytes::from(score.body()), limit: SIZE_LIMIT }
}

/// What an answer means.
fn judge(answer: &http::Response<Bytes>, now: DateTime<Utc>) -> Result<ScoreTaken, ScoreNotTaken> {
    let status = answer.status().as_u16();
    let excerpt = excerpt(answer.body());
    let retry_after = retry_after(answer.headers(), now);
    Err(match status {
        200..=299 => return Ok(ScoreTaken { status }),
        429 => ScoreNotTaken::Throttled { status, retry_after },
        403 if is_throttled(answer.headers(), &excerpt) => ScoreNotTaken::Throttled { status, retry_after },
        401 | 403 => ScoreNotTaken::Forbidden { status, excerpt },
        404 | 410 => ScoreNotTaken::LineItemGone { status, excerpt },
        409 => ScoreNotTaken::Older { status, excerpt },
        400 if excerpt.to_lowercase().contains("timestamp") => ScoreNotTaken::Older { status, excerpt },
        422 => ScoreNotTaken::LearnerRefused { status, excerpt },
        408 | 500..=599 => ScoreNotTaken::PlatformFailed { status, retry_after, excerpt },
        _ => ScoreNotTaken::Refused { status, excerpt },
    })
}

/// Canvas answers 403 to a client that has used up its share.
fn is_throttled(headers: &HeaderMap, excerpt: &str) -> bool {
    let remaining = headers.get("x-rate-limit-remaining").and_then(|value| value.to_str().ok()?.parse::<f64>().ok());
    remaining.is_some_and(|remaining| remaining <= 0.0) || excerpt.to_lowercase().contains("rate limit exceeded")
}

/// How long the platform asks to wait, in seconds or until a date (RFC 9110 §10.2.3).
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match value.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(seconds.into()),
        Err(_) => DateTime::parse_from_rfc2822(value).ok()?.to_utc() - now,
    };
    Some(wait.max(TimeDelta::zero()))
}
