//! The rows of turns: who said what, how the answer stands, and which process is trusted to be writing it.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::log::{self, Event};
use crate::{
    entropy::Entropy,
    on_tx, records,
    store::{StoreError, Tx},
};

/// What a learner said, and the answer as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Its id.
    pub id: Uuid,
    /// The work it belongs to.
    pub work: Uuid,
    /// The task it is about, where it is about one.
    pub task: Option<String>,
    /// What the learner said; plain text.
    pub message: String,
    /// The answer as far as it has come, markdown.
    pub reply: String,
    /// How it stands.
    pub state: State,
    /// The model that answered; `None`: the guide, or nobody yet.
    pub model: Option<String>,
    /// When the learner said it.
    pub started_at: DateTime<Utc>,
    /// While it runs, the sequence of the newest event that `reply` holds: who follows from here misses nothing. 0 later.
    pub sequence: i64,
}

/// How a turn stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum State {
    /// The answer is still coming.
    Running,
    /// The answer is whole.
    Done,
    /// The learner stopped it.
    Stopped,
    /// The server was restarted in the middle.
    Interrupted,
    /// No answer could be given.
    Failed,
}

impl State {
    fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

/// How long a process that writes a turn is trusted without a sign of life.
pub(super) const LEASE: TimeDelta = TimeDelta::seconds(20);

/// What the learner is told about a turn that nobody writes any more.
pub(super) const INTERRUPTED: &str =
    "LTT was restarted while it was answering. What had come is kept; please ask again.";

/// What is written in `answered_by` where no model answered.
const GUIDE: &str = "guide";

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    work_id: Uuid,
    task: Option<String>,
    message: String,
    state: State,
    answered_by: Option<String>,
    reply: Option<String>,
    started_at: DateTime<Utc>,
}

/// Writes a new turn; a unique violation says that another one of this work is still running.
pub(super) async fn insert(tx: &mut Tx, turn: &Turn, is_own_words: bool, now: DateTime<Utc>) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO turn (id, work_id, task, message, own_words, state, started_at, lease_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(turn.id)
        .bind(turn.work)
        .bind(&turn.task)
        .bind(&turn.message)
        .bind(is_own_words)
        .bind(turn.state)
        .bind(turn.started_at)
        .bind(now + LEASE)
        .execute(connection)
        .await
        .map(drop))
}

/// Whether an answer is being written for this work.
pub(super) async fn is_running(tx: &mut Tx, work: Uuid) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT id FROM turn WHERE work_id = $1 AND state = $2";
    let found: Option<(Uuid,)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(work).bind(State::Running).fetch_optional(connection).await)?;
    Ok(found.is_some())
}

/// Whether a turn belongs to a work.
pub(super) async fn belongs(tx: &mut Tx, work: Uuid, turn: Uuid) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT id FROM turn WHERE id = $1 AND work_id = $2";
    let found: Option<(Uuid,)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(turn).bind(work).fetch_optional(connection).await)?;
    Ok(found.is_some())
}

/// Whether a reader who has seen everything up to `last` may still wait for more: the turn is there, and either runs or has
/// ended a moment ago with events that the reader has not seen.
pub(super) async fn is_followable(tx: &mut Tx, work: Uuid, turn: Uuid, last: i64) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT state, (SELECT COUNT(*) FROM turn_event WHERE turn_id = $1 AND sequence > $3)
        FROM turn WHERE id = $1 AND work_id = $2";
    let row: Option<(State, i64)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(turn).bind(work).bind(last).fetch_optional(connection).await)?;
    Ok(row.is_some_and(|(state, unseen)| state == State::Running || unseen > 0))
}

/// Renews the writer's lease and tells whether the learner asked to stop; `None`: the turn is not ours any more.
///
/// This comes first in every transaction that writes events, for it locks the row: what has been declared interrupted gets no
/// further event.
pub(super) async fn hold(tx: &mut Tx, turn: Uuid, now: DateTime<Utc>) -> Result<Option<bool>, StoreError> {
    const SQL: &str = "UPDATE turn SET lease_until = $2 WHERE id = $1 AND state = $3 RETURNING stop_requested";
    let row: Option<(bool,)> = on_tx!(tx, |connection| sqlx::query_as(SQL)
        .bind(turn)
        .bind(now + LEASE)
        .bind(State::Running)
        .fetch_optional(connection)
        .await)?;
    Ok(row.map(|(stop,)| stop))
}

/// Asks whichever process writes this turn to stop. Nothing happens where it has ended.
pub(super) async fn request_stop(tx: &mut Tx, turn: Uuid) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE turn SET stop_requested = $2 WHERE id = $1 AND state = $3";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(turn)
        .bind(true)
        .bind(State::Running)
        .execute(connection)
        .await
        .map(drop))
}

/// How a turn ended.
pub(super) struct End<'a> {
    pub state: State,
    /// The model that answered; `None`: the guide.
    pub model: Option<&'a str>,
    pub reply: &'a str,
    /// The last event; nothing follows it.
    pub event: Event,
}

