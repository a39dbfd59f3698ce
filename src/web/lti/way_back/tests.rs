use axum::http::header;
use serde_json::{Value, json};
use url::Url;

use super::*;
use crate::{
    launch::log,
    web::testing::{Answer, TestApp},
};

const BACK: &str = "https://lms.example/return?course=1&lti_msg=x";

fn presentation(return_url: &str, target: &str) -> Value {
    json!({ "return_url": return_url, "document_target": target, "locale": "de" })
}

/// The changes, with a way back.
fn with_way_back(mut changes: Value) -> Value {
    let claim = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
    changes[claim] = presentation(BACK, "iframe");
    changes
}

fn location(answer: &Answer) -> Option<Url> {
    Url::parse(answer.header(header::LOCATION)).ok()
}

#[tokio::test]
async fn a_refusal_goes_back_to_the_platform_with_a_sentence_and_a_reference() {
    let app = TestApp::new().await;
    for (changes, outcome) in [
        (json!({ "version": "1.4.0" }), "version_unsupported"),
        (json!({ "target_link_uri": "https://evil.example/" }), "target_refused"),
        (json!({ "message_type": "Unheard" }), "message_unsupported"),
    ] {
        let answer = app.launch("client-1", with_way_back(changes)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let location = location(&answer).unwrap();
        assert!(location.as_str().starts_with(BACK), "what the address said stays: {location}");
        let said = |name: &str| location.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        let mut tx = app.services.db.read().await.unwrap();
        let entries = log::newest(&mut tx, 10).await.unwrap();
        let entry = entries.iter().find(|entry| said("lti_errormsg").contains(&entry.reference)).unwrap();
        assert_eq!(entry.outcome, outcome);
        assert!(said("lti_errorlog").contains(outcome) && said("lti_errorlog").contains(&entry.reference));
        assert!(!location.as_str().contains("client-1") && !location.as_str().contains("Ada"));
    }
}

#[tokio::test]
async fn an_unverified_launch_sends_nobody_anywhere() {
    let app = TestApp::new().await;
    let login = app.login("client-1").await;
    let token = app.platform.id_token("client-1", &login.nonce, app.now(), &with_way_back(json!({})));
    let forged = format!("{}AAAA", &token[..token.len() - 4]);
    for (token, cookie) in [(forged.as_str(), Some(login.cookie.as_str())), (token.as_str(), None)] {
        let login = app.login("client-1").await;
        let fields = [("id_token", token), ("state", login.state.as_str())];
        let answer = app.post_form("/lti/launch", &fields, cookie).await;
        assert!(answer.status.is_client_error() && location(&answer).is_none(), "{}", answer.status);
    }
    for changes in [json!({ "nonce": "another" }), json!({ "aud": "client-2" }), json!({ "exp": 1 })] {
        let answer = app.launch("client-1", with_way_back(changes)).await;
        assert!(answer.status.is_client_error() && location(&answer).is_none());
    }
    for bad in ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://", "\r\nSet-Cookie: a=b"] {
        let claim = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
        let answer = app.launch("client-1", json!({ "version": "1.4.0", claim: presentation(bad, "iframe") })).await;
        assert!(answer.status.is_client_error() && location(&answer).is_none(), "{bad}");
    }
}

#[tokio::test]
async fn the_page_leads_back_to_the_course_and_knows_its_language() {
    let app = TestApp::new().await;
    let claim = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
    for (target, opens_in) in [("iframe", "_top"), ("frame", "_top"), ("window", "_self"), ("", "_top")] {
        let page = app.open("client-1", json!({ claim: presentation(BACK, target) })).await;
        let (before, _) = page.body.split_once("Back to your course").unwrap();
        let (_, link) = before.rsplit_once("<a ").unwrap();
        assert!(
            link.contains(&format!("target=\"{opens_in}\"")) && link.contains("https://lms.example/return?course=1"),
            "{link}"
        );
        assert!(page.body.contains("lang=\"de\""), "the learner writes in the course's language");
        assert!(page.body.contains("<html lang=\"en\""), "the page's own words are English");
    }
    let page = app.open("client-1", json!({})).await;
    assert!(!page.body.contains("Back to your course"));
    let page = app.open("client-1", json!({ claim: presentation("javascript:alert(1)", "iframe") })).await;
    assert!(!page.body.contains("Back to your course") && !page.body.contains("javascript:alert"));
}
