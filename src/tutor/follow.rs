//! Following a turn: its events from the log, from wherever the reader was, until the last one.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use futures::{Stream, stream};
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    log::{self, Logged},
    turns,
};
use crate::store::{Db, StoreError};

/// How often the log is looked at where nothing wakes the reader: the turn may be written by another process.
const POLL: Duration = Duration::from_millis(400);

/// What the outside asks of a turn that is being written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Nothing: go on.
    GoOn,
    /// The learner wants it to end.
    Stop,
    /// The server shuts down.
    ShutDown,
}

/// The turns that this process writes.
#[derive(Debug, Default)]
pub(super) struct Running(Mutex<HashMap<Uuid, Strings>>);

/// What a running turn can be pulled by, and what it rings.
#[derive(Debug)]
struct Strings {
    order: watch::Sender<Order>,
    written: watch::Sender<i64>,
}

impl Running {
    /// Enters a turn; gives the writer its ends of the strings.
    pub(super) fn enter(&self, turn: Uuid) -> (watch::Receiver<Order>, watch::Sender<i64>) {
        let (order, orders) = watch::channel(Order::GoOn);
        let (written, _) = watch::channel(0);
        let strings = Strings { order, written: written.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(turn, strings);
        (orders, written)
    }

    /// The turn is over.
    pub(super) fn leave(&self, turn: Uuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&turn);
    }

    /// Gives an order to a turn; nothing happens where another process writes it.
    pub(super) fn order(&self, turn: Uuid, order: Order) {
        if let Some(strings) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&turn) {
            strings.order.send_replace(order);
        }
    }

    /// Gives an order to all turns.
    pub(super) fn order_all(&self, order: Order) {
        for strings in self.0.lock().unwrap_or_else(PoisonError::into_inner).values() {
            strings.order.send_replace(order);
        }
    }

    /// Whether this process writes no turn.
    pub(super) fn is_idle(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn written(&self, turn: Uuid) -> Option<watch::Receiver<i64>> {
        let running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        running.get(&turn).map(|strings| strings.written.subscribe())
    }
}

/// The events of a turn behind `after`, as they come, until the last one. Ends after an error of the database.
pub(super) fn follow(
    db: Db,
    running: std::sync::Arc<Running>,
    work: Uuid,
    turn: Uuid,
    after: i64,
) -> impl Stream<Item = Result<Logged, StoreError>> + Send + 'static {
    let reader = Reader { db, running, work, turn, last: after, page: VecDeque::new(), is_over: false };
    stream::unfold(reader, |mut reader| async move {
        let next = reader.next().await.transpose()?;
        reader.is_over |= match &next {
            Ok(logged) => logged.event.is_last(),
            Err(_) => true,
        };
        Some((next, reader))
    })
}

struct Reader {
    db: Db,
    running: std::sync::Arc<Running>,
    work: Uuid,
    turn: Uuid,
    last: i64,
    page: VecDeque<Logged>,
    is_over: bool,
}

impl Reader {
    async fn next(&mut self) -> Result<Option<Logged>, StoreError> {
        loop {
            if let Some(logged) = self.page.pop_front() {
                self.last = logged.sequence;
                return Ok(Some(logged));
            }
            if self.is_over {
                return Ok(None);
            }
            // Armed before the query: what is written in between rings.
            let written = self.running.written(self.turn);
            let mut tx = self.db.read().await?;
            self.page = log::after(&mut tx, self.turn, self.last).await?.into();
            let is_there =
                !self.page.is_empty() || turns::is_followable(&mut tx, self.work, self.turn, self.last).await?;
            drop(tx);
            if !is_there {
                return Ok(None);
            }
            if self.page.is_empty() {
                self.wait(written).await;
            }
        }
    }

    async fn wait(&self, written: Option<watch::Receiver<i64>>) {
        let ring = async {
            match written {
                // An error says that the writer is gone: its last words are in the log.
                Some(mut written) => drop(written.wait_for(|sequence| *sequence > self.last).await),
                None => std::future::pending().await,
            }
        };
        drop(tokio::time::timeout(POLL, ring).await);
    }
}
