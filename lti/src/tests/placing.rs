//! Deep linking: what the platform asks for, and what it gets back. The first seven are the certification suite's; what an
//! author sees of it (D07) is for people to judge.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::platform::{CLIENT, INSTRUCTOR, ISSUER, LEARNER, Stage, noon, registration, remove, set, url};
use crate::{
    ContentItem, DeepLinkingAnswer, DeepLinkingRefused, DeepLinkingRequest, Embed, FileItem, Frame, HtmlItem,
    ImageItem, ItemKind, LinkItem, Message, Period, Picture, PlacedLineItem, ResourceLinkItem, SignedAnswer, Window,
};

const SETTINGS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
const RESPONSE: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/";

/// Turns a launch into the certification suite's request.
fn deep_linking(settings: Value) -> impl FnOnce(&mut Value) {
    move |claims| {
        set(claims, "message_type", json!("LtiDeepLinkingRequest"));
        set(claims, "roles", json!([INSTRUCTOR]));
        set(claims, "launch_presentation", json!({"document_target": "window", "width": 480, "height": 360}));
        for name in ["target_link_uri", "resource_link", "locale"] {
            remove(claims, name);
        }
        claims[SETTINGS] = settings;
    }
}

fn settings() -> Value {
    json!({
        "deep_link_return_url": "https://lms.example/deep/return?course=7&x=%20",
        "accept_types": ["link", "file", "html", "ltiResourceLink"],
        "accept_media_types": "image/*,*/*,text/html, application/pdf",
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": true,
        "auto_create": true,
        "title": "This is the default title",
        "text": "This is the default text",
        "data": "909708",
    })
}

async fn request_with(edit: impl FnOnce(&mut Value)) -> DeepLinkingRequest {
    let mut settings = settings();
    edit(&mut settings);
    match Stage::new().launch_with(deep_linking(settings)).await.expect("a good request").message {
        Message::DeepLinking(request) => *request,
        other => panic!("{other:?}"),
    }
}

async fn request() -> DeepLinkingRequest {
    request_with(|_| {}).await
}

async fn answer(
    stage: &Stage,
    request: &DeepLinkingRequest,
    answer: &DeepLinkingAnswer,
) -> Result<SignedAnswer, DeepLinkingRefused> {
    let registration = registration(ISSUER, CLIENT);
    let signing = stage.tool.answer_deep_linking(&registration, "1", request, answer, stage.now, &mut *stage.random());
    signing.await
}

fn choosing(items: impl IntoIterator<Item = ContentItem>) -> DeepLinkingAnswer {
    DeepLinkingAnswer { items: items.into_iter().collect(), ..DeepLinkingAnswer::default() }
}

async fn signed(items: impl IntoIterator<Item = ContentItem>) -> SignedAnswer {
    answer(&Stage::new(), &request().await, &choosing(items)).await.expect("an answer")
}

async fn refusal(request: &DeepLinkingRequest, items: impl IntoIterator<Item = ContentItem>) -> &'static str {
    let refused = answer(&Stage::new(), request, &choosing(items)).await.expect_err("a refusal");
    assert!(!refused.explanation().is_empty() && !refused.rule().is_empty());
    refused.code()
}

fn task() -> ContentItem {
    ContentItem::ResourceLink(ResourceLinkItem { title: Some("Task".to_owned()), ..ResourceLinkItem::default() })
}

fn graded(score_maximum: f64) -> ContentItem {
    let line_item = PlacedLineItem { score_maximum, ..PlacedLineItem::default() };
    ContentItem::ResourceLink(ResourceLinkItem { line_item: Some(line_item), ..ResourceLinkItem::default() })
}

fn page() -> ContentItem {
    let url = url("https://tool.example/page");
    ContentItem::Link(LinkItem {
        url,
        title: None,
        text: None,
        icon: None,
        thumbnail: None,
        embed: None,
        window: None,
        iframe: None,
    })
}

fn part(jwt: &str, at: usize) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

fn items(signed: &SignedAnswer) -> Value {
    part(&signed.jwt, 1)[format!("{RESPONSE}content_items")].take()
}

