//! Reads rosters from their platforms.
//!
//! A reading claims its roster by a lease, which each page renews, so that two workers never read the same. Every page is
//! written down before the next one is asked for: a large course is never in memory as a whole, and what was read stays when
//! a later page fails. Only a reading that came to its end says who does not belong to the course any more.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use lti::{GuardedClient, MembershipStatus, RosterQuery, RosterService, ServiceFault};
use url::Url;
use uuid::Uuid;

use super::{Standing, groups};
use crate::{
    clock::Clock,
    entropy::Entropy,
    launch::{
        arrival::StoredRole,
        platform::{self, Registration},
        policy::{self, LaunchPolicy},
        protocol::Tool,
        storage::Storage,
    },
    on_tx,
    store::{Db, StoreError, Tx},
};

/// How many members a page should have.
const PAGE: u32 = 100;
/// How many members are written down in one transaction, so that nobody waits long for the right to write.
const CHUNK: usize = 200;
/// The most members of a course that are kept.
pub const MOST_MEMBERS: usize = 20_000;
/// How long a reading is nobody else's after its last page: longer than a page takes, token and second try included.
pub(crate) const LEASE: TimeDelta = TimeDelta::minutes(2);
/// How long differences are trusted before the list is read whole again.
const WHOLE: TimeDelta = TimeDelta::days(7);
/// How long after its newest launch a course's roster is still read by itself.
const IN_USE: TimeDelta = TimeDelta::days(14);
/// How many readings a worker finds due at once.
const ROUND: i64 = 20;
/// The longest name and address that are kept, and the longest reason, in characters.
const LONGEST_NAME: usize = 200;
const LONGEST_REASON: usize = 600;

/// What came of an attempt to read a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was read to its end.
    Complete {
        /// How many entries it had.
        members: usize,
    },
    /// It was not; the reason says what to do.
    Failed {
        /// Why.
        reason: String,
    },
    /// Somebody else is reading it.
    Busy,
    /// The course's platform offers none.
    NotOffered,
}

/// Why a reading did not come to its end.
#[derive(Debug, thiserror::Error)]
enum NotRead {
    /// The platform or the way to it.
    #[error(transparent)]
    Platform(#[from] ServiceFault),
    /// More than LTT keeps.
    #[error(
        "The course has more than {MOST_MEMBERS} members, which is more than LTT reads. Those read so far are shown; others \
         appear as they open the activity."
    )]
    TooMany,
    /// Launches by the registration are refused, so nothing is asked in its name either.
    #[error("The connection with this course is switched off. Whoever looks after LTT can enable it.")]
    Disabled,
    /// It took longer than the lease, and another one has begun.
    #[error("another reading of this roster has begun meanwhile")]
    Overtaken,
    /// Our own database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The rosters of all platforms.
#[derive(Clone)]
pub struct Rosters {
    db: Db,
    entropy: Entropy,
    lti: Arc<Tool>,
}

/// A reading under way.
struct Reading {
    course: Uuid,
    claim: Uuid,
    registration: Registration,
    policy: LaunchPolicy,
    deployment_id: String,
    memberships: Url,
    differences: Option<Url>,
    groups: Option<Url>,
}

/// What a reading found.
#[derive(Default)]
struct Found {
    members: usize,
    differences: Option<Url>,
    /// Whether it was the whole list, and not only what changed.
    is_whole: bool,
}

impl Rosters {
    /// The rosters of the platforms in `db`.
    pub fn new(db: Db, entropy: Entropy, lti: Arc<Tool>) -> Self {
        Self { db, entropy, lti }
    }

