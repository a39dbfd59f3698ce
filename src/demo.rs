//! A small LMS to try LTT with; never reachable from `ltt serve`.
//!
//! It stands on a site of its own and knows nothing of LTT but its address: what passes between the two is LTI 1.3 over
//! HTTP. How a platform behaves, it has from the LTI library's test kit, in the strictest form. It has one course, a small class, and anybody who opens it
//! chooses who to be, so it listens on loopback only.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Router, extract::DefaultBodyLimit};
use lti::testkit::{self, Gradebook, KeyState, Link, OwnKey, Placement, Quirks, SigningKey};
use serde::Deserialize;
use tokio::sync::watch;
use url::Url;

use crate::{clock::Clock, entropy::Entropy};
use data_file::PlacedActivity;

pub mod course;
mod data_file;
mod gradebook;
mod launch;
mod pages;
mod placing;
mod token;

#[cfg(test)]
mod tests;

pub use data_file::DataFileError;
pub use lti::testkit::KeyError;

/// Where the demo LMS listens unless told otherwise: another site than LTT's `localhost`, as an LMS is.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:4000";

/// The id under which this LMS knows LTT.
const CLIENT_ID: &str = "ltt-demo-client";

/// What this LMS is called.
const NAME: &str = "Demo LMS";

/// The one deployment of LTT in this LMS.
const DEPLOYMENT_ID: &str = "demo-deployment-1";

/// The largest request that is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// What the demo LMS must be told.
#[derive(Debug, Clone)]
pub struct LmsSettings {
    /// Where it listens; it is `http://` and this for everybody.
    pub listen: SocketAddr,
    /// LTT's public address.
    pub tool_url: Url,
    /// Where it keeps its key and its gradebook.
    pub data_file: PathBuf,
}

/// What an administrator of LTT is told about this LMS, to be given to `ltt platform add`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The platform's name.
    pub name: &'static str,
    /// The issuer of its tokens.
    pub issuer: String,
    /// The id it gave to LTT.
    pub client_id: &'static str,
    /// Where it placed LTT.
    pub deployment_id: &'static str,
    /// Its OIDC authorization address.
    pub auth_url: Url,
    /// Its token address, which is also the audience of LTT's assertions.
    pub token_url: Url,
    /// Its public keys.
    pub jwks_url: Url,
}