#[tokio::test]
async fn d01_a_request_without_target_and_resource_link_is_taken_with_all_its_settings() {
    let launch = Stage::new().launch_with(deep_linking(settings())).await.unwrap();
    assert_eq!(launch.target_link_uri.as_str(), "https://tool.example/activity", "the login's, since none is signed");
    assert_eq!(launch.claims.launch_presentation.width, Some(480));
    assert_eq!(launch.message.kind().name(), "LtiDeepLinkingRequest");
    let request = request().await;
    assert_eq!(
        request,
        DeepLinkingRequest {
            return_url: url("https://lms.example/deep/return?course=7&x=%20"),
            accept_types: ["link", "file", "html", "ltiResourceLink"].map(str::to_owned).to_vec(),
            accept_media_types: ["image/*", "*/*", "text/html", "application/pdf"].map(str::to_owned).to_vec(),
            accept_targets: ["iframe", "window"].map(str::to_owned).to_vec(),
            accept_multiple: true,
            accept_line_item: None,
            auto_create: true,
            title: Some("This is the default title".to_owned()),
            text: Some("This is the default text".to_owned()),
            data: Some(json!("909708")),
        }
    );
    let kept = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<DeepLinkingRequest>(&kept).unwrap(), request, "a host can keep it as JSON");
}

#[tokio::test]
async fn d01_a_request_lacking_what_an_answer_needs_is_refused_by_name() {
    for (member, missing) in [
        ("deep_link_return_url", "deep_linking_settings.deep_link_return_url"),
        ("accept_types", "deep_linking_settings.accept_types"),
    ] {
        for value in [Value::Null, json!("")] {
            let mut settings = settings();
            settings[member] = value;
            let refusal = Stage::new().launch_with(deep_linking(settings)).await.unwrap_err().refusal;
            assert!(refusal.explanation().contains(missing), "{refusal}");
        }
    }
    for address in ["javascript:alert(1)", "/relative", "data:text/html,x", "https://"] {
        let mut settings = settings();
        settings["deep_link_return_url"] = json!(address);
        let refusal = Stage::new().refusal(deep_linking(settings)).await;
        assert_eq!(refusal, "claim_malformed", "{address}");
    }
    let elsewhere = |claims: &mut Value| {
        deep_linking(settings())(claims);
        set(claims, "target_link_uri", json!("https://evil.example/"));
    };
    assert_eq!(Stage::new().refusal(elsewhere).await, "target_refused", "a signed target is looked at all the same");
}

#[tokio::test]
async fn d02_an_answer_goes_to_the_exact_return_address_in_a_form_of_one_field() {
    let signed = signed([task()]).await;
    assert_eq!(signed.url.as_str(), "https://lms.example/deep/return?course=7&x=%20");
    assert_eq!(SignedAnswer::FIELD, "JWT");
    assert!(!format!("{signed:?}").contains(&signed.jwt), "the token is not written out");
}

#[tokio::test]
async fn d03_an_answer_says_what_it_is() {
    let claims = part(&signed([task()]).await.jwt, 1);
    let claim = |name: &str| claims[format!("https://purl.imsglobal.org/spec/lti/claim/{name}")].clone();
    assert_eq!((claim("message_type"), claim("version")), (json!("LtiDeepLinkingResponse"), json!("1.3.0")));
}

#[tokio::test]
async fn d04_an_answer_lives_less_than_five_minutes_and_is_backdated_for_clocks_behind() {
    let claims = part(&signed([task()]).await.jwt, 1);
    let (issued, expires) = (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap());
    assert_eq!(issued, noon().timestamp() - 5);
    assert!(expires - issued <= 300 && expires > noon().timestamp() + 240);
}

#[tokio::test]
async fn d05_an_answer_is_signed_by_a_published_key() {
    let stage = Stage::new();
    let jwt = answer(&stage, &request().await, &choosing([task()])).await.unwrap().jwt;
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let published = stage.tool.public_keys().await.unwrap();
    assert_eq!(part(&jwt, 0)["alg"], "RS256");
    assert_eq!(part(&jwt, 0)["kid"], published["keys"][0]["kid"]);
    let key: jsonwebtoken::jwk::Jwk = serde_json::from_value(published["keys"][0].clone()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
    let algorithm = jsonwebtoken::Algorithm::RS256;
    assert!(jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, algorithm).unwrap());
}

