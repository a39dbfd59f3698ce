//! One turn being answered, by a task of the server's own: it goes on whether anybody follows it or not.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{
    Inner, TutorError,
    follow::Order,
    guard::{Guard, WITHHELD},
    guide,
    log::{self, Event},
    prompt,
    provider::{ChatModel, ChatRequest, ModelError},
    reply::Reply,
    setting::Setting,
    situation::Situation,
    turns::{self, End, State, Turn},
};
use crate::{
    learning::work::{self, Work},
    store::StoreError,
};

/// How long things may take before the guide steps in.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the request to the first sign of life.
    pub first: Duration,
    /// Between two signs of life.
    pub idle: Duration,
    /// For the whole answer.
    pub whole: Duration,
    /// The longest answer, in bytes of text.
    pub longest: usize,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(20),
            idle: Duration::from_secs(15),
            whole: Duration::from_mins(2),
            longest: 16_000,
        }
    }
}

/// Text is collected for so long before it is written to the log.
const BATCH: Duration = Duration::from_millis(40);

/// A finished sentence is held back no longer than this when nothing follows it.
const PAUSE: Duration = Duration::from_millis(120);

/// The lease is renewed at least so often, and a wish to stop from another process seen.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// How often the log is tried again when the database does not take it.
const TRIES: u32 = 5;

/// A turn and what is needed to answer it.
pub(super) struct Answering {
    pub(super) tutor: Arc<Inner>,
    pub(super) turn: Turn,
    pub(super) work: Work,
    pub(super) setting: Setting,
    pub(super) orders: watch::Receiver<Order>,
    pub(super) written: watch::Sender<i64>,
}

/// Why writing has to end before the answer has.
enum Break {
    /// An order from this process or another one.
    Ordered(Order),
    /// The turn is not ours any more, or the log cannot be reached.
    Lost,
}

/// How a model's part ended.
enum Relayed {
    Whole,
    Failed(ModelError),
    Broken(Break),
}

impl Answering {
    /// Answers the turn, to its end.
    pub(super) async fn run(mut self) {
        let turn = self.turn.id;
        let tutor = Arc::clone(&self.tutor);
        let mut writer = Writer {
            tutor: Arc::clone(&tutor),
            turn,
            work: self.work.id,
            model: None,
            last: 0,
            written: self.written.clone(),
        };
        match self.situation().await {
            Ok((situation, guard)) => {
                let mut reply = Reply::new(guard);
                let ending = self.answer(&mut writer, &mut reply, &situation).await;
                writer.end(&mut reply, ending).await;
            }
            Err(error) => {
                tracing::error!(reference = turns::reference(turn), %error, "a turn could not be begun");
                writer.end(&mut Reply::new(Guard::new(&super::guard::Material::default())), Some(Ending::Failed)).await;
            }
        }
        tutor.running.leave(turn);
    }

    async fn situation(&self) -> Result<(Situation, Guard), TutorError> {
        let mut tx = self.tutor.db.read().await?;
        let mut situation = Situation::load(&mut tx, &self.work, &self.turn).await?;
        let material = situation.material(&self.work)?;
        situation.setting = self.setting.clone().guarded(&material);
        Ok((situation, Guard::new(&material)))
    }

    /// Writes the reply; gives how the turn ends, `None` where it is not ours to end.
    async fn answer(&mut self, writer: &mut Writer, reply: &mut Reply, situation: &Situation) -> Option<Ending> {
        let broken = match self.relay_model(writer, reply, situation).await {
            Ok(true) => None,
            Ok(false) => self.let_guide_answer(writer, reply, situation).await.err(),
            Err(broken) => Some(broken),
        };
        match broken {
            None => Some(Ending::Done),
            Some(Break::Ordered(Order::ShutDown)) => Some(Ending::Interrupted),
            Some(Break::Ordered(_)) => Some(Ending::Stopped),
            Some(Break::Lost) => None,
        }
    }

