//! Which sites may show LTT in a frame, and which have tried.
//!
//! A platform's pages may stand on origins that are in no address of LTI (Open edX' learning front end, a school's own Canvas
//! host). Until the administrator names any, every https site may frame LTT, and the pages tell which ones do. Once some are
//! named, the browser refuses the others and reports that it did, though not where; the next launch then asks the frame.

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;
use uuid::Uuid;

use super::platform::Registration;
use crate::{
    loopback::is_loopback,
    on_tx,
    store::{StoreError, Tx},
};

/// The most sites that are remembered for a registration.
const MOST_SIGHTINGS: i64 = 50;
/// How long a site is remembered.
pub const RETENTION: TimeDelta = TimeDelta::days(30);
/// How long after a blocked frame launches look where they stand.
const ASKING: TimeDelta = TimeDelta::days(1);
/// A site that was seen again is written down at this grain.
const GRAIN: TimeDelta = TimeDelta::minutes(10);

/// A source of `frame-ancestors` for every https site.
const EVERY_SITE: &str = "https:";

/// Whether every https site may frame a registration's pages, because the administrator has named none.
pub fn is_open(registration: &Registration) -> bool {
    registration.frame_ancestors.is_empty()
}

/// The sources of `frame-ancestors` for a registration's pages.
pub fn ancestors(registration: &Registration) -> Vec<String> {
    let mut origins = named(registration);
    if is_open(registration) {
        origins.push(EVERY_SITE.to_owned());
    }
    origins
}

/// The sites that a registration names: the issuer's, the authorization address's, its family's, and the administrator's.
pub fn named(registration: &Registration) -> Vec<String> {
    let issuer = Url::parse(&registration.issuer).ok().map(|issuer| issuer.origin());
    let own = issuer.into_iter().chain([registration.auth_url.origin()]).filter(url::Origin::is_tuple);
    let mut origins: Vec<String> = own.map(|origin| origin.ascii_serialization()).collect();
    origins.extend(registration.family.frame_sources().iter().map(|source| (*source).to_owned()));
    origins.extend(registration.frame_ancestors.iter().cloned());
    origins.sort();
    origins.dedup();
    origins
}

/// Whether one of these sites is that origin, or has it below it (`https://*.example.org`).
fn covers(named: &[String], origin: &str) -> bool {
    let is_below = |source: &String| {
        let Some((scheme, domain)) = source.split_once("://*") else { return false };
        origin.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")).is_some_and(|host| host.ends_with(domain))
    };
    named.iter().any(|source| source == origin || is_below(source))
}

/// An origin as a frame told it: `https`, or `http` on this machine; `None` where it is nothing that could be allowed.
pub fn origin(told: &str) -> Option<String> {
    if told.len() > 255 {
        return None;
    }
    let url =
        Url::parse(told).ok().filter(|url| url.scheme() == "https" || url.scheme() == "http" && is_loopback(url))?;
    Some(url.origin().ascii_serialization())
}

/// A site that frames LTT, or wanted to, and that nobody has named.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Sighting {
    /// Its origin; empty where the browser only said that a frame was blocked.
    pub origin: String,
    /// Whether the browser refused to show LTT there.
    pub blocked: bool,
    /// When that was last seen.
    pub seen_at: DateTime<Utc>,
}

impl Sighting {
    /// Whether it is known which site it was.
    pub fn is_known(&self) -> bool {
        !self.origin.is_empty()
    }
}

/// What frames the pages of a registration without having been named, newest first.
pub async fn sightings(tx: &mut Tx, registration: &Registration) -> Result<Vec<Sighting>, StoreError> {
    const SQL: &str = "
        SELECT origin, blocked, seen_at FROM frame_sighting WHERE registration_id = $1 ORDER BY seen_at DESC, origin";
    let all: Vec<Sighting> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(registration.id).fetch_all(connection).await)?;
    let named = named(registration);
    Ok(all.into_iter().filter(|sighting| !covers(&named, &sighting.origin)).collect())
}

/// Whether launches should ask their frame where it stands: the browser has blocked one, and nobody knows where.
pub async fn should_ask(tx: &mut Tx, now: DateTime<Utc>, registration: &Registration) -> Result<bool, StoreError> {
    const SQL: &str = "
        SELECT COUNT(*) > 0 FROM frame_sighting WHERE registration_id = $1 AND origin = '' AND seen_at > $2";
    if is_open(registration) {
        return Ok(false);
    }
    on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(registration.id)
        .bind(now - ASKING)
        .fetch_one(connection)
        .await)
}

