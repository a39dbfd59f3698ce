//! `GET /metrics`, where it is configured: numbers for Prometheus, and no name or id of a person.
//!
//! What happens is counted where it happens, by the `metrics` crate, which forgets it where no exporter was installed. What is
//! the case is looked up when somebody asks.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{DateTime, TimeDelta, Utc};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;

use super::services::{Services, Shared};
use crate::{
    grades::outbox,
    launch::{platform, protocol::KeyState, session},
    store::StoreError,
};

/// The bounds that request times are counted in, in seconds.
const BOUNDS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];
const REQUEST_SECONDS: &str = "ltt_http_request_duration_seconds";
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Renders what has been counted.
#[derive(Clone)]
pub struct Exporter(PrometheusHandle);

impl Exporter {
    /// Counts from now on for the whole process. It can be done once.
    pub fn install() -> Result<Self, BuildError> {
        let recorder = recorder()?;
        let exporter = Self(recorder.handle());
        metrics::set_global_recorder(recorder)?;
        Ok(exporter)
    }
}

fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let bounds = Matcher::Full(REQUEST_SECONDS.to_owned());
    Ok(PrometheusBuilder::new().set_buckets_for_metric(bounds, &BOUNDS)?.build_recorder())
}

/// `/metrics`, for the server's own router or for one of its own.
pub fn routes(services: &Shared, exporter: Exporter) -> Router {
    let state = (Arc::clone(services), exporter);
    Router::new().route("/metrics", get(answer)).with_state(state)
}

async fn answer(State((services, exporter)): State<(Shared, Exporter)>, headers: HeaderMap) -> Response {
    if !is_allowed(&services, &headers) {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
        let sentence = "Show the token that LTT_METRICS_TOKEN names, as a bearer token.\n";
        return (StatusCode::UNAUTHORIZED, challenge, sentence).into_response();
    }
    // What has been counted is told even where the database is down.
    let looked_up = look_up(&services).await;
    if let Err(error) = &looked_up {
        tracing::error!(cause = %error, "metrics of the database are missing");
    }
    gauge!("ltt_database_up").set(if looked_up.is_ok() { 1.0 } else { 0.0 });
    exporter.0.run_upkeep();
    ([(header::CONTENT_TYPE, TEXT)], exporter.0.render()).into_response()
}

/// Where a token is set, only who shows it may read.
fn is_allowed(services: &Services, headers: &HeaderMap) -> bool {
    let Some(token) = services.settings.metrics_token.as_ref().map(|token| token.expose_secret().as_bytes()) else {
        return true;
    };
    let shown = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let shown = shown.and_then(|shown| shown.strip_prefix(b"Bearer ")).unwrap_or_default();
    token.is_empty() || bool::from(shown.ct_eq(token))
}

/// Counts a request by its route, never by its address, which may hold anything.
pub async fn measured(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("unknown", MatchedPath::as_str).to_owned();
    let method = method(request.method());
    let started = Instant::now();
    let response = next.run(request).await;
    histogram!(REQUEST_SECONDS, "route" => route.clone()).record(started.elapsed().as_secs_f64());
    let status = response.status().as_u16().to_string();
    counter!("ltt_http_requests_total", "method" => method, "route" => route, "status" => status).increment(1);
    response
}

