//! LTT's own keys, which it signs with and platforms verify by.
//!
//! A key is published as *next* long before it signs, signs as *active*, and stays published as *retired* for as long as
//! anything it signed may have to be verified. The database is the truth: every replica reads it for each signature, so
//! what one of them or the command line changes holds for all at once. One set of keys serves all registrations; one that
//! was given keys of its own signs with those, and they are published in the same set.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use lti::{KeyError, KeyState, OwnKey};
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    on_tx,
    store::{Db, StoreError, Tx},
};

mod vault;

pub use vault::{Vault, VaultError};

/// How long a key is published before it signs by itself: the longest that a platform sensibly keeps a key set.
pub const PUBLISHED_BEFORE: TimeDelta = TimeDelta::days(1);
/// How long a key is published after it signed for the last time. What it signs lives for minutes; the rest is for clocks that
/// go wrong, and for platforms that verify late.
pub const PUBLISHED_AFTER: TimeDelta = TimeDelta::days(2);

/// What may go wrong with LTT's own keys.
#[derive(Debug, thiserror::Error)]
pub enum OwnKeyError {
    /// None could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The maker of the key did not come back.
    #[error("the key was not made: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
    /// A key does not come out of its envelope.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The database did not give or take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody else changed the keys meanwhile.
    #[error("the keys were changed by somebody else at the same moment; see `ltt keys list`")]
    Raced,
    /// The registration has keys of its own already.
    #[error("this registration has keys of its own already")]
    OwnAlready,
    /// The registration has no keys of its own.
    #[error("this registration has no keys of its own; it signs with those of the installation")]
    NoneOfItsOwn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
enum StoredState {
    Next,
    Active,
    Retired,
}

impl From<StoredState> for KeyState {
    fn from(state: StoredState) -> Self {
        match state {
            StoredState::Next => Self::Next,
            StoredState::Active => Self::Active,
            StoredState::Retired => Self::Retired,
        }
    }
}

impl From<KeyState> for StoredState {
    fn from(state: KeyState) -> Self {
        match state {
            KeyState::Next => Self::Next,
            KeyState::Active => Self::Active,
            KeyState::Retired => Self::Retired,
        }
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    kid: String,
    private_key: String,
    state: StoredState,
    registration_id: Option<Uuid>,
    created_at: DateTime<Utc>,
    activated_at: Option<DateTime<Utc>>,
    retired_at: Option<DateTime<Utc>>,
}

/// What people may know of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// By which platforms find it.
    pub kid: String,
    /// What it is used for.
    pub state: KeyState,
    /// The registration that it signs for; `None`: all that have no key of their own.
    pub registration: Option<Uuid>,
    /// Whether its private half is encrypted in the database.
    pub encrypted: bool,
    /// Since when it is published.
    pub created_at: DateTime<Utc>,
    /// When it began to sign.
    pub activated_at: Option<DateTime<Utc>>,
    /// When it ceased to.
    pub retired_at: Option<DateTime<Utc>>,
}

impl KeyRecord {
    /// Until when a retired key is published.
    pub fn published_until(&self) -> Option<DateTime<Utc>> {
        self.retired_at.map(|retired| retired + PUBLISHED_AFTER)
    }

    /// Whether a next key has been published for long enough to sign.
    pub fn is_ready(&self, now: DateTime<Utc>) -> bool {
        self.state == KeyState::Next && self.created_at + PUBLISHED_BEFORE <= now
    }
}

impl From<Row> for KeyRecord {
    fn from(row: Row) -> Self {
        Self {
            encrypted: Vault::is_sealed(&row.private_key),
            kid: row.kid,
            state: row.state.into(),
            registration: row.registration_id,
            created_at: row.created_at,
            activated_at: row.activated_at,
            retired_at: row.retired_at,
        }
    }
}

/// What a rotation came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// The key that signed until now.
    pub retired: Option<String>,
    /// The key that signs from now on.
    pub active: String,
    /// Since when that one has been published.
    pub published_since: DateTime<Utc>,
    /// The key that will follow it.
    pub next: String,
}

/// All of LTT's own keys.
#[derive(Debug, Clone)]
pub struct Keyring {
    db: Db,
    entropy: Entropy,
    vault: Vault,
}

