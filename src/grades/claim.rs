//! Scores that a worker holds while it delivers them, and how a delivery ends.
//!
//! Platforms take turns, the one that has waited longest first, so that one with many scores or slow answers delays no
//! other. What a platform may be asked at once and in a second is bounded.

use std::collections::HashMap;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use sqlx::types::Json;
use uuid::Uuid;

use super::{access::Access, column, health};
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// A score that a worker holds for as long as it renews its lease.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Claimed {
    /// The line item's id here.
    pub line_item: Uuid,
    /// Whose gradebook it goes to.
    pub platform: Uuid,
    /// The registration whose token service gives access to it.
    pub registration: Uuid,
    /// The deployment it belongs to.
    pub deployment_id: String,
    /// The column's row; `None`: attached before columns had rows.
    pub column_id: Option<Uuid>,
    /// The column's address; `None`: it has to be made first.
    pub url: Option<String>,
    access: Option<Json<Access>>,
    /// Whether the platform's results tell what its gradebook shows.
    pub is_read_back: bool,
    /// The platform's id of the learner.
    pub subject: String,
    given: f64,
    maximum: f64,
    completed: bool,
    /// Which state of the score this is.
    revision: i64,
    /// Since when it is on its way.
    pub waiting_since: DateTime<Utc>,
    /// How often it has been tried, this time included.
    pub attempts: i64,
    /// The stable name of what went wrong the last time.
    pub last_fault: Option<String>,
    /// The timestamp it goes out with.
    #[sqlx(default)]
    pub timestamp: DateTime<Utc>,
    /// Tells this claim from a later one of the same score.
    #[sqlx(default)]
    pub(super) claim: Uuid,
}

impl Claimed {
    /// The score as the gradebook gets it.
    pub fn score(&self, timestamp: DateTime<Utc>) -> lti::Score {
        lti::Score {
            user_id: self.subject.clone(),
            given: Some(self.given),
            maximum: self.maximum,
            completed: self.completed,
            comment: None,
            timestamp,
        }
    }

    /// What the launch lets LTT do with the gradebook.
    pub fn access(&self) -> Access {
        self.access.as_ref().map(|access| access.0.clone()).unwrap_or_default()
    }
}

/// How much a worker may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room<'a> {
    /// How many scores it can take at all.
    pub free: usize,
    /// How many may be under way to one platform.
    pub at_once: usize,
    /// How many may go to one platform in a second.
    pub per_second: u32,
    /// How many are under way already, by platform.
    pub under_way: &'a HashMap<Uuid, usize>,
}

impl Room<'_> {
    pub(super) fn at(&self, platform: Uuid) -> usize {
        self.at_once.saturating_sub(self.under_way.get(&platform).copied().unwrap_or_default())
    }
}

/// What a row must be like to be sent: due, held by nobody, its course not paused, its column there or to be made.
macro_rules! due {
    () => {
        "score.state = 'waiting' AND score.next_attempt_at <= $1
         AND (score.lease_until IS NULL OR score.lease_until <= $1)
         AND work.course_id NOT IN (SELECT course_id FROM paused_course)
         AND (line_item.column_id IS NULL OR gradebook_column.url IS NOT NULL
              OR gradebook_column.making_until IS NULL OR gradebook_column.making_until <= $1)"
    };
}

macro_rules! rows {
    () => {
        "score JOIN line_item ON line_item.id = score.line_item_id
         JOIN registration ON registration.id = line_item.registration_id
         JOIN work ON work.id = line_item.work_id
         LEFT JOIN gradebook_column ON gradebook_column.id = line_item.column_id"
    };
}

/// A platform that scores are due for.
#[derive(Debug, sqlx::FromRow)]
struct Due {
    platform: Uuid,
    is_down: bool,
    turn_second: Option<DateTime<Utc>>,
    in_turn_second: i64,
}

impl Due {
    /// How many more may go there in this second.
    fn allowance(&self, now: DateTime<Utc>, per_second: u32) -> usize {
        let per_second = i64::from(per_second);
        let left =
            if self.turn_second == Some(now.trunc_subsecs(0)) { per_second - self.in_turn_second } else { per_second };
        usize::try_from(left).unwrap_or_default()
    }
}