    /// Reads a course's roster now.
    pub async fn sync(&self, clock: &dyn Clock, course: Uuid) -> Result<Outcome, StoreError> {
        let now = clock.now();
        let mut tx = self.db.begin().await?;
        let claimed = claim(&mut tx, now, course, self.entropy.id(now)).await?;
        let Some(reading) = claimed else {
            let is_offered = super::state(&mut tx, course).await?.is_some();
            return Ok(if is_offered { Outcome::Busy } else { Outcome::NotOffered });
        };
        tx.commit().await?;
        let found = match self.read(clock, &reading).await {
            Ok(found) => found,
            Err(NotRead::Overtaken) => return Ok(Outcome::Busy),
            Err(NotRead::Store(error)) => return Err(error),
            Err(error) => {
                let reason: String = error.to_string().chars().take(LONGEST_REASON).collect();
                tracing::warn!(%course, reason, "a roster was not read");
                let mut tx = self.db.begin().await?;
                fail(&mut tx, clock.now(), &reading, &reason).await?;
                tx.commit().await?;
                return Ok(Outcome::Failed { reason });
            }
        };
        let mut tx = self.db.begin().await?;
        if !complete(&mut tx, clock.now(), &reading, &found).await? {
            return Ok(Outcome::Busy);
        }
        tx.commit().await?;
        Ok(Outcome::Complete { members: found.members })
    }

    /// The courses whose rosters are due: launched lately, and last read before `interval`. One that could not be read is
    /// tried again a little earlier.
    pub async fn due(&self, now: DateTime<Utc>, interval: TimeDelta) -> Result<Vec<Uuid>, StoreError> {
        const SQL: &str = "
            SELECT roster.course_id FROM roster JOIN registration ON registration.id = roster.registration_id
            WHERE roster.launched_at > $1 AND registration.disabled_at IS NULL
              AND (roster.lease_until IS NULL OR roster.lease_until <= $2)
              AND (roster.tried_at IS NULL OR roster.tried_at <= $3 OR (roster.state = 'failed' AND roster.tried_at <= $4))
            ORDER BY roster.tried_at IS NOT NULL, roster.tried_at, roster.course_id LIMIT $5";
        let mut tx = self.db.read().await?;
        on_tx!(&mut tx, |connection| sqlx::query_scalar(SQL)
            .bind(now - IN_USE)
            .bind(now)
            .bind(now - interval)
            .bind(now - interval / 6)
            .bind(ROUND)
            .fetch_all(connection)
            .await)
    }

    async fn read(&self, clock: &dyn Clock, reading: &Reading) -> Result<Found, NotRead> {
        if reading.registration.disabled_at.is_some() {
            return Err(NotRead::Disabled);
        }
        if let Some(differences) = &reading.differences {
            let registration = &reading.registration;
            let pages = self.entropy.with(|rng| {
                self.lti.roster_differences(registration, &reading.deployment_id, differences.clone(), rng)
            });
            match self.take(clock, reading, pages).await {
                // What the platform no longer tells differences from is read whole.
                Err(NotRead::Platform(fault)) => tracing::info!(cause = %fault, "the whole roster is read instead"),
                read => return read,
            }
        }
        let with_groups = self.groups(clock, reading).await?;
        let query = RosterQuery { limit: Some(PAGE), groups: with_groups, ..RosterQuery::default() };
        let found = match self.take(clock, reading, self.pages(reading, query)).await {
            // Some platforms know no limit, and refuse the word for it.
            Err(NotRead::Platform(ServiceFault::Refused { status: 400, .. })) => {
                self.take(clock, reading, self.pages(reading, RosterQuery { limit: None, ..query })).await?
            }
            read => read?,
        };
        Ok(Found { is_whole: true, ..found })
    }