impl Keyring {
    /// The keys in `db`, whose private halves `vault` opens.
    pub fn new(db: Db, entropy: Entropy, vault: Vault) -> Self {
        Self { db, entropy, vault }
    }

    /// Whether keys are encrypted when they are stored.
    pub fn seals(&self) -> bool {
        self.vault.seals()
    }

    /// All keys with their private halves, newest first.
    pub async fn all(&self) -> Result<Vec<OwnKey>, OwnKeyError> {
        let mut tx = self.db.read().await?;
        rows(&mut tx).await?.into_iter().map(|row| self.opened(row)).collect()
    }

    /// All keys without their private halves, newest first.
    pub async fn records(&self) -> Result<Vec<KeyRecord>, StoreError> {
        let mut tx = self.db.read().await?;
        Ok(rows(&mut tx).await?.into_iter().map(KeyRecord::from).collect())
    }

    /// The key that signs for the registration of that issuer and client id: its own, or else the installation's.
    pub async fn signing(&self, issuer: &str, client_id: &str) -> Result<Option<OwnKey>, OwnKeyError> {
        const SQL: &str = "
            SELECT kid, private_key, state, registration_id, k.created_at, activated_at, retired_at
            FROM tool_key k LEFT JOIN registration r ON r.id = k.registration_id
            WHERE state = 'active' AND (registration_id IS NULL OR r.issuer = $1 AND r.client_id = $2)
            ORDER BY CASE WHEN registration_id IS NULL THEN 1 ELSE 0 END LIMIT 1";
        let mut tx = self.db.read().await?;
        let row: Option<Row> = on_tx!(&mut tx, |connection| sqlx::query_as(SQL)
            .bind(issuer)
            .bind(client_id)
            .fetch_optional(connection)
            .await)?;
        row.map(|row| self.opened(row)).transpose()
    }

    fn opened(&self, row: Row) -> Result<OwnKey, OwnKeyError> {
        let private_key = self.vault.open(&row.kid, &row.private_key)?;
        Ok(OwnKey { kid: row.kid, private_key, state: row.state.into(), created_at: row.created_at })
    }

    /// Finds every key readable, and makes the first where there is none. Of several replicas that start at once one makes
    /// it, and the others use it.
    pub async fn ensure(&self, now: DateTime<Utc>) -> Result<(), OwnKeyError> {
        self.all().await?;
        if is_in(&self.records().await?, None, KeyState::Active) {
            return Ok(());
        }
        let key = self.generated(KeyState::Active, now).await?;
        let mut tx = self.db.begin().await?;
        self.insert(&mut tx, &key, None, now).await?;
        Ok(tx.commit().await?)
    }

    /// Takes over a key that was made before: making one takes a while, so tests share theirs.
    #[cfg(test)]
    pub async fn adopt(&self, key: &OwnKey) -> Result<(), OwnKeyError> {
        let mut tx = self.db.begin().await?;
        self.insert_or_raced(&mut tx, key, None, key.created_at).await?;
        Ok(tx.commit().await?)
    }

    /// What is to be done from time to time: makes the next key where one is missing, lets it sign when it has been
    /// published for long enough and the active one is as old as `rotation` (`None`: only by command), and removes what has
    /// been retired for long enough.
    pub async fn upkeep(&self, now: DateTime<Utc>, rotation: Option<TimeDelta>) -> Result<(), OwnKeyError> {
        let records = self.records().await?;
        let living = records.iter().filter(|record| record.state != KeyState::Retired);
        let owners: BTreeSet<Option<Uuid>> = living.map(|record| record.registration).collect();
        for owner in owners {
            let of = |state| records.iter().find(|record| record.registration == owner && record.state == state);
            let (active, next) = (of(KeyState::Active), of(KeyState::Next));
            let is_old = active.is_none_or(|active| {
                rotation.is_some_and(|age| active.activated_at.unwrap_or(active.created_at) + age <= now)
            });
            match next {
                None => self.make_next(owner, now).await?,
                Some(next) if is_old && next.is_ready(now) => match self.rotate(owner, now).await {
                    Ok(rotation) => tracing::info!(active = rotation.active, "a new key signs"),
                    Err(OwnKeyError::Raced) => {}
                    Err(error) => return Err(error),
                },
                Some(_) => {}
            }
        }
        self.sweep(now).await?;
        Ok(())
    }

