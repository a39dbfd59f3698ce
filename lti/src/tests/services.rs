//! Access tokens and scores.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::TimeDelta;
use futures::future::join_all;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::platform::{CLIENT, ISSUER, Stage, TOKEN_URL, keys, noon, registration, url};
use crate::{
    GradeService, HttpError, Request, Score, ScoreNotTaken, ScoreTaken, ServiceFault, TokenError, public_document,
};

const ITEM: &str = "https://lms.example/items/7?type_id=3";
const SCORES: &str = "https://lms.example/items/7/scores?type_id=3";
const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";

fn score() -> Score {
    Score {
        user_id: "99".to_owned(),
        given: Some(2.5),
        maximum: 12.0,
        completed: false,
        comment: None,
        timestamp: noon(),
    }
}

/// A stage whose platform gives tokens and takes scores.
fn stage() -> Stage {
    let stage = Stage::new();
    give(&stage, "first", 3600);
    stage.network.answer(SCORES, 201, &[], "");
    stage
}

fn give(stage: &Stage, token: &str, seconds: i64) {
    let answer = json!({"access_token": token, "token_type": "bearer", "expires_in": seconds, "scope": SCOPE});
    stage.network.answer(TOKEN_URL, 200, &[], answer);
}

fn answer(stage: &Stage, status: u16, headers: &[(&'static str, &str)], body: &str) {
    stage.network.forget(SCORES);
    stage.network.answer(SCORES, status, headers, body);
}

/// What a launch grants that lets the tool send scores.
fn grade_service() -> GradeService {
    GradeService { scopes: vec![SCOPE.to_owned()], lineitems: None, lineitem: None }
}

async fn post_to(stage: &Stage, deployment: &str, item: &str) -> Result<ScoreTaken, ScoreNotTaken> {
    let (registration, item, score) = (registration(ISSUER, CLIENT), url(item), score());
    let service = grade_service();
    let gradebook = stage.tool.gradebook(&registration, deployment, &service, &mut *stage.random());
    gradebook.post_score(&item, &score, stage.now).await
}

async fn post(stage: &Stage) -> Result<ScoreTaken, ScoreNotTaken> {
    post_to(stage, "1", ITEM).await
}

fn asked(stage: &Stage, url: &str) -> Vec<Request> {
    stage.network.asked().into_iter().filter(|request| request.url.as_str() == url).collect()
}

fn header(request: &Request, name: &str) -> String {
    request.headers[name].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_score_is_posted_as_the_specification_spells_it() {
    let stage = stage();
    assert_eq!(post(&stage).await.unwrap(), ScoreTaken { status: 201 });
    let request = &asked(&stage, SCORES)[0];
    assert_eq!(header(request, "content-type"), "application/vnd.ims.lis.v1.score+json");
    assert_eq!(header(request, "authorization"), "Bearer first");
    let body: Value = serde_json::from_slice(&request.body).unwrap();
    insta::assert_json_snapshot!(body, @r#"
    {
      "activityProgress": "InProgress",
      "gradingProgress": "FullyGraded",
      "scoreGiven": 2.5,
      "scoreMaximum": 12,
      "timestamp": "2026-11-20T12:00:00.000Z",
      "userId": "99"
    }
    "#);
}

#[tokio::test]
async fn a_token_is_asked_for_with_an_assertion_that_the_published_key_verifies() {
    let stage = stage();
    post(&stage).await.unwrap();
    let request = &asked(&stage, TOKEN_URL)[0];
    let mut fields: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
    let assertion = std::mem::take(&mut fields[2].1);
    assert_eq!(
        fields,
        [
            ("grant_type".to_owned(), "client_credentials".to_owned()),
            ("client_assertion_type".to_owned(), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned()),
            ("client_assertion".to_owned(), String::new()),
            ("scope".to_owned(), SCOPE.to_owned()),
        ]
    );
    let (signed, signature) = assertion.rsplit_once('.').unwrap();
    let published = stage.tool.public_keys().await.unwrap();
    let key: jsonwebtoken::jwk::Jwk = serde_json::from_value(published["keys"][0].clone()).unwrap();
    let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
    let algorithm = jsonwebtoken::Algorithm::RS256;
    assert!(jsonwebtoken::crypto::verify(signature, signed.as_bytes(), &key, algorithm).unwrap());

    let part = |at: usize| -> Value {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(assertion.split('.').nth(at).unwrap()).unwrap()).unwrap()
    };
    assert_eq!(part(0)["kid"], published["keys"][0]["kid"]);
    let claims = part(1);
    assert_eq!((&claims["iss"], &claims["sub"], &claims["aud"]), (&json!(CLIENT), &json!(CLIENT), &json!(TOKEN_URL)));
    assert_eq!(claims["iat"], json!(noon().timestamp() - 5));
    assert!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap() <= 60);
    assert_eq!(claims["jti"].as_str().unwrap().len(), 43);
    assert_eq!(claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"], "1");
}

#[tokio::test]
async fn the_audience_is_the_registrations_where_it_has_one() {
    let stage = stage();
    let mut registration = registration(ISSUER, CLIENT);
    registration.token_audience = Some("https://api.brightspace.com/auth/token".to_owned());
    let (item, score) = (url(ITEM), score());
    let service = grade_service();
    let gradebook = stage.tool.gradebook(&registration, "1", &service, &mut *stage.random());
    gradebook.post_score(&item, &score, stage.now).await.unwrap();
    let request = &asked(&stage, TOKEN_URL)[0];
    let assertion = form_urlencoded::parse(&request.body).find(|(name, _)| name == "client_assertion").unwrap().1;
    let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&claims).unwrap()["aud"], "https://api.brightspace.com/auth/token");
}

#[tokio::test]
async fn one_token_serves_many_scores_until_shortly_before_its_end() {
    let stage = stage();
    assert!(join_all((0..8).map(|_| post(&stage))).await.iter().all(Result::is_ok));
    assert_eq!(stage.network.times_asked(TOKEN_URL), 1);
    let stage = stage.later(TimeDelta::seconds(3539));
    post(&stage).await.unwrap();
    assert_eq!(stage.network.times_asked(TOKEN_URL), 1);
    let stage = stage.later(TimeDelta::seconds(1));
    post(&stage).await.unwrap();
    assert_eq!(stage.network.times_asked(TOKEN_URL), 2);
    post_to(&stage, "2", ITEM).await.unwrap();
    assert_eq!(stage.network.times_asked(TOKEN_URL), 3, "another deployment has its own");
}

#[tokio::test]
async fn a_kept_token_that_is_no_longer_taken_is_replaced_once() {
    for status in [401, 403] {
        let stage = stage();
        post(&stage).await.unwrap();
        stage.network.forget(TOKEN_URL);
        give(&stage, "second", 3600);
        stage.network.forget(SCORES);
        stage.network.answer(SCORES, status, &[], r#"{"detail": "Invalid token signature."}"#);
        stage.network.answer(SCORES, 201, &[], "");
        post(&stage).await.unwrap();
        assert_eq!(header(asked(&stage, SCORES).last().unwrap(), "authorization"), "Bearer second");

        answer(&stage, status, &[], "no");
        let refused = post(&stage).await.unwrap_err();
        assert!(matches!(refused, ScoreNotTaken::Fault(ServiceFault::Forbidden { .. })), "{refused:?}");
        assert_eq!(stage.network.times_asked(TOKEN_URL), 3);
    }
}

#[tokio::test]
async fn what_a_platform_answers_is_told_apart() {
    let stage = stage();
    let stage = &stage;
    let outcome = |status, headers: &'static [(&'static str, &'static str)], body| async move {
        answer(stage, status, headers, body);
        match post(stage).await {
            Ok(taken) => format!("taken {}", taken.status),
            Err(not_taken) => format!("{not_taken:?}"),
        }
    };
    insta::assert_snapshot!(outcome(200, &[], "").await, @"taken 200");
    insta::assert_snapshot!(outcome(204, &[], "").await, @"taken 204");
    insta::assert_snapshot!(outcome(400, &[], r#"{"timestamp": ["Score timestamp can only be updated to a later point in time"]}"#).await, @r#"Older { status: 400, excerpt: "{\"timestamp\": [\"Score timestamp can only be updated to a later point in time\"]}" }"#);
    insta::assert_snapshot!(outcome(400, &[], "user is not gradable").await, @r#"Fault(Refused { status: 400, excerpt: "user is not gradable" })"#);
    insta::assert_snapshot!(outcome(409, &[], "").await, @r#"Older { status: 409, excerpt: "" }"#);
    insta::assert_snapshot!(outcome(403, &[("x-rate-limit-remaining", "0.0")], "").await, @"Fault(Throttled { status: 403, retry_after: None })");
    insta::assert_snapshot!(outcome(403, &[], "403 Forbidden (Rate Limit Exceeded)").await, @"Fault(Throttled { status: 403, retry_after: None })");
    insta::assert_snapshot!(outcome(404, &[], "").await, @r#"Fault(Gone { status: 404, excerpt: "" })"#);
    insta::assert_snapshot!(outcome(422, &[], "User not found in course").await, @r#"LearnerRefused { status: 422, excerpt: "User not found in course" }"#);
    insta::assert_snapshot!(outcome(415, &[], "").await, @r#"Fault(Refused { status: 415, excerpt: "" })"#);
    insta::assert_snapshot!(outcome(429, &[("retry-after", "120")], "").await, @"Fault(Throttled { status: 429, retry_after: Some(TimeDelta { secs: 120, nanos: 0 }) })");
    insta::assert_snapshot!(outcome(503, &[("retry-after", "Fri, 20 Nov 2026 12:01:30 GMT")], " <html>\n  down").await, @r#"Fault(PlatformFailed { status: 503, retry_after: Some(TimeDelta { secs: 90, nanos: 0 }), excerpt: "<html> down" })"#);
    insta::assert_snapshot!(outcome(500, &[("retry-after", "whenever")], "").await, @r#"Fault(PlatformFailed { status: 500, retry_after: None, excerpt: "" })"#);
}

#[tokio::test]
async fn no_answer_is_told_apart_from_a_bad_one() {
    let stage = stage();
    stage.network.forget(SCORES);
    stage.network.fail(SCORES, HttpError::TimedOut);
    assert!(matches!(post(&stage).await, Err(ScoreNotTaken::Fault(ServiceFault::Http(HttpError::TimedOut)))));
}

#[tokio::test]
async fn a_token_never_goes_to_a_host_that_is_not_the_platforms() {
    let stage = stage();
    for item in
        ["https://evil.example/items/7", "https://lms.example.evil.example/", "https://lms.example@evil.example/"]
    {
        assert!(
            matches!(post_to(&stage, "1", item).await, Err(ScoreNotTaken::Fault(ServiceFault::ForeignHost { .. }))),
            "{item}"
        );
    }
    assert_eq!(stage.network.asked().len(), 0);
    stage.network.answer("https://grades.example/items/7/scores", 200, &[], "");
    assert!(post_to(&stage, "1", "https://grades.example/items/7/").await.is_ok(), "the administrator named that host");
}

#[tokio::test]
async fn a_token_that_cannot_be_had_says_why() {
    let stage = stage();
    let stage = &stage;
    let outcome = |status, body: Value| async move {
        stage.network.forget(TOKEN_URL);
        stage.network.answer(TOKEN_URL, status, &[], body);
        match post(stage).await {
            Err(ScoreNotTaken::Fault(ServiceFault::Token(error))) => error,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(outcome(400, json!({"error": "invalid_client"})).await, TokenError::Refused { status: 400, .. }));
    assert!(matches!(outcome(200, json!({"token_type": "bearer"})).await, TokenError::NoToken));
    assert!(matches!(outcome(200, json!("text")).await, TokenError::NoToken));
    assert!(matches!(outcome(200, json!({"access_token": "a\nb"})).await, TokenError::NoToken));
    assert!(matches!(outcome(200, json!({"access_token": "a", "token_type": "mac"})).await, TokenError::NoToken));
    assert!(matches!(outcome(200, json!({"access_token": "a", "scope": ""})).await, TokenError::ScopeDenied(_)));
}

#[tokio::test]
async fn published_keys_have_thumbprints_for_names_and_hold_nothing_private() {
    let document = public_document(&keys()[..2]).unwrap();
    for key in document["keys"].as_array().unwrap() {
        let members: Vec<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(key.clone()).unwrap();
        assert_eq!(key["kid"], jwk.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).unwrap());
    }
    assert!(!format!("{:?}", keys()[0]).contains("PRIVATE"));
}
