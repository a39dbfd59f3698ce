//! What was said in a turn, piece by piece, as it was said. Nobody sees a piece that is not in the log, so any reader can
//! come back later and go on where they were.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all = "snake_case")]
pub enum Event {
    /// More text.
    Delta {
        /// Markdown that goes on from the last delta.
        text: String,
    },
    /// The text since the last block is a whole block and can be rendered.
    Block {
        /// From 1.
        id: u32,
        /// The block; the same text as that of the deltas since the last block.
        markdown: String,
    },
    /// The answer has ended; nothing follows.
    Done {
        /// The whole answer, markdown.
        message: String,
    },
    /// The answer could not be brought to its end; nothing follows.
    Error {
        /// A sentence for the learner.
        message: String,
        /// Finds the case in the log.
        reference: String,
    },
}

impl Event {
    /// Whether nothing follows.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Done { .. } | Self::Error { .. })
    }
}

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// From 1, without gaps in a turn.
    pub sequence: i64,
    /// What was said.
    pub event: Event,
}

/// How many events one query brings.
const PAGE: i64 = 500;

/// Writes events behind `last`, the sequence of the newest one that is there, and returns that of the newest one now.
pub(super) async fn append(tx: &mut Tx, turn: Uuid, last: i64, events: &[Event]) -> Result<i64, StoreError> {
    const SQL: &str = "INSERT INTO turn_event (turn_id, sequence, kind, payload) VALUES ($1, $2, $3, $4)";
    let mut sequence = last;
    for event in events {
        sequence += 1;
        let written = serde_json::to_value(event).map_err(|error| unreadable(&error))?;
        let kind = written["kind"].as_str().unwrap_or_default().to_owned();
        on_tx!(&mut *tx, |connection| sqlx::query(SQL)
            .bind(turn)
            .bind(sequence)
            .bind(&kind)
            .bind(Json(&written["payload"]))
            .execute(connection)
            .await
            .map(drop))?;
    }
    Ok(sequence)
}

/// The events behind a sequence, the next ones first; at most a page of them.
pub(super) async fn after(tx: &mut Tx, turn: Uuid, sequence: i64) -> Result<Vec<Logged>, StoreError> {
    const SQL: &str = "SELECT sequence, kind, payload FROM turn_event
        WHERE turn_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3";
    let rows: Vec<(i64, String, Json<Value>)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(turn).bind(sequence).bind(PAGE).fetch_all(connection).await)?;
    rows.into_iter()
        .map(|(sequence, kind, Json(payload))| {
            let event = serde_json::from_value(serde_json::json!({ "kind": kind, "payload": payload }))
                .map_err(|error| unreadable(&error))?;
            Ok(Logged { sequence, event })
        })
        .collect()
}

/// The text so far, and the sequence of the newest event; 0 where there is none.
pub(super) async fn so_far(tx: &mut Tx, turn: Uuid) -> Result<(String, i64), StoreError> {
    let (mut text, mut last) = (String::new(), 0);
    loop {
        let page = after(tx, turn, last).await?;
        let Some(newest) = page.last() else { return Ok((text, last)) };
        last = newest.sequence;
        for logged in page {
            if let Event::Delta { text: more } = logged.event {
                text.push_str(&more);
            }
        }
    }
}

fn unreadable(error: &serde_json::Error) -> StoreError {
    StoreError::Inconsistent { table: "turn_event", column: "payload", cause: error.to_string() }
}
