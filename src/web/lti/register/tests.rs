//! Registrations as platforms begin them, and as attackers do.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use serde_json::{Value, json};
use url::form_urlencoded;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{any, method, path},
};

use crate::{
    launch::{
        enrolment,
        invite::{self, NewInvite},
        log,
        platform::{self, DeploymentPolicy, Registration, Within},
    },
    store::testing::TestDatabase,
    web::testing::{Answer, TestApp},
};

const CLIENT: &str = "given-by-the-platform";

/// A server on each database there is.
async fn apps() -> Vec<TestApp> {
    let mut apps = vec![TestApp::new().await];
    if let Some(database) = TestDatabase::postgres().await {
        apps.push(TestApp::on(database).await);
    }
    apps
}

/// Makes an invitation, and gives its secret.
async fn invited(app: &TestApp, approve: bool) -> String {
    let new = NewInvite { name: None, approve, organisation_id: None, lifetime: invite::LIFETIME };
    let mut tx = app.services.db.begin().await.unwrap();
    let (_, secret) = invite::create(&mut tx, &app.services.entropy, app.now(), new).await.unwrap();
    tx.commit().await.unwrap();
    secret
}

/// Opens the registration address as a platform does.
async fn opened(app: &TestApp, invite: &str, configuration: &str) -> Answer {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("invite", invite), ("openid_configuration", configuration), ("registration_token", "token")])
        .finish();
    app.get(&format!("/lti/register?{query}"), None).await
}

async fn registered(app: &TestApp) -> Vec<Registration> {
    let mut tx = app.services.db.read().await.unwrap();
    let all = platform::registrations(&mut tx).await.unwrap();
    all.into_iter().filter(|registration| registration.client_id != "client-1").collect()
}

/// A page that says no; the log explains its reference.
async fn assert_refused(app: &TestApp, answer: &Answer, status: StatusCode, outcome: &str) {
    let mut tx = app.services.db.read().await.unwrap();
    let entries = log::newest(&mut tx, 100).await.unwrap();
    let entry = entries.into_iter().find(|entry| answer.body.contains(&entry.reference));
    let entry = entry.unwrap_or_else(|| panic!("no reference of the log is on the page: {}", answer.body));
    assert_eq!((answer.status, entry.outcome.as_str()), (status, outcome), "{}", entry.explanation);
    assert!(registered(app).await.is_empty());
}

/// What a platform at `origin` says about itself.
fn configuration_of(origin: &str) -> Value {
    let at = |path: &str| format!("{origin}{path}");
    json!({
        "issuer": origin,
        "authorization_endpoint": at("/auth"),
        "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"),
        "registration_endpoint": at("/register"),
        "https://purl.imsglobal.org/spec/lti-platform-configuration": {
            "product_family_code": "moodle", "messages_supported": ["LtiResourceLinkRequest"] },
    })
}

/// A platform that gives out that configuration and registers every tool.
async fn platform_with(edit: impl FnOnce(&mut Value)) -> MockServer {
    let server = MockServer::start().await;
    let mut configuration = configuration_of(&server.uri());
    edit(&mut configuration);
    for (verb, at, body) in
        [("GET", "/configuration", configuration), ("POST", "/register", json!({ "client_id": CLIENT }))]
    {
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&server).await;
    }
    server
}

fn configuration_at(server: &MockServer) -> String {
    format!("{}/configuration", server.uri())
}

async fn registrations_asked_of(server: &MockServer) -> usize {
    let requests = server.received_requests().await.unwrap_or_default();
    requests.iter().filter(|request| request.method.as_str() == "POST").count()
}

#[tokio::test]
async fn an_invited_platform_registers_ltt_and_its_learners_come_in() {
    for app in apps().await {
        app.platform.offer_registration(CLIENT, "7");
        let secret = invited(&app, false).await;
        let page = opened(&app, &secret, &app.platform.configuration_url()).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("LTT is registered") && page.body.contains("press Activate"), "{}", page.body);
        let found = registered(&app).await;
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].client_id.as_str(), found[0].deployments[0].as_str()), (CLIENT, "7"));
        assert_eq!((found[0].family, found[0].deployment_policy), (platform::Family::Moodle, DeploymentPolicy::Learn));
        let page = app.open(CLIENT, json!({})).await;
        assert!(page.session().is_some());
    }
}

#[tokio::test]
async fn the_page_closes_by_telling_the_platforms_own_origins() {
    let app = TestApp::new().await;
    app.platform.offer_registration(CLIENT, "7");
    let secret = invited(&app, false).await;
    let page = opened(&app, &secret, &app.platform.configuration_url()).await;
    assert!(page.body.contains("org.imsglobal.lti.close"));
    assert!(page.body.contains(&format!("data-origins=\"{}\"", app.platform.issuer())), "{}", page.body);
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.contains("script-src 'sha256-") && policy.contains("frame-ancestors *"), "{policy}");
    assert!(!page.body.contains(&secret) && !page.body.contains("registration_token"));
}

