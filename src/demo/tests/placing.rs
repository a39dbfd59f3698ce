//! Deep Linking, with a fake tool on the other side.

use std::collections::HashMap;

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::{Stage, TOOL, signed, text};
use crate::{clock::Clock as _, demo::CLIENT_ID};

/// What a tool answers to a request to choose, as the author's browser brings it.
fn answer(request: &Value, items: &Value, now: i64) -> HashMap<&'static str, String> {
    const LTI: &str = "https://purl.imsglobal.org/spec/lti/claim";
    const DEEP: &str = "https://purl.imsglobal.org/spec/lti-dl/claim";
    let mut claims = json!({ "iss": CLIENT_ID, "aud": request["iss"], "iat": now, "exp": now + 290, "nonce": "n" });
    claims[format!("{LTI}/message_type")] = json!("LtiDeepLinkingResponse");
    claims[format!("{LTI}/version")] = json!("1.3.0");
    claims[format!("{LTI}/deployment_id")] = request[format!("{LTI}/deployment_id")].clone();
    claims[format!("{DEEP}/data")] = request[format!("{DEEP}/deep_linking_settings")]["data"].clone();
    claims[format!("{DEEP}/content_items")] = items.clone();
    HashMap::from([("JWT", signed(TOOL, &claims))])
}

#[tokio::test]
async fn what_the_instructor_chooses_in_the_tool_becomes_activities_that_stay() {
    let stage = Stage::set().await;
    let home = text(stage.get("/").await).await;
    assert!(home.contains(r#"<a class="door quiet" href="/place">Place a task</a>"#), "{home}");
    let request = stage.claims(&stage.authorization_request("/place").await).await;
    let claim = |name: &str| request[format!("https://purl.imsglobal.org/spec/lti/claim/{name}")].clone();
    assert_eq!(claim("message_type"), "LtiDeepLinkingRequest");
    assert_eq!((claim("resource_link"), claim("custom")), (Value::Null, Value::Null));
    let items =
        json!([{ "type": "ltiResourceLink", "title": "<b>Rows</b>", "custom": { "project": "p", "task": "t" } }]);
    let form = answer(&request, &items, stage.clock.now().timestamp());
    let placed = stage.post_form("/placed", &form).await;
    assert_eq!(placed.headers()[header::LOCATION], "/units/placed?as=ruth");
    assert_eq!(stage.post_form("/placed", &form).await.status(), StatusCode::BAD_REQUEST, "a choice is taken once");

    let stage = stage.restarted();
    let unit = text(stage.get("/units/placed?as=mira").await).await;
    assert!(unit.contains("<h2>&lt;b&gt;Rows&lt;/b&gt;</h2>"), "{unit}");
    let (_, rest) = unit.split_once("src=\"/open/placed-").expect("a frame");
    let frame = format!("/open/placed-{}", rest.split('"').next().unwrap_or_default());
    let launch = stage.claims(&stage.authorization_request(&frame).await).await;
    let custom = &launch["https://purl.imsglobal.org/spec/lti/claim/custom"];
    assert_eq!(custom, &json!({ "project": "p", "task": "t" }));
}

#[tokio::test]
async fn a_choice_that_is_not_the_tools_or_was_not_asked_for_places_nothing() {
    let stage = Stage::set().await;
    let request = stage.claims(&stage.authorization_request("/place").await).await;
    let (items, now) = (json!([]), stage.clock.now().timestamp());
    let good = answer(&request, &items, now);
    let mut cut_off = good["JWT"].clone();
    cut_off.truncate(cut_off.len() - 8);
    let mut unasked = request.clone();
    unasked["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"]["data"] = json!("guessed");
    let html = json!([{ "type": "html", "html": "<p>" }]);
    for form in [
        HashMap::new(),
        HashMap::from([("JWT", cut_off)]),
        answer(&unasked, &items, now),
        answer(&request, &items, now - 3600),
        answer(&request, &html, now),
    ] {
        assert_eq!(stage.post_form("/placed", &form).await.status(), StatusCode::BAD_REQUEST);
    }
    assert_eq!(stage.post_form("/placed", &good).await.headers()[header::LOCATION], "/", "nothing was chosen");
}
