//! How platforms' keys are fetched and kept.

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::json;

use super::platform::{JWKS_URL, Stage, jwk, keys, sign_as};
use crate::{HttpError, OwnKey};

/// A stage whose platform publishes these keys, with these headers.
fn stage(published: &[&OwnKey], headers: &[(&'static str, &str)]) -> Stage {
    let stage = Stage::new();
    stage.network.forget(JWKS_URL);
    publish(&stage, published, headers);
    stage
}

fn publish(stage: &Stage, published: &[&OwnKey], headers: &[(&'static str, &str)]) {
    let entries: Vec<_> = published.iter().map(|key| jwk(key)).collect();
    stage.network.answer(JWKS_URL, 200, headers, json!({ "keys": entries }));
}

/// Launches with a token of that key; how it ended, and how often the key set has been asked for.
async fn launch(stage: &Stage, key: &OwnKey) -> (&'static str, usize) {
    launch_as(stage, &key.kid, key).await
}

async fn launch_as(stage: &Stage, kid: &str, key: &OwnKey) -> (&'static str, usize) {
    let attempt = stage.log_in().await;
    let token = sign_as(&json!({"alg": "RS256", "kid": kid}), &stage.claims(&attempt), key);
    let code = stage.post(&attempt, &token).await.map_or_else(|refused| refused.refusal.code(), |_| "good");
    (code, stage.network.times_asked(JWKS_URL))
}

#[tokio::test]
async fn a_key_set_is_fetched_once_for_many_launches_at_once() {
    let stage = stage(&[&keys()[0]], &[]);
    let outcomes = join_all((0..8).map(|_| launch(&stage, &keys()[0]))).await;
    assert!(outcomes.iter().all(|(code, _)| *code == "good"));
    assert_eq!(stage.network.times_asked(JWKS_URL), 1);
}

#[tokio::test]
async fn a_key_set_lives_as_long_as_the_platform_says_within_bounds() {
    for (header, lifetime) in [
        (None, 15 * 60),
        (Some("public, max-age=600"), 600),
        (Some("max-age=5"), 60),
        (Some("max-age=0"), 60),
        (Some("no-cache, max-age=600"), 60),
        (Some("no-store"), 60),
        (Some("max-age=99999999"), 24 * 3600),
        (Some("max-age=soon"), 15 * 60),
    ] {
        let headers: Vec<_> = header.map(|value| ("cache-control", value)).into_iter().collect();
        let stage = stage(&[&keys()[0]], &headers);
        launch(&stage, &keys()[0]).await;
        let stage = stage.later(TimeDelta::seconds(lifetime - 1));
        assert_eq!(launch(&stage, &keys()[0]).await, ("good", 1), "{header:?}");
        let stage = stage.later(TimeDelta::seconds(1));
        assert_eq!(launch(&stage, &keys()[0]).await, ("good", 2), "{header:?}");
    }
}

#[tokio::test]
async fn a_new_key_is_found_by_asking_again_at_once() {
    let stage = stage(&[&keys()[0]], &[]);
    assert_eq!(launch(&stage, &keys()[0]).await, ("good", 1));
    stage.network.forget(JWKS_URL);
    publish(&stage, &[&keys()[0], &keys()[1]], &[]);
    assert_eq!(launch(&stage, &keys()[1]).await, ("good", 2));
}

#[tokio::test]
async fn unknown_names_make_us_ask_again_at_most_every_half_minute() {
    let stage = stage(&[&keys()[0]], &[]);
    assert_eq!(launch(&stage, &keys()[0]).await, ("good", 1));
    assert_eq!(launch_as(&stage, "a", &keys()[0]).await, ("kid_unknown", 2));
    for kid in ["a", "b", "c"] {
        assert_eq!(launch_as(&stage, kid, &keys()[0]).await, ("kid_unknown", 2));
    }
    let stage = stage.later(TimeDelta::seconds(30));
    // The name that was missed is remembered longer, so that it does not use up the look that a new key needs.
    assert_eq!(launch_as(&stage, "a", &keys()[0]).await, ("kid_unknown", 2));
    assert_eq!(launch_as(&stage, "b", &keys()[0]).await, ("kid_unknown", 3));
    let stage = stage.later(TimeDelta::seconds(30));
    assert_eq!(launch_as(&stage, "a", &keys()[0]).await, ("kid_unknown", 4));
    assert_eq!(launch(&stage, &keys()[0]).await, ("good", 4));
}

#[tokio::test]
async fn known_keys_serve_on_for_a_day_when_the_platform_is_down() {
    let stage = stage(&[&keys()[0]], &[]);
    launch(&stage, &keys()[0]).await;
    stage.network.forget(JWKS_URL);
    stage.network.fail(JWKS_URL, HttpError::TimedOut);
    let stage = stage.later(TimeDelta::minutes(15) + TimeDelta::hours(24) - TimeDelta::seconds(1));
    assert_eq!(launch(&stage, &keys()[0]).await, ("good", 2));
    assert_eq!(launch(&stage, &keys()[0]).await, ("good", 2), "the failure is remembered for a moment");
    let stage = stage.later(TimeDelta::seconds(10));
    assert_eq!(launch(&stage, &keys()[0]).await, ("key_set_unavailable", 3));
    stage.network.forget(JWKS_URL);
    publish(&stage, &[&keys()[0]], &[]);
    let stage = stage.later(TimeDelta::seconds(10));
    assert_eq!(launch(&stage, &keys()[0]).await, ("good", 4));
}

#[tokio::test]
async fn a_key_set_that_cannot_be_had_is_told_apart_from_an_unknown_key() {
    for (status, body) in [(500, "oops"), (404, "{}"), (200, "<html>"), (200, "[]"), (200, r#"{"keys": 7}"#)] {
        let stage = stage(&[], &[]);
        stage.network.forget(JWKS_URL);
        stage.network.answer(JWKS_URL, status, &[], body);
        assert_eq!(launch(&stage, &keys()[0]).await.0, "key_set_unavailable", "{status} {body}");
    }
}

#[tokio::test]
async fn entries_that_cannot_be_read_are_skipped() {
    let stage = stage(&[], &[]);
    stage.network.forget(JWKS_URL);
    let encryption = {
        let mut key = jwk(&keys()[1]);
        key["use"] = json!("enc");
        key
    };
    let mut nameless = jwk(&keys()[1]);
    nameless.as_object_mut().unwrap().remove("kid");
    let odd =
        [json!(null), json!(7), json!({"kty": "OKP", "kid": "ed"}), json!({"kty": "RSA", "kid": 7, "n": "!", "e": []})];
    let entries: Vec<_> = odd.into_iter().chain([encryption, nameless, jwk(&keys()[0])]).collect();
    stage.network.answer(JWKS_URL, 200, &[], json!({ "keys": entries }));
    assert_eq!(launch(&stage, &keys()[0]).await.0, "good");
    assert_eq!(launch(&stage, &keys()[1]).await.0, "kid_unknown");
}
