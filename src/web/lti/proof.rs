//! `POST /lti/launch/proof`: a page of our own brings the ticket of a launch and what the browser kept for it, and is told
//! where the activity is.
//!
//! Only a `fetch` of our own origin is heard. Anybody's page can send this browser a form, with a ticket and a secret of a
//! launch of its own, and would log it in as somebody else.

use app::refusal::Refusal;
use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::launch::{self, TurnedAway};
use crate::{
    launch::{binding::Binding, log},
    web::{refusal::RefusalResponse, services::Shared},
};

/// What the page brings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proof {
    ticket: String,
    secret: String,
    from: From,
}

/// Where it found the secret. Nothing depends on it but the count.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum From {
    Frame,
    Platform,
}

/// A proof.
pub async fn by_post(
    State(services): State<Shared>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let mut response = match read(&services, &headers, body) {
        Ok(proof) => answer(&services, proof).await,
        Err(refused) => RefusalResponse(refused).into_response(),
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn read(services: &Shared, headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Proof, Refusal> {
    let refused = |status, error, message: String| Err(services.refusals.say(status, error, message));
    if !comes_from(&services.settings.public_url.origin().ascii_serialization(), headers) {
        let message = "Only LTT's own page may prove a launch.".to_owned();
        return refused(StatusCode::FORBIDDEN, "foreign_origin", message);
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.split(';').next().unwrap_or_default().trim() != "application/json" {
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", "A proof is JSON.".to_owned());
    }
    let body = match body {
        Ok(body) => body,
        Err(rejection) => return refused(rejection.status(), "request_unreadable", rejection.to_string()),
    };
    match serde_json::from_slice(&body) {
        Ok(proof) => Ok(proof),
        Err(error) => refused(StatusCode::BAD_REQUEST, "request_unreadable", format!("This is no proof: {error}.")),
    }
}

/// Whether a page of exactly this origin asks, as the browser says.
fn comes_from(own: &str, headers: &HeaderMap) -> bool {
    let all_are =
        |name: &str, expected: &str| headers.get_all(name).iter().all(|value| value.as_bytes() == expected.as_bytes());
    headers.contains_key(header::ORIGIN) && all_are("origin", own) && all_are("sec-fetch-site", "same-origin")
}

async fn answer(services: &Shared, proof: Proof) -> Response {
    let reference = log::reference_of(&proof.ticket);
    let binding = match proof.from {
        From::Frame => Binding::FrameStorage,
        From::Platform => Binding::PlatformStorage,
    };
    let launch = match services.lti.prove(&proof.ticket, &proof.secret, services.clock.now()).await {
        Ok(launch) => launch,
        Err(refused) => {
            let known = refused.login.is_some();
            return say(services, TurnedAway::by(services, refused), known.then_some(reference)).await;
        }
    };
    match launch::written(services, launch, binding, reference.clone()).await {
        Ok(way) => Json(json!({ "address": way.address })).into_response(),
        Err(turned_away) => say(services, turned_away, Some(reference)).await,
    }
}

/// Writes the entry; under the reference that stands on the launch's page, where the ticket was that page's.
async fn say(services: &Shared, turned_away: TurnedAway, reference: Option<String>) -> Response {
    let mut refused = turned_away.refused;
    if let Some(reference) = reference {
        refused.entry.reference = reference;
    }
    refused.note(services).await;
    let mut refusal = services.refusals.say(refused.status, &refused.entry.outcome, refused.page.sentence);
    refusal.reference = refused.entry.reference;
    RefusalResponse(refusal).into_response()
}
