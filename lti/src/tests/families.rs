//! Each of the big products, as the test kit plays it: from the link in the course to the grade.

use http::StatusCode;
use serde_json::{Value, json};

use super::platform::{JWKS_URL, Stage, form, url};
use crate::{
    GradeService, HttpError, Launch, LoginRequest, Score, ScoreNotTaken, ScoreTaken, ServiceFault, TokenError,
    memory::Memory,
    roles::CourseRole,
    testkit::{Authorized, Family, Hints, Part, SigningKey, Visit},
};

/// Launches a visit, every step as a browser takes it.
async fn launched(stage: &Stage, visit: &Visit) -> Launch<Memory> {
    let login = stage.platform.open(visit, stage.now, &mut *stage.random()).address();
    let begun = stage.begin(LoginRequest::parse(login.query().unwrap().as_bytes()).unwrap()).await.unwrap();
    let answer = stage.platform.authorize(begun.redirect.query().unwrap().as_bytes(), None, stage.now).unwrap();
    let Authorized::Posted { action, fields } = answer else { panic!("{answer:?}") };
    assert_eq!(action.as_str(), super::platform::LAUNCH_URL);
    stage.post_form(&form(&fields), Some(&begun.browser_secret)).await.unwrap()
}

#[tokio::test]
async fn every_family_launches_with_the_right_role_and_course() {
    for family in Family::ALL {
        for (part, role) in [
            (Part::Learner, CourseRole::Learner),
            (Part::Instructor, CourseRole::Instructor),
            (Part::Assistant, CourseRole::TeachingAssistant),
            (Part::Mentor, CourseRole::Mentor),
            (Part::TestUser, CourseRole::Learner),
        ] {
            let (stage, visit) = (Stage::of(family), Visit::sample(part));
            let launch = launched(&stage, &visit).await;
            let name = family.name();
            assert_eq!(launch.claims.roles.in_course(), role, "{name} {part:?}");
            assert_eq!(launch.claims.roles.is_test_user(), part == Part::TestUser, "{name}");
            let course = launch.claims.context.expect("a course");
            assert_eq!((course.id.as_str(), course.title.as_deref()), ("course-1", Some("Mathematics")), "{name}");
            assert_eq!(launch.claims.subject.as_deref(), Some("99"), "{name}");
            assert_eq!(launch.claims.custom["project"], "counting", "{name}");
            assert_eq!(launch.registered.registration.issuer, stage.platform.addresses().issuer, "{name}");
        }
    }
}

#[tokio::test]
async fn families_tell_what_they_tell_about_people() {
    for family in Family::ALL {
        let launch = launched(&Stage::of(family), &Visit::sample(Part::Learner)).await;
        let shares = family != Family::OpenEdx;
        assert_eq!(launch.claims.person.name.is_some(), shares, "{}", family.name());
        assert_eq!(launch.claims.person.locale.is_some(), shares, "{}", family.name());
        assert_eq!(launch.claims.launch_presentation.return_url.is_some(), shares, "{}", family.name());
    }
}

fn score(stage: &Stage, user_id: &str, given: f64) -> Score {
    Score {
        user_id: user_id.to_owned(),
        given: Some(given),
        maximum: 4.0,
        completed: true,
        comment: None,
        timestamp: stage.now,
    }
}

/// What a launch grants that lets the tool send scores.
fn grade_service() -> GradeService {
    GradeService { scopes: vec![crate::testkit::SCORE.to_owned()], lineitems: None, lineitem: None }
}

async fn post(stage: &Stage, score: &Score) -> Result<ScoreTaken, ScoreNotTaken> {
    let registration = stage.platform.registration();
    let item = stage.platform.addresses().line_item("link-1");
    let service = grade_service();
    let gradebook = stage.tool.gradebook(&registration, "1", &service, &mut *stage.random());
    gradebook.post_score(&item, score, stage.now).await
}

fn is_refused_token(error: &ScoreNotTaken) -> bool {
    matches!(error, ScoreNotTaken::Fault(ServiceFault::Token(TokenError::Refused { .. })))
}