    /// Lets the model answer, where there is one; `false`: the guide has to.
    async fn relay_model(
        &mut self,
        writer: &mut Writer,
        reply: &mut Reply,
        situation: &Situation,
    ) -> Result<bool, Break> {
        let model = self.tutor.model.clone().filter(|_| !self.setting.without_model);
        let Some(model) = model else { return Ok(false) };
        if !self.tutor.health.may_ask(self.tutor.clock.now()) {
            reply.push(UNAVAILABLE);
            return Ok(false);
        }
        writer.model = Some(model.name().to_owned());
        let request = prompt::request(situation);
        let relayed = self.relay(writer, reply, Arc::clone(&model), request).await;
        let said_nothing = reply.text().replace(WITHHELD, "").trim().is_empty();
        match relayed {
            Relayed::Broken(broken) => return Err(broken),
            Relayed::Whole if !said_nothing => {
                self.tutor.health.succeeded();
                return Ok(true);
            }
            Relayed::Whole if reply.withheld() > 0 => self.tutor.health.succeeded(),
            Relayed::Whole => self.note_failure(&ModelError::Unreadable("an empty answer".to_owned())),
            Relayed::Failed(error) => self.note_failure(&error),
        }
        if said_nothing {
            writer.model = None;
        }
        if reply.withheld() == 0 || !said_nothing {
            reply.push(if said_nothing { UNAVAILABLE } else { BROKE_OFF });
        }
        Ok(false)
    }

    fn note_failure(&self, error: &ModelError) {
        tracing::warn!(reference = turns::reference(self.turn.id), %error, "the model did not answer, the guide does");
        self.tutor.health.failed(error, self.tutor.clock.now());
    }

    async fn relay(
        &mut self,
        writer: &mut Writer,
        reply: &mut Reply,
        model: Arc<dyn ChatModel>,
        request: ChatRequest,
    ) -> Relayed {
        let patience = self.tutor.patience;
        let mut answer = stream::once(async move { model.answer(request).await }).try_flatten().boxed();
        let started = Instant::now();
        let (mut silent_after, mut limit) = (started + patience.first, patience.first);
        let (mut pause_at, mut flushed, mut taken) = (None, started, 0);
        let relayed = loop {
            let flush_at = flushed + if reply.events().is_empty() { SIGN_OF_LIFE } else { BATCH };
            let wake = flush_at.min(silent_after).min(started + patience.whole).min(pause_at.unwrap_or(flush_at));
            tokio::select! {
                biased;
                order = ordered(&mut self.orders) => return Relayed::Broken(Break::Ordered(order)),
                piece = answer.next() => match piece {
                    None => break Relayed::Whole,
                    Some(Err(error)) => break Relayed::Failed(error),
                    Some(Ok(text)) => {
                        taken += text.len();
                        reply.push(&text.replace('\0', ""));
                        (silent_after, limit) = (Instant::now() + patience.idle, patience.idle);
                        pause_at = reply.is_holding().then(|| Instant::now() + PAUSE);
                    }
                },
                () = sleep_until(wake) => {}
            }
            let now = Instant::now();
            if pause_at.is_some_and(|pause| pause <= now) {
                reply.pause();
                pause_at = None;
            }
            if taken > patience.longest || now >= started + patience.whole {
                break Relayed::Failed(ModelError::Endless);
            }
            if now >= silent_after {
                break Relayed::Failed(ModelError::Slow(limit));
            }
            if now >= flushed + if reply.events().is_empty() { SIGN_OF_LIFE } else { BATCH } {
                if let Err(broken) = writer.write(reply).await {
                    return Relayed::Broken(broken);
                }
                flushed = Instant::now();
            }
        };
        // Nothing that was said is lost, however it ended; dropping the answer ends the request.
        drop(answer);
        reply.end_source();
        relayed
    }

    async fn let_guide_answer(
        &mut self,
        writer: &mut Writer,
        reply: &mut Reply,
        situation: &Situation,
    ) -> Result<(), Break> {
        let step = guide::plan(situation);
        reply.end_source();
        if reply.text().is_empty() && situation.history.is_empty() {
            reply.push(guide::INTRODUCTION);
            reply.end_source();
            if let Some(note) = &situation.setting.teacher_note {
                reply.begin_paragraph();
                reply.push(&guide::teacher_says(note));
                reply.end_source();
            }
        }
        reply.begin_paragraph();
        let hint = if step.wants_hint() { self.reveal_hint(situation).await } else { None };
        if let Some(hint) = &hint {
            reply.allow(hint);
        }
        reply.push(&guide::say(&step, situation, hint.as_deref()));
        reply.end_source();
        writer.write(reply).await
    }

    /// Unlocks the next hint; `None` where that is refused, which the guide then explains.
    async fn reveal_hint(&mut self, situation: &Situation) -> Option<String> {
        let task = situation.brief.as_ref()?.task.clone();
        let revealed = async {
            let mut tx = self.tutor.db.begin().await?;
            let now = self.tutor.clock.now();
            let hint = work::reveal_hint(&mut tx, &self.tutor.entropy, now, &mut self.work, &task, situation.own_words)
                .await?;
            tx.commit().await?;
            Ok::<_, TutorError>(hint)
        };
        match revealed.await {
            Ok(hint) => Some(hint),
            Err(error) => {
                tracing::debug!(%error, "no hint");
                None
            }
        }
    }
}

