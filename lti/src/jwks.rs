//! Platforms' public keys: fetched, kept, and looked up by name. (Security Framework 1.0 §6.3)

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, header};
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};
use url::Url;

use crate::{
    algorithm::Algorithm,
    http::{HttpClient, HttpError, Request},
};

/// The largest key set taken; Brightspace's have more than 64 KB.
const SIZE_LIMIT: usize = 256 * 1024;
/// How long a set is good where the platform says nothing, and the bounds for what it says.
const DEFAULT_LIFETIME: TimeDelta = TimeDelta::minutes(15);
const SHORTEST_LIFETIME: TimeDelta = TimeDelta::seconds(60);
const LONGEST_LIFETIME: TimeDelta = TimeDelta::hours(24);
/// How long keys serve on when the platform cannot be reached.
const STALE_LIFETIME: TimeDelta = TimeDelta::hours(24);
/// How often an unknown name makes us ask again.
const REFETCH_FLOOR: TimeDelta = TimeDelta::seconds(30);
/// How long one unknown name is remembered, so that repeating it cannot use up the refetch that a new key needs.
const MISS_MEMORY: TimeDelta = TimeDelta::seconds(60);
const MISSES_KEPT: usize = 64;
/// How long a failed fetch is answered from memory.
const FAILURE_MEMORY: TimeDelta = TimeDelta::seconds(10);
/// How many platforms' sets are kept before those out of use are dropped.
const SETS_KEPT: usize = 1000;

/// Why a platform's keys cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// No answer came.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer was no success.
    #[error("the server answered with status {0}")]
    Status(u16),
    /// The answer is not a key set.
    #[error("the answer is not a key set")]
    NotAKeySet,
}

/// What one process knows of a platform's key set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeySetStatus {
    /// How many keys it has that can verify.
    pub keys: usize,
    /// When it was last fetched.
    pub fetched_at: Option<DateTime<Utc>>,
    /// When the last fetch failed and why, if it did.
    pub failed: Option<(DateTime<Utc>, KeySetError)>,
    /// How often it was fetched.
    pub fetches: u64,
    /// How often fetching it failed.
    pub failures: u64,
}

/// Why a key cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyNotFound {
    /// The platform does not publish it.
    Unknown,
    /// The platform's keys cannot be had.
    Unavailable(KeySetError),
}

/// One public key of a platform.
#[derive(Debug)]
pub(crate) struct PlatformKey {
    pub(crate) decoding: DecodingKey,
    kind: Kind,
    /// The algorithm it is for, where the platform says so.
    algorithm: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    P256,
    P384,
}

impl PlatformKey {
    /// Whether a signature by that algorithm can be this key's.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        let kind = match algorithm {
            Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 => Kind::Rsa,
            Algorithm::Es256 => Kind::P256,
            Algorithm::Es384 => Kind::P384,
        };
        self.kind == kind && self.algorithm.as_deref().is_none_or(|name| name == algorithm.name())
    }

    /// Reads an entry of a key set (RFC 7517); `None` for what cannot verify a signature here. `alg` and `use` may be
    /// missing, as in Open edX.
    fn read(entry: &Value) -> Option<(String, Self)> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        if text("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        let (kind, decoding) = match text("kty")? {
            "RSA" => (Kind::Rsa, DecodingKey::from_rsa_components(text("n")?, text("e")?).ok()?),
            "EC" => {
                let kind = match text("crv")? {
                    "P-256" => Kind::P256,
                    "P-384" => Kind::P384,
                    _ => return None,
                };
                (kind, DecodingKey::from_ec_components(text("x")?, text("y")?).ok()?)
            }
            _ => return None,
        };
        Some((text("kid")?.to_owned(), Self { decoding, kind, algorithm: text("alg").map(str::to_owned) }))
    }
}

/// The key sets of all platforms.
#[derive(Debug, Default)]
pub(crate) struct KeySets(Mutex<HashMap<Url, Arc<KeySet>>>);

/// One platform's keys.
#[derive(Debug, Default)]
struct KeySet {
    known: Mutex<Known>,
    /// Held by the one who fetches; the others wait and find what was fetched.
    flight: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Known {
    keys: HashMap<String, Arc<PlatformKey>>,
    fresh_until: DateTime<Utc>,
    /// When an unknown name last made us ask again.
    refetched_at: Option<DateTime<Utc>>,
    missed: HashMap<String, DateTime<Utc>>,
    failed: Option<(DateTime<Utc>, KeySetError)>,
    fetched_at: Option<DateTime<Utc>>,
    fetches: u64,
    failures: u64,
}

enum Next {
    Answer(Result<Arc<PlatformKey>, KeyNotFound>),
    Fetch,
}

impl KeySets {
    /// The key of that name.
    pub(crate) async fn key(
        &self,
        http: &impl HttpClient,
        url: &Url,
        kid: &str,
        now: DateTime<Utc>,
    ) -> Result<Arc<PlatformKey>, KeyNotFound> {
        let set = self.set(url, now);
        if let Next::Answer(answer) = set.known().next(kid, now) {
            return answer;
        }
        let _flight = set.flight.lock().await;
        if let Next::Answer(answer) = set.known().next(kid, now) {
            return answer;
        }
        let fetched = fetch(http, url).await;
        let mut known = set.known();
        match fetched {
            Ok((keys, lifetime)) => known.replace(keys, now + lifetime, kid, now),
            Err(error) => {
                known.failed = Some((now, error));
                known.failures += 1;
            }
        }
        match known.next(kid, now) {
            Next::Answer(answer) => answer,
            Next::Fetch => Err(KeyNotFound::Unknown),
        }
    }

