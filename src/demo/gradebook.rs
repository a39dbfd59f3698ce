//! The gradebook as open pages see it, and the services by which tools read and fill it.

use std::convert::Infallible;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{Request, StatusCode, request::Parts},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{any, get},
};
use futures::{Stream, stream};

use super::{Lms, pages};

pub(super) fn router() -> Router<Lms> {
    Router::new()
        .route("/gradebook/events", get(events))
        .route("/lti/lineitems", any(services))
        .route("/lti/lineitems/{*rest}", any(services))
        .route("/lti/members", any(services))
}

/// Keeps open pages up to date: the table's body now, and again after every score.
async fn events(State(lms): State<Lms>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = lms.0.scores_received.subscribe();
    changes.mark_changed();
    let tables = stream::unfold((lms, changes), |(lms, mut changes)| async move {
        changes.changed().await.ok()?;
        let rows = pages::gradebook_rows(&lms.0.platform);
        Some((Ok(Event::default().event("gradebook").data(rows)), (lms, changes)))
    });
    Sse::new(tables).keep_alive(KeepAlive::default())
}

async fn services(State(lms): State<Lms>, parts: Parts, body: Bytes) -> Response {
    let before = lms.0.platform.gradebook();
    let Some(answer) = lms.0.platform.services(&Request::from_parts(parts, body), lms.0.clock.now()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if lms.0.platform.gradebook() != before {
        lms.0.scores_received.send_modify(|count| *count += 1);
    }
    answer.map(Body::from)
}