/// Platforms that scores are due for and that are not paused, the one that has waited longest for its turn first.
async fn due_platforms(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<Due>, StoreError> {
    // Asked of each platform by itself, from its oldest score on; PostgreSQL would join all works of all courses otherwise.
    const SQL: &str = concat!(
        "SELECT platform.id AS platform, health.paused_until IS NOT NULL AS is_down, health.turn_second,
                COALESCE(health.in_turn_second, 0) AS in_turn_second
         FROM platform LEFT JOIN gradebook_health AS health ON health.platform_id = platform.id
         WHERE (health.paused_until IS NULL OR health.paused_until <= $1)
           AND (health.probed_until IS NULL OR health.probed_until <= $1)
           AND EXISTS (SELECT 1 FROM ",
        rows!(),
        " WHERE score.platform_id = platform.id AND ",
        due!(),
        " ORDER BY score.next_attempt_at LIMIT 1 OFFSET 0)
         ORDER BY CASE WHEN health.turned_at IS NULL THEN 0 ELSE 1 END, health.turned_at, platform.id"
    );
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(now).fetch_all(connection).await)
}

/// Whether a worker with that much room would find anything to claim.
pub async fn is_due(tx: &mut Tx, now: DateTime<Utc>, room: Room<'_>) -> Result<bool, StoreError> {
    let due = due_platforms(tx, now).await?;
    Ok(room.free > 0 && due.iter().any(|due| room.at(due.platform) > 0 && due.allowance(now, room.per_second) > 0))
}

/// Claims scores that are due, and writes down the timestamp each goes out with. Where a platform is down, one score goes
/// ahead.
pub async fn claim(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    room: Room<'_>,
) -> Result<Vec<Claimed>, StoreError> {
    let mut claimed: Vec<Claimed> = Vec::new();
    // How platforms do is locked before the scores, as it is where a delivery ends; else each could wait for the other.
    let turns = due_platforms(tx, now).await?.into_iter().map(|due| due.platform);
    let turns = health::lock(tx, turns.filter(|platform| room.at(*platform) > 0).take(room.free).collect()).await?;
    for due in due_platforms(tx, now).await?.into_iter().filter(|due| turns.contains(&due.platform)) {
        let most = room.at(due.platform).min(room.free - claimed.len()).min(due.allowance(now, room.per_second));
        let most = if due.is_down { most.min(1) } else { most };
        if most == 0 {
            continue;
        }
        if due.is_down && !health::probe(tx, now, lease_until, due.platform).await? {
            continue;
        }
        let taken = claim_of(tx, entropy, now, lease_until, due.platform, most).await?;
        if taken.is_empty() {
            health::unprobe(tx, due.platform).await?;
        } else {
            health::turn(tx, now, due.platform, taken.len()).await?;
        }
        claimed.extend(taken);
        if claimed.len() >= room.free {
            break;
        }
    }
    Ok(claimed)
}

async fn claim_of(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    platform: Uuid,
    most: usize,
) -> Result<Vec<Claimed>, StoreError> {
    // PostgreSQL has several workers at once, which must pass over each other's rows instead of waiting for them. SQLite
    // has one writer, and no word for it.
    const SQLITE: &str = concat!(
        "SELECT line_item.id AS line_item, score.platform_id AS platform, line_item.registration_id AS registration,
                line_item.deployment_id, line_item.column_id AS column_id,
                CASE WHEN line_item.column_id IS NULL THEN line_item.url ELSE gradebook_column.url END AS url,
                line_item.access, registration.family <> 'open_edx' AS is_read_back, line_item.subject, score.given, score.maximum, score.completed, score.revision,
                COALESCE(score.waiting_since, score.changed_at) AS waiting_since, score.attempts + 1 AS attempts,
                score.fault AS last_fault
         FROM ",
        rows!(),
        " WHERE score.platform_id = $2 AND ",
        due!(),
        " ORDER BY score.next_attempt_at, line_item.id LIMIT $3"
    );
    const POSTGRES: &str = concat!(
        "SELECT line_item.id AS line_item, score.platform_id AS platform, line_item.registration_id AS registration,
                line_item.deployment_id, line_item.column_id AS column_id,
                CASE WHEN line_item.column_id IS NULL THEN line_item.url ELSE gradebook_column.url END AS url,
                line_item.access, registration.family <> 'open_edx' AS is_read_back, line_item.subject, score.given, score.maximum, score.completed, score.revision,
                COALESCE(score.waiting_since, score.changed_at) AS waiting_since, score.attempts + 1 AS attempts,
                score.fault AS last_fault
         FROM ",
        rows!(),
        " WHERE score.platform_id = $2 AND ",
        due!(),
        " ORDER BY score.next_attempt_at, line_item.id LIMIT $3 FOR UPDATE OF score SKIP LOCKED"
    );
    let sql = match tx {
        Tx::Sqlite(_) => SQLITE,
        Tx::Postgres(_) => POSTGRES,
    };
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found: Vec<Claimed> = on_tx!(&mut *tx, |connection| sqlx::query_as(sql)
        .bind(now)
        .bind(platform)
        .bind(most)
        .fetch_all(connection)
        .await)?;
    let mut claimed = Vec::with_capacity(found.len());
    for mut score in found {
        // One worker makes a column, with the score it has at hand; the others' wait until it is there.
        if let (Some(column), None) = (score.column_id, &score.url)
            && !column::begin(tx, now, lease_until, column).await?
        {
            continue;
        }
        score.claim = entropy.id(now);
        score.timestamp = next_timestamp(tx, &score, now).await?;
        hold(tx, &score, lease_until).await?;
        claimed.push(score);
    }
    Ok(claimed)
}

/// A whole second later than any score that went to this column for this learner, from whatever work. (Moodle compares
/// whole seconds, and refuses what is not later.)
async fn next_timestamp(tx: &mut Tx, score: &Claimed, now: DateTime<Utc>) -> Result<DateTime<Utc>, StoreError> {
    const SQL: &str = "
        SELECT MAX(score.last_timestamp)
        FROM line_item JOIN score ON score.line_item_id = line_item.id
        LEFT JOIN gradebook_column ON gradebook_column.id = line_item.column_id
        WHERE line_item.subject = $1 AND line_item.registration_id = $2
          AND (line_item.id = $3 OR line_item.url = $4 OR gradebook_column.url = $4)";
    let last: Option<DateTime<Utc>> = on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(&score.subject)
        .bind(score.registration)
        .bind(score.line_item)
        .bind(&score.url)
        .fetch_one(connection)
        .await)?;
    let now = now.trunc_subsecs(0);
    Ok(last.map_or(now, |last| now.max(last.trunc_subsecs(0) + TimeDelta::seconds(1))))
}

