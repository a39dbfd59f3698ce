//! Who began a login has to end it: the ladder of proofs, and those who would skip it.

use axum::http::{Method, StatusCode, header};
use chrono::TimeDelta;
use serde_json::json;
use url::{Url, form_urlencoded};

use super::{assert_refused, explained, logged};
use crate::{
    launch::binding::{self, Binding},
    web::testing::{Answer, TestApp},
};

const OWN: &str = "http://localhost:3000";
const FRAMED: (&str, &str) = ("sec-fetch-dest", "iframe");
const JSON: (&str, &str) = ("content-type", "application/json");

/// A login in a frame that is not known to keep cookies.
struct Framed {
    page: Answer,
    state: String,
    nonce: String,
    cookie: String,
    secret: String,
}

/// A launch that waits for its proof.
struct Held {
    page: Answer,
    ticket: String,
    secret: String,
}

/// What the launch script is told.
fn told(page: &Answer, name: &str) -> Option<String> {
    let (_, rest) = page.body.split_once("<script")?.1.split_once(&format!(" data-{name}=\""))?;
    Some(rest.split('"').next()?.replace("&amp;", "&"))
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn login_address(app: &TestApp) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(app.platform.login("client-1")).append_pair("lti_storage_target", "_parent");
    format!("/lti/login?{}", query.finish())
}

async fn framed(app: &TestApp) -> Framed {
    let page = app.send_with(Method::GET, &login_address(app), &[FRAMED], "").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    let asked = Url::parse(&told(&page, "platform").unwrap()).unwrap();
    let asked = |name: &str| asked.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let (state, nonce) = (asked("state"), asked("nonce"));
    let cookie = page.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let secret = told(&page, "secret").unwrap();
    Framed { page, state, nonce, cookie, secret }
}

/// A frame's launch as far as the page that asks for a proof.
async fn held(app: &TestApp) -> Held {
    let login = framed(app).await;
    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
    let page = app.post_form("/lti/launch", &[("id_token", &token), ("state", &login.state)], None).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN, "{}", page.body);
    let ticket = told(&page, "ticket").unwrap();
    Held { page, ticket, secret: login.secret }
}

fn proof(ticket: &str, secret: &str) -> String {
    json!({ "ticket": ticket, "secret": secret, "from": "platform" }).to_string()
}

async fn send_proof(app: &TestApp, headers: &[(&str, &str)], body: &str) -> Answer {
    app.send_with(Method::POST, "/lti/launch/proof", headers, body).await
}

/// As the launch script sends it.
async fn prove(app: &TestApp, ticket: &str, secret: &str) -> Answer {
    let headers = [("origin", OWN), ("sec-fetch-site", "same-origin"), JSON];
    send_proof(app, &headers, &proof(ticket, secret)).await
}

fn assert_no_way_in(answer: &Answer) {
    assert!(answer.status.is_client_error(), "{}: {}", answer.status, answer.body);
    assert!(!answer.body.contains("/activity?code="), "{}", answer.body);
    assert!(answer.header(header::LOCATION).is_empty());
}

#[tokio::test]
async fn a_frame_is_asked_what_it_keeps_before_the_platforms_hint_is_spent() {
    let app = TestApp::new().await;
    let login = framed(&app).await;
    assert_eq!(login.page.header(header::CACHE_CONTROL), "no-store");
    assert_eq!(login.page.header(header::REFERRER_POLICY), "no-referrer");
    assert_eq!(told(&login.page, "storage-origin").unwrap(), app.platform.issuer());
    assert_eq!(told(&login.page, "storage-target").unwrap(), "_parent");
    let cookies = login.page.headers.get_all(header::SET_COOKIE).iter().count();
    assert_eq!(cookies, 2, "the login's, and the one that tells whether cookies come back");
    for part in ["One more click", "Open in a new window", "name=\"lti_message_hint\" value=\"", "<noscript>"] {
        assert!(login.page.body.contains(part), "{part} in {}", login.page.body);
    }
    assert!(!login.page.body.contains(login.cookie.split('=').nth(1).unwrap()), "no script sees the cookie");
}

#[tokio::test]
async fn only_the_launch_script_runs_on_a_page_that_asks() {
    let app = TestApp::new().await;
    for page in [framed(&app).await.page, held(&app).await.page] {
        let policy = page.header(header::CONTENT_SECURITY_POLICY);
        let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("connect-src 'self'"), "{policy}");
        assert_eq!(page.body.matches("<script").count(), 1);
        assert!(page.body.contains(&format!("nonce=\"{nonce}\"")) && !nonce.is_empty());
    }
}

