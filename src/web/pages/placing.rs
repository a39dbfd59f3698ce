//! The pages of placing. They hold somebody's choice, so only sites of the platform may frame them.

use app::{
    document::{PickerDocument, ReturningDocument, WaitingDocument},
    model::placing::{Picker, Returning, Waiting},
};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::{IntoView, view};

use super::{files, headers, standalone};
use crate::web::assets::Assets;

/// Where these pages may stand.
pub struct Framing {
    /// The origins that may frame them, as sources of `frame-ancestors`.
    pub ancestors: Vec<String>,
    /// Where the browser reports that it did not show one.
    pub report: String,
}

/// A choice of projects and tasks; the nonce is for this answer only.
pub fn picker_page(status: StatusCode, picker: Picker, framing: Framing, nonce: String) -> Response {
    let script = Assets::url("picker.js");
    let policy = policy(&nonce, "'self'", framing);
    // With `no-referrer` the form would be sent with the origin `null`, which cannot be told from a foreign one.
    page(status, &policy, "same-origin", move || view! { <PickerDocument files=files() script picker nonce /> })
}

/// The way back to the platform. It may answer by a redirect to another site of the school's.
pub fn returning_page(returning: Returning, platform: &str, framing: Framing, nonce: String) -> Response {
    let policy = policy(&nonce, &format!("{platform} https:"), framing);
    // Platforms may look which site a choice comes from.
    page(
        StatusCode::OK,
        &policy,
        "strict-origin",
        move || view! { <ReturningDocument files=files() returning nonce /> },
    )
}

/// Waiting for a choice.
pub fn waiting_page(waiting: Waiting, framing: Framing, nonce: String) -> Response {
    let policy = policy(&nonce, "'none'", framing);
    page(StatusCode::OK, &policy, "same-origin", move || view! { <WaitingDocument files=files() waiting nonce /> })
}

fn policy(nonce: &str, forms: &str, framing: Framing) -> String {
    let ancestors = headers::Ancestors::These(framing.ancestors).sources();
    let report = framing.report;
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors {ancestors}; report-uri {report}"
    )
}

fn page<View: IntoView>(
    status: StatusCode,
    policy: &str,
    referrer: &'static str,
    document: impl FnOnce() -> View,
) -> Response {
    let mut response = standalone::page(status, document);
    let all = response.headers_mut();
    all.insert(header::REFERRER_POLICY, HeaderValue::from_static(referrer));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        all.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
