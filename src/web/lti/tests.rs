//! Launches as a browser and a platform make them, and as attackers do.

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    database_test,
    launch::log,
    web::testing::{Answer, TestApp},
};

mod attacks;
mod binding;
mod certification;
mod families;
mod key_sets;
mod placing;
mod properties;
mod reviews;
mod rosters;

/// The newest entry of the launch log.
async fn logged(app: &TestApp) -> log::Entry {
    let mut tx = app.services.db.read().await.unwrap();
    log::newest(&mut tx, 1).await.unwrap().pop().unwrap()
}

/// The entry of the launch log whose reference stands on a page.
async fn explained(app: &TestApp, page: &Answer) -> log::Entry {
    let mut tx = app.services.db.read().await.unwrap();
    let entries = log::newest(&mut tx, 100).await.unwrap();
    let entry = entries.into_iter().find(|entry| page.body.contains(&entry.reference));
    entry.unwrap_or_else(|| panic!("no reference of the log is on the page: {}", page.body))
}

/// A page that says no: a sentence, a reference that the log explains, and no session.
async fn assert_refused(app: &TestApp, answer: &Answer, status: StatusCode, outcome: &str) {
    let entry = explained(app, answer).await;
    assert_eq!((answer.status, entry.outcome.as_str()), (status, outcome), "{}", entry.explanation);
    assert!(answer.session().is_none());
    assert!(!entry.explanation.is_empty());
}