#[tokio::test]
async fn a_registration_may_wait_for_an_administrator() {
    for app in apps().await {
        app.platform.offer_registration(CLIENT, "7");
        let secret = invited(&app, true).await;
        let page = opened(&app, &secret, &app.platform.configuration_url()).await;
        assert!(page.body.contains("waits for approval"), "{}", page.body);
        assert!(registered(&app).await.is_empty());
        let query: String =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(app.platform.login(CLIENT)).finish();
        let login = app.get(&format!("/lti/login?{query}"), None).await;
        assert!(login.body.contains("Waiting for your administrator"), "{}", login.body);
        assert_refused(&app, &login, StatusCode::FORBIDDEN, "registration_pending").await;

        let mut tx = app.services.db.begin().await.unwrap();
        let waiting = enrolment::pending(&mut tx, Within::Installation).await.unwrap();
        let (entropy, now) = (&app.services.entropy, app.now());
        let approved = enrolment::approve(&mut tx, entropy, now, Within::Installation, waiting[0].id, true).await;
        assert_eq!(approved.unwrap().unwrap().deployment_policy, DeploymentPolicy::Approve);
        tx.commit().await.unwrap();
        assert!(app.open(CLIENT, json!({ "deployment_id": "7" })).await.session().is_some());
    }
}

#[tokio::test]
async fn an_invitation_is_good_once_and_for_its_time() {
    for app in apps().await {
        app.platform.offer_registration(CLIENT, "7");
        let at = app.platform.configuration_url();
        let nobody = opened(&app, "guessed", &at).await;
        assert_refused(&app, &nobody, StatusCode::FORBIDDEN, "invite_unknown").await;
        let without = opened(&app, "", &at).await;
        assert_refused(&app, &without, StatusCode::FORBIDDEN, "invite_missing").await;
        let late = invited(&app, false).await;
        app.clock.advance(invite::LIFETIME + TimeDelta::seconds(1));
        assert_refused(&app, &opened(&app, &late, &at).await, StatusCode::FORBIDDEN, "invite_expired").await;
        let secret = invited(&app, false).await;
        assert_eq!(opened(&app, &secret, &at).await.status, StatusCode::OK);
        let again = opened(&app, &secret, &at).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN);
        assert!(again.body.contains("has been used"));
        assert_eq!(registered(&app).await.len(), 1);
    }
}

#[tokio::test]
async fn of_registrations_that_race_with_one_invitation_one_wins() {
    for app in apps().await {
        let (one, two) = (platform_with(|_| ()).await, platform_with(|_| ()).await);
        let secret = invited(&app, false).await;
        let (at_one, at_two) = (configuration_at(&one), configuration_at(&two));
        let (first, second) = tokio::join!(opened(&app, &secret, &at_one), opened(&app, &secret, &at_two));
        let mut statuses = [first.status, second.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::OK, StatusCode::FORBIDDEN]);
        assert_eq!(registered(&app).await.len(), 1);
        assert_eq!(registrations_asked_of(&one).await + registrations_asked_of(&two).await, 1);
    }
}

