//! What browsers tell of the frames that LTT's pages stand in: which sites are above, and where a page was not shown.
//!
//! A browser reports a page that it refused to show, though not on which site (CSP 3 leaves that out, and Chromium sends our own
//! address in its place); so the next launch asks its frame before it opens anything. What is told is only ever shown to an
//! administrator. It comes from anybody who can open a launch, so it is keyed, limited and never an error.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Query, State, rejection::QueryRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::services::{Services, Shared};
use crate::{
    launch::{
        frames::{self, Told},
        platform::{self, Registration},
    },
    store::{StoreError, Tx},
};

/// Where browsers report pages that they did not show.
const REPORTS: &str = "/csp-report";
/// Where frames tell what they stand in.
const TELLINGS: &str = "/frames";
/// The largest report that is read, in bytes.
const LARGEST: usize = 16 * 1024;
/// Frames in frames: Open edX has two above LTT.
const MOST_ABOVE: usize = 10;
/// How many reports are looked at in a minute; the rest are dropped.
const MOST_A_MINUTE: u32 = 120;

/// All routes of this subject.
pub fn routes() -> Router<Shared> {
    let flood = Arc::new(Flood::default());
    let same = Arc::clone(&flood);
    Router::new()
        .route(REPORTS, post(async move |state, registration, body| report(&flood, state, registration, body).await))
        .route(TELLINGS, post(async move |state, registration, body| tell(&same, state, registration, body).await))
        .layer(DefaultBodyLimit::max(LARGEST))
}

/// Where a page of this registration is reported that a browser did not show.
pub fn report_address(services: &Services, registration: Uuid) -> String {
    format!("{REPORTS}?{}", Keyed::of(services, registration))
}

/// Where a page of this registration tells what it stands in.
pub fn telling_address(services: &Services, registration: Uuid) -> String {
    format!("{TELLINGS}?{}", Keyed::of(services, registration))
}

/// A registration, with what proves that this server named it.
#[derive(Deserialize)]
struct Keyed {
    registration: Uuid,
    key: String,
}

impl Keyed {
    fn of(services: &Services, registration: Uuid) -> String {
        format!("registration={registration}&key={}", services.pseudonyms.of_registration(registration))
    }

    fn is_genuine(&self, services: &Services) -> bool {
        let expected = services.pseudonyms.of_registration(self.registration);
        expected.as_bytes().ct_eq(self.key.as_bytes()).into()
    }

    /// The registration; `None` where it has been removed.
    async fn registration(&self, tx: &mut Tx) -> Result<Option<Registration>, StoreError> {
        platform::registration(tx, self.registration).await
    }
}

type Registrations = Result<Query<Keyed>, QueryRejection>;
type Body = Result<Bytes, axum::extract::rejection::BytesRejection>;

/// A report of the browser itself. There is nobody to tell what came of it.
async fn report(flood: &Flood, State(services): State<Shared>, registration: Registrations, body: Body) -> StatusCode {
    let (Ok(Query(keyed)), Ok(body)) = (registration, body) else { return StatusCode::NO_CONTENT };
    if keyed.is_genuine(&services) && is_about_frames(&body) && flood.has_room(services.clock.now()) {
        let noted = async {
            let mut tx = services.db.begin().await?;
            if let Some(registration) = keyed.registration(&mut tx).await? {
                frames::blocked_somewhere(&mut tx, services.clock.now(), &registration).await?;
            }
            tx.commit().await
        };
        if let Err(error) = noted.await {
            tracing::warn!(cause = %error, "a report of a blocked frame was not kept");
        }
    }
    StatusCode::NO_CONTENT
}

/// Whether a report says that a page was not shown in a frame: as `report-uri` has it, or the newer Reporting API.
fn is_about_frames(body: &[u8]) -> bool {
    let Ok(report) = serde_json::from_slice::<Value>(body) else { return false };
    let old = report.get("csp-report").into_iter();
    let new = report.as_array().into_iter().flatten().take(20).filter_map(|report| report.get("body"));
    old.chain(new).any(|report| {
        let names = ["effective-directive", "violated-directive", "effectiveDirective"];
        let directive = names.iter().find_map(|name| report.get(*name)?.as_str()).unwrap_or_default();
        directive.split_whitespace().next() == Some("frame-ancestors")
    })
}

/// What a frame says of itself.
#[derive(Deserialize)]
struct Telling {
    above: Vec<String>,
}

/// A frame tells which sites are above it, and hears whether all of them may show LTT.
async fn tell(flood: &Flood, State(services): State<Shared>, registration: Registrations, body: Body) -> Response {
    let telling = body.ok().and_then(|body| serde_json::from_slice::<Telling>(&body).ok());
    let (Ok(Query(keyed)), Some(Telling { above })) = (registration, telling) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let origins: Vec<String> = above.iter().take(MOST_ABOVE).filter_map(|told| frames::origin(told)).collect();
    if !keyed.is_genuine(&services) || !flood.has_room(services.clock.now()) {
        return Json(json!({ "allowed": true })).into_response();
    }
    let told = async {
        let mut tx = services.db.begin().await?;
        let told = match keyed.registration(&mut tx).await? {
            Some(registration) => frames::told(&mut tx, services.clock.now(), &registration, &origins).await?,
            None => Told::Allowed,
        };
        tx.commit().await?;
        Ok::<_, StoreError>(told)
    };
    match told.await {
        Ok(told) => Json(json!({ "allowed": told == Told::Allowed })).into_response(),
        Err(error) => {
            // The browser itself refuses where it must: nobody should lose a launch by this.
            tracing::warn!(cause = %error, "what a frame told was not kept");
            Json(json!({ "allowed": true })).into_response()
        }
    }
}

/// Counts reports, so that a flood of them costs next to nothing.
#[derive(Debug, Default)]
struct Flood(Mutex<Option<(DateTime<Utc>, u32)>>);

impl Flood {
    fn has_room(&self, now: DateTime<Utc>) -> bool {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (began, count) = match *minute {
            Some((began, count)) if now - began < TimeDelta::minutes(1) => (began, count + 1),
            _ => (now, 1),
        };
        *minute = Some((began, count));
        count <= MOST_A_MINUTE
    }
}

#[cfg(test)]
mod tests;
