//! What an administrator decided about a registration's launches: what roles come to, what a launch's claims mean, who is
//! let in, and what is kept of people. Where nothing was decided, [`LaunchPolicy::default`] holds.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use lti::roles::{CourseRole, RolePattern, RoleTable};
use serde_json::{Map, Value, json};
use sqlx::types::Json;
use uuid::Uuid;

use super::{context::rules::Rules, personal, roster};
use crate::{
    learning::project::Mistake,
    on_tx,
    store::{StoreError, Tx},
};

/// How long the last launch's claims are kept.
pub const CLAIMS_RETENTION: TimeDelta = TimeDelta::days(30);

/// Who may come for the first time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Provisioning {
    /// Everybody whom the platform sends.
    #[default]
    FirstLaunch,
    /// Those who are expected, or show a code; and whoever teaches the course.
    Invitation,
    /// Nobody; those who have been here before go on.
    Closed,
}

impl Provisioning {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::FirstLaunch, Self::Invitation, Self::Closed];

    /// Its name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstLaunch => "first_launch",
            Self::Invitation => "invitation",
            Self::Closed => "closed",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// Lines that differ from the default table of roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleLines(BTreeMap<RolePattern, CourseRole>);

impl RoleLines {
    /// Reads a file, YAML or JSON, of an object `{ role: what it comes to }`; or names every mistake in it.
    pub fn read(text: &str) -> Result<Self, Vec<Mistake>> {
        const LARGEST_FILE: usize = 64 * 1024;
        let whole = |message: String| vec![Mistake { path: String::new(), message }];
        if text.len() > LARGEST_FILE {
            return Err(whole(format!("the file is larger than {} KB", LARGEST_FILE / 1024)));
        }
        match serde_yaml_ng::from_str::<Value>(text) {
            Ok(Value::Object(members)) => Self::of_members(&members),
            Ok(Value::Null) => Ok(Self::default()),
            Ok(_) => Err(whole("the file must be an object: a role, a colon, and what it comes to".to_owned())),
            Err(error) => Err(whole(format!("this is no YAML or JSON: {error}"))),
        }
    }

    fn of_members(members: &Map<String, Value>) -> Result<Self, Vec<Mistake>> {
        const MOST_LINES: usize = 100;
        let (mut lines, mut mistakes) = (BTreeMap::new(), Vec::new());
        for (role, comes_to) in members {
            let path: String = role.chars().filter(|letter| !letter.is_control()).take(100).collect();
            let mut wrong = |message: String| mistakes.push(Mistake { path: path.clone(), message });
            let pattern = role.parse::<RolePattern>().map_err(|error| wrong(error.to_string()));
            let comes_to = comes_to.as_str().unwrap_or_default().parse().map_err(|error: lti::roles::RoleLineError| {
                wrong(error.to_string());
            });
            let (Ok(pattern), Ok(comes_to)) = (pattern, comes_to) else { continue };
            if lines.insert(pattern, comes_to).is_some() {
                wrong("this role stands here twice, in two spellings".to_owned());
            }
        }
        if lines.len() > MOST_LINES {
            mistakes.push(Mistake { path: String::new(), message: format!("{MOST_LINES} lines at most") });
        }
        if mistakes.is_empty() { Ok(Self(lines)) } else { Err(mistakes) }
    }

    /// As JSON, as [`RoleLines::read`] reads it.
    pub fn to_json(&self) -> Value {
        let members = self.0.iter().map(|(role, comes_to)| (role.to_string(), json!(comes_to.name())));
        Value::Object(members.collect())
    }

    /// Each line: the role, and what it comes to.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'static str)> {
        self.0.iter().map(|(role, comes_to)| (role.as_str(), comes_to.name()))
    }

    /// The whole table, these lines in it.
    pub fn table(&self) -> RoleTable {
        RoleTable::default().with(self.0.iter().map(|(role, comes_to)| (role.clone(), *comes_to)))
    }
}

/// The table that holds where nothing was decided: each role, and what it comes to.
pub fn default_roles() -> Vec<(String, &'static str)> {
    RoleTable::default().lines().map(|(role, comes_to)| (role.to_owned(), comes_to.name())).collect()
}

/// What was decided about a registration's launches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchPolicy {
    /// Roles that come to something else than by default.
    pub roles: RoleLines,
    /// Mapping rules; `None`: the default ones.
    pub rules: Option<Rules>,
    /// Who may come for the first time.
    pub provisioning: Provisioning,
    /// Whether learners' e-mail addresses are kept.
    pub keep_email: bool,
    /// Whether names that launches left out are taken from the course's roster.
    pub roster_names: bool,
}

impl Default for LaunchPolicy {
    fn default() -> Self {
        Self {
            roles: RoleLines::default(),
            rules: None,
            provisioning: Provisioning::default(),
            keep_email: false,
            roster_names: true,
        }
    }
}

/// What was decided about a registration.
pub async fn of(tx: &mut Tx, registration: Uuid) -> Result<LaunchPolicy, StoreError> {
    const SQL: &str = "
        SELECT roles, rules, provisioning, keep_email, roster_names FROM launch_policy WHERE registration_id = $1";
    type Row = (Json<Map<String, Value>>, Option<Json<Value>>, Provisioning, bool, bool);
    let row: Option<Row> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(registration).fetch_optional(connection).await)?;
    let Some((lines, mapping, provisioning, keep_email, roster_names)) = row else {
        return Ok(LaunchPolicy::default());
    };
    let roles = RoleLines::of_members(&lines).unwrap_or_else(|mistakes| {
        tracing::error!(%registration, mistake = %first(&mistakes), "stored roles cannot be read; the default table holds");
        RoleLines::default()
    });
    Ok(LaunchPolicy { roles, rules: stored_rules(registration, mapping), provisioning, keep_email, roster_names })
}

