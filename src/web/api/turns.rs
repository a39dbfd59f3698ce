//! `/api/turns`: says something to the tutor, follows the answer, stops it.

use std::{convert::Infallible, time::Duration};

use app::ports::TutorPort as _;
use axum::{
    Json,
    extract::{Path, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response, Sse,
        sse::{self, KeepAlive},
    },
};
use futures::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::unreadable;
use crate::{
    tutor::{Event, Logged},
    web::{markdown, refusal::RefusalResponse, services::Shared, session::Session, tutor::SessionTutor},
};

/// How often a silent stream shows that it is alive; proxies close what says nothing for a minute.
const SIGN_OF_LIFE: Duration = Duration::from_secs(15);

/// Something said to the tutor.
#[derive(Debug, Deserialize)]
pub struct NewTurn {
    message: String,
    task: Option<String>,
}

/// The turn it began.
#[derive(Debug, Serialize)]
pub struct Begun {
    turn: String,
}

/// Says something.
pub async fn create(
    State(services): State<Shared>,
    headers: HeaderMap,
    body: Result<Json<NewTurn>, JsonRejection>,
) -> Result<(StatusCode, Json<Begun>), RefusalResponse> {
    let session = Session::of_request(&services, &headers).await.map_err(RefusalResponse)?;
    let Json(new) = body.map_err(|rejection| RefusalResponse(unreadable(&services, &rejection)))?;
    let tutor = SessionTutor::new(services.clone(), session);
    let turn = tutor.say(new.message, new.task).await.map_err(RefusalResponse)?;
    Ok((StatusCode::CREATED, Json(Begun { turn: turn.id })))
}

/// Stops the answer; no change where it has ended.
pub async fn stop(
    State(services): State<Shared>,
    headers: HeaderMap,
    Path(turn): Path<String>,
) -> Result<StatusCode, RefusalResponse> {
    let session = Session::of_request(&services, &headers).await.map_err(RefusalResponse)?;
    SessionTutor::new(services, session).stop(&turn).await.map_err(RefusalResponse)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Follows the answer, from behind `Last-Event-ID` where that is given.
pub async fn events(
    State(services): State<Shared>,
    headers: HeaderMap,
    Path(turn): Path<String>,
) -> Result<Response, RefusalResponse> {
    let session = Session::of_request(&services, &headers).await.map_err(RefusalResponse)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    let tutor = SessionTutor::new(services, session);
    let events = tutor.events(&turn, last.unwrap_or(0)).await.map_err(RefusalResponse)?;
    let stream = events.map(|logged| Ok::<_, Infallible>(written(&logged)));
    let events = Sse::new(stream).keep_alive(KeepAlive::new().interval(SIGN_OF_LIFE));
    // nginx keeps an answer back until it is whole, unless the answer says otherwise.
    Ok(([("x-accel-buffering", "no")], events).into_response())
}

/// An event as it goes to the browser: text as it came, blocks and the whole as HTML.
fn written(logged: &Logged) -> sse::Event {
    let (name, data) = match &logged.event {
        Event::Delta { text } => ("delta", json!({ "text": text })),
        Event::Block { id, markdown } => ("block", json!({ "id": id, "html": markdown::render(markdown) })),
        Event::Done { message } => ("done", json!({ "message": markdown::render(message) })),
        Event::Error { message, reference } => ("error", json!({ "message": message, "reference": reference })),
    };
    sse::Event::default().id(logged.sequence.to_string()).event(name).data(data.to_string())
}
