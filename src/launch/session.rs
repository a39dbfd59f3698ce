//! Sessions: a launch's one-time code, and the bearer token it is exchanged for.
//!
//! A session belongs to one launch. Its token lives in the page, never in a cookie or an address, and only its hash is
//! stored.

use chrono::{DateTime, TimeDelta, Utc};
use lti::Digest;
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// How long the redirect after a launch may take.
pub const CODE_LIFE: TimeDelta = TimeDelta::seconds(60);
/// How long a session may stand idle.
pub const IDLE_LIMIT: TimeDelta = TimeDelta::minutes(60);
/// How long a session lives whatever happens.
pub const ABSOLUTE_LIMIT: TimeDelta = TimeDelta::hours(12);
/// A session's last use is written down at this grain, so that not every read costs a write.
const SEEN_GRAIN: TimeDelta = TimeDelta::minutes(1);

/// A session that has just been opened.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The bearer token; it is nowhere else.
    pub token: String,
    /// When it ends whatever happens.
    pub expires_at: DateTime<Utc>,
}

/// A code as the redirect after a launch carries it.
#[derive(Clone)]
pub struct Issued {
    /// What stands in the address.
    pub code: String,
    /// What the browser's cookie holds meanwhile.
    pub browser_secret: String,
}

/// Who brings a code. Somebody else's code, in an address on a page of theirs, must not open their session here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bringer<'a> {
    /// Another site sent the browser, as a platform's launch does: its cookie has to prove that the launch was here.
    Sent {
        /// What the code's cookie holds.
        browser_secret: Option<&'a str>,
    },
    /// A page of our own, a person's own hand, or a program that is no browser.
    Itself,
}

impl Bringer<'_> {
    pub(super) fn browser_hash(self) -> Option<Vec<u8>> {
        match self {
            Self::Sent { browser_secret } => browser_secret.map(|secret| Digest::of(secret).as_bytes().to_vec()),
            Self::Itself => None,
        }
    }
}

/// Makes the code that the redirect after a launch carries.
pub async fn issue_code(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    launch: Uuid,
) -> Result<Issued, StoreError> {
    const SQL: &str =
        "INSERT INTO activity_code (code_hash, browser_hash, launch_id, expires_at) VALUES ($1, $2, $3, $4)";
    let issued = Issued { code: entropy.secret(), browser_secret: entropy.secret() };
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(Digest::of(&issued.code).as_bytes().to_vec())
        .bind(Digest::of(&issued.browser_secret).as_bytes().to_vec())
        .bind(launch)
        .bind(now + CODE_LIFE)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(issued)
}

/// Takes a code and opens the session of its launch; `None` where the code is unknown, spent or too old, or the browser is
/// not the one that it was given to.
pub async fn redeem_code(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    code: &str,
    bringer: Bringer<'_>,
) -> Result<Option<(Opened, Uuid)>, StoreError> {
    const TAKE: &str = "
        DELETE FROM activity_code WHERE code_hash = $1 AND expires_at > $2 AND ($3 OR browser_hash = $4)
        RETURNING launch_id";
    const OPEN: &str = "
        INSERT INTO session (token_hash, launch_id, created_at, last_seen_at, expires_at)
        VALUES ($1, $2, $3, $3, $4)";
    let launch: Option<Uuid> = on_tx!(tx, |connection| sqlx::query_scalar(TAKE)
        .bind(Digest::of(code).as_bytes().to_vec())
        .bind(now)
        .bind(bringer == Bringer::Itself)
        .bind(bringer.browser_hash())
        .fetch_optional(connection)
        .await)?;
    let Some(launch) = launch else { return Ok(None) };
    let opened = Opened { token: entropy.secret(), expires_at: now + ABSOLUTE_LIMIT };
    on_tx!(tx, |connection| sqlx::query(OPEN)
        .bind(Digest::of(&opened.token).as_bytes().to_vec())
        .bind(launch)
        .bind(now)
        .bind(opened.expires_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(Some((opened, launch)))
}

/// The registration of a code that has not been taken and that is the bringer's, where browsers have blocked frames of it.
pub async fn registration_of_code(
    tx: &mut Tx,
    now: DateTime<Utc>,
    code: &str,
    bringer: Bringer<'_>,
) -> Result<Option<Uuid>, StoreError> {
    const SQL: &str = "
        SELECT launch.registration_id FROM activity_code JOIN launch ON launch.id = activity_code.launch_id
        WHERE activity_code.code_hash = $1 AND activity_code.expires_at > $2 AND ($3 OR activity_code.browser_hash = $4)
          AND EXISTS (SELECT 1 FROM frame_sighting
                      WHERE frame_sighting.registration_id = launch.registration_id AND frame_sighting.blocked)";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(Digest::of(code).as_bytes().to_vec())
        .bind(now)
        .bind(bringer == Bringer::Itself)
        .bind(bringer.browser_hash())
        .fetch_optional(connection)
        .await)
}

/// The launch that a token gives access to; `None` where it is unknown, has stood idle for too long, or has ended.
pub async fn launch_of(tx: &mut Tx, now: DateTime<Utc>, token: &str) -> Result<Option<Seen>, StoreError> {
    const SQL: &str = "
        SELECT launch_id, last_seen_at FROM session
        WHERE token_hash = $1 AND expires_at > $2 AND last_seen_at > $3";
    let row: Option<(Uuid, DateTime<Utc>)> = on_tx!(tx, |connection| sqlx::query_as(SQL)
        .bind(Digest::of(token).as_bytes().to_vec())
        .bind(now)
        .bind(now - IDLE_LIMIT)
        .fetch_optional(connection)
        .await)?;
    Ok(row.map(|(launch, last_seen_at)| Seen { launch, due: now - last_seen_at >= SEEN_GRAIN }))
}

/// What a token gives access to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The launch.
    pub launch: Uuid,
    /// Whether its use should be written down by [`touch`].
    pub due: bool,
}

/// Writes down that a session is in use.
pub async fn touch(tx: &mut Tx, now: DateTime<Utc>, token: &str) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE session SET last_seen_at = $2 WHERE token_hash = $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(Digest::of(token).as_bytes().to_vec())
        .bind(now)
        .execute(connection)
        .await
        .map(drop))
}

/// How many sessions are in use.
pub async fn count(tx: &mut Tx, now: DateTime<Utc>) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM session WHERE expires_at > $1 AND last_seen_at > $2";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(now).bind(now - IDLE_LIMIT).fetch_one(connection).await)
}

/// Removes codes and sessions whose time is over, and says how many.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const CODES: &str = "DELETE FROM activity_code WHERE expires_at <= $1";
    const SESSIONS: &str = "DELETE FROM session WHERE expires_at <= $1 OR last_seen_at <= $2";
    let codes = on_tx!(tx, |connection| sqlx::query(CODES)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    let sessions = on_tx!(tx, |connection| sqlx::query(SESSIONS)
        .bind(now)
        .bind(now - IDLE_LIMIT)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(codes + sessions)
}
