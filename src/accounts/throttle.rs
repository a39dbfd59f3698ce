//! Slows down guessing of passwords: each attempt is counted before it is judged, by name and by address.
//!
//! Somebody who is kept out by another's guesses signs in by a one-time link, which is not counted.

use std::net::IpAddr;

use chrono::{DateTime, TimeDelta, Utc};

use super::hashed;
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// How long an attempt is held against a name or an address.
pub const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// How many attempts a name has.
pub const BY_NAME: i64 = 10;
/// How many attempts an address has: a school may stand behind one.
pub const BY_CLIENT: i64 = 50;

/// Counts an attempt, and says whether it may go on. The attempt has to be committed before it is judged.
pub async fn admit(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    name: &str,
    client: IpAddr,
) -> Result<bool, StoreError> {
    const INSERT: &str = "INSERT INTO sign_in_attempt (id, name_hash, client, at) VALUES ($1, $2, $3, $4)";
    const BY_NAME_SQL: &str = "SELECT COUNT(*) FROM sign_in_attempt WHERE at > $1 AND name_hash = $2";
    const BY_CLIENT_SQL: &str = "SELECT COUNT(*) FROM sign_in_attempt WHERE at > $1 AND client = $2";
    let (name, client) = (hashed(name.trim().to_lowercase().as_bytes()), client.to_string());
    let since = now - WINDOW;
    let by_name: i64 =
        on_tx!(tx, |connection| sqlx::query_scalar(BY_NAME_SQL).bind(since).bind(&name).fetch_one(connection).await)?;
    let by_client: i64 = on_tx!(tx, |connection| sqlx::query_scalar(BY_CLIENT_SQL)
        .bind(since)
        .bind(&client)
        .fetch_one(connection)
        .await)?;
    if by_name >= BY_NAME || by_client >= BY_CLIENT {
        return Ok(false);
    }
    on_tx!(tx, |connection| sqlx::query(INSERT)
        .bind(entropy.id(now))
        .bind(&name)
        .bind(&client)
        .bind(now)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(true)
}

/// Forgets the attempts on a name, whose owner has come.
pub async fn forgive(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM sign_in_attempt WHERE name_hash = $1";
    let name = hashed(name.trim().to_lowercase().as_bytes());
    on_tx!(tx, |connection| sqlx::query(SQL).bind(name).execute(connection).await.map(drop))
}

pub(super) async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM sign_in_attempt WHERE at <= $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(now - WINDOW)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))
}
