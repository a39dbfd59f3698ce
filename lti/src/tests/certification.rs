//! The cases of 1EdTech's certification suite for tools: known bad launches (B), instructors (V) and students (S).

use serde_json::json;

use super::platform::{INSTRUCTOR, LEARNER, Outcome, Stage, encoded, keys, remove, set, sign_as};
use crate::{Refusal, roles::CourseRole};

const INSTITUTION: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#";

fn missing(outcome: Outcome) -> Vec<&'static str> {
    match outcome.expect_err("a refusal").refusal {
        Refusal::ClaimsMissing(claims) => claims,
        other => panic!("{other:?}"),
    }
}

async fn role_of(roles: serde_json::Value) -> CourseRole {
    Stage::new().launch_with(|claims| set(claims, "roles", roles)).await.expect("a launch").claims.roles.in_course()
}

#[tokio::test]
async fn b01_a_token_without_kid_is_refused_even_where_the_platform_has_one_key() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let token = sign_as(&json!({"alg": "RS256", "badtestonly": 12345}), &stage.claims(&attempt), &keys()[0]);
    assert_eq!(stage.post(&attempt, &token).await.unwrap_err().refusal.code(), "kid_missing");
}

#[tokio::test]
async fn b02_an_unknown_kid_is_refused_after_one_look_at_the_key_set() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let token = sign_as(&json!({"alg": "RS256", "kid": "imstester_66067"}), &stage.claims(&attempt), &keys()[0]);
    assert_eq!(stage.post(&attempt, &token).await.unwrap_err().refusal.code(), "kid_unknown");
    assert_eq!(stage.network.times_asked(super::platform::JWKS_URL), 1);

    let attempt = stage.log_in().await;
    let token = sign_as(&json!({"alg": "RS256", "kid": "k".repeat(513)}), &stage.claims(&attempt), &keys()[0]);
    assert_eq!(stage.post(&attempt, &token).await.unwrap_err().refusal.code(), "token_malformed");
}

#[tokio::test]
async fn b03_any_version_but_1_3_0_is_refused() {
    for version in ["11.3", "1.3", "1.3.0 ", "1.3x", "1.3.00", "LTI-1p0"] {
        let refusal = Stage::new().refusal(|claims| set(claims, "version", json!(version))).await;
        assert_eq!(refusal, "version_unsupported", "{version}");
    }
}

#[tokio::test]
async fn b04_a_launch_without_version_is_refused() {
    let outcome = Stage::new().launch_with(|claims| remove(claims, "version")).await;
    assert_eq!(missing(outcome), ["version"]);
}

#[tokio::test]
async fn b05_what_is_no_token_is_refused() {
    let stage = Stage::new();
    let bad_launch = encoded(&json!({"name": "badltilaunch"}));
    let header = encoded(&json!({"alg": "RS256", "kid": "k"}));
    for token in [
        format!("{}.{bad_launch}.c2ln", encoded(&json!({}))),
        format!("{header}.{bad_launch}"),
        format!("{header}.{bad_launch}.c2ln.more"),
        format!("{header}.{}.c2ln", encoded(&json!(["a list"]))),
        format!("{header}.not base64.c2ln"),
        "badltilaunch".to_owned(),
        "..".to_owned(),
        "🎓.🎓.🎓".to_owned(),
    ] {
        let attempt = stage.log_in().await;
        let refused = stage.post(&attempt, &token).await.unwrap_err();
        assert_eq!(refused.refusal.code(), "token_malformed", "{token}");
        assert!(!refused.refusal.explanation().contains("badltilaunch"), "the body is not shown again");
    }
}

#[tokio::test]
async fn b06_all_missing_claims_are_named() {
    let outcome = Stage::new()
        .launch_with(|claims| ["message_type", "version", "roles"].iter().for_each(|name| remove(claims, name)))
        .await;
    assert_eq!(missing(outcome), ["message_type", "version", "roles"]);
}

#[tokio::test]
async fn b07_a_token_from_long_ago_is_refused() {
    let refusal = Stage::new()
        .refusal(|claims| {
            claims["iat"] = json!(11111);
            claims["exp"] = json!(22222);
        })
        .await;
    assert_eq!(refusal, "token_expired");
}

#[tokio::test]
async fn b08_a_launch_without_message_type_is_refused() {
    assert_eq!(missing(Stage::new().launch_with(|claims| remove(claims, "message_type")).await), ["message_type"]);
}

#[tokio::test]
async fn b09_a_launch_without_roles_is_refused() {
    assert_eq!(missing(Stage::new().launch_with(|claims| remove(claims, "roles")).await), ["roles"]);
}

#[tokio::test]
async fn b10_a_launch_without_deployment_is_refused() {
    assert_eq!(missing(Stage::new().launch_with(|claims| remove(claims, "deployment_id")).await), ["deployment_id"]);
}

#[tokio::test]
async fn b11_a_launch_without_resource_link_id_is_refused() {
    assert_eq!(missing(Stage::new().launch_with(|claims| remove(claims, "resource_link")).await), ["resource_link.id"]);
    for link in [json!({}), json!({"id": ""}), json!({"id": null, "title": "t"}), json!("link"), json!(null)] {
        let outcome = Stage::new().launch_with(|claims| set(claims, "resource_link", link)).await;
        assert_eq!(missing(outcome), ["resource_link.id"]);
    }
}