async fn hold(tx: &mut Tx, score: &Claimed, lease_until: DateTime<Utc>) -> Result<(), StoreError> {
    const SQL: &str = "
        UPDATE score SET claim = $2, lease_until = $3, last_timestamp = $4, attempts = $5 WHERE line_item_id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(score.line_item)
        .bind(score.claim)
        .bind(lease_until)
        .bind(score.timestamp)
        .bind(score.attempts)
        .execute(connection)
        .await
        .map(drop))
}

/// Keeps a claimed score for longer. Nothing happens where it has been claimed again meanwhile.
pub async fn renew(tx: &mut Tx, line_item: Uuid, claim: Uuid, lease_until: DateTime<Utc>) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE score SET lease_until = $3 WHERE line_item_id = $1 AND claim = $2";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(line_item)
        .bind(claim)
        .bind(lease_until)
        .execute(connection)
        .await
        .map(drop))
}

/// Writes down that a claimed score goes out again with a later timestamp. `false`: it must not, because another worker has
/// it by now, or it has changed.
pub async fn note_timestamp(tx: &mut Tx, claimed: &Claimed, timestamp: DateTime<Utc>) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE score SET last_timestamp = $4 WHERE line_item_id = $1 AND claim = $2 AND revision = $3";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(claimed.line_item)
        .bind(claimed.claim)
        .bind(claimed.revision)
        .bind(timestamp)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() == 1))
}

/// What went wrong, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// Its stable name.
    pub fault: &'static str,
    /// In plain words, for the learner and whoever teaches them.
    pub reason: String,
    /// What can be done about it, for those who teach.
    pub remedy: String,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settlement {
    /// The gradebook has it.
    Sent {
        /// When it is asked what it shows.
        check_at: Option<DateTime<Utc>>,
    },
    /// It will be tried again.
    Waiting {
        /// Why.
        trouble: Trouble,
        /// When.
        next_attempt_at: DateTime<Utc>,
        /// Whether this try counts for the score; what is the platform's trouble does not.
        counts: bool,
    },
    /// The gradebook does not want it.
    Refused {
        /// Why.
        trouble: Trouble,
    },
    /// Nothing: it is another worker's by now, or there is a newer one.
    LeftAlone,
}

/// Writes down how a delivery ended, and gives the row back. Only the revision that was sent is settled by it; a newer one
/// stays due. Nothing happens where the lease ran out and the row has been claimed again.
pub async fn settle(
    tx: &mut Tx,
    now: DateTime<Utc>,
    claimed: &Claimed,
    settlement: &Settlement,
) -> Result<(), StoreError> {
    const RELEASE: &str = "
        UPDATE score SET claim = NULL, lease_until = NULL, sent_at = COALESCE($3, sent_at)
        WHERE line_item_id = $1 AND claim = $2";
    const SETTLE: &str = "
        UPDATE score SET state = $3, fault = $4, reason = $5, remedy = $6, next_attempt_at = $7, check_at = $8,
                         attempts = attempts - $9, checks = 0, shown = NULL, confirmed_at = NULL
        WHERE line_item_id = $1 AND revision = $2";
    let sent_at = matches!(settlement, Settlement::Sent { .. }).then_some(now);
    let released = on_tx!(&mut *tx, |connection| sqlx::query(RELEASE)
        .bind(claimed.line_item)
        .bind(claimed.claim)
        .bind(sent_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    let (state, trouble, next_attempt_at, check_at, taken_back) = match settlement {
        Settlement::Sent { check_at } => ("sent", None, now, *check_at, 0_i64),
        Settlement::Waiting { trouble, next_attempt_at, counts } => {
            ("waiting", Some(trouble), *next_attempt_at, None, i64::from(!counts))
        }
        Settlement::Refused { trouble } => ("refused", Some(trouble), now, None, 0),
        Settlement::LeftAlone => return Ok(()),
    };
    if released == 0 {
        return Ok(());
    }
    on_tx!(tx, |connection| sqlx::query(SETTLE)
        .bind(claimed.line_item)
        .bind(claimed.revision)
        .bind(state)
        .bind(trouble.map(|trouble| trouble.fault))
        .bind(trouble.map(|trouble| &trouble.reason))
        .bind(trouble.map(|trouble| &trouble.remedy))
        .bind(next_attempt_at)
        .bind(check_at)
        .bind(taken_back)
        .execute(connection)
        .await
        .map(drop))
}