#[tokio::test]
async fn a_launch_ends_in_a_page_with_a_session() {
    let app = TestApp::new().await;
    let page = app.open("client-1", json!({})).await;
    assert_eq!(page.status, StatusCode::OK);
    let session = page.session().unwrap();
    assert_eq!(session["role"], "learner");
    assert!(page.body.contains("Counting"));
    assert_eq!(page.header(header::CACHE_CONTROL), "no-store");
    assert_eq!(logged(&app).await.outcome, "launched");
    let progress = app.get("/api/progress", session["token"].as_str()).await;
    assert_eq!(progress.json()["tasks"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_login_may_come_by_form() {
    let app = TestApp::new().await;
    let body: String =
        form_urlencoded::Serializer::new(String::new()).extend_pairs(app.platform.login("client-1")).finish();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-dest", "document")];
    let answer = app.send_with(Method::POST, "/lti/login", &headers, &body).await;
    assert_eq!(answer.status, StatusCode::FOUND);
    let cookie = answer.header(header::SET_COOKIE);
    for part in ["__Host-ltt-", "Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_for_a_minute() {
    let app = TestApp::new().await;
    let launched = app.launch("client-1", json!({})).await;
    let address = launched.header(header::LOCATION).to_owned();
    assert!(app.get(&address, None).await.session().is_some());
    let again = app.get(&address, None).await;
    assert_eq!(again.status, StatusCode::OK);
    assert!(again.session().is_none(), "a spent code gets the page without data");
    let late = app.launch("client-1", json!({})).await;
    app.clock.advance(chrono::TimeDelta::seconds(61));
    assert!(app.get(late.header(header::LOCATION), None).await.session().is_none());
}

#[tokio::test]
async fn a_replayed_launch_is_refused() {
    let app = TestApp::new().await;
    let login = app.login("client-1").await;
    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
    let fields = [("id_token", token.as_str()), ("state", login.state.as_str())];
    let first = app.post_form("/lti/launch", &fields, Some(&login.cookie)).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER);
    let second = app.post_form("/lti/launch", &fields, Some(&login.cookie)).await;
    assert_refused(&app, &second, StatusCode::UNAUTHORIZED, "state_unknown").await;
}

#[tokio::test]
async fn of_two_launches_at_once_exactly_one_wins() {
    let app = TestApp::new().await;
    let login = app.login("client-1").await;
    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
    let fields = [("id_token", token.as_str()), ("state", login.state.as_str())];
    let race = || app.post_form("/lti/launch", &fields, Some(&login.cookie));
    let (one, two) = tokio::join!(race(), race());
    let mut statuses = [one.status, two.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::UNAUTHORIZED]);
}

#[tokio::test]
async fn a_token_for_another_client_is_refused() {
    let app = TestApp::new().await;
    app.register("client-2").await;
    let login = app.login("client-1").await;
    let token = app.platform.id_token("client-2", &login.nonce, app.now(), &json!({}));
    let fields = [("id_token", token.as_str()), ("state", login.state.as_str())];
    let answer = app.post_form("/lti/launch", &fields, Some(&login.cookie)).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(answer.session().is_none());
}

#[tokio::test]
async fn a_message_that_is_not_taken_is_refused_with_a_page() {
    let app = TestApp::new().await;
    let answer = app.launch("client-1", json!({ "message_type": "LtiStartProctoring" })).await;
    assert_refused(&app, &answer, StatusCode::UNAUTHORIZED, "message_unsupported").await;
}

#[tokio::test]
async fn one_learner_in_two_blocks_goes_on_where_they_were() {
    let app = TestApp::new().await;
    app.register("client-2").await;
    let first = app.session("ada").await;
    app.post("/api/submissions", Some(&first), &json!({ "task": "two-and-two", "answer": "4" })).await;
    let other = json!({ "sub": "ada", "resource_link": { "id": "link-2" } });
    let page = app.open("client-2", other).await;
    let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
    let progress = app.get("/api/progress", Some(&token)).await.json();
    let done = progress["tasks"].as_array().unwrap().iter().find(|task| task["id"] == "two-and-two").unwrap();
    assert_eq!(done["state"], "closed");
}

#[tokio::test]
async fn a_launch_on_one_task_sees_that_task_only() {
    let app = TestApp::new().await;
    let page = app.open("client-1", json!({ "custom": { "project": "counting", "task": "colour" } })).await;
    let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
    let progress = app.get("/api/progress", Some(&token)).await.json();
    assert_eq!(progress["tasks"].as_array().unwrap().len(), 1);
    let outside = json!({ "task": "two-and-two", "answer": "4" });
    let answer = app.post("/api/submissions", Some(&token), &outside).await;
    assert_eq!((answer.status, answer.json()["error"].as_str().unwrap()), (StatusCode::NOT_FOUND, "task_not_found"));
}

#[tokio::test]
async fn an_activity_that_leads_nowhere_says_that_it_is_not_set_up() {
    let app = TestApp::new().await;
    for custom in [json!({}), json!({ "project": "unknown" }), json!({ "project": "counting", "task": "unknown" })] {
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let page = app.open("client-1", json!({ "custom": custom })).await;
        let entry = logged(&app).await;
        assert_eq!(entry.outcome, "not_set_up");
        assert!(!entry.explanation.is_empty());
        assert!(page.session().is_none());
        assert!(page.body.contains("This activity is not set up yet"), "{}", page.body);
    }
}

#[tokio::test]
async fn roles_of_the_course_decide() {
    let app = TestApp::new().await;
    let membership = |role: &str| format!("http://purl.imsglobal.org/vocab/lis/v2/membership#{role}");
    for (roles, expected) in [
        (vec![membership("Instructor")], "instructor"),
        (vec!["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator".to_owned()], "observer"),
        (vec![String::new()], "observer"),
        (vec!["Learner".to_owned()], "learner"),
    ] {
        let page = app.open("client-1", json!({ "roles": roles })).await;
        assert_eq!(page.session().unwrap()["role"], expected);
    }
}

#[tokio::test]
async fn a_guest_works_for_a_session_and_is_not_graded() {
    let app = TestApp::new().await;
    let page = app.open("client-1", json!({ "sub": Value::Null })).await;
    let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
    let solved = json!({ "task": "two-and-two", "answer": "4" });
    let answer = app.post("/api/submissions", Some(&token), &solved).await;
    assert_eq!(answer.json()["verdict"], "accepted");
    let mut tx = app.services.db.read().await.unwrap();
    assert_eq!(crate::grades::outbox::tally(&mut tx).await.unwrap().waiting, 0);
}

#[tokio::test]
async fn bad_parameters_of_a_login_are_refused_with_a_page() {
    let app = TestApp::new().await;
    let issuer = app.platform.issuer();
    let long = "x".repeat(20_000);
    for query in [
        String::new(),
        format!("iss={issuer}"),
        format!("iss={issuer}&iss={issuer}&login_hint=a&target_link_uri=http://localhost:3000/lti/launch"),
        format!("iss={issuer}&login_hint={long}&target_link_uri=http://localhost:3000/lti/launch"),
        format!("iss={issuer}&login_hint=%ff%fe&target_link_uri=http://localhost:3000/lti/launch"),
        format!("iss={issuer}&login_hint=a&target_link_uri=https://evil.example.org/&client_id=client-1"),
        "iss=https://nobody.example.org&login_hint=a&target_link_uri=http://localhost:3000/lti/launch".to_owned(),
    ] {
        let answer = app.get(&format!("/lti/login?{query}"), None).await;
        assert!(answer.status.is_client_error(), "{} for {query:.80}", answer.status);
        explained(&app, &answer).await;
    }
}

#[tokio::test]
async fn bad_launches_are_refused_with_a_page() {
    let app = TestApp::new().await;
    let large = "x".repeat(1_000_000);
    for fields in [
        vec![],
        vec![("state", "unknown")],
        vec![("state", "unknown"), ("id_token", "not.a.token")],
        vec![("state", "one"), ("state", "two"), ("id_token", "a.b.c")],
        vec![("state", "unknown"), ("error", "login_required")],
        vec![("state", "unknown"), ("id_token", large.as_str())],
    ] {
        let answer = app.post_form("/lti/launch", &fields, None).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
        explained(&app, &answer).await;
    }
    let answer = app.get("/lti/launch", None).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.body.contains("from your course"));
}

#[tokio::test]
async fn text_of_the_platform_is_shown_as_text() {
    let app = TestApp::new().await;
    let changes = json!({ "context": { "id": "c", "title": "<img src=x onerror=alert(1)>" },
        "resource_link": { "id": "l", "title": "</script><script>alert(1)</script>" } });
    let page = app.open("client-1", changes).await;
    assert!(!page.body.contains("<img src=x"));
    assert!(!page.body.contains("<script>alert(1)"));
}

#[tokio::test]
async fn only_sites_of_the_registration_may_frame_a_page_with_a_session() {
    let app = TestApp::new().await;
    let page = app.open("client-1", json!({})).await;
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    let ancestors = policy.split("frame-ancestors").nth(1).unwrap();
    assert!(ancestors.contains(&app.platform.issuer()), "{policy}");
    assert!(!ancestors.contains('*'), "{policy}");
}

#[tokio::test]
async fn the_keys_are_published_without_their_private_part() {
    let app = TestApp::new().await;
    for path in ["/lti/jwks", "/.well-known/jwks.json"] {
        let answer = app.get(path, None).await;
        let keys = answer.json();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
        assert!(keys["keys"][0]["kid"].is_string());
        assert!(keys["keys"][0].get("d").is_none());
    }
}

#[tokio::test]
async fn the_configuration_names_every_address() {
    let app = TestApp::new().await;
    let configuration = app.get("/lti/config.json", None).await.json();
    assert_eq!(configuration["oidc_initiation_url"], "http://localhost:3000/lti/login");
    assert_eq!(configuration["target_link_uri"], "http://localhost:3000/lti/launch");
    assert_eq!(configuration["public_jwk_url"], "http://localhost:3000/lti/jwks");
}
