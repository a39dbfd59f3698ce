//! The door, as people use it and as attackers try to.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;

use super::destination;
use crate::{
    accounts::{self, Role, link, password},
    web::testing::{Browser, TestApp},
};

const WORD: &str = "correct horse battery";

/// Lets `ada` in by a link, with a password for the next time.
async fn ada(app: &TestApp) -> Browser<'_> {
    let secret = app.invite("ada", Role::Administrator, None).await;
    let mut browser = app.browser();
    browser.post("/sign-in/link", &[("link", &secret)]).await;
    let saved = browser.post("/account", &[("password", WORD)]).await;
    assert_eq!(saved.header(header::LOCATION), "/account?done=password", "{}", saved.body);
    browser
}

#[tokio::test]
async fn a_fresh_installation_says_how_to_let_somebody_in() {
    let app = TestApp::new().await;
    let fresh = app.browser().get("/").await;
    assert_eq!(fresh.status, StatusCode::OK);
    assert!(fresh.body.contains("ltt user invite --role administrator"), "{}", fresh.body);
    app.invite("ada", Role::Administrator, None).await;
    let known = app.browser().get("/").await;
    assert!(!known.body.contains("ltt user invite") && known.body.contains("/sign-in"), "{}", known.body);
}

#[tokio::test]
async fn a_link_signs_in_once_and_only_by_a_click() {
    let app = TestApp::new().await;
    let secret = app.invite("ada", Role::Administrator, None).await;
    let address = format!("/sign-in?link={secret}");
    let mut browser = app.browser();
    for _ in 0..2 {
        let asked = browser.get(&address).await;
        assert!(asked.body.contains("ada") && browser.cookie.is_none(), "looking at a link does not spend it");
    }
    let signed_in = browser.post("/sign-in/link", &[("link", &secret)]).await;
    assert_eq!(signed_in.header(header::LOCATION), "/account?done=welcome");
    let cookie = signed_in.header(header::SET_COOKIE);
    for part in ["__Host-ltt-browser=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    assert_eq!(browser.get("/admin").await.status, StatusCode::OK);
    let mut thief = app.browser();
    assert_eq!(thief.post("/sign-in/link", &[("link", &secret)]).await.status, StatusCode::GONE);
    assert_eq!(thief.get(&address).await.status, StatusCode::GONE);
    assert!(thief.cookie.is_none());
}

#[tokio::test]
async fn a_link_that_is_too_old_signs_nobody_in() {
    let app = TestApp::new().await;
    let secret = app.invite("ada", Role::Administrator, None).await;
    app.clock.advance(link::LIFE);
    let answer = app.browser().post("/sign-in/link", &[("link", &secret)]).await;
    assert_eq!(answer.status, StatusCode::GONE);
    assert!(answer.body.contains("ltt user invite"), "{}", answer.body);
}

#[tokio::test]
async fn name_and_password_open_the_page_that_was_asked_for() {
    let app = TestApp::new().await;
    ada(&app).await;
    let mut browser = app.browser();
    let asked = browser.get("/admin/platforms").await;
    assert_eq!(asked.header(header::LOCATION), "/sign-in?to=%2Fadmin%2Fplatforms");
    let form = browser.get(asked.header(header::LOCATION)).await;
    assert!(form.body.contains("value=\"/admin/platforms\""), "{}", form.body);
    let fields = [("name", "ADA"), ("password", WORD), ("to", "/admin/platforms")];
    let signed_in = browser.post("/sign-in", &fields).await;
    assert_eq!(signed_in.header(header::LOCATION), "/admin/platforms");
    assert_eq!(browser.get("/admin/platforms").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_sign_in_leads_to_no_other_site() {
    let app = TestApp::new().await;
    ada(&app).await;
    for to in ["https://evil.example/", "//evil.example", "/\\evil.example", "/sign-out"] {
        let fields = [("name", "ada"), ("password", WORD), ("to", to)];
        assert_eq!(app.browser().post("/sign-in", &fields).await.header(header::LOCATION), "/admin", "{to}");
    }
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_get_the_same_answer() {
    let app = TestApp::new().await;
    ada(&app).await;
    let answer = async |name: &str| {
        let answer = app.browser().post("/sign-in", &[("name", name), ("password", "wrong")]).await;
        assert!(answer.header(header::SET_COOKIE).is_empty());
        (answer.status, answer.body.replace(name, "NAME").len())
    };
    let wrong_password = answer("ada").await;
    assert_eq!(wrong_password.0, StatusCode::UNAUTHORIZED);
    assert_eq!(wrong_password, answer("bob").await);
}

#[tokio::test]
async fn guessing_ends_in_a_pause_and_the_right_password_waits_too() {
    let app = TestApp::new().await;
    ada(&app).await;
    let mut browser = app.browser();
    for _ in 0..accounts::throttle::BY_NAME {
        let answer = browser.post("/sign-in", &[("name", "ada"), ("password", "wrong")]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let right = browser.post("/sign-in", &[("name", "ada"), ("password", WORD)]).await;
    assert_eq!(right.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(right.body.contains("one-time link"), "{}", right.body);
    app.clock.advance(accounts::throttle::WINDOW);
    let later = browser.post("/sign-in", &[("name", "ada"), ("password", WORD)]).await;
    assert_eq!(later.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_that_was_planted_is_not_the_one_that_signs_in() {
    let app = TestApp::new().await;
    let mut attacker = ada(&app).await;
    let planted = attacker.cookie.clone();
    let secret = app.invite("bob", Role::Administrator, None).await;
    let mut victim = app.browser();
    victim.cookie.clone_from(&planted);
    victim.post("/sign-in/link", &[("link", &secret)]).await;
    assert_ne!(victim.cookie, planted);
    assert!(victim.get("/account").await.body.contains("bob"));
    assert_eq!(attacker.get("/admin").await.status, StatusCode::SEE_OTHER, "the planted session is over");
    let mut stranger = app.browser();
    stranger.cookie = Some("__Host-ltt-browser=AAAAAAAAAAAAAAAAAAAAAA".to_owned());
    let invented = stranger.cookie.clone();
    let secret = app.invite("bob", Role::Administrator, None).await;
    stranger.post("/sign-in/link", &[("link", &secret)]).await;
    assert_ne!(stranger.cookie, invented, "an id that somebody made up is never taken over");
}

#[tokio::test]
async fn whoever_signs_out_is_out_and_so_is_who_stays_away() {
    let app = TestApp::new().await;
    let mut browser = ada(&app).await;
    let cookie = browser.cookie.clone();
    browser.post("/sign-out", &[]).await;
    let mut copy = app.browser();
    copy.cookie = cookie;
    assert_eq!(copy.get("/admin").await.status, StatusCode::SEE_OTHER);
    let mut idle = app.browser();
    idle.post("/sign-in", &[("name", "ada"), ("password", WORD)]).await;
    assert_eq!(idle.get("/admin").await.status, StatusCode::OK);
    app.clock.advance(TimeDelta::minutes(61));
    assert_eq!(idle.get("/admin").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_password_is_changed_only_by_who_knows_the_present_one() {
    let app = TestApp::new().await;
    let mut browser = ada(&app).await;
    let mut elsewhere = app.browser();
    elsewhere.post("/sign-in", &[("name", "ada"), ("password", WORD)]).await;
    let wrong = browser.post("/account", &[("current", "guess"), ("password", "another horse battery")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("id=\"current-problem\"") && !wrong.body.contains("another horse"), "{}", wrong.body);
    let short = browser.post("/account", &[("current", WORD), ("password", "short")]).await;
    assert!(short.body.contains("id=\"password-problem\""), "{}", short.body);
    let right = browser.post("/account", &[("current", WORD), ("password", "another horse battery")]).await;
    assert_eq!(right.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.get("/account").await.status, StatusCode::OK, "this browser stays");
    assert_eq!(elsewhere.get("/account").await.status, StatusCode::SEE_OTHER, "the others do not");
}

#[tokio::test]
async fn no_input_to_the_door_is_a_fault() {
    let app = TestApp::new().await;
    let long = "x".repeat(password::LONGEST + 1);
    for fields in [
        &[][..],
        &[("name", "")],
        &[("name", "ada"), ("name", "bob"), ("password", "x")],
        &[("name", "\0"), ("password", "\0")],
        &[("name", "ada"), ("password", long.as_str())],
    ] {
        let answer = app.browser().post("/sign-in", fields).await;
        assert!(answer.status.is_client_error(), "{fields:?}: {}", answer.status);
    }
    for cookie in ["__Host-ltt-browser=", "__Host-ltt-browser=%00", "__Host-ltt-browser=../../etc", "=", ";;;"] {
        let mut browser = app.browser();
        browser.cookie = Some(cookie.to_owned());
        assert_eq!(browser.get("/admin").await.status, StatusCode::SEE_OTHER, "{cookie}");
        assert_eq!(browser.get("/").await.status, StatusCode::OK, "{cookie}");
    }
    assert_eq!(app.browser().get("/sign-in?link=a&link=b&to=%FF").await.status, StatusCode::OK);
}

#[test]
fn the_way_after_the_sign_in_stays_in_the_house() {
    for own in ["/admin", "/admin/platforms", "/admin/log?reference=ABCD-EFGH", "/account"] {
        assert_eq!(destination(own), own);
    }
    for foreign in [
        "",
        "https://evil.example/admin",
        "//evil.example/admin",
        "/\\evil.example",
        "/admin\\..\\evil",
        "/admin//evil.example",
        "/administrator",
        "/admin\r\nLocation: https://evil.example",
        "/lti/login",
        "javascript:alert(1)",
    ] {
        assert_eq!(destination(foreign), "/admin", "{foreign}");
    }
}
