//! A platform played by the tests: its keys, its key set, its tokens, and a network that is only a list of answers.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, OnceLock},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::EncodingKey;
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use crate::{
    Algorithm, Completed, HttpClient, HttpError, KeyState, Launch, LaunchForm, LaunchRefused, LoginRequest, OwnKey,
    Request, Tool,
    memory::{Memory, NewDeployments, PlainRegistration, Platform},
    public_document,
};

pub(super) const ISSUER: &str = "https://lms.example";
pub(super) const CLIENT: &str = "tool-1";
pub(super) const LAUNCH_URL: &str = "https://tool.example/lti/launch";
pub(super) const JWKS_URL: &str = "https://lms.example/jwks";
pub(super) const TOKEN_URL: &str = "https://lms.example/token";
pub(super) const CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim/";
pub(super) const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
pub(super) const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";

/// Three RSA keys, made once: two of the platform's, one of the tool's.
pub(super) fn keys() -> &'static [OwnKey; 3] {
    static KEYS: OnceLock<[OwnKey; 3]> = OnceLock::new();
    KEYS.get_or_init(|| {
        let mut rng = StdRng::seed_from_u64(1);
        [(); 3].map(|()| OwnKey::generate(&mut rng, KeyState::Active, noon()).expect("a key"))
    })
}

/// A key on P-256 that has never been used for anything else: private (PKCS#8) and public.
const EC_PRIVATE: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgN7MReKHIFmdQ1JHVyNK1TgatBn3Xk3dTg1_3i1-lpZChRANCAAT5-1O4-ZSKIzbwerBBdL-zsE9kQ230UoQk6zohtrDpcRRymnTrk0Crh4TQg1KAWEgotgTL2MMe4-YhcUBCdmO5";
pub(super) fn ec_jwk() -> Value {
    json!({"kty": "EC", "crv": "P-256", "kid": "elliptic", "x": "-ftTuPmUiiM28HqwQXS_s7BPZENt9FKEJOs6Ibaw6XE",
           "y": "FHKadOuTQKuHhNCDUoBYSCi2BMvYwx7j5iFxQEJ2Y7k"})
}

pub(super) fn noon() -> DateTime<Utc> {
    "2026-11-20T12:00:00Z".parse().expect("a time")
}

pub(super) fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

/// A key as Open edX publishes it: without `alg` and `use`.
pub(super) fn jwk(key: &OwnKey) -> Value {
    let mut jwk = public_document(std::slice::from_ref(key)).expect("a key set")["keys"][0].take();
    let members = jwk.as_object_mut().expect("a key");
    members.remove("alg");
    members.remove("use");
    jwk
}

type Answer = Result<http::Response<Bytes>, HttpError>;

/// A network: what each address answers (the last answer stays), and what it was asked.
#[derive(Debug, Default)]
pub(super) struct Network {
    answers: Mutex<HashMap<String, Vec<Answer>>>,
    pub(super) asked: Mutex<Vec<Request>>,
}