#[tokio::test]
async fn d06_an_answer_has_every_claim_and_the_platforms_data_byte_for_byte() {
    let stage = Stage::new();
    let (request, chosen) = (request().await, choosing([task()]));
    let claims = part(&answer(&stage, &request, &chosen).await.unwrap().jwt, 1);
    assert_eq!((&claims["iss"], &claims["aud"]), (&json!(CLIENT), &json!(ISSUER)));
    assert_eq!(claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"], "1");
    assert_eq!(claims["nonce"].as_str().unwrap().len(), 43);
    let again = part(&answer(&stage, &request, &chosen).await.unwrap().jwt, 1);
    assert_ne!(claims["nonce"], again["nonce"]);
    for data in [json!("909708"), json!("csrf:\u{0}\u{7f} \"é\" 🎓 \\u0000 "), json!(""), json!({"a": [1, 2.5, null]})]
    {
        let request = request_with(|settings| settings["data"] = data.clone()).await;
        let kept = serde_json::from_str(&serde_json::to_string(&request).unwrap()).unwrap();
        let claims = part(&answer(&stage, &kept, &chosen).await.unwrap().jwt, 1);
        assert_eq!(claims[format!("{RESPONSE}data")], data);
    }
    let request = request_with(|settings| settings["data"] = Value::Null).await;
    let claims = part(&answer(&stage, &request, &chosen).await.unwrap().jwt, 1);
    assert!(claims.get(format!("{RESPONSE}data")).is_none(), "what did not come does not go back");
}

#[tokio::test]
async fn d08_what_the_platform_does_not_take_is_refused_before_it_is_sent() {
    let request = request().await;
    let image = Picture { url: url("https://tool.example/a.png"), width: Some(10), height: None };
    let image = ImageItem { image, title: None, text: None, icon: None, thumbnail: None };
    assert_eq!(refusal(&request, [ContentItem::Image(image)]).await, "type_not_accepted");
    assert!(answer(&Stage::new(), &request, &choosing([task(), page()])).await.is_ok());
    for one in [json!(false), json!("false"), json!("False "), Value::Null, json!(7)] {
        let request = request_with(|settings| settings["accept_multiple"] = one.clone()).await;
        assert_eq!(refusal(&request, [task(), task()]).await, "multiple_not_accepted", "{one}");
        assert!(answer(&Stage::new(), &request, &choosing([task()])).await.is_ok());
    }
    for many in [json!(true), json!("true"), json!(" TRUE")] {
        let request = request_with(|settings| settings["accept_multiple"] = many.clone()).await;
        assert!(answer(&Stage::new(), &request, &choosing([task(), task()])).await.is_ok(), "{many}");
    }
    assert!(request.accepts_media_type("image/png"), "`*/*` is among them");
    let request = request_with(|settings| settings["accept_media_types"] = json!("image/*, Text/HTML")).await;
    assert!(request.accepts_media_type("image/svg+xml") && request.accepts_media_type("text/html"));
    assert!(!request.accepts_media_type("text/plain"));
}

#[tokio::test]
async fn d09_a_line_item_needs_points_and_a_platform_that_makes_it() {
    let request = request().await;
    for maximum in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(refusal(&request, [graded(maximum)]).await, "score_maximum_invalid");
    }
    for no in [json!(false), json!("false")] {
        let request = request_with(|settings| settings["accept_lineitem"] = no).await;
        assert_eq!(refusal(&request, [graded(1.0)]).await, "line_item_not_accepted");
        assert!(answer(&Stage::new(), &request, &choosing([task()])).await.is_ok());
    }
    for yes in [json!(true), json!("true"), Value::Null] {
        let request = request_with(|settings| settings["accept_lineitem"] = yes).await;
        assert!(answer(&Stage::new(), &request, &choosing([graded(1.0)])).await.is_ok());
    }
    assert_eq!(items(&signed([graded(12.0), graded(12.5)]).await)[0]["lineItem"], json!({"scoreMaximum": 12}));
    assert_eq!(items(&signed([graded(12.5)]).await)[0]["lineItem"], json!({"scoreMaximum": 12.5}));
}

