//! What is fed, and what must never come of it.

use std::{future::Future, pin::Pin, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use lti::{
    Begun, Completed, Launch, LaunchForm, LoginRequest, MessageType, Tool, Unproven,
    memory::{self, Memory},
    registration::{Initiation, ToolDescription, ToolMessage, configuration, register},
    testkit::{Family, Part, Placement, Platform, Quirks, SigningKey, Visit, Wire, encoded, form},
};
use rand::{Rng as _, rngs::StdRng};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::changes;

/// One way in. It tells whether what was made got through, and panics where it should not have.
#[derive(Clone, Copy)]
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// Makes and feeds one case.
    pub run: fn(&mut StdRng) -> Pin<Box<dyn Future<Output = bool> + '_>>,
}

/// All ways in.
pub const TARGETS: [Target; 4] = [
    Target { name: "login", run: |rng| Box::pin(login(rng)) },
    Target { name: "launch", run: |rng| Box::pin(launch(rng)) },
    Target { name: "key set", run: |rng| Box::pin(key_set(rng)) },
    Target { name: "registration", run: |rng| Box::pin(registration(rng)) },
];

const LAUNCH: &str = "https://tool.example/lti/launch";

/// A tool that is registered with one platform.
struct Stage {
    platform: Arc<Platform>,
    wire: Arc<Wire>,
    tool: Tool<Memory, Arc<Wire>>,
    now: DateTime<Utc>,
}

impl Stage {
    fn set(rng: &mut StdRng) -> Self {
        let which = rng.random_range(0..=Family::ALL.len());
        let quirks = Family::ALL.get(which).map_or_else(Quirks::default, |family| family.quirks());
        let placement = Placement::at("https://tool.example", "tool-1", "1").expect("addresses");
        let platform = Arc::new(Platform::new(quirks, &address("https://lms.example"), placement));
        let now = "2026-11-20T12:00:00Z".parse().expect("a time");
        let wire = Arc::new(Wire::at(now));
        wire.connect(Arc::clone(&platform));
        let storage = Memory::default();
        let registration = platform.registration();
        storage.deploy(&registration.issuer, "tool-1", "1");
        storage.register(memory::Platform { name: "School".to_owned() }, registration);
        let tool = Tool::new(address(LAUNCH), storage, Arc::clone(&wire));
        Self { platform, wire, tool, now }
    }

    fn visit(rng: &mut StdRng) -> Visit {
        let parts = [Part::Learner, Part::Instructor, Part::Assistant, Part::Mentor, Part::TestUser];
        Visit::sample(parts[rng.random_range(0..parts.len())])
    }

    /// An honest login, and its nonce.
    async fn begin(&self, visit: &Visit, rng: &mut StdRng) -> (Begun<Memory>, String) {
        let login = self.platform.open(visit, self.now, rng).address();
        let request = LoginRequest::parse(login.query().unwrap_or_default().as_bytes()).expect("an honest login");
        let begun = self.tool.begin(request, self.now, rng).await.expect("a login that begins");
        let nonce = begun.redirect.query_pairs().find(|(name, _)| name == "nonce").expect("a nonce").1.into_owned();
        (begun, nonce)
    }
}

