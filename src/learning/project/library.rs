//! The projects as those see them who teach: each with its versions, whose it is, and who works on it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Project,
    catalog::{self, ImportError, Imported},
};
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// A version of a project.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Version {
    /// Its row's id.
    pub id: Uuid,
    /// Names the project.
    pub slug: String,
    /// Its number.
    pub version: i64,
    /// What it is called.
    pub title: String,
    /// Since when it is here.
    pub imported_at: DateTime<Utc>,
    /// Whether it belongs to an organisation, and not to everybody here.
    pub is_owned: bool,
    /// How many people work on it, as far as they may be seen.
    pub learners: i64,
    /// In how many courses, as far as they may be seen.
    pub courses: i64,
}

/// Every version that somebody of this organisation sees, newest first within each project: the installation's and the
/// organisation's own. `None` belongs to the installation, and sees all.
pub async fn versions(tx: &mut Tx, organisation: Option<Uuid>) -> Result<Vec<Version>, StoreError> {
    const SQL: &str = "
        SELECT project.id, project.slug, project.version, project.title, project.imported_at,
               project.organisation_id IS NOT NULL AS is_owned,
               COUNT(DISTINCT seen.learner_id) AS learners, COUNT(DISTINCT seen.course_id) AS courses
        FROM project
        LEFT JOIN (SELECT work.project_id, work.learner_id, work.course_id
                   FROM work JOIN course ON course.id = work.course_id JOIN platform ON platform.id = course.platform_id
                   WHERE $1 IS NULL OR platform.organisation_id = $1) AS seen ON seen.project_id = project.id
        WHERE $1 IS NULL OR project.organisation_id IS NULL OR project.organisation_id = $1
        GROUP BY project.id, project.slug, project.version, project.title, project.imported_at, project.organisation_id
        ORDER BY project.slug, project.version DESC";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(organisation).fetch_all(connection).await)
}

/// The rows of the newest version of every project that may be placed on a platform, by title: the installation's, and those
/// of the platform's organisation.
pub async fn newest_for_platform(tx: &mut Tx, platform: Uuid) -> Result<Vec<Uuid>, StoreError> {
    const SQL: &str = "
        SELECT id FROM project
        WHERE version = (SELECT MAX(other.version) FROM project AS other WHERE other.slug = project.slug)
          AND (organisation_id IS NULL OR organisation_id = (SELECT organisation_id FROM platform WHERE id = $1))
        ORDER BY title, slug";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(platform).fetch_all(connection).await)
}

/// The newest version of a project that may be opened in a course: its row's id and its number.
pub async fn newest_in_course(tx: &mut Tx, slug: &str, course: Uuid) -> Result<Option<(Uuid, i64)>, StoreError> {
    const SQL: &str = "
        SELECT id, version FROM project
        WHERE slug = $1
          AND (organisation_id IS NULL
               OR organisation_id = (SELECT platform.organisation_id
                                     FROM course JOIN platform ON platform.id = course.platform_id
                                     WHERE course.id = $2))
        ORDER BY version DESC LIMIT 1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(slug).bind(course).fetch_optional(connection).await)
}

/// Every project that may be opened in a course, by title: its slug and what it is called in its newest version.
pub async fn openable_in_course(tx: &mut Tx, course: Uuid) -> Result<Vec<(String, String)>, StoreError> {
    const SQL: &str = "
        SELECT slug, title FROM project
        WHERE version = (SELECT MAX(other.version) FROM project AS other WHERE other.slug = project.slug)
          AND (organisation_id IS NULL
               OR organisation_id = (SELECT platform.organisation_id
                                     FROM course JOIN platform ON platform.id = course.platform_id
                                     WHERE course.id = $1))
        ORDER BY title, slug";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(course).fetch_all(connection).await)
}

/// The courses that a project may be opened in.
pub async fn courses_open_to(tx: &mut Tx, slug: &str) -> Result<HashSet<Uuid>, StoreError> {
    const SQL: &str = "
        SELECT course.id FROM course JOIN platform ON platform.id = course.platform_id
        WHERE EXISTS (SELECT 1 FROM project
                      WHERE slug = $1 AND (organisation_id IS NULL OR organisation_id = platform.organisation_id))";
    let rows: Vec<Uuid> = on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(slug).fetch_all(connection).await)?;
    Ok(rows.into_iter().collect())
}

/// Whose a project is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// There is no project of that name.
    Free,
    /// It is the installation's, or an organisation's.
    Of(Option<Uuid>),
}

impl Ownership {
    /// Whether somebody of this organisation may give it a new version. What is the installation's is changed by it alone,
    /// for all organisations learn from it.
    pub fn admits(self, organisation: Option<Uuid>) -> bool {
        match self {
            Self::Free => true,
            Self::Of(owner) => organisation.is_none() || owner == organisation,
        }
    }
}

/// Whose the project of that name is.
pub async fn ownership(tx: &mut Tx, slug: &str) -> Result<Ownership, StoreError> {
    const SQL: &str = "SELECT organisation_id FROM project WHERE slug = $1 ORDER BY version LIMIT 1";
    let owner: Option<Option<Uuid>> =
        on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(slug).fetch_optional(connection).await)?;
    Ok(owner.map_or(Ownership::Free, Ownership::Of))
}

/// Imports a project for an organisation; `None`: for the installation. The error says what to do where the name is
/// somebody else's.
pub async fn import(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    organisation: Option<Uuid>,
    project: &Project,
) -> Result<Imported, ImportError> {
    const OWN: &str = "UPDATE project SET organisation_id = $2 WHERE id = $1";
    let slug = &project.about().slug;
    let ownership = ownership(tx, slug).await?;
    if !ownership.admits(organisation) {
        return Err(ImportError::SlugTaken { slug: slug.clone() });
    }
    let imported = catalog::import(tx, entropy, now, project).await?;
    let owner = match ownership {
        Ownership::Free => organisation,
        Ownership::Of(owner) => owner,
    };
    if let Imported::New(id) = imported {
        on_tx!(tx, |connection| sqlx::query(OWN).bind(id).bind(owner).execute(connection).await.map(drop))?;
    }
    Ok(imported)
}
