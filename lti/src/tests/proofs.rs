//! Launches whose browser refuses the cookie, and proves itself by what it keeps in storage.

use chrono::TimeDelta;
use futures::future::join_all;

use super::platform::{Attempt, CLIENT, ISSUER, LOGIN, Stage, form, sign};
use crate::{Completed, LoginRequest, Refusal, Unproven, memory::Memory};

/// Launches without the cookie.
async fn held(stage: &Stage, attempt: &Attempt) -> Unproven<Memory> {
    let token = sign(&stage.claims(attempt));
    let body = form(&[("state", &attempt.state), ("id_token", &token)]);
    match stage.complete(&body, None).await.expect("a good token") {
        Completed::Unproven(unproven) => *unproven,
        Completed::Launched(_) => panic!("launched without any proof"),
    }
}

async fn refused(stage: &Stage, ticket: &str, secret: &str) -> Refusal {
    stage.tool.prove(ticket, secret, stage.now).await.expect_err("a refusal").refusal
}

#[tokio::test]
async fn a_launch_without_the_cookie_is_good_once_its_storage_secret_is_proved() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let unproven = held(&stage, &attempt).await;
    assert_eq!(unproven.registered.platform.name, "School");
    assert_eq!(unproven.login.login_hint, "user & 99");
    let launch = stage.tool.prove(&unproven.ticket, &attempt.storage_secret, stage.now).await.unwrap();
    assert_eq!(launch.claims.subject.as_deref(), Some("99"));
    assert_eq!(refused(&stage, &unproven.ticket, &attempt.storage_secret).await.code(), "ticket_unknown");
}

#[tokio::test]
async fn none_of_a_logins_other_secrets_is_a_proof_and_a_wrong_one_uses_the_ticket_up() {
    let stage = Stage::new();
    let other = stage.log_in().await;
    for wrong in ["state", "nonce", "cookie", "another login's", "nothing"] {
        let attempt = stage.log_in().await;
        let unproven = held(&stage, &attempt).await;
        let secret = match wrong {
            "state" => &attempt.state,
            "nonce" => &attempt.nonce,
            "cookie" => &attempt.secret,
            "another login's" => &other.storage_secret,
            _ => "",
        };
        assert_eq!(refused(&stage, &unproven.ticket, secret).await.code(), "browser_mismatch", "{wrong}");
        assert_eq!(refused(&stage, &unproven.ticket, &attempt.storage_secret).await.code(), "ticket_unknown");
    }
}

#[tokio::test]
async fn the_storage_secret_is_no_cookie() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let body = form(&[("state", &attempt.state), ("id_token", &sign(&stage.claims(&attempt)))]);
    let refused = stage.complete(&body, Some(&attempt.storage_secret)).await.unwrap_err().refusal;
    assert!(matches!(refused, Refusal::BrowserMismatch { secret_sent: true }));
}

#[tokio::test]
async fn a_proof_has_two_minutes() {
    for (seconds, good) in [(119, true), (120, false)] {
        let stage = Stage::new();
        let attempt = stage.log_in().await;
        let unproven = held(&stage, &attempt).await;
        let later = stage.now + TimeDelta::seconds(seconds);
        let outcome = stage.tool.prove(&unproven.ticket, &attempt.storage_secret, later).await;
        assert_eq!(outcome.map_err(|refused| refused.refusal.code()).err(), (!good).then_some("ticket_expired"));
        assert_eq!(unproven.expires_at, stage.now + TimeDelta::seconds(120));
    }
}

#[tokio::test]
async fn of_proofs_at_once_exactly_one_wins() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let unproven = held(&stage, &attempt).await;
    let prove = || stage.tool.prove(&unproven.ticket, &attempt.storage_secret, stage.now);
    let outcomes = join_all((0..8).map(|_| prove())).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_token_that_is_not_good_is_refused_before_any_proof_is_asked_for() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let mut claims = stage.claims(&attempt);
    claims["aud"] = "tool-2".into();
    let body = form(&[("state", &attempt.state), ("id_token", &sign(&claims))]);
    assert_eq!(stage.complete(&body, None).await.unwrap_err().refusal.code(), "audience_mismatch");

    let attempt = stage.log_in().await;
    let body = form(&[("state", attempt.state.as_str()), ("error", "login_required")]);
    assert_eq!(stage.complete(&body, None).await.unwrap_err().refusal.code(), "platform_error");
}

#[tokio::test]
async fn a_registration_removed_before_the_proof_is_a_refusal() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let unproven = held(&stage, &attempt).await;
    stage.tool.storage().unregister(ISSUER, CLIENT);
    assert_eq!(refused(&stage, &unproven.ticket, &attempt.storage_secret).await.code(), "registration_removed");
}

#[tokio::test]
async fn what_is_held_shows_nothing_of_the_token() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let unproven = held(&stage, &attempt).await;
    let shown = format!("{unproven:?} {:?}", stage.tool.storage());
    assert!(!shown.contains(&unproven.ticket) && !shown.contains("eyJ"), "{shown}");
}

#[tokio::test]
async fn the_platforms_storage_is_remembered_from_the_login_and_a_strange_one_fails_nothing() {
    let stage = Stage::new();
    for (parameter, expected) in [
        ("&lti_storage_target=_parent", Some("_parent")),
        ("&lti_storage_target=post_message_forwarding", Some("post_message_forwarding")),
        ("&lti_storage_target=", None),
        ("&lti_storage_target=a&lti_storage_target=b", None),
        ("&lti_storage_target=%ff", None),
        ("", None),
    ] {
        let request = LoginRequest::parse(format!("{LOGIN}{parameter}").as_bytes()).unwrap();
        let begun = stage.begin(request).await.unwrap();
        assert_eq!(begun.login.storage_target.as_deref(), expected, "{parameter}");
        assert!(!begun.redirect.as_str().contains(&begun.storage_secret), "the platform is not told");
    }
}
