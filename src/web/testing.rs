//! The whole server as tests meet it: through its router, launched by a platform that speaks the protocol over HTTP.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    body::Body,
    http::{Method, Request, Response, StatusCode, header},
};
use chrono::{DateTime, TimeZone as _, Utc};
use lti::testkit::{Family, form};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use url::Url;

use super::{
    router,
    services::{Services, Shared, vault},
};
use crate::{
    clock::{Clock as _, ManualClock},
    entropy::Entropy,
    launch::{
        keys::Keyring,
        platform::NewRegistration,
        protocol::{KeyState, OwnKey},
    },
    learning::project,
    settings::Settings,
    store::{Db, testing::TestDatabase},
};

mod browser;
mod platform;
mod roster;

pub use browser::Browser;
pub use platform::{Disturbance, TestPlatform};
pub use roster::{RosterFault, enrolled};

/// A project of three tasks, the last of which waits for the first.
const PROJECT: &str = "
slug: counting
version: 1
title: Counting
description: Learn to count.
epics:
  - id: numbers
    title: Numbers
    tasks:
      - id: two-and-two
        title: Two and two
        content: How much is two and two?
        answer: { kind: number, value: 4 }
        hints: [Use your fingers., Count on from two.]
        solution: Two and two is SECRET-SOLUTION four.
      - id: colour
        title: The colour of the sky
        content: Which colour is a clear sky?
        answer: { kind: text, accept: [blue] }
      - id: five-and-five
        title: Five and five
        content: How much is five and five?
        depends_on: [two-and-two]
        answer: { kind: number, value: 10 }
";

/// The key that every server of the tests signs with.
fn own_key(now: DateTime<Utc>) -> &'static OwnKey {
    static KEY: OnceLock<OwnKey> = OnceLock::new();
    KEY.get_or_init(|| OwnKey::generate(&mut Entropy::seeded(2).fork(), KeyState::Active, now).unwrap())
}

/// A server with a database of its own, and a platform that launches it.
pub struct TestApp {
    /// The server's services.
    pub services: Shared,
    /// Its clock.
    pub clock: ManualClock,
    /// The platform.
    pub platform: TestPlatform,
    router: Router,
    _database: Option<TestDatabase>,
}

/// The answer to a request, read whole.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: axum::http::HeaderMap,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// A header's text; empty where there is none.
    pub fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The session that stands in the page.
    pub fn session(&self) -> Option<Value> {
        let (_, rest) = self.body.split_once("id=\"session\">")?;
        serde_json::from_str(rest.split_once("</script>")?.0).ok()
    }
}

impl TestApp {
    /// A server on SQLite, with the project `counting` and one registration.
    pub async fn new() -> Self {
        Self::on(TestDatabase::sqlite().await).await
    }

    /// A server on that database.
    pub async fn on(database: TestDatabase) -> Self {
        let clock = clock();
        let platform = TestPlatform::start(&clock).await;
        let app = Self::launched_by(platform, clock, database.db.clone()).await;
        Self { _database: Some(database), ..app }
    }

    /// A server on a database that somebody else takes care of.
    pub async fn over(db: Db) -> Self {
        let clock = clock();
        Self::launched_by(TestPlatform::start(&clock).await, clock, db).await
    }

    /// A server on SQLite, launched by that product.
    pub async fn of(family: Family) -> Self {
        let clock = clock();
        let platform = TestPlatform::start_as(family, &clock).await;
        let database = TestDatabase::sqlite().await;
        let app = Self::launched_by(platform, clock, database.db.clone()).await;
        Self { _database: Some(database), ..app }
    }

    async fn launched_by(platform: TestPlatform, clock: ManualClock, db: Db) -> Self {
        let environment = [("LTT_OUTBOUND_ALLOW".to_owned(), "loopback".to_owned())].into();
        let settings = Settings::read(None, environment).unwrap();
        let entropy = Entropy::seeded(7);
        let keyring = Keyring::new(db.clone(), entropy.clone(), vault(&settings));
        keyring.adopt(own_key(clock.now())).await.unwrap();
        let services = Services::assemble(settings, db, Arc::new(clock.clone()), entropy).await.unwrap();
        platform.meet(&services.lti);
        let app = Self { router: router(&services), services, clock, platform, _database: None };
        app.import(PROJECT).await;
        app.register("client-1").await;
        app
    }