/// Rules as they were stored; those that this program cannot read must not stop a launch.
fn stored_rules(of: Uuid, rules: Option<Json<Value>>) -> Option<Rules> {
    let read = Rules::of_json(&rules?.0);
    read.map_err(|mistakes| tracing::error!(%of, mistake = %first(&mistakes), "stored rules cannot be read")).ok()
}

fn first(mistakes: &[Mistake]) -> String {
    mistakes.first().map(ToString::to_string).unwrap_or_default()
}

/// Keeps what was decided. Where e-mail addresses, or names from rosters, are not to be kept any more, those that were go.
pub async fn save(tx: &mut Tx, registration: Uuid, policy: &LaunchPolicy) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO launch_policy (registration_id, roles, rules, provisioning, keep_email, roster_names)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (registration_id) DO UPDATE
        SET roles = excluded.roles, rules = excluded.rules, provisioning = excluded.provisioning,
            keep_email = excluded.keep_email, roster_names = excluded.roster_names";
    // Learners belong to the platform: another registration of it may still want them kept.
    const FORGET: &str = "
        UPDATE learner SET email = NULL
        WHERE email IS NOT NULL
          AND platform_id = (SELECT platform_id FROM registration WHERE id = $1)
          AND NOT EXISTS (SELECT 1 FROM launch_policy JOIN registration ON registration.id = launch_policy.registration_id
                          WHERE registration.platform_id = learner.platform_id AND launch_policy.keep_email)";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration)
        .bind(Json(policy.roles.to_json()))
        .bind(policy.rules.as_ref().map(|rules| Json(rules.to_json())))
        .bind(policy.provisioning)
        .bind(policy.keep_email)
        .bind(policy.roster_names)
        .execute(connection)
        .await
        .map(drop))?;
    on_tx!(&mut *tx, |connection| sqlx::query(FORGET).bind(registration).execute(connection).await.map(drop))?;
    roster::forget(tx, registration, !policy.roster_names, !policy.keep_email).await
}

/// A placement: an activity that a teacher placed in a course.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Placement {
    /// Its id here.
    pub id: Uuid,
    /// The platform's id of it.
    pub link_id: String,
    /// What it is called.
    pub title: Option<String>,
    /// What its course is called.
    pub course: Option<String>,
    /// Whether it has rules of its own.
    pub has_rules: bool,
}

/// The placements of a registration, newest first; at most 200.
pub async fn placements(tx: &mut Tx, registration: Uuid) -> Result<Vec<Placement>, StoreError> {
    const SQL: &str = "
        SELECT resource_link.id, resource_link.link_id, resource_link.title,
               COALESCE(course.title, course.label) AS course, resource_link.rules IS NOT NULL AS has_rules
        FROM resource_link JOIN course ON course.id = resource_link.course_id
        WHERE resource_link.registration_id = $1
        ORDER BY resource_link.created_at DESC, resource_link.id LIMIT 200";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(registration).fetch_all(connection).await)
}

/// The rules of a placement's own, where it has any.
pub async fn placement_rules(tx: &mut Tx, placement: Uuid) -> Result<Option<Rules>, StoreError> {
    const SQL: &str = "SELECT rules FROM resource_link WHERE id = $1";
    let rules: Option<Option<Json<Value>>> =
        on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(placement).fetch_optional(connection).await)?;
    Ok(stored_rules(placement, rules.flatten()))
}

/// Gives a placement of a registration rules of its own, or takes them away; `false`: there is no such placement.
pub async fn set_placement_rules(
    tx: &mut Tx,
    registration: Uuid,
    placement: Uuid,
    rules: Option<&Rules>,
) -> Result<bool, StoreError> {
    const SQL: &str = "UPDATE resource_link SET rules = $3 WHERE id = $2 AND registration_id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration)
        .bind(placement)
        .bind(rules.map(|rules| Json(rules.to_json())))
        .execute(connection)
        .await
        .map(|done| done.rows_affected() == 1))
}

/// Keeps what a launch said, without what says who the person is, in the place of the launch before it.
pub(super) async fn keep_claims(
    tx: &mut Tx,
    registration: Uuid,
    now: DateTime<Utc>,
    claims: &Map<String, Value>,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO last_claims (registration_id, claims, at) VALUES ($1, $2, $3)
        ON CONFLICT (registration_id) DO UPDATE SET claims = excluded.claims, at = excluded.at";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration)
        .bind(Json(personal::stripped(claims)))
        .bind(now)
        .execute(connection)
        .await
        .map(drop))
}

/// What the last launch of a registration said, without what says who the person is; and when it was.
pub async fn last_claims(
    tx: &mut Tx,
    registration: Uuid,
) -> Result<Option<(Map<String, Value>, DateTime<Utc>)>, StoreError> {
    const SQL: &str = "SELECT claims, at FROM last_claims WHERE registration_id = $1";
    type Row = (Json<Map<String, Value>>, DateTime<Utc>);
    let row: Option<Row> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(registration).fetch_optional(connection).await)?;
    Ok(row.map(|(claims, at)| (claims.0, at)))
}

/// Removes claims older than [`CLAIMS_RETENTION`], and says how many.
pub async fn sweep_claims(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM last_claims WHERE at <= $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(now - CLAIMS_RETENTION)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))
}