#[tokio::test]
async fn addresses_that_are_not_public_are_never_called() {
    let app = TestApp::new().await;
    let secret = invited(&app, false).await;
    for inside in
        ["https://10.0.0.1/c", "https://169.254.169.254/latest", "http://lms.example/c", "https://[fd12::1]/c"]
    {
        let refused = opened(&app, &secret, inside).await;
        assert_refused(&app, &refused, StatusCode::BAD_GATEWAY, "configuration_unavailable").await;
    }
    for field in ["token_endpoint", "jwks_uri", "authorization_endpoint"] {
        let platform = platform_with(|configuration| configuration[field] = json!("https://169.254.169.254/x")).await;
        let refused = opened(&app, &secret, &configuration_at(&platform)).await;
        assert_refused(&app, &refused, StatusCode::BAD_GATEWAY, "address_refused").await;
        assert_eq!(registrations_asked_of(&platform).await, 0, "{field}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed_and_the_token_stays_with_its_host() {
    let app = TestApp::new().await;
    let secret = invited(&app, false).await;
    let elsewhere = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&elsewhere).await;
    let moved = ResponseTemplate::new(302).insert_header("location", elsewhere.uri());

    let moving = MockServer::start().await;
    Mock::given(any()).respond_with(moved.clone()).mount(&moving).await;
    let refused = opened(&app, &secret, &configuration_at(&moving)).await;
    assert_refused(&app, &refused, StatusCode::BAD_GATEWAY, "configuration_unavailable").await;

    let leaking = platform_with(|configuration| configuration["registration_endpoint"] = json!(elsewhere.uri())).await;
    let refused = opened(&app, &secret, &configuration_at(&leaking)).await;
    assert_refused(&app, &refused, StatusCode::BAD_GATEWAY, "registration_endpoint_mismatch").await;

    let redirecting = MockServer::start().await;
    let configuration = ResponseTemplate::new(200).set_body_json(configuration_of(&redirecting.uri()));
    Mock::given(method("GET")).respond_with(configuration).mount(&redirecting).await;
    Mock::given(method("POST")).respond_with(moved).mount(&redirecting).await;
    let refused = opened(&app, &secret, &configuration_at(&redirecting)).await;
    assert_refused(&app, &refused, StatusCode::BAD_GATEWAY, "registration_endpoint_unavailable").await;
    assert!(elsewhere.received_requests().await.unwrap().is_empty(), "nobody else was called");
}

#[tokio::test]
async fn a_platform_cannot_register_as_another() {
    let app = TestApp::new().await;
    let secret = invited(&app, false).await;
    for issuer in [app.platform.issuer(), "https://canvas.instructure.com".to_owned()] {
        let imposter = platform_with(|configuration| configuration["issuer"] = json!(issuer)).await;
        let refused = opened(&app, &secret, &configuration_at(&imposter)).await;
        assert_refused(&app, &refused, StatusCode::BAD_GATEWAY, "issuer_mismatch").await;
        assert_eq!(registrations_asked_of(&imposter).await, 0);
    }
}

#[tokio::test]
async fn hostile_configurations_cost_nothing_but_a_page() {
    let app = TestApp::new().await;
    let secret = invited(&app, false).await;
    for (body, outcome) in [
        ("<html><script>alert(1)</script></html>".to_owned(), "configuration_unreadable"),
        (format!("{{\"issuer\": \"{}\"}}", "x".repeat(1024 * 1024)), "configuration_unavailable"),
        ("{\"issuer\": []}".to_owned(), "configuration_incomplete"),
        ("[".repeat(100_000), "configuration_unreadable"),
    ] {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_string(body)).mount(&server).await;
        let refused = opened(&app, &secret, &configuration_at(&server)).await;
        assert_refused(&app, &refused, StatusCode::BAD_GATEWAY, outcome).await;
        assert!(!refused.body.contains("<script>alert"));
    }
    let scripted = platform_with(|configuration| configuration["jwks_uri"] = json!("javascript:alert(1)")).await;
    let refused = opened(&app, &secret, &configuration_at(&scripted)).await;
    assert_refused(&app, &refused, StatusCode::BAD_GATEWAY, "configuration_malformed").await;
    app.platform.offer_registration(CLIENT, "7");
    let page = opened(&app, &secret, &app.platform.configuration_url()).await;
    assert_eq!(page.status, StatusCode::OK, "the invitation was given back each time");
}

#[tokio::test]
async fn a_platform_that_says_no_is_quoted_as_text() {
    let app = TestApp::new().await;
    let secret = invited(&app, false).await;
    let server = MockServer::start().await;
    let configuration = ResponseTemplate::new(200).set_body_json(configuration_of(&server.uri()));
    Mock::given(method("GET")).respond_with(configuration).mount(&server).await;
    let answer = ResponseTemplate::new(401).set_body_string("token_already_used <img src=x onerror=alert(1)>");
    Mock::given(method("POST")).respond_with(answer).mount(&server).await;
    let refused = opened(&app, &secret, &configuration_at(&server)).await;
    assert_refused(&app, &refused, StatusCode::BAD_GATEWAY, "not_registered").await;
    assert!(refused.body.contains("token_already_used") && !refused.body.contains("<img src=x"), "{}", refused.body);
}

#[tokio::test]
async fn an_invitation_opened_by_a_person_says_where_to_paste_it_and_is_not_used_up() {
    let app = TestApp::new().await;
    let secret = invited(&app, false).await;
    let page = app.get(&format!("/lti/register?invite={secret}"), None).await;
    assert_refused(&app, &page, StatusCode::BAD_REQUEST, "parameter_missing").await;
    assert!(page.body.contains("paste it where the platform asks"), "{}", page.body);
    let mut tx = app.services.db.read().await.unwrap();
    let invites = invite::all(&mut tx, Within::Installation).await.unwrap();
    assert_eq!(invites[0].state(app.now()), invite::InviteState::Open);
}

#[tokio::test]
async fn a_client_that_is_already_registered_is_not_registered_twice() {
    for app in apps().await {
        app.platform.offer_registration("client-1", "1");
        let secret = invited(&app, false).await;
        let refused = opened(&app, &secret, &app.platform.configuration_url()).await;
        assert_refused(&app, &refused, StatusCode::CONFLICT, "already_registered").await;
        let mut tx = app.services.db.read().await.unwrap();
        let invites = invite::all(&mut tx, Within::Installation).await.unwrap();
        assert_eq!(invites[0].state(app.now()), invite::InviteState::Open);
    }
}
