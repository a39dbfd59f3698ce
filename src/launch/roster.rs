//! Who belongs to a course, as its platform tells. (Names and Role Provisioning Services 2.0)
//!
//! A launch brings the address of its course's roster, which is kept; [`sync`] reads it, page by page, on demand and from time
//! to time. What is kept of a member is for whoever teaches the course, and for nobody else: no name reaches the tutor's
//! provider.

use chrono::{DateTime, TimeDelta, Utc};
use lti::Claims;
use uuid::Uuid;

use super::arrival::StoredRole;
use crate::{
    on_tx,
    store::{StoreError, Tx},
};

pub mod groups;
pub mod sync;

/// The scope that lets a tool read who is in a course (NRPS 2.0 §2.1).
pub const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";

/// A course's newest launch is written down at this grain, so that not every launch waits for the others of its course.
const LAUNCHED_GRAIN: TimeDelta = TimeDelta::hours(1);

/// How the last reading of a roster went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Reading {
    /// There has been none.
    New,
    /// It was read to its end.
    Complete,
    /// It was not; what was read before still stands.
    Failed,
}

/// What is known of a course's roster as a whole.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RosterState {
    /// How the last reading went.
    pub state: Reading,
    /// Why it failed, and what to do.
    pub reason: Option<String>,
    /// When the roster was last read to its end.
    pub synced_at: Option<DateTime<Utc>>,
    /// When that was last tried.
    pub tried_at: Option<DateTime<Utc>>,
    /// Until when a reading that is under way is trusted to be alive.
    lease_until: Option<DateTime<Utc>>,
    /// How many people belong to the course.
    pub active: i64,
}

impl RosterState {
    /// Whether it is being read.
    pub fn is_running(&self, now: DateTime<Utc>) -> bool {
        self.lease_until.is_some_and(|until| until > now)
    }
}

/// Whether somebody belongs to a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Standing {
    /// Belongs to it.
    Active,
    /// Does not any more, or not at the moment.
    Inactive,
}

/// A member of a course.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Member {
    /// The platform's id of the person, the `sub` of their launches.
    pub subject: String,
    /// Who they are here; `None`: they have never opened LTT.
    pub learner: Option<Uuid>,
    /// Their name, by their own launches, else by the roster; `None`: neither tells.
    pub name: Option<String>,
    /// Their e-mail address, where it is told and kept.
    pub email: Option<String>,
    /// What they are in the course.
    pub role: StoredRole,
    /// Whether they belong to it.
    pub status: Standing,
    /// When they first stood in the roster.
    pub joined_at: DateTime<Utc>,
    /// When they last did.
    pub seen_at: DateTime<Utc>,
}

/// Who belongs to a course or did, by name; those without one last. Empty where no roster was read yet.
pub async fn members(tx: &mut Tx, course: Uuid) -> Result<Vec<Member>, StoreError> {
    const SQL: &str = "
        SELECT member.subject, learner.id AS learner, COALESCE(learner.name, member.name) AS name,
               COALESCE(learner.email, member.email) AS email, member.role, member.status, member.joined_at, member.seen_at
        FROM member JOIN course ON course.id = member.course_id
        LEFT JOIN learner ON learner.platform_id = course.platform_id AND learner.subject = member.subject
        WHERE member.course_id = $1
        ORDER BY COALESCE(learner.name, member.name) IS NULL, COALESCE(learner.name, member.name), member.subject";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(course).fetch_all(connection).await)
}

/// What is known of a course's roster; `None`: its platform offers none.
pub async fn state(tx: &mut Tx, course: Uuid) -> Result<Option<RosterState>, StoreError> {
    const SQL: &str = "
        SELECT state, reason, synced_at, tried_at, lease_until,
               (SELECT COUNT(*) FROM member WHERE member.course_id = roster.course_id AND status = 'active') AS active
        FROM roster WHERE course_id = $1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(course).fetch_optional(connection).await)
}

/// A course with a roster, for a list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Listed {
    /// The course.
    pub course: Uuid,
    /// The platform's id of it.
    pub context_id: String,
    /// What it is called.
    pub title: Option<String>,
    /// By which registration its roster is read.
    pub registration: String,
}

