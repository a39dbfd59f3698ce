//! What people meet whose way in waits for an administrator.

use super::again;
use crate::{
    launch::protocol::Login,
    web::pages::{Button, Message},
};

/// A deployment that nobody has approved yet. The platform is asked anew who is there once it has been.
pub fn for_deployment(login: Option<&Login>) -> Message {
    Message {
        title: "Waiting for your administrator".to_owned(),
        sentence: "Your course opens LTT for the first time from this place, and an administrator has to allow it."
            .to_owned(),
        advice: "Nothing is wrong with what you did. Try again later, here or from your course. If you are in a hurry, tell \
                 your teacher the reference below."
            .to_owned(),
        button: login.map(|login| Button {
            label: "Try again".to_owned(),
            address: "/lti/login".to_owned(),
            fields: again(login),
            new_window: false,
        }),
        ..Message::default()
    }
}

/// A registration that nobody has approved yet.
pub fn for_registration() -> Message {
    Message {
        title: "Waiting for your administrator".to_owned(),
        sentence: "Your learning platform is new to LTT, and an administrator has to allow it.".to_owned(),
        advice: "Nothing is wrong with what you did. Open the activity again later. If you are in a hurry, tell your teacher \
                 the reference below."
            .to_owned(),
        ..Message::default()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use crate::{
        launch::{
            deployment, log,
            platform::{self, DeploymentPolicy, Registration},
        },
        store::testing::TestDatabase,
        web::testing::TestApp,
    };

    async fn only_registration(app: &TestApp) -> Registration {
        let mut tx = app.services.db.read().await.unwrap();
        platform::registrations(&mut tx).await.unwrap().pop().unwrap()
    }

    async fn with_policy(app: &TestApp, policy: DeploymentPolicy) -> Registration {
        let registration = only_registration(app).await;
        let mut tx = app.services.db.begin().await.unwrap();
        deployment::set_policy(&mut tx, registration.id, policy).await.unwrap();
        tx.commit().await.unwrap();
        registration
    }

    async fn newest(app: &TestApp) -> log::Entry {
        let mut tx = app.services.db.read().await.unwrap();
        log::newest(&mut tx, 1).await.unwrap().pop().unwrap()
    }

    #[tokio::test]
    async fn a_new_deployment_waits_and_works_once_it_is_approved() {
        let mut apps = vec![TestApp::new().await];
        apps.extend(match TestDatabase::postgres().await {
            Some(database) => Some(TestApp::on(database).await),
            None => None,
        });
        for app in apps {
            let registration = with_policy(&app, DeploymentPolicy::Approve).await;
            for _ in 0..2 {
                app.clock.advance(chrono::TimeDelta::seconds(1));
                let page = app.launch("client-1", json!({ "deployment_id": "New" })).await;
                assert_eq!(page.status, StatusCode::FORBIDDEN);
                assert!(page.body.contains("Waiting for your administrator"), "{}", page.body);
                assert!(page.body.contains("Try again") && page.body.contains("name=\"login_hint\""), "{}", page.body);
                assert_eq!(newest(&app).await.outcome, "deployment_pending");
            }
            let mut tx = app.services.db.begin().await.unwrap();
            let waiting = deployment::waiting(&mut tx, registration.id).await.unwrap();
            assert_eq!(waiting.len(), 1);
            assert!(waiting[0].last_seen_at > waiting[0].first_seen_at);
            deployment::approve(&mut tx, &app.services.entropy, app.now(), registration.id, "New").await.unwrap();
            tx.commit().await.unwrap();
            assert!(app.open("client-1", json!({ "deployment_id": "New" })).await.session().is_some());
            let other_case = app.launch("client-1", json!({ "deployment_id": "new" })).await;
            assert_eq!(other_case.status, StatusCode::FORBIDDEN, "an id in other letters is another deployment");
        }
    }

    #[tokio::test]
    async fn a_closed_registration_refuses_new_deployments_and_a_removed_one_is_new_again() {
        let app = TestApp::new().await;
        let registration = with_policy(&app, DeploymentPolicy::Learn).await;
        assert!(app.open("client-1", json!({})).await.session().is_some());
        with_policy(&app, DeploymentPolicy::Closed).await;
        assert!(app.open("client-1", json!({})).await.session().is_some(), "what was learnt stays");
        app.clock.advance(chrono::TimeDelta::seconds(1));
        assert!(app.launch("client-1", json!({ "deployment_id": "2" })).await.session().is_none());
        assert_eq!(newest(&app).await.outcome, "deployment_unknown");
        let mut tx = app.services.db.begin().await.unwrap();
        assert!(deployment::remove(&mut tx, registration.id, "1").await.unwrap());
        assert!(!deployment::remove(&mut tx, registration.id, "1").await.unwrap());
        tx.commit().await.unwrap();
        assert!(app.launch("client-1", json!({})).await.session().is_none());
    }
}
