//! A small LMS to try LTT with; never reachable from `ltt serve`.
//!
//! It stands on a site of its own and knows nothing of LTT but its address: what passes between the two is LTI 1.3 over
//! HTTP, checked on this side as strictly as any LMS does. It has one course, a small class, and anybody who opens it
//! chooses who to be, so it listens on loopback only.

use std::{
    collections::HashMap,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Router, extract::DefaultBodyLimit};
use serde::Deserialize;
use tokio::sync::watch;
use url::Url;

use crate::{clock::Clock, entropy::Entropy};

pub mod course;
mod data_file;
mod gradebook;
mod keys;
mod launch;
mod pages;
mod token;

#[cfg(test)]
mod tests;

pub use data_file::DataFileError;
pub use keys::KeyError;

/// Where the demo LMS listens unless told otherwise: another site than LTT's `localhost`, as an LMS is.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:4000";

/// The id under which this LMS knows LTT.
const CLIENT_ID: &str = "ltt-demo-client";

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
    keys: keys::KeyPair,
    data_file: data_file::DataFile,
    gradebook: Mutex<gradebook::Gradebook>,
    /// Counts the scores that came in, so that open pages hear of them.
    scores_received: watch::Sender<u64>,
    tool: token::ToolKeys,
    grants: Mutex<token::Grants>,
}

/// The addresses on both sides, worked out once.
#[derive(Debug, Clone)]
struct Addresses {
    issuer: String,
    here: Url,
    tool_origin: String,
    tool_login: Url,
    tool_launch: Url,
    tool_jwks: Url,
}

impl Addresses {
    fn new(settings: &LmsSettings) -> Result<Self, LmsError> {
        let issuer = format!("http://{}", settings.listen);
        let unusable = |url: &str| LmsError::Address(url.to_owned());
        let at_tool = |path| settings.tool_url.join(path).map_err(|_| unusable(settings.tool_url.as_str()));
        Ok(Self {
            here: Url::parse(&issuer).map_err(|_| unusable(&issuer))?,
            tool_origin: settings.tool_url.origin().ascii_serialization(),
            tool_login: at_tool("/lti/login")?,
            tool_launch: at_tool("/lti/launch")?,
            tool_jwks: at_tool("/lti/jwks")?,
            issuer,
        })
    }

    /// An address in this LMS.
    fn at(&self, path: &str) -> Url {
        let mut url = self.here.clone();
        url.set_path(path);
        url
    }
}

impl Lms {
    /// Reads what the LMS kept of earlier runs, or begins anew with a key of its own.
    pub fn open(settings: &LmsSettings, clock: Arc<dyn Clock>, entropy: Entropy) -> Result<Self, LmsError> {
        let data_file = data_file::DataFile::at(&settings.data_file);
        let (keys, gradebook) = if let Some(kept) = data_file.read()? {
            (keys::KeyPair::from_pem(&kept.private_key)?, kept.gradebook)
        } else {
            (keys::KeyPair::generate(&entropy)?, gradebook::Gradebook::default())
        };
        data_file.write(keys.private_pem(), &gradebook)?;
        let addresses = Addresses::new(settings)?;
        Ok(Self(Arc::new(Inner {
            tool: token::ToolKeys::at(addresses.tool_jwks.clone())?,
            addresses,
            clock,
            entropy,
            keys,
            data_file,
            gradebook: Mutex::new(gradebook),
            scores_received: watch::Sender::new(0),
            grants: Mutex::default(),
        })))
    }

    /// What LTT must be told about this LMS.
    pub fn registration(&self) -> Registration {
        let addresses = &self.0.addresses;
        Registration {
            name: "Demo LMS",
            issuer: addresses.issuer.clone(),
            client_id: CLIENT_ID,
            deployment_id: DEPLOYMENT_ID,
            auth_url: addresses.at(launch::AUTHORIZE),
            token_url: addresses.at(token::TOKEN),
            jwks_url: addresses.at(keys::JWKS),
        }
    }

    /// Everything the LMS answers to.
    pub fn router(&self) -> Router {
        Router::new()
            .merge(pages::router())
            .merge(keys::router())
            .merge(launch::router())
            .merge(token::router())
            .merge(gradebook::router())
            .layer(DefaultBodyLimit::max(BODY_LIMIT))
            .with_state(self.clone())
    }

    fn gradebook(&self) -> MutexGuard<'_, gradebook::Gradebook> {
        self.0.gradebook.lock().unwrap_or_else(PoisonError::into_inner)
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
