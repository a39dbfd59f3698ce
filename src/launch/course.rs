//! Courses, as whoever teaches them sees them: those of their organisation's platforms.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::platform::Within;
use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// A course of a platform.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Course {
    /// Its id.
    pub id: Uuid,
    /// The platform's id of it; empty: launches that name no course.
    pub context_id: String,
    title: Option<String>,
    label: Option<String>,
    /// What the platform is called.
    pub platform: String,
    /// The project that is assigned to it.
    pub project_slug: Option<String>,
    organisation_id: Option<Uuid>,
}

impl Course {
    /// What it is called: as the platform says, else by the platform's id of it.
    pub fn title(&self) -> String {
        let told = self.title.iter().chain(&self.label).find(|text| !text.trim().is_empty());
        match told {
            Some(title) => title.clone(),
            None if self.context_id.is_empty() => "Outside of any course".to_owned(),
            None => format!("Course {}", self.context_id),
        }
    }
}

/// A course with how much it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The course.
    pub course: Course,
    /// How many have come to learn.
    pub learners: i64,
    /// When somebody last opened something in it.
    pub last_launch: Option<DateTime<Utc>>,
}

const COLUMNS_OF_COURSE: &str = "
    SELECT course.id, course.context_id, course.title, course.label, course.project_slug, platform.name AS platform,
           platform.organisation_id
    FROM course JOIN platform ON platform.id = course.platform_id WHERE course.id = $1";

/// One course.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Course>, StoreError> {
    on_tx!(tx, |connection| sqlx::query_as(COLUMNS_OF_COURSE).bind(id).fetch_optional(connection).await)
}

/// One course, where it is seen.
pub async fn find_within(tx: &mut Tx, within: Within, id: Uuid) -> Result<Option<Course>, StoreError> {
    Ok(find(tx, id).await?.filter(|course| within.includes(course.organisation_id)))
}

/// All courses that are seen, the one opened last first.
pub async fn all_within(tx: &mut Tx, within: Within) -> Result<Vec<Listed>, StoreError> {
    const SQL: &str = "
        SELECT course.id, course.context_id, course.title, course.label, course.project_slug,
               platform.name AS platform, platform.organisation_id, COALESCE(used.learners, 0) AS learners, used.last_launch
        FROM course JOIN platform ON platform.id = course.platform_id
        LEFT JOIN (SELECT course_id, MAX(created_at) AS last_launch,
                          COUNT(DISTINCT CASE WHEN graded THEN learner_id END) AS learners
                   FROM launch GROUP BY course_id) AS used ON used.course_id = course.id
        ORDER BY used.last_launch DESC, course.id";
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        course: Course,
        learners: i64,
        last_launch: Option<DateTime<Utc>>,
    }
    let rows: Vec<Row> = on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)?;
    let seen = rows.into_iter().filter(|row| within.includes(row.course.organisation_id));
    Ok(seen.map(|Row { course, learners, last_launch }| Listed { course, learners, last_launch }).collect())
}
