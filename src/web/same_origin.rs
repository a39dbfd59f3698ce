//! Forms of a plain browser are taken from our own pages only: a cookie comes along whoever wrote the form.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::Response,
};

use super::{
    pages::{Message, admin},
    services::Shared,
};

/// Lets a request that may change something pass only where the browser says that one of our own pages sent it.
pub async fn required(State(services): State<Shared>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD);
    if changes && !is_from(&services.settings.origin(), request.headers()) {
        return refused(&services.settings.origin());
    }
    next.run(request).await
}

/// Whether the sender is a page of that origin. Both headers are the browser's own: what is said has to fit, and one of
/// them has to say it.
pub(super) fn is_from(origin: &str, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(|site| site == "same-origin");
    let said = headers.get(header::ORIGIN).map(|said| said == origin);
    [site, said].into_iter().flatten().reduce(|one, other| one && other).unwrap_or(false)
}

fn refused(origin: &str) -> Response {
    let message = Message {
        title: "This form came from elsewhere".to_owned(),
        sentence: "LTT takes changes only from its own pages, at its own address. Nothing was changed.".to_owned(),
        advice: format!("Open {origin} and do it from there."),
        ..Message::default()
    };
    admin::message(StatusCode::FORBIDDEN, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(headers: &[(&'static str, &'static str)]) -> bool {
        let headers: HeaderMap =
            headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        is_from("https://ltt.example", &headers)
    }

    #[test]
    fn only_what_the_browser_calls_our_own_passes() {
        assert!(sent(&[("sec-fetch-site", "same-origin"), ("origin", "https://ltt.example")]));
        assert!(sent(&[("sec-fetch-site", "same-origin")]));
        assert!(sent(&[("origin", "https://ltt.example")]));
    }

    #[test]
    fn whatever_is_foreign_or_unsaid_does_not_pass() {
        for headers in [
            &[][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "null")],
            &[("origin", "https://ltt.example.evil.example")],
            &[("origin", "http://ltt.example")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://ltt.example")],
        ] {
            assert!(!sent(headers), "{headers:?}");
        }
    }
}
