//! What every tool meets beyond the certification suite (X).

use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};

use super::platform::{CLAIM, CLIENT, ISSUER, LEARNER, LOGIN, Stage, form, registration, remove, set, sign};
use crate::{LoginRequest, Refusal, Warning, memory::NewDeployments, roles::CourseRole};

#[tokio::test]
async fn x05_a_token_for_another_client_of_the_issuer_is_refused() {
    assert_eq!(Stage::new().refusal(|claims| claims["aud"] = json!("tool-2")).await, "audience_mismatch");
}

#[tokio::test]
async fn x06_an_audience_of_one_in_a_list_is_good() {
    assert!(Stage::new().launch_with(|claims| claims["aud"] = json!([CLIENT])).await.is_ok());
}

#[tokio::test]
async fn x07_further_audiences_are_refused() {
    for audience in
        [json!([CLIENT, "other"]), json!(["other", CLIENT]), json!([CLIENT, 7]), json!([]), json!({}), json!(7)]
    {
        let refused = Stage::new()
            .refusal(|claims| {
                claims["aud"] = audience;
                claims["azp"] = json!(CLIENT);
            })
            .await;
        assert_eq!(refused, "audience_mismatch");
    }
}

#[tokio::test]
async fn x08_another_authorized_party_is_refused() {
    assert_eq!(Stage::new().refusal(|claims| claims["azp"] = json!("tool-2")).await, "azp_mismatch");
    assert_eq!(Stage::new().refusal(|claims| claims["azp"] = json!(["tool-1"])).await, "azp_mismatch");
    assert!(Stage::new().launch_with(|claims| claims["azp"] = json!(CLIENT)).await.is_ok());
}

#[tokio::test]
async fn x09_of_launches_at_once_with_one_login_exactly_one_wins() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let token = sign(&stage.claims(&attempt));
    let outcomes = join_all((0..8).map(|_| stage.post(&attempt, &token))).await;
    let refusals: Vec<_> = outcomes.into_iter().filter_map(Result::err).map(|refused| refused.refusal.code()).collect();
    assert_eq!(refusals, ["state_unknown"; 7]);
    assert_eq!(stage.post(&attempt, &token).await.unwrap_err().refusal.code(), "state_unknown");
}

#[tokio::test]
async fn x10_a_nonce_of_another_login_is_refused() {
    let stage = Stage::new();
    let (mine, other) = (stage.log_in().await, stage.log_in().await);
    let outcome = stage.launch(&mine, &stage.claims(&other)).await;
    assert_eq!(outcome.unwrap_err().refusal.code(), "nonce_mismatch");
    assert_eq!(Stage::new().refusal(|claims| claims["nonce"] = json!(7)).await, "nonce_mismatch");
    assert_eq!(Stage::new().refusal(|claims| remove(claims, "nonce")).await, "claim_missing");
}

#[tokio::test]
async fn x11_a_state_that_is_unknown_expired_or_from_another_browser_is_refused() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let body = form(&[("state", &attempt.state), ("id_token", &sign(&stage.claims(&attempt)))]);

    let unknown = stage.post_form(&form(&[("state", "made-up"), ("id_token", "x")]), Some(&attempt.secret)).await;
    assert_eq!(unknown.unwrap_err().refusal.code(), "state_unknown");

    let foreign = stage.post_form(&body, Some("another browser's secret")).await.unwrap_err();
    assert!(matches!(foreign.refusal, Refusal::BrowserMismatch { secret_sent: true }));
    assert_eq!(stage.post_form(&body, Some(&attempt.secret)).await.unwrap_err().refusal.code(), "state_unknown");

    let attempt = stage.log_in().await;
    let stage = stage.later(TimeDelta::minutes(10));
    let expired = stage.launch(&attempt, &stage.claims(&attempt)).await.unwrap_err();
    assert_eq!(expired.refusal.code(), "state_expired");
}

#[tokio::test]
async fn a_browser_without_its_cookie_gets_the_login_back_to_start_again_from() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let body = form(&[("state", &attempt.state), ("id_token", &sign(&stage.claims(&attempt)))]);
    let refused = stage.post_form(&body, None).await.unwrap_err();
    assert!(matches!(refused.refusal, Refusal::BrowserMismatch { secret_sent: false }));
    let login = refused.restart().expect("a login to start again from");
    assert_eq!((login.issuer.as_str(), login.client_id.as_str()), (ISSUER, CLIENT));
    assert_eq!((login.login_hint.as_str(), login.lti_message_hint.as_deref()), ("user & 99", Some("hint+1")));
    assert_eq!(login.target_link_uri, "https://tool.example/activity");
    assert_eq!(refused.registered.unwrap().platform.name, "School");
}

