//! LTT's own keys, made on first start.

use chrono::{DateTime, Utc};
use lti::{KeyError, KeyState, OwnKey};

use crate::{
    entropy::Entropy,
    on_tx,
    store::{Db, StoreError, Tx},
};

/// Why LTT has no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum OwnKeyError {
    /// None could be made.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The maker of the key did not come back.
    #[error("the key was not made: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
    /// The database did not give or take it.
    #[error(transparent)]
    Store(#[from] StoreError),
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

/// All keys, newest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<OwnKey>, StoreError> {
    const SQL: &str = "SELECT kid, private_key, state, created_at FROM tool_key ORDER BY created_at DESC, kid";
    let rows: Vec<(String, String, StoredState, DateTime<Utc>)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)?;
    Ok(rows
        .into_iter()
        .map(|(kid, private_key, state, created_at)| OwnKey { kid, private_key, state: state.into(), created_at })
        .collect())
}

/// Makes the first key where there is none. Of several replicas that start at once one makes it, and the others use it.
pub async fn ensure(db: &Db, entropy: &Entropy, now: DateTime<Utc>) -> Result<(), OwnKeyError> {
    const SQL: &str = "
        INSERT INTO tool_key (kid, private_key, state, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let mut tx = db.read().await?;
    let known = all(&mut tx).await?;
    drop(tx);
    if known.iter().any(|key| key.state == KeyState::Active) {
        return Ok(());
    }
    let mut rng = entropy.fork();
    let key = tokio::task::spawn_blocking(move || OwnKey::generate(&mut rng, KeyState::Active, now)).await??;
    let mut tx = db.begin().await?;
    on_tx!(&mut tx, |connection| sqlx::query(SQL)
        .bind(&key.kid)
        .bind(&key.private_key)
        .bind(StoredState::from(key.state))
        .bind(key.created_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(tx.commit().await?)
}
