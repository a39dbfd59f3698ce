//! The big products' launches, through the whole server.

use lti::testkit::{Authorized, Family, Part, form};

use super::*;

/// Launches a visit as a browser does, and gives the page.
async fn opened(app: &TestApp, part: Part) -> Answer {
    let platform = app.platform.simulated();
    let login = app.begin(&app.platform.open("client-1", &app.platform.visit(part))).await;
    let asked = login.request.query().unwrap_or_default();
    let answer = platform.authorize(asked.as_bytes(), None, app.now()).unwrap();
    let Authorized::Posted { fields, .. } = answer else { panic!("{answer:?}") };
    let launched = app.post_body("/lti/launch", form(&fields), Some(&login.cookie)).await;
    assert_eq!(launched.status, StatusCode::SEE_OTHER, "{}", launched.body);
    app.get(launched.header(header::LOCATION), None).await
}

#[tokio::test]
async fn every_family_opens_the_activity_in_the_right_role() {
    for family in Family::ALL {
        let app = TestApp::of(family).await;
        for (part, role) in [
            (Part::Learner, "learner"),
            (Part::Instructor, "instructor"),
            (Part::Assistant, "teaching_assistant"),
            (Part::Mentor, "mentor"),
            (Part::TestUser, "learner"),
        ] {
            let page = opened(&app, part).await;
            assert_eq!(page.session().unwrap()["role"], role, "{} {part:?}", family.name());
            assert!(page.body.contains("Counting"), "{}", family.name());
        }
    }
}

#[tokio::test]
async fn x23_g14_the_work_of_a_test_user_is_not_graded() {
    for family in Family::ALL {
        let app = TestApp::of(family).await;
        for (part, owed) in [(Part::TestUser, 0), (Part::Instructor, 0), (Part::Learner, 1)] {
            let page = opened(&app, part).await;
            let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
            app.post("/api/submissions", Some(&token), &json!({ "task": "colour", "answer": "blue" })).await;
            let mut tx = app.services.db.read().await.unwrap();
            let waiting = crate::grades::outbox::tally(&mut tx).await.unwrap().waiting;
            assert_eq!(waiting, owed, "{} {part:?}", family.name());
        }
    }
}