#[tokio::test]
async fn a_launch_that_fails_otherwise_is_nothing_to_start_again_from() {
    let refused = Stage::new().launch_with(|claims| claims["aud"] = json!("tool-2")).await.unwrap_err();
    assert!(refused.login.is_some() && refused.restart().is_none());
}

#[tokio::test]
async fn x12_a_token_of_another_platform_than_the_login_is_refused() {
    assert_eq!(
        Stage::new().refusal(|claims| claims["iss"] = json!("https://evil.example")).await,
        "registration_mismatch"
    );
    assert_eq!(
        Stage::new().refusal(|claims| claims["iss"] = json!("https://lms.example/")).await,
        "registration_mismatch"
    );
    assert_eq!(Stage::new().refusal(|claims| remove(claims, "iss")).await, "claim_missing");

    let stage = Stage::new();
    let attempt = stage.log_in().await;
    stage.tool.storage().unregister(ISSUER, CLIENT);
    let outcome = stage.launch(&attempt, &stage.claims(&attempt)).await;
    assert_eq!(outcome.unwrap_err().refusal.code(), "registration_removed");
}

#[tokio::test]
async fn x13_the_signed_target_wins_inside_our_own_origins_and_is_refused_outside() {
    let other = "https://tool.example/activity/other?task=3";
    let launch = Stage::new().launch_with(|claims| set(claims, "target_link_uri", json!(other))).await.unwrap();
    assert_eq!(launch.target_link_uri.as_str(), other);
    assert_eq!(launch.warnings, [Warning::TargetDiffersFromLogin]);

    for target in [
        "https://evil.example/activity",
        "http://tool.example/activity",
        "https://tool.example:8443/activity",
        "https://tool.example.evil.example/",
        "https://tool.example@evil.example/",
        "javascript:alert(1)",
        "/activity",
    ] {
        let refused = Stage::new().refusal(|claims| set(claims, "target_link_uri", json!(target))).await;
        assert_eq!(refused, "target_refused", "{target}");
    }
}

#[tokio::test]
async fn x14_an_unknown_deployment_is_refused_or_learnt_as_the_registration_says() {
    let refused = Stage::new().launch_with(|claims| set(claims, "deployment_id", json!("2"))).await.unwrap_err();
    assert_eq!(refused.refusal.code(), "deployment_unknown");
    assert!(refused.clock_difference.is_some());

    let mut open = registration(ISSUER, CLIENT);
    open.new_deployments = NewDeployments::Learnt;
    let stage = Stage::with(open);
    for learnt in [true, false] {
        let launch = stage.launch_with(|claims| set(claims, "deployment_id", json!("2"))).await.unwrap();
        assert_eq!((launch.deployment.as_str(), launch.deployment_learnt), ("2", learnt));
    }
}

#[tokio::test]
async fn x14_an_unknown_deployment_waits_for_an_administrator_where_the_registration_says_so() {
    let mut careful = registration(ISSUER, CLIENT);
    careful.new_deployments = NewDeployments::Wait;
    let stage = Stage::with(careful);
    let refused = stage.launch_with(|claims| set(claims, "deployment_id", json!("2"))).await.unwrap_err();
    assert_eq!(refused.refusal.code(), "deployment_pending");
    assert!(refused.login.is_some(), "the login can be begun again once the deployment is approved");
    stage.tool.storage().deploy(ISSUER, CLIENT, "2");
    assert!(stage.launch_with(|claims| set(claims, "deployment_id", json!("2"))).await.is_ok());
}

#[tokio::test]
async fn x15_clocks_may_differ_by_a_minute_and_the_difference_is_told() {
    let good = [(30, 300), (-400, -30), (59, 300)];
    for (issued, expires) in good {
        let launch = Stage::new().launch_with(|claims| shift(claims, issued, expires)).await;
        assert!(launch.is_ok(), "{issued} {expires}");
        assert_eq!(launch.unwrap().clock_difference, TimeDelta::seconds(issued));
    }
    for (issued, expires, code) in
        [(300, 600, "token_from_future"), (-600, -300, "token_expired"), (-661, 300, "token_too_old")]
    {
        let refused = Stage::new().launch_with(|claims| shift(claims, issued, expires)).await.unwrap_err();
        assert_eq!(refused.refusal.code(), code);
        assert_eq!(refused.clock_difference, Some(TimeDelta::seconds(issued)));
    }
    assert_eq!(Stage::new().refusal(|claims| shift(claims, 30, 10)).await, "claim_malformed");
}

