//! A simulated platform, for the tests of a tool: without a network and without a web framework.
//!
//! A [`Platform`] has keys, a class, links to a tool, a gradebook and a roster. Its functions take what a request says and give what
//! the answer says, so any server can stand before them, or none: [`Wire`] is a network in memory that a
//! [`Tool`](crate::Tool) can be made of.
//!
//! By itself a platform keeps to the specifications and is strict. [`Family::quirks`] makes it behave as one of the big
//! products does, and [`Quirks`] has a switch for each of these habits.
//!
//! ```
//! use lti::{Completed, LaunchForm, LoginRequest, Tool, memory::Memory, testkit::*};
//! use rand::{SeedableRng, rngs::StdRng};
//! use std::sync::Arc;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now = "2026-11-20T12:00:00Z".parse()?;
//! let rng = &mut StdRng::seed_from_u64(1);
//!
//! // A Moodle, and a tool that is registered with it.
//! let placement = Placement::at("https://tool.example", "client-1", "1")?;
//! let moodle = Arc::new(Platform::new(Family::Moodle.quirks(), &"https://lms.example".parse()?, placement));
//! let storage = Memory::default();
//! storage.register(lti::memory::Platform { name: "School".to_owned() }, moodle.registration());
//! storage.deploy("https://lms.example", "client-1", "1");
//! let wire = Arc::new(Wire::at(now));
//! wire.connect(moodle.clone());
//! let tool = Tool::new("https://tool.example/lti/launch".parse()?, storage, wire);
//!
//! // Ada opens a link; the tool sends her browser to Moodle, which posts a token to the tool.
//! let login = moodle.open(&Visit::sample(Part::Learner), now, rng).address();
//! let begun = tool.begin(LoginRequest::parse(login.query().unwrap().as_bytes())?, now, rng).await?;
//! let asked = begun.redirect.query().unwrap().as_bytes();
//! let Authorized::Posted { fields, .. } = moodle.authorize(asked, None, now)? else { panic!("not authorized") };
//! let posted = LaunchForm::parse(form(&fields).as_bytes());
//! let completed = tool.complete(posted, Some(&begun.browser_secret), now, rng).await?;
//! let Completed::Launched(launch) = completed else { panic!("her browser was not the one that began") };
//! assert_eq!(launch.claims.subject.as_deref(), Some("99"));
//! # Ok(())
//! # }
//! ```

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderValue, Method, Response, StatusCode, header};
use rand::RngCore;
use serde_json::{Value, json};
use url::{ParseError, Url, form_urlencoded};

use crate::{
    algorithm::Algorithm,
    http::Request,
    memory::{NewDeployments, PlainRegistration},
};

mod access;
mod answers;
mod claims;
mod family;
mod gradebook;
mod keys;
mod login;
mod people;
mod placing;
mod registration;
mod roster;
mod wire;

pub use crate::keys::{KeyError, KeyState, OwnKey};
pub use access::{GROUPS, LINE_ITEM_READ, RESULT_READ, ROSTER, SCOPES, SCORE};
pub use family::{
    Addresses, Assertion, Audience, Authorization, Family, Fault, Hints, KeyEntries, Publishing, Quirks, Scores,
};
pub use gradebook::{ActivityProgress, Gradebook, GradingProgress, Scored};
#[cfg(test)]
pub(crate) use keys::sign;
pub use keys::{SigningKey, encoded, sample_keys};
pub use login::{AuthorizationRefusal, Authorized, Initiation};
pub use people::{Course, Link, Part, Person, Visit};
pub use placing::{Author, Placed, PlacingRefusal};
pub use roster::Group;
pub use wire::Wire;

/// How a tool is placed on a platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The id that the platform gave to the tool.
    pub client_id: String,
    /// The one deployment.
    pub deployment_id: String,
    /// The tool's login address.
    pub login: Url,
    /// Where links lead.
    pub target_link_uri: Url,
    /// Where tokens may be posted.
    pub redirect_uris: Vec<Url>,
}

impl Placement {
    /// A tool at that origin with its login under `/lti/login` and its launch under `/lti/launch`.
    pub fn at(tool: &str, client_id: &str, deployment_id: &str) -> Result<Self, ParseError> {
        let tool = Url::parse(tool)?;
        let launch = tool.join("/lti/launch")?;
        Ok(Self {
            client_id: client_id.to_owned(),
            deployment_id: deployment_id.to_owned(),
            login: tool.join("/lti/login")?,
            target_link_uri: launch.clone(),
            redirect_uris: vec![launch],
        })
    }
}

type Keep = Box<dyn Fn(&Gradebook) -> Result<(), String> + Send + Sync>;

/// A simulated platform with one course.
pub struct Platform {
    quirks: Quirks,
    addresses: Addresses,
    placement: Placement,
    name: String,
    guid: String,
    clients: Vec<String>,
    people: Vec<Person>,
    groups: Vec<Group>,
    keep: Option<Keep>,
    state: Mutex<State>,
}

struct State {
    links: Vec<Link>,
    /// The published keys, the newest last.
    keys: Vec<SigningKey>,
    hints: HashMap<String, login::Hint>,
    grants: access::Grants,
    gradebook: Gradebook,
    received: Vec<Value>,
    throttled: usize,
    /// The course's members as the service spells them; `None`: its class.
    members: Option<Vec<Value>>,
}

impl fmt::Debug for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Platform").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

impl Platform {
    /// A platform whose front page is `base`, with the first of the [`sample_keys`], the class and the link of
    /// [`Visit::sample`].
    pub fn new(quirks: Quirks, base: &Url, placement: Placement) -> Self {
        Self::signing_with(SigningKey::sample(0), quirks, base, placement)
    }

