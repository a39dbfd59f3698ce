//! The events of a running answer: `fetch` with a bearer token, read as a stream.

use futures::StreamExt;
use gloo_net::http::Request;
use leptos::server_fn::Bytes;
use serde::Deserialize;
use sse_stream::SseStream;
use wasm_bindgen::JsCast;
use wasm_streams::ReadableStream;

use super::session;
use crate::refusal::Refusal;

/// What happens while an answer comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnEvent {
    /// More of its text.
    Delta {
        /// Plain text; follows what came before.
        text: String,
    },
    /// A block is finished; its HTML takes the place of the text since the last one.
    Block {
        /// Its id within the turn.
        id: String,
        /// Sanitised by the server.
        html: String,
    },
    /// The answer is whole.
    Done,
    /// There will be no more of it.
    Failed(Refusal),
}

/// How reading came to an end.
#[derive(Debug)]
pub enum End {
    /// The last event came.
    Whole,
    /// The connection broke; it can be tried again.
    Lost,
    /// The server would not tell.
    Refused(Refusal),
}

#[derive(Deserialize)]
struct Delta {
    text: String,
}

#[derive(Deserialize)]
struct Block {
    id: serde_json::Value,
    html: String,
}

#[derive(Deserialize)]
struct Failure {
    message: String,
    #[serde(default)]
    reference: String,
}

/// Reads the events of a turn, those after `last_event` where it is known, until they end. `last_event` is kept current.
pub async fn read(turn: &str, last_event: &mut Option<String>, mut on_event: impl FnMut(TurnEvent)) -> End {
    let token = session::token().unwrap_or_default();
    let mut request =
        Request::get(&format!("/api/turns/{turn}/events")).header("Authorization", &format!("Bearer {token}"));
    if let Some(id) = last_event.as_deref() {
        request = request.header("Last-Event-ID", id);
    }
    let Ok(response) = request.send().await else { return End::Lost };
    match response.status() {
        200 => {}
        400..=499 => {
            let body = response.text().await.unwrap_or_default();
            return End::Refused(
                serde_json::from_slice(body.as_bytes()).unwrap_or_else(|_| Refusal::connection_lost()),
            );
        }
        _ => return End::Lost,
    }
    let Some(body) = response.body() else { return End::Lost };
    let bytes = ReadableStream::from_raw(body.unchecked_into()).into_stream();
    let bytes =
        bytes.map(|chunk| chunk.map(|chunk| Bytes::from(js_sys::Uint8Array::new(&chunk).to_vec())).map_err(|_| Broken));
    let mut events = SseStream::from_bytes_stream(bytes);
    while let Some(Ok(event)) = events.next().await {
        if let Some(id) = event.id {
            *last_event = Some(id);
        }
        let Some(event) = parsed(event.event.as_deref(), event.data.as_deref().unwrap_or_default()) else { continue };
        let is_last = matches!(event, TurnEvent::Done | TurnEvent::Failed(_));
        on_event(event);
        if is_last {
            return End::Whole;
        }
    }
    End::Lost
}

#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the connection broke")
    }
}

impl std::error::Error for Broken {}

/// An event this page knows; a newer server may send others.
fn parsed(name: Option<&str>, data: &str) -> Option<TurnEvent> {
    match name? {
        "delta" => serde_json::from_slice(data.as_bytes()).ok().map(|Delta { text }| TurnEvent::Delta { text }),
        "block" => serde_json::from_slice(data.as_bytes()).ok().map(|Block { id, html }| {
            let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
            TurnEvent::Block { id, html }
        }),
        "done" => Some(TurnEvent::Done),
        "error" => serde_json::from_slice(data.as_bytes()).ok().map(|Failure { message, reference }| {
            TurnEvent::Failed(Refusal { error: "turn_failed".into(), message, reference, status: 0 })
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_by_name_and_unknown_ones_are_passed_over() {
        assert_eq!(parsed(Some("delta"), r#"{"text":"Hi"}"#), Some(TurnEvent::Delta { text: "Hi".into() }));
        let block = TurnEvent::Block { id: "1".into(), html: "<p>".into() };
        assert_eq!(parsed(Some("block"), r#"{"id":1,"html":"<p>"}"#), Some(block));
        assert_eq!(parsed(Some("done"), r#"{"message":"m"}"#), Some(TurnEvent::Done));
        assert_eq!(parsed(Some("thought"), "{}"), None);
        assert_eq!(parsed(Some("delta"), "not json"), None);
    }
}