#[tokio::test]
async fn whoever_is_in_no_frame_or_is_known_to_keep_cookies_is_sent_on_at_once() {
    let app = TestApp::new().await;
    for headers in [
        &[][..],
        &[("sec-fetch-dest", "document")],
        &[("sec-fetch-dest", "empty")],
        &[FRAMED, ("cookie", "other=1; __Host-ltt-kept=1")],
    ] {
        let answer = app.send_with(Method::GET, &login_address(&app), headers, "").await;
        assert_eq!(answer.status, StatusCode::FOUND, "{headers:?}");
    }
    for destination in ["iframe", "frame", "embed", "object"] {
        let headers = [("sec-fetch-dest", destination)];
        let answer = app.send_with(Method::GET, &login_address(&app), &headers, "").await;
        assert_eq!(answer.status, StatusCode::OK, "{destination}");
    }
}

#[tokio::test]
async fn the_server_tells_a_frame_whether_its_cookies_come_back() {
    let app = TestApp::new().await;
    for (cookie, kept) in [("__Host-ltt-kept=1", true), ("other=1", false)] {
        let answer = app.send_with(Method::GET, "/lti/login/cookie", &[("cookie", cookie)], "").await;
        assert_eq!((answer.json(), answer.header(header::CACHE_CONTROL)), (json!({ "kept": kept }), "no-store"));
    }
}

