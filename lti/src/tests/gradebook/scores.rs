//! Scores, and what platforms say to them.

use super::*;

#[tokio::test]
async fn g04_a_score_goes_out_under_its_media_type_with_its_comment() {
    let stage = course();
    stage.network.answer(SCORES, 201, &[], "");
    let gradebook = stage.gradebook();
    let commented = Score { comment: Some("Well \"done\" 🎓".to_owned()), ..score(Some(9.25)) };
    gradebook.post_score(&url(ITEM), &commented, stage.now).await.unwrap();
    let request = last(&stage);
    assert_eq!(request.headers["content-type"], "application/vnd.ims.lis.v1.score+json");
    insta::assert_json_snapshot!(body(&request), @r#"
    {
      "activityProgress": "Completed",
      "comment": "Well \"done\" 🎓",
      "gradingProgress": "FullyGraded",
      "scoreGiven": 9.25,
      "scoreMaximum": 12,
      "timestamp": "2026-11-20T12:00:00.000Z",
      "userId": "99"
    }
    "#);
}

#[tokio::test]
async fn g06_timestamps_tell_milliseconds_apart_and_name_their_zone() {
    let stage = course();
    stage.network.answer(SCORES, 201, &[], "");
    let gradebook = stage.gradebook();
    let mut timestamps = Vec::new();
    for milliseconds in [0, 1, 999, 1000] {
        let timestamp = noon() + chrono::TimeDelta::milliseconds(milliseconds);
        let later = Score { timestamp, ..score(Some(1.0)) };
        gradebook.post_score(&url(ITEM), &later, stage.now).await.unwrap();
        timestamps.push(body(&last(&stage))["timestamp"].as_str().unwrap().to_owned());
    }
    assert!(timestamps.is_sorted_by(|earlier, later| earlier < later), "{timestamps:?}");
    assert!(timestamps.iter().all(|timestamp| timestamp.len() == 24 && timestamp.ends_with('Z')));
}

#[tokio::test]
async fn g07_any_success_is_one() {
    let stage = course();
    let gradebook = stage.gradebook();
    for status in [200, 201, 202, 204] {
        stage.network.forget(SCORES);
        stage.network.answer(SCORES, status, &[], "<html>whatever");
        assert_eq!(gradebook.post_score(&url(ITEM), &score(Some(1.0)), stage.now).await.unwrap().status, status);
    }
}

#[tokio::test]
async fn g09_a_busy_platform_says_how_long_to_wait() {
    let stage = course();
    let gradebook = stage.gradebook();
    for (status, headers, seconds) in [
        (429, &[("retry-after", "3600")][..], Some(3600)),
        (429, &[("retry-after", "Fri, 20 Nov 2026 13:00:00 GMT")][..], Some(3600)),
        (429, &[("retry-after", "Fri, 20 Nov 2026 11:00:00 GMT")][..], Some(0)),
        (429, &[][..], None),
        (403, &[("x-rate-limit-remaining", "0.0")][..], None),
    ] {
        stage.network.forget(SCORES);
        stage.network.answer(SCORES, status, headers, "");
        let fault = gradebook.post_score(&url(ITEM), &score(Some(1.0)), stage.now).await.unwrap_err();
        let ScoreNotTaken::Fault(ServiceFault::Throttled { retry_after, .. }) = fault else { panic!("{fault:?}") };
        assert_eq!(retry_after.map(|wait| wait.num_seconds()), seconds);
    }
}

#[tokio::test]
async fn g10_an_older_timestamp_is_told_apart_from_other_refusals() {
    let stage = course();
    let gradebook = stage.gradebook();
    for (status, said, code) in [
        (409, "", "score_older"),
        (400, "Score timestamp can only be updated to a later point in time", "score_older"),
        (400, "user is not gradable", "refused"),
        (422, "User not found in course", "learner_refused"),
        (500, "<html>Server Error", "platform_failed"),
    ] {
        stage.network.forget(SCORES);
        stage.network.answer(SCORES, status, &[], said);
        let fault = gradebook.post_score(&url(ITEM), &score(Some(1.0)), stage.now).await.unwrap_err();
        assert_eq!(fault.code(), code);
        assert!(!fault.rule().is_empty() && !fault.to_string().is_empty());
    }
}

#[tokio::test]
async fn g12_zero_is_a_score() {
    let stage = course();
    stage.network.answer(SCORES, 201, &[], "");
    let gradebook = stage.gradebook();
    gradebook.post_score(&url(ITEM), &score(Some(0.0)), stage.now).await.unwrap();
    let sent = body(&last(&stage));
    assert_eq!((&sent["scoreGiven"], &sent["scoreMaximum"]), (&json!(0), &json!(12)));
    assert_eq!(sent["gradingProgress"], "FullyGraded");
    for (given, maximum) in [(-1.0, 12.0), (f64::NAN, 12.0), (1.0, 0.0), (1.0, f64::NAN)] {
        let odd = Score { maximum, ..score(Some(given)) };
        let fault = gradebook.post_score(&url(ITEM), &odd, stage.now).await.unwrap_err();
        assert_eq!(fault.code(), "invalid", "{given} of {maximum}");
    }
    assert_eq!(stage.network.times_asked(SCORES), 1, "what would clear a grade or break the platform is not sent");
}

#[tokio::test]
async fn g13_a_score_is_taken_back_by_sending_none() {
    let stage = course();
    stage.network.answer(SCORES, 200, &[], "");
    let gradebook = stage.gradebook();
    gradebook.post_score(&url(ITEM), &score(None), stage.now).await.unwrap();
    insta::assert_json_snapshot!(body(&last(&stage)), @r#"
    {
      "activityProgress": "Initialized",
      "gradingProgress": "NotReady",
      "timestamp": "2026-11-20T12:00:00.000Z",
      "userId": "99"
    }
    "#);
}

#[tokio::test]
async fn g14_who_is_not_graded_is_told_by_the_launch() {
    let test_user = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";
    for (roles, is_graded) in [
        (json!([LEARNER]), true),
        (json!([INSTRUCTOR]), false),
        (json!([LEARNER, INSTRUCTOR]), false),
        (json!([LEARNER, test_user]), false),
        (json!([]), false),
    ] {
        let launch = Stage::new().launch_with(|claims| set(claims, "roles", roles.clone())).await.unwrap();
        let roles = launch.claims.roles;
        assert_eq!(roles.in_course() == CourseRole::Learner && !roles.is_test_user(), is_graded, "{roles:?}");
    }
}
