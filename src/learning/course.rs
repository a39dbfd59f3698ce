//! What is decided for a whole course: what the tutor does, when the activities open, and until when answers are taken.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// What the tutor does in a course.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum TutorUse {
    /// Learners talk with it.
    #[default]
    On,
    /// The guide answers from the project's hints; no model is asked.
    Hints,
    /// There is no conversation.
    Off,
}

impl TutorUse {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::On, Self::Hints, Self::Off];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Hints => "hints",
            Self::Off => "off",
        }
    }
}

/// What is decided for a course; where nothing has been, the tutor is on and there are no dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct CourseSetting {
    /// What the tutor does.
    pub tutor: TutorUse,
    /// Before this, learners only see when it opens.
    pub opens_at: Option<DateTime<Utc>>,
    /// From this on, no answers are taken.
    pub due_at: Option<DateTime<Utc>>,
}

impl CourseSetting {
    /// When it opens, if it is not open yet.
    pub fn opens_later(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.opens_at.filter(|opens_at| now < *opens_at)
    }

    /// When it was due, if that is over.
    pub fn was_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.due_at.filter(|due_at| *due_at <= now)
    }
}

/// What is decided for a course.
pub async fn setting(tx: &mut Tx, course: Uuid) -> Result<CourseSetting, StoreError> {
    const SQL: &str = "SELECT tutor, opens_at, due_at FROM course_setting WHERE course_id = $1";
    let row: Option<CourseSetting> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(course).fetch_optional(connection).await)?;
    Ok(row.unwrap_or_default())
}

/// Decides it.
pub async fn save(tx: &mut Tx, course: Uuid, setting: &CourseSetting) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO course_setting (course_id, tutor, opens_at, due_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (course_id) DO UPDATE
        SET tutor = excluded.tutor, opens_at = excluded.opens_at, due_at = excluded.due_at";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(course)
        .bind(setting.tutor)
        .bind(setting.opens_at)
        .bind(setting.due_at)
        .execute(connection)
        .await
        .map(drop))
}
