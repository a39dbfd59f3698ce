//! What a document's headers forbid.

use http::{HeaderValue, header};
use leptos::{nonce::use_nonce, prelude::use_context};
use leptos_axum::ResponseOptions;

/// Who may show the page in a frame.
#[derive(Clone)]
pub(super) enum Ancestors {
    /// A page that holds nothing may stand anywhere.
    Anyone,
    /// The origins of the platform that was launched from.
    These(Vec<String>),
}

impl Ancestors {
    /// As sources of `frame-ancestors`. What is no source expression is left out: it could end the directive.
    pub(super) fn sources(&self) -> String {
        let Self::These(origins) = self else { return "*".into() };
        let is_source = |origin: &&String| {
            !origin.is_empty()
                && origin.chars().all(|letter| letter.is_ascii_graphic() && letter != ';' && letter != ',')
        };
        let sources: Vec<_> = origins.iter().filter(is_source).map(String::as_str).collect();
        if sources.is_empty() { "'none'".into() } else { sources.join(" ") }
    }
}

/// The headers of a document with scripts; called where Leptos renders, which knows the nonce of this response. `report`: where
/// the browser says that it did not show the page in a frame.
pub(super) fn of_activity(ancestors: &Ancestors, report: Option<&str>) {
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    let report = report.map(|address| format!("; report-uri {address}")).unwrap_or_default();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
         frame-ancestors {}{report}",
        ancestors.sources()
    );
    let Some(response) = use_context::<ResponseOptions>() else { return };
    for (name, value) in always() {
        response.insert_header(name, value);
    }
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The policy of a page without scripts. Its form may lead through a redirect to the platform, so it may go anywhere.
pub(super) const STANDALONE: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; form-action 'self' https: http:; \
     base-uri 'none'; frame-ancestors *",
);

/// The policy of a page that stands alone but for one script, which asks nobody but us.
pub(super) fn of_proving(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; connect-src 'self'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; form-action 'self' https: http:; base-uri 'none'; frame-ancestors *"
    )
}

/// What every document says.
pub(super) fn always() -> [(http::HeaderName, HeaderValue); 3] {
    [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ]
}

#[cfg(test)]
mod tests {
    use super::Ancestors;

    #[test]
    fn an_origin_cannot_end_the_directive() {
        let origins = ["https://lms.example", "https://evil.example; script-src *", "https:", "a,b"].map(String::from);
        assert_eq!(Ancestors::These(origins.into()).sources(), "https://lms.example https:");
        assert_eq!(Ancestors::These(Vec::new()).sources(), "'none'");
    }
}
