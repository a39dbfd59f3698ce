//! A tool with a simulated platform that plays the certification suite's.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::EncodingKey;
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use url::Url;

use crate::{
    Completed, Launch, LaunchForm, LaunchRefused, LoginRequest, OwnKey, Tool,
    memory::{self, Memory, PlainRegistration},
    testkit::{self, Family, KeyEntries, Link, Part, Person, Placement, Platform, Quirks, SigningKey, Visit, Wire},
};

pub(super) use crate::testkit::{encoded, form, sample_keys as keys};

pub(super) const ISSUER: &str = "https://lms.example";
pub(super) const CLIENT: &str = "tool-1";
pub(super) const LAUNCH_URL: &str = "https://tool.example/lti/launch";
pub(super) const JWKS_URL: &str = "https://lms.example/lti/jwks";
pub(super) const TOKEN_URL: &str = "https://lms.example/lti/token";
pub(super) const CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim/";
pub(super) const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
pub(super) const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";

pub(super) fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().expect("a time")
}

pub(super) fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

/// A key as Open edX publishes it: without `alg` and `use`.
pub(super) fn jwk(key: &OwnKey) -> Value {
    SigningKey::rsa(key).expect("a key").public_bare()
}

fn placement() -> Placement {
    let mut placement = Placement::at("https://tool.example", CLIENT, "1").expect("addresses");
    placement.target_link_uri = url("https://tool.example/activity");
    placement
}

/// The certification suite's platform: keys as bare as they may be, one of them elliptic, and the full student launch.
fn suite() -> Platform {
    let quirks = Quirks { key_entries: KeyEntries::Bare, ..Quirks::default() };
    let student = Person { email: "sam@lms.example".to_owned(), ..Person::new("99", "Sam", "Lee", Part::Learner) };
    let platform = Platform::signing_with(SigningKey::elliptic(), quirks, &url(ISSUER), placement());
    platform.rotate(SigningKey::sample(0));
    platform.with_course(vec![student], vec![Link::new("link-1", "Task", &[])])
}

pub(super) fn registration(issuer: &str, client_id: &str) -> PlainRegistration {
    PlainRegistration {
        issuer: issuer.to_owned(),
        client_id: client_id.to_owned(),
        auth_url: url(&format!("{issuer}/auth?tenant=7")),
        service_hosts: vec!["grades.example".to_owned()],
        ..suite().registration()
    }
}

/// A tool with one platform.
pub(super) struct Stage {
    pub(super) tool: Tool<Memory, Arc<Wire>>,
    pub(super) network: Arc<Wire>,
    pub(super) platform: Arc<Platform>,
    pub(super) now: DateTime<Utc>,
    rng: Mutex<StdRng>,
}

/// A login under way.
pub(super) struct Attempt {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) secret: String,
    pub(super) storage_secret: String,
}

pub(super) type Outcome = Result<Launch<Memory>, LaunchRefused<Memory>>;

impl Stage {
    pub(super) fn new() -> Self {
        Self::with(registration(ISSUER, CLIENT))
    }

    pub(super) fn with(registration: PlainRegistration) -> Self {
        Self::on(suite(), registration)
    }

    /// A tool that is registered with a product.
    pub(super) fn of(family: Family) -> Self {
        let platform = Platform::new(family.quirks(), &url(ISSUER), placement());
        let registration = platform.registration();
        Self::on(platform, registration)
    }

    fn on(platform: Platform, registration: PlainRegistration) -> Self {
        let (network, platform) = (Arc::new(Wire::at(noon())), Arc::new(platform));
        network.connect(Arc::clone(&platform));
        let memory = Memory::default();
        memory.deploy(&registration.issuer, &registration.client_id, "1");
        memory.register(memory::Platform { name: "School".to_owned() }, registration);
        memory.add_key(keys()[2].clone());
        network.set_tool_keys(crate::public_document(&keys()[2..]).expect("a key set"));
        let tool = Tool::new(url(LAUNCH_URL), memory, Arc::clone(&network));
        Self { tool, network, platform, now: noon(), rng: Mutex::new(StdRng::seed_from_u64(2)) }
    }

    /// Runs a login as far as the platform.
    pub(super) async fn log_in(&self) -> Attempt {
        let request = LoginRequest::parse(LOGIN.as_bytes()).expect("a login");
        let begun = self.begin(request).await.expect("a login that begins");
        let nonce = begun.redirect.query_pairs().find(|(name, _)| name == "nonce").expect("a nonce").1.into_owned();
        Attempt { state: begun.state, nonce, secret: begun.browser_secret, storage_secret: begun.storage_secret }
    }

