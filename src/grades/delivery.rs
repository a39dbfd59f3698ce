//! The worker that brings what is owed to the gradebooks.
//!
//! It claims rows with a lease, sends each score with a timestamp that was written down before, and settles just the
//! revision it sent: a score that changed meanwhile stays due. What a platform answers decides whether it is sent, waits
//! for the next try, or is refused.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use futures::{StreamExt as _, stream};
use lti::{HttpError, ScoreNotTaken, ScoreTaken, ServiceFault};
use rand::Rng as _;
use tokio::{sync::Notify, time};
use url::Url;
use uuid::Uuid;

use crate::{
    clock::Clock,
    entropy::Entropy,
    grades::outbox::{self, Claimed, Settlement},
    store::{Db, StoreError},
};

/// How many scores are under way at once, in one process.
const AT_ONCE: usize = 8;
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

/// A column of a gradebook, and the way to it.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    /// The registration whose token service gives access to it.
    pub registration: Uuid,
    /// The deployment it belongs to.
    pub deployment_id: &'a str,
    /// The line item's address.
    pub line_item: &'a Url,
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
    /// Our own database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The gradebooks of all platforms.
pub trait Gradebooks: Send + Sync {
    /// Posts one score to one column.
    fn post(
        &self,
        column: Column<'_>,
        score: &lti::Score,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<ScoreTaken, NotPosted>> + Send;
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
}

/// The worker.
#[derive(Debug)]
pub struct Deliverer<G> {
    db: Db,
    gradebooks: G,
    entropy: Entropy,
    retry_floor: TimeDelta,
    bell: Arc<Notify>,
}

impl<G: Gradebooks> Deliverer<G> {
    /// A worker that waits `retry_floor` after a first failure, and twice as long after each further one. Ringing `bell`
    /// makes it look at once; ring it when a transaction that owes a score has been committed.
    pub fn new(db: Db, gradebooks: G, entropy: Entropy, retry_floor: Duration, bell: Arc<Notify>) -> Self {
        let retry_floor = TimeDelta::from_std(retry_floor).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        Self { db, gradebooks, entropy, retry_floor, bell }
    }

    /// Delivers until `shutdown` comes; a delivery that is under way then is finished first.
    pub async fn run(&self, clock: &dyn Clock, shutdown: impl Future<Output = ()> + Send) {
        let mut shutdown = std::pin::pin!(shutdown);
        loop {
            let pause = match self.deliver_due(clock.now()).await {
                Ok(Round { sent: 0, waiting: 0, refused: 0 }) => POLL,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::error!(%error, "grades could not be delivered");
                    POLL
                }
            };
            tokio::select! {
                () = &mut shutdown => return,
                () = self.bell.notified() => {}
                () = time::sleep(pause) => {}
            }
        }
    }

    /// Delivers what is due at `now`, up to a handful; the next call goes on from there.
    pub async fn deliver_due(&self, now: DateTime<Utc>) -> Result<Round, StoreError> {
        let mut tx = self.db.read().await?;
        if !outbox::is_due(&mut tx, now).await? {
            return Ok(Round::default());
        }
        drop(tx);
        let mut tx = self.db.begin().await?;
        let claimed = outbox::claim(&mut tx, &self.entropy, now, now + LEASE, AT_ONCE).await?;
        tx.commit().await?;
        let settled: Vec<_> = stream::iter(claimed)
            .map(|score| async move { self.deliver(&score, now).await })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        settled.into_iter().try_fold(Round::default(), |mut round, settlement| {
            match settlement? {
                Settlement::Sent => round.sent += 1,
                Settlement::Waiting { .. } => round.waiting += 1,
                Settlement::Refused { .. } => round.refused += 1,
            }
            Ok(round)
        })
    }

    async fn deliver(&self, claimed: &Claimed, now: DateTime<Utc>) -> Result<Settlement, StoreError> {
        let outcome = tokio::select! {
            outcome = self.post(claimed, now) => outcome,
            () = self.hold(claimed, now) => Err(ScoreNotTaken::from(HttpError::TimedOut).into()),
        };
        let settlement = match outcome {
            Ok(_) => Settlement::Sent,
            Err(error) => {
                tracing::warn!(line_item = %claimed.line_item, attempts = claimed.attempts, %error, "a grade was not delivered");
                self.judge(claimed, &error, now)
            }
        };
        let mut tx = self.db.begin().await?;
        outbox::settle(&mut tx, now, claimed, &settlement).await?;
        tx.commit().await?;
        Ok(settlement)
    }

    /// Keeps the score for this worker; ends when the delivery has taken too long.
    async fn hold(&self, claimed: &Claimed, now: DateTime<Utc>) {
        let started = time::Instant::now();
        while started.elapsed() < DELIVERY_LIMIT {
            time::sleep(SIGN_OF_LIFE).await;
            let lease_until = now + TimeDelta::from_std(started.elapsed()).unwrap_or(LEASE) + LEASE;
            if let Err(error) = self.renew(claimed, lease_until).await {
                // Another worker may then take the score too; it carries a timestamp of its own, and one of them wins.
                tracing::warn!(line_item = %claimed.line_item, %error, "a lease was not renewed");
            }
        }
    }

