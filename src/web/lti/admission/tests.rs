//! What an administrator decided about people, as launches meet it.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::{
    launch::{
        arrival, log,
        platform::{self, Registration},
        policy::{self, LaunchPolicy, Provisioning, RoleLines},
        provisioning,
    },
    web::testing::{Answer, TestApp},
};

async fn registration(app: &TestApp) -> Registration {
    let mut tx = app.services.db.read().await.unwrap();
    platform::registrations(&mut tx).await.unwrap().pop().unwrap()
}

async fn decide(app: &TestApp, policy: LaunchPolicy) {
    let registration = registration(app).await;
    let mut tx = app.services.db.begin().await.unwrap();
    policy::save(&mut tx, registration.id, &policy).await.unwrap();
    tx.commit().await.unwrap();
}

async fn by(app: &TestApp, provisioning: Provisioning) {
    decide(app, LaunchPolicy { provisioning, ..LaunchPolicy::default() }).await;
}

async fn code(app: &TestApp) -> String {
    let registration = registration(app).await;
    let mut tx = app.services.db.begin().await.unwrap();
    let code = provisioning::make_code(&mut tx, &app.services.entropy, app.now(), registration.id).await.unwrap();
    tx.commit().await.unwrap();
    code
}

async fn outcome(app: &TestApp) -> String {
    app.clock.advance(chrono::TimeDelta::seconds(1));
    let mut tx = app.services.db.read().await.unwrap();
    log::newest(&mut tx, 1).await.unwrap().pop().unwrap().outcome
}