#[tokio::test]
async fn d10_a_launch_of_what_was_placed_brings_its_parameters_back_as_text() {
    let launch = Stage::new()
        .launch_with(|claims| {
            let institution = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student";
            set(claims, "roles", json!([LEARNER, institution]));
            set(claims, "custom", json!({"task": "essay", "points": 12, "options": {"hints": true}, "none": null}));
            set(claims, "target_link_uri", json!("https://tool.example/activity/essay"));
        })
        .await
        .unwrap();
    let custom = &launch.claims.custom;
    assert_eq!((&*custom["task"], &*custom["points"], &*custom["options"]), ("essay", "12", r#"{"hints":true}"#));
    assert!(!custom.contains_key("none"));
    assert_eq!(launch.target_link_uri.as_str(), "https://tool.example/activity/essay");
    assert_eq!(launch.warnings, [crate::Warning::TargetDiffersFromLogin]);
}

#[tokio::test]
async fn d11_a_cancellation_is_an_answer_without_items_and_with_a_message() {
    let cancelled = DeepLinkingAnswer {
        message: Some("Nothing was chosen.".to_owned()),
        log: Some("cancelled".to_owned()),
        ..DeepLinkingAnswer::default()
    };
    let signed = answer(&Stage::new(), &request().await, &cancelled).await.unwrap();
    assert_eq!(items(&signed), json!([]));
    let claims = part(&signed.jwt, 1);
    assert_eq!(claims[format!("{RESPONSE}msg")], "Nothing was chosen.");
    assert_eq!(claims[format!("{RESPONSE}log")], "cancelled");
    assert_eq!(claims[format!("{RESPONSE}data")], "909708");
    let failed = DeepLinkingAnswer {
        error_message: Some("The project is gone.".to_owned()),
        error_log: Some("project 7: 404".to_owned()),
        ..DeepLinkingAnswer::default()
    };
    let claims = part(&answer(&Stage::new(), &request().await, &failed).await.unwrap().jwt, 1);
    assert_eq!(claims[format!("{RESPONSE}errormsg")], "The project is gone.");
    assert_eq!(claims[format!("{RESPONSE}errorlog")], "project 7: 404");
    assert!(claims.get(format!("{RESPONSE}msg")).is_none());
}

#[tokio::test]
async fn d12_a_place_that_takes_no_launches_is_told_apart_and_explained() {
    let request = request_with(|settings| settings["accept_types"] = json!(["link", "html", "future"])).await;
    assert!(!request.accepts(ItemKind::ResourceLink) && request.accepts(ItemKind::Link));
    let refused = answer(&Stage::new(), &request, &choosing([task()])).await.unwrap_err();
    insta::assert_snapshot!(
        format!("{} ({}): {refused}", refused.code(), refused.rule()),
        @"type_not_accepted (Deep Linking 2.0 §4.4.1): The platform takes no `ltiResourceLink` here, only `link`, `html`, `future`. Open the tool from a place in the course that does."
    );
    assert!(answer(&Stage::new(), &request, &choosing([page()])).await.is_ok());
    assert!(answer(&Stage::new(), &request, &choosing([])).await.is_ok(), "cancelling is always possible");
    let nothing = request_with(|settings| settings["accept_types"] = json!([])).await;
    assert_eq!(refusal(&nothing, [page()]).await, "type_not_accepted");
}

#[tokio::test]
async fn every_kind_of_item_is_written_as_the_specification_spells_it() {
    let picture = || Some(Picture { url: url("https://tool.example/icon.png"), width: Some(50), height: Some(60) });
    let period = Some(Period { start_date_time: Some(noon()), end_date_time: None });
    let link = ResourceLinkItem {
        url: Some(url("https://tool.example/activity")),
        title: Some("Essay".to_owned()),
        text: Some("Write one".to_owned()),
        icon: picture(),
        thumbnail: picture(),
        custom: [("task".to_owned(), "essay".to_owned()), ("empty".to_owned(), String::new())].into(),
        line_item: Some(PlacedLineItem {
            score_maximum: 12.0,
            label: Some("Essay".to_owned()),
            resource_id: Some("essay-1".to_owned()),
            tag: Some("grade".to_owned()),
            grades_released: Some(true),
        }),
        window: Some(Window { target_name: Some("essay".to_owned()), width: Some(800), ..Window::default() }),
        iframe: Some(Frame { width: Some(800), height: Some(600), src: None }),
        available: period,
        submission: period,
    };
    let page = LinkItem {
        url: url("https://tool.example/page"),
        title: Some("Page".to_owned()),
        text: None,
        icon: None,
        thumbnail: None,
        embed: Some(Embed { html: "<b>page</b>".to_owned() }),
        window: None,
        iframe: Some(Frame { src: Some(url("https://tool.example/frame")), width: None, height: None }),
    };
    let html = HtmlItem { html: "<p>text</p>".to_owned(), title: None, text: None };
    let file = FileItem {
        url: url("https://tool.example/file.pdf"),
        title: Some("File".to_owned()),
        text: None,
        icon: None,
        thumbnail: None,
        expires_at: Some(noon()),
    };
    let image = ImageItem { image: picture().unwrap(), title: None, text: None, icon: None, thumbnail: None };
    let items = [
        ContentItem::ResourceLink(link),
        ContentItem::Link(page),
        ContentItem::Html(html),
        ContentItem::File(file),
        ContentItem::Image(image),
    ];
    insta::assert_json_snapshot!(items);
}