/// What came of a frame telling where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// Every site above the frame may show LTT.
    Allowed,
    /// One of them may not.
    Blocked,
}

/// Takes down which sites stand above a frame, outermost or innermost first, and says whether all of them may.
pub async fn told(
    tx: &mut Tx,
    now: DateTime<Utc>,
    registration: &Registration,
    above: &[String],
) -> Result<Told, StoreError> {
    let named = named(registration);
    let unnamed = above.iter().filter(|origin| !covers(&named, origin));
    let is_open = is_open(registration);
    let mut told = Told::Allowed;
    for origin in unnamed {
        let blocked = !(is_open && origin.starts_with(EVERY_SITE));
        if blocked {
            told = Told::Blocked;
        }
        see(tx, now, registration.id, origin, blocked).await?;
    }
    if told == Told::Blocked {
        forget(tx, registration.id, "").await?;
    }
    Ok(told)
}

/// Takes down that a browser refused to show LTT in a frame, on a site that it did not name.
pub async fn blocked_somewhere(tx: &mut Tx, now: DateTime<Utc>, registration: &Registration) -> Result<(), StoreError> {
    // Where the site is known already, asking again would tell nothing new.
    let is_known = sightings(tx, registration).await?.iter().any(|sighting| sighting.blocked && sighting.is_known());
    if is_known { Ok(()) } else { see(tx, now, registration.id, "", true).await }
}

async fn see(
    tx: &mut Tx,
    now: DateTime<Utc>,
    registration: Uuid,
    origin: &str,
    blocked: bool,
) -> Result<(), StoreError> {
    const SQL: &str = "
        INSERT INTO frame_sighting (registration_id, origin, blocked, seen_at)
        SELECT $1, $2, $3, $4
        WHERE (SELECT COUNT(*) FROM frame_sighting WHERE registration_id = $1) < $5
           OR EXISTS (SELECT 1 FROM frame_sighting WHERE registration_id = $1 AND origin = $2)
        ON CONFLICT (registration_id, origin) DO UPDATE SET blocked = excluded.blocked, seen_at = excluded.seen_at
        WHERE frame_sighting.seen_at < $6 OR frame_sighting.blocked <> excluded.blocked";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration)
        .bind(origin)
        .bind(blocked)
        .bind(now)
        .bind(MOST_SIGHTINGS)
        .bind(now - GRAIN)
        .execute(connection)
        .await
        .map(drop))
}

/// Lets a site frame a registration's pages, by an administrator's word; `false`: it is no origin.
pub async fn allow(tx: &mut Tx, registration: Uuid, origin: &str) -> Result<bool, StoreError> {
    const SQL: &str = "INSERT INTO frame_ancestor (registration_id, origin) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let Some(origin) = self::origin(origin) else { return Ok(false) };
    on_tx!(tx, |connection| sqlx::query(SQL).bind(registration).bind(&origin).execute(connection).await.map(drop))?;
    forget(tx, registration, &origin).await?;
    Ok(true)
}

/// Forgets a site that was seen.
pub async fn forget(tx: &mut Tx, registration: Uuid, origin: &str) -> Result<(), StoreError> {
    const SQL: &str = "DELETE FROM frame_sighting WHERE registration_id = $1 AND origin = $2";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(registration).bind(origin).execute(connection).await.map(drop))
}

/// Forgets what was seen longer ago than [`RETENTION`], and says how many sites.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM frame_sighting WHERE seen_at <= $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(now - RETENTION)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_familys_sites_cover_the_hosts_below_them_and_no_others() {
        let named = ["https://*.instructure.com", "https://lms.example"].map(str::to_owned);
        for origin in ["https://school.instructure.com", "https://a.b.instructure.com", "https://lms.example"] {
            assert!(covers(&named, origin), "{origin}");
        }
        for origin in [
            "https://instructure.com",
            "https://evilinstructure.com",
            "http://school.instructure.com",
            "https://school.instructure.com.evil.example",
            "https://school.instructure.com:8443",
            "https://x.lms.example",
            "",
        ] {
            assert!(!covers(&named, origin), "{origin}");
        }
    }

    #[test]
    fn only_what_could_be_allowed_is_an_origin() {
        assert_eq!(origin("https://LMS.example:443/a?b#c").as_deref(), Some("https://lms.example"));
        assert_eq!(origin("http://127.0.0.1:4000").as_deref(), Some("http://127.0.0.1:4000"));
        for odd in ["http://lms.example", "file:///etc", "data:text/html,x", "null", "https:", "*", "", "https://a b"] {
            assert_eq!(origin(odd), None, "{odd}");
        }
    }
}