    /// The same with a key of its own, so that the sample keys need not be made.
    pub fn signing_with(key: SigningKey, quirks: Quirks, base: &Url, placement: Placement) -> Self {
        let sample = Visit::sample(Part::Learner);
        Self {
            addresses: Addresses::of(quirks.family, base),
            clients: vec![placement.client_id.clone()],
            placement,
            name: quirks.family.map_or("Simulated platform", Family::name).to_owned(),
            guid: "20ee6ad5-c5b2-5810-86b1-a9cf139138c3".to_owned(),
            people: vec![sample.person],
            groups: Vec::new(),
            keep: None,
            quirks,
            state: Mutex::new(State {
                links: vec![sample.link],
                keys: vec![key],
                hints: HashMap::new(),
                grants: access::Grants::default(),
                gradebook: Gradebook::default(),
                received: Vec::new(),
                throttled: 0,
                members: None,
            }),
        }
    }

    /// Gives it a name, and the id of its software.
    #[must_use]
    pub fn called(mut self, name: &str, guid: &str) -> Self {
        (self.name, self.guid) = (name.to_owned(), guid.to_owned());
        self
    }

    /// Knows the tool under a further client id.
    #[must_use]
    pub fn with_client(mut self, client_id: &str) -> Self {
        self.clients.push(client_id.to_owned());
        self
    }

    /// Has these people in its course, and these links, which are the columns of its gradebook.
    #[must_use]
    pub fn with_course(mut self, people: Vec<Person>, links: Vec<Link>) -> Self {
        self.people = people;
        self.state().links = links;
        self
    }

    /// The links of its course.
    pub fn links(&self) -> Vec<Link> {
        self.state().links.clone()
    }

    /// Has a further link from now on, which is a column of its gradebook too; what cannot be kept is not placed.
    pub fn place(&self, link: Link) -> Result<(), String> {
        let mut state = self.state();
        if let Some(keep) = &self.keep {
            keep(&state.gradebook)?;
        }
        state.links.push(link);
        Ok(())
    }

    /// Begins with a gradebook, and has each change of it kept before it is acknowledged; what cannot be kept is not taken.
    #[must_use]
    pub fn keeping(
        mut self,
        gradebook: Gradebook,
        keep: impl Fn(&Gradebook) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        self.state().gradebook = gradebook;
        self.keep = Some(Box::new(keep));
        self
    }

    /// Where everything is.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// How it behaves.
    pub fn quirks(&self) -> &Quirks {
        &self.quirks
    }

    /// How the tool is placed.
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// What an administrator of the tool would enter, for the first client id.
    pub fn registration(&self) -> PlainRegistration {
        PlainRegistration {
            issuer: self.addresses.issuer.clone(),
            client_id: self.clients[0].clone(),
            auth_url: self.addresses.authorization.clone(),
            token_url: self.addresses.token.clone(),
            token_audience: match self.quirks.assertion {
                Assertion::For(audience) => Some(audience.to_owned()),
                Assertion::Strict | Assertion::TimeOnly => None,
            },
            jwks_url: self.addresses.key_set.clone(),
            algorithms: vec![Algorithm::Rs256],
            service_hosts: Vec::new(),
            new_deployments: NewDeployments::Refused,
        }
    }

    /// The key it signs with at present.
    pub fn signing_key(&self) -> SigningKey {
        let state = self.state();
        // There is always one: keys are replaced and added, and the newest is never withdrawn.
        state.keys[state.keys.len() - 1].clone()
    }

    /// Signs with a new key from now on; the older ones stay published.
    pub fn rotate(&self, key: SigningKey) {
        self.state().keys.push(key);
    }

    /// No longer publishes any key but the one it signs with.
    pub fn withdraw_old_keys(&self) {
        let newest = self.signing_key();
        self.state().keys = vec![newest];
    }

    /// Its key set (RFC 7517).
    pub fn key_set(&self) -> Value {
        let state = self.state();
        let keys = state.keys.iter().map(|key| match self.quirks.key_entries {
            KeyEntries::Full => key.public().clone(),
            KeyEntries::Bare => key.public_bare(),
        });
        json!({"keys": keys.collect::<Vec<_>>()})
    }

    /// Answers what a tool itself may ask for: the key set, an access token, the gradebook. `None` where the address is none of
    /// these. `tool_keys` is the key set that the tool publishes.
    pub fn serve(
        &self,
        request: &Request,
        tool_keys: Option<&Value>,
        now: DateTime<Utc>,
        rng: &mut dyn RngCore,
    ) -> Option<Response<Bytes>> {
        let is_at = |url: &Url| url.origin() == request.url.origin() && url.path() == request.url.path();
        if is_at(&self.addresses.key_set) && request.method == Method::GET {
            return Some(self.key_set_answer());
        }
        if is_at(&self.addresses.token) && request.method == Method::POST {
            return Some(self.grant_access(&request.body, tool_keys, now, rng));
        }
        if request.url.origin() != self.addresses.line_items.origin() {
            return None;
        }
        let mut asked = http::Request::builder().method(request.method.clone()).uri(request.url.as_str());
        if let Some(headers) = asked.headers_mut() {
            headers.clone_from(&request.headers);
        }
        self.services(&asked.body(request.body.clone()).ok()?, now)
    }

    /// The key set as it is served.
    pub fn key_set_answer(&self) -> Response<Bytes> {
        let mut answer = answers::json(StatusCode::OK, "application/json", &self.key_set());
        if let Some(cache) = self.quirks.key_cache {
            answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        }
        answer
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A form body of these fields.
pub fn form<N: AsRef<str>, V: AsRef<str>>(fields: &[(N, V)]) -> String {
    let pairs = fields.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}