    async fn make_next(&self, owner: Option<Uuid>, now: DateTime<Utc>) -> Result<(), OwnKeyError> {
        let key = self.generated(KeyState::Next, now).await?;
        let mut tx = self.db.begin().await?;
        self.insert(&mut tx, &key, owner, now).await?;
        Ok(tx.commit().await?)
    }

    async fn sweep(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM tool_key WHERE state = 'retired' AND retired_at <= $1";
        let mut tx = self.db.begin().await?;
        on_tx!(&mut tx, |connection| sqlx::query(SQL).bind(now - PUBLISHED_AFTER).execute(connection).await.map(drop))?;
        tx.commit().await
    }

    /// Lets the next key sign, retires the active one, and makes a new next one. Of several at once one does it, and the
    /// others are told so.
    pub async fn rotate(&self, owner: Option<Uuid>, now: DateTime<Utc>) -> Result<Rotation, OwnKeyError> {
        let records = self.records().await?;
        let of = |state| records.iter().find(|record| record.registration == owner && record.state == state);
        let (active, next) = (of(KeyState::Active), of(KeyState::Next));
        if owner.is_some() && active.is_none() && next.is_none() {
            return Err(OwnKeyError::NoneOfItsOwn);
        }
        let successor = match next {
            Some(_) => None,
            None => Some(self.generated(KeyState::Active, now).await?),
        };
        let following = self.generated(KeyState::Next, now).await?;
        let mut tx = self.db.begin().await?;
        if let Some(active) = active {
            change(&mut tx, &active.kid, KeyState::Active, KeyState::Retired, now).await?;
        }
        match (next, &successor) {
            (Some(next), _) => change(&mut tx, &next.kid, KeyState::Next, KeyState::Active, now).await?,
            (None, Some(successor)) => self.insert_or_raced(&mut tx, successor, owner, now).await?,
            (None, None) => return Err(KeyError::NoneActive.into()),
        }
        self.insert_or_raced(&mut tx, &following, owner, now).await?;
        tx.commit().await?;
        let signs = next.map(|next| (next.kid.clone(), next.created_at));
        let (active_now, published_since) =
            signs.or(successor.map(|key| (key.kid, now))).ok_or(KeyError::NoneActive)?;
        Ok(Rotation {
            retired: active.map(|active| active.kid.clone()),
            active: active_now,
            published_since,
            next: following.kid,
        })
    }

    /// Replaces all keys of an owner at once, for somebody else has them: they are no longer published, and what they signed
    /// is no longer believed.
    pub async fn replace(&self, owner: Option<Uuid>, now: DateTime<Utc>) -> Result<Rotation, OwnKeyError> {
        const SQL: &str = "DELETE FROM tool_key WHERE registration_id IS NOT DISTINCT FROM $1";
        let active = self.generated(KeyState::Active, now).await?;
        let next = self.generated(KeyState::Next, now).await?;
        let mut tx = self.db.begin().await?;
        let removed = on_tx!(&mut tx, |connection| sqlx::query(SQL)
            .bind(owner)
            .execute(connection)
            .await
            .map(|done| done.rows_affected()))?;
        if owner.is_some() && removed == 0 {
            return Err(OwnKeyError::NoneOfItsOwn);
        }
        self.insert_or_raced(&mut tx, &active, owner, now).await?;
        self.insert_or_raced(&mut tx, &next, owner, now).await?;
        tx.commit().await?;
        Ok(Rotation { retired: None, active: active.kid, published_since: now, next: next.kid })
    }

    /// Makes a key for one registration alone. It is published now, and signs when that has been so for long enough.
    pub async fn give_own(&self, registration: Uuid, now: DateTime<Utc>) -> Result<String, OwnKeyError> {
        let records = self.records().await?;
        let owner = Some(registration);
        if is_in(&records, owner, KeyState::Active) || is_in(&records, owner, KeyState::Next) {
            return Err(OwnKeyError::OwnAlready);
        }
        let key = self.generated(KeyState::Next, now).await?;
        let mut tx = self.db.begin().await?;
        self.insert_or_raced(&mut tx, &key, owner, now).await?;
        tx.commit().await?;
        Ok(key.kid)
    }