    /// Imports a project.
    pub async fn import(&self, text: &str) {
        let project = project::check_bytes(text.as_bytes()).unwrap();
        let mut tx = self.services.db.begin().await.unwrap();
        project::catalog::import(&mut tx, &self.services.entropy, self.clock.now(), &project).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Registers the platform under a client id.
    pub async fn register(&self, client_id: &str) {
        self.register_at(&self.platform, client_id).await;
    }

    /// Registers another platform.
    pub async fn register_at(&self, platform: &TestPlatform, client_id: &str) {
        self.register_as(platform.registration(client_id)).await;
    }

    /// Registers a platform as an administrator enters it.
    pub async fn register_as(&self, new: NewRegistration) {
        let mut tx = self.services.db.begin().await.unwrap();
        let (entropy, now) = (&self.services.entropy, self.clock.now());
        crate::launch::platform::add(&mut tx, entropy, now, new, true).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The present moment.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Sends a request with these headers, as a browser or an attacker writes them.
    pub async fn send_with(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let request =
            headers.iter().fold(request(method, path, None), |request, (name, value)| request.header(*name, *value));
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// Sends a request through the router.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// GET, with a token where one is given.
    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(request(Method::GET, path, token).body(Body::empty()).unwrap()).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str, token: &str) -> Answer {
        self.send(request(Method::DELETE, path, Some(token)).body(Body::empty()).unwrap()).await
    }

    /// POST of JSON.
    pub async fn post(&self, path: &str, token: Option<&str>, body: &Value) -> Answer {
        let request = request(Method::POST, path, token).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// POST of a form, with the cookie of an earlier answer where one is given.
    pub async fn post_form(&self, path: &str, fields: &[(&str, &str)], cookie: Option<&str>) -> Answer {
        self.post_body(path, form(fields), cookie).await
    }

    /// POST of a form that is written out, or of what should have been one.
    pub async fn post_body(&self, path: &str, body: impl Into<Body>, cookie: Option<&str>) -> Answer {
        let mut request = request(Method::POST, path, None)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-dest", "iframe");
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, cookie);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Begins a login; gives the browser's cookie and what the platform is asked.
    pub async fn login(&self, client_id: &str) -> Login {
        self.begin(&self.platform.login(client_id)).await
    }

    /// Begins a login with these parameters.
    pub async fn begin(&self, parameters: &[(&'static str, String)]) -> Login {
        let answer = self.get(&format!("/lti/login?{}", form(parameters)), None).await;
        assert_eq!(answer.status, StatusCode::FOUND, "{}", answer.body);
        let request = Url::parse(answer.header(header::LOCATION)).unwrap();
        let asked = |name: &str| request.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let cookie = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
        Login { cookie, state: asked("state"), nonce: asked("nonce"), request }
    }

    /// Launches with these changes to the usual claims of a learner, up to the redirect.
    pub async fn launch(&self, client_id: &str, changes: Value) -> Answer {
        let login = self.login(client_id).await;
        let token = self.platform.id_token(client_id, &login.nonce, self.now(), &changes);
        let fields = [("id_token", token.as_str()), ("state", login.state.as_str())];
        self.post_form("/lti/launch", &fields, Some(&login.cookie)).await
    }

    /// Launches, follows the redirect, and gives the page.
    pub async fn open(&self, client_id: &str, changes: Value) -> Answer {
        let launched = self.launch(client_id, changes).await;
        assert_eq!(launched.status, StatusCode::SEE_OTHER, "{}", launched.body);
        self.get(launched.header(header::LOCATION), None).await
    }

    /// Launches as a learner of the project `counting` and gives the bearer token.
    pub async fn session(&self, subject: &str) -> String {
        let page = self.open("client-1", json!({ "sub": subject })).await;
        page.session().unwrap()["token"].as_str().unwrap().to_owned()
    }
}

/// A login under way.
pub struct Login {
    /// The cookie that the browser sends back.
    pub cookie: String,
    /// The state that the platform hands back.
    pub state: String,
    /// The nonce that the token must hold.
    pub nonce: String,
    /// Where the browser was sent with them.
    pub request: Url,
}

fn clock() -> ManualClock {
    ManualClock::at(Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap())
}

fn request(method: Method, path: &str, token: Option<&str>) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:3000");
    match token {
        Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
        None => request,
    }
}
