//! A platform's keys while the platform changes them, or cannot be reached.

use chrono::TimeDelta;
use lti::testkit::{Family, SigningKey};

use super::*;
use crate::web::testing::Disturbance;

const DISTURBANCES: [Disturbance; 4] = [Disturbance::Down, Disturbance::Huge, Disturbance::Page, Disturbance::Redirect];

#[tokio::test]
async fn a_platform_that_changes_its_key_launches_on() {
    let app = TestApp::new().await;
    app.open("client-1", json!({})).await;
    app.platform.simulated().rotate(SigningKey::sample(1));
    app.open("client-1", json!({})).await;
    app.platform.simulated().withdraw_old_keys();
    app.clock.advance(TimeDelta::minutes(16));
    app.open("client-1", json!({})).await;

    let login = app.login("client-1").await;
    let claims = app.platform.claims("client-1", &login.nonce, app.now(), &json!({}));
    let old = SigningKey::sample(0).sign(&claims).unwrap();
    let fields = [("id_token", old.as_str()), ("state", login.state.as_str())];
    let answer = app.post_form("/lti/launch", &fields, Some(&login.cookie)).await;
    assert_refused(&app, &answer, StatusCode::UNAUTHORIZED, "kid_unknown").await;
}

#[tokio::test]
async fn known_keys_serve_on_while_a_key_set_cannot_be_had() {
    for disturbance in DISTURBANCES {
        let app = TestApp::new().await;
        app.open("client-1", json!({})).await;
        app.platform.disturb(Some(disturbance));
        for _ in 0..4 {
            app.clock.advance(TimeDelta::minutes(16));
            assert!(app.open("client-1", json!({})).await.session().is_some(), "{disturbance:?}");
        }
        app.platform.simulated().rotate(SigningKey::sample(1));
        let new = app.launch("client-1", json!({})).await;
        assert_refused(&app, &new, StatusCode::UNAUTHORIZED, "key_set_unavailable").await;
        app.platform.disturb(None);
        app.clock.advance(TimeDelta::seconds(10));
        assert!(app.open("client-1", json!({})).await.session().is_some(), "{disturbance:?}");
    }
}

#[tokio::test]
async fn a_first_launch_without_a_key_set_is_refused_and_says_what_the_platform_answered() {
    for disturbance in DISTURBANCES {
        let app = TestApp::new().await;
        app.platform.disturb(Some(disturbance));
        let answer = app.launch("client-1", json!({})).await;
        assert_refused(&app, &answer, StatusCode::UNAUTHORIZED, "key_set_unavailable").await;
        let entry = explained(&app, &answer).await;
        assert!(entry.explanation.contains("/lti/jwks"), "{}", entry.explanation);
    }
}

#[tokio::test]
async fn keys_without_alg_and_use_are_good() {
    let app = TestApp::of(Family::OpenEdx).await;
    let published = app.platform.simulated().key_set();
    assert!(published["keys"][0].get("alg").is_none() && published["keys"][0].get("use").is_none());
    assert!(app.open("client-1", json!({})).await.session().is_some());
}
