//! The launch log: what came of each login and launch, for the administrator who is told a reference.
//!
//! It holds no token, no name and no text of the learner.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// How long entries are kept.
pub const RETENTION: TimeDelta = TimeDelta::days(30);

/// The longest text from outside that an entry keeps, in characters.
const LONGEST_TEXT: usize = 300;

/// What came of one login or launch.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Entry {
    /// What the person who met it was told.
    pub reference: String,
    /// When.
    pub at: DateTime<Utc>,
    /// The registration, once it is known.
    pub registration_id: Option<Uuid>,
    /// The issuer, as the platform said it.
    pub issuer: Option<String>,
    /// The client id, as the platform said it.
    pub client_id: Option<String>,
    /// `launched`, or the stable code of the refusal.
    pub outcome: String,
    /// The rule that failed, and what to do about it.
    pub explanation: String,
    /// How the browser proved to be the one that logged in.
    pub binding: Option<String>,
    /// The platform's clock less ours, where the token told.
    pub clock_difference_seconds: Option<i64>,
}

/// A short reference that a person can read aloud: eight characters without those that look alike.
pub fn reference(entropy: &Entropy) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut random = [0; 8];
    entropy.with(|rng| rand::RngCore::fill_bytes(rng, &mut random));
    let letters: Vec<char> = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    format!("{}-{}", letters[..4].iter().collect::<String>(), letters[4..].iter().collect::<String>())
}

/// Writes an entry.
pub async fn write(tx: &mut Tx, entry: &Entry) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO launch_log (reference, at, registration_id, issuer, client_id, outcome, explanation, binding,
                                clock_difference_seconds)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    count(entry);
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(&entry.reference)
        .bind(entry.at)
        .bind(entry.registration_id)
        .bind(entry.issuer.as_deref().map(shortened))
        .bind(entry.client_id.as_deref().map(shortened))
        .bind(&entry.outcome)
        .bind(shortened(&entry.explanation))
        .bind(&entry.binding)
        .bind(entry.clock_difference_seconds)
        .execute(connection)
        .await
        .map(drop))
}

/// Counts an entry for whoever reads the metrics; none of them names a person.
fn count(entry: &Entry) {
    let registration = entry.registration_id.map_or_else(|| "unknown".to_owned(), |id| id.to_string());
    let binding = entry.binding.clone().unwrap_or_default();
    let outcome = entry.outcome.clone();
    metrics::counter!(
        "ltt_launches_total", "registration" => registration.clone(), "outcome" => outcome, "binding" => binding
    )
    .increment(1);
    if let Some(seconds) = entry.clock_difference_seconds.and_then(|seconds| i32::try_from(seconds).ok()) {
        metrics::gauge!("ltt_clock_difference_seconds", "registration" => registration).set(f64::from(seconds));
    }
}

/// The newest entries, newest first.
pub async fn newest(tx: &mut Tx, limit: i64) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "
        SELECT reference, at, registration_id, issuer, client_id, outcome, explanation, binding,
               clock_difference_seconds
        FROM launch_log ORDER BY at DESC, reference LIMIT $1";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(limit).fetch_all(connection).await)
}

/// Removes entries older than [`RETENTION`], and says how many.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM launch_log WHERE at <= $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(now - RETENTION)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))
}

/// Text from outside, bounded and free of control characters, so that it can be printed anywhere.
fn shortened(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(LONGEST_TEXT).collect()
}