#[tokio::test]
async fn b12_an_empty_sub_is_refused_but_an_absent_one_is_an_anonymous_launch() {
    assert_eq!(missing(Stage::new().launch_with(|claims| claims["sub"] = json!("")).await), ["sub"]);
    let anonymous = Stage::new().launch_with(|claims| remove(claims, "sub")).await.unwrap();
    assert_eq!(anonymous.claims.subject, None);
}

#[tokio::test]
async fn v01_an_instructor_with_everything() {
    let launch = Stage::new().launch_with(|claims| set(claims, "roles", json!([INSTRUCTOR]))).await.unwrap();
    assert_eq!(launch.claims.roles.in_course(), CourseRole::Instructor);
    assert_eq!(launch.claims.person.name.as_deref(), Some("Sam Lee"));
    assert_eq!(launch.claims.person.email.as_deref(), Some("sam@lms.example"));
    assert_eq!(launch.claims.context.unwrap().title.as_deref(), Some("First Course"));
}

#[tokio::test]
async fn v02_institution_roles_beside_an_instructor_change_nothing() {
    let roles = json!([INSTRUCTOR, format!("{INSTITUTION}Staff"), format!("{INSTITUTION}Other")]);
    assert_eq!(role_of(roles).await, CourseRole::Instructor);
}

#[tokio::test]
async fn v03_a_short_role_is_a_context_role() {
    assert_eq!(role_of(json!(["Instructor"])).await, CourseRole::Instructor);
}

#[tokio::test]
async fn v04_an_unknown_role_grants_nothing_and_is_kept() {
    let unknown = "http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper";
    let launch = Stage::new().launch_with(|claims| set(claims, "roles", json!([unknown]))).await.unwrap();
    assert_eq!(launch.claims.roles.in_course(), CourseRole::Observer);
    assert!(launch.claims.roles.iter().any(|role| *role == crate::roles::Role::Unknown(unknown.to_owned())));
}

#[tokio::test]
async fn v05_no_role_grants_nothing() {
    for roles in [json!([""]), json!([]), json!([null, 7]), json!({})] {
        assert_eq!(role_of(roles).await, CourseRole::Observer);
    }
}

#[tokio::test]
async fn v06_s06_a_launch_without_names() {
    let launch = Stage::new()
        .launch_with(|claims| {
            for name in ["name", "given_name", "family_name", "middle_name"] {
                remove(claims, name);
            }
        })
        .await
        .unwrap();
    assert_eq!(launch.claims.person.name, None);
    assert_eq!(launch.claims.person.email.as_deref(), Some("sam@lms.example"));
}

#[tokio::test]
async fn v07_s07_a_launch_without_mail() {
    let launch = Stage::new().launch_with(|claims| remove(claims, "email")).await.unwrap();
    assert_eq!(launch.claims.person.email, None);
    assert_eq!(launch.claims.person.given_name.as_deref(), Some("Sam"));
}

#[tokio::test]
async fn v08_s08_a_launch_that_says_nothing_about_the_person() {
    let launch = Stage::new()
        .launch_with(|claims| {
            for name in ["name", "given_name", "family_name", "middle_name", "email", "locale"] {
                remove(claims, name);
            }
        })
        .await
        .unwrap();
    assert_eq!(launch.claims.person, crate::Person::default());
    assert_eq!(launch.claims.subject.as_deref(), Some("99"));
}

#[tokio::test]
async fn v09_s09_a_launch_without_course() {
    let launch = Stage::new().launch_with(|claims| remove(claims, "context")).await.unwrap();
    assert_eq!(launch.claims.context, None);
    assert!(launch.claims.grade_service.is_some() && launch.claims.roster_service.is_some());
}

#[tokio::test]
async fn s01_a_student_with_everything() {
    let launch = Stage::new().launch_with(|_| {}).await.unwrap();
    assert_eq!(launch.claims.roles.in_course(), CourseRole::Learner);
    assert_eq!(launch.claims.subject.as_deref(), Some("99"));
}

#[tokio::test]
async fn s02_a_student_with_further_roles_is_no_mentor() {
    let roles = json!([LEARNER, format!("{INSTITUTION}Student"), format!("{INSTITUTION}Mentor")]);
    assert_eq!(role_of(roles).await, CourseRole::Learner);
}

#[tokio::test]
async fn s03_a_short_learner_is_a_context_role() {
    assert_eq!(role_of(json!(["Learner"])).await, CourseRole::Learner);
}

#[tokio::test]
async fn s04_an_unknown_role_beside_a_learner_changes_nothing() {
    let roles = json!([LEARNER, "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown"]);
    assert_eq!(role_of(roles).await, CourseRole::Learner);
}

#[tokio::test]
async fn s05_a_student_launch_without_roles_grants_nothing() {
    assert_eq!(role_of(json!([""])).await, CourseRole::Observer);
}
