//! Browsers that are signed in: the store behind `tower-sessions`, over our own database and by our own clock.
//!
//! A session holds whose it is and nothing else, only the hash of its id is kept, and it goes with its account.

use std::{collections::HashMap, fmt, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use tower_sessions::{
    SessionStore,
    cookie::time::OffsetDateTime,
    session::{Id, Record},
    session_store,
};
use uuid::Uuid;

use super::hashed;
use crate::{
    clock::Clock,
    on_tx,
    store::{Db, StoreError, Tx},
};

/// How long a session may stand idle.
pub const IDLE_LIMIT: TimeDelta = TimeDelta::minutes(60);
/// How long a session lives whatever happens.
pub const ABSOLUTE_LIMIT: TimeDelta = TimeDelta::hours(12);
/// A session's last use is written down at this grain, so that not every page costs a write.
const SEEN_GRAIN: TimeDelta = TimeDelta::minutes(1);

/// What a session says: the id of its account.
pub const ACCOUNT: &str = "account";

/// The sessions of all browsers.
#[derive(Clone)]
pub struct BrowserSessions {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for BrowserSessions {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("BrowserSessions")
    }
}

impl BrowserSessions {
    /// Keeps them in `db`; `clock` tells when they end.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    async fn put(&self, record: &Record) -> Result<(), PutError> {
        const SQL: &str = "
            INSERT INTO browser_session (id_hash, account_id, created_at, last_seen_at) VALUES ($1, $2, $3, $3)
            ON CONFLICT (id_hash) DO UPDATE SET account_id = excluded.account_id";
        let account = account_of(record)?;
        let mut tx = self.db.begin().await?;
        on_tx!(&mut tx, |connection| sqlx::query(SQL)
            .bind(kept(&record.id))
            .bind(account)
            .bind(self.clock.now())
            .execute(connection)
            .await
            .map(drop))?;
        Ok(tx.commit().await?)
    }

    async fn take(&self, id: &Id) -> Result<Option<Uuid>, StoreError> {
        const FIND: &str = "
            SELECT account_id, last_seen_at FROM browser_session
            WHERE id_hash = $1 AND created_at > $2 AND last_seen_at > $3";
        const TOUCH: &str = "UPDATE browser_session SET last_seen_at = $2 WHERE id_hash = $1";
        let now = self.clock.now();
        let mut tx = self.db.read().await?;
        let found: Option<(Uuid, DateTime<Utc>)> = on_tx!(&mut tx, |connection| sqlx::query_as(FIND)
            .bind(kept(id))
            .bind(now - ABSOLUTE_LIMIT)
            .bind(now - IDLE_LIMIT)
            .fetch_optional(connection)
            .await)?;
        drop(tx);
        let Some((account, last_seen_at)) = found else { return Ok(None) };
        if now - last_seen_at >= SEEN_GRAIN {
            let mut tx = self.db.begin().await?;
            on_tx!(&mut tx, |connection| sqlx::query(TOUCH)
                .bind(kept(id))
                .bind(now)
                .execute(connection)
                .await
                .map(drop))?;
            tx.commit().await?;
        }
        Ok(Some(account))
    }

    async fn end(&self, id: &Id) -> Result<(), StoreError> {
        const SQL: &str = "DELETE FROM browser_session WHERE id_hash = $1";
        let mut tx = self.db.begin().await?;
        on_tx!(&mut tx, |connection| sqlx::query(SQL).bind(kept(id)).execute(connection).await.map(drop))?;
        tx.commit().await
    }
}

/// Why a session was not kept.
#[derive(Debug, thiserror::Error)]
enum PutError {
    #[error("a session says whose it is, and nothing else")]
    Foreign,
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn account_of(record: &Record) -> Result<Uuid, PutError> {
    let account = record.data.get(ACCOUNT).and_then(Value::as_str).and_then(|account| account.parse().ok());
    account.filter(|_| record.data.len() == 1).ok_or(PutError::Foreign)
}

fn kept(id: &Id) -> Vec<u8> {
    hashed(&id.0.to_be_bytes())
}

fn backend(error: impl fmt::Display) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for BrowserSessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        // Ids have 128 random bits: another session never has the same.
        self.put(record).await.map_err(backend)
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.put(record).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let account = self.take(id).await.map_err(backend)?;
        Ok(account.map(|account| Record {
            id: *id,
            data: HashMap::from([(ACCOUNT.to_owned(), json!(account))]),
            // When it ends is told by the rows, not by this.
            expiry_date: OffsetDateTime::UNIX_EPOCH,
        }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.end(id).await.map_err(backend)
    }
}

/// Signs every browser of an account out.
pub async fn end_all(tx: &mut Tx, account: Uuid) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM browser_session WHERE account_id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(account).execute(connection).await.map(drop))
}

pub(super) async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM browser_session WHERE created_at <= $1 OR last_seen_at <= $2";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(now - ABSOLUTE_LIMIT)
        .bind(now - IDLE_LIMIT)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))
}
