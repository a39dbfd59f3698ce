use axum::http::header;
use serde_json::json;

use super::*;
use crate::{
    launch::platform,
    web::testing::{Answer, TestApp},
};

async fn registration(app: &TestApp) -> Registration {
    let mut tx = app.services.db.read().await.unwrap();
    platform::registrations(&mut tx).await.unwrap().pop().unwrap()
}

async fn page(app: &TestApp) -> String {
    format!("/admin/registrations/{}/launches", registration(app).await.id)
}

async fn policy(app: &TestApp) -> LaunchPolicy {
    let registration = registration(app).await;
    let mut tx = app.services.db.read().await.unwrap();
    policy::of(&mut tx, registration.id).await.unwrap()
}

fn is_saved(answer: &Answer) -> bool {
    answer.status == StatusCode::SEE_OTHER && answer.header(header::LOCATION).contains("done=saved")
}

#[tokio::test]
async fn rules_are_tried_on_the_last_launch_before_they_are_saved() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let page = page(&app).await;
    assert!(browser.get(&page).await.body.contains("no launch lately"));
    app.open("client-1", json!({ "custom": { "project": "counting", "goals": "read, <b>count</b>", "gone": "$X.y" } }))
        .await;
    let shown = browser.get(&page).await.body;
    assert!(
        shown.contains("Mathematics") && shown.contains("rule 1, claim context.title") && !shown.contains("Ada"),
        "{shown}"
    );

    let rules =
        "rules:\n  - { field: objectives, custom: goals, separator: ',' }\n  - { field: content, custom: gone }";
    let form = |act| [("rules", rules), ("placement", ""), ("act", act)];
    let tried = browser.post(&format!("{page}/rules"), &form("preview")).await;
    assert_eq!(tried.status, StatusCode::OK);
    assert!(tried.body.contains("read\n&lt;b&gt;count&lt;/b&gt;") && tried.body.contains("$X.y"), "{}", tried.body);
    assert!(tried.body.contains("separator: ','"), "what was typed stays");
    assert_eq!(policy(&app).await.rules, None);

    assert!(is_saved(&browser.post(&format!("{page}/rules"), &form("save")).await));
    assert_eq!(policy(&app).await.rules, Some(Rules::read(rules).unwrap()));
    assert!(is_saved(&browser.post(&format!("{page}/rules"), &form("reset")).await));
    assert_eq!(policy(&app).await.rules, None);
}