/// Ends a turn that this process holds (see [`hold`]), with its last event behind `last`.
pub(super) async fn end(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    turn: (Uuid, Uuid),
    last: i64,
    end: End<'_>,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE turn SET state = $2, answered_by = $3, reply = $4, ended_at = $5 WHERE id = $1";
    let (turn, work) = turn;
    on_tx!(&mut *tx, |connection| sqlx::query(SQL)
        .bind(turn)
        .bind(end.state)
        .bind(end.model.unwrap_or(GUIDE))
        .bind(end.reply)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    log::append(tx, turn, last, &[end.event]).await?;
    let event = records::Event::TurnEnded { turn, state: end.state.name().to_owned() };
    records::append(tx, entropy, now, work, &event).await
}

/// Notes who answers, as soon as that is known.
pub(super) async fn set_model(tx: &mut Tx, turn: Uuid, model: Option<&str>) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE turn SET answered_by = $2 WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(turn)
        .bind(model.unwrap_or(GUIDE))
        .execute(connection)
        .await
        .map(drop))
}

/// Ends every turn whose writer gave no sign of life for the time of its lease, and returns their ids.
pub(super) async fn interrupt_abandoned(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>, StoreError> {
    const SQL: &str = "UPDATE turn SET lease_until = $1 WHERE state = $2 AND lease_until < $1
        RETURNING id, work_id, task, message, state, answered_by, reply, started_at";
    let rows: Vec<Row> =
        on_tx!(&mut *tx, |connection| sqlx::query_as(SQL).bind(now).bind(State::Running).fetch_all(connection).await)?;
    let mut interrupted = Vec::new();
    for row in rows {
        let (reply, last) = log::so_far(tx, row.id).await?;
        let event = Event::Error { message: INTERRUPTED.to_owned(), reference: reference(row.id) };
        let model = row.answered_by.as_deref().filter(|name| *name != GUIDE);
        end(
            tx,
            entropy,
            now,
            (row.id, row.work_id),
            last,
            End { state: State::Interrupted, model, reply: &reply, event },
        )
        .await?;
        interrupted.push(row.id);
    }
    Ok(interrupted)
}

/// Everything said in a work, oldest first.
pub(super) async fn of_work(tx: &mut Tx, work: Uuid) -> Result<Vec<Turn>, StoreError> {
    const SQL: &str = "SELECT id, work_id, task, message, state, answered_by, reply, started_at FROM turn
        WHERE work_id = $1 ORDER BY started_at, id";
    let rows: Vec<Row> = on_tx!(&mut *tx, |connection| sqlx::query_as(SQL).bind(work).fetch_all(connection).await)?;
    let mut turns = Vec::with_capacity(rows.len());
    for row in rows {
        // An ended turn needs no events; they are there for those who still follow it.
        let (reply, sequence) = match &row.reply {
            Some(reply) => (reply.clone(), 0),
            None => log::so_far(tx, row.id).await?,
        };
        turns.push(Turn {
            id: row.id,
            work: row.work_id,
            task: row.task,
            message: row.message,
            reply,
            state: row.state,
            model: row.answered_by.filter(|name| name != GUIDE),
            started_at: row.started_at,
            sequence,
        });
    }
    Ok(turns)
}

/// What was said and replied about a task (`None`: about none) in the newest turns that have ended, oldest first.
pub(super) async fn newest(
    tx: &mut Tx,
    work: Uuid,
    task: Option<&str>,
    most: i64,
) -> Result<Vec<(String, String)>, StoreError> {
    const SQL: &str = "SELECT message, COALESCE(reply, '') FROM turn
        WHERE work_id = $1 AND COALESCE(task, '') = $2 AND state <> $3 ORDER BY started_at DESC, id DESC LIMIT $4";
    let mut said: Vec<(String, String)> = on_tx!(tx, |connection| sqlx::query_as(SQL)
        .bind(work)
        .bind(task.unwrap_or_default())
        .bind(State::Running)
        .bind(most)
        .fetch_all(connection)
        .await)?;
    said.reverse();
    Ok(said)
}

/// How many messages the learner sent about a task, and how many of them are their own words.
pub(super) async fn count(tx: &mut Tx, work: Uuid, task: &str) -> Result<(u32, u32), StoreError> {
    const SQL: &str =
        "SELECT COUNT(*), COUNT(CASE WHEN own_words THEN 1 END) FROM turn WHERE work_id = $1 AND task = $2";
    let (all, own): (i64, i64) =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(work).bind(task).fetch_one(connection).await)?;
    Ok((u32::try_from(all).unwrap_or(u32::MAX), u32::try_from(own).unwrap_or(u32::MAX)))
}

/// What the learner can quote, and the administrator find in the log, when a turn fails.
pub(super) fn reference(turn: Uuid) -> String {
    turn.simple().to_string()
}