fn shift(claims: &mut Value, issued: i64, expires: i64) {
    let now = claims["iat"].as_i64().unwrap();
    claims["iat"] = json!(now + issued);
    claims["exp"] = json!(now + expires);
}

#[tokio::test]
async fn times_that_are_none_are_refused() {
    for time in [json!("soon"), json!([]), json!(1e300), json!(-1e18), json!(true)] {
        assert_eq!(Stage::new().refusal(|claims| claims["exp"] = time.clone()).await, "claim_malformed");
        assert_eq!(Stage::new().refusal(|claims| claims["nbf"] = time).await, "claim_malformed");
    }
    let half = |claims: &mut Value| claims["iat"] = json!(claims["iat"].as_f64().unwrap() + 0.5);
    let launch = Stage::new().launch_with(half).await.unwrap();
    assert_eq!(launch.clock_difference, TimeDelta::milliseconds(500));
}

#[tokio::test]
async fn x16_a_token_whose_time_has_not_come_is_refused() {
    let at = |offset: i64| move |claims: &mut Value| claims["nbf"] = json!(claims["iat"].as_i64().unwrap() + offset);
    assert_eq!(Stage::new().refusal(at(61)).await, "token_from_future");
    assert!(Stage::new().launch_with(at(60)).await.is_ok());
}

#[tokio::test]
async fn x17_unknown_claims_are_ignored_and_unknown_messages_refused_kindly() {
    let launch =
        Stage::new().launch_with(|claims| claims["https://lms.example/claim/x"] = json!({"deep": [null]})).await;
    assert_eq!(launch.unwrap().claims.raw["https://lms.example/claim/x"], json!({"deep": [null]}));
    for message in ["DataPrivacyLaunchRequest", "LtiFutureRequest", "ltiresourcelinkrequest"] {
        // None of them need have what a resource link launch has.
        let other = |claims: &mut Value| {
            set(claims, "message_type", json!(message));
            for name in ["resource_link", "target_link_uri", "roles"] {
                remove(claims, name);
            }
        };
        let refusal = Stage::new().launch_with(other).await.unwrap_err().refusal;
        assert_eq!(refusal.code(), "message_unsupported");
        assert!(refusal.explanation().contains("Add the activity as a plain LTI link"));
    }
}

