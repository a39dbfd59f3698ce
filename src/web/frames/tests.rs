use axum::{
    body::Body,
    http::{Method, Request, header},
};
use serde_json::json;

use super::*;
use crate::{launch::frames::Sighting, web::testing::TestApp};

const BLOCKED: &str = r#"{"csp-report":{"document-uri":"http://127.0.0.1/","effective-directive":"frame-ancestors","disposition":"enforce","blocked-uri":"http://127.0.0.1/"}}"#;

async fn registration(app: &TestApp) -> Registration {
    let mut tx = app.services.db.read().await.unwrap();
    platform::registrations(&mut tx).await.unwrap().pop().unwrap()
}

async fn sightings(app: &TestApp) -> Vec<Sighting> {
    let registration = registration(app).await;
    let mut tx = app.services.db.read().await.unwrap();
    frames::sightings(&mut tx, &registration).await.unwrap()
}

async fn allow(app: &TestApp, origin: &str) {
    let registration = registration(app).await;
    let mut tx = app.services.db.begin().await.unwrap();
    assert!(frames::allow(&mut tx, registration.id, origin).await.unwrap());
    tx.commit().await.unwrap();
}

async fn post(app: &TestApp, address: &str, body: impl Into<Body>) -> (StatusCode, String) {
    let request = Request::builder().method(Method::POST).uri(address);
    let answer =
        app.send(request.header(header::CONTENT_TYPE, "application/csp-report").body(body.into()).unwrap()).await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn a_page_tells_where_it_stands_until_the_administrator_has_named_the_sites() {
    let app = TestApp::new().await;
    let registration = registration(&app).await;
    let telling = telling_address(&app.services, registration.id);
    let page = app.open("client-1", json!({})).await;
    assert!(page.body.contains(&format!("data-frames=\"{}\"", telling.replace('&', "&amp;"))), "{}", page.body);
    assert!(page.header(header::CONTENT_SECURITY_POLICY).contains(" https:;"));

    let above = json!({ "above": ["https://learn.example", app.platform.issuer(), "https://learn.example/some/page"] });
    let (status, answer) = post(&app, &telling, above.to_string()).await;
    assert_eq!((status, answer.as_str()), (StatusCode::OK, r#"{"allowed":true}"#));
    let seen = sightings(&app).await;
    assert_eq!(
        seen.iter().map(|one| (one.origin.as_str(), one.blocked)).collect::<Vec<_>>(),
        [("https://learn.example", false)]
    );

    allow(&app, "https://learn.example").await;
    assert!(sightings(&app).await.is_empty());
    let page = app.open("client-1", json!({})).await;
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.contains("https://learn.example") && !policy.contains(" https:;"), "{policy}");
    assert!(!page.body.contains("data-frames"));
}

#[tokio::test]
async fn a_blocked_frame_is_found_by_its_report_and_allowed_by_one_click() {
    let app = TestApp::new().await;
    allow(&app, "https://named.example").await;
    let page = app.open("client-1", json!({})).await;
    let policy = page.header(header::CONTENT_SECURITY_POLICY);
    let (_, report) = policy.split_once("report-uri ").unwrap();

    // The browser says that it blocked a frame, not where.
    assert_eq!(post(&app, report, BLOCKED).await.0, StatusCode::NO_CONTENT);
    let seen = sightings(&app).await;
    assert!(seen.len() == 1 && seen[0].blocked && !seen[0].is_known());

    // So the next launch asks, before it opens anything.
    let launched = app.launch("client-1", json!({})).await;
    let asking = app.get(launched.header(header::LOCATION), None).await;
    assert!(asking.session().is_none() && asking.body.contains("This site may not show LTT"), "{}", asking.body);
    assert!(asking.header(header::CONTENT_SECURITY_POLICY).ends_with("frame-ancestors *"));
    let telling = telling_address(&app.services, registration(&app).await.id);
    let (_, answer) = post(&app, &telling, json!({ "above": ["https://unnamed.example"] }).to_string()).await;
    assert_eq!(answer, r#"{"allowed":false}"#);
    let seen = sightings(&app).await;
    assert!(seen.len() == 1 && seen[0].blocked && seen[0].origin == "https://unnamed.example");

    // Where the frame may show LTT, the launch goes on with its own code.
    let (_, answer) = post(&app, &telling, json!({ "above": ["https://named.example"] }).to_string()).await;
    assert_eq!(answer, r#"{"allowed":true}"#);
    let next = format!("{}&asked=true", launched.header(header::LOCATION));
    assert!(app.get(&next, None).await.session().is_some());

    // Once the site is known, nobody has to ask any more.
    post(&app, report, BLOCKED).await;
    assert!(app.open("client-1", json!({})).await.session().is_some());
    allow(&app, "https://unnamed.example").await;
    assert!(sightings(&app).await.is_empty());
}

#[tokio::test]
async fn reports_are_keyed_limited_and_never_an_error() {
    let app = TestApp::new().await;
    let registration = registration(&app).await;
    let good = report_address(&app.services, registration.id);
    let foreign = good.replace("key=", "key=x");
    let large = "x".repeat(100_000);
    for address in [REPORTS, &foreign, &format!("{REPORTS}?registration=7&key=x"), &good] {
        for body in [
            "",
            "{",
            "[]",
            "[7]",
            "{\"csp-report\":7}",
            r#"{"csp-report":{"effective-directive":"script-src"}}"#,
            &large,
        ] {
            let (status, body) = post(&app, address, body.to_owned()).await;
            assert_eq!((status, body.as_str()), (StatusCode::NO_CONTENT, ""));
        }
    }
    assert_eq!(post(&app, &foreign, BLOCKED).await.0, StatusCode::NO_CONTENT);
    assert!(sightings(&app).await.is_empty());
    let newer = r#"[{"type":"csp-violation","body":{"effectiveDirective":"frame-ancestors"}}]"#;
    post(&app, &good, newer).await;
    assert_eq!(sightings(&app).await.len(), 1);
}

#[tokio::test]
async fn what_a_frame_tells_is_an_origin_or_nothing_and_there_is_an_end_to_it() {
    let app = TestApp::new().await;
    let registration = registration(&app).await;
    let telling = telling_address(&app.services, registration.id);
    let odd = json!({ "above": [
        "https://evil.example; script-src *", "http://plain.example", "javascript:alert(1)", "null", "", "*", "https:",
        "https://user:secret@good.example/path", format!("https://{}.example", "x".repeat(300)),
    ] });
    post(&app, &telling, odd.to_string()).await;
    let seen = sightings(&app).await;
    assert_eq!(seen.iter().map(|one| one.origin.as_str()).collect::<Vec<_>>(), ["https://good.example"]);
    for body in ["", "{}", "{\"above\":7}", "{\"above\":[7]}"] {
        assert_eq!(post(&app, &telling, body).await.0, StatusCode::BAD_REQUEST);
    }
    for at in 0..100 {
        let flood = json!({ "above": [format!("https://site-{at}.example")] });
        assert_eq!(post(&app, &telling, flood.to_string()).await.0, StatusCode::OK);
    }
    assert_eq!(sightings(&app).await.len(), 50);
    for _ in 0..100 {
        assert_eq!(post(&app, &telling, odd.to_string()).await.1, r#"{"allowed":true}"#);
    }
    let foreign = telling.replace("key=", "key=x");
    assert_eq!(
        post(&app, &foreign, json!({ "above": ["https://a.example"] }).to_string()).await.1,
        r#"{"allowed":true}"#
    );
}