fn ticket(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("name=\"ticket\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

/// The launch of the session in a page.
async fn record(app: &TestApp, page: &Answer) -> arrival::LaunchRecord {
    let launch = page.session().unwrap()["launch"].as_str().unwrap().parse().unwrap();
    let mut tx = app.services.db.read().await.unwrap();
    arrival::find(&mut tx, launch).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_changed_role_holds_from_the_next_launch_on() {
    let app = TestApp::new().await;
    let developer = json!({ "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#ContentDeveloper"] });
    let role = |page: &Answer| page.session().unwrap()["role"].clone();
    assert_eq!(role(&app.open("client-1", developer.clone()).await), "observer");
    let roles = RoleLines::read("ContentDeveloper: instructor").unwrap();
    decide(&app, LaunchPolicy { roles, ..LaunchPolicy::default() }).await;
    assert_eq!(role(&app.open("client-1", developer.clone()).await), "instructor");
    assert_eq!(role(&app.open("client-1", json!({})).await), "learner");
    decide(&app, LaunchPolicy::default()).await;
    assert_eq!(role(&app.open("client-1", developer).await), "observer");
}

#[test]
fn every_mistake_in_a_table_of_roles_is_named() {
    let mistakes =
        RoleLines::read("Instuctor: instructor\nMember: teacher\nLearner: learner\nManager: 7\n").unwrap_err();
    let paths: Vec<_> = mistakes.iter().map(|mistake| mistake.path.as_str()).collect();
    assert_eq!(paths, ["Instuctor", "Manager", "Member"]);
    let twice = r#"{"Learner": "observer", "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner": "learner"}"#;
    assert!(RoleLines::read(twice).unwrap_err()[0].message.contains("twice"));
    for text in ["7", "[]", "{", "a: b: c"] {
        assert!(RoleLines::read(text).is_err(), "{text}");
    }
    assert_eq!(RoleLines::read("").unwrap(), RoleLines::default());
}

#[tokio::test]
async fn a_closed_registration_lets_in_whoever_was_here_before_and_nobody_new() {
    let app = TestApp::new().await;
    app.session("ada").await;
    by(&app, Provisioning::Closed).await;
    app.session("ada").await;
    for (changes, reason) in [
        (json!({ "sub": "new" }), "closed_to_new_people"),
        (json!({ "sub": "new", "roles": ["Instructor"] }), "closed_to_new_people"),
        (json!({ "sub": Value::Null }), "anonymous_not_admitted"),
    ] {
        // The log's newest entry is told by its time.
        app.clock.advance(chrono::TimeDelta::seconds(1));
        let refused = app.launch("client-1", changes).await;
        assert_eq!((refused.status, outcome(&app).await.as_str()), (StatusCode::FORBIDDEN, reason));
        assert!(refused.body.contains("not on the list") && refused.session().is_none());
    }
}

#[tokio::test]
async fn a_code_lets_one_person_in_and_is_then_used_up() {
    let app = TestApp::new().await;
    by(&app, Provisioning::Invitation).await;
    let refused = app.launch("client-1", json!({ "sub": "ada" })).await;
    assert_eq!((refused.status, outcome(&app).await.as_str()), (StatusCode::FORBIDDEN, "not_invited"));
    assert!(refused.body.contains("Invitation code"));
    let (ticket, code) = (ticket(&refused), code(&app).await);
    let show = async |ticket: &str, code: &str| {
        app.post_form("/lti/invitation", &[("ticket", ticket), ("code", code)], None).await
    };
    let wrong = show(&ticket, "AAAA-AAAA-AAAA-AAAA").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains(&ticket), "it can be tried again");
    let typed = code.to_lowercase().replace('-', " ");
    assert_eq!(show(&ticket, &typed).await.status, StatusCode::OK);
    app.session("ada").await;

    let other = app.launch("client-1", json!({ "sub": "grace" })).await;
    assert_eq!(show(&self::ticket(&other), &code).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(show(&ticket, &code).await.status, StatusCode::FORBIDDEN, "the ticket is used up, too");
}

#[tokio::test]
async fn codes_can_neither_be_guessed_nor_used_elsewhere_or_too_late() {
    let app = TestApp::new().await;
    app.register("client-2").await;
    by(&app, Provisioning::Invitation).await;
    let code = code(&app).await;
    let show = async |ticket: &str, code: &str| {
        app.post_form("/lti/invitation", &[("ticket", ticket), ("code", code)], None).await.status
    };
    let refused = app.launch("client-2", json!({ "sub": "ada" })).await;
    let ticket = ticket(&refused);
    for at in 0..5 {
        assert_eq!(show(&ticket, &format!("GUESS{at}")).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(show(&ticket, &code).await, StatusCode::FORBIDDEN, "five tries a ticket");
    assert_eq!(show("made-up", &code).await, StatusCode::FORBIDDEN);
    let late = self::ticket(&app.launch("client-2", json!({ "sub": "ada" })).await);
    app.clock.advance(provisioning::CODE_LIFE);
    assert_eq!(show(&late, &code).await, StatusCode::FORBIDDEN);
    for fields in [&[][..], &[("code", "x")], &[("ticket", "\u{0}"), ("code", "\u{0}")]] {
        assert!(app.post_form("/lti/invitation", fields, None).await.status.is_client_error());
    }
}

#[tokio::test]
async fn an_invitation_is_not_needed_by_those_who_teach_and_those_on_the_list() {
    let app = TestApp::new().await;
    by(&app, Provisioning::Invitation).await;
    let teacher = json!({ "sub": "teacher", "roles": ["Instructor"] });
    assert!(app.open("client-1", teacher).await.session().is_some());
    let registration = registration(&app).await;
    let mut tx = app.services.db.begin().await.unwrap();
    provisioning::invite(&mut tx, registration.id, "ada").await.unwrap();
    tx.commit().await.unwrap();
    app.session("ada").await;
    // An e-mail address makes nobody known.
    let same_mail = app.launch("client-1", json!({ "sub": "other", "email": "ada@example.org" })).await;
    assert_eq!(same_mail.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_email_address_is_kept_only_where_that_was_decided() {
    let app = TestApp::new().await;
    let page = app.open("client-1", json!({})).await;
    assert_eq!(record(&app, &page).await.email, None);
    decide(&app, LaunchPolicy { keep_email: true, ..LaunchPolicy::default() }).await;
    let page = app.open("client-1", json!({})).await;
    assert_eq!(record(&app, &page).await.email.as_deref(), Some("ada@example.org"));
    decide(&app, LaunchPolicy::default()).await;
    assert_eq!(record(&app, &page).await.email, None, "and forgotten when it was decided otherwise");
}

#[tokio::test]
async fn the_last_launch_is_kept_for_trying_rules_on_without_the_person() {
    let app = TestApp::new().await;
    app.open("client-1", json!({ "sub": "learner-secret" })).await;
    let registration = registration(&app).await;
    let mut tx = app.services.db.read().await.unwrap();
    let (claims, _) = policy::last_claims(&mut tx, registration.id).await.unwrap().unwrap();
    let text = Value::Object(claims).to_string();
    assert!(text.contains("Mathematics"));
    for gone in ["learner-secret", "Ada", "ada@"] {
        assert!(!text.contains(gone), "{gone} in {text}");
    }
    drop(tx);
    let mut tx = app.services.db.begin().await.unwrap();
    assert_eq!(policy::sweep_claims(&mut tx, app.now() + policy::CLAIMS_RETENTION).await.unwrap(), 1);
}

#[tokio::test]
async fn odd_custom_parameters_never_stop_a_launch_and_are_logged() {
    let app = TestApp::new().await;
    let mut deep = json!("x");
    for _ in 0..50 {
        deep = json!({ "text": [deep] });
    }
    let custom = json!({
        "project": "counting",
        "learning_context_description": "$Activity.description",
        "target_learning_objectives_for_activity": deep,
        "teacher_notes_for_student_on_lo": "<img src=x onerror=alert(1)>".repeat(1_000),
        "content_item_id": null,
    });
    let page = app.open("client-1", json!({ "custom": custom })).await;
    let context = record(&app, &page).await.context;
    assert_eq!(context.content, None);
    assert_eq!(context.teacher_note.unwrap().chars().count(), 4_000);
    let mut tx = app.services.db.read().await.unwrap();
    let entry = log::newest(&mut tx, 1).await.unwrap().pop().unwrap();
    assert_eq!(entry.outcome, "launched");
    assert!(entry.explanation.contains("$Activity.description"), "{}", entry.explanation);
}

#[tokio::test]
async fn an_anonymous_launch_leaves_no_grade_behind_and_no_second_guest_is_the_same() {
    let app = TestApp::new().await;
    let guest = json!({ "sub": Value::Null, "name": Value::Null, "email": Value::Null });
    let first = app.open("client-1", guest.clone()).await;
    let token = first.session().unwrap()["token"].as_str().unwrap().to_owned();
    let solved = json!({ "task": "two-and-two", "answer": "4" });
    assert_eq!(app.post("/api/submissions", Some(&token), &solved).await.json()["verdict"], "accepted");
    assert!(app.platform.scores().is_empty());
    let second = app.open("client-1", guest).await;
    let token = second.session().unwrap()["token"].as_str().unwrap().to_owned();
    let progress = app.get("/api/progress", Some(&token)).await.json();
    assert!(progress["tasks"].as_array().unwrap().iter().all(|task| task["state"] != "closed"));
    assert!(record(&app, &second).await.guest);
    assert_eq!(second.header(header::CACHE_CONTROL), "no-store");
}
