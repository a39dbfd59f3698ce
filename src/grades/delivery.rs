//! The worker that brings what is owed to the gradebooks.
//!
//! It claims rows with a lease, sends each score with a timestamp that was written down before, and settles just the
//! revision it sent: a score that changed meanwhile stays due. What a platform answers decides whether it is sent, waits
//! for the next try, or is refused; and whether the platform itself is left alone for a while. A while after, the gradebook
//! is asked what it shows.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use futures::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use lti::{HttpError, LearnerResult, ScoreNotTaken, ScoreTaken, ServiceFault};
use rand::Rng as _;
use tokio::{sync::Notify, time};
use url::Url;
use uuid::Uuid;

use super::{
    access::Access,
    check::{self, Checked, Finding},
    claim::{self, Claimed, Room, Settlement},
    column::{self, Definition},
    health::{self, Failure},
    verdict::{Consequence, Verdict},
};
use crate::{
    clock::Clock,
    entropy::Entropy,
    store::{Db, StoreError, Tx},
};

/// How many deliveries are under way at once, in one process.
const AT_ONCE: usize = 32;
/// How many of them to one platform.
const AT_ONCE_TO_ONE: usize = 4;
/// How long a claimed score is nobody else's after its worker's last sign of life; after a crash it is due again when
/// this is over.
const LEASE: TimeDelta = TimeDelta::seconds(10);
/// How often a worker gives that sign.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);
/// How long one delivery may take, token and second try included.
const DELIVERY_LIMIT: Duration = Duration::from_secs(45);
/// How often the worker looks by itself for what became due or was owed elsewhere.
const POLL: Duration = Duration::from_secs(2);
/// The longest pause between two tries, and the longest one a platform may ask for.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(15);
const LONGEST_RETRY_AFTER: TimeDelta = TimeDelta::hours(6);
/// How long a score is tried to be delivered.
const PATIENCE: TimeDelta = TimeDelta::days(7);
/// How often a score is tried that the platform forbids, or fails at while it takes others, and how often a column is made
/// anew.
const TRIES: i64 = 5;

/// A gradebook, and the way to it.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// The registration whose token service gives access to it.
    pub registration: Uuid,
    /// The deployment it belongs to.
    pub deployment_id: &'a str,
    /// What the launch lets LTT do there.
    pub access: &'a Access,
}