/// Its name, if it is one of the usual ones: anybody can make up others.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Looks up what is the case now.
async fn look_up(services: &Services) -> Result<(), StoreError> {
    let now = services.clock.now();
    gauge!("ltt_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    let mut tx = services.db.read().await?;
    let grades = outbox::tally(&mut tx).await?;
    for (state, count) in [
        ("waiting", grades.waiting),
        ("sent", grades.sent - grades.confirmed - grades.differing),
        ("confirmed", grades.confirmed),
        ("differs", grades.differing),
        ("refused", grades.refused),
    ] {
        gauge!("ltt_grades", "state" => state).set(number(count));
    }
    gauge!("ltt_grades_oldest_waiting_seconds").set(age(now, grades.waiting_since));
    gauge!("ltt_sessions").set(number(session::count(&mut tx, now).await?));
    for registration in platform::registrations(&mut tx).await? {
        let id = registration.id.to_string();
        gauge!("ltt_registration_info", "registration" => id.clone(), "name" => registration.name).set(1.0);
        let Some(keys) = services.lti.key_set_status(&registration.jwks_url) else { continue };
        counter!("ltt_key_set_fetches_total", "registration" => id.clone()).absolute(keys.fetches);
        counter!("ltt_key_set_failures_total", "registration" => id.clone()).absolute(keys.failures);
        gauge!("ltt_key_set_age_seconds", "registration" => id).set(age(now, keys.fetched_at));
    }
    drop(tx);
    let own = services.lti.storage().keyring().records().await?;
    let signing = own.iter().find(|key| key.registration.is_none() && key.state == KeyState::Active);
    gauge!("ltt_own_key_age_seconds").set(age(now, signing.and_then(|key| key.activated_at)));
    Ok(())
}

/// Seconds since a moment; zero where there was none.
fn age(now: DateTime<Utc>, since: Option<DateTime<Utc>>) -> f64 {
    since.map_or(TimeDelta::zero(), |since| now - since).as_seconds_f64()
}

#[expect(clippy::cast_precision_loss, reason = "no count comes near to what a float cannot hold")]
fn number(count: i64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use serde_json::json;
    use tower::ServiceExt as _;

    use super::*;
    use crate::{settings::Metrics, store::testing::TestDatabase, web::testing::TestApp};

    /// What is read from a server's metrics, with that header.
    async fn read(services: &Shared, exporter: &Exporter, authorization: Option<&str>) -> (StatusCode, String) {
        let mut request = Request::builder().uri("/metrics");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        let router = routes(services, exporter.clone());
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn launches_refusals_requests_grades_and_key_sets_are_counted_and_nobody_is_named() {
        let recorder = recorder().unwrap();
        let _counting = metrics::set_default_local_recorder(&recorder);
        let exporter = Exporter(recorder.handle());
        let app = TestApp::new().await;
        let token = app.session("learner-77").await;
        app.post("/api/submissions", Some(&token), &json!({ "task": "two-and-two", "answer": "4" })).await;
        app.get(
            "/lti/login?iss=https%3A%2F%2Fnobody.example&login_hint=x&target_link_uri=http%3A%2F%2Flocalhost%3A3000%2F",
            None,
        )
        .await;
        app.get("/no/such/page", None).await;
        app.clock.advance(TimeDelta::seconds(90));
        let (status, text) = read(&app.services, &exporter, None).await;
        assert_eq!(status, StatusCode::OK);
        let lines: Vec<&str> = text.lines().collect();
        let has = |parts: &[&str]| lines.iter().any(|line| parts.iter().all(|part| line.contains(part)));
        for parts in [
            &["ltt_launches_total", "outcome=\"launched\"", "binding=\"", "} 1"][..],
            &["ltt_launches_total", "registration=\"unknown\"", "outcome=\"registration_unknown\"", "} 1"],
            &["ltt_clock_difference_seconds", "} 0"],
            &["ltt_http_requests_total", "method=\"POST\"", "route=\"/api/submissions\"", "status=\"201\"", "} 1"],
            &["ltt_http_requests_total", "status=\"404\"", "} 1"],
            &["ltt_http_request_duration_seconds_bucket", "route=\"/lti/launch\"", "le=\"+Inf\"", "} 1"],
            &["ltt_grades{state=\"waiting\"} 1"],
            &["ltt_grades_oldest_waiting_seconds 90"],
            &["ltt_sessions 1"],
            &["ltt_key_set_fetches_total", "} 1"],
            &["ltt_key_set_failures_total", "} 0"],
            &["ltt_key_set_age_seconds", "} 90"],
            &["ltt_registration_info", "name=\"Test client-1\"", "} 1"],
            &["ltt_own_key_age_seconds 90"],
            &["ltt_database_up 1"],
        ] {
            assert!(has(parts), "{parts:?} in {text}");
        }
        for private in ["learner-77", "Ada", "ada@example.org", "/no/such/page", "course-1"] {
            assert!(!text.contains(private), "{private} in {text}");
        }
    }

    #[tokio::test]
    async fn metrics_are_not_where_they_were_not_configured() {
        let app = TestApp::new().await;
        assert_eq!(app.get("/metrics", None).await.status, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn where_a_token_is_set_only_who_shows_it_may_read() {
        let recorder = recorder().unwrap();
        let exporter = Exporter(recorder.handle());
        let app = TestApp::on(TestDatabase::sqlite().await).await;
        let mut settings = app.services.settings.clone();
        (settings.metrics, settings.metrics_token) = (Metrics::On, Some("right".into()));
        let services = Services::assemble(
            settings,
            app.services.db.clone(),
            Arc::clone(&app.services.clock),
            app.services.entropy.clone(),
        );
        let services = services.await.unwrap();
        for wrong in
            [None, Some("Bearer wrong"), Some("Bearer "), Some("Bearer rightly"), Some("right"), Some("Basic right")]
        {
            let (status, text) = read(&services, &exporter, wrong).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{wrong:?}");
            assert!(text.contains("LTT_METRICS_TOKEN") && !text.contains("ltt_"), "{text}");
        }
        assert_eq!(read(&services, &exporter, Some("Bearer right")).await.0, StatusCode::OK);
    }
}
