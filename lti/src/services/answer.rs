//! What a service's answer means, by its status and headers.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Response, header};
use serde::de::DeserializeOwned;
use url::Url;

use super::ServiceFault;
use crate::{http::excerpt, id_token::shortened};

/// An answer that is a success, or what else it is.
pub(crate) fn judged(answer: Response<Bytes>, now: DateTime<Utc>) -> Result<Response<Bytes>, ServiceFault> {
    if is_success(&answer) { Ok(answer) } else { Err(refused(&answer, now)) }
}

pub(crate) fn is_success(answer: &Response<Bytes>) -> bool {
    answer.status().is_success()
}

/// What an answer means that is no success.
pub(crate) fn refused(answer: &Response<Bytes>, now: DateTime<Utc>) -> ServiceFault {
    let status = answer.status().as_u16();
    let excerpt = excerpt(answer.body());
    let retry_after = retry_after(answer.headers(), now);
    match status {
        429 => ServiceFault::Throttled { status, retry_after },
        403 if is_throttled(answer) => ServiceFault::Throttled { status, retry_after },
        403 if has_too_many_members(answer) => ServiceFault::TooManyMembers { status },
        401 | 403 => ServiceFault::Forbidden { status, excerpt },
        404 | 410 => ServiceFault::Gone { status, excerpt },
        408 | 500..=599 => ServiceFault::PlatformFailed { status, retry_after, excerpt },
        _ => ServiceFault::Refused { status, excerpt },
    }
}

/// Whether a new token may help. Open edX answers 403 to an expired one; where a 403 says what else it means, it does not.
pub(super) fn may_mean_an_expired_token(answer: &Response<Bytes>) -> bool {
    match answer.status().as_u16() {
        401 => true,
        403 => !is_throttled(answer) && !has_too_many_members(answer) && !lacks_scope(answer.headers()),
        _ => false,
    }
}

/// Canvas answers 403 to a client that has used up its share.
fn is_throttled(answer: &Response<Bytes>) -> bool {
    let remaining = answer.headers().get("x-rate-limit-remaining");
    let remaining = remaining.and_then(|value| value.to_str().ok()?.parse::<f64>().ok());
    remaining.is_some_and(|remaining| remaining <= 0.0)
        || excerpt(answer.body()).to_lowercase().contains("rate limit exceeded")
}

/// Open edX hands out no roster above its limit.
fn has_too_many_members(answer: &Response<Bytes>) -> bool {
    excerpt(answer.body()).contains("above_response_limit")
}

/// RFC 6750 §3.1
fn lacks_scope(headers: &HeaderMap) -> bool {
    let challenges = headers.get_all(header::WWW_AUTHENTICATE);
    challenges.iter().any(|challenge| challenge.to_str().is_ok_and(|text| text.contains("insufficient_scope")))
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

/// Reads JSON, under whatever JSON media type it comes: Open edX labels a line item as a list of them.
pub(crate) fn json<T: DeserializeOwned>(answer: &Response<Bytes>) -> Result<T, ServiceFault> {
    if let Some(found) = answer.headers().get(header::CONTENT_TYPE) {
        let found = String::from_utf8_lossy(found.as_bytes());
        if !found.to_ascii_lowercase().contains("json") {
            return Err(ServiceFault::NotJson { found: shortened(&found) });
        }
    }
    serde_json::from_slice(answer.body())
        .map_err(|error| ServiceFault::Unreadable { problem: error.to_string(), excerpt: excerpt(answer.body()) })
}

/// An address with a further segment at the end of its path, before any query (Moodle has one). (Assignment and Grade
/// Services 2.0 §3.3.1)
pub(crate) fn with_last_segment(address: &Url, segment: &str) -> Url {
    let mut longer = address.clone();
    longer.set_path(&format!("{}/{segment}", address.path().trim_end_matches('/')));
    longer.set_fragment(None);
    longer
}