#[tokio::test]
async fn every_family_takes_a_score_and_shows_the_grade() {
    for family in Family::ALL {
        let stage = Stage::of(family);
        let launch = launched(&stage, &Visit::sample(Part::Learner)).await;
        let item = launch.claims.grade_service.unwrap().lineitem.unwrap();
        assert_eq!(item, stage.platform.addresses().line_item("link-1"), "{}", family.name());
        let taken = post(&stage, &score(&stage, "99", 3.0)).await;
        let expected = if family == Family::OpenEdx { 201 } else { 200 };
        assert_eq!(taken.unwrap(), ScoreTaken { status: expected }, "{}", family.name());
        assert_eq!(stage.platform.grade("link-1", "99"), Some(0.75), "{}", family.name());
    }
}

#[tokio::test]
async fn what_each_family_says_to_a_bad_score_is_understood() {
    for family in Family::ALL {
        let (stage, name) = (Stage::of(family), family.name());
        post(&stage, &score(&stage, "99", 3.0)).await.unwrap();
        let again = post(&stage, &score(&stage, "99", 4.0)).await.unwrap_err();
        assert!(matches!(again, ScoreNotTaken::Older { .. }), "{name}: {again:?}");
        let stranger = post(&stage, &score(&stage, "1", 4.0)).await.unwrap_err();
        let understood = match family {
            Family::OpenEdx => stranger.code() == "platform_failed",
            Family::Moodle => stranger.code() == "refused",
            _ => stranger.code() == "learner_refused",
        };
        assert!(understood, "{name}: {stranger:?}");
        stage.platform.throttle_next(1);
        let throttled = post(&stage, &score(&stage, "99", 4.0)).await.unwrap_err();
        assert!(matches!(throttled, ScoreNotTaken::Fault(ServiceFault::Throttled { .. })), "{name}: {throttled:?}");
    }
}

#[tokio::test]
async fn in_moodle_two_scores_need_a_second_between_them() {
    let stage = Stage::of(Family::Moodle);
    post(&stage, &score(&stage, "99", 1.0)).await.unwrap();
    let soon = Score { timestamp: stage.now + chrono::TimeDelta::milliseconds(900), ..score(&stage, "99", 2.0) };
    assert!(matches!(post(&stage, &soon).await, Err(ScoreNotTaken::Older { status: 409, .. })));
    let later = Score { timestamp: stage.now + chrono::TimeDelta::seconds(1), ..soon };
    post(&stage, &later).await.unwrap();
    assert_eq!(stage.platform.grade("link-1", "99"), Some(0.5));
}

#[tokio::test]
async fn in_open_edx_a_score_of_zero_is_taken_and_never_shown() {
    let stage = Stage::of(Family::OpenEdx);
    assert!(post(&stage, &score(&stage, "99", 0.0)).await.is_ok());
    assert_eq!(stage.platform.grade("link-1", "99"), None);
    assert_eq!(stage.platform.scores_received()[0]["scoreGiven"].as_f64(), Some(0.0));
}

#[tokio::test]
async fn an_access_token_that_a_platform_forgot_is_replaced_whatever_it_answers() {
    for family in Family::ALL {
        let stage = Stage::of(family);
        post(&stage, &score(&stage, "99", 1.0)).await.unwrap();
        stage.platform.revoke_access();
        let stage = stage.later(chrono::TimeDelta::seconds(1));
        post(&stage, &score(&stage, "99", 2.0)).await.unwrap();
        assert_eq!(stage.network.times_asked(stage.platform.addresses().token.as_str()), 2, "{}", family.name());
    }
}

#[tokio::test]
async fn a_brightspace_takes_assertions_for_its_own_audience_only() {
    let stage = Stage::of(Family::Brightspace);
    let mut registration = stage.platform.registration();
    registration.token_audience = None;
    let (item, score) = (stage.platform.addresses().line_item("link-1"), score(&stage, "99", 1.0));
    let service = grade_service();
    let gradebook = stage.tool.gradebook(&registration, "1", &service, &mut *stage.random());
    let refused = gradebook.post_score(&item, &score, stage.now).await.unwrap_err();
    assert!(is_refused_token(&refused), "{refused:?}");
}

