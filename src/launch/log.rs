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

/// The outcome of a launch that came through.
pub const LAUNCHED: &str = "launched";

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
    let mut random = [0; 8];
    entropy.with(|rng| rand::RngCore::fill_bytes(rng, &mut random));
    spelled(&random)
}

/// The reference that belongs to a secret, and tells nothing of it: what two requests do about one launch is one entry.
pub fn reference_of(secret: &str) -> String {
    spelled(&lti::Digest::of(secret).as_bytes()[..8])
}

fn spelled(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    format!("{}-{}", letters[..4].iter().collect::<String>(), letters[4..].iter().collect::<String>())
}

/// Writes an entry; in place of an earlier one of the same reference, for the later one knows how it ended.
pub async fn write(tx: &mut Tx, entry: &Entry) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO launch_log (reference, at, registration_id, issuer, client_id, outcome, explanation, binding,
                                clock_difference_seconds)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (reference) DO UPDATE SET
            at = excluded.at, registration_id = excluded.registration_id, issuer = excluded.issuer,
            client_id = excluded.client_id, outcome = excluded.outcome, explanation = excluded.explanation,
            binding = excluded.binding, clock_difference_seconds = excluded.clock_difference_seconds";
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

/// The entry of a reference, however it was typed.
pub async fn find(tx: &mut Tx, reference: &str) -> Result<Option<Entry>, StoreError> {
    const SQL: &str = "
        SELECT reference, at, registration_id, issuer, client_id, outcome, explanation, binding,
               clock_difference_seconds
        FROM launch_log WHERE reference = $1";
    let mut letters: Vec<char> = reference.chars().filter(char::is_ascii_alphanumeric).take(9).collect();
    letters.iter_mut().for_each(char::make_ascii_uppercase);
    if letters.len() != 8 {
        return Ok(None);
    }
    letters.insert(4, '-');
    let reference: String = letters.into_iter().collect();
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(reference).fetch_optional(connection).await)
}

/// The newest entries of a registration, newest first.
pub async fn newest_of(tx: &mut Tx, registration: Uuid, limit: i64) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "
        SELECT reference, at, registration_id, issuer, client_id, outcome, explanation, binding,
               clock_difference_seconds
        FROM launch_log WHERE registration_id = $1 ORDER BY at DESC, reference LIMIT $2";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(registration).bind(limit).fetch_all(connection).await)
}

/// The newest entries of the registrations of an organisation's platforms; without one, of all there are and of requests
/// that named none that is known.
pub async fn newest_within(
    tx: &mut Tx,
    organisation: Option<Uuid>,
    only_refused: bool,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "
        SELECT reference, at, registration_id, issuer, client_id, outcome, explanation, binding,
               clock_difference_seconds
        FROM launch_log
        WHERE ($1 IS NULL OR registration_id IN (
                  SELECT registration.id FROM registration JOIN platform ON platform.id = registration.platform_id
                  WHERE platform.organisation_id = $1))
          AND (outcome <> $2 OR $3 = 0)
        ORDER BY at DESC, reference LIMIT $4";
    on_tx!(tx, |connection| sqlx::query_as(SQL)
        .bind(organisation)
        .bind(LAUNCHED)
        .bind(i64::from(only_refused))
        .bind(limit)
        .fetch_all(connection)
        .await)
}

/// Entries since a moment that belong to a registration, or were refused because they named one that is nearly it: the
/// same client id and, where `issuer` says so, the same issuer.
pub async fn since(
    tx: &mut Tx,
    since: DateTime<Utc>,
    registration: Uuid,
    client_id: &str,
    issuer: Option<&str>,
) -> Result<Vec<Entry>, StoreError> {
    const SQL: &str = "
        SELECT reference, at, registration_id, issuer, client_id, outcome, explanation, binding,
               clock_difference_seconds
        FROM launch_log
        WHERE at >= $1
          AND (registration_id = $2 OR (registration_id IS NULL AND (client_id = $3 OR issuer = $4)))
        ORDER BY at DESC, reference LIMIT 20";
    on_tx!(tx, |connection| sqlx::query_as(SQL)
        .bind(since)
        .bind(registration)
        .bind(client_id)
        .bind(issuer)
        .fetch_all(connection)
        .await)
}

