//! The class as those who teach see it, and as nobody else does.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::{
    accounts::Role,
    store::testing::TestDatabase,
    web::testing::{Answer, RosterFault, TestApp, enrolled},
};

const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
const ASSISTANT: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";
const MENTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor";
const ROLES: &str = "https://purl.imsglobal.org/spec/lti/claim/roles";

/// Launches with a role and gives the bearer token.
async fn comes_as(app: &TestApp, subject: &str, role: &str) -> String {
    let page = app.open("client-1", json!({ "sub": subject, ROLES: [role], "name": subject })).await;
    page.session().unwrap()["token"].as_str().unwrap().to_owned()
}

async fn learner(app: &TestApp, subject: &str) -> String {
    let page = app.open("client-1", json!({ "sub": subject, "name": subject })).await;
    page.session().unwrap()["token"].as_str().unwrap().to_owned()
}

async fn asks(app: &TestApp, token: &str, address: &str, form: Option<&str>) -> Answer {
    app.post("/fn/class-page", Some(token), &json!({ "address": address, "form": form })).await
}

/// The page of the class at an address.
async fn page(app: &TestApp, token: &str, address: &str) -> String {
    let answer = asks(app, token, address, None).await;
    assert_eq!(answer.status, StatusCode::OK, "{address}: {}", answer.body);
    answer.json()["page"]["html"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
}

async fn submits(app: &TestApp, token: &str, task: &str, answer: &str) -> Value {
    let sent = app.post("/api/submissions", Some(token), &json!({ "task": task, "answer": answer })).await;
    assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.body);
    sent.json()
}

crate::database_test!(
    async fn the_class_shows_who_has_done_what_and_who_is_stuck(db: Db) {
        let app = TestApp::over(db).await;
        let mira = learner(&app, "Mira").await;
        submits(&app, &mira, "two-and-two", "4").await;
        let jonas = learner(&app, "Jonas").await;
        for wrong in ["red", "green", "grey"] {
            submits(&app, &jonas, "colour", wrong).await;
        }
        let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
        submits(&app, &teacher, "colour", "blue").await;

        let class = page(&app, &teacher, "/activity/class").await;
        assert!(class.contains("Mira") && class.contains("Jonas"), "{class}");
        assert!(!class.contains("Ada"), "who teaches is not of the class: {class}");
        assert!(class.contains("1 of 3") && class.contains("0 of 3"), "{class}");
        assert!(class.contains("Most are stuck at “The colour of the sky”: 1 learner."), "{class}");
        assert!(class.contains("1 / 3"), "points: {class}");

        let stuck = page(&app, &teacher, "/activity/class?state=stuck").await;
        assert!(stuck.contains("Jonas") && !stuck.contains("Mira"), "{stuck}");
        let found = page(&app, &teacher, "/activity/class?text=mIr").await;
        assert!(found.contains("Mira") && !found.contains("Jonas"), "{found}");
        let at_task = page(&app, &teacher, "/activity/class?task=colour").await;
        assert!(at_task.contains("Jonas") && !at_task.contains(">Mira<"), "{at_task}");
        let sorted = page(&app, &teacher, "/activity/class?sort=progress&down=1").await;
        assert!(sorted.find("Mira") < sorted.find("Jonas"), "{sorted}");
    }
);