    fn pages<'a>(&'a self, reading: &'a Reading, query: RosterQuery<'_>) -> lti::Roster<'a, Storage, GuardedClient> {
        let service =
            RosterService { context_memberships_url: reading.memberships.clone(), service_versions: Vec::new() };
        let Reading { registration, deployment_id, .. } = reading;
        self.entropy.with(|rng| self.lti.roster(registration, deployment_id, &service, query, rng))
    }

    /// Takes page after page.
    async fn take(
        &self,
        clock: &dyn Clock,
        reading: &Reading,
        mut pages: lti::Roster<'_, Storage, GuardedClient>,
    ) -> Result<Found, NotRead> {
        let mut found = Found::default();
        while let Some(page) = pages.next_page(clock.now()).await? {
            found.members += page.members.len();
            if found.members > MOST_MEMBERS {
                return Err(NotRead::TooMany);
            }
            for chunk in page.members.chunks(CHUNK) {
                self.write(clock.now(), reading, chunk).await?;
            }
            found.differences = page.differences.or(found.differences);
        }
        Ok(found)
    }

    async fn write(&self, now: DateTime<Utc>, reading: &Reading, members: &[lti::Member]) -> Result<(), NotRead> {
        let mut tx = self.db.begin().await?;
        if !renew(&mut tx, now, reading).await? {
            return Err(NotRead::Overtaken);
        }
        for member in members {
            save(&mut tx, now, reading, member).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Reads the course's groups, and says whether members are to be asked for with theirs. That there are none, or that they
    /// cannot be had, costs nobody the roster.
    async fn groups(&self, clock: &dyn Clock, reading: &Reading) -> Result<bool, NotRead> {
        let Some(address) = reading.groups.clone() else { return Ok(false) };
        let (service, Reading { registration, deployment_id, .. }) = (groups::service(address), reading);
        let asked = self.entropy.with(|rng| self.lti.groups(registration, deployment_id, &service, None, rng));
        let mut read = Vec::new();
        let mut pages = asked?;
        loop {
            match pages.next_page(clock.now()).await {
                Ok(Some(page)) if read.len() + page.len() <= groups::MOST_GROUPS => read.extend(page),
                Ok(Some(_) | None) => break,
                Err(fault) => {
                    tracing::warn!(course = %reading.course, cause = %fault, "the course's groups were not read");
                    return Ok(false);
                }
            }
        }
        let mut tx = self.db.begin().await?;
        if !renew(&mut tx, clock.now(), reading).await? {
            return Err(NotRead::Overtaken);
        }
        for group in &read {
            groups::save(&mut tx, reading.course, reading.claim, group).await?;
        }
        groups::forget_others(&mut tx, reading.course, reading.claim).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Claims a roster for a reading; `None` where there is none, or another reading is under way.
async fn claim(tx: &mut Tx, now: DateTime<Utc>, course: Uuid, claim: Uuid) -> Result<Option<Reading>, StoreError> {
    const SQL: &str = "
        UPDATE roster SET claim = $2, lease_until = $4
        WHERE course_id = $1 AND (lease_until IS NULL OR lease_until <= $3)
        RETURNING registration_id, deployment_id, memberships_url, differences_url, groups_url, whole_at";
    #[derive(sqlx::FromRow)]
    struct Row {
        registration_id: Uuid,
        deployment_id: String,
        memberships_url: String,
        differences_url: Option<String>,
        groups_url: Option<String>,
        whole_at: Option<DateTime<Utc>>,
    }
    let row: Option<Row> = on_tx!(&mut *tx, |connection| sqlx::query_as(SQL)
        .bind(course)
        .bind(claim)
        .bind(now)
        .bind(now + LEASE)
        .fetch_optional(connection)
        .await)?;
    let Some(row) = row else { return Ok(None) };
    let Some(registration) = platform::registration(tx, row.registration_id).await? else { return Ok(None) };
    let policy = policy::of(tx, registration.id).await?;
    let is_fresh = row.whole_at.is_some_and(|at| now - at < WHOLE);
    let differences = row.differences_url.filter(|_| is_fresh);
    Ok(Some(Reading {
        course,
        claim,
        registration,
        policy,
        deployment_id: row.deployment_id,
        memberships: address("memberships_url", &row.memberships_url)?,
        differences: differences.and_then(|address| Url::parse(&address).ok()),
        groups: row.groups_url.and_then(|address| Url::parse(&address).ok()),
    }))
}

/// Takes a roster as a worker does that dies of it.
#[cfg(test)]
pub(crate) async fn abandon(tx: &mut Tx, now: DateTime<Utc>, course: Uuid, claim: Uuid) -> Result<bool, StoreError> {
    Ok(self::claim(tx, now, course, claim).await?.is_some())
}

fn address(column: &'static str, stored: &str) -> Result<Url, StoreError> {
    Url::parse(stored).map_err(|error| StoreError::Inconsistent { table: "roster", column, cause: error.to_string() })
}

/// Renews a reading's lease; `false` where it was overtaken.
async fn renew(tx: &mut Tx, now: DateTime<Utc>, reading: &Reading) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE roster SET lease_until = $3 WHERE course_id = $1 AND claim = $2";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(reading.course)
        .bind(reading.claim)
        .bind(now + LEASE)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() == 1))
}

