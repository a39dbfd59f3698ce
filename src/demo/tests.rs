//! The demo LMS from outside: its pages and services by HTTP, with a small fake tool on the other side.

use std::{collections::HashMap, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
    response::Response,
};
use chrono::{DateTime, TimeDelta, Utc};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;
use url::{Url, form_urlencoded};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use lti::testkit::{Gradebook, LINE_ITEM_READ, RESULT_READ, SCORE as SCORE_SCOPE, SigningKey, sample_keys};

use super::{CLIENT_ID, Lms, LmsSettings};
use crate::{
    clock::{Clock as _, ManualClock},
    entropy::Entropy,
};

const FORM: &str = "application/x-www-form-urlencoded";
const SCORE: &str = "application/vnd.ims.lis.v1.score+json";
const SCORES: &str = "/lti/lineitems/whole-project/scores";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

mod placing;

/// Whose key it is: the LMS's, the tool's, a stranger's.
const LMS: usize = 0;
const TOOL: usize = 1;
const STRANGER: usize = 2;

/// The LMS, and a tool of which it only sees the published keys.
struct Stage {
    lms: Lms,
    clock: ManualClock,
    tool: MockServer,
    folder: TempDir,
}

impl Stage {
    async fn set() -> Self {
        let (tool, folder) = (MockServer::start().await, TempDir::new().expect("a folder"));
        let keys = json!({ "keys": [SigningKey::sample(TOOL).public()] });
        Mock::given(path("/lti/jwks")).respond_with(ResponseTemplate::new(200).set_body_json(keys)).mount(&tool).await;
        let clock = ManualClock::at("2026-11-21T10:00:00Z".parse().expect("a time"));
        super::data_file::DataFile::at(&folder.path().join("lms.json"))
            .write(&sample_keys()[LMS].private_key, &Gradebook::default(), &[])
            .expect("a file with a key");
        let lms = open(&tool, &folder, &clock);
        Self { lms, clock, tool, folder }
    }

    /// The LMS as it is after a restart.
    fn restarted(self) -> Self {
        let lms = open(&self.tool, &self.folder, &self.clock);
        Self { lms, ..self }
    }

    async fn send(&self, request: Request<Body>) -> Response {
        let response = self.lms.router().oneshot(request).await.expect("an answer");
        assert!(!response.status().is_server_error(), "{}", response.status());
        response
    }

    async fn get(&self, address: &str) -> Response {
        self.send(Request::get(address).body(Body::empty()).expect("a request")).await
    }

    async fn post_form(&self, address: &str, fields: &HashMap<&str, String>) -> Response {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = Request::post(address).header(header::CONTENT_TYPE, FORM).body(Body::from(body));
        self.send(request.expect("a request")).await
    }

