//! The class as those who teach see it, and as nobody else does.

use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use crate::{
    accounts::Role,
    store::testing::TestDatabase,
    web::testing::{Answer, TestApp},
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
