//! The page that a platform opens to have LTT registered.

use std::sync::LazyLock;

use app::document::{CLOSING_SCRIPT, Registered, RegistrationDocument};
use axum::response::Response;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::view;
use sha2::{Digest as _, Sha256};

use super::standalone;

/// The page holds no session, so any platform may frame it; the one script it runs is named by its hash.
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(CLOSING_SCRIPT.as_bytes()));
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{hash}'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         form-action 'none'; base-uri 'none'; frame-ancestors *"
    );
    HeaderValue::from_str(&policy).ok()
});

/// Says what came of a registration, and leads back to the platform.
pub fn registration_page(registered: Registered) -> Response {
    let document = move || view! { <RegistrationDocument files=super::files() registered /> };
    let mut response = standalone::page(StatusCode::OK, document);
    if let Some(policy) = &*POLICY {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    response
}