/// Why the demo LMS cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LmsError {
    /// Its data cannot be read or kept.
    #[error(transparent)]
    DataFile(#[from] DataFileError),
    /// Its key cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// It cannot make requests.
    #[error("the demo LMS cannot make requests: {0}")]
    Client(#[from] reqwest::Error),
    /// An address cannot be built from what was given.
    #[error("{0} is no address that a browser can open")]
    Address(String),
}

/// The demo LMS.
#[derive(Clone)]
pub struct Lms(Arc<Inner>);

struct Inner {
    addresses: Addresses,
    clock: Arc<dyn Clock>,
    entropy: Entropy,
    platform: testkit::Platform,
    data_file: data_file::DataFile,
    /// What the instructor placed, as it is kept.
    placed: Arc<Mutex<Vec<PlacedActivity>>>,
    /// What tells the choices apart that are under way.
    choosing: Mutex<Vec<String>>,
    /// Counts the scores that came in, so that open pages hear of them.
    scores_received: watch::Sender<u64>,
    tool: token::ToolKeys,
}

impl Inner {
    fn placed(&self) -> MutexGuard<'_, Vec<PlacedActivity>> {
        self.placed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn choosing(&self) -> MutexGuard<'_, Vec<String>> {
        self.choosing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The addresses on both sides, worked out once.
#[derive(Debug, Clone)]
struct Addresses {
    here: Url,
    tool_origin: String,
    tool_jwks: Url,
}

impl Addresses {
    fn new(settings: &LmsSettings) -> Result<Self, LmsError> {
        let here = format!("http://{}", settings.listen);
        let unusable = |url: &str| LmsError::Address(url.to_owned());
        Ok(Self {
            here: Url::parse(&here).map_err(|_| unusable(&here))?,
            tool_origin: settings.tool_url.origin().ascii_serialization(),
            tool_jwks: settings.tool_url.join("/lti/jwks").map_err(|_| unusable(settings.tool_url.as_str()))?,
        })
    }
}

impl Lms {
    /// Reads what the LMS kept of earlier runs, or begins anew with a key of its own.
    pub fn open(settings: &LmsSettings, clock: Arc<dyn Clock>, entropy: Entropy) -> Result<Self, LmsError> {
        let data_file = data_file::DataFile::at(&settings.data_file);
        let (private_key, gradebook, placed) = if let Some(kept) = data_file.read()? {
            (kept.private_key, kept.gradebook, kept.placed)
        } else {
            let key = OwnKey::generate(&mut entropy.fork(), KeyState::Active, clock.now())?;
            (key.private_key, Gradebook::default(), Vec::new())
        };
        let key = SigningKey::from_pem(&private_key)?;
        data_file.write(&private_key, &gradebook, &placed)?;
        let addresses = Addresses::new(settings)?;
        let platform = platform(&addresses, key, &placed)?;
        let placed = Arc::new(Mutex::new(placed));
        let keeper = keeper(data_file.clone(), private_key, Arc::clone(&placed));
        Ok(Self(Arc::new(Inner {
            tool: token::ToolKeys::at(addresses.tool_jwks.clone())?,
            platform: platform.keeping(gradebook, keeper),
            placed,
            choosing: Mutex::default(),
            addresses,
            clock,
            entropy,
            data_file,
            scores_received: watch::Sender::new(0),
        })))
    }

    /// What LTT must be told about this LMS.
    pub fn registration(&self) -> Registration {
        let addresses = self.0.platform.addresses();
        Registration {
            name: NAME,
            issuer: addresses.issuer.clone(),
            client_id: CLIENT_ID,
            deployment_id: DEPLOYMENT_ID,
            auth_url: addresses.authorization.clone(),
            token_url: addresses.token.clone(),
            jwks_url: addresses.key_set.clone(),
        }
    }

    /// Everything the LMS answers to.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(pages::router())
            .merge(launch::router())
            .merge(placing::router())
            .merge(token::router())
            .merge(gradebook::router())
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(self.clone())
    }
}

/// A platform by the book, with the demo's course and what was placed in it.
fn platform(addresses: &Addresses, key: SigningKey, placed: &[PlacedActivity]) -> Result<testkit::Platform, LmsError> {
    let placement = Placement::at(&addresses.tool_origin, CLIENT_ID, DEPLOYMENT_ID)
        .map_err(|_| LmsError::Address(addresses.tool_origin.clone()))?;
    let people = course::LEARNERS.iter().chain([&course::INSTRUCTOR]).map(course::Person::enrolled).collect();
    let placed = placed.iter().map(|activity| Link {
        id: activity.id.clone(),
        title: activity.title.clone(),
        custom: activity.custom.clone(),
    });
    let links = course::activities().map(course::Activity::link).chain(placed).collect();
    Ok(testkit::Platform::signing_with(key, Quirks::default(), &addresses.here, placement)
        .called(NAME, "ltt-demo-lms")
        .with_course(people, links))
}

/// Writes the gradebook down whenever it changes, with what is placed by then.
fn keeper(
    data_file: data_file::DataFile,
    private_key: String,
    placed: Arc<Mutex<Vec<PlacedActivity>>>,
) -> impl Fn(&Gradebook) -> Result<(), String> {
    move |gradebook| {
        let placed = placed.lock().unwrap_or_else(PoisonError::into_inner);
        data_file.write(&private_key, gradebook, &placed).map_err(|error| {
            tracing::error!(%error, "the demo LMS cannot keep a score");
            error.to_string()
        })
    }
}

/// The parameters of a request, read without expecting any: what is missing is the handler's to say.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Parameters(HashMap<String, String>);

impl Parameters {
    /// A parameter's value; an empty one counts as missing.
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
