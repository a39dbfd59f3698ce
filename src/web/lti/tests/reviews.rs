//! Launches from a cell of the gradebook.

use super::*;

const FOR_USER: &str = "https://purl.imsglobal.org/spec/lti/claim/for_user";
const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";

/// Somebody opens the cell of a learner.
fn cell(subject: &str, of: &str, role: Option<&str>) -> Value {
    let mut changes =
        json!({ "sub": subject, "message_type": "LtiSubmissionReviewRequest", FOR_USER: { "user_id": of } });
    if let Some(role) = role {
        changes["roles"] = json!([role]);
    }
    changes
}

database_test!(
    async fn a_cell_leads_whoever_teaches_to_that_learners_work_and_the_learner_to_their_own(db: Db) {
        let app = TestApp::over(db).await;
        let ada = app.session("ada").await;
        app.post("/api/submissions", Some(&ada), &json!({ "task": "two-and-two", "answer": "4" })).await;

        let page = app.open("client-1", cell("ruth", "ada", Some(INSTRUCTOR))).await;
        assert_eq!(page.session().unwrap()["role"], "instructor");
        let (_, rest) = page.body.split_once("/activity/class/learners/").unwrap_or_else(|| panic!("{}", page.body));
        let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
        let address = format!("/activity/class/learners/{}", &rest[..36]);
        let work = app.post("/fn/class-page", Some(&token), &json!({ "address": address, "form": null })).await;
        assert!(work.body.contains("Two and two"), "{}", work.body);

        let own = app.open("client-1", cell("ada", "ada", None)).await;
        assert!(own.body.contains("data-view=\"submissions\""), "{}", own.body);
        assert!(!own.body.contains("/activity/class/learners/"), "{}", own.body);
        // Without the resource link that not every platform sends along.
        let mut bare = cell("ruth", "ada", Some(INSTRUCTOR));
        bare["resource_link"] = Value::Null;
        assert!(app.open("client-1", bare).await.body.contains("/activity/class/learners/"));
    }
);

#[tokio::test]
async fn a_cell_of_somebody_else_or_of_nobody_leads_nowhere() {
    let app = TestApp::new().await;
    app.session("ada").await;
    let other = app.launch("client-1", cell("theo", "ada", None)).await;
    assert_refused(&app, &other, StatusCode::FORBIDDEN, "review_not_allowed").await;
    for of in ["nobody", "theo"] {
        let empty = app.launch("client-1", cell("ruth", of, Some(INSTRUCTOR))).await;
        assert_refused(&app, &empty, StatusCode::NOT_FOUND, "review_without_work").await;
    }
    let mut elsewhere = cell("ruth", "ada", Some(INSTRUCTOR));
    elsewhere["context"] = json!({ "id": "another course" });
    let elsewhere = app.launch("client-1", elsewhere).await;
    assert_refused(&app, &elsewhere, StatusCode::NOT_FOUND, "review_without_work").await;
}