/// How often something came of launches by a registration.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Tally {
    /// `launched`, or the stable code of a refusal.
    pub outcome: String,
    /// How the browser proved to be the one that logged in.
    pub binding: Option<String>,
    /// How often.
    pub count: i64,
}

/// What came of a registration's launches since a moment.
pub async fn tally(tx: &mut Tx, registration: Uuid, since: DateTime<Utc>) -> Result<Vec<Tally>, StoreError> {
    const SQL: &str = "
        SELECT outcome, binding, COUNT(*) AS count FROM launch_log
        WHERE registration_id = $1 AND at >= $2
        GROUP BY outcome, binding ORDER BY count DESC, outcome, binding";
    on_tx!(tx, |connection| sqlx::query_as(SQL).bind(registration).bind(since).fetch_all(connection).await)
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

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;
    use crate::database_test;

    fn entry(reference: &str, registration_id: Option<Uuid>, outcome: &str, binding: Option<&str>) -> Entry {
        Entry {
            reference: reference.to_owned(),
            at: Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap(),
            registration_id,
            issuer: Some("https://lms.example.org".to_owned()),
            client_id: Some("one".to_owned()),
            outcome: outcome.to_owned(),
            explanation: String::new(),
            binding: binding.map(str::to_owned),
            clock_difference_seconds: Some(2),
        }
    }

    database_test!(
        async fn an_entry_is_found_by_its_reference_however_it_is_typed(db: Db) {
            let mut tx = db.begin().await.unwrap();
            let written = entry("ABCD-EFGH", None, LAUNCHED, Some("cookie"));
            write(&mut tx, &written).await.unwrap();
            for typed in ["ABCD-EFGH", "abcdefgh", " abcd efgh ", "Reference ABCD-EFGH".trim_start_matches("Reference")]
            {
                assert_eq!(find(&mut tx, typed).await.unwrap().as_ref(), Some(&written), "{typed}");
            }
            for unknown in ["", "ABCD", "ABCD-EFGJ", "ABCD-EFGH-JKLM", "' OR 1=1"] {
                assert_eq!(find(&mut tx, unknown).await.unwrap(), None, "{unknown}");
            }
        }
    );

    database_test!(
        async fn what_came_of_launches_is_counted_by_outcome_and_binding(db: Db) {
            let registration = Uuid::from_u128(7);
            let mut tx = db.begin().await.unwrap();
            for (number, (outcome, binding)) in [
                (LAUNCHED, Some("cookie")),
                (LAUNCHED, Some("cookie")),
                (LAUNCHED, Some("window")),
                ("kid_unknown", None),
            ]
            .into_iter()
            .enumerate()
            {
                let reference = format!("AAAA-AAA{number}");
                write(&mut tx, &entry(&reference, Some(registration), outcome, binding)).await.unwrap();
            }
            let since = Utc.with_ymd_and_hms(2026, 11, 21, 8, 0, 0).unwrap();
            let tallies = tally(&mut tx, registration, since).await.unwrap();
            let counts: Vec<_> = tallies.iter().map(|tally| (&*tally.outcome, tally.count)).collect();
            assert_eq!(counts, [(LAUNCHED, 2), ("kid_unknown", 1), (LAUNCHED, 1)]);
            assert_eq!(newest_of(&mut tx, registration, 2).await.unwrap().len(), 2);
            let refused = newest_within(&mut tx, None, true, 10).await.unwrap();
            assert_eq!(refused.len(), 1);
            assert!(newest_within(&mut tx, Some(Uuid::from_u128(8)), false, 10).await.unwrap().is_empty());
        }
    );
}
