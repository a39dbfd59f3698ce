//! Who is let in for the first time: everybody whom the platform sends, those who are invited, or nobody.
//!
//! An invitation is the platform's id of the person, put on a list beforehand; or a one-time code, which they are given by
//! their teacher and type in where they were refused. Nobody is recognised by an e-mail address.

use chrono::{DateTime, TimeDelta, Utc};
use lti::{Claims, Digest, roles::CourseRole};
use uuid::Uuid;

use super::{
    platform::Registration,
    policy::{LaunchPolicy, Provisioning},
};
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// How long a code may be used.
pub const CODE_LIFE: TimeDelta = TimeDelta::days(30);
/// How long somebody who was refused may show a code.
const TICKET_LIFE: TimeDelta = TimeDelta::minutes(30);
/// How many codes may be tried with one ticket.
const MOST_ATTEMPTS: i64 = 5;

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAdmitted {
    /// They are new, and a code would let them in.
    #[error(
        "this person is new, and the registration is by invitation. Put their id on the list (`ltt platform admit \
         --subject`), or give them a code (`ltt platform admit --codes 1`)"
    )]
    NotInvited,
    /// They are new, and nobody new is let in.
    #[error(
        "this person is new, and the registration is closed to new people; `ltt platform people --admit` changes that"
    )]
    Closed,
    /// The platform told no identity, so they can be nobody who is expected.
    #[error("the launch is anonymous, and the registration lets only people in who are expected")]
    Anonymous,
}

impl NotAdmitted {
    /// Its name in the launch log.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotInvited => "not_invited",
            Self::Closed => "closed_to_new_people",
            Self::Anonymous => "anonymous_not_admitted",
        }
    }
}

/// Somebody at the door.
#[derive(Debug, Clone, Copy)]
pub(super) struct Newcomer<'a> {
    pub(super) platform: Uuid,
    pub(super) registration: Uuid,
    pub(super) subject: Option<&'a str>,
    pub(super) role: CourseRole,
}

/// Lets somebody in, or says why not. Whoever teaches or runs the course is let in where others need an invitation: they
/// are the ones who give it.
pub(super) async fn admit(
    tx: &mut Tx,
    provisioning: Provisioning,
    newcomer: Newcomer<'_>,
) -> Result<Result<(), NotAdmitted>, StoreError> {
    const KNOWN: &str = "SELECT COUNT(*) > 0 FROM learner WHERE platform_id = $1 AND subject = $2";
    const INVITED: &str = "SELECT COUNT(*) > 0 FROM invited WHERE registration_id = $1 AND subject = $2";
    if provisioning == Provisioning::FirstLaunch {
        return Ok(Ok(()));
    }
    let Some(subject) = newcomer.subject else { return Ok(Err(NotAdmitted::Anonymous)) };
    if finds(tx, KNOWN, newcomer.platform, subject).await? {
        return Ok(Ok(()));
    }
    if provisioning == Provisioning::Closed {
        return Ok(Err(NotAdmitted::Closed));
    }
    let is_expected =
        newcomer.role >= CourseRole::TeachingAssistant || finds(tx, INVITED, newcomer.registration, subject).await?;
    Ok(if is_expected { Ok(()) } else { Err(NotAdmitted::NotInvited) })
}

/// Whether somebody teaches the course, or helps to: the platform itself decides which of them may build it.
pub fn teaches(policy: &LaunchPolicy, claims: &Claims) -> bool {
    policy.roles.table().in_course(&claims.roles) >= CourseRole::TeachingAssistant
}

/// Lets an author in who comes to choose what to place, or says why not.
pub async fn admit_author(
    tx: &mut Tx,
    policy: &LaunchPolicy,
    registration: &Registration,
    claims: &Claims,
) -> Result<Result<(), NotAdmitted>, StoreError> {
    let newcomer = Newcomer {
        platform: registration.platform_id,
        registration: registration.id,
        subject: claims.subject.as_deref(),
        role: policy.roles.table().in_course(&claims.roles),
    };
    admit(tx, policy.provisioning, newcomer).await
}

async fn finds(tx: &mut Tx, sql: &'static str, id: Uuid, subject: &str) -> Result<bool, StoreError> {
    on_tx!(tx, |connection| sqlx::query_scalar(sql).bind(id).bind(subject).fetch_one(connection).await)
}