/// What the learner is told when the model gave nothing.
const UNAVAILABLE: &str = "*The language model does not answer just now, so LTT's guide helps you instead.*";

/// What the learner is told when the model stopped in the middle.
const BROKE_OFF: &str = "\n\n*The language model broke off here, so LTT's guide goes on.*";

async fn ordered(orders: &mut watch::Receiver<Order>) -> Order {
    let order = orders.wait_for(|order| *order != Order::GoOn).await.map(|order| *order);
    match order {
        Ok(order) => order,
        Err(_) => std::future::pending().await,
    }
}

/// How a turn ends.
enum Ending {
    Done,
    Stopped,
    Interrupted,
    Failed,
}

/// Writes a reply to the log.
struct Writer {
    tutor: Arc<Inner>,
    turn: uuid::Uuid,
    work: uuid::Uuid,
    /// The model that is answering; `None`: the guide.
    model: Option<String>,
    /// The sequence of the newest event in the log.
    last: i64,
    written: watch::Sender<i64>,
}

impl Writer {
    /// Writes what is new and renews the lease. A database that does not take it is tried again a few times.
    async fn write(&mut self, reply: &mut Reply) -> Result<(), Break> {
        for attempt in 1..=TRIES {
            match self.try_write(reply).await {
                Ok(None) => return Err(Break::Lost),
                Ok(Some(true)) => return Err(Break::Ordered(Order::Stop)),
                Ok(Some(false)) => return Ok(()),
                Err(error) => self.wait_after(&error, attempt).await,
            }
        }
        Err(Break::Lost)
    }

    async fn try_write(&mut self, reply: &mut Reply) -> Result<Option<bool>, StoreError> {
        let mut tx = self.tutor.db.begin().await?;
        let Some(stop) = turns::hold(&mut tx, self.turn, self.tutor.clock.now()).await? else { return Ok(None) };
        let last = log::append(&mut tx, self.turn, self.last, reply.events()).await?;
        turns::set_model(&mut tx, self.turn, self.model.as_deref()).await?;
        tx.commit().await?;
        reply.written();
        self.wrote(last);
        Ok(Some(stop))
    }

    /// Ends the turn with everything that was said.
    async fn end(&mut self, reply: &mut Reply, ending: Option<Ending>) {
        let Some(ending) = ending else { return };
        reply.finish();
        if reply.withheld() > 0 {
            tracing::info!(
                reference = turns::reference(self.turn),
                parts = reply.withheld(),
                "the guard withheld something"
            );
        }
        for attempt in 1..=TRIES {
            match self.try_end(reply, &ending).await {
                Ok(()) => return,
                Err(error) => self.wait_after(&error, attempt).await,
            }
        }
    }

    async fn try_end(&mut self, reply: &mut Reply, ending: &Ending) -> Result<(), StoreError> {
        let now = self.tutor.clock.now();
        let mut tx = self.tutor.db.begin().await?;
        if turns::hold(&mut tx, self.turn, now).await?.is_none() {
            return Ok(());
        }
        let last = log::append(&mut tx, self.turn, self.last, reply.events()).await?;
        let failed =
            |message: &str| Event::Error { message: message.to_owned(), reference: turns::reference(self.turn) };
        let done = || Event::Done { message: reply.text().to_owned() };
        let (state, event) = match ending {
            Ending::Done => (State::Done, done()),
            Ending::Stopped => (State::Stopped, done()),
            Ending::Interrupted => (State::Interrupted, failed(turns::INTERRUPTED)),
            Ending::Failed => {
                (State::Failed, failed("LTT could not answer just now. Your message is kept; please send it again."))
            }
        };
        let end = End { state, model: self.model.as_deref(), reply: reply.text(), event };
        turns::end(&mut tx, &self.tutor.entropy, now, (self.turn, self.work), last, end).await?;
        tx.commit().await?;
        self.wrote(last + 1);
        Ok(())
    }

    fn wrote(&mut self, last: i64) {
        self.last = last;
        self.written.send_replace(last);
    }

    async fn wait_after(&self, error: &StoreError, attempt: u32) {
        tracing::warn!(reference = turns::reference(self.turn), %error, attempt, "the log of a turn could not be written");
        sleep(Duration::from_millis(200) * attempt).await;
    }
}
