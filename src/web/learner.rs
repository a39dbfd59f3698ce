//! The learner's port: what a learner can see and do, bound to one session.

use app::{
    model::{self, Activity, DraftSaved, Outcome, Submission, TaskPage},
    ports::LearnerPort,
    refusal::Refusal,
};
use async_trait::async_trait;
use axum::http::StatusCode;

use super::{
    services::{Services, Shared},
    session::Session,
};
use crate::{
    grades,
    launch::opening,
    learning::{
        course::TutorUse,
        work::{self, Work, WorkError},
    },
    store::Tx,
    tutor,
};

mod shown;

pub(super) use shown::{TUTOR_OFF, verdict};

/// What a learner wrote to the tutor about one task.
#[derive(Debug, Clone, Copy)]
struct Said {
    /// All messages; a conversational task counts them.
    messages: u32,
    /// Those in their own words; they unlock hints.
    own_words: u32,
}

/// A learner's port.
pub struct SessionLearner {
    services: Shared,
    session: Session,
}

impl SessionLearner {
    /// Bound to `session`, and to nothing else.
    pub fn new(services: Shared, session: Session) -> Self {
        Self { services, session }
    }

    /// The work of this session; a launch that leads to none is not set up yet, and one before its time shows nothing.
    async fn load(&self, tx: &mut Tx) -> Result<Work, Refusal> {
        let launch = &self.session.launch;
        let setting = self.session.setting(&self.services, tx).await?;
        if let Some(opens_at) = setting.opens_later(self.services.clock.now()) {
            return Err(self.services.refusals.not_open_yet(opens_at));
        }
        let Some(id) = launch.work else { return Err(self.services.refusals.not_set_up()) };
        let work = Work::load(tx, &self.services.catalog, id, launch.part.as_deref()).await;
        work.map_err(|error| self.refuse(&error))
    }

    /// The work of this session, to be worked on: after it was due, nothing is taken any more.
    async fn load_to_act(&self, tx: &mut Tx) -> Result<Work, Refusal> {
        let setting = self.session.setting(&self.services, tx).await?;
        match setting.was_due(self.services.clock.now()) {
            Some(due_at) => Err(self.services.refusals.was_due(due_at)),
            None => self.load(tx).await,
        }
    }

    async fn read(&self) -> Result<Tx, Refusal> {
        self.services.db.read().await.map_err(|error| self.services.refusals.store(&error))
    }

    async fn write(&self) -> Result<Tx, Refusal> {
        self.services.db.begin().await.map_err(|error| self.services.refusals.store(&error))
    }

    async fn commit(&self, tx: Tx) -> Result<(), Refusal> {
        tx.commit().await.map_err(|error| self.services.refusals.store(&error))
    }

    fn refuse(&self, error: &WorkError) -> Refusal {
        refuse(&self.services, error)
    }

    /// What surrounds every view, as it now stands.
    pub async fn activity_now(&self) -> Result<Activity, Refusal> {
        let mut tx = self.read().await?;
        let work = self.load(&mut tx).await?;
        self.shown_activity(&mut tx, &work).await
    }

    async fn shown_activity(&self, tx: &mut Tx, work: &Work) -> Result<Activity, Refusal> {
        let part = self.session.launch.part.as_deref();
        let delivery = if self.session.launch.graded {
            let standing = grades::standing::standing(tx, work.id, part).await;
            standing.map_err(|error| self.services.refusals.store(&error))?
        } else {
            None
        };
        let setting = self.session.setting(&self.services, tx).await?;
        let notice = self.services.tutor.notice(setting.tutor != TutorUse::On);
        let shown = shown::activity(work, &self.session, delivery.as_ref(), &notice, setting.tutor);
        Ok(Activity { may_change: self.may_change(tx).await?, ..shown })
    }

    /// Whether this person may choose once more what the activity opens: where that was chosen in LTT, and not in the course.
    async fn may_change(&self, tx: &mut Tx) -> Result<bool, Refusal> {
        if !self.session.launch.role.may_choose() {
            return Ok(false);
        }
        let chosen = opening::chosen_for(tx, self.session.launch.id).await;
        Ok(chosen.map_err(|error| self.services.refusals.store(&error))?.is_some())
    }

    async fn shown_task(&self, tx: &mut Tx, work: &Work, task: &str) -> Result<TaskPage, Refusal> {
        let task = work.task(task).map_err(|error| self.refuse(&error))?;
        let draft = work::draft(tx, work, task).await.map_err(|error| self.refuse(&error))?;
        let attempts = work::attempts(tx, work, task).await.map_err(|error| self.refuse(&error))?;
        let said = self.said(tx, work, &task.id).await?;
        Ok(shown::task(work, task, draft, &attempts, said))
    }

    /// How many messages the learner wrote about a task.
    async fn said(&self, tx: &mut Tx, work: &Work, task: &str) -> Result<Said, Refusal> {
        let refused = |error| self.services.refusals.store(&error);
        let messages = tutor::exchanges(tx, work.id, task).await.map_err(refused)?;
        let own_words = tutor::own_words(tx, work.id, task).await.map_err(refused)?;
        Ok(Said { messages, own_words })
    }