fn address(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

/// A changed login, by query or by form.
async fn login(rng: &mut StdRng) -> bool {
    let stage = Stage::set(rng);
    let initiation = stage.platform.open(&Stage::visit(rng), stage.now, rng);
    let mut parameters: Vec<(String, String)> =
        initiation.parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    for _ in 0..changes::times(rng) {
        changes::parameters(rng, &mut parameters);
    }
    let mut encoded = form(&parameters).into_bytes();
    if rng.random_ratio(1, 3) {
        changes::bytes(rng, &mut encoded);
    }
    let request = match LoginRequest::parse(&encoded) {
        Ok(request) => request,
        Err(error) => {
            assert!(!error.explanation().is_empty());
            return false;
        }
    };
    let issuer = request.issuer.clone();
    match stage.tool.begin(request, stage.now, rng).await {
        Ok(begun) => {
            let registered = stage.platform.registration();
            assert_eq!(issuer, registered.issuer, "only a registered issuer begins a login");
            let (to, known) = (&begun.redirect, &registered.auth_url);
            assert!(to.origin() == known.origin() && to.path() == known.path(), "a login goes to {to}");
            true
        }
        Err(refused) => {
            assert!(!refused.explanation().is_empty() && !refused.rule().is_empty());
            false
        }
    }
}

/// A changed launch: its claims before they were signed, its header, its token, its form.
async fn launch(rng: &mut StdRng) -> bool {
    let stage = Stage::set(rng);
    let visit = Stage::visit(rng);
    let (begun, nonce) = stage.begin(&visit, rng).await;
    let honest = stage.platform.claims(&visit, "tool-1", &nonce, stage.now);
    let (mut header, mut claims) = (SigningKey::sample(0).header(), honest.clone());
    let key = SigningKey::sample(usize::from(rng.random_ratio(1, 20)));
    let part = rng.random_range(0..6);
    for _ in 0..changes::times(rng) {
        match part {
            0 => changes::document(rng, &mut header),
            _ => changes::document(rng, &mut claims),
        }
    }
    let mut token = key.sign_as(&header, &claims).expect("a token");
    if part == 1 {
        token = tampered(rng, token, &claims);
    }
    let untouched = part != 1;
    let mut fields = vec![("state".to_owned(), begun.state.clone()), ("id_token".to_owned(), token.clone())];
    if part == 2 {
        changes::parameters(rng, &mut fields);
    }
    let body = form(&fields);
    let secret = (!rng.random_ratio(1, 10)).then_some(&*begun.browser_secret);
    let posted = || LaunchForm::parse(body.as_bytes());
    let outcome = stage.tool.complete(posted(), secret, stage.now, rng).await;
    let launch = match outcome {
        Ok(Completed::Launched(launch)) => *launch,
        Ok(Completed::Unproven(unproven)) => {
            assert!(secret.is_none(), "a proof was not seen");
            match proved(&stage, &begun, &unproven, rng).await {
                Some(launch) => launch,
                None => return false,
            }
        }
        Err(refused) => {
            assert!(!refused.refusal.explanation().is_empty() && !refused.refusal.rule().is_empty());
            return false;
        }
    };
    assert!(untouched || token.starts_with(&format!("{}.", encoded(&header))), "a tampered token got in");
    assert_eq!(key.kid(), SigningKey::sample(0).kid(), "a stranger's signature got in");
    assert_same(&launch.claims.raw, &honest, stage.now);
    assert_eq!(launch.target_link_uri.origin(), address(LAUNCH).origin(), "a launch leads away");
    let again = stage.tool.complete(posted(), secret, stage.now, rng).await;
    assert_eq!(again.expect_err("a second launch with one login").refusal.code(), "state_unknown");
    true
}

/// Proves a launch that is held, by its storage secret or by something else.
async fn proved(
    stage: &Stage,
    begun: &Begun<Memory>,
    unproven: &Unproven<Memory>,
    rng: &mut StdRng,
) -> Option<Launch<Memory>> {
    let honest = rng.random::<bool>();
    let secret = if honest { begun.storage_secret.clone() } else { changes::text(rng) };
    let launch = stage.tool.prove(&unproven.ticket, &secret, stage.now).await.ok();
    assert_eq!(launch.is_some(), honest, "a launch is proved by its own storage secret and by nothing else");
    let again = stage.tool.prove(&unproven.ticket, &begun.storage_secret, stage.now).await;
    assert!(again.is_err(), "a ticket was taken twice");
    launch
}

/// A token that was changed after it was signed.
fn tampered(rng: &mut StdRng, token: String, claims: &Value) -> String {
    let mut bytes = token.into_bytes();
    for _ in 0..=changes::times(rng) {
        changes::bytes(rng, &mut bytes);
    }
    let token = String::from_utf8_lossy(&bytes).into_owned();
    if rng.random_ratio(1, 2) {
        return token;
    }
    // Another body under the signature of the first.
    let mut forged = claims.clone();
    changes::document(rng, &mut forged);
    let mut parts: Vec<&str> = token.split('.').collect();
    let body = encoded(&forged);
    if let Some(part) = parts.get_mut(1) {
        *part = &body;
    }
    parts.join(".")
}

/// Whatever else a token says, these must be as the platform says them.
fn assert_same(claims: &serde_json::Map<String, Value>, honest: &Value, now: DateTime<Utc>) {
    const EXACT: [&str; 5] = [
        "iss",
        "nonce",
        "https://purl.imsglobal.org/spec/lti/claim/deployment_id",
        "https://purl.imsglobal.org/spec/lti/claim/version",
        "https://purl.imsglobal.org/spec/lti/claim/message_type",
    ];
    for name in EXACT {
        assert_eq!(claims.get(name), honest.get(name), "another {name} got in");
    }
    let audience = &claims["aud"];
    let ours = |one: &Value| *one == json!("tool-1");
    let only_ours = audience.as_array().map_or(ours(audience), |all| !all.is_empty() && all.iter().all(ours));
    assert!(only_ours, "a token for {audience} got in");
    let at = |name: &str| claims[name].as_f64().expect("a time");
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970")]
    let seconds = |time: DateTime<Utc>| time.timestamp() as f64;
    assert!(at("exp") > seconds(now - TimeDelta::seconds(61)), "a token that is over got in");
    assert!(at("iat") < seconds(now + TimeDelta::seconds(61)), "a token of the future got in");
}

/// A changed key set, and an honest launch.
async fn key_set(rng: &mut StdRng) -> bool {
    let stage = Stage::set(rng);
    stage.platform.rotate(SigningKey::elliptic());
    stage.platform.rotate(SigningKey::sample(0));
    let mut document = stage.platform.key_set();
    for _ in 0..changes::times(rng) {
        changes::document(rng, &mut document);
    }
    let mut body = document.to_string().into_bytes();
    if rng.random_ratio(1, 4) {
        changes::bytes(rng, &mut body);
    }
    let url = stage.platform.addresses().key_set.to_string();
    let cache = changes::text(rng).replace(|letter: char| !letter.is_ascii_graphic(), "");
    stage.wire.answer(&url, 200, &[("cache-control", &cache)], String::from_utf8_lossy(&body));
    let visit = Stage::visit(rng);
    let (begun, nonce) = stage.begin(&visit, rng).await;
    let claims = stage.platform.claims(&visit, "tool-1", &nonce, stage.now);
    let token = SigningKey::sample(0).sign(&claims).expect("a token");
    let body = form(&[("state", &begun.state), ("id_token", &token)]);
    let posted = LaunchForm::parse(body.as_bytes());
    match stage.tool.complete(posted, Some(&begun.browser_secret), stage.now, rng).await {
        Ok(_) => true,
        Err(refused) => {
            let code = refused.refusal.code();
            let expected = ["key_set_unavailable", "kid_unknown", "key_type_mismatch", "signature_invalid"];
            assert!(expected.contains(&code), "a changed key set is called {code}");
            false
        }
    }
}

/// A changed configuration of a platform that registers the tool, and a changed answer to that.
async fn registration(rng: &mut StdRng) -> bool {
    const CONFIGURATION: &str = "https://lms.example/.well-known/openid-configuration";
    let stage = Stage::set(rng);
    let mut document = stage.platform.configuration();
    // Where it stands decides for which issuer it may speak.
    let place = if document["issuer"] == "https://lms.example" { CONFIGURATION } else { "https://sso.canvaslms.com/c" };
    for _ in 0..changes::times(rng) {
        changes::document(rng, &mut document);
    }
    let mut query = vec![
        ("openid_configuration".to_owned(), place.to_owned()),
        ("registration_token".to_owned(), "one-time-token".to_owned()),
    ];
    if rng.random_ratio(1, 5) {
        changes::parameters(rng, &mut query);
    }
    let Ok(initiation) = Initiation::parse(form(&query).as_bytes()) else { return false };
    let from = initiation.configuration_url.clone();
    stage.wire.answer(from.as_str(), 200, &[], document.to_string());
    let agreed = match configuration(&*stage.wire, &initiation).await {
        Ok(agreed) => agreed,
        Err(refused) => {
            assert!(!refused.to_string().is_empty());
            return false;
        }
    };
    let mut answer = json!({"client_id": "made-by-the-platform",
        "https://purl.imsglobal.org/spec/lti-tool-configuration": {"deployment_id": "1"}});
    for _ in 0..changes::times(rng) {
        changes::document(rng, &mut answer);
    }
    stage.wire.answer(agreed.registration_endpoint.as_str(), 200, &[], answer.to_string());
    let outcome = register(&*stage.wire, &initiation, &agreed, &description()).await;
    let schools_have_hosts = agreed.issuer.ends_with("instructure.com");
    for request in stage.wire.asked() {
        let shown = request.headers.contains_key("authorization");
        let same = request.url.host_str() == from.host_str();
        assert!(!shown || same || schools_have_hosts, "a registration token went to {}", request.url);
        let words: Vec<_> = form_urlencoded::parse(request.url.query().unwrap_or_default().as_bytes()).collect();
        assert!(!words.iter().any(|(_, value)| value == "one-time-token"), "a token stands in an address");
    }
    outcome.is_ok_and(|answer| !answer.client_id.is_empty())
}

fn description() -> ToolDescription {
    ToolDescription {
        name: "Tool".to_owned(),
        description: "A tool".to_owned(),
        login_url: address("https://tool.example/lti/login"),
        redirect_uris: vec![address(LAUNCH)],
        target_link_uri: address(LAUNCH),
        jwks_url: address("https://tool.example/lti/jwks"),
        logo_url: None,
        scopes: vec!["https://purl.imsglobal.org/spec/lti-ags/scope/score".to_owned()],
        claims: Vec::new(),
        custom: [].into(),
        messages: vec![ToolMessage {
            kind: MessageType::ResourceLink,
            label: "Tool".to_owned(),
            placements: vec!["link_selection".to_owned()],
        }],
    }
}