#[tokio::test]
async fn rules_of_one_activity_leave_the_others_alone() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let page = page(&app).await;
    app.open("client-1", json!({})).await;
    app.open("client-1", json!({ "resource_link": { "id": "link-2", "title": "Second" } })).await;
    let registration = registration(&app).await;
    let mut tx = app.services.db.read().await.unwrap();
    let placements = policy::placements(&mut tx, registration.id).await.unwrap();
    drop(tx);
    let second = placements.iter().find(|placement| placement.link_id == "link-2").unwrap().id.to_string();
    let rules = "rules: [{ field: course, default: Its own course }]";
    let form = [("rules", rules), ("placement", &*second), ("act", "save")];
    assert!(is_saved(&browser.post(&format!("{page}/rules"), &form).await));
    let shown = browser.get(&format!("{page}?placement={second}")).await.body;
    assert!(shown.contains("this activity's own") || shown.contains("this activity&#x27;s own"), "{shown}");
    let first = app.open("client-1", json!({})).await.body;
    assert!(first.contains("Mathematics") && !first.contains("Its own course"));
    let other = app.open("client-1", json!({ "resource_link": { "id": "link-2", "title": "Second" } })).await.body;
    assert!(other.contains("Its own course"));
    let nowhere = [("rules", rules), ("placement", "018f0000-0000-7000-8000-000000000000"), ("act", "save")];
    assert_eq!(browser.post(&format!("{page}/rules"), &nowhere).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn every_mistake_is_named_and_nothing_typed_is_lost() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let page = page(&app).await;
    let rules = "rules: [{ field: curse, claim: email }]";
    let form = [("rules", rules), ("placement", ""), ("act", "save")];
    let refused = browser.post(&format!("{page}/rules"), &form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for named in ["rules[0].field", "rules[0].claim", "field: curse"] {
        assert!(refused.body.contains(named), "{named}: {}", refused.body);
    }
    let refused = browser.post(&format!("{page}/roles"), &[("roles", "Instuctor: instructor\nMember: boss")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("Instuctor: instructor") && refused.body.contains("Member:"), "{}", refused.body);
    assert_eq!(policy(&app).await, LaunchPolicy::default());
}

#[tokio::test]
async fn roles_people_and_codes_are_decided_on_the_page() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let page = page(&app).await;
    assert!(is_saved(&browser.post(&format!("{page}/roles"), &[("roles", "ContentDeveloper: instructor")]).await));
    let people = [("admit", "invitation"), ("keep_email", "yes")];
    assert!(is_saved(&browser.post(&format!("{page}/people"), &people).await));
    let decided = policy(&app).await;
    assert_eq!(decided.roles, RoleLines::read("ContentDeveloper: instructor").unwrap());
    assert!(decided.keep_email && decided.provisioning == Provisioning::Invitation);
    assert!(is_saved(&browser.post(&format!("{page}/people"), &[("admit", "anything")]).await));
    let decided = policy(&app).await;
    assert!(!decided.keep_email && decided.provisioning == Provisioning::Invitation);

    let made = browser.post(&format!("{page}/codes"), &[("count", "30")]).await.body;
    let (_, list) = made.split_once("aria-label=\"New codes\"").unwrap();
    assert_eq!(list.split_once("</ul>").unwrap().0.matches("<code>").count(), 30);
    let again = browser.get(&page).await.body;
    assert!(!again.contains("New codes") && again.contains("30"), "codes are shown once");
}

#[tokio::test]
async fn a_site_that_was_seen_is_allowed_by_one_click() {
    let app = TestApp::new().await;
    let mut browser = app.administrator(None).await;
    let page = page(&app).await;
    let registration = registration(&app).await;
    let mut tx = app.services.db.begin().await.unwrap();
    let above = ["https://learn.example".to_owned()];
    frames::told(&mut tx, app.now(), &registration, &above).await.unwrap();
    tx.commit().await.unwrap();
    let shown = browser.get(&page).await.body;
    assert!(shown.contains("Allow https://learn.example") && shown.contains("every https site"), "{shown}");
    let allow = format!("{page}/frames");
    assert!(is_saved(&browser.post(&allow, &[("origin", "https://learn.example")]).await));
    let shown = browser.get(&page).await.body;
    assert!(!shown.contains("Allow https://learn.example") && shown.contains("https://learn.example"), "{shown}");
    for odd in ["https://evil.example; script-src *", "javascript:alert(1)", "", "*"] {
        assert_eq!(browser.post(&allow, &[("origin", odd)]).await.status, StatusCode::NOT_FOUND, "{odd}");
    }
    assert_eq!(self::registration(&app).await.frame_ancestors, ["https://learn.example"]);
}

#[tokio::test]
async fn what_belongs_to_another_organisation_is_neither_seen_nor_changed() {
    let app = TestApp::new().await;
    let mut stranger = app.administrator(Some("Elsewhere")).await;
    let page = page(&app).await;
    assert_eq!(stranger.get(&page).await.status, StatusCode::NOT_FOUND);
    for (path, fields) in [
        ("roles", &[("roles", "Learner: instructor")][..]),
        ("rules", &[("rules", "rules: []"), ("act", "save")]),
        ("people", &[("admit", "closed")]),
        ("codes", &[("count", "1")]),
        ("frames", &[("origin", "https://evil.example")]),
    ] {
        let answer = stranger.post(&format!("{page}/{path}"), fields).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let foreign =
            stranger.post_from(&[("origin", "https://evil.example")], &format!("{page}/{path}"), fields).await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(policy(&app).await, LaunchPolicy::default());
}
