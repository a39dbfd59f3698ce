//! The projects that have been imported.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Project, document::Document};
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// Why a project was not imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// This version is there already, and says something else.
    #[error(
        "{slug} version {version} is already imported and differs from this file. Learners may be working on it, so a \
         version never changes: set `version: {}` (or higher) in the file and import it again", newest + 1
    )]
    VersionTaken {
        /// The project's slug.
        slug: String,
        /// The version in the file.
        version: u32,
        /// The newest version that is imported.
        newest: i64,
    },
    /// Another organisation, or the installation, has a project of this name.
    #[error("the name {slug} is taken by a project that you do not look after; give yours another `slug`")]
    SlugTaken {
        /// The project's slug.
        slug: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Imported {
    /// It is there now.
    New(Uuid),
    /// The very same was already there.
    Unchanged(Uuid),
}

/// A line of the list of projects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Listed {
    /// Names the project.
    pub slug: String,
    /// What it is called.
    pub title: String,
    /// The version of this line.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct Stored {
    id: Uuid,
    document: Json<Document>,
}

/// Imports a project, whole or not at all.
pub async fn import(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    project: &Project,
) -> Result<Imported, ImportError> {
    const INSERT: &str = "
        INSERT INTO project (id, slug, version, title, document, imported_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (slug, version) DO NOTHING RETURNING id";
    const FIND: &str = "SELECT id, document FROM project WHERE slug = $1 AND version = $2";
    const NEWEST: &str = "SELECT MAX(version) FROM project WHERE slug = $1";
    let document = as_stored(project.document())?;
    let (slug, version) = (&document.slug, i64::from(document.version));
    let inserted: Option<Uuid> = on_tx!(&mut *tx, |connection| sqlx::query_scalar(INSERT)
        .bind(entropy.id(now))
        .bind(slug)
        .bind(version)
        .bind(&document.title)
        .bind(Json(&document))
        .bind(now)
        .fetch_optional(connection)
        .await)?;
    if let Some(id) = inserted {
        return Ok(Imported::New(id));
    }
    let stored: Stored =
        on_tx!(&mut *tx, |connection| sqlx::query_as(FIND).bind(slug).bind(version).fetch_one(connection).await)?;
    if *stored.document == document {
        return Ok(Imported::Unchanged(stored.id));
    }
    let newest: i64 = on_tx!(tx, |connection| sqlx::query_scalar(NEWEST).bind(slug).fetch_one(connection).await)?;
    Err(ImportError::VersionTaken { slug: slug.clone(), version: document.version, newest })
}

/// A document as it will be when it is read again: the reader may take a decimal fraction for its neighbour.
fn as_stored(document: Document) -> Result<Document, StoreError> {
    serde_json::to_value(document)
        .and_then(|value| serde_json::from_str(&value.to_string()))
        .map_err(|error| StoreError::Inconsistent { table: "project", column: "document", cause: error.to_string() })
}

/// Every version of every project.
pub async fn projects(tx: &mut Tx) -> Result<Vec<Listed>, StoreError> {
    const SQL: &str = "SELECT slug, title, version FROM project ORDER BY slug, version";
    on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)
}

/// The newest version of a project: its row's id and its number.
pub async fn newest(tx: &mut Tx, slug: &str) -> Result<Option<(Uuid, i64)>, StoreError> {
    const SQL: &str = "SELECT id, version FROM project WHERE slug = $1 ORDER BY version DESC LIMIT 1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(slug).fetch_optional(connection).await)
}

/// Imported projects, read from the database once: a version never changes.
#[derive(Debug, Clone, Default)]
pub struct Catalog(Arc<Mutex<HashMap<Uuid, Arc<Project>>>>);

impl Catalog {
    /// The project of this row.
    pub async fn project(&self, tx: &mut Tx, id: Uuid) -> Result<Arc<Project>, StoreError> {
        const SQL: &str = "SELECT id, document FROM project WHERE id = $1";
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return Ok(known.clone());
        }
        let stored: Stored = on_tx!(tx, |connection| sqlx::query_as(SQL).bind(id).fetch_one(connection).await)?;
        let project = Arc::new(Project::new(stored.document.0));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, project.clone());
        Ok(project)
    }
}
