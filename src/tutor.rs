//! Conversations with a tutor that helps without giving the answer away.
//!
//! A learner says something ([`Tutor::say`]); a task of the server's own answers it ([`Tutor::answer`]) and writes the reply to
//! the log as it comes; any number of readers follow it ([`Tutor::events`]) and resume where they were. A model may answer,
//! behind a port; where none is configured or none answers, the guide does, which needs no model. Whoever answers, the guard
//! compares every sentence with what the author hid before anybody sees it.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures::Stream;
use uuid::Uuid;

use crate::{
    clock::Clock,
    entropy::Entropy,
    learning::work::{Work, WorkError},
    store::{Db, StoreError, Tx},
};

mod answering;
pub mod blocks;
mod follow;
pub mod guard;
mod guide;
mod log;
mod prompt;
pub mod provider;
mod reply;
mod setting;
mod situation;
mod turns;

#[cfg(test)]
mod tests;

pub use answering::Patience;
pub use log::{Event, Logged};
pub use provider::{ProviderKind, ProviderSettings, ProviderSettingsError};
pub use setting::Setting;
pub use turns::{State, Turn};

use answering::Answering;
use follow::{Order, Running};
use provider::{ChatModel, Health};

/// The longest message, in characters.
pub const MESSAGE_LIMIT: usize = 4_000;

/// Why the tutor does not do what was asked. Each says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum TutorError {
    /// Nothing was written.
    #[error("There is nothing in your message yet. Write something, then send it.")]
    Empty,
    /// The message is too long.
    #[error("This message is too long: {MESSAGE_LIMIT} characters at most. Shorten it and send it again.")]
    TooLong,
    /// The answer to the last message is still coming.
    #[error("The tutor is still answering. Wait for the end of the answer, or stop it.")]
    StillAnswering,
    /// There is no such turn in this work.
    #[error("There is no such message in this conversation.")]
    NoTurn,
    /// There is no such task, or nothing can be done with it.
    #[error(transparent)]
    Work(#[from] WorkError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TutorError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "message_empty",
            Self::TooLong => "message_too_long",
            Self::StillAnswering => "still_answering",
            Self::NoTurn => "turn_not_found",
            Self::Work(error) => error.code(),
            Self::Store(_) => "store",
        }
    }
}

/// What the learner is told before the first message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The model that answers; `None`: the guide, which is no model.
    pub model: Option<String>,
    /// Who can read the conversation, and what is sent to the model; plain sentences.
    pub readers: String,
}

/// What a learner said, not yet answered: give it to [`Tutor::answer`] once its transaction is committed.
#[must_use]
#[derive(Debug)]
pub struct Said {
    turn: Turn,
    work: Work,
    setting: Setting,
}

/// The tutor, as the server knows it; cheap to clone.
#[derive(Clone)]
pub struct Tutor(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Arc<dyn Clock>,
    entropy: Entropy,
    model: Option<Arc<dyn ChatModel>>,
    health: Health,
    patience: Patience,
    running: Arc<Running>,
}

