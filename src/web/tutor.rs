//! The tutor's port: what a learner can do with the tutor, bound to one session.

use app::{
    model::{self, Conversation, TurnState},
    ports::TutorPort,
    refusal::Refusal,
};
use async_trait::async_trait;
use axum::http::StatusCode;
use futures::{Stream, StreamExt as _, future};
use uuid::Uuid;

use super::{learner, markdown, services::Shared, session::Session};
use crate::{
    learning::{course::TutorUse, work::Work},
    store::Tx,
    tutor::{Logged, Setting, State, Turn, TutorError},
};

/// A learner's port to the tutor.
pub struct SessionTutor {
    services: Shared,
    session: Session,
}

impl SessionTutor {
    /// Bound to `session`, and to nothing else.
    pub fn new(services: Shared, session: Session) -> Self {
        Self { services, session }
    }

    /// The work of this session; a launch that leads to none is not set up yet.
    fn work_id(&self) -> Result<Uuid, Refusal> {
        self.session.launch.work.ok_or_else(|| self.services.refusals.not_set_up())
    }

    /// What the launch told of the course, in the words of the tutor, who knows no launch.
    fn setting(&self) -> Setting {
        let (launch, context) = (&self.session.launch, &self.session.launch.context);
        Setting {
            objectives: context.objectives.clone(),
            content: context.content.clone(),
            prior_knowledge: context.prior_knowledge.clone(),
            teacher_note: context.teacher_note.clone(),
            language: context.locale.clone(),
            without_model: false,
            redact: launch.name.iter().chain(&launch.email).cloned().collect(),
        }
    }

    async fn load(&self, tx: &mut Tx) -> Result<Work, Refusal> {
        let part = self.session.launch.part.as_deref();
        let work = Work::load(tx, &self.services.catalog, self.work_id()?, part).await;
        work.map_err(|error| learner::refuse(&self.services, &error))
    }

    fn refuse(&self, error: TutorError) -> Refusal {
        let status = match error {
            TutorError::Store(error) => return self.services.refusals.store(&error),
            TutorError::Work(error) => return learner::refuse(&self.services, &error),
            TutorError::Empty => StatusCode::UNPROCESSABLE_ENTITY,
            TutorError::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
            TutorError::StillAnswering => StatusCode::CONFLICT,
            TutorError::NoTurn => StatusCode::NOT_FOUND,
        };
        self.services.refusals.say(status, error.code(), error.to_string())
    }

    /// A turn's id; what is no id names no turn.
    fn turn_id(&self, turn: &str) -> Result<Uuid, Refusal> {
        Uuid::parse_str(turn).map_err(|_| self.refuse(TutorError::NoTurn))
    }

    /// The events of a turn behind the sequence `after`, as they come. A reader whose database fails is cut off, and
    /// resumes where it was.
    pub async fn events(
        &self,
        turn: &str,
        after: i64,
    ) -> Result<impl Stream<Item = Logged> + Send + 'static + use<>, Refusal> {
        let (work, turn) = (self.work_id()?, self.turn_id(turn)?);
        let events = self.services.tutor.events(work, turn, after).await.map_err(|error| self.refuse(error))?;
        let readable = events.take_while(|event| {
            if let Err(error) = event {
                tracing::warn!(cause = %error, "a reader of a turn was cut off");
            }
            future::ready(event.is_ok())
        });
        Ok(readable.filter_map(|event| future::ready(event.ok())))
    }

    fn shown(work: &Work, turn: Turn) -> model::Turn {
        let task = turn.task.and_then(|task| work.project.task(&task));
        model::Turn {
            id: turn.id.to_string(),
            message: turn.message,
            task_title: task.map(|task| task.title.clone()),
            reply_html: markdown::render(&turn.reply),
            state: match turn.state {
                State::Running => TurnState::Running,
                State::Done => TurnState::Done,
                State::Stopped => TurnState::Stopped,
                State::Interrupted => TurnState::Interrupted,
                State::Failed => TurnState::Failed,
            },
            answered_by: turn.model,
            at: turn.started_at,
        }
    }
}

#[async_trait]
impl TutorPort for SessionTutor {
    async fn conversation(&self) -> Result<Conversation, Refusal> {
        let mut tx = self.services.db.read().await.map_err(|error| self.services.refusals.store(&error))?;
        let work = self.load(&mut tx).await?;
        let turns = self.services.tutor.conversation(&mut tx, work.id).await.map_err(|error| self.refuse(error))?;
        Ok(Conversation { turns: turns.into_iter().map(|turn| Self::shown(&work, turn)).collect() })
    }

    async fn say(&self, message: String, task: Option<String>) -> Result<model::Turn, Refusal> {
        let refused = |error| self.services.refusals.store(&error);
        let mut tx = self.services.db.begin().await.map_err(refused)?;
        let decided = self.session.setting(&self.services, &mut tx).await?;
        if let Some(opens_at) = decided.opens_later(self.services.clock.now()) {
            return Err(self.services.refusals.not_open_yet(opens_at));
        }
        if decided.tutor == TutorUse::Off {
            return Err(self.services.refusals.say(StatusCode::CONFLICT, "tutor_off", learner::TUTOR_OFF));
        }
        let work = self.load(&mut tx).await?;
        let setting = Setting { without_model: decided.tutor == TutorUse::Hints, ..self.setting() };
        let said = self.services.tutor.say(&mut tx, &work, task.as_deref(), &message, setting).await;
        let said = said.map_err(|error| self.refuse(error))?;
        tx.commit().await.map_err(refused)?;
        Ok(Self::shown(&work, self.services.tutor.answer(said)))
    }

    async fn stop(&self, turn: &str) -> Result<(), Refusal> {
        let (work, turn) = (self.work_id()?, self.turn_id(turn)?);
        let refused = |error| self.services.refusals.store(&error);
        let mut tx = self.services.db.begin().await.map_err(refused)?;
        self.services.tutor.stop(&mut tx, work, turn).await.map_err(|error| self.refuse(error))?;
        tx.commit().await.map_err(refused)
    }
}
