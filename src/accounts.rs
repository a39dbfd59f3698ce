//! Who signs in here directly, in a plain browser: accounts and their organisations, one-time links, passwords, sessions.
//!
//! It is another door than a platform's launch: nobody becomes a learner by it, and no launch becomes an account.

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

pub mod browser_session;
pub mod link;
pub mod organisation;
pub mod password;
#[cfg(test)]
mod tests;
pub mod throttle;

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// What an account may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type, clap::ValueEnum)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Role {
    /// Looks after platforms: those of an organisation, or all.
    Administrator,
    /// Teaches.
    Instructor,
}

impl Role {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Instructor => "instructor",
        }
    }
}

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Account {
    /// Its id.
    pub id: Uuid,
    /// What is typed to sign in.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The organisation it belongs to; `None`: the installation.
    pub organisation_id: Option<Uuid>,
    /// The hash of its password, where it has one.
    pub password_hash: Option<String>,
    /// Since when there is such an account.
    pub created_at: DateTime<Utc>,
}

/// Who is to be let in.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The name to sign in by; where there is none, the role is the name.
    pub name: Option<String>,
    /// What the account may do.
    pub role: Role,
    /// The organisation it belongs to; `None`: the installation.
    pub organisation_id: Option<Uuid>,
}

/// Why an account could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// A name is empty, too long or unreadable.
    #[error("a name has 1 to {LONGEST_NAME} characters, and no line breaks")]
    Name,
    /// Somebody else goes by that name.
    #[error("\"{name}\" is already the name of an {role}; choose another name, or remove that account first", role = .role.name())]
    Taken {
        /// The name.
        name: String,
        /// The role of the account that has it.
        role: Role,
    },
    /// The database did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A name as it is kept, so that nobody has to remember how it was capitalised.
fn normalized(name: &str) -> Result<String, AccountError> {
    let name = name.trim().to_lowercase();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.contains(char::is_control);
    if fits { Ok(name) } else { Err(AccountError::Name) }
}

/// The account to invite: the one that goes by this name, or a new one. A role or organisation other than that of the
/// account that is there is an error: an invitation changes nobody's rights.
pub async fn invited(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    invitation: &Invitation,
) -> Result<Account, AccountError> {
    let name = match &invitation.name {
        Some(name) => normalized(name)?,
        None => free_name(tx, invitation.role).await?,
    };
    if let Some(known) = by_name(tx, &name).await? {
        let same = known.role == invitation.role && known.organisation_id == invitation.organisation_id;
        return if same { Ok(known) } else { Err(AccountError::Taken { name, role: known.role }) };
    }
    let account = Account {
        id: entropy.id(now),
        name,
        role: invitation.role,
        organisation_id: invitation.organisation_id,
        password_hash: None,
        created_at: now,
    };
    insert(tx, &account).await?;
    Ok(account)
}

/// The role as a name, numbered where it is taken.
async fn free_name(tx: &mut Tx, role: Role) -> Result<String, StoreError> {
    let mut name = role.name().to_owned();
    let mut number = 1_u32;
    while by_name(tx, &name).await?.is_some() {
        number += 1;
        name = format!("{}-{number}", role.name());
    }
    Ok(name)
}

async fn insert(tx: &mut Tx, account: &Account) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO account (id, name, role, organisation_id, password_hash, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(account.id)
        .bind(&account.name)
        .bind(account.role)
        .bind(account.organisation_id)
        .bind(&account.password_hash)
        .bind(account.created_at)
        .execute(connection)
        .await
        .map(drop))
}

/// The account with this id.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Account>, StoreError> {
    const SQL: &str = "SELECT id, name, role, organisation_id, password_hash, created_at FROM account WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(id).fetch_optional(connection).await)
}

/// The account that goes by this name, however it is capitalised.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<Account>, StoreError> {
    const SQL: &str = "SELECT id, name, role, organisation_id, password_hash, created_at FROM account WHERE name = $1";
    let Ok(name) = normalized(name) else { return Ok(None) };
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(name).fetch_optional(connection).await)
}

/// All accounts by name; of one organisation where it is given.
pub async fn all(tx: &mut Tx, organisation: Option<Uuid>) -> Result<Vec<Account>, StoreError> {
    const SQL: &str = "
        SELECT id, name, role, organisation_id, password_hash, created_at FROM account
        WHERE $1 IS NULL OR organisation_id = $1 ORDER BY name";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(organisation).fetch_all(connection).await)
}

/// Whether anybody has been invited yet to look after the installation.
pub async fn has_administrator(tx: &mut Tx) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT COUNT(*) > 0 FROM account WHERE role = $1";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(Role::Administrator).fetch_one(connection).await)
}

/// Gives an account a password, by its hash. Every browser that is signed in to it is signed out.
pub async fn set_password(tx: &mut Tx, account: Uuid, hash: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE account SET password_hash = $2 WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(account).bind(hash).execute(connection).await.map(drop))?;
    browser_session::end_all(tx, account).await
}

/// Removes an account with its links and sessions.
pub async fn remove(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM account WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(account).execute(connection).await.map(drop))
}

/// Removes links, sessions and attempts whose time is over, and says how many.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    Ok(link::sweep(tx, now).await? + browser_session::sweep(tx, now).await? + throttle::sweep(tx, now).await?)
}

/// What is kept of a secret, or of text that may be one.
fn hashed(secret: &[u8]) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}