impl Network {
    #[expect(clippy::needless_pass_by_value, reason = "the calls read better")]
    pub(super) fn answer(&self, url: &str, status: u16, headers: &[(&'static str, &str)], body: impl ToString) {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        self.push(url, Ok(response.body(Bytes::from(body.to_string())).expect("a response")));
    }

    pub(super) fn fail(&self, url: &str, error: HttpError) {
        self.push(url, Err(error));
    }

    fn push(&self, url: &str, answer: Answer) {
        self.answers.lock().unwrap().entry(url.to_owned()).or_default().push(answer);
    }

    pub(super) fn forget(&self, url: &str) {
        self.answers.lock().unwrap().remove(url);
    }

    pub(super) fn times_asked(&self, url: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|request| request.url.as_str() == url).count()
    }
}

impl HttpClient for Network {
    async fn send(&self, request: Request) -> Answer {
        let address = request.url.to_string();
        self.asked.lock().unwrap().push(request);
        // Lets everybody else run meanwhile, as a network does.
        tokio::task::yield_now().await;
        let mut answers = self.answers.lock().unwrap();
        let queue = answers.get_mut(&address).unwrap_or_else(|| panic!("nobody is at {address}"));
        if queue.len() > 1 { queue.remove(0) } else { queue[0].clone() }
    }
}

pub(super) fn registration(issuer: &str, client_id: &str) -> PlainRegistration {
    PlainRegistration {
        issuer: issuer.to_owned(),
        client_id: client_id.to_owned(),
        auth_url: url(&format!("{issuer}/auth?tenant=7")),
        token_url: url(TOKEN_URL),
        token_audience: None,
        jwks_url: url(JWKS_URL),
        algorithms: vec![Algorithm::Rs256],
        service_hosts: vec!["grades.example".to_owned()],
        new_deployments: NewDeployments::Refused,
    }
}

/// A tool with one platform.
pub(super) struct Stage {
    pub(super) tool: Tool<Memory, Arc<Network>>,
    pub(super) network: Arc<Network>,
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
        let network = Arc::new(Network::default());
        network.answer(JWKS_URL, 200, &[], json!({"keys": [jwk(&keys()[0]), ec_jwk()]}));
        let memory = Memory::default();
        memory.deploy(&registration.issuer, &registration.client_id, "1");
        memory.register(Platform { name: "School".to_owned() }, registration);
        memory.add_key(keys()[2].clone());
        let tool = Tool::new(url(LAUNCH_URL), memory, Arc::clone(&network));
        Self { tool, network, now: noon(), rng: Mutex::new(StdRng::seed_from_u64(2)) }
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
        let mut claims = json!({
            "iss": ISSUER, "aud": CLIENT, "sub": "99", "nonce": attempt.nonce,
            "iat": self.now.timestamp(), "exp": self.now.timestamp() + 300,
            "name": "Sam Lee", "given_name": "Sam", "family_name": "Lee", "middle_name": "J", "email": "sam@lms.example",
            "locale": "en-US",
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": "https://lms.example/members", "service_versions": ["2.0"]},
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"], "lineitems": "https://lms.example/items"},
        });
        for (name, value) in [
            ("message_type", json!("LtiResourceLinkRequest")),
            ("version", json!("1.3.0")),
            ("deployment_id", json!("1")),
            ("target_link_uri", json!("https://tool.example/activity")),
            ("roles", json!([LEARNER])),
            ("context", json!({"id": "course-1", "label": "C1", "title": "First Course", "type": ["CourseSection"]})),
            ("resource_link", json!({"id": "link-1", "title": "Task", "description": "A task"})),
        ] {
            claims[format!("{CLAIM}{name}")] = value;
        }
        claims
    }

    /// Launches with a token of the platform's own making.
    pub(super) async fn launch(&self, attempt: &Attempt, claims: &Value) -> Outcome {
        self.post(attempt, &sign(claims)).await
    }

    /// Posts a token with the login's own state and browser.
    pub(super) async fn post(&self, attempt: &Attempt, token: &str) -> Outcome {
        self.post_form(&form(&[("state", &attempt.state), ("id_token", token)]), Some(&attempt.secret)).await
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
        self
    }

    pub(super) fn random(&self) -> std::sync::MutexGuard<'_, StdRng> {
        self.rng.lock().unwrap()
    }
}

pub(super) const LOGIN: &str = "iss=https%3A%2F%2Flms.example&login_hint=user+%26+99&lti_message_hint=hint%2B1\
    &target_link_uri=https%3A%2F%2Ftool.example%2Factivity&client_id=tool-1&lti_deployment_id=1";

pub(super) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A token of the platform, as the certification suite makes it: no `typ`.
pub(super) fn sign(claims: &Value) -> String {
    sign_as(&json!({"alg": "RS256", "kid": keys()[0].kid}), claims, &keys()[0])
}

/// A token with that header, signed by that key whatever the header says.
pub(super) fn sign_as(header: &Value, claims: &Value, key: &OwnKey) -> String {
    let key = EncodingKey::from_rsa_pem(key.private_key.as_bytes()).expect("a private key");
    signed(header, claims, &key, jsonwebtoken::Algorithm::RS256)
}

pub(super) fn sign_elliptic(claims: &Value) -> String {
    let key = EncodingKey::from_ec_der(&URL_SAFE_NO_PAD.decode(EC_PRIVATE).expect("base64"));
    signed(&json!({"alg": "ES256", "kid": "elliptic"}), claims, &key, jsonwebtoken::Algorithm::ES256)
}

pub(super) fn signed(header: &Value, claims: &Value, key: &EncodingKey, algorithm: jsonwebtoken::Algorithm) -> String {
    let unsigned = format!("{}.{}", encoded(header), encoded(claims));
    let signature = jsonwebtoken::crypto::sign(unsigned.as_bytes(), key, algorithm).expect("a signature");
    format!("{unsigned}.{signature}")
}

pub(super) fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
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
