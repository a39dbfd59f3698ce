//! What a request tells about the browser that sends it, and what the browser is given to remember.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use axum_extra::extract::CookieJar;

/// Says that cookies of this frame come back, so that nothing has to be found out before the next login in it.
const KEPT: &str = "__Host-ltt-kept";
/// How long that is believed. Where cookies are refused meanwhile, this one is too.
const KEPT_SECONDS: i64 = 180 * 24 * 60 * 60;

/// Where a document is going to be shown, as the browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a page of somebody else's.
    Frame,
    /// In a window of its own.
    Window,
    /// No word about it: an older browser, or none at all.
    Unknown,
}

impl Place {
    /// By `Sec-Fetch-Dest`, which no page can change.
    pub fn of(headers: &HeaderMap) -> Self {
        match headers.get("sec-fetch-dest").map(HeaderValue::as_bytes) {
            Some(b"document") => Self::Window,
            Some(b"iframe" | b"frame" | b"embed" | b"object" | b"fencedframe") => Self::Frame,
            _ => Self::Unknown,
        }
    }
}

/// The name of the cookie that goes with a state or a code, one for each so that tabs do not disturb each other.
pub fn cookie_name(key: &str) -> String {
    format!("__Host-ltt-{key}")
}

/// The `Set-Cookie` of such a cookie.
pub fn cookie(key: &str, secret: &str, seconds: i64) -> Option<HeaderValue> {
    partitioned(&cookie_name(key), secret, seconds)
}

/// The `Set-Cookie` by which [`keeps_cookies`] knows a frame again.
pub fn kept_cookie() -> Option<HeaderValue> {
    partitioned(KEPT, "1", KEPT_SECONDS)
}

/// Whether the frame brought back a cookie that it was given in an earlier answer.
pub fn keeps_cookies(jar: &CookieJar) -> bool {
    jar.get(KEPT).is_some()
}

/// Adds cookies to an answer.
pub fn with_cookies<const N: usize>(mut response: Response, cookies: [Option<HeaderValue>; N]) -> Response {
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A cookie of the frame's own: third parties' cookies are refused, partitioned ones are kept.
fn partitioned(name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=None; Partitioned");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_says_where_it_shows_a_document() {
        let place = |value: &'static str| {
            Place::of(&HeaderMap::from_iter([("sec-fetch-dest".parse().unwrap(), HeaderValue::from_static(value))]))
        };
        assert_eq!(place("iframe"), Place::Frame);
        assert_eq!(place("document"), Place::Window);
        assert_eq!(place("empty"), Place::Unknown);
        assert_eq!(Place::of(&HeaderMap::new()), Place::Unknown);
    }
}