#[tokio::test]
async fn x18_custom_values_become_text_or_are_dropped() {
    let launch = Stage::new()
        .launch_with(|claims| {
            let custom = json!({"a": null, "b": 7, "c": true, "d": {"e": [1]}, "f": "text", "g": "$Unexpanded.var", "h": "nul\0"});
            set(claims, "custom", custom);
        })
        .await
        .unwrap();
    insta::assert_json_snapshot!(launch.claims.custom, @r#"
    {
      "b": "7",
      "c": "true",
      "d": "{\"e\":[1]}",
      "f": "text",
      "g": "$Unexpanded.var",
      "h": "nul�"
    }
    "#);
    for odd in [json!(null), json!([]), json!("text"), json!(7)] {
        assert!(Stage::new().launch_with(|claims| set(claims, "custom", odd)).await.unwrap().claims.custom.is_empty());
    }
}

#[tokio::test]
async fn x19_a_sub_has_at_most_255_characters() {
    let longest = Stage::new().launch_with(|claims| claims["sub"] = json!("s".repeat(255))).await;
    assert!(longest.unwrap().warnings.is_empty());
    let beyond_ascii = Stage::new().launch_with(|claims| claims["sub"] = json!("é".repeat(255))).await;
    assert_eq!(beyond_ascii.unwrap().warnings, [Warning::SubjectNotAscii]);
    for sub in [json!("s".repeat(256)), json!(99), json!("9\u{0}9"), json!("9\n9"), json!({})] {
        assert_eq!(Stage::new().refusal(|claims| claims["sub"] = sub).await, "claim_malformed");
    }
}

#[tokio::test]
async fn identifiers_of_course_link_and_deployment_are_bounded_too() {
    let long = "x".repeat(256);
    assert_eq!(Stage::new().refusal(|claims| set(claims, "context", json!({"id": long}))).await, "claim_malformed");
    assert_eq!(
        Stage::new().refusal(|claims| set(claims, "resource_link", json!({"id": long}))).await,
        "claim_malformed"
    );
    assert_eq!(Stage::new().refusal(|claims| set(claims, "resource_link", json!({"id": 7}))).await, "claim_malformed");
    assert_eq!(Stage::new().refusal(|claims| set(claims, "deployment_id", json!(long))).await, "claim_malformed");
    assert_eq!(Stage::new().refusal(|claims| set(claims, "deployment_id", json!(1))).await, "claim_malformed");
}

#[tokio::test]
async fn x20_a_large_token_is_read_and_a_huge_one_refused() {
    let with_roles = |count: usize| {
        move |claims: &mut Value| {
            set(claims, "roles", json!((0..count).map(|n| format!("{LEARNER}{n}")).collect::<Vec<_>>()));
        }
    };
    assert!(Stage::new().launch_with(with_roles(1000)).await.is_ok());
    assert_eq!(Stage::new().refusal(with_roles(15_000)).await, "parameter_too_long");
}

#[tokio::test]
async fn x21_a_learner_who_instructs_is_a_learner() {
    let role = "http://purl.imsglobal.org/vocab/lis/v2/membership/Learner#Instructor";
    let launch = Stage::new().launch_with(|claims| set(claims, "roles", json!([role]))).await.unwrap();
    assert_eq!(launch.claims.roles.in_course(), CourseRole::Learner);
}

#[tokio::test]
async fn x22_who_teaches_elsewhere_may_learn_here() {
    let institution = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor";
    let system = "http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator";
    let launch = Stage::new().launch_with(|claims| set(claims, "roles", json!([institution, system, LEARNER]))).await;
    assert_eq!(launch.unwrap().claims.roles.in_course(), CourseRole::Learner);
}

#[tokio::test]
async fn x23_a_test_user_launches_and_is_marked() {
    let test_user = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";
    let launch = Stage::new().launch_with(|claims| set(claims, "roles", json!([LEARNER, test_user]))).await.unwrap();
    assert!(launch.claims.roles.is_test_user());
    assert_eq!(launch.claims.roles.in_course(), CourseRole::Learner);
}

#[tokio::test]
async fn x24_an_error_from_the_platform_uses_the_state_up() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let body =
        form(&[("state", attempt.state.as_str()), ("error", "login_required"), ("error_description", "No session")]);
    let refused = stage.post_form(&body, Some(&attempt.secret)).await.unwrap_err();
    assert_eq!(refused.refusal.code(), "platform_error");
    assert!(refused.refusal.explanation().contains("login_required (No session)"));
    assert_eq!(stage.post_form(&body, Some(&attempt.secret)).await.unwrap_err().refusal.code(), "state_unknown");
}

#[tokio::test]
async fn x26_an_issuer_that_differs_by_a_slash_or_in_case_is_refused_with_a_hint() {
    for issuer in ["https%3A%2F%2Flms.example%2F", "https%3A%2F%2FLMS.example"] {
        let body = LOGIN.replace("https%3A%2F%2Flms.example&", &format!("{issuer}&"));
        let refused = Stage::new().begin(LoginRequest::parse(body.as_bytes()).unwrap()).await.unwrap_err();
        assert_eq!(refused.code(), "registration_unknown");
        assert!(refused.explanation().contains("one is as `https://lms.example`"), "{refused}");
    }
}

#[tokio::test]
async fn a_form_that_cannot_be_read_uses_the_state_up_all_the_same() {
    let stage = Stage::new();
    for (fields, code) in [
        ("", "parameter_missing"),
        ("&id_token=", "parameter_missing"),
        ("&id_token=a&id_token=b", "parameter_repeated"),
        ("&id_token=%ff", "parameter_malformed"),
        ("&error=a&error=b", "parameter_repeated"),
    ] {
        let attempt = stage.log_in().await;
        let body = format!("state={}{fields}", attempt.state);
        assert_eq!(stage.post_form(&body, Some(&attempt.secret)).await.unwrap_err().refusal.code(), code);
        assert_eq!(stage.launch(&attempt, &stage.claims(&attempt)).await.unwrap_err().refusal.code(), "state_unknown");
    }
}

