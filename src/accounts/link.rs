//! Links that sign somebody in once: an invitation, or the way back in for who has no password.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{Account, find, hashed};
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// How long a link is good.
pub const LIFE: TimeDelta = TimeDelta::hours(48);

/// Makes a link's secret for an account; only its hash is kept.
pub async fn issue(tx: &mut Tx, entropy: &Entropy, now: DateTime<Utc>, account: Uuid) -> Result<String, StoreError> {
    const SQL: &str = "INSERT INTO sign_in_link (secret_hash, account_id, expires_at) VALUES ($1, $2, $3)";
    let secret = entropy.secret();
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(hashed(secret.as_bytes()))
        .bind(account)
        .bind(now + LIFE)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(secret)
}

/// Whom a link would sign in. Looking does not spend it: mail programs look at every link.
pub async fn holder(tx: &mut Tx, now: DateTime<Utc>, secret: &str) -> Result<Option<Account>, StoreError> {
    const SQL: &str = "SELECT account_id FROM sign_in_link WHERE secret_hash = $1 AND expires_at > $2";
    let account: Option<Uuid> = on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(hashed(secret.as_bytes()))
        .bind(now)
        .fetch_optional(connection)
        .await)?;
    match account {
        Some(account) => find(tx, account).await,
        None => Ok(None),
    }
}

/// Spends a link; `None` where it is unknown, spent or too old.
pub async fn redeem(tx: &mut Tx, now: DateTime<Utc>, secret: &str) -> Result<Option<Account>, StoreError> {
    const SQL: &str = "DELETE FROM sign_in_link WHERE secret_hash = $1 AND expires_at > $2 RETURNING account_id";
    let account: Option<Uuid> = on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(hashed(secret.as_bytes()))
        .bind(now)
        .fetch_optional(connection)
        .await)?;
    match account {
        Some(account) => find(tx, account).await,
        None => Ok(None),
    }
}

pub(super) async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM sign_in_link WHERE expires_at <= $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(now).execute(connection).await.map(|done| done.rows_affected()))
}