    async fn renew(&self, claimed: &Claimed, lease_until: DateTime<Utc>) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        outbox::renew(&mut tx, claimed, lease_until).await?;
        tx.commit().await
    }

    /// Posts a score; where the platform has one of the same time or later, once more with a later time.
    async fn post(&self, claimed: &Claimed, now: DateTime<Utc>) -> Result<ScoreTaken, NotPosted> {
        let Ok(line_item) = Url::parse(&claimed.url) else {
            return Err(ScoreNotTaken::from(ServiceFault::ForeignHost { address: claimed.url.clone() }).into());
        };
        let column =
            Column { registration: claimed.registration, deployment_id: &claimed.deployment_id, line_item: &line_item };
        let score = claimed.score(claimed.timestamp);
        match self.gradebooks.post(column, &score, now).await {
            Err(NotPosted::Platform(ScoreNotTaken::Older { .. })) => {}
            outcome => return outcome,
        }
        let later = claimed.timestamp.max(now.trunc_subsecs(0)) + TimeDelta::seconds(1);
        let mut tx = self.db.begin().await?;
        outbox::note_timestamp(&mut tx, claimed, later).await?;
        tx.commit().await?;
        self.gradebooks.post(column, &claimed.score(later), now).await
    }

    fn judge(&self, claimed: &Claimed, error: &NotPosted, now: DateTime<Utc>) -> Settlement {
        let verdict = Verdict::on(error);
        if verdict.is_final {
            return Settlement::Refused { reason: verdict.reason };
        }
        if now - claimed.changed_at >= PATIENCE {
            return Settlement::Refused { reason: format!("{} LTT tried for seven days.", verdict.reason) };
        }
        let asked = verdict.retry_after.unwrap_or_default().min(LONGEST_RETRY_AFTER);
        let pause = self.pause(claimed.attempts).max(asked);
        Settlement::Waiting { reason: verdict.reason, next_attempt_at: now + pause }
    }

    /// The pause after the given number of failures: doubled each time, and up to a quarter shorter or longer by chance,
    /// so that not all learners' scores come back to a platform in the same second.
    fn pause(&self, failures: i64) -> TimeDelta {
        let doublings = u32::try_from(failures.saturating_sub(1).clamp(0, 20)).unwrap_or(0);
        let pause = self.retry_floor.checked_mul(1 << doublings).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        let percent = self.entropy.with(|rng| rng.random_range(75..=125));
        pause * percent / 100
    }
}

/// What an error means for a score.
struct Verdict {
    /// For the learner and whoever teaches them.
    reason: String,
    /// Whether trying the same again is in vain.
    is_final: bool,
    retry_after: Option<TimeDelta>,
}

impl Verdict {
    fn on(error: &NotPosted) -> Self {
        let waiting = |reason: &str| Self { reason: reason.to_owned(), is_final: false, retry_after: None };
        let refused = |reason: String| Self { reason, is_final: true, retry_after: None };
        match error {
            NotPosted::RegistrationRemoved => refused("This course is no longer connected to LTT.".to_owned()),
            NotPosted::Store(_) => waiting("LTT had an error of its own."),
            NotPosted::Platform(ScoreNotTaken::Older { .. }) => {
                waiting("The gradebook has a newer grade than this one.")
            }
            NotPosted::Platform(ScoreNotTaken::LearnerRefused { .. }) => {
                refused("The course does not grade this person; only learners of the course are graded.".to_owned())
            }
            NotPosted::Platform(ScoreNotTaken::Fault(fault)) => Self::on_fault(fault),
        }
    }

    fn on_fault(fault: &ServiceFault) -> Self {
        let waiting = |reason: &str, retry_after| Self { reason: reason.to_owned(), is_final: false, retry_after };
        let refused = |reason: String| Self { reason, is_final: true, retry_after: None };
        match fault {
            ServiceFault::Http(HttpError::Refused(_)) | ServiceFault::ForeignHost { .. } => {
                waiting("LTT may not call the gradebook's address; an administrator has to allow it.", None)
            }
            ServiceFault::Http(_) => waiting("The course's gradebook could not be reached.", None),
            ServiceFault::Token(lti::TokenError::ScopeDenied(_)) | ServiceFault::ScopeNotGranted { .. } => refused(
                "The course does not let LTT write grades; whoever set the activity up can change that.".to_owned(),
            ),
            ServiceFault::Token(_) => waiting("The course does not let LTT in at the moment.", None),
            ServiceFault::Throttled { retry_after, .. } => waiting("The course's gradebook is busy.", *retry_after),
            ServiceFault::PlatformFailed { status, retry_after, .. } => {
                waiting(&format!("The course's gradebook had an error of its own (status {status})."), *retry_after)
            }
            ServiceFault::Forbidden { status, .. } => {
                refused(format!("The course does not let LTT write to its gradebook (status {status})."))
            }
            ServiceFault::Gone { .. } => {
                refused("The course no longer has a column for this activity in its gradebook.".to_owned())
            }
            ServiceFault::Refused { status, .. } => {
                refused(format!("The course's gradebook refused the grade (status {status})."))
            }
            other => refused(format!("The grade could not be sent. {other}")),
        }
    }
}

#[cfg(test)]
mod tests;