#[tokio::test]
async fn a_frame_with_its_cookie_is_launched_at_once() {
    let app = TestApp::new().await;
    let login = framed(&app).await;
    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
    let fields = [("id_token", token.as_str()), ("state", login.state.as_str())];
    let answer = app.post_form("/lti/launch", &fields, Some(&login.cookie)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(logged(&app).await.binding.as_deref(), Some("cookie"));
}

#[tokio::test]
async fn a_launch_without_the_cookie_is_let_in_by_the_secret_from_storage() {
    let app = TestApp::new().await;
    let held = held(&app).await;
    let answer = prove(&app, &held.ticket, &held.secret).await;
    assert_eq!((answer.status, answer.header(header::CACHE_CONTROL)), (StatusCode::OK, "no-store"));
    let address = answer.json()["address"].as_str().unwrap().to_owned();
    let page = app.send_with(Method::GET, &address, &[("sec-fetch-site", "same-origin"), FRAMED], "").await;
    assert_eq!(page.session().unwrap()["role"], "learner");
}

#[tokio::test]
async fn until_its_proof_comes_a_launch_stands_in_the_log_as_refused_and_then_as_launched() {
    let app = TestApp::new().await;
    let held = held(&app).await;
    let entry = explained(&app, &held.page).await;
    assert_eq!(entry.outcome, "browser_mismatch");
    assert!(entry.registration_id.is_some() && entry.clock_difference_seconds == Some(0));
    prove(&app, &held.ticket, &held.secret).await;
    let proved = explained(&app, &held.page).await;
    assert_eq!((proved.reference, proved.outcome.as_str()), (entry.reference, "launched"));
    assert_eq!(proved.binding.as_deref(), Some("platform_storage"));
}

#[tokio::test]
async fn the_page_that_asks_for_a_proof_holds_nothing_of_the_launch() {
    let app = TestApp::new().await;
    let held = held(&app).await;
    for secret in [held.secret.as_str(), "eyJ", "Ada", "ada@example.org", "id=\"session\""] {
        assert!(!held.page.body.contains(secret), "{secret} in {}", held.page.body);
    }
    assert!(held.page.body.contains("Open in a new window"));
}

#[tokio::test]
async fn a_proof_is_heard_from_our_own_page_only() {
    let app = TestApp::new().await;
    let held = held(&app).await;
    let own = ("origin", OWN);
    let body = proof(&held.ticket, &held.secret);
    for headers in [
        &[JSON][..],
        &[JSON, ("origin", "https://evil.example")],
        &[JSON, ("origin", "null")],
        &[JSON, ("origin", "http://localhost:3001")],
        &[JSON, ("origin", "https://localhost:3000")],
        &[JSON, ("origin", "http://localhost:3000.evil.example")],
        &[JSON, own, ("origin", "https://evil.example")],
        &[JSON, own, ("sec-fetch-site", "cross-site")],
        &[JSON, own, ("sec-fetch-site", "same-site")],
        &[JSON, own, ("sec-fetch-site", "none")],
        &[JSON, ("referer", "http://localhost:3000/lti/launch")],
    ] {
        let answer = send_proof(&app, headers, &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert_no_way_in(&answer);
    }
    for kind in ["", "text/plain", "text/plain; application/json", "application/x-www-form-urlencoded"] {
        let answer = send_proof(&app, &[own, ("content-type", kind)], &body).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    let answer = prove(&app, &held.ticket, &held.secret).await;
    assert_eq!(answer.status, StatusCode::OK, "what others tried has used nothing up");
}

#[tokio::test]
async fn a_proof_in_a_form_or_an_address_is_no_proof() {
    let app = TestApp::new().await;
    let login = framed(&app).await;
    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
    let fields = [
        ("id_token", token.as_str()),
        ("state", login.state.as_str()),
        ("secret", login.secret.as_str()),
        ("storage_secret", login.secret.as_str()),
        ("_storage_check", login.secret.as_str()),
        ("lti_storage_target", "_parent"),
    ];
    let page = app.post_form(&format!("/lti/launch?secret={}", login.secret), &fields, None).await;
    assert_no_way_in(&page);
    let ticket = told(&page, "ticket").unwrap();
    let form = encoded(&[("ticket", &ticket), ("secret", &login.secret), ("from", "frame")]);
    let own = ("origin", OWN);
    let as_form = [own, ("content-type", "application/x-www-form-urlencoded")];
    assert_no_way_in(&send_proof(&app, &as_form, &form).await);
    for (method, headers) in [(Method::GET, &[own][..]), (Method::POST, &[own, JSON])] {
        assert_no_way_in(&app.send_with(method, &format!("/lti/launch/proof?{form}"), headers, "").await);
    }
}

#[tokio::test]
async fn what_is_no_proof_at_all_is_refused_with_a_reason() {
    let app = TestApp::new().await;
    let large = json!({ "ticket": "t".repeat(10_000), "secret": "s", "from": "frame" }).to_string();
    for body in ["", "{}", "[]", "null", "{\"ticket\":1}", "\u{0}", large.as_str(), r#"{"ticket":"a","secret":"b"}"#] {
        let answer = send_proof(&app, &[("origin", OWN), JSON], body).await;
        assert_no_way_in(&answer);
        assert!(!answer.json()["reference"].as_str().unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_wrong_secret_uses_the_ticket_up() {
    let app = TestApp::new().await;
    let (mine, other) = (held(&app).await, held(&app).await);
    let answer = prove(&app, &mine.ticket, &other.secret).await;
    assert_eq!((answer.status, &answer.json()["error"]), (StatusCode::FORBIDDEN, &json!("browser_mismatch")));
    assert!(mine.page.body.contains(answer.json()["reference"].as_str().unwrap()), "the page's reference explains it");
    assert_eq!(prove(&app, &mine.ticket, &mine.secret).await.json()["error"], "ticket_unknown");
    assert_eq!(prove(&app, &other.ticket, &other.secret).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_proof_is_good_once_and_for_two_minutes() {
    let app = TestApp::new().await;
    let twice = held(&app).await;
    assert_eq!(prove(&app, &twice.ticket, &twice.secret).await.status, StatusCode::OK);
    assert_eq!(prove(&app, &twice.ticket, &twice.secret).await.json()["error"], "ticket_unknown");
    assert_eq!(explained(&app, &twice.page).await.outcome, "launched", "a second proof does not write over the first");
    let late = held(&app).await;
    app.clock.advance(TimeDelta::seconds(120));
    assert_eq!(prove(&app, &late.ticket, &late.secret).await.json()["error"], "ticket_expired");
}

#[tokio::test]
async fn of_two_proofs_at_once_exactly_one_wins() {
    let app = TestApp::new().await;
    let held = held(&app).await;
    let race = || prove(&app, &held.ticket, &held.secret);
    let (one, two) = tokio::join!(race(), race());
    let mut statuses = [one.status, two.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::UNAUTHORIZED]);
}

#[tokio::test]
async fn a_held_launch_is_used_up_and_cannot_be_posted_again_with_its_cookie() {
    let app = TestApp::new().await;
    let login = app.login("client-1").await;
    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
    let fields = [("id_token", token.as_str()), ("state", login.state.as_str())];
    assert_no_way_in(&app.post_form("/lti/launch", &fields, None).await);
    let replayed = app.post_form("/lti/launch", &fields, Some(&login.cookie)).await;
    assert_refused(&app, &replayed, StatusCode::UNAUTHORIZED, "state_unknown").await;
}

/// Login CSRF: the attacker's own token and state, posted by the victim's browser, which has a login of its own.
#[tokio::test]
async fn an_attackers_launch_is_nobodys_in_the_victims_browser() {
    let app = TestApp::new().await;
    let (attacker, victim) = (framed(&app).await, framed(&app).await);
    let token = app.platform.id_token("client-1", &attacker.nonce, app.now(), &json!({ "sub": "attacker" }));
    let fields = [("id_token", token.as_str()), ("state", attacker.state.as_str())];
    let page = app.post_form("/lti/launch", &fields, Some(&victim.cookie)).await;
    assert_no_way_in(&page);
    assert_ne!(told(&page, "key"), told(&victim.page, "key"), "the victim's secret has another name");
    assert_no_way_in(&prove(&app, &told(&page, "ticket").unwrap(), &victim.secret).await);
}

#[tokio::test]
async fn a_cookie_of_another_state_is_refused_and_nothing_else_is_asked_for() {
    let app = TestApp::new().await;
    let (mine, other) = (app.login("client-1").await, app.login("client-1").await);
    let token = app.platform.id_token("client-1", &mine.nonce, app.now(), &json!({}));
    let name = mine.cookie.split('=').next().unwrap();
    let value = other.cookie.split('=').nth(1).unwrap();
    let fields = [("id_token", token.as_str()), ("state", mine.state.as_str())];
    let answer = app.post_form("/lti/launch", &fields, Some(&format!("{name}={value}"))).await;
    assert_refused(&app, &answer, StatusCode::FORBIDDEN, "browser_mismatch").await;
    assert!(told(&answer, "ticket").is_none());
}

#[tokio::test]
async fn a_window_of_its_own_that_keeps_nothing_says_so_and_what_to_do() {
    let app = TestApp::new().await;
    let login = app.login("client-1").await;
    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &json!({}));
    let body = encoded(&[("id_token", &token), ("state", &login.state)]);
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-dest", "document")];
    let answer = app.send_with(Method::POST, "/lti/launch", &headers, &body).await;
    assert_refused(&app, &answer, StatusCode::FORBIDDEN, "browser_mismatch").await;
    assert!(answer.body.contains("allow those of localhost"), "{}", answer.body);
    assert!(!answer.body.contains("<script") && !answer.body.contains("Open in a new window"));
}

/// The cookie that goes with a launch's code; it lives as long as the code.
fn code_cookie(launched: &Answer) -> &str {
    let mut cookies = launched.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    cookies.find(|cookie| cookie.contains("Max-Age=60;")).unwrap().split(';').next().unwrap()
}

/// The address of an attacker's own session, on the attacker's page.
#[tokio::test]
async fn a_code_that_another_site_sends_opens_nothing_without_the_cookie_that_went_with_it() {
    let app = TestApp::new().await;
    let (launched, other) = (app.launch("client-1", json!({})).await, app.launch("client-1", json!({})).await);
    let address = launched.header(header::LOCATION);
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("cookie", code_cookie(&other))],
    ] {
        let answer = app.send_with(Method::GET, address, headers, "").await;
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.session().is_none(), "{headers:?}");
    }
    let headers = [("sec-fetch-site", "cross-site"), ("cookie", code_cookie(&launched))];
    assert!(app.send_with(Method::GET, address, &headers, "").await.session().is_some());
}

#[tokio::test]
async fn each_rung_is_counted_for_its_registration() {
    let app = TestApp::new().await;
    app.register("client-2").await;
    app.launch("client-2", json!({})).await;
    for _ in 0..2 {
        app.launch("client-1", json!({})).await;
    }
    let held = held(&app).await;
    prove(&app, &held.ticket, &held.secret).await;
    let registration = explained(&app, &held.page).await.registration_id.unwrap();
    let mut tx = app.services.db.read().await.unwrap();
    let rungs = binding::rungs(&mut tx, registration).await.unwrap().map(|rung| (rung.binding, rung.launches));
    let expected =
        [(Binding::Cookie, 2), (Binding::FrameStorage, 0), (Binding::PlatformStorage, 1), (Binding::Window, 0)];
    assert_eq!(rungs, expected);
}
