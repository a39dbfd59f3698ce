//! Groups inside a course, by which a class can be looked at in parts. (Course Groups Service 1.0)

use lti::GroupService;
use url::Url;
use uuid::Uuid;

use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// The scope that lets a tool read the groups of a course.
pub const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";

/// The most groups of a course that are kept.
pub(super) const MOST_GROUPS: usize = 1_000;
/// The longest name of a group, in characters.
const LONGEST_NAME: usize = 200;

/// A group of a course.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CourseGroup {
    /// The platform's id of it.
    pub group_id: String,
    /// What people call it.
    pub name: String,
}

/// The groups of a course, by name.
pub async fn of_course(tx: &mut Tx, course: Uuid) -> Result<Vec<CourseGroup>, StoreError> {
    const SQL: &str = "SELECT group_id, name FROM course_group WHERE course_id = $1 ORDER BY name, group_id";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(course).fetch_all(connection).await)
}

/// The platform's ids of who is in a group.
pub async fn members(tx: &mut Tx, course: Uuid, group: &str) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT subject FROM group_member WHERE course_id = $1 AND group_id = $2 ORDER BY subject";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(course).bind(group).fetch_all(connection).await)
}

/// Where the groups are listed, where the tool may look.
pub(super) fn address(service: &GroupService) -> Option<String> {
    let is_granted = service.scopes.iter().any(|scope| scope == SCOPE);
    is_granted.then(|| service.context_groups_url.to_string())
}

/// The service behind a kept address.
pub(super) fn service(context_groups_url: Url) -> GroupService {
    GroupService {
        scopes: vec![SCOPE.to_owned()],
        context_groups_url,
        context_group_sets_url: None,
        service_versions: Vec::new(),
    }
}

/// Takes a group over, as that reading found it.
pub(super) async fn save(tx: &mut Tx, course: Uuid, claim: Uuid, group: &lti::Group) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO course_group (course_id, group_id, name, claim) VALUES ($1, $2, $3, $4)
        ON CONFLICT (course_id, group_id) DO UPDATE SET name = excluded.name, claim = excluded.claim";
    let name: String = group.name.as_ref().unwrap_or(&group.id).chars().take(LONGEST_NAME).collect();
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(course)
        .bind(&group.id)
        .bind(name)
        .bind(claim)
        .execute(connection)
        .await
        .map(drop))
}

/// Removes the groups that a reading did not find.
pub(super) async fn forget_others(tx: &mut Tx, course: Uuid, claim: Uuid) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM course_group WHERE course_id = $1 AND claim <> $2";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(course).bind(claim).execute(connection).await.map(drop))
}

/// Writes down which groups somebody is in.
pub(super) async fn enrol(tx: &mut Tx, course: Uuid, subject: &str, groups: &[String]) -> Result<(), StoreError> {
    const LEAVE: &str = "DELETE FROM group_member WHERE course_id = $1 AND subject = $2";
    const ENTER: &str = "
        INSERT INTO group_member (course_id, subject, group_id) VALUES ($1, $2, $3)
        ON CONFLICT (course_id, subject, group_id) DO NOTHING";
    on_tx!(&mut *tx, |connection| sqlx::query(LEAVE).bind(course).bind(subject).execute(connection).await.map(drop))?;
    for group in groups.iter().take(MOST_GROUPS) {
        on_tx!(&mut *tx, |connection| sqlx::query(ENTER)
            .bind(course)
            .bind(subject)
            .bind(group)
            .execute(connection)
            .await
            .map(drop))?;
    }
    Ok(())
}
