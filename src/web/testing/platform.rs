//! A platform on loopback: it publishes a key, signs tokens, gives out access tokens and takes scores.

use std::sync::OnceLock;

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use crate::{
    clock::SystemClock,
    entropy::Entropy,
    launch::{
        platform::NewRegistration,
        protocol::{KeyState, OwnKey, public_document},
    },
};

const CLAIM: &str = "https://purl.imsglobal.org/spec/lti/claim";

/// Making a key takes a while, so all tests share one.
fn key() -> &'static OwnKey {
    static KEY: OnceLock<OwnKey> = OnceLock::new();
    KEY.get_or_init(|| {
        let now = crate::clock::Clock::now(&SystemClock);
        OwnKey::generate(&mut Entropy::seeded(1).fork(), KeyState::Active, now).unwrap()
    })
}

/// The platform.
pub struct TestPlatform {
    server: MockServer,
}

impl TestPlatform {
    /// Starts it, with keys, tokens and one line item that takes every score.
    pub async fn start() -> Self {
        let server = MockServer::start().await;
        let keys = public_document(std::slice::from_ref(key())).unwrap();
        let token = json!({ "access_token": "access", "token_type": "bearer", "expires_in": 3600,
            "scope": "https://purl.imsglobal.org/spec/lti-ags/scope/score" });
        for (verb, at, status, body) in
            [("GET", "/keys", 200, keys), ("POST", "/token", 200, token), ("POST", "/lineitem/scores", 201, json!({}))]
        {
            let answer = ResponseTemplate::new(status).set_body_json(body);
            Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&server).await;
        }
        Self { server }
    }

    /// Its issuer.
    pub fn issuer(&self) -> String {
        self.server.uri()
    }

    /// The scores that it received, oldest first.
    pub async fn scores(&self) -> Vec<Value> {
        let requests = self.server.received_requests().await.unwrap_or_default();
        let scores = requests.iter().filter(|request| request.url.path() == "/lineitem/scores");
        scores.map(|request| request.body_json().unwrap()).collect()
    }

    /// The signed assertions that it was asked for access tokens with, oldest first.
    pub async fn assertions(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap_or_default();
        let asked = requests.iter().filter(|request| request.url.path() == "/token");
        let assertion = |body: &[u8]| {
            let mut fields = url::form_urlencoded::parse(body);
            fields.find(|(name, _)| name == "client_assertion").unwrap().1.into_owned()
        };
        asked.map(|request| assertion(&request.body)).collect()
    }

    /// Lets tools register: each gets that client id and deployment.
    pub async fn offer_registration(&self, client_id: &str, deployment_id: &str) {
        let at = |path: &str| format!("{}{path}", self.issuer());
        let configuration = json!({
            "issuer": self.issuer(),
            "authorization_endpoint": at("/auth"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
            "registration_endpoint": at("/register"),
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                "product_family_code": "moodle", "messages_supported": ["LtiResourceLinkRequest"] },
        });
        let answer = json!({ "client_id": client_id,
            "https://purl.imsglobal.org/spec/lti-tool-configuration": { "deployment_id": deployment_id } });
        for (verb, at, body) in [("GET", "/configuration", configuration), ("POST", "/register", answer)] {
            let answer = ResponseTemplate::new(200).set_body_json(body);
            Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&self.server).await;
        }
    }

    /// Where it says about itself what a tool needs to register.
    pub fn configuration_url(&self) -> String {
        format!("{}/configuration", self.issuer())
    }

    /// What an administrator would enter.
    pub fn registration(&self, client_id: &str) -> NewRegistration {
        let at = |path: &str| format!("{}{path}", self.issuer());
        NewRegistration {
            name: format!("Test {client_id}"),
            issuer: self.issuer(),
            client_id: client_id.to_owned(),
            auth_url: at("/auth"),
            token_url: at("/token"),
            jwks_url: at("/keys"),
            ..NewRegistration::default()
        }
    }

    /// The parameters of a login.
    pub fn login(&self, client_id: &str) -> Vec<(&'static str, String)> {
        vec![
            ("iss", self.issuer()),
            ("client_id", client_id.to_owned()),
            ("login_hint", "hint".to_owned()),
            ("lti_message_hint", "message".to_owned()),
            ("lti_deployment_id", "1".to_owned()),
            ("target_link_uri", "http://localhost:3000/lti/launch".to_owned()),
        ]
    }

    /// A learner's token for the project `counting`, with some claims changed; `null` removes one.
    pub fn id_token(&self, client_id: &str, nonce: &str, now: DateTime<Utc>, changes: &Value) -> String {
        let claim = |name: &str| format!("{CLAIM}/{name}");
        let mut claims = json!({
            "iss": self.issuer(), "aud": client_id, "azp": client_id, "sub": "learner-1", "nonce": nonce,
            "iat": now.timestamp(), "exp": now.timestamp() + 300, "name": "Ada Example", "email": "ada@example.org",
            claim("message_type"): "LtiResourceLinkRequest",
            claim("version"): "1.3.0",
            claim("deployment_id"): "1",
            claim("target_link_uri"): "http://localhost:3000/lti/launch",
            claim("roles"): ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            claim("resource_link"): { "id": "link-1", "title": "Counting together" },
            claim("context"): { "id": "course-1", "title": "Mathematics" },
            claim("custom"): { "project": "counting" },
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
                "lineitem": format!("{}/lineitem", self.issuer()),
            },
        });
        for (name, value) in changes.as_object().into_iter().flatten() {
            let known = if claims.get(claim(name)).is_some() { claim(name) } else { name.clone() };
            claims[known] = value.clone();
        }
        if let Some(claims) = claims.as_object_mut() {
            claims.retain(|_, value| !value.is_null());
        }
        let header = Header { kid: Some(key().kid.clone()), ..Header::new(Algorithm::RS256) };
        let signing = EncodingKey::from_rsa_pem(key().private_key.as_bytes()).unwrap();
        jsonwebtoken::encode(&header, &claims, &signing).unwrap()
    }
}
