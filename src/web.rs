//! The axum router: pages, API, headers and health.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{ConnectInfo, DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
};
use tower_sessions::{SessionManagerLayer, cookie::SameSite};
use tracing::Instrument as _;

pub mod admin;
pub mod api;
pub mod assets;
pub mod browser;
pub mod class;
pub mod client_address;
pub mod frames;
pub mod health;
pub mod learner;
pub mod leptos_options;
pub mod library;
pub mod lti;
pub mod markdown;
pub mod metrics;
pub mod pages;
pub mod refusal;
pub mod same_origin;
pub mod services;
pub mod session;
pub mod sign_in;
pub mod teacher;
#[cfg(test)]
pub mod testing;
pub mod tutor;
pub mod visitor;

use client_address::client_address;
use refusal::RefusalResponse;
use services::Shared;

use crate::accounts::browser_session::BrowserSessions;

/// How long a request may take to be answered; streams are bounded by their own rules once they have begun.
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// The largest request body where no route says otherwise, in bytes.
const LARGEST_BODY: usize = 256 * 1024;

/// The cookie of a browser that is signed in.
const BROWSER_COOKIE: &str = "__Host-ltt-browser";

/// Everything that `ltt serve` answers.
pub fn router(services: &Shared) -> Router {
    let pages = pages::routes(Arc::new(session::SessionDoors::new(Arc::clone(services))));
    let routes = Router::new()
        .merge(self::lti::routes())
        .merge(api::routes())
        .merge(for_browsers(services))
        .merge(frames::routes())
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .with_state(Arc::clone(services))
        .merge(pages)
        .merge(assets::routes());
    let panicked = Arc::clone(services);
    routes
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(CatchPanicLayer::custom(move |_| {
            let fault = std::io::Error::other("a handler panicked; the log above tells where");
            RefusalResponse(panicked.refusals.fault(&fault)).into_response()
        }))
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::SERVICE_UNAVAILABLE, REQUEST_LIMIT))
        .layer(CompressionLayer::new())
        .layer(if_absent(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(if_absent(header::REFERRER_POLICY, "no-referrer"))
        .layer(middleware::from_fn_with_state(Arc::clone(services), traced))
        .layer(middleware::from_fn(metrics::measured))
}

/// What a plain browser finds: the door, and the administration behind it.
fn for_browsers(services: &Shared) -> Router<Shared> {
    let store = BrowserSessions::new(services.db.clone(), Arc::clone(&services.clock));
    // When a session ends is the store's to say, so the cookie lasts as long as the browser.
    let sessions = SessionManagerLayer::new(store)
        .with_name(BROWSER_COOKIE)
        .with_path("/")
        .with_secure(true)
        .with_http_only(true)
        .with_same_site(SameSite::Lax);
    Router::new()
        .merge(sign_in::routes())
        .merge(admin::routes())
        .merge(class::teach::routes())
        .merge(library::routes())
        .layer(sessions)
        .layer(middleware::from_fn_with_state(Arc::clone(services), same_origin::required))
}

fn if_absent(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

/// One span a request. The query stays out of it: it may hold a code.
async fn traced(State(services): State<Shared>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let client = peer.map(|peer| client_address(peer, request.headers(), &services.settings.trusted_proxies));
    let span =
        tracing::info_span!("request", method = %request.method(), path = request.uri().path(), client = ?client);
    let https = services.settings.public_url.scheme() == "https";
    async move {
        let mut response = next.run(request).await;
        if https {
            let forever = HeaderValue::from_static("max-age=31536000");
            response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, forever);
        }
        tracing::debug!(status = response.status().as_u16(), "answered");
        response
    }
    .instrument(span)
    .await
}
