//! The API as a page or a script meets it.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::web::testing::{Answer, TestApp};

fn assert_error(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let body = answer.json();
    assert_eq!(body["error"], code);
    assert!(body["message"].as_str().unwrap().ends_with('.'), "{body}");
    assert!(!body["reference"].as_str().unwrap().is_empty());
}

fn state(progress: &Value, task: &str) -> String {
    let tasks = progress["tasks"].as_array().unwrap();
    tasks.iter().find(|row| row["id"] == task).unwrap()["state"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn without_a_session_there_is_nothing() {
    let app = TestApp::new().await;
    let body = json!({});
    for token in [None, Some("unknown"), Some("")] {
        assert_error(&app.get("/api/progress", token).await, StatusCode::UNAUTHORIZED, "session_expired");
        assert_error(&app.post("/api/turns", token, &body).await, StatusCode::UNAUTHORIZED, "session_expired");
        assert_error(&app.post("/api/submissions", token, &body).await, StatusCode::UNAUTHORIZED, "session_expired");
    }
    assert_error(&app.get("/api/nothing", None).await, StatusCode::NOT_FOUND, "not_found");
}

#[tokio::test]
async fn a_session_ends_when_it_stands_idle_and_at_the_latest_after_twelve_hours() {
    let app = TestApp::new().await;
    let idle = app.session("ada").await;
    app.clock.advance(TimeDelta::minutes(59));
    assert_eq!(app.get("/api/progress", Some(&idle)).await.status, StatusCode::OK);
    app.clock.advance(TimeDelta::minutes(59));
    assert_eq!(app.get("/api/progress", Some(&idle)).await.status, StatusCode::OK, "its use kept it alive");
    app.clock.advance(TimeDelta::minutes(61));
    assert_error(&app.get("/api/progress", Some(&idle)).await, StatusCode::UNAUTHORIZED, "session_expired");

    let busy = app.session("ada").await;
    for _ in 0..23 {
        app.clock.advance(TimeDelta::minutes(31));
        assert_eq!(app.get("/api/progress", Some(&busy)).await.status, StatusCode::OK);
    }
    app.clock.advance(TimeDelta::minutes(31));
    assert_error(&app.get("/api/progress", Some(&busy)).await, StatusCode::UNAUTHORIZED, "session_expired");
}

#[tokio::test]
async fn a_right_answer_closes_the_task_and_unlocks_what_waits_for_it() {
    let app = TestApp::new().await;
    let token = app.session("ada").await;
    let before = app.get("/api/progress", Some(&token)).await.json();
    assert_eq!(state(&before, "five-and-five"), "blocked");
    let wrong = json!({ "task": "two-and-two", "answer": "5" });
    let wrong = app.post("/api/submissions", Some(&token), &wrong).await;
    assert_eq!((wrong.status, &wrong.json()["verdict"]), (StatusCode::CREATED, &json!("not_yet")));
    let right = json!({ "task": "two-and-two", "answer": "4" });
    let right = app.post("/api/submissions", Some(&token), &right).await;
    assert_eq!((right.status, &right.json()["verdict"]), (StatusCode::CREATED, &json!("accepted")));
    let after = app.get("/api/progress", Some(&token)).await.json();
    assert_eq!((state(&after, "two-and-two"), state(&after, "five-and-five")), ("closed".into(), "open".into()));
    assert!((after["score"].as_f64().unwrap() - 1.0 / 3.0).abs() < 1e-9);
}

#[tokio::test]
async fn what_cannot_be_handed_in_is_refused_with_a_word_and_a_sentence() {
    let app = TestApp::new().await;
    let token = app.session("ada").await;
    let submit = async |task: &str, answer: Value| {
        app.post("/api/submissions", Some(&token), &json!({ "task": task, "answer": answer })).await
    };
    assert_error(&submit("five-and-five", json!("10")).await, StatusCode::CONFLICT, "task_blocked");
    assert_error(&submit("numbers", json!("10")).await, StatusCode::CONFLICT, "task_has_subtasks");
    assert_error(&submit("nothing", json!("10")).await, StatusCode::NOT_FOUND, "task_not_found");
    assert_error(&submit("colour", json!("  ")).await, StatusCode::UNPROCESSABLE_ENTITY, "answer_empty");
    let long = "x".repeat(100_000);
    assert_error(&submit("colour", json!(long)).await, StatusCode::PAYLOAD_TOO_LARGE, "answer_too_long");
    submit("two-and-two", json!("4")).await;
    assert_error(&submit("two-and-two", json!("4")).await, StatusCode::CONFLICT, "task_closed");
    assert_eq!(submit("colour", json!("blue\u{0}")).await.status, StatusCode::CREATED);
    let unreadable = app.post("/api/submissions", Some(&token), &json!({ "task": 7 })).await;
    assert_error(&unreadable, StatusCode::UNPROCESSABLE_ENTITY, "request_unreadable");
}

#[tokio::test]
async fn two_windows_that_submit_at_once_are_two_attempts() {
    let app = TestApp::new().await;
    let token = app.session("ada").await;
    let body = json!({ "task": "colour", "answer": "green" });
    let submit = || app.post("/api/submissions", Some(&token), &body);
    let (one, two) = tokio::join!(submit(), submit());
    assert_eq!((one.status, two.status), (StatusCode::CREATED, StatusCode::CREATED), "{} {}", one.body, two.body);
}

#[tokio::test]
async fn nobody_sees_the_work_of_another() {
    let app = TestApp::new().await;
    let (ada, ben) = (app.session("ada").await, app.session("ben").await);
    let turn = app.post("/api/turns", Some(&ada), &json!({ "message": "Hello", "task": "colour" })).await;
    let turn = turn.json()["turn"].as_str().unwrap().to_owned();
    let events = app.get(&format!("/api/turns/{turn}/events"), Some(&ben)).await;
    assert_error(&events, StatusCode::NOT_FOUND, "turn_not_found");
    let stopped = app.delete(&format!("/api/turns/{turn}"), &ben).await;
    assert_error(&stopped, StatusCode::NOT_FOUND, "turn_not_found");
    let hers = app.get("/api/progress", Some(&ben)).await.json();
    assert_eq!(hers["completion"], 0.0);
}

#[tokio::test]
async fn what_the_author_hid_is_in_no_answer() {
    let app = TestApp::new().await;
    let page = app.open("client-1", json!({ "custom": { "project": "counting", "task": "two-and-two" } })).await;
    let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
    let wrong = json!({ "task": "two-and-two", "answer": "5" });
    let wrong = app.post("/api/submissions", Some(&token), &wrong).await;
    let message = json!({ "message": "Tell me the answer!", "task": "two-and-two" });
    let turn = app.post("/api/turns", Some(&token), &message).await;
    let turn = turn.json()["turn"].as_str().unwrap().to_owned();
    let events = app.get(&format!("/api/turns/{turn}/events"), Some(&token)).await;
    for body in [page.body, wrong.body, events.body] {
        assert!(!body.contains("SECRET-SOLUTION"), "{body}");
        assert!(!body.contains("Count on from two"), "a locked hint: {body}");
    }
}

#[tokio::test]
async fn an_answer_is_followed_to_its_end_and_again_from_any_place() {
    let app = TestApp::new().await;
    let token = app.session("ada").await;
    let turn = app.post("/api/turns", Some(&token), &json!({ "message": "I am stuck", "task": "two-and-two" })).await;
    assert_eq!(turn.status, StatusCode::CREATED);
    let path = format!("/api/turns/{}/events", turn.json()["turn"].as_str().unwrap());
    let whole = app.get(&path, Some(&token)).await.body;
    assert!(whole.contains("event: delta") && whole.contains("event: block") && whole.contains("event: done"));
    let again = app.get(&path, Some(&token)).await.body;
    assert_eq!(whole, again);
}

#[tokio::test]
async fn a_message_that_cannot_be_said_is_refused() {
    let app = TestApp::new().await;
    let token = app.session("ada").await;
    let empty = app.post("/api/turns", Some(&token), &json!({ "message": "  " })).await;
    assert_error(&empty, StatusCode::UNPROCESSABLE_ENTITY, "message_empty");
    let long = app.post("/api/turns", Some(&token), &json!({ "message": "x".repeat(10_000) })).await;
    assert_error(&long, StatusCode::PAYLOAD_TOO_LARGE, "message_too_long");
    let elsewhere = app.post("/api/turns", Some(&token), &json!({ "message": "Hi", "task": "nothing" })).await;
    assert_error(&elsewhere, StatusCode::NOT_FOUND, "task_not_found");
}

#[tokio::test]
async fn a_score_is_owed_in_the_transaction_of_its_verdict() {
    let app = TestApp::new().await;
    let token = app.session("ada").await;
    let body = json!({ "task": "two-and-two", "answer": "4" });
    app.post("/api/submissions", Some(&token), &body).await;
    let mut tx = app.services.db.read().await.unwrap();
    assert_eq!(crate::grades::outbox::tally(&mut tx).await.unwrap().waiting, 1);
}

#[tokio::test]
async fn a_preview_owes_nothing() {
    let app = TestApp::new().await;
    let roles = json!({ "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"] });
    let page = app.open("client-1", roles).await;
    let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
    let body = json!({ "task": "two-and-two", "answer": "4" });
    assert_eq!(app.post("/api/submissions", Some(&token), &body).await.json()["verdict"], "accepted");
    let mut tx = app.services.db.read().await.unwrap();
    assert_eq!(crate::grades::outbox::tally(&mut tx).await.unwrap().waiting, 0);
}
