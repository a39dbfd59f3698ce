//! Pages that stand alone: they hold no session and need no script.

use app::{
    document::{Message, MessageDocument, Proving, ProvingDocument},
    refusal::Refusal,
};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use leptos::prelude::{IntoView, Owner, RenderHtml, view};

use super::headers;

/// A page that says what is wrong and what to do next.
pub fn message_page(status: StatusCode, message: Message) -> Response {
    page(status, move || view! { <MessageDocument files=super::files() message /> })
}

/// A page whose script asks the browser for something, and which says what to do where nothing comes of it. `nonce` is
/// for this answer only.
pub fn proving_page(status: StatusCode, message: Message, proving: Proving, nonce: String) -> Response {
    let policy = HeaderValue::from_str(&headers::of_proving(&nonce));
    let mut response = page(status, move || view! { <ProvingDocument files=super::files() message proving nonce /> });
    if let Ok(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// A refusal as a page.
pub(super) fn refusal_page(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (title, advice) = if refusal.ends_session() {
        ("This page has expired", "Go back to your course and open the activity there again. Your work is kept.")
    } else {
        ("This did not work", "Try again in a moment. If it stays like this, tell your teacher the reference below.")
    };
    message_page(
        status,
        Message {
            title: title.into(),
            sentence: refusal.message.clone(),
            advice: advice.into(),
            reference: refusal.reference.clone(),
            ..Message::default()
        },
    )
}

/// Renders a document that needs nothing from the browser.
pub(super) fn page<View: IntoView>(status: StatusCode, document: impl FnOnce() -> View) -> Response {
    let owner = Owner::new();
    let html = owner.with(|| document().into_view().to_html());
    let mut response = (status, Html(html)).into_response();
    response.headers_mut().extend(headers::always());
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, headers::STANDALONE);
    response
}