/// The courses whose platforms offer a roster, by title.
pub async fn all(tx: &mut Tx) -> Result<Vec<Listed>, StoreError> {
    const SQL: &str = "
        SELECT course.id AS course, course.context_id, COALESCE(course.title, course.label) AS title,
               registration.name AS registration
        FROM roster JOIN course ON course.id = roster.course_id
        JOIN registration ON registration.id = roster.registration_id
        ORDER BY COALESCE(course.title, course.label), course.context_id";
    on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)
}

/// The way to a roster, as a launch tells it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
struct Way {
    registration_id: Uuid,
    deployment_id: String,
    memberships_url: String,
    groups_url: Option<String>,
}

/// Keeps the way to a course's roster that a launch brought. Where several registrations lead to one course, as in Open edX,
/// the way that was last found good stays until it fails.
pub(super) async fn keep(
    tx: &mut Tx,
    now: DateTime<Utc>,
    registration: Uuid,
    course: Uuid,
    claims: &Claims,
) -> Result<(), StoreError> {
    const KNOWN: &str = "
        SELECT registration_id, deployment_id, memberships_url, groups_url, launched_at, state
        FROM roster WHERE course_id = $1";
    const SEEN: &str = "UPDATE roster SET launched_at = $2 WHERE course_id = $1";
    #[derive(sqlx::FromRow)]
    struct Known {
        #[sqlx(flatten)]
        way: Way,
        launched_at: DateTime<Utc>,
        state: Reading,
    }
    // People who are in no course have no roster in common.
    let (Some(service), Some(_)) = (&claims.roster_service, &claims.context) else { return Ok(()) };
    let way = Way {
        registration_id: registration,
        deployment_id: claims.deployment_id.clone(),
        memberships_url: service.context_memberships_url.to_string(),
        groups_url: claims.group_service.as_ref().and_then(groups::address),
    };
    let known: Option<Known> =
        on_tx!(&mut *tx, |connection| sqlx::query_as(KNOWN).bind(course).fetch_optional(connection).await)?;
    match known {
        None => save(tx, now, course, &way).await,
        Some(known)
            if known.way != way && (known.way.registration_id == registration || known.state != Reading::Complete) =>
        {
            save(tx, now, course, &way).await
        }
        Some(known) if now - known.launched_at >= LAUNCHED_GRAIN => {
            on_tx!(tx, |connection| sqlx::query(SEEN).bind(course).bind(now).execute(connection).await.map(drop))
        }
        Some(_) => Ok(()),
    }
}

async fn save(tx: &mut Tx, now: DateTime<Utc>, course: Uuid, way: &Way) -> Result<(), StoreError> {
    // What the platform told of differences belongs to the list that it told it with.
    const SQL: &str = "
        INSERT INTO roster (course_id, registration_id, deployment_id, memberships_url, groups_url, launched_at, state)
        VALUES ($1, $2, $3, $4, $5, $6, 'new')
        ON CONFLICT (course_id) DO UPDATE
        SET registration_id = excluded.registration_id, deployment_id = excluded.deployment_id,
            memberships_url = excluded.memberships_url, groups_url = excluded.groups_url,
            launched_at = excluded.launched_at, differences_url = NULL";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(course)
        .bind(way.registration_id)
        .bind(&way.deployment_id)
        .bind(&way.memberships_url)
        .bind(&way.groups_url)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))
}

/// Forgets names and addresses that came from rosters and are not to be kept any more: those of courses whose roster is read
/// by this registration.
pub(super) async fn forget(tx: &mut Tx, registration: Uuid, names: bool, emails: bool) -> Result<(), StoreError> {
    const SQL: &str = "
        UPDATE member SET name = CASE WHEN $2 THEN NULL ELSE name END, email = CASE WHEN $3 THEN NULL ELSE email END
        WHERE course_id IN (SELECT course_id FROM roster WHERE registration_id = $1)";
    if !names && !emails {
        return Ok(());
    }
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration)
        .bind(names)
        .bind(emails)
        .execute(connection)
        .await
        .map(drop))
}