#[tokio::test]
async fn optional_claims_of_the_wrong_shape_count_as_missing() {
    let odd = [
        json!(null),
        json!(7),
        json!("text"),
        json!([[]]),
        json!({"id": null, "scope": 7, "lineitem": "::", "height": "x"}),
    ];
    for value in odd {
        let launch = Stage::new()
            .launch_with(|claims| {
                for name in ["context", "launch_presentation", "tool_platform", "lis", "role_scope_mentor", "future"] {
                    set(claims, name, value.clone());
                }
                claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"] = value.clone();
                claims["https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"] = value.clone();
                claims["name"] = value.clone();
                claims["locale"] = value.clone();
            })
            .await;
        let claims = launch.unwrap().claims;
        assert_eq!(claims.context, None);
        assert_eq!(claims.roster_service, None);
        assert!(claims.raw.contains_key(&format!("{CLAIM}future")));
    }
}

#[tokio::test]
async fn a_launch_of_open_edx_is_read_as_it_comes() {
    let launch = Stage::new()
        .launch_with(|claims| {
            *claims = json!({
                "iss": ISSUER, "aud": CLIENT, "azp": CLIENT, "nonce": claims["nonce"], "iat": claims["iat"],
                "exp": claims["iat"].as_i64().unwrap() + 3600, "sub": "7728d0f1-6ab4-47d3-9ec2-fc1ffbd256b2",
                "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                    "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
                    "lineitems": "https://lms.example/api/lti_consumer/v1/lti/1/lti-ags",
                    "lineitem": "https://lms.example/api/lti_consumer/v1/lti/1/lti-ags/1"},
            });
            for (name, value) in [
                ("message_type", json!("LtiResourceLinkRequest")),
                ("version", json!("1.3.0")),
                ("deployment_id", json!("1")),
                ("target_link_uri", json!("https://tool.example/activity")),
                (
                    "roles",
                    json!([
                        "http://purl.imsglobal.org/vocab/lis/v2/institution/person#None",
                        LEARNER,
                        "http://purl.imsglobal.org/vocab/lis/v2/system/person#None"
                    ]),
                ),
                ("resource_link", json!({"id": "block-v1:OpenedX+LTI101+2024+type@lti_consumer+block@lti1"})),
                (
                    "context",
                    json!({"id": "course-v1:OpenedX+LTI101+2024", "label": "course-v1:OpenedX+LTI101+2024",
                    "title": "LTI Demonstration Course - OpenedX",
                    "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"]}),
                ),
                ("launch_presentation", json!({"document_target": "iframe"})),
                ("tool_platform", json!({"guid": "20ee6ad5", "name": "Open edX"})),
                ("custom", json!({"project": "python-start"})),
            ] {
                set(claims, name, value);
            }
        })
        .await
        .unwrap();
    assert_eq!(launch.claims.roles.in_course(), CourseRole::Learner);
    assert_eq!(launch.claims.custom["project"], "python-start");
    assert_eq!(launch.claims.tool_platform.guid.as_deref(), Some("20ee6ad5"));
    assert_eq!(launch.claims.launch_presentation.document_target.as_deref(), Some("iframe"));
    let line_item = launch.claims.grade_service.unwrap().lineitem.unwrap();
    assert_eq!(line_item.as_str(), "https://lms.example/api/lti_consumer/v1/lti/1/lti-ags/1");
}

#[tokio::test]
async fn a_refused_launch_may_go_back_only_by_what_the_platform_signed_for_this_login() {
    let back = "https://lms.example/back?course=1";
    let presentation = json!({ "return_url": back });
    let refused = |change: fn(&mut Value)| {
        let presentation = presentation.clone();
        async move {
            let stage = Stage::new();
            let outcome = stage.launch_with(|claims| {
                set(claims, "launch_presentation", presentation);
                change(claims);
            });
            outcome.await.unwrap_err()
        }
    };
    for change in [
        (|claims| set(claims, "version", json!("1.4.0"))) as fn(&mut Value),
        |claims| set(claims, "message_type", json!("Unheard")),
        |claims| set(claims, "target_link_uri", json!("https://evil.example/")),
        |claims| remove(claims, "roles"),
    ] {
        let refused = refused(change).await;
        assert_eq!(refused.return_url.map(String::from).as_deref(), Some(back), "{}", refused.refusal);
    }
    for change in [
        (|claims| claims["nonce"] = json!("another")) as fn(&mut Value),
        |claims| claims["aud"] = json!("tool-2"),
        |claims| claims["exp"] = json!(1),
        |claims| {
            set(claims, "version", json!("1.4.0"));
            set(claims, "launch_presentation", json!({ "return_url": "javascript:alert(1)" }));
        },
    ] {
        assert!(refused(change).await.return_url.is_none());
    }
}
