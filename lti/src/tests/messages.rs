//! Further messages and claims: submission review, groups, histories of copies, and notices.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    errors::any_json,
    platform::{
        CLIENT, INSTRUCTOR, ISSUER, LEARNER, Stage, TOKEN_URL, encoded, noon, registration, remove, set, sign,
        sign_elliptic, url,
    },
};
use crate::{
    Group, GroupService, GroupSet, Message, Notice, NoticeHandler, NoticeKind, NoticeRefused, NoticeService, Refusal,
    SubmissionReview, history, memory::Memory, roles::CourseRole,
};

const AGS: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
const SETTINGS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
const GROUPS: &str = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice";
const GROUP_SCOPE: &str = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";
const NOTICE_SCOPE: &str = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers";

fn review(claims: &mut Value) {
    set(claims, "message_type", json!("LtiSubmissionReviewRequest"));
    set(claims, "roles", json!([INSTRUCTOR]));
    set(
        claims,
        "for_user",
        json!({"user_id": "42", "name": "Kim Ray", "roles": ["Learner"], "person_sourcedid": "sis-42"}),
    );
    claims[AGS] =
        json!({"scope": [], "lineitems": "https://lms.example/items", "lineitem": "https://lms.example/items/7"});
}

async fn reviewed(edit: impl FnOnce(&mut Value)) -> SubmissionReview {
    let stage = Stage::new();
    let launch = stage.launch_with(|claims| {
        review(claims);
        edit(claims);
    });
    match launch.await.expect("a good review").message {
        Message::SubmissionReview(review) => *review,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_submission_review_names_the_learner_and_the_line_item() {
    let review = reviewed(|_| {}).await;
    assert_eq!(review.for_user.user_id, "42");
    assert_eq!(review.for_user.person.name.as_deref(), Some("Kim Ray"));
    assert_eq!(review.for_user.roles.in_course(), CourseRole::Learner);
    assert_eq!(review.for_user.person_sourcedid.as_deref(), Some("sis-42"));
    assert_eq!(review.line_item.as_str(), "https://lms.example/items/7");
    assert_eq!(review.resource_link.map(|link| link.id).as_deref(), Some("link-1"));
    let bare = reviewed(|claims| {
        remove(claims, "resource_link");
        set(claims, "for_user", json!({"user_id": "42"}));
    });
    let bare = bare.await;
    assert_eq!((bare.resource_link, bare.for_user.person.name), (None, None));
}

#[tokio::test]
async fn a_submission_review_that_does_not_say_whose_or_of_what_is_refused() {
    type Edit = fn(&mut Value);
    let cases: [(&str, Edit); 5] = [
        ("for_user.user_id", |claims| remove(claims, "for_user")),
        ("for_user.user_id", |claims| set(claims, "for_user", json!({"user_id": ""}))),
        ("endpoint.lineitem", |claims| remove(claims, AGS)),
        ("endpoint.lineitem", |claims| claims[AGS]["lineitem"] = Value::Null),
        ("target_link_uri", |claims| remove(claims, "target_link_uri")),
    ];
    for (missing, edit) in cases {
        let stage = Stage::new();
        let refused = stage.launch_with(|claims| {
            review(claims);
            edit(claims);
        });
        let refusal = refused.await.unwrap_err().refusal;
        assert!(matches!(&refusal, Refusal::ClaimsMissing(claims) if *claims == [missing]), "{refusal:?}");
    }
    for line_item in [json!("javascript:alert(1)"), json!(7)] {
        let stage = Stage::new();
        let refusal = stage.refusal(|claims| {
            review(claims);
            claims[AGS]["lineitem"] = line_item;
        });
        assert_eq!(refusal.await, "claim_malformed");
    }
}

#[tokio::test]
async fn a_host_refuses_a_message_that_it_does_not_take_with_all_that_is_known() {
    let launch = Stage::new().launch_with(review).await.unwrap();
    let kind = launch.message.kind();
    let refused = launch.refused(Refusal::MessageUnsupported(kind));
    assert_eq!((refused.refusal.code(), refused.login.is_some()), ("message_unsupported", true));
    assert!(refused.registered.is_some() && refused.clock_difference.is_some());
}

fn stage() -> Stage {
    let stage = Stage::new();
    stage.network.answer(TOKEN_URL, 200, &[], json!({"access_token": "first", "token_type": "bearer"}));
    stage
}

#[tokio::test]
async fn groups_are_read_from_the_claim_and_listed_page_by_page() {
    let stage = stage();
    let launch = stage
        .launch_with(|claims| {
            claims[GROUPS] = json!({"scope": [GROUP_SCOPE], "service_versions": ["1.0"],
                "context_groups_url": "https://lms.example/groups?c=7", "context_group_sets_url": "https://lms.example/sets"});
        })
        .await
        .unwrap();
    let service = launch.claims.group_service.unwrap();
    let asked = "https://lms.example/groups?c=7&user_id=99";
    let next = r#"<https://lms.example/groups?page=2>; rel="next""#;
    let (first, second) = (json!({"id": "1", "name": "Red", "set_id": "a", "tag": null}), json!({"id": "2"}));
    stage.network.answer(asked, 200, &[("link", next)], json!({"id": "x", "groups": [first, {"name": "no id"}]}));
    stage.network.answer("https://lms.example/groups?page=2", 200, &[], json!({"groups": [second]}));
    stage.network.answer("https://lms.example/sets", 200, &[], json!({"sets": [{"id": "a", "name": "Project"}]}));
    let registration = registration(ISSUER, CLIENT);
    let mut groups = stage.tool.groups(&registration, "1", &service, Some("99"), &mut *stage.random()).unwrap();
    let (name, set_id) = (Some("Red".to_owned()), Some("a".to_owned()));
    let red = Group { id: "1".to_owned(), name, tag: None, set_id };
    assert_eq!(groups.next_page(stage.now).await.unwrap(), Some(vec![red]));
    assert_eq!(groups.next_page(stage.now).await.unwrap().unwrap()[0].id, "2");
    assert_eq!(groups.next_page(stage.now).await.unwrap(), None);
    let mut sets = stage.tool.group_sets(&registration, "1", &service, &mut *stage.random()).unwrap();
    let project = GroupSet { id: "a".to_owned(), name: Some("Project".to_owned()) };
    assert_eq!(sets.next_page(stage.now).await.unwrap(), Some(vec![project]));
    let accepted: Vec<_> = {
        let asked = stage.network.asked();
        asked
            .iter()
            .filter(|request| request.url.path() != "/lti/token")
            .map(|request| request.headers.get("accept").cloned())
            .collect()
    };
    assert_eq!(accepted[1], accepted[2]);
    assert_eq!(accepted[1].as_ref().unwrap(), "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json");
    assert_eq!(accepted[3].as_ref().unwrap(), "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json");

    let nothing = GroupService { scopes: Vec::new(), ..service.clone() };
    let fault = stage.tool.groups(&registration, "1", &nothing, None, &mut *stage.random()).err().unwrap();
    assert_eq!(fault.code(), "scope_not_granted");
    let no_sets = GroupService { context_group_sets_url: None, ..service };
    let fault = stage.tool.group_sets(&registration, "1", &no_sets, &mut *stage.random()).err().unwrap();
    assert_eq!(fault.code(), "service_not_offered");
}

#[tokio::test]
async fn a_copy_tells_what_it_was_copied_from_the_latest_first() {
    let (context, link) = (history::CONTEXT_HISTORY.0, history::RESOURCE_LINK_HISTORY.0);
    for (value, expected) in [
        (json!("course-3,course-2"), &["course-3", "course-2"][..]),
        (json!(" course-v1%3AOrg%2BC%2BR , a%2Cb,, course-1 "), &["course-v1:Org+C+R", "a,b"]),
        (json!("$Context.id.history"), &[]),
        (json!(""), &[]),
        (json!("%ff%zz"), &["\u{fffd}%zz"]),
    ] {
        let stage = Stage::new();
        let launch = stage.launch_with(|claims| set(claims, "custom", json!({context: value, link: value})));
        let claims = launch.await.unwrap().claims;
        assert_eq!(claims.context_history(), expected, "without the course itself, `course-1`");
        assert_eq!(claims.resource_link_history("course-1"), expected);
    }
    let claims = Stage::new().launch_with(|_| {}).await.unwrap().claims;
    assert_eq!(claims.context_history(), Vec::<String>::new());
}

/// The claims of Canvas' notice of a copy.
fn copy_notice() -> Value {
    let mut claims = json!({
        "iss": ISSUER, "aud": CLIENT, "azp": CLIENT, "nonce": "nonce-1",
        "iat": noon().timestamp(), "exp": noon().timestamp() + 3600,
    });
    for (name, value) in [
        ("version", json!("1.3.0")),
        ("deployment_id", json!("1")),
        ("notice", json!({"id": "notice-1", "timestamp": "2026-11-20T11:59:00Z", "type": "LtiContextCopyNotice"})),
        ("context", json!({"id": "new", "label": "N", "title": "New Course", "type": ["CourseOffering"]})),
        ("origin_contexts", json!(["old"])),
    ] {
        set(&mut claims, name, value);
    }
    claims
}

type Judged = Result<Notice<Memory>, NoticeRefused>;

async fn post(stage: &Stage, tokens: &[String]) -> Vec<Judged> {
    let notices: Vec<Value> = tokens.iter().map(|token| json!({"jwt": token})).collect();
    let body = json!({"notices": notices}).to_string();
    stage.tool.notices(body.as_bytes(), stage.now).await.expect("a list")
}

async fn notice(edit: impl FnOnce(&mut Value)) -> Judged {
    let mut claims = copy_notice();
    edit(&mut claims);
    post(&Stage::new(), &[sign(&claims)]).await.remove(0)
}

#[tokio::test]
async fn a_notice_of_a_copied_course_is_verified_and_typed() {
    let notice = notice(|_| {}).await.unwrap();
    assert_eq!(notice.kind, NoticeKind::ContextCopy { origins: vec!["old".to_owned()] });
    assert_eq!((notice.id.as_str(), notice.deployment.as_str()), ("notice-1", "1"));
    assert_eq!(notice.registered.registration.client_id, CLIENT);
    let context = notice.context.unwrap();
    assert_eq!((context.id.as_str(), context.title.as_deref()), ("new", Some("New Course")));
    assert_eq!(notice.happened_at, Some(noon() - TimeDelta::minutes(1)));
    assert!(notice.until > noon() + TimeDelta::hours(1));

    let hello = json!({"id": "2", "type": "LtiHelloWorldNotice"});
    assert_eq!(self::notice(|claims| set(claims, "notice", hello)).await.unwrap().kind, NoticeKind::HelloWorld);
    let future = json!({"id": "3", "type": "LtiFutureNotice", "timestamp": 7});
    let future = self::notice(|claims| set(claims, "notice", future)).await.unwrap();
    assert_eq!((future.kind.name(), future.happened_at), ("LtiFutureNotice", None));
    let unsaid = self::notice(|claims| remove(claims, "origin_contexts")).await.unwrap();
    assert_eq!(unsaid.kind, NoticeKind::ContextCopy { origins: Vec::new() });
}

#[tokio::test]
async fn a_notice_that_is_sent_again_is_known_by_its_nonce() {
    let stage = Stage::new();
    let (first, mut other) = (sign(&copy_notice()), copy_notice());
    other["nonce"] = json!("nonce-2");
    let judged = post(&stage, &[first.clone(), first.clone(), sign(&other)]).await;
    let once: Vec<_> = judged.into_iter().map(|notice| notice.unwrap().once).collect();
    assert!(once[0] == once[1] && once[0] != once[2]);

    let until = post(&stage, std::slice::from_ref(&first)).await.remove(0).unwrap().until;
    let stage = stage.later(until - noon());
    assert_eq!(
        post(&stage, &[first]).await.remove(0).unwrap_err().code(),
        "token_expired",
        "so it need not be remembered"
    );
}

#[tokio::test]
async fn a_notice_is_judged_as_strictly_as_a_launch_and_each_by_itself() {
    type Edit = fn(&mut Value);
    let cases: [(&str, Edit); 14] = [
        ("registration_unknown", |claims| claims["iss"] = json!("https://evil.example")),
        ("registration_unknown", |claims| claims["aud"] = json!("another")),
        ("registration_unknown", |claims| claims["aud"] = json!([CLIENT, "another"])),
        ("registration_unknown", |claims| remove(claims, "aud")),
        ("azp_mismatch", |claims| claims["azp"] = json!("another")),
        ("claim_missing", |claims| remove(claims, "nonce")),
        ("claim_missing", |claims| remove(claims, "notice")),
        ("claim_missing", |claims| set(claims, "notice", json!({"id": "1"}))),
        ("claim_missing", |claims| remove(claims, "deployment_id")),
        ("version_unsupported", |claims| set(claims, "version", json!("1.1"))),
        ("deployment_unknown", |claims| set(claims, "deployment_id", json!("2"))),
        ("token_expired", |claims| claims["exp"] = json!(noon().timestamp() - 61)),
        ("token_too_old", |claims| claims["iat"] = json!(noon().timestamp() - 24 * 3600 - 61)),
        ("token_from_future", |claims| claims["iat"] = json!(noon().timestamp() + 61)),
    ];
    for (code, edit) in cases {
        let refused = notice(edit).await.unwrap_err();
        assert_eq!(refused.code(), code);
        assert!(!refused.rule().is_empty() && !refused.to_string().is_empty());
    }
    assert!(notice(|claims| claims["aud"] = json!([CLIENT])).await.is_ok());
    assert!(
        notice(|claims| claims["iat"] = json!(noon().timestamp() - 23 * 3600)).await.is_ok(),
        "sent again for a day"
    );

    let good = sign(&copy_notice());
    let changed = format!("{}.{}.{}", good.split('.').next().unwrap(), encoded(&copy_notice()), "c2ln");
    let unsigned = format!("{}.{}.", encoded(&json!({"alg": "none", "kid": "k"})), encoded(&copy_notice()));
    let tokens = [changed, unsigned, sign_elliptic(&copy_notice()), "no token".to_owned(), String::new(), good];
    let codes: Vec<_> = post(&Stage::new(), &tokens)
        .await
        .into_iter()
        .map(|notice| notice.map_or_else(|refused| refused.code(), |_| "good"))
        .collect();
    assert_eq!(
        codes,
        ["signature_invalid", "alg_refused", "alg_refused", "token_malformed", "token_malformed", "good"]
    );
}

#[tokio::test]
async fn a_launchs_token_is_no_notice() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let token = sign(&stage.claims(&attempt));
    assert_eq!(post(&stage, &[token]).await.remove(0).unwrap_err().code(), "claim_missing");
}

#[tokio::test]
async fn what_is_no_list_of_notices_is_refused_as_a_whole() {
    let stage = Stage::new();
    for body in ["", "no json", "[]", "{}", r#"{"notices": {}}"#, r#"{"notices": null}"#] {
        assert_eq!(
            stage.tool.notices(body.as_bytes(), stage.now).await.unwrap_err().code(),
            "notices_malformed",
            "{body}"
        );
    }
    assert!(stage.tool.notices(br#"{"notices": []}"#, stage.now).await.unwrap().is_empty());
    let many = json!({"notices": vec![json!({}); 101]}).to_string();
    assert_eq!(stage.tool.notices(many.as_bytes(), stage.now).await.unwrap_err().code(), "notices_too_many");
    let large = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(stage.tool.notices(&large, stage.now).await.unwrap_err().code(), "notices_too_many");
    let odd = stage.tool.notices(br#"{"notices": [7, {"jwt": 7}, null]}"#, stage.now).await.unwrap();
    assert!(odd.iter().all(|notice| notice.as_ref().is_err_and(|refused| refused.code() == "token_malformed")));
    assert_eq!(stage.network.asked().len(), 0, "no key set is fetched for any of it");
}

#[tokio::test]
async fn the_platform_is_told_where_notices_go() {
    let stage = stage();
    let launch = stage
        .launch_with(|claims| {
            set(claims, "roles", json!([LEARNER]));
            let service = json!({"service_versions": ["1.0"], "platform_notification_service_url": "https://lms.example/pns",
                "scope": [NOTICE_SCOPE], "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice"]});
            set(claims, "platformnotificationservice", service);
        })
        .await
        .unwrap();
    let service = launch.claims.notice_service.unwrap();
    assert!(service.notice_types_supported.iter().any(|kind| kind == NoticeKind::CONTEXT_COPY));
    stage.network.answer("https://lms.example/pns", 200, &[], json!({}));
    let (registration, address) = (registration(ISSUER, CLIENT), url("https://tool.example/lti/notices"));
    for (address, written) in [(Some(&address), "https://tool.example/lti/notices"), (None, "")] {
        let handler = NoticeHandler { kind: NoticeKind::CONTEXT_COPY, address };
        let setting =
            stage.tool.set_notice_handler(&registration, "1", &service, handler, stage.now, &mut *stage.random());
        setting.await.unwrap();
        let request = stage.network.asked().last().unwrap().clone();
        assert_eq!(
            (request.method.as_str(), &request.headers["content-type"]),
            ("PUT", &"application/json".parse().unwrap())
        );
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body, json!({"notice_type": "LtiContextCopyNotice", "handler": written}));
    }
    let nothing = NoticeService { scopes: Vec::new(), ..service };
    let handler = NoticeHandler { kind: NoticeKind::CONTEXT_COPY, address: None };
    let setting = stage.tool.set_notice_handler(&registration, "1", &nothing, handler, stage.now, &mut *stage.random());
    assert_eq!(setting.await.unwrap_err().code(), "scope_not_granted");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(64))]

    #[test]
    fn no_message_and_no_notice_makes_it_panic(value in any_json(), other in any_json(), member in "[a-z_]{0,4}|user_id|lineitem|data|accept_types|id|type") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let stage = Stage::new();
        for message in ["LtiDeepLinkingRequest", "LtiSubmissionReviewRequest"] {
            let launch = stage.launch_with(|claims| {
                review(claims);
                set(claims, "message_type", json!(message));
                claims[SETTINGS] = json!({"deep_link_return_url": "https://lms.example/", "accept_types": []});
                for claim in [SETTINGS, AGS, GROUPS, "https://purl.imsglobal.org/spec/lti/claim/for_user"] {
                    claims[claim][&member] = value.clone();
                }
                set(claims, "platformnotificationservice", other.clone());
            });
            let _ = runtime.block_on(launch).map_err(|refused| refused.refusal.explanation());
        }
        let mut claims = copy_notice();
        claims["https://purl.imsglobal.org/spec/lti/claim/notice"][&member] = value.clone();
        set(&mut claims, "origin_contexts", other.clone());
        set(&mut claims, "context", value);
        let _ = runtime.block_on(post(&stage, &[sign(&claims), other.to_string()]));
        let _ = runtime.block_on(stage.tool.notices(other.to_string().as_bytes(), stage.now));
    }
}