    /// What LTT would send to the authorization endpoint after the login that the frame of `address` begins.
    async fn authorization_request(&self, address: &str) -> HashMap<&'static str, String> {
        let response = self.get(address).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        let location = response.headers()[header::LOCATION].to_str().expect("an address");
        let login = Url::parse(location).expect("an address");
        assert!(login.as_str().starts_with(&format!("{}/lti/login?", self.tool.uri())), "{login}");
        let login: HashMap<_, _> = login.query_pairs().into_owned().collect();
        HashMap::from([
            ("scope", "openid".to_owned()),
            ("response_type", "id_token".to_owned()),
            ("response_mode", "form_post".to_owned()),
            ("prompt", "none".to_owned()),
            ("client_id", login["client_id"].clone()),
            ("redirect_uri", login["target_link_uri"].clone()),
            ("login_hint", login["login_hint"].clone()),
            ("lti_message_hint", login["lti_message_hint"].clone()),
            ("state", "the-state".to_owned()),
            ("nonce", "the-nonce".to_owned()),
        ])
    }

    /// The claims that come of such a request.
    async fn claims(&self, request: &HashMap<&str, String>) -> Value {
        let page = text(self.post_form("/lti/authorize", request).await).await;
        let token = field(&page, "id_token").expect("an id_token");
        verified(&token)
    }

    fn assertion_claims(&self) -> Value {
        let now = self.clock.now().timestamp();
        let audience = self.lms.registration().token_url;
        json!({"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": audience, "iat": now, "exp": now + 60, "jti": "first"})
    }

    async fn ask_for_token(&self, assertion: String, scope: &str) -> Response {
        let request = HashMap::from([
            ("grant_type", "client_credentials".to_owned()),
            ("client_assertion_type", JWT_BEARER.to_owned()),
            ("client_assertion", assertion),
            ("scope", scope.to_owned()),
        ]);
        self.post_form("/lti/token", &request).await
    }

    async fn token(&self, scope: &str) -> String {
        let mut claims = self.assertion_claims();
        claims["jti"] = json!(self.lms.0.entropy.secret());
        let response = self.ask_for_token(signed(TOOL, &claims), scope).await;
        assert_eq!(response.status(), StatusCode::OK);
        data(response).await["access_token"].as_str().expect("a token").to_owned()
    }

    async fn call(&self, method: Method, address: &str, token: &str, content_type: &str, body: String) -> Response {
        let request = Request::builder().method(method).uri(address);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.header(header::CONTENT_TYPE, content_type).body(Body::from(body)).expect("a request")).await
    }

    async fn post_score(&self, token: &str, score: &Value) -> StatusCode {
        self.call(Method::POST, SCORES, token, SCORE, score.to_string()).await.status()
    }
}

fn open(tool: &MockServer, folder: &TempDir, clock: &ManualClock) -> Lms {
    let settings = LmsSettings {
        listen: "127.0.0.1:4000".parse().expect("an address"),
        tool_url: tool.uri().parse().expect("an address"),
        data_file: folder.path().join("lms.json"),
    };
    Lms::open(&settings, Arc::new(clock.clone()), Entropy::seeded(4)).expect("the LMS")
}

fn signed(key: usize, claims: &Value) -> String {
    SigningKey::sample(key).sign(claims).expect("a token")
}

/// The claims of a token that the LMS signed.
fn verified(token: &str) -> Value {
    let key = serde_json::from_value(SigningKey::sample(LMS).public().clone()).expect("a key");
    let key = jsonwebtoken::DecodingKey::from_jwk(&key).expect("a key");
    let mut signature_only = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
    signature_only.validate_exp = false;
    signature_only.validate_aud = false;
    jsonwebtoken::decode(token, &key, &signature_only).expect("a token signed by the LMS").claims
}

fn score(given: f64, timestamp: &str) -> Value {
    json!({
        "userId": "1001", "scoreGiven": given, "scoreMaximum": 12, "timestamp": timestamp,
        "activityProgress": "InProgress", "gradingProgress": "FullyGraded",
    })
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    String::from_utf8(bytes.to_vec()).expect("text")
}

async fn data(response: Response) -> Value {
    serde_json::from_str(&text(response).await).expect("JSON")
}