/// Why a score did not get into a gradebook.
#[derive(Debug, thiserror::Error)]
pub enum NotPosted {
    /// The registration has been removed.
    #[error("the registration is not there any more")]
    RegistrationRemoved,
    /// The platform or the way to it.
    #[error(transparent)]
    Platform(#[from] ScoreNotTaken),
    /// The column could not be made.
    #[error("the column could not be made: {0}")]
    Column(#[source] ServiceFault),
    /// Our own database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The gradebooks of all platforms.
pub trait Gradebooks: Send + Sync {
    /// Posts one score to one column.
    fn post(
        &self,
        way: Way<'_>,
        line_item: &Url,
        score: &lti::Score,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<ScoreTaken, NotPosted>> + Send;

    /// Finds a column by its resource id, or makes it, and tells its address.
    fn make(
        &self,
        way: Way<'_>,
        definition: &Definition,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Url, NotPosted>> + Send;

    /// What a column shows for a learner; `None`: nothing.
    fn result(
        &self,
        way: Way<'_>,
        line_item: &Url,
        subject: &str,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Option<LearnerResult>, NotPosted>> + Send;
}

/// What one round of deliveries came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Round {
    /// Taken by a gradebook.
    pub sent: usize,
    /// To be tried again.
    pub waiting: usize,
    /// Not wanted by a gradebook.
    pub refused: usize,
    /// Looked up in a gradebook.
    pub checked: usize,
}

/// How gently platforms are treated.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// The pause after a first failure; twice as long after each further one.
    pub retry_floor: Duration,
    /// How many scores go to one platform in a second, at most.
    pub per_second: u32,
}

/// The worker.
#[derive(Debug)]
pub struct Deliverer<G> {
    db: Db,
    gradebooks: G,
    entropy: Entropy,
    retry_floor: TimeDelta,
    poll: Duration,
    per_second: u32,
    bell: Arc<Notify>,
}

/// What came of what was under way, and at which platform.
type Done = (Uuid, Result<Option<Settlement>, StoreError>);

/// What is under way.
enum Task {
    Delivery(Claimed),
    Check(Checked),
}

impl Task {
    fn platform(&self) -> Uuid {
        match self {
            Self::Delivery(claimed) => claimed.platform,
            Self::Check(checked) => checked.platform,
        }
    }
}

impl<G: Gradebooks> Deliverer<G> {
    /// A worker. Ringing `bell` makes it look at once; ring it when a transaction that owes a score has been committed.
    pub fn new(db: Db, gradebooks: G, entropy: Entropy, pace: Pace, bell: Arc<Notify>) -> Self {
        let retry_floor = TimeDelta::from_std(pace.retry_floor).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        let poll = POLL.min(pace.retry_floor.max(Duration::from_millis(10)));
        Self { db, gradebooks, entropy, retry_floor, poll, per_second: pace.per_second.max(1), bell }
    }

    /// Delivers until `shutdown` comes; what is under way then is finished first.
    pub async fn run(&self, clock: &dyn Clock, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut under_way: FuturesUnordered<BoxFuture<'_, Done>> = FuturesUnordered::new();
        let mut busy: HashMap<Uuid, usize> = HashMap::new();
        let mut stopping = false;
        while !stopping || !under_way.is_empty() {
            if !stopping && under_way.len() < AT_ONCE {
                // What is under way goes on meanwhile: it may hold the very database that this waits for.
                let (so_far, free) = (busy.clone(), AT_ONCE - under_way.len());
                let mut taking = std::pin::pin!(self.take(clock.now(), &so_far, free));
                let taken = loop {
                    tokio::select! {
                        taken = &mut taking => break taken,
                        Some(done) = under_way.next(), if !under_way.is_empty() => conclude(&mut busy, done),
                    }
                };
                let taken = taken.unwrap_or_else(|error| {
                    tracing::error!(%error, "grades could not be delivered");
                    Vec::new()
                });
                for task in taken {
                    *busy.entry(task.platform()).or_default() += 1;
                    under_way.push(Box::pin(async move { (task.platform(), self.carry_out(&task, clock).await) }));
                }
            }
            tokio::select! {
                () = &mut shutdown, if !stopping => stopping = true,
                Some(done) = under_way.next(), if !under_way.is_empty() => conclude(&mut busy, done),
                () = self.bell.notified(), if !stopping => {}
                () = time::sleep(self.poll), if !stopping => {}
            }
        }
    }

    /// Delivers what is due now, up to a handful; the next call goes on from there.
    pub async fn deliver_due(&self, clock: &dyn Clock) -> Result<Round, StoreError> {
        let taken = self.take(clock.now(), &HashMap::new(), AT_ONCE).await?;
        let outcomes = futures::future::join_all(taken.iter().map(|task| self.carry_out(task, clock))).await;
        let mut round = Round::default();
        for outcome in outcomes {
            match outcome? {
                None => round.checked += 1,
                Some(Settlement::Sent { .. }) => round.sent += 1,
                Some(Settlement::Waiting { .. } | Settlement::LeftAlone) => round.waiting += 1,
                Some(Settlement::Refused { .. }) => round.refused += 1,
            }
        }
        Ok(round)
    }

    /// Takes on what is due: scores first, then looking after those that were sent.
    async fn take(
        &self,
        now: DateTime<Utc>,
        busy: &HashMap<Uuid, usize>,
        free: usize,
    ) -> Result<Vec<Task>, StoreError> {
        let room = Room { free, at_once: AT_ONCE_TO_ONE, per_second: self.per_second, under_way: busy };
        let mut tx = self.db.read().await?;
        let (due, to_check) = (claim::is_due(&mut tx, now, room).await?, check::is_due(&mut tx, now).await?);
        drop(tx);
        if !due && !to_check {
            return Ok(Vec::new());
        }
        let mut tx = self.db.begin().await?;
        let claimed = claim::claim(&mut tx, &self.entropy, now, now + LEASE, room).await?;
        let mut tasks: Vec<Task> = claimed.into_iter().map(Task::Delivery).collect();
        if tasks.is_empty() && to_check {
            let checked = check::claim(&mut tx, &self.entropy, now, now + LEASE, room).await?;
            tasks.extend(checked.into_iter().map(Task::Check));
        }
        tx.commit().await?;
        Ok(tasks)
    }

    /// Delivers a score and tells how it ended; or looks one up.
    async fn carry_out(&self, task: &Task, clock: &dyn Clock) -> Result<Option<Settlement>, StoreError> {
        match task {
            Task::Delivery(claimed) => self.deliver(claimed, clock).await.map(Some),
            Task::Check(checked) => self.check(checked, clock).await.map(|()| None),
        }
    }

    async fn deliver(&self, claimed: &Claimed, clock: &dyn Clock) -> Result<Settlement, StoreError> {
        let began = clock.now();
        let outcome = tokio::select! {
            outcome = self.send(claimed, clock) => outcome,
            () = self.hold(claimed.line_item, claimed.claim, began) => Err(ScoreNotTaken::from(HttpError::TimedOut).into()),
        };
        let now = clock.now();
        let mut tx = self.db.begin().await?;
        let settlement = match outcome {
            Ok(true) => {
                health::answered(&mut tx, began, now, claimed.platform).await?;
                Settlement::Sent { check_at: check::first(&claimed.access(), claimed.is_read_back, now) }
            }
            Ok(false) => {
                health::unprobe(&mut tx, claimed.platform).await?;
                Settlement::LeftAlone
            }
            Err(error) => {
                tracing::warn!(line_item = %claimed.line_item, attempts = claimed.attempts, %error, "a grade was not delivered");
                self.judge(&mut tx, claimed, &error, began, now).await?
            }
        };
        claim::settle(&mut tx, now, claimed, &settlement).await?;
        tx.commit().await?;
        Ok(settlement)
    }

    /// Keeps a row for this worker; ends when the delivery has taken too long.
    async fn hold(&self, line_item: Uuid, claim: Uuid, began: DateTime<Utc>) {
        let started = time::Instant::now();
        while started.elapsed() < DELIVERY_LIMIT {
            time::sleep(SIGN_OF_LIFE).await;
            let lease_until = began + TimeDelta::from_std(started.elapsed()).unwrap_or(LEASE) + LEASE;
            if let Err(error) = self.renew(line_item, claim, lease_until).await {
                // Another worker may then take the score too; it carries a timestamp of its own, and one of them wins.
                tracing::warn!(%line_item, %error, "a lease was not renewed");
            }
        }
    }

    async fn renew(&self, line_item: Uuid, claim: Uuid, lease_until: DateTime<Utc>) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        claim::renew(&mut tx, line_item, claim, lease_until).await?;
        tx.commit().await
    }

    /// Posts a score; where the platform has one of the same time or later, once more with a later time. `false`: it was
    /// given up, for another worker has it by now, or it has changed.
    async fn send(&self, claimed: &Claimed, clock: &dyn Clock) -> Result<bool, NotPosted> {
        let access = claimed.access();
        let way = Way { registration: claimed.registration, deployment_id: &claimed.deployment_id, access: &access };
        let line_item = self.line_item(claimed, way, clock.now()).await?;
        let score = claimed.score(claimed.timestamp);
        match self.gradebooks.post(way, &line_item, &score, clock.now()).await {
            Err(NotPosted::Platform(ScoreNotTaken::Older { .. })) => {}
            outcome => return outcome.map(|_| true),
        }
        let later = claimed.timestamp.max(clock.now().trunc_subsecs(0)) + TimeDelta::seconds(1);
        let mut tx = self.db.begin().await?;
        if !claim::note_timestamp(&mut tx, claimed, later).await? {
            return Ok(false);
        }
        tx.commit().await?;
        self.gradebooks.post(way, &line_item, &claimed.score(later), clock.now()).await.map(|_| true)
    }

    /// The column's address; it is made where there is none yet.
    async fn line_item(&self, claimed: &Claimed, way: Way<'_>, now: DateTime<Utc>) -> Result<Url, NotPosted> {
        if let Some(url) = &claimed.url {
            return Url::parse(url)
                .map_err(|_| ScoreNotTaken::from(ServiceFault::ForeignHost { address: url.clone() }).into());
        }
        let gone = || NotPosted::from(ScoreNotTaken::from(ServiceFault::Gone { status: 404, excerpt: String::new() }));
        let column = claimed.column_id.ok_or_else(gone)?;
        let mut tx = self.db.read().await?;
        let definition = column::definition(&mut tx, column).await?.ok_or_else(gone)?;
        drop(tx);
        let made = self.gradebooks.make(way, &definition, now).await;
        let mut tx = self.db.begin().await?;
        column::end(&mut tx, column, made.as_ref().ok()).await?;
        tx.commit().await?;
        made
    }

    /// What becomes of a score that was not taken, and of its platform.
    async fn judge(
        &self,
        tx: &mut Tx,
        claimed: &Claimed,
        error: &NotPosted,
        began: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Settlement, StoreError> {
        let Verdict { mut trouble, consequence, retry_after, is_answer } = Verdict::on(error);
        let asked = retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
        let platform = claimed.platform;
        let mut behind = None;
        if matches!(consequence, Consequence::Down | Consequence::Stumbled) {
            let is_down = consequence == Consequence::Down || retry_after.is_some();
            let failure = Failure { began, is_down, trouble: &trouble };
            behind = health::failed(tx, now, platform, failure, |failures| self.pause(failures).max(asked)).await?;
        } else if is_answer {
            health::answered(tx, began, now, platform).await?;
        } else {
            health::unprobe(tx, platform).await?;
        }
        if consequence == Consequence::Refuse {
            return Ok(Settlement::Refused { trouble });
        }
        if self.is_hopeless(tx, claimed, consequence, trouble.fault).await? {
            return Ok(Settlement::Refused { trouble: Verdict::given_up(trouble, consequence) });
        }
        if now - claimed.waiting_since >= PATIENCE {
            trouble.reason.push_str(" LTT tried for seven days.");
            return Ok(Settlement::Refused { trouble });
        }
        if let Some(next_attempt_at) = behind {
            return Ok(Settlement::Waiting { trouble, next_attempt_at, counts: false });
        }
        let next_attempt_at = now + self.pause(claimed.attempts).max(asked);
        Ok(Settlement::Waiting { trouble, next_attempt_at, counts: true })
    }

    /// Whether a score has been tried often enough. A column that is gone is forgotten, so that the next try finds it again
    /// or makes it anew.
    async fn is_hopeless(
        &self,
        tx: &mut Tx,
        claimed: &Claimed,
        consequence: Consequence,
        fault: &str,
    ) -> Result<bool, StoreError> {
        match consequence {
            Consequence::ColumnGone => match (claimed.column_id, &claimed.url) {
                (Some(column), Some(url)) if claimed.access().may_make_columns() && claimed.attempts < TRIES => {
                    column::lose(tx, column, url).await?;
                    Ok(false)
                }
                _ => Ok(true),
            },
            // Tries that failed otherwise say nothing of what is forbidden.
            Consequence::AskAgain => Ok(claimed.attempts >= TRIES && claimed.last_fault.as_deref() == Some(fault)),
            Consequence::Stumbled if claimed.attempts >= TRIES => {
                let answer = health::last_answer(tx, claimed.platform).await?;
                Ok(answer.is_some_and(|answer| answer > claimed.waiting_since))
            }
            _ => Ok(false),
        }
    }

    /// Asks the gradebook what it shows.
    async fn check(&self, checked: &Checked, clock: &dyn Clock) -> Result<(), StoreError> {
        let began = clock.now();
        let way =
            Way { registration: checked.registration, deployment_id: &checked.deployment_id, access: &checked.access };
        let asked = async {
            match Url::parse(&checked.url) {
                Ok(url) => self.gradebooks.result(way, &url, &checked.subject, began).await,
                Err(_) => Ok(None),
            }
        };
        let answer = tokio::select! {
            answer = asked => answer,
            () = self.hold(checked.line_item, checked.claim, began) => Ok(None),
        };
        let now = clock.now();
        let finding = answer.map_or_else(
            |error| {
                tracing::info!(line_item = %checked.line_item, %error, "a grade could not be read back");
                Finding::Nothing
            },
            |result| Finding::of(checked, result),
        );
        let mut tx = self.db.begin().await?;
        check::settle(&mut tx, now, checked, finding).await?;
        tx.commit().await
    }

    /// The pause after the given number of failures: doubled each time, and up to a quarter shorter or longer by chance,
    /// so that not all come back to a platform in the same second.
    fn pause(&self, failures: i64) -> TimeDelta {
        let doublings = u32::try_from(failures.saturating_sub(1).clamp(0, 20)).unwrap_or(0);
        let pause = self.retry_floor.checked_mul(1 << doublings).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        let percent = self.entropy.with(|rng| rng.random_range(75..=125));
        pause * percent / 100
    }
}

/// Makes room for another delivery to a platform.
fn conclude(busy: &mut HashMap<Uuid, usize>, (platform, outcome): Done) {
    if let Err(error) = outcome {
        tracing::error!(%error, "what came of a delivery could not be written down");
    }
    if let Some(count) = busy.get_mut(&platform) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            busy.remove(&platform);
        }
    }
}

#[cfg(test)]
mod tests;