    /// Commits an act and shows everything as it then stands.
    async fn concluded(&self, mut tx: Tx, work: &Work, task: &str, outcome: work::Outcome) -> Result<Outcome, Refusal> {
        let activity = self.shown_activity(&mut tx, work).await?;
        let task = self.shown_task(&mut tx, work, task).await?;
        self.commit(tx).await?;
        self.services.grades_changed.notify_one();
        Ok(Outcome {
            submission: outcome.submission.map(|submission| shown::submission(&submission)),
            unlocked: outcome.unlocked,
            activity,
            task,
        })
    }
}

/// What a refused act becomes on the wire.
pub(super) fn refuse(services: &Services, error: &WorkError) -> Refusal {
    let status = match error {
        WorkError::Store(error) => return services.refusals.store(error),
        WorkError::NotFound | WorkError::NoProject { .. } => StatusCode::NOT_FOUND,
        WorkError::Empty | WorkError::NoReason => StatusCode::UNPROCESSABLE_ENTITY,
        WorkError::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        WorkError::Blocked { .. }
        | WorkError::Closed
        | WorkError::NotClosed
        | WorkError::HasSubtasks
        | WorkError::Conversational
        | WorkError::NotConversational
        | WorkError::NotEnoughSaid { .. }
        | WorkError::HintLocked
        | WorkError::NoMoreHints => StatusCode::CONFLICT,
    };
    services.refusals.say(status, error.code(), error.to_string())
}

#[async_trait]
impl LearnerPort for SessionLearner {
    async fn activity(&self) -> Result<Activity, Refusal> {
        self.activity_now().await
    }

    async fn task(&self, task: &str) -> Result<TaskPage, Refusal> {
        let mut tx = self.read().await?;
        let work = self.load(&mut tx).await?;
        self.shown_task(&mut tx, &work, task).await
    }

    async fn start(&self, task: &str) -> Result<Outcome, Refusal> {
        let (mut tx, services) = (self.write().await?, &self.services);
        let mut work = self.load_to_act(&mut tx).await?;
        let outcome = work::start(&mut tx, &services.entropy, services.clock.now(), &mut work, task).await;
        let outcome = outcome.map_err(|error| self.refuse(&error))?;
        self.concluded(tx, &work, task, outcome).await
    }

    async fn save_draft(&self, task: &str, answer: model::Answer, revision: i64) -> Result<DraftSaved, Refusal> {
        let mut tx = self.write().await?;
        let mut work = self.load(&mut tx).await?;
        let now = self.services.clock.now();
        let saved = work::save_draft(&mut tx, now, &mut work, task, shown::handed_in(answer), revision).await;
        let saved = saved.map_err(|error| self.refuse(&error))?;
        self.commit(tx).await?;
        Ok(shown::draft_saved(saved))
    }

    async fn submit(&self, task: &str, answer: model::Answer) -> Result<Outcome, Refusal> {
        let (mut tx, services) = (self.write().await?, &self.services);
        let mut work = self.load_to_act(&mut tx).await?;
        let answer = shown::handed_in(answer);
        let outcome = work::submit(&mut tx, &services.entropy, services.clock.now(), &mut work, task, answer).await;
        let outcome = outcome.map_err(|error| self.refuse(&error))?;
        self.concluded(tx, &work, task, outcome).await
    }

    async fn finish(&self, task: &str) -> Result<Outcome, Refusal> {
        let (mut tx, services) = (self.write().await?, &self.services);
        let mut work = self.load_to_act(&mut tx).await?;
        let said = self.said(&mut tx, &work, task).await?;
        let outcome =
            work::finish(&mut tx, &services.entropy, services.clock.now(), &mut work, task, said.messages).await;
        let outcome = outcome.map_err(|error| self.refuse(&error))?;
        self.concluded(tx, &work, task, outcome).await
    }

    async fn reopen(&self, task: &str, reason: String) -> Result<Outcome, Refusal> {
        let (mut tx, services) = (self.write().await?, &self.services);
        let mut work = self.load_to_act(&mut tx).await?;
        let outcome = work::reopen(&mut tx, &services.entropy, services.clock.now(), &mut work, task, &reason).await;
        let outcome = outcome.map_err(|error| self.refuse(&error))?;
        self.concluded(tx, &work, task, outcome).await
    }

    async fn hint(&self, task: &str) -> Result<TaskPage, Refusal> {
        let (mut tx, services) = (self.write().await?, &self.services);
        let mut work = self.load(&mut tx).await?;
        let said = self.said(&mut tx, &work, task).await?;
        let hint =
            work::reveal_hint(&mut tx, &services.entropy, services.clock.now(), &mut work, task, said.own_words).await;
        hint.map_err(|error| self.refuse(&error))?;
        let page = self.shown_task(&mut tx, &work, task).await?;
        self.commit(tx).await?;
        Ok(page)
    }

    async fn submissions(&self) -> Result<Vec<Submission>, Refusal> {
        let mut tx = self.read().await?;
        let work = self.load(&mut tx).await?;
        let submissions = work::submissions(&mut tx, &work).await.map_err(|error| self.refuse(&error))?;
        Ok(submissions.iter().map(shown::submission).collect())
    }
}
