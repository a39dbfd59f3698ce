//! What somebody might try who is not the platform, or not this learner, or not in this course.

use jsonwebtoken::EncodingKey;
use lti::testkit::{SigningKey, encoded};

use super::*;
use crate::web::testing::{Login, TestPlatform};

/// Posts a token with a login's own state and cookie.
async fn post(app: &TestApp, login: &Login, token: &str) -> Answer {
    app.post_form("/lti/launch", &[("id_token", token), ("state", &login.state)], Some(&login.cookie)).await
}

/// Another platform that is registered as well, with a key of its own.
async fn another_platform(app: &TestApp) -> TestPlatform {
    let other = TestPlatform::start(&app.clock).await;
    other.simulated().rotate(SigningKey::sample(1));
    other.simulated().withdraw_old_keys();
    app.register_at(&other, "client-1").await;
    other
}

#[tokio::test]
async fn x12_a_platform_cannot_answer_the_login_of_another_one() {
    let app = TestApp::new().await;
    let other = another_platform(&app).await;
    let honest = app.platform.issuer();
    for (changes, outcome) in [(json!({}), "registration_mismatch"), (json!({ "iss": honest }), "kid_unknown")] {
        let login = app.login("client-1").await;
        let token = other.id_token("client-1", &login.nonce, app.now(), &changes);
        assert_refused(&app, &post(&app, &login, &token).await, StatusCode::UNAUTHORIZED, outcome).await;
    }
    let login = app.login("client-1").await;
    let claims = other.claims("client-1", &login.nonce, app.now(), &json!({ "iss": honest }));
    let theirs = SigningKey::sample(1).sign_as(&SigningKey::sample(0).header(), &claims).unwrap();
    assert_refused(&app, &post(&app, &login, &theirs).await, StatusCode::UNAUTHORIZED, "signature_invalid").await;
}

#[tokio::test]
async fn x05_a_client_cannot_answer_the_login_of_another_one() {
    let app = TestApp::new().await;
    app.register("client-2").await;
    let login = app.login("client-1").await;
    let token = app.platform.id_token("client-2", &login.nonce, app.now(), &json!({}));
    assert_refused(&app, &post(&app, &login, &token).await, StatusCode::UNAUTHORIZED, "audience_mismatch").await;
}

/// Makes a token of a header and claims.
type Forge<'a> = &'a dyn Fn(&Value, &Value) -> String;

