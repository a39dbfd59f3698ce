//! Who has come into a course to learn: everybody whose work may become a grade. Staff, previews, test users, observers and
//! guests look on, and are not of the class.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// A learner of a course.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Attendee {
    /// Their row.
    pub learner: Uuid,
    /// The platform's id of them.
    pub subject: String,
    /// Their name, where the platform told it; never for a provider.
    pub name: Option<String>,
    /// When they last opened something in this course.
    pub last_launch: DateTime<Utc>,
}

impl Attendee {
    /// What they are called: by their name, else by the platform's id of them, so that whoever teaches finds them there.
    pub fn title(&self) -> String {
        called(self.name.as_deref(), &self.subject)
    }
}

/// What somebody is called.
pub fn called(name: Option<&str>, subject: &str) -> String {
    /// The longest part of an id that is shown.
    const SHOWN: usize = 24;
    match name.map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => name.to_owned(),
        None if subject.chars().count() > SHOWN => {
            format!("Learner {}…", subject.chars().take(SHOWN).collect::<String>())
        }
        None => format!("Learner {subject}"),
    }
}

/// Everybody who learns in a course, and has been there.
pub async fn of_course(tx: &mut Tx, course: Uuid) -> Result<Vec<Attendee>, StoreError> {
    const SQL: &str = "
        SELECT learner.id AS learner, learner.subject, COALESCE(learner.name, member.name) AS name,
               newest.at AS last_launch
        FROM (SELECT learner_id, MAX(created_at) AS at FROM launch WHERE course_id = $1 AND graded GROUP BY learner_id) AS newest
        JOIN learner ON learner.id = newest.learner_id
        LEFT JOIN member ON member.course_id = $1 AND member.subject = learner.subject
        WHERE learner.subject IS NOT NULL";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(course).fetch_all(connection).await)
}

/// One of them; `None`: they have not come into this course to learn.
pub async fn of_learner(tx: &mut Tx, course: Uuid, learner: Uuid) -> Result<Option<Attendee>, StoreError> {
    const SQL: &str = "
        SELECT learner.id AS learner, learner.subject, COALESCE(learner.name, member.name) AS name,
               launch.created_at AS last_launch
        FROM launch JOIN learner ON learner.id = launch.learner_id
        LEFT JOIN member ON member.course_id = launch.course_id AND member.subject = learner.subject
        WHERE launch.course_id = $1 AND launch.learner_id = $2 AND launch.graded AND learner.subject IS NOT NULL
        ORDER BY launch.created_at DESC LIMIT 1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(course).bind(learner).fetch_optional(connection).await)
}

#[cfg(test)]
mod tests {
    use super::called;

    #[test]
    fn whoever_has_no_name_is_called_by_the_platforms_id() {
        assert_eq!(called(Some("Mira"), "u-1"), "Mira");
        assert_eq!(called(Some("  "), "u-1"), "Learner u-1");
        assert_eq!(called(None, &"x".repeat(40)), format!("Learner {}…", "x".repeat(24)));
    }
}