#[tokio::test]
async fn nobody_but_those_who_teach_sees_a_class() {
    let app = TestApp::new().await;
    let mira = learner(&app, "Mira").await;
    let mentor = comes_as(&app, "Max", MENTOR).await;
    for token in [&mira, &mentor] {
        assert_eq!(asks(&app, token, "/activity/class", None).await.status, StatusCode::NOT_FOUND);
        let window = app.post("/fn/window", Some(token), &json!({ "as_learner": true })).await;
        assert_eq!(window.status, StatusCode::NOT_FOUND);
    }
    let assistant = comes_as(&app, "Tom", ASSISTANT).await;
    assert!(page(&app, &assistant, "/activity/class").await.contains("Mira"));
    assert_eq!(asks(&app, "nothing", "/activity/class", None).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn launches_that_name_no_course_are_no_class() {
    let app = TestApp::new().await;
    let nowhere =
        json!({ "sub": "Ada", ROLES: [INSTRUCTOR], "https://purl.imsglobal.org/spec/lti/claim/context": null });
    let page = app.open("client-1", nowhere).await;
    let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
    let answer = asks(&app, &token, "/activity/class", None).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.body.contains("does not say which course"), "{}", answer.body);
}

#[tokio::test]
async fn an_address_of_no_page_of_the_class_leads_nowhere() {
    let app = TestApp::new().await;
    let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
    for address in
        ["/activity/class/nothing", "/admin", "", "/activity/class/learners/7", "/activity/class/learners/%00"]
    {
        assert_eq!(asks(&app, &teacher, address, None).await.status, StatusCode::NOT_FOUND, "{address}");
    }
    for odd in ["?page=0", "?page=99999999999999999999", "?task=%00", "?sort=nothing&down", "?text=%FF"] {
        page(&app, &teacher, &format!("/activity/class{odd}")).await;
    }
}

#[tokio::test]
async fn an_empty_class_says_how_it_fills() {
    let app = TestApp::new().await;
    let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
    assert!(page(&app, &teacher, "/activity/class").await.contains("Nobody is here yet"));
}

#[tokio::test]
async fn a_preview_is_a_session_of_its_own_and_leaves_no_trace_in_the_class() {
    let app = TestApp::new().await;
    learner(&app, "Mira").await;
    let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
    submits(&app, &teacher, "two-and-two", "4").await;
    let opened = app.post("/fn/window", Some(&teacher), &json!({ "as_learner": true })).await;
    let address = opened.json().as_str().unwrap().to_owned();
    let preview = app.get(&address, None).await;
    let token = preview.session().unwrap()["token"].as_str().unwrap().to_owned();
    assert_ne!(token, teacher);
    let progress = app.get("/api/progress", Some(&token)).await;
    assert!(preview.body.contains("0 of 3 done"), "it begins anew: {}", progress.body);
    assert!(preview.body.contains("Preview: you see what learners see."));
    submits(&app, &token, "two-and-two", "4").await;
    assert_eq!(asks(&app, &token, "/activity/class", None).await.status, StatusCode::NOT_FOUND);

    let class = page(&app, &teacher, "/activity/class").await;
    assert!(class.contains("<strong>1</strong> <!>learner"), "{class}");
    assert!(class.contains("<strong>0</strong> <!>have begun"), "{class}");
}

#[tokio::test]
async fn another_window_opens_once_with_the_same_launch() {
    let app = TestApp::new().await;
    let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
    let opened = app.post("/fn/window", Some(&teacher), &json!({ "as_learner": false })).await;
    let address = opened.json().as_str().unwrap().to_owned();
    let session = app.get(&address, None).await.session().unwrap();
    assert_ne!(session["token"].as_str().unwrap(), teacher);
    assert_eq!(session["role"], "instructor");
    assert!(app.get(&address, None).await.session().is_none(), "the code is spent");
}

#[tokio::test]
async fn whoever_signs_in_sees_the_courses_of_their_own_organisation() {
    let app = TestApp::on(TestDatabase::sqlite().await).await;
    learner(&app, "Mira").await;
    for (name, organisation, sees) in [("ada", None, true), ("eve", Some("Elsewhere"), false)] {
        let secret = app.invite(name, Role::Instructor, organisation).await;
        let mut browser = app.browser();
        browser.post("/sign-in/link", &[("link", &secret)]).await;
        let courses = browser.get("/teach").await;
        assert_eq!(courses.status, StatusCode::OK);
        let address =
            courses.body.split("/teach/courses/").nth(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        assert_eq!(address.is_some(), sees, "{}", courses.body);
        if let Some(course) = address {
            let class = browser.get(&format!("/teach/courses/{course}")).await;
            assert!(class.body.contains("Mira"), "{}", class.body);
            assert_eq!(browser.get(&format!("/teach/courses/{course}/nothing")).await.status, StatusCode::NOT_FOUND);
            let empty = browser.get("/teach?text=nothing+like+it").await;
            assert!(empty.body.contains("No course is called like that."));
        }
    }
    let signed_out = app.browser().get("/teach").await;
    assert!(signed_out.header(header::LOCATION).starts_with("/sign-in?to=%2Fteach"));
}

#[tokio::test]
async fn the_course_of_another_organisation_does_not_exist() {
    let app = TestApp::new().await;
    learner(&app, "Mira").await;
    let mut root = app.administrator(None).await;
    let courses = root.get("/teach").await.body;
    let course = courses.split("/teach/courses/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let secret = app.invite("eve", Role::Instructor, Some("Elsewhere")).await;
    let mut eve = app.browser();
    eve.post("/sign-in/link", &[("link", &secret)]).await;
    assert_eq!(eve.get(&format!("/teach/courses/{course}")).await.status, StatusCode::NOT_FOUND);
}

/// The address of a learner's page, as the table links to it.
fn address_of(class: &str, name: &str) -> String {
    let before = class.split(&format!(">{name}<")).next().unwrap();
    let address = before.rsplit("href=\"").next().unwrap().split('"').next().unwrap();
    assert!(address.contains("/learners/"), "{address}");
    address.to_owned()
}

/// The id of the newest attempt that can be decided about.
fn submission_of(page: &str) -> String {
    let field = page.split("name=\"submission\" value=\"").nth(1).unwrap_or_else(|| panic!("no form: {page}"));
    field.split('"').next().unwrap().to_owned()
}

/// What came of a form: where it leads.
async fn sends(app: &TestApp, token: &str, address: &str, form: &str) -> String {
    let answer = asks(app, token, address, Some(form)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()["go_to"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned()
}

async fn points(app: &TestApp, token: &str) -> f64 {
    // Three tasks, a point each.
    app.get("/api/progress", Some(token)).await.json()["score"].as_f64().unwrap() * 3.0
}

crate::database_test!(
    async fn a_person_decides_in_place_of_the_check_and_takes_it_back(db: Db) {
        let app = TestApp::over(db).await;
        let mira = learner(&app, "Mira").await;
        submits(&app, &mira, "colour", "turquoise").await;
        let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
        let address = address_of(&page(&app, &teacher, "/activity/class").await, "Mira");
        let shown = page(&app, &teacher, &address).await;
        for part in ["Attempts", "Conversation", "Grade", "turquoise", "Not yet", "0 / 3"] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        let submission = submission_of(&shown);
        let form = format!("submission={submission}&verdict=accepted&points=0,5&reason=Nearly+blue");
        let to = sends(&app, &teacher, &format!("{address}/decide"), &form).await;
        let decided = page(&app, &teacher, &to).await;
        assert!(decided.contains("The decision is saved.") && decided.contains("0.5 / 3"), "{decided}");
        assert!((points(&app, &mira).await - 0.5).abs() < 1e-9);

        let own = app.post("/fn/submissions", Some(&mira), &json!({})).await.json();
        assert_eq!(own[0]["verdict"], "accepted");
        let told = own[0]["feedback_html"].as_str().unwrap();
        assert!(told.contains("Nearly blue") && !told.contains("Ada"), "{told}");

        let form = format!("submission={submission}");
        let to = sends(&app, &teacher, &format!("{address}/undo"), &form).await;
        assert!(page(&app, &teacher, &to).await.contains("0 / 3"));
        assert!(points(&app, &mira).await.abs() < 1e-9);
        let again = asks(&app, &teacher, &format!("{address}/undo"), Some(&form)).await;
        assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    }
);

#[tokio::test]
async fn a_task_that_was_accepted_opens_again_and_a_newer_attempt_counts() {
    let app = TestApp::new().await;
    let mira = learner(&app, "Mira").await;
    submits(&app, &mira, "colour", "blue").await;
    let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
    let address = address_of(&page(&app, &teacher, "/activity/class").await, "Mira");
    let submission = submission_of(&page(&app, &teacher, &address).await);
    let form = format!("submission={submission}&verdict=not_yet&points=&reason=Say+more");
    sends(&app, &teacher, &format!("{address}/decide"), &form).await;
    assert!(points(&app, &mira).await.abs() < 1e-9);
    submits(&app, &mira, "colour", "Blue").await;
    assert!((points(&app, &mira).await - 1.0).abs() < 1e-9);
    let late = asks(&app, &teacher, &format!("{address}/undo"), Some(&format!("submission={submission}"))).await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert!(late.body.contains("newest"), "{}", late.body);
}

#[tokio::test]
async fn a_decision_without_reason_or_with_odd_points_is_shown_with_what_is_wrong() {
    let app = TestApp::new().await;
    let mira = learner(&app, "Mira").await;
    submits(&app, &mira, "colour", "red").await;
    let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
    let address = address_of(&page(&app, &teacher, "/activity/class").await, "Mira");
    let submission = submission_of(&page(&app, &teacher, &address).await);
    let long = "x".repeat(501);
    for (points, reason, problem) in [
        ("1", "", "Say why, in a few words"),
        ("1", "%00+", "Say why, in a few words"),
        ("1", &*long, "Say it in 500 characters"),
        ("2", "</textarea><b>bold", "&lt;/textarea>&lt;b>bold"),
        ("2", "Why", "Give a number from 0 to 1."),
        ("-1", "Why", "Give a number from 0 to 1."),
        ("NaN", "Why", "Give a number from 0 to 1."),
        ("one", "Why", "Give a number from 0 to 1."),
    ] {
        let form = format!("submission={submission}&verdict=accepted&points={points}&reason={reason}");
        let answer = asks(&app, &teacher, &format!("{address}/decide"), Some(&form)).await;
        let html = answer.json()["page"]["html"].as_str().unwrap_or_else(|| panic!("{}", answer.body)).to_owned();
        assert!(html.contains(problem) && html.contains("This was not saved"), "{points}, {reason}: {html}");
    }
    assert!(points(&app, &mira).await.abs() < 1e-9);
    let nothing = asks(&app, &teacher, &format!("{address}/decide"), Some("")).await;
    assert_eq!(nothing.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_work_of_staff_and_of_another_course_has_no_page_in_a_class() {
    const CONTEXT: &str = "https://purl.imsglobal.org/spec/lti/claim/context";
    let app = TestApp::new().await;
    let elsewhere = json!({ "sub": "Zoe", "name": "Zoe", CONTEXT: { "id": "another-course" } });
    let other = app.open("client-1", elsewhere.clone()).await.session().unwrap()["token"].as_str().unwrap().to_owned();
    submits(&app, &other, "colour", "red").await;
    let mut teaches_there = elsewhere;
    teaches_there["sub"] = json!("Tom");
    teaches_there[ROLES] = json!([INSTRUCTOR]);
    let tom = app.open("client-1", teaches_there).await.session().unwrap()["token"].as_str().unwrap().to_owned();
    let address = address_of(&page(&app, &tom, "/activity/class").await, "Zoe");
    let submission = submission_of(&page(&app, &tom, &address).await);

    let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
    assert!(!page(&app, &teacher, "/activity/class").await.contains("Zoe"));
    assert_eq!(asks(&app, &teacher, &address, None).await.status, StatusCode::NOT_FOUND);
    let form = format!("submission={submission}&verdict=accepted&points=1&reason=Mine");
    let decided = asks(&app, &teacher, &format!("{address}/decide"), Some(&form)).await;
    assert_eq!(decided.status, StatusCode::NOT_FOUND);
    assert!(points(&app, &other).await.abs() < 1e-9);
}

crate::database_test!(
    async fn dates_hold_for_learners_and_not_for_those_who_teach(db: Db) {
        let app = TestApp::over(db).await;
        let mira = learner(&app, "Mira").await;
        let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
        // The clock of the tests stands at 2026-11-21, 9:00.
        let to = sends(
            &app,
            &teacher,
            "/activity/class/settings",
            "tutor=on&opens_at=2026-11-21T10:00&due_at=2026-11-21T12:00",
        )
        .await;
        assert!(page(&app, &teacher, &to).await.contains("Opens 21 Nov 2026, 10:00 UTC."));
        let early = app.post("/fn/activity", Some(&mira), &json!({})).await;
        assert_eq!(early.status, StatusCode::CONFLICT);
        assert!(
            early.body.contains("21 November 2026, 10:00 UTC") && early.body.contains("not_open_yet"),
            "{}",
            early.body
        );
        assert_eq!(
            app.post("/api/turns", Some(&mira), &json!({ "message": "Hello" })).await.status,
            StatusCode::CONFLICT
        );
        submits(&app, &teacher, "colour", "blue").await;

        app.clock.advance(chrono::TimeDelta::minutes(61));
        let mira = learner(&app, "Mira").await;
        submits(&app, &mira, "colour", "red").await;

        app.clock.advance(chrono::TimeDelta::minutes(120));
        let mira = learner(&app, "Mira").await;
        let late = app.post("/api/submissions", Some(&mira), &json!({ "task": "colour", "answer": "blue" })).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.body.contains("This was due on 21 November 2026, 12:00 UTC"), "{}", late.body);
        let draft = json!({ "task": "colour", "answer": "blue", "revision": 0 });
        assert_eq!(app.post("/fn/save-draft", Some(&mira), &draft).await.status, StatusCode::OK, "drafts are kept");
        assert_eq!(app.post("/fn/activity", Some(&mira), &json!({})).await.status, StatusCode::OK);
    }
);

crate::database_test!(
    async fn what_names_no_project_opens_the_one_that_is_assigned_to_its_course(db: Db) {
        let app = TestApp::over(db).await;
        let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
        let unnamed = json!({ "sub": "Mira", "custom": null });
        let early = app.launch("client-1", unnamed.clone()).await.header(header::LOCATION).to_owned();
        assert!(app.get(&early, None).await.body.contains("not set up yet"));

        let settings = "/activity/class/settings";
        assert!(page(&app, &teacher, settings).await.contains("<option value=\"counting\">"));
        let refused = asks(&app, &teacher, settings, Some("tutor=on&project=nothing")).await;
        assert!(refused.body.contains("This project is not here any more"), "{}", refused.body);
        sends(&app, &teacher, settings, "tutor=on&project=counting").await;
        assert!(page(&app, &teacher, settings).await.contains("<option value=\"counting\" selected>"));
        assert_eq!(app.get(&early, None).await.status, StatusCode::SEE_OTHER, "whoever waits is let in");
        assert!(app.open("client-1", unnamed.clone()).await.session().is_some());

        sends(&app, &teacher, settings, "tutor=on&project=").await;
        let again = app.launch("client-1", unnamed).await.header(header::LOCATION).to_owned();
        assert!(app.get(&again, None).await.body.contains("not set up yet"), "nothing is assigned any more");
    }
);

#[tokio::test]
async fn a_tutor_that_is_off_says_so_in_place_of_the_message_box() {
    let app = TestApp::new().await;
    let mira = learner(&app, "Mira").await;
    let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
    sends(&app, &teacher, "/activity/class/settings", "tutor=off").await;
    let page_of_mira = app.open("client-1", json!({ "sub": "Mira" })).await.body;
    assert!(page_of_mira.contains("Your teacher has switched the tutor off"), "{page_of_mira}");
    let said = app.post("/api/turns", Some(&mira), &json!({ "message": "Hello" })).await;
    assert_eq!(said.status, StatusCode::CONFLICT);
    assert!(said.body.contains("tutor_off"), "{}", said.body);
    sends(&app, &teacher, "/activity/class/settings", "tutor=hints").await;
    assert!(page(&app, &teacher, "/activity/class").await.contains("The tutor gives hints only."));
    assert_eq!(app.post("/api/turns", Some(&mira), &json!({ "message": "Hello" })).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_shown_with_what_is_wrong() {
    let app = TestApp::new().await;
    let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
    for (form, problem) in [
        ("tutor=on&opens_at=soon", "Write it like"),
        ("tutor=on&opens_at=2026-12-02T10:00&due_at=2026-12-01T10:00", "before it opens"),
        ("tutor=on&due_at=99999-99-99T99:99", "Write it like"),
    ] {
        let answer = asks(&app, &teacher, "/activity/class/settings", Some(form)).await;
        assert!(answer.body.contains(problem) && answer.body.contains("This was not saved"), "{form}: {}", answer.body);
    }
    let assistant = comes_as(&app, "Tom", ASSISTANT).await;
    for form in [None, Some("tutor=off")] {
        let answer = asks(&app, &assistant, "/activity/class/settings", form).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    }
    assert!(!page(&app, &assistant, "/activity/class").await.contains("Settings"));
}

crate::database_test!(
    async fn the_grades_of_a_course_are_seen_held_back_and_sent_again(db: Db) {
        let app = TestApp::over(db).await;
        let mira = learner(&app, "Mira").await;
        submits(&app, &mira, "two-and-two", "4").await;
        let teacher = comes_as(&app, "Ada", INSTRUCTOR).await;
        let class = page(&app, &teacher, "/activity/class").await;
        assert!(class.contains(">on its way<") && class.contains("Pause grades"), "{class}");

        let to = sends(&app, &teacher, "/activity/class/grades/pause", "").await;
        let held = page(&app, &teacher, &to).await;
        assert!(held.contains("Grades are paused since") && held.contains("Resume grades"), "{held}");
        let address = address_of(&held, "Mira");
        assert!(page(&app, &teacher, &address).await.contains(">paused<"));

        let to = sends(&app, &teacher, "/activity/class/grades/resume", "").await;
        assert!(!page(&app, &teacher, &to).await.contains("Grades are paused"));
        for form in [format!("{address}/resend"), "/activity/class/grades/resend".to_owned()] {
            let to = sends(&app, &teacher, &form, "").await;
            assert!(page(&app, &teacher, &to).await.contains("is being sent again"));
        }

        let assistant = comes_as(&app, "Tom", ASSISTANT).await;
        let forbidden = asks(&app, &assistant, "/activity/class/grades/pause", Some("")).await;
        assert_eq!(forbidden.status, StatusCode::FORBIDDEN);
        let nothing = asks(&app, &teacher, "/activity/class/grades/nothing", Some("")).await;
        assert_eq!(nothing.status, StatusCode::NOT_FOUND);
        let only_asked = asks(&app, &teacher, "/activity/class/grades/pause", None).await;
        assert_eq!(only_asked.status, StatusCode::NOT_FOUND, "a link changes nothing");
    }
);

#[tokio::test]
async fn whoever_has_not_come_stands_in_the_class_by_its_roster_and_groups_narrow_it() {
    let app = TestApp::new().await;
    let groups = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice";
    let scope = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";
    let address = app.platform.simulated().addresses().groups.to_string();
    let teacher = comes_as(&app, "Ruth", INSTRUCTOR).await;
    let mira = app.open(
        "client-1",
        json!({ "sub": "mira", "name": "Mira", groups: {"scope": [scope], "context_groups_url": address} }),
    );
    assert!(mira.await.session().is_some());
    let before = page(&app, &teacher, "/activity/class").await;
    assert!(before.contains("has not been read yet") && before.contains("Update roster"), "{before}");

    let mut staff = enrolled("ruth", "Ruth");
    staff["roles"] = json!([INSTRUCTOR]);
    let class =
        vec![enrolled("mira", "Mira Santos"), enrolled("ada", "Ada <b>"), json!({"user_id": "x9", "roles": []}), staff];
    app.platform.simulated().enrol(class);
    let answer = asks(&app, &teacher, "/activity/class/roster", Some("")).await;
    assert_eq!(answer.json()["go_to"], "/activity/class?done=roster", "{}", answer.body);
    let after = page(&app, &teacher, "/activity/class?done=roster").await;
    for shown in
        ["4 people belong", "The roster is up to date.", "Ada &lt;b&gt;", "Has not opened it yet", "All groups"]
    {
        assert!(after.contains(shown), "{shown} in {after}");
    }
    assert!(!after.contains("Learner x9"), "who is no learner is not of the class: {after}");
    let absent = page(&app, &teacher, "/activity/class?state=absent").await;
    assert!(absent.contains("Ada") && !absent.contains(">Mira"), "{absent}");
    let red = page(&app, &teacher, "/activity/class?group=g1").await;
    assert!(red.contains("Ada") && !red.contains(">Mira"), "{red}");

    app.platform.disturb_roster(Some(RosterFault::TooMany));
    let answer = asks(&app, &teacher, "/activity/class/roster", Some("")).await;
    assert_eq!(answer.json()["go_to"], "/activity/class?done=roster-failed", "{}", answer.body);
    let failed = page(&app, &teacher, "/activity/class?done=roster-failed").await;
    assert!(failed.contains("more members than the platform hands out") && failed.contains("Ada"), "{failed}");

    let learner = learner(&app, "mira").await;
    assert_eq!(asks(&app, &learner, "/activity/class/roster", Some("")).await.status, StatusCode::NOT_FOUND);
}