#[tokio::test]
async fn x01_x02_x03_x04_no_confusion_of_algorithms_or_keys_opens_anything() {
    let app = TestApp::new().await;
    app.platform.simulated().rotate(SigningKey::elliptic());
    app.platform.simulated().rotate(SigningKey::sample(0));
    let (honest, stranger) = (SigningKey::sample(0), SigningKey::sample(1));
    let kid = honest.kid();
    let brought = json!({ "alg": "RS256", "kid": kid, "jwk": stranger.public(), "jku": "https://evil.example/keys" });
    let by_secret = |header: &Value, claims: &Value| {
        let unsigned = format!("{}.{}", encoded(header), encoded(claims));
        let key = EncodingKey::from_secret(honest.public()["n"].as_str().unwrap().as_bytes());
        let signature = jsonwebtoken::crypto::sign(unsigned.as_bytes(), &key, jsonwebtoken::Algorithm::HS256).unwrap();
        format!("{unsigned}.{signature}")
    };
    let unsigned = |header: &Value, claims: &Value| format!("{}.{}.", encoded(header), encoded(claims));
    let cases: [(Value, Forge<'_>, &str); 6] = [
        (json!({ "alg": "HS256", "kid": kid }), &by_secret, "alg_refused"),
        (json!({ "alg": "none", "kid": kid }), &unsigned, "alg_refused"),
        (json!({ "alg": "RS256", "kid": kid }), &unsigned, "signature_invalid"),
        (brought, &|header, claims| stranger.sign_as(header, claims).unwrap(), "signature_invalid"),
        (json!({ "alg": "RS256", "kid": "elliptic" }), &|h, c| honest.sign_as(h, c).unwrap(), "key_type_mismatch"),
        (json!({ "alg": "ES256", "kid": "elliptic" }), &|_, c| SigningKey::elliptic().sign(c).unwrap(), "alg_refused"),
    ];
    for (header, forge, outcome) in cases {
        let login = app.login("client-1").await;
        let claims = app.platform.claims("client-1", &login.nonce, app.now(), &json!({}));
        let answer = post(&app, &login, &forge(&header, &claims)).await;
        assert_refused(&app, &answer, StatusCode::UNAUTHORIZED, outcome).await;
    }
}

#[tokio::test]
async fn b02_a_flood_of_unknown_keys_makes_us_ask_the_platform_twice_at_most() {
    let app = TestApp::new().await;
    for number in 0..30 {
        let login = app.login("client-1").await;
        let claims = app.platform.claims("client-1", &login.nonce, app.now(), &json!({}));
        let header = json!({ "alg": "RS256", "kid": format!("flood-{number}") });
        let answer = post(&app, &login, &SigningKey::sample(1).sign_as(&header, &claims).unwrap()).await;
        assert_refused(&app, &answer, StatusCode::UNAUTHORIZED, "kid_unknown").await;
    }
    assert!(app.platform.key_fetches() <= 2, "{}", app.platform.key_fetches());
    assert!(app.open("client-1", json!({})).await.session().is_some());
}

#[tokio::test]
async fn x13_no_launch_leads_away_from_this_server() {
    let app = TestApp::new().await;
    let elsewhere =
        ["https://evil.example/", "//evil.example/", "http://localhost:3000@evil.example/", "javascript:alert(1)"];
    for target in elsewhere {
        let answer = app.launch("client-1", json!({ "target_link_uri": target })).await;
        assert_refused(&app, &answer, StatusCode::UNAUTHORIZED, "target_refused").await;
        let mut login = app.platform.login("client-1");
        login.iter_mut().find(|(name, _)| *name == "target_link_uri").unwrap().1 = target.to_owned();
        let answer = app.post_body("/lti/login", lti::testkit::form(&login), None).await;
        assert!(answer.status.is_client_error() && answer.header(header::LOCATION).is_empty(), "{target}");
    }
    for inside in ["http://localhost:3000//evil.example/", "http://localhost:3000/?next=https://evil.example/"] {
        let answer = app.launch("client-1", json!({ "target_link_uri": inside })).await;
        assert!(answer.header(header::LOCATION).starts_with("/activity?code="), "{inside}");
    }
}

/// Every place in a claim where a text stands, but for those that must be what they are.
fn texts(claims: &Value, path: &str, found: &mut Vec<String>) {
    match claims {
        Value::String(_) => found.push(path.to_owned()),
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(at, value)| texts(value, &format!("{path}/{at}"), found));
        }
        Value::Object(members) => {
            for (name, value) in members {
                texts(value, &format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

/// What stands in a page's tags outside quotes: names of elements and attributes.
fn in_tags(page: &str) -> String {
    let (mut in_tag, mut quote, mut found) = (false, None, String::new());
    for letter in page.chars() {
        match (in_tag, quote, letter) {
            (false, _, '<') => in_tag = true,
            (true, None, '>') => in_tag = false,
            (true, None, '"' | '\'') => quote = Some(letter),
            (true, Some(open), _) if open == letter => quote = None,
            (true, None, _) => found.push(letter),
            _ => {}
        }
    }
    found
}

#[tokio::test]
async fn html_in_any_claim_stays_text() {
    const PAYLOAD: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"' onload=alert(3) {{7*7}}";
    let app = TestApp::new().await;
    let mut places = Vec::new();
    texts(&app.platform.claims("client-1", "nonce", app.now(), &json!({})), "", &mut places);
    assert!(places.len() > 20, "{places:?}");
    for place in places {
        let login = app.login("client-1").await;
        let mut claims = app.platform.claims("client-1", &login.nonce, app.now(), &json!({}));
        *claims.pointer_mut(&place).unwrap() = json!(PAYLOAD);
        let mut answer = post(&app, &login, &app.platform.simulated().sign(&claims).unwrap()).await;
        if answer.status == StatusCode::SEE_OTHER {
            answer = app.get(answer.header(header::LOCATION), None).await;
        }
        assert!(!answer.status.is_server_error(), "{place}");
        assert!(!answer.body.contains("<script>alert") && !answer.body.contains("<img src=x"), "{place}");
        assert!(!in_tags(&answer.body).contains("onload"), "{place}");
        let policy = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"), "{place}: {policy}");
    }
}

#[tokio::test]
async fn html_from_a_stranger_stays_text_on_the_pages_that_say_no() {
    const PAYLOAD: &str = "<script>alert(1)</script>";
    let app = TestApp::new().await;
    let login = app.login("client-1").await;
    let fields = [("state", login.state.as_str()), ("error", PAYLOAD), ("error_description", PAYLOAD)];
    let refused = app.post_form("/lti/launch", &fields, Some(&login.cookie)).await;
    assert_refused(&app, &refused, StatusCode::UNAUTHORIZED, "platform_error").await;
    let fields = [("iss", PAYLOAD), ("login_hint", "a"), ("target_link_uri", "http://localhost:3000/lti/launch")];
    let unknown = app.post_form("/lti/login", &fields, None).await;
    explained(&app, &unknown).await;
    for page in [refused, unknown] {
        assert!(!page.body.contains("<script>alert"));
    }
}

#[tokio::test]
async fn a_page_with_a_session_is_framed_by_its_own_platform_only() {
    let app = TestApp::new().await;
    let other = another_platform(&app).await;
    let page = app.open("client-1", json!({})).await;
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    let ancestors = policy.split("frame-ancestors").nth(1).unwrap();
    assert!(ancestors.contains(&app.platform.issuer()) && !ancestors.contains(&other.issuer()), "{policy}");
    assert!(!ancestors.contains('*') && !ancestors.contains("http:;"), "{policy}");
}

/// A second project, in a course of its own.
const ANOTHER_PROJECT: &str = "
slug: reading
version: 1
title: Reading
description: Learn to read.
epics:
  - id: letters
    title: Letters
    tasks:
      - id: first-letter
        title: The first letter
        content: Which letter comes first?
        answer: { kind: text, accept: [a] }
";

#[tokio::test]
async fn a_session_reaches_no_task_of_another_course() {
    let app = TestApp::new().await;
    app.import(ANOTHER_PROJECT).await;
    let elsewhere = json!({ "context": { "id": "course-2" }, "resource_link": { "id": "link-2" },
        "custom": { "project": "reading" } });
    let page = app.open("client-1", elsewhere).await;
    assert!(page.session().is_some());
    let here = app.session("learner-1").await;
    for body in [json!({ "task": "first-letter", "answer": "a" }), json!({ "task": "two-and-two", "answer": "4" })] {
        let answer = app.post("/api/submissions", Some(&here), &body).await;
        let inside = body["task"] == "two-and-two";
        assert_eq!(answer.status, if inside { StatusCode::CREATED } else { StatusCode::NOT_FOUND }, "{body}");
    }
    let turn = app.post("/api/turns", Some(&here), &json!({ "task": "first-letter", "message": "Help" })).await;
    assert_eq!(turn.status, StatusCode::NOT_FOUND);
    let view = app.get("/activity/tasks/first-letter", Some(&here)).await;
    assert!(!view.body.contains("Which letter comes first"));
}

#[tokio::test]
async fn what_an_attacker_chose_beforehand_opens_nothing() {
    let app = TestApp::new().await;
    let login = app.login("client-1").await;
    let name = login.cookie.split('=').next().unwrap();
    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
    let fixed = format!("{name}=chosen-by-the-attacker");
    let answer = app.post_form("/lti/launch", &[("id_token", &token), ("state", &login.state)], Some(&fixed)).await;
    assert!(answer.status.is_client_error() && answer.session().is_none(), "{}", answer.status);

    let chosen = "a".repeat(43);
    assert!(app.get(&format!("/activity?code={chosen}"), None).await.session().is_none());
    assert_eq!(app.get("/api/progress", Some(&chosen)).await.status, StatusCode::UNAUTHORIZED);
    let (first, second) = (app.session("learner-1").await, app.session("learner-1").await);
    assert_ne!(first, second, "each launch has a session of its own");
}

#[tokio::test]
async fn x20_a_token_of_64_kilobytes_launches_and_one_of_a_megabyte_gets_a_page() {
    let app = TestApp::new().await;
    let roles = |count: usize| {
        let learner = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner".to_owned();
        let other = |n| format!("http://purl.imsglobal.org/vocab/lis/v2/institution/person#Role{n:08}");
        let all: Vec<String> = [learner].into_iter().chain((0..count).map(other)).collect();
        json!({ "roles": all })
    };
    assert_eq!(app.open("client-1", roles(700)).await.session().unwrap()["role"], "learner");
    let answer = app.launch("client-1", roles(12_000)).await;
    assert_refused(&app, &answer, StatusCode::PAYLOAD_TOO_LARGE, "request_unreadable").await;
}

database_test!(
    async fn x09_of_sixteen_launches_at_once_exactly_one_wins(db: Db) {
        let app = TestApp::over(db).await;
        let login = app.login("client-1").await;
        let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
        let answers = futures::future::join_all((0..16).map(|_| post(&app, &login, &token))).await;
        let won = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
        let lost = answers.iter().filter(|answer| answer.status == StatusCode::UNAUTHORIZED).count();
        assert_eq!((won, lost), (1, 15));
        assert_refused(&app, &post(&app, &login, &token).await, StatusCode::UNAUTHORIZED, "state_unknown").await;
    }
);

#[tokio::test]
async fn x10_a_token_for_another_login_is_refused() {
    let app = TestApp::new().await;
    let (mine, other) = (app.login("client-1").await, app.login("client-1").await);
    let token = app.platform.id_token("client-1", &other.nonce, app.now(), &json!({}));
    assert_refused(&app, &post(&app, &mine, &token).await, StatusCode::UNAUTHORIZED, "nonce_mismatch").await;
}