/// Takes a member over, with just what is to be kept of them.
async fn save(tx: &mut Tx, now: DateTime<Utc>, reading: &Reading, member: &lti::Member) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO member (course_id, subject, name, email, role, status, joined_at, seen_at, claim)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8)
        ON CONFLICT (course_id, subject) DO UPDATE
        SET name = excluded.name, email = excluded.email, role = excluded.role, status = excluded.status,
            seen_at = excluded.seen_at, claim = excluded.claim";
    let policy = &reading.policy;
    let short = |text: String| text.chars().take(LONGEST_NAME).collect::<String>();
    // The platform's preview of a learner is nobody in the class.
    let role = match policy.roles.table().in_course(&member.roles).into() {
        StoredRole::Learner if member.roles.is_test_user() => StoredRole::Observer,
        role => role,
    };
    let status = match member.status {
        MembershipStatus::Active | MembershipStatus::Other(_) => Standing::Active,
        MembershipStatus::Inactive | MembershipStatus::Deleted => Standing::Inactive,
    };
    on_tx!(&mut *tx, |connection| sqlx::query(SQL)
        .bind(reading.course)
        .bind(&member.user_id)
        .bind(name(&member.person).filter(|_| policy.roster_names).map(short))
        .bind(member.person.email.clone().filter(|_| policy.keep_email).map(short))
        .bind(role)
        .bind(status)
        .bind(now)
        .bind(reading.claim)
        .execute(connection)
        .await
        .map(drop))?;
    if reading.groups.is_some() {
        groups::enrol(tx, reading.course, &member.user_id, &member.groups).await?;
    }
    Ok(())
}

/// A member's name, whole or put together.
fn name(person: &lti::Person) -> Option<String> {
    let parts: Vec<&str> =
        [&person.given_name, &person.family_name].into_iter().flatten().map(String::as_str).collect();
    person.name.clone().or_else(|| (!parts.is_empty()).then(|| parts.join(" ")))
}

/// Concludes a reading that came to its end; `false` where it was overtaken.
async fn complete(tx: &mut Tx, now: DateTime<Utc>, reading: &Reading, found: &Found) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE roster SET state = 'complete', reason = NULL, synced_at = $3, tried_at = $3, differences_url = $4,
                          whole_at = CASE WHEN $5 THEN $3 ELSE whole_at END, claim = NULL, lease_until = NULL
        WHERE course_id = $1 AND claim = $2";
    const GONE: &str =
        "UPDATE member SET status = 'inactive' WHERE course_id = $1 AND claim <> $2 AND status = 'active'";
    let differences = found.differences.as_ref().or(reading.differences.as_ref().filter(|_| !found.is_whole));
    let concluded = on_tx!(&mut *tx, |connection| sqlx::query(SQL)
        .bind(reading.course)
        .bind(reading.claim)
        .bind(now)
        .bind(differences.map(Url::as_str))
        .bind(found.is_whole)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() == 1))?;
    if concluded && found.is_whole {
        on_tx!(tx, |connection| sqlx::query(GONE)
            .bind(reading.course)
            .bind(reading.claim)
            .execute(connection)
            .await
            .map(drop))?;
    }
    Ok(concluded)
}

/// Concludes a reading that did not come to its end.
async fn fail(tx: &mut Tx, now: DateTime<Utc>, reading: &Reading, reason: &str) -> Result<(), StoreError> {
    const SQL: &str = "
        UPDATE roster SET state = 'failed', reason = $3, tried_at = $4, claim = NULL, lease_until = NULL
        WHERE course_id = $1 AND claim = $2";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(reading.course)
        .bind(reading.claim)
        .bind(reason)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))
}