#[tokio::test]
async fn an_assertion_by_a_key_that_the_tool_does_not_publish_is_refused() {
    for family in Family::ALL {
        let stage = Stage::of(family);
        stage.network.set_tool_keys(json!({"keys": []}));
        let refused = post(&stage, &score(&stage, "99", 1.0)).await.unwrap_err();
        assert!(is_refused_token(&refused), "{}: {refused:?}", family.name());
    }
}

#[tokio::test]
async fn a_hint_of_moodle_is_spent_by_the_first_request() {
    for family in Family::ALL {
        let stage = Stage::of(family);
        let login = stage.platform.open(&Visit::sample(Part::Learner), stage.now, &mut *stage.random()).address();
        let begun = stage.begin(LoginRequest::parse(login.query().unwrap().as_bytes()).unwrap()).await.unwrap();
        let ask = || stage.platform.authorize(begun.redirect.query().unwrap().as_bytes(), None, stage.now).unwrap();
        assert!(is_token(&ask()));
        let once = stage.platform.quirks().hints == Hints::Once;
        assert_eq!(is_token(&ask()), !once, "{}", family.name());
        assert_eq!(once, family == Family::Moodle);
    }
}

#[tokio::test]
async fn nobody_launches_as_somebody_else_than_who_is_signed_in() {
    for family in Family::ALL {
        let stage = Stage::of(family);
        let login = stage.platform.open(&Visit::sample(Part::Learner), stage.now, &mut *stage.random()).address();
        let begun = stage.begin(LoginRequest::parse(login.query().unwrap().as_bytes()).unwrap()).await.unwrap();
        let asked = begun.redirect.query().unwrap().as_bytes();
        let answer = stage.platform.authorize(asked, Some("another"), stage.now).unwrap();
        // Open edX takes the hint's word for it.
        assert_eq!(is_token(&answer), family == Family::OpenEdx, "{}", family.name());
    }
}

#[tokio::test]
async fn a_hint_is_good_for_ten_minutes() {
    for family in Family::ALL {
        let stage = Stage::of(family);
        let login = stage.platform.open(&Visit::sample(Part::Learner), stage.now, &mut *stage.random()).address();
        let begun = stage.begin(LoginRequest::parse(login.query().unwrap().as_bytes()).unwrap()).await.unwrap();
        let stage = stage.later(chrono::TimeDelta::minutes(10));
        let answer = stage.platform.authorize(begun.redirect.query().unwrap().as_bytes(), None, stage.now).unwrap();
        assert!(!is_token(&answer), "{}", family.name());
        assert_eq!(matches!(answer, Authorized::Shown(_)), family == Family::OpenEdx, "{}", family.name());
    }
}

fn is_token(answer: &Authorized) -> bool {
    matches!(answer, Authorized::Posted { fields, .. } if fields.iter().any(|(name, _)| *name == "id_token"))
}

#[tokio::test]
async fn every_family_may_change_its_key() {
    for family in Family::ALL {
        let stage = Stage::of(family);
        launched(&stage, &Visit::sample(Part::Learner)).await;
        stage.platform.rotate(SigningKey::sample(1));
        launched(&stage, &Visit::sample(Part::Learner)).await;
        stage.platform.withdraw_old_keys();
        launched(&stage, &Visit::sample(Part::Learner)).await;
        let asked = stage.network.times_asked(stage.platform.addresses().key_set.as_str());
        assert_eq!(asked, 2, "{}", family.name());
    }
}

#[tokio::test]
async fn the_wire_answers_what_was_prepared_then_the_platform_then_nobody() {
    let stage = Stage::new();
    let ask = |address: &str| {
        let request = crate::Request {
            method: http::Method::GET,
            url: url(address),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
            limit: 10_000,
        };
        crate::HttpClient::send(&*stage.network, request)
    };
    stage.network.answer(JWKS_URL, 500, &[], "down");
    assert_eq!(ask(JWKS_URL).await.unwrap().status(), StatusCode::INTERNAL_SERVER_ERROR);
    stage.network.forget(JWKS_URL);
    let keys: Value = serde_json::from_slice(ask(JWKS_URL).await.unwrap().body()).unwrap();
    assert_eq!(keys, stage.platform.key_set());
    assert!(matches!(ask("https://nobody.example/").await, Err(HttpError::Connection(_))));
}
