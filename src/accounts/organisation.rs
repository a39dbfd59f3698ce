//! Organisations: whose platforms an administrator sees.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// A school, a faculty, a customer: whoever has platforms of its own.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Organisation {
    /// Its id.
    pub id: Uuid,
    /// What people call it.
    pub name: String,
}

/// Why there is no such organisation now.
#[derive(Debug, thiserror::Error)]
pub enum OrganisationError {
    /// A name is empty, too long or unreadable.
    #[error("an organisation's name has 1 to {LONGEST_NAME} characters, and no line breaks")]
    Name,
    /// The database did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The organisation of this name, which is made where there is none.
pub async fn named(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    name: &str,
) -> Result<Organisation, OrganisationError> {
    const FIND: &str = "SELECT id, name FROM organisation WHERE name = $1";
    const INSERT: &str = "INSERT INTO organisation (id, name, created_at) VALUES ($1, $2, $3)";
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains(char::is_control) {
        return Err(OrganisationError::Name);
    }
    let known: Option<Organisation> =
        on_tx!(tx, |connection| sqlx::query_as(FIND).bind(name).fetch_optional(connection).await)?;
    if let Some(known) = known {
        return Ok(known);
    }
    let organisation = Organisation { id: entropy.id(now), name: name.to_owned() };
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(organisation.id)
        .bind(&organisation.name)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(organisation)
}

/// One organisation.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Organisation>, StoreError> {
    const SQL: &str = "SELECT id, name FROM organisation WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(id).fetch_optional(connection).await)
}

/// All organisations, by name.
pub async fn all(tx: &mut Tx) -> Result<Vec<Organisation>, StoreError> {
    const SQL: &str = "SELECT id, name FROM organisation ORDER BY name";
    on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)
}