/// Puts a person on the list, by the platform's id of them.
pub async fn invite(tx: &mut Tx, registration: Uuid, subject: &str) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO invited (registration_id, subject) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(registration).bind(subject).execute(connection).await.map(drop))
}

/// Makes a code that lets one person in. It is nowhere else: only its hash is kept.
pub async fn make_code(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    registration: Uuid,
) -> Result<String, StoreError> {
    const SQL: &str = "INSERT INTO invitation_code (code_hash, registration_id, expires_at) VALUES ($1, $2, $3)";
    let code = format!("{}-{}", super::log::reference(entropy), super::log::reference(entropy));
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(Digest::of(&comparable(&code)).as_bytes().to_vec())
        .bind(registration)
        .bind(now + CODE_LIFE)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(code)
}

/// How many codes of a registration are still good.
pub async fn open_codes(tx: &mut Tx, now: DateTime<Utc>, registration: Uuid) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM invitation_code WHERE registration_id = $1 AND expires_at > $2";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(registration).bind(now).fetch_one(connection).await)
}

/// Gives somebody who was refused a ticket to show a code with.
pub async fn knock(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    registration: Uuid,
    subject: &str,
) -> Result<String, StoreError> {
    const SQL: &str = "
        INSERT INTO knock (ticket_hash, registration_id, subject, attempts, expires_at) VALUES ($1, $2, $3, 0, $4)";
    let ticket = entropy.secret();
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(Digest::of(&ticket).as_bytes().to_vec())
        .bind(registration)
        .bind(subject)
        .bind(now + TICKET_LIFE)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(ticket)
}

/// What came of showing a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The person is on the list from now on.
    LetIn,
    /// The code is not good; it may be tried again.
    WrongCode,
    /// The ticket is unknown, over, or was tried too often.
    TicketOver,
}

/// Shows a code. The transaction must be committed whatever comes of it: a wrong code counts.
pub async fn show_code(tx: &mut Tx, now: DateTime<Utc>, ticket: &str, code: &str) -> Result<Shown, StoreError> {
    const TRY: &str = "
        UPDATE knock SET attempts = attempts + 1 WHERE ticket_hash = $1 AND expires_at > $2 AND attempts < $3
        RETURNING registration_id, subject";
    const TAKE: &str = "
        DELETE FROM invitation_code WHERE code_hash = $1 AND registration_id = $2 AND expires_at > $3
        RETURNING registration_id";
    const DONE: &str = "DELETE FROM knock WHERE ticket_hash = $1";
    let ticket = Digest::of(ticket).as_bytes().to_vec();
    let person: Option<(Uuid, String)> = on_tx!(tx, |connection| sqlx::query_as(TRY)
        .bind(&ticket)
        .bind(now)
        .bind(MOST_ATTEMPTS)
        .fetch_optional(connection)
        .await)?;
    let Some((registration, subject)) = person else { return Ok(Shown::TicketOver) };
    let taken: Option<Uuid> = on_tx!(tx, |connection| sqlx::query_scalar(TAKE)
        .bind(Digest::of(&comparable(code)).as_bytes().to_vec())
        .bind(registration)
        .bind(now)
        .fetch_optional(connection)
        .await)?;
    if taken.is_none() {
        return Ok(Shown::WrongCode);
    }
    invite(tx, registration, &subject).await?;
    on_tx!(tx, |connection| sqlx::query(DONE).bind(&ticket).execute(connection).await.map(drop))?;
    Ok(Shown::LetIn)
}

/// A code as people type it: case, spaces and hyphens do not matter.
fn comparable(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).take(64).collect()
}

/// Removes codes and tickets whose time is over, and says how many.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const CODES: &str = "DELETE FROM invitation_code WHERE expires_at <= $1";
    const TICKETS: &str = "DELETE FROM knock WHERE expires_at <= $1";
    let mut removed = 0;
    for sql in [CODES, TICKETS] {
        removed += on_tx!(tx, |connection| sqlx::query(sql)
            .bind(now)
            .execute(connection)
            .await
            .map(|done| done.rows_affected()))?;
    }
    Ok(removed)
}