impl Tutor {
    /// A tutor with the provider of the settings.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        entropy: Entropy,
        settings: &ProviderSettings,
    ) -> Result<Self, ProviderSettingsError> {
        Ok(Self::with_model(db, clock, entropy, settings.build()?, Patience::default()))
    }

    /// A tutor with this model; `None`: the guide answers alone.
    pub fn with_model(
        db: Db,
        clock: Arc<dyn Clock>,
        entropy: Entropy,
        model: Option<Arc<dyn ChatModel>>,
        patience: Patience,
    ) -> Self {
        let (health, running) = (Health::default(), Arc::new(Running::default()));
        Self(Arc::new(Inner { db, clock, entropy, model, health, patience, running }))
    }

    /// What the learner is told before the first message. `without_model`: the guide answers alone.
    pub fn notice(&self, without_model: bool) -> Notice {
        let model = self.0.model.as_ref().filter(|_| !without_model).map(|model| model.name().to_owned());
        let sent = match &model {
            Some(_) => {
                "Your messages about a task and your answers to it are sent to the model; your name and e-mail address are not. "
            }
            None => "",
        };
        Notice {
            model,
            readers: format!("{sent}Your teachers, and whoever runs this server, can read this conversation."),
        }
    }

    /// Keeps what the learner says, about a task where one is given.
    ///
    /// Refuses a message that is empty or too long, a task that is not in this work, and a message while the last one is
    /// being answered.
    pub async fn say(
        &self,
        tx: &mut Tx,
        work: &Work,
        task: Option<&str>,
        message: &str,
        setting: Setting,
    ) -> Result<Said, TutorError> {
        let message = message.replace('\0', "").replace("\r\n", "\n").trim().to_owned();
        if message.is_empty() {
            return Err(TutorError::Empty);
        }
        if message.chars().count() > MESSAGE_LIMIT {
            return Err(TutorError::TooLong);
        }
        let task = task.map(|task| work.task(task).map(|task| task.id.clone())).transpose()?;
        let now = self.0.clock.now();
        turns::interrupt_abandoned(tx, &self.0.entropy, now).await?;
        let turn = Turn {
            id: self.0.entropy.id(now),
            work: work.id,
            task,
            message,
            reply: String::new(),
            state: State::Running,
            model: None,
            started_at: now,
            sequence: 0,
        };
        let is_own_words = guide::is_own_words(&turn.message);
        if turns::is_running(tx, work.id).await? {
            return Err(TutorError::StillAnswering);
        }
        turns::insert(tx, &turn, is_own_words, now)
            .await
            .map_err(|error| if error.is_unique_violation() { TutorError::StillAnswering } else { error.into() })?;
        Ok(Said { turn, work: work.clone(), setting })
    }

    /// Begins to answer, in a task of the server's own, and gives the turn as it stands. Needs the message committed.
    pub fn answer(&self, said: Said) -> Turn {
        let turn = said.turn.clone();
        let (orders, written) = self.0.running.enter(turn.id);
        let answering = Answering {
            tutor: Arc::clone(&self.0),
            turn: said.turn,
            work: said.work,
            setting: said.setting,
            orders,
            written,
        };
        tokio::spawn(answering.run());
        turn
    }

    /// The events of a turn behind the sequence `after` (0: all), as they come, until the last one.
    pub async fn events(
        &self,
        work: Uuid,
        turn: Uuid,
        after: i64,
    ) -> Result<impl Stream<Item = Result<Logged, StoreError>> + Send + 'static + use<>, TutorError> {
        let mut tx = self.0.db.read().await?;
        if !turns::belongs(&mut tx, work, turn).await? {
            return Err(TutorError::NoTurn);
        }
        Ok(follow::follow(self.0.db.clone(), Arc::clone(&self.0.running), work, turn, after.max(0)))
    }

    /// Stops a turn, whichever process writes it; what was said stays. No change where it has ended.
    pub async fn stop(&self, tx: &mut Tx, work: Uuid, turn: Uuid) -> Result<(), TutorError> {
        if !turns::belongs(tx, work, turn).await? {
            return Err(TutorError::NoTurn);
        }
        turns::request_stop(tx, turn).await?;
        self.0.running.order(turn, Order::Stop);
        Ok(())
    }

    /// Everything said in a work, oldest first; a running turn with its text so far.
    pub async fn conversation(&self, tx: &mut Tx, work: Uuid) -> Result<Vec<Turn>, TutorError> {
        Ok(turns::of_work(tx, work).await?)
    }

    /// Ends the turns whose process gave no sign of life; to be called at start and every few seconds. Gives their number.
    pub async fn recover(&self, now: DateTime<Utc>) -> Result<usize, TutorError> {
        let mut tx = self.0.db.begin().await?;
        let interrupted = turns::interrupt_abandoned(&mut tx, &self.0.entropy, now).await?;
        tx.commit().await?;
        Ok(interrupted.len())
    }

    /// Ends the turns of this process as interrupted, and waits for that; to be called before the server goes.
    pub async fn shut_down(&self) {
        self.0.running.order_all(Order::ShutDown);
        while !self.0.running.is_idle() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}

/// How many messages a learner sent about a task.
pub async fn exchanges(tx: &mut Tx, work: Uuid, task: &str) -> Result<u32, StoreError> {
    Ok(turns::count(tx, work, task).await?.0)
}

/// How many of them are the learner's own words: not a greeting, nor a request for a hint or the answer. This is what unlocks
/// hints.
pub async fn own_words(tx: &mut Tx, work: Uuid, task: &str) -> Result<u32, StoreError> {
    Ok(turns::count(tx, work, task).await?.1)
}