    /// Lets a registration sign with the installation's keys again; its own stay published for a while.
    pub async fn share(&self, registration: Uuid, now: DateTime<Utc>) -> Result<(), OwnKeyError> {
        const SQL: &str = "
            UPDATE tool_key SET state = 'retired', retired_at = $2 WHERE registration_id = $1 AND state <> 'retired'";
        let mut tx = self.db.begin().await?;
        let retired = on_tx!(&mut tx, |connection| sqlx::query(SQL)
            .bind(registration)
            .bind(now)
            .execute(connection)
            .await
            .map(|done| done.rows_affected()))?;
        if retired == 0 {
            return Err(OwnKeyError::NoneOfItsOwn);
        }
        Ok(tx.commit().await?)
    }

    /// Encrypts with the current secret whatever is not: keys as they are, and keys under the former secret. Gives how many
    /// that were.
    pub async fn encrypt(&self) -> Result<usize, OwnKeyError> {
        const SQL: &str = "UPDATE tool_key SET private_key = $2 WHERE kid = $1 AND private_key = $3";
        let mut tx = self.db.begin().await?;
        let mut encrypted = 0;
        for row in rows(&mut tx).await? {
            let Some(anew) = self.vault.reseal(&row.kid, &row.private_key, &self.entropy)? else { continue };
            let changed = on_tx!(&mut tx, |connection| sqlx::query(SQL)
                .bind(&row.kid)
                .bind(anew)
                .bind(&row.private_key)
                .execute(connection)
                .await
                .map(|done| done.rows_affected()))?;
            if changed == 0 {
                return Err(OwnKeyError::Raced);
            }
            encrypted += 1;
        }
        tx.commit().await?;
        Ok(encrypted)
    }

    async fn generated(&self, state: KeyState, now: DateTime<Utc>) -> Result<OwnKey, OwnKeyError> {
        let mut rng = self.entropy.fork();
        Ok(tokio::task::spawn_blocking(move || OwnKey::generate(&mut rng, state, now)).await??)
    }

    /// Adds a key, unless the owner has one of that state. Gives whether it did.
    async fn insert(
        &self,
        tx: &mut Tx,
        key: &OwnKey,
        owner: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<bool, OwnKeyError> {
        const SQL: &str = "
            INSERT INTO tool_key (kid, private_key, state, registration_id, created_at, activated_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let stored = self.vault.seal(&key.kid, &key.private_key, &self.entropy)?;
        let activated_at = (key.state == KeyState::Active).then_some(now);
        let added = on_tx!(tx, |connection| sqlx::query(SQL)
            .bind(&key.kid)
            .bind(stored)
            .bind(StoredState::from(key.state))
            .bind(owner)
            .bind(key.created_at)
            .bind(activated_at)
            .execute(connection)
            .await
            .map(|done| done.rows_affected()))?;
        Ok(added == 1)
    }

    async fn insert_or_raced(
        &self,
        tx: &mut Tx,
        key: &OwnKey,
        owner: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Result<(), OwnKeyError> {
        if self.insert(tx, key, owner, now).await? { Ok(()) } else { Err(OwnKeyError::Raced) }
    }
}

fn is_in(records: &[KeyRecord], owner: Option<Uuid>, state: KeyState) -> bool {
    records.iter().any(|record| record.registration == owner && record.state == state)
}

async fn rows(tx: &mut Tx) -> Result<Vec<Row>, StoreError> {
    const SQL: &str = "
        SELECT kid, private_key, state, registration_id, created_at, activated_at, retired_at
        FROM tool_key ORDER BY created_at DESC, kid";
    on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)
}

/// Moves a key on from one state to the next, if it is still in that state.
async fn change(tx: &mut Tx, kid: &str, from: KeyState, to: KeyState, now: DateTime<Utc>) -> Result<(), OwnKeyError> {
    const ACTIVATE: &str = "UPDATE tool_key SET state = $3, activated_at = $4 WHERE kid = $1 AND state = $2";
    const RETIRE: &str = "UPDATE tool_key SET state = $3, retired_at = $4 WHERE kid = $1 AND state = $2";
    let sql = if to == KeyState::Retired { RETIRE } else { ACTIVATE };
    let changed = on_tx!(tx, |connection| sqlx::query(sql)
        .bind(kid)
        .bind(StoredState::from(from))
        .bind(StoredState::from(to))
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    if changed == 1 { Ok(()) } else { Err(OwnKeyError::Raced) }
}

#[cfg(test)]
mod tests;
