//! A platform on loopback: the LTI library's simulated one, behind a small server.

use std::sync::{
    Arc, Mutex, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{Request, StatusCode, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::{DateTime, Utc};
use lti::testkit::{Family, Group, Link, Part, Person, Placement, Platform, Quirks, Visit};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::roster::{self, RosterFault};
use crate::{
    clock::{Clock as _, ManualClock},
    entropy::Entropy,
    launch::{platform::NewRegistration, protocol::Tool},
};

const CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim";

/// Where launches tell of the course's groups.
const GROUPS: &str = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice";

/// Where LTT is.
const TOOL: &str = "http://localhost:3000";

/// The platform. Its server ends with the test.
pub struct TestPlatform(pub(super) Arc<Served>);

pub(super) struct Served {
    pub(super) platform: Platform,
    clock: ManualClock,
    entropy: Entropy,
    tool: OnceLock<Arc<Tool>>,
    disturbance: Mutex<Option<Disturbance>>,
    key_fetches: AtomicUsize,
    assertions: Mutex<Vec<String>>,
    /// What a tool that registers is answered, where one may.
    registration: Mutex<Option<Value>>,
    pub(super) roster_fault: Mutex<Option<RosterFault>>,
    pub(super) roster_asked: Mutex<Vec<String>>,
}

impl Served {
    /// The platform's time.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }
}

/// What goes wrong where the platform publishes its keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// It answers with 503.
    Down,
    /// It answers with more than any key set has.
    Huge,
    /// It answers with a page.
    Page,
    /// It sends on to another address.
    Redirect,
    /// It never answers.
    Silent,
}

impl TestPlatform {
    /// Starts it by the book, with one link that leads to the project `counting`.
    pub async fn start(clock: &ManualClock) -> Self {
        Self::start_with(Quirks::default(), clock).await
    }

    /// Starts it as that product behaves.
    pub async fn start_as(family: Family, clock: &ManualClock) -> Self {
        Self::start_with(family.quirks(), clock).await
    }

    async fn start_with(quirks: Quirks, clock: &ManualClock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let class = ["learner-1", "ada"].map(|id| Person::new(id, "Ada", "Example", Part::Learner));
        let red = Group { id: "g1".to_owned(), name: "Red".to_owned(), members: vec!["ada".to_owned()] };
        let placement = Placement::at(TOOL, "client-1", "1").unwrap();
        let platform = Platform::new(quirks, &base, placement)
            .with_client("client-2")
            .with_course(class.to_vec(), vec![link()])
            .with_groups(vec![red]);
        let served = Arc::new(Served {
            platform,
            clock: clock.clone(),
            entropy: Entropy::seeded(8),
            tool: OnceLock::new(),
            disturbance: Mutex::new(None),
            key_fetches: AtomicUsize::new(0),
            assertions: Mutex::default(),
            registration: Mutex::default(),
            roster_fault: Mutex::default(),
            roster_asked: Mutex::default(),
        });
        let addresses = served.platform.addresses();
        let router = Router::new()
            .route(addresses.key_set.path(), get(keys))
            .route(addresses.token.path(), post(grant))
            .route(addresses.members.path(), get(roster::members))
            .route("/configuration", get(configuration))
            .route("/lti/registrations", post(register))
            .fallback(services)
            .with_state(Arc::clone(&served));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self(served)
    }

    /// The platform itself, to be opened, asked and changed.
    pub fn simulated(&self) -> &Platform {
        &self.0.platform
    }

    /// Its issuer.
    pub fn issuer(&self) -> String {
        self.0.platform.addresses().issuer.clone()
    }

    /// Tells it whose keys verify the assertions that it gets.
    pub fn meet(&self, tool: &Arc<Tool>) {
        self.0.tool.set(Arc::clone(tool)).unwrap();
    }

    /// The scores that it received, oldest first.
    pub fn scores(&self) -> Vec<Value> {
        self.0.platform.scores_received()
    }

    /// From now on the key set cannot be had, or again.
    pub fn disturb(&self, disturbance: Option<Disturbance>) {
        *self.0.disturbance.lock().unwrap() = disturbance;
    }

    /// How often the key set was asked for.
    pub fn key_fetches(&self) -> usize {
        self.0.key_fetches.load(Ordering::SeqCst)
    }

    /// The signed assertions that it was asked for access tokens with, oldest first.
    pub fn assertions(&self) -> Vec<String> {
        self.0.assertions.lock().unwrap().clone()
    }

    /// Lets tools register: each gets that client id and deployment.
    pub fn offer_registration(&self, client_id: &str, deployment_id: &str) {
        let answer = json!({ "client_id": client_id,
            "https://purl.imsglobal.org/spec/lti-tool-configuration": { "deployment_id": deployment_id } });
        *self.0.registration.lock().unwrap() = Some(answer);
    }

    /// Where it says about itself what a tool needs to register.
    pub fn configuration_url(&self) -> String {
        format!("{}/configuration", self.issuer())
    }

    /// What an administrator would enter.
    pub fn registration(&self, client_id: &str) -> NewRegistration {
        let plain = self.0.platform.registration();
        NewRegistration {
            name: format!("Test {client_id}"),
            issuer: plain.issuer,
            client_id: client_id.to_owned(),
            auth_url: plain.auth_url.into(),
            token_url: plain.token_url.into(),
            token_audience: plain.token_audience,
            jwks_url: plain.jwks_url.into(),
            ..NewRegistration::default()
        }
    }

    /// The parameters of a login.
    pub fn login(&self, client_id: &str) -> Vec<(&'static str, String)> {
        self.open(client_id, &self.visit(Part::Learner))
    }

    /// The parameters of a login for that visit.
    pub fn open(&self, client_id: &str, visit: &Visit) -> Vec<(&'static str, String)> {
        let (served, now) = (&self.0, self.0.clock.now());
        served.entropy.with(|rng| served.platform.open_as(client_id, visit, now, rng)).parameters
    }

    /// Somebody in that part opens the link.
    pub fn visit(&self, part: Part) -> Visit {
        let sample = Visit::sample(part);
        let person =
            Person { id: "learner-1".to_owned(), email: "ada@example.org".to_owned(), ..sample.person.clone() };
        Visit { person, link: link(), ..sample }
    }

    /// A learner's token for the project `counting`, with some claims changed; `null` removes one.
    pub fn id_token(&self, client_id: &str, nonce: &str, now: DateTime<Utc>, changes: &Value) -> String {
        self.0.platform.sign(&self.claims(client_id, nonce, now, changes)).unwrap()
    }

    /// Such a token's claims, not yet signed.
    pub fn claims(&self, client_id: &str, nonce: &str, now: DateTime<Utc>, changes: &Value) -> Value {
        let claim = |name: &str| format!("{CLAIM}/{name}");
        let mut claims = self.0.platform.claims(&self.visit(Part::Learner), client_id, nonce, now);
        // What a test is about it says itself; with a way back, refusals would leave the server.
        for unsaid in [claim("launch_presentation"), claim("tool_platform"), GROUPS.to_owned(), "locale".to_owned()] {
            claims[unsaid] = Value::Null;
        }
        for (name, value) in changes.as_object().into_iter().flatten() {
            let known = if claims.get(claim(name)).is_some() { claim(name) } else { name.clone() };
            claims[known] = value.clone();
        }
        if let Some(claims) = claims.as_object_mut() {
            claims.retain(|_, value| !value.is_null());
        }
        claims
    }
}

fn link() -> Link {
    Link::new("link-1", "Counting together", &[("project", "counting")])
}

async fn keys(State(served): State<Arc<Served>>) -> Response {
    served.key_fetches.fetch_add(1, Ordering::SeqCst);
    let disturbance = *served.disturbance.lock().unwrap();
    match disturbance {
        None => served.platform.key_set_answer().map(Body::from),
        Some(Disturbance::Down) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Disturbance::Huge) => format!("{{\"keys\": [{}]}}", " ".repeat(300 * 1024)).into_response(),
        Some(Disturbance::Page) => Html("<html><body>Sign in</body></html>").into_response(),
        Some(Disturbance::Redirect) => Redirect::temporary("http://127.0.0.1:9/keys").into_response(),
        Some(Disturbance::Silent) => std::future::pending().await,
    }
}

async fn grant(State(served): State<Arc<Served>>, form: Bytes) -> Response {
    let assertion = url::form_urlencoded::parse(&form).find(|(name, _)| name == "client_assertion");
    served.assertions.lock().unwrap().extend(assertion.map(|(_, assertion)| assertion.into_owned()));
    let tool_keys = served.tool.get().unwrap().public_keys().await.ok();
    let now = served.clock.now();
    served.entropy.with(|rng| served.platform.grant_access(&form, tool_keys.as_ref(), now, rng)).map(Body::from)
}

/// As Moodle, whose registrations have to be activated, calls itself.
async fn configuration(State(served): State<Arc<Served>>) -> Json<Value> {
    let mut document = served.platform.configuration();
    document["https://purl.imsglobal.org/spec/lti-platform-configuration"]["product_family_code"] = json!("moodle");
    Json(document)
}

async fn register(State(served): State<Arc<Served>>) -> Response {
    let answer = served.registration.lock().unwrap().clone();
    answer.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |answer| Json(answer).into_response())
}

async fn services(State(served): State<Arc<Served>>, parts: Parts, body: Bytes) -> Response {
    let answer = served.platform.services(&Request::from_parts(parts, body), served.clock.now());
    answer.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |answer| answer.map(Body::from))
}