    pub(super) async fn begin(&self, request: LoginRequest) -> Result<crate::Begun<Memory>, crate::LoginRefused> {
        // The lock is released before anything is awaited.
        let beginning = self.tool.begin(request, self.now, &mut *self.rng.lock().unwrap());
        beginning.await
    }

    /// The claims of the certification suite's full student launch.
    pub(super) fn claims(&self, attempt: &Attempt) -> Value {
        let mut visit = Visit::sample(Part::Learner);
        visit.person = Person { email: "sam@lms.example".to_owned(), ..Person::new("99", "Sam", "Lee", Part::Learner) };
        visit.course.title = "First Course".to_owned();
        visit.link = Link::new("link-1", "Task", &[]);
        let mut claims = self.platform.claims(&visit, CLIENT, &attempt.nonce, self.now);
        claims["middle_name"] = json!("J");
        claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] =
            json!({"context_memberships_url": "https://lms.example/members", "service_versions": ["2.0"]});
        claims
    }

    /// Launches with a token of the platform's own making.
    pub(super) async fn launch(&self, attempt: &Attempt, claims: &Value) -> Outcome {
        self.post(attempt, &sign(claims)).await
    }

    /// Posts a token with the login's own state and browser.
    pub(super) async fn post(&self, attempt: &Attempt, token: &str) -> Outcome {
        let body = form(&[("state", attempt.state.as_str()), ("id_token", token)]);
        self.post_form(&body, Some(&attempt.secret)).await
    }

    pub(super) async fn post_form(&self, body: &str, browser: Option<&str>) -> Outcome {
        match self.complete(body, browser).await? {
            Completed::Launched(launch) => Ok(*launch),
            Completed::Unproven(unproven) => Err(unproven.refused()),
        }
    }

    /// What comes of a form before anything else is proved.
    pub(super) async fn complete(
        &self,
        body: &str,
        browser: Option<&str>,
    ) -> Result<Completed<Memory>, LaunchRefused<Memory>> {
        let form = LaunchForm::parse(body.as_bytes());
        let completing = self.tool.complete(form, browser, self.now, &mut *self.rng.lock().unwrap());
        completing.await
    }

    /// Logs in and launches with claims that differ from the full launch.
    pub(super) async fn launch_with(&self, edit: impl FnOnce(&mut Value)) -> Outcome {
        let attempt = self.log_in().await;
        let mut claims = self.claims(&attempt);
        edit(&mut claims);
        self.launch(&attempt, &claims).await
    }

    /// The code with which such a launch is refused.
    pub(super) async fn refusal(&self, edit: impl FnOnce(&mut Value)) -> &'static str {
        self.launch_with(edit).await.expect_err("a refusal").refusal.code()
    }

    pub(super) fn later(mut self, span: TimeDelta) -> Self {
        self.now += span;
        self.network.set_time(self.now);
        self
    }

    pub(super) fn random(&self) -> std::sync::MutexGuard<'_, StdRng> {
        self.rng.lock().unwrap()
    }
}

pub(super) const LOGIN: &str = "iss=https%3A%2F%2Flms.example&login_hint=user+%26+99&lti_message_hint=hint%2B1\
    &target_link_uri=https%3A%2F%2Ftool.example%2Factivity&client_id=tool-1&lti_deployment_id=1";

/// A token of the platform, as the certification suite makes it: no `typ`.
pub(super) fn sign(claims: &Value) -> String {
    SigningKey::sample(0).sign(claims).expect("a token")
}

/// A token with that header, signed by that key whatever the header says.
pub(super) fn sign_as(header: &Value, claims: &Value, key: &OwnKey) -> String {
    SigningKey::rsa(key).expect("a key").sign_as(header, claims).expect("a token")
}

pub(super) fn sign_elliptic(claims: &Value) -> String {
    SigningKey::elliptic().sign(claims).expect("a token")
}

pub(super) fn signed(header: &Value, claims: &Value, key: &EncodingKey, algorithm: jsonwebtoken::Algorithm) -> String {
    testkit::sign(header, claims, key, algorithm).expect("a token")
}

/// Takes a claim away, by the short name of LTI's own or the whole name of another.
pub(super) fn remove(claims: &mut Value, name: &str) {
    let members = claims.as_object_mut().expect("claims");
    members.remove(name);
    members.remove(&format!("{CLAIM}{name}"));
}

/// Sets one of LTI's own claims.
pub(super) fn set(claims: &mut Value, name: &str, value: Value) {
    claims[format!("{CLAIM}{name}")] = value;
}