/// The value of a hidden field.
fn field(page: &str, name: &str) -> Option<String> {
    let (_, rest) = page.split_once(&format!(r#"name="{name}" value=""#))?;
    Some(rest.split_once('"')?.0.to_owned())
}

#[tokio::test]
async fn a_learner_opens_an_activity_and_the_tool_is_told_who_it_is() {
    let stage = Stage::set().await;
    let home = text(stage.get("/").await).await;
    assert!(
        home.contains(r#"<a class="door" href="/units/project?as=mira" aria-describedby="chosen">Open as learner</a>"#)
    );
    let unit = text(stage.get("/units/project?as=mira").await).await;
    assert!(unit.contains(r#"src="/open/whole-project?as=mira""#), "{unit}");

    let request = stage.authorization_request("/open/whole-project?as=mira").await;
    let claims = stage.claims(&request).await;
    assert_eq!(claims["nonce"], "the-nonce");
    let lti = |name: &str| &claims[format!("https://purl.imsglobal.org/spec/lti/claim/{name}")];
    insta::assert_json_snapshot!(json!({
        "iss": claims["iss"], "aud": claims["aud"], "sub": claims["sub"],
        "deployment": lti("deployment_id"), "roles": lti("roles"), "link": lti("resource_link")["id"],
        "grades": claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"],
    }), @r#"
    {
      "aud": "ltt-demo-client",
      "deployment": "demo-deployment-1",
      "grades": "http://127.0.0.1:4000/lti/lineitems/whole-project",
      "iss": "http://127.0.0.1:4000",
      "link": "whole-project",
      "roles": [
        "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"
      ],
      "sub": "1001"
    }
    "#);
}

#[tokio::test]
async fn an_activity_on_one_task_and_an_instructor_are_told_as_such() {
    let stage = Stage::set().await;
    let request = stage.authorization_request("/open/one-row?as=ruth").await;
    let claims = stage.claims(&request).await;
    let lti = |name: &str| &claims[format!("https://purl.imsglobal.org/spec/lti/claim/{name}")];
    assert_eq!(lti("custom"), &json!({"project": "reading-data", "task": "one-row"}));
    assert_eq!(lti("roles")[0], "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor");
}

#[tokio::test]
async fn the_authorization_endpoint_checks_every_parameter() {
    let stage = Stage::set().await;
    let good = stage.authorization_request("/open/whole-project?as=mira").await;
    for (name, code) in [
        ("scope", "invalid_scope"),
        ("response_type", "unsupported_response_type"),
        ("response_mode", "invalid_request"),
        ("prompt", "invalid_request"),
        ("nonce", "invalid_request"),
        ("state", "invalid_request"),
        ("login_hint", "login_required"),
        ("lti_message_hint", "login_required"),
    ] {
        let request = good.iter().filter(|(key, _)| **key != name).map(|(key, value)| (*key, value.clone())).collect();
        let page = text(stage.post_form("/lti/authorize", &request).await).await;
        assert_eq!(field(&page, "error").as_deref(), Some(code), "without {name}");
        assert_eq!(field(&page, "id_token"), None, "without {name}");
    }
    for name in ["client_id", "redirect_uri"] {
        let mut request = good.clone();
        request.insert(name, format!("{}/elsewhere", good[name]));
        let response = stage.post_form("/lti/authorize", &request).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{name}");
        assert!(
            !text(response).await.contains("<form"),
            "{name}: nothing is sent to an address that is not registered"
        );
    }
}

#[tokio::test]
async fn a_hint_is_good_for_its_own_learner_and_for_ten_minutes() {
    let stage = Stage::set().await;
    let good = stage.authorization_request("/open/whole-project?as=mira").await;
    let mut foreign = good.clone();
    foreign.insert("login_hint", "1002".to_owned());
    let mut forged = good.clone();
    forged.insert("lti_message_hint", "made-up".to_owned());
    for request in [&foreign, &forged] {
        let page = text(stage.post_form("/lti/authorize", request).await).await;
        assert_eq!(field(&page, "error").as_deref(), Some("login_required"));
    }
    stage.clock.advance(TimeDelta::minutes(9));
    assert_eq!(stage.claims(&good).await["sub"], "1001");
    stage.clock.advance(TimeDelta::minutes(1));
    let page = text(stage.post_form("/lti/authorize", &good).await).await;
    assert_eq!(field(&page, "error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn what_the_tool_sends_cannot_become_markup() {
    let stage = Stage::set().await;
    let mut request = stage.authorization_request("/open/whole-project?as=mira").await;
    request.insert("state", r#""><script>alert(1)</script>"#.to_owned());
    let page = text(stage.post_form("/lti/authorize", &request).await).await;
    assert!(!page.contains("<script>alert"), "{page}");
}

#[tokio::test]
async fn an_assertion_must_be_the_tools_own_for_here_and_now_and_new() {
    let stage = Stage::set().await;
    let good = stage.assertion_claims();
    let now = stage.clock.now().timestamp();
    let changed = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        signed(TOOL, &claims)
    };
    let bad = [
        signed(STRANGER, &good),
        changed("iss", json!("somebody")),
        changed("sub", json!("somebody")),
        changed("aud", json!("http://127.0.0.1:4000/elsewhere")),
        changed("aud", Value::Null),
        changed("exp", json!(now)),
        changed("exp", json!(now + 86_400)),
        changed("iat", json!(now + 60)),
        changed("iat", json!(i64::MIN)),
        changed("jti", Value::Null),
        "not.a.token".to_owned(),
        "ü".repeat(1000),
    ];
    for assertion in bad {
        let response = stage.ask_for_token(assertion.clone(), SCORE_SCOPE).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{assertion}");
        assert_eq!(data(response).await["error"], "invalid_client");
    }
    let assertion = signed(TOOL, &good);
    assert_eq!(stage.ask_for_token(assertion.clone(), "unknown").await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(stage.ask_for_token(assertion.clone(), SCORE_SCOPE).await.status(), StatusCode::OK);
    assert_eq!(stage.ask_for_token(assertion, SCORE_SCOPE).await.status(), StatusCode::UNAUTHORIZED, "used before");
}

#[tokio::test]
async fn no_token_is_given_while_the_tools_keys_cannot_be_read() {
    for answer in [ResponseTemplate::new(500), ResponseTemplate::new(200).set_body_string("<html>")] {
        let stage = Stage::set().await;
        stage.tool.reset().await;
        Mock::given(path("/lti/jwks")).respond_with(answer).mount(&stage.tool).await;
        let response = stage.ask_for_token(signed(TOOL, &stage.assertion_claims()), SCORE_SCOPE).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_token_is_good_for_its_scopes_and_for_an_hour() {
    let stage = Stage::set().await;
    let token = stage.token(LINE_ITEM_READ).await;
    let read = || stage.call(Method::GET, "/lti/lineitems", &token, FORM, String::new());
    let columns = data(read().await).await;
    assert_eq!(columns[0]["id"], "http://127.0.0.1:4000/lti/lineitems/whole-project");
    assert_eq!(stage.post_score(&token, &score(4.0, "2026-11-21T10:00:00Z")).await, StatusCode::FORBIDDEN);
    assert_eq!(stage.post_score("made-up", &score(4.0, "2026-11-21T10:00:00Z")).await, StatusCode::UNAUTHORIZED);
    stage.clock.advance(TimeDelta::hours(1));
    assert_eq!(read().await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_a_later_score_replaces_the_one_that_is_there() {
    let stage = Stage::set().await;
    let token = stage.token(SCORE_SCOPE).await;
    assert_eq!(stage.post_score(&token, &score(4.0, "2026-11-21T10:00:01Z")).await, StatusCode::NO_CONTENT);
    assert_eq!(stage.post_score(&token, &score(5.0, "2026-11-21T10:00:01Z")).await, StatusCode::CONFLICT);
    assert_eq!(stage.post_score(&token, &score(5.0, "2026-11-21T11:00:01+01:00")).await, StatusCode::CONFLICT);
    assert_eq!(stage.post_score(&token, &score(5.0, "2026-11-21T10:00:00.9Z")).await, StatusCode::CONFLICT);
    assert!(text(stage.get("/").await).await.contains("<strong>33 %</strong> <small>4 of 12 points</small>"));
    assert_eq!(stage.post_score(&token, &score(6.0, "2026-11-21T10:00:01.001Z")).await, StatusCode::NO_CONTENT);
    assert!(text(stage.get("/").await).await.contains("<strong>50 %</strong>"));
}

#[tokio::test]
async fn a_score_that_makes_no_sense_is_refused() {
    let stage = Stage::set().await;
    let token = stage.token(SCORE_SCOPE).await;
    let good = score(4.0, "2026-11-21T10:00:00Z");
    for (name, value, status) in [
        ("scoreGiven", json!(-1), StatusCode::BAD_REQUEST),
        ("scoreGiven", json!("four"), StatusCode::BAD_REQUEST),
        ("scoreMaximum", json!(0), StatusCode::BAD_REQUEST),
        ("scoreMaximum", Value::Null, StatusCode::BAD_REQUEST),
        ("timestamp", json!("today"), StatusCode::BAD_REQUEST),
        ("activityProgress", json!("Perfect"), StatusCode::BAD_REQUEST),
        ("gradingProgress", json!("Perfect"), StatusCode::BAD_REQUEST),
        ("userId", json!("2001"), StatusCode::UNPROCESSABLE_ENTITY),
        ("userId", json!("\0'\""), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let mut bad = good.clone();
        bad[name] = value;
        assert_eq!(stage.post_score(&token, &bad).await, status, "{bad}");
    }
    let send = |kind, body| stage.call(Method::POST, SCORES, &token, kind, body);
    assert_eq!(send("application/json", good.to_string()).await.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(send(SCORE, "[".repeat(60_000)).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(send(SCORE, " ".repeat(70_000)).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn grades_are_there_after_a_restart_and_can_be_read_back() {
    let stage = Stage::set().await;
    let token = stage.token(SCORE_SCOPE).await;
    assert_eq!(stage.post_score(&token, &score(3.0, "2026-11-21T10:00:00Z")).await, StatusCode::NO_CONTENT);

    let stage = stage.restarted();
    assert!(text(stage.get("/").await).await.contains("<strong>25 %</strong>"));
    assert_eq!(stage.post_score(&token, &score(4.0, "2026-11-21T10:01:00Z")).await, StatusCode::UNAUTHORIZED);
    let token = stage.token(RESULT_READ).await;
    let address = "/lti/lineitems/whole-project/results?user_id=1001";
    let results = data(stage.call(Method::GET, address, &token, FORM, String::new()).await).await;
    assert_eq!((&results[0]["resultScore"], &results[0]["resultMaximum"]), (&json!(25.0), &json!(100.0)));
}

#[tokio::test]
async fn an_open_page_hears_of_a_new_score() {
    let stage = Stage::set().await;
    let mut events = stage.get("/gradebook/events").await.into_body().into_data_stream();
    let first = events.next().await.expect("an event").expect("an event");
    assert!(!String::from_utf8_lossy(&first).contains('%'));
    let token = stage.token(SCORE_SCOPE).await;
    assert_eq!(stage.post_score(&token, &score(12.0, "2026-11-21T10:00:00Z")).await, StatusCode::NO_CONTENT);
    let second = events.next().await.expect("an event").expect("an event");
    assert!(String::from_utf8_lossy(&second).contains("<strong>100 %</strong>"));
}

#[tokio::test]
async fn addresses_that_do_not_exist_are_not_found() {
    let stage = Stage::set().await;
    for address in
        ["/open/nothing?as=mira", "/open/whole-project", "/open/whole-project?as=nobody", "/units/x?as=mira", "/x"]
    {
        assert_eq!(stage.get(address).await.status(), StatusCode::NOT_FOUND, "{address}");
    }
    assert_eq!(stage.get("/units/project?as=nobody").await.status(), StatusCode::SEE_OTHER);
    assert_eq!(stage.get("/units/project?as=%ff%fe").await.status(), StatusCode::SEE_OTHER);
}

#[test]
fn a_foreign_data_file_is_named_and_left_alone() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("lms.json");
    std::fs::write(&file, "a diary").expect("a file");
    let settings = LmsSettings {
        listen: "127.0.0.1:4000".parse().expect("an address"),
        tool_url: "http://localhost:3000".parse().expect("an address"),
        data_file: file.clone(),
    };
    let now: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().expect("a time");
    let error = Lms::open(&settings, Arc::new(ManualClock::at(now)), Entropy::seeded(1)).err().expect("a refusal");
    assert!(error.to_string().contains("lms.json was not written by the demo LMS"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), "a diary");
}