    /// What is known of a set; `None` where nobody has asked for a key of it.
    pub(crate) fn status(&self, url: &Url) -> Option<KeySetStatus> {
        let set = Arc::clone(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(url)?);
        let known = set.known();
        Some(KeySetStatus {
            keys: known.keys.len(),
            fetched_at: known.fetched_at,
            failed: known.failed.clone(),
            fetches: known.fetches,
            failures: known.failures,
        })
    }

    fn set(&self, url: &Url, now: DateTime<Utc>) -> Arc<KeySet> {
        let mut sets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sets.len() >= SETS_KEPT && !sets.contains_key(url) {
            sets.retain(|_, set| set.known().fresh_until + STALE_LIFETIME > now);
        }
        Arc::clone(sets.entry(url.clone()).or_default())
    }
}

impl KeySet {
    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// What to do about a name by what is known.
    fn next(&self, kid: &str, now: DateTime<Utc>) -> Next {
        let key = self.keys.get(kid);
        let within = |since: DateTime<Utc>, span| now < since + span;
        if let Some(key) = key.filter(|_| now < self.fresh_until) {
            return Next::Answer(Ok(Arc::clone(key)));
        }
        if let Some((_, error)) = self.failed.as_ref().filter(|(at, _)| within(*at, FAILURE_MEMORY)) {
            return Next::Answer(match key.filter(|_| within(self.fresh_until, STALE_LIFETIME)) {
                Some(key) => Ok(Arc::clone(key)),
                None => Err(KeyNotFound::Unavailable(error.clone())),
            });
        }
        let missed = self.missed.get(kid).is_some_and(|at| within(*at, MISS_MEMORY));
        let refetched = self.refetched_at.is_some_and(|at| within(at, REFETCH_FLOOR));
        if now < self.fresh_until && (missed || refetched) {
            return Next::Answer(Err(KeyNotFound::Unknown));
        }
        Next::Fetch
    }

    fn replace(
        &mut self,
        keys: HashMap<String, Arc<PlatformKey>>,
        fresh_until: DateTime<Utc>,
        asked_for: &str,
        now: DateTime<Utc>,
    ) {
        if now < self.fresh_until {
            self.refetched_at = Some(now);
        }
        self.missed.retain(|kid, at| !keys.contains_key(kid) && now < *at + MISS_MEMORY);
        if !keys.contains_key(asked_for) && self.missed.len() < MISSES_KEPT {
            self.missed.insert(asked_for.to_owned(), now);
        }
        self.keys = keys;
        self.fetched_at = Some(now);
        self.fetches += 1;
        self.fresh_until = fresh_until;
        self.failed = None;
    }
}

type Fetched = (HashMap<String, Arc<PlatformKey>>, TimeDelta);

async fn fetch(http: &impl HttpClient, url: &Url) -> Result<Fetched, KeySetError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
    let request = Request { method: Method::GET, url: url.clone(), headers, body: Bytes::new(), limit: SIZE_LIMIT };
    let response = http.send(request).await?;
    if !response.status().is_success() {
        return Err(KeySetError::Status(response.status().as_u16()));
    }
    let document: Map<String, Value> = serde_json::from_slice(response.body()).map_err(|_| KeySetError::NotAKeySet)?;
    let entries = document.get("keys").and_then(Value::as_array).ok_or(KeySetError::NotAKeySet)?;
    let mut keys = HashMap::new();
    for (kid, key) in entries.iter().filter_map(PlatformKey::read) {
        keys.entry(kid).or_insert_with(|| Arc::new(key));
    }
    Ok((keys, lifetime(response.headers())))
}

/// How long the platform lets its keys be kept (RFC 9111 §5.2.2), within bounds.
fn lifetime(headers: &HeaderMap) -> TimeDelta {
    let values = headers.get_all(header::CACHE_CONTROL);
    let directives: Vec<String> = values
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase())
        .collect();
    if directives.iter().any(|directive| directive == "no-cache" || directive == "no-store") {
        return SHORTEST_LIFETIME;
    }
    directives
        .iter()
        .find_map(|directive| directive.strip_prefix("max-age=")?.trim_matches('"').parse::<u32>().ok())
        .map_or(DEFAULT_LIFETIME, |seconds| {
            TimeDelta::seconds(seconds.into()).clamp(SHORTEST_LIFETIME, LONGEST_LIFETIME)
        })
}
