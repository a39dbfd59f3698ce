//! What a platform's gradebook may do wrong, met through the worker as `ltt serve` runs it, over HTTP.

use std::{sync::Arc, time::Duration};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    sync::Notify,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

use crate::{
    grades::{
        delivery::{Deliverer, Pace, Round},
        standing::{Delivery, DeliveryState, of_course},
    },
    launch::{
        gradebooks::PlatformGradebooks,
        platform::{GradeColumns, NewRegistration},
    },
    on_tx,
    web::testing::TestApp,
};

const AGS: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope";

/// A learner with an answer that counts, whose score goes to a gradebook at that address.
struct Stage {
    app: TestApp,
    deliverer: Deliverer<PlatformGradebooks>,
    gradebook: String,
}

impl Stage {
    async fn at(gradebook: &str) -> Self {
        let app = TestApp::new().await;
        let services = &app.services;
        let gradebooks =
            PlatformGradebooks::new(services.db.clone(), services.entropy.clone(), Arc::clone(&services.lti));
        let pace = Pace { retry_floor: Duration::from_secs(5), per_second: 20 };
        let deliverer =
            Deliverer::new(services.db.clone(), gradebooks, services.entropy.clone(), pace, Arc::new(Notify::new()));
        let stage = Self { app, deliverer, gradebook: gradebook.to_owned() };
        stage.earn(json!({ "scope": [format!("{SCOPE}/score")], "lineitem": format!("{gradebook}/items/1") })).await;
        stage
    }

    /// Opens the activity with that access to the gradebook, and answers a task.
    async fn earn(&self, service: Value) {
        self.earn_by("client-1", service).await;
    }

    async fn earn_by(&self, client: &str, service: Value) {
        let page = self.app.open(client, json!({ AGS: service })).await;
        let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
        let submitted = json!({ "task": "two-and-two", "answer": "4" });
        self.app.post("/api/submissions", Some(&token), &submitted).await;
    }

    async fn deliver(&self) -> Round {
        self.deliverer.deliver_due(&self.app.clock).await.unwrap()
    }

    async fn standing(&self) -> Delivery {
        let mut tx = self.app.services.db.read().await.unwrap();
        let course =
            on_tx!(&mut tx, |connection| sqlx::query_scalar("SELECT id FROM course").fetch_one(connection).await)
                .unwrap();
        of_course(&mut tx, course).await.unwrap().remove(0).1
    }

    /// Delivers once, and tells how the grade stands then, and why.
    async fn delivered(&self) -> (DeliveryState, String) {
        self.deliver().await;
        let standing = self.standing().await;
        (standing.state, standing.reason.unwrap_or_default())
    }
}

async fn gradebook(answers: impl IntoIterator<Item = ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let answers: Vec<ResponseTemplate> = answers.into_iter().collect();
    let last = answers.len().saturating_sub(1);
    for (number, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(path("/items/1/scores")).respond_with(answer);
        let mock = if number == last { mock } else { mock.up_to_n_times(1) };
        mock.mount(&server).await;
    }
    server
}

#[tokio::test]
async fn each_answer_of_a_gradebook_is_settled_and_told_in_plain_words() {
    let page = "<html><h1>Server Error (500)</h1></html>";
    let huge = || ResponseTemplate::new(201).set_body_string(" ".repeat(10 * 1024 * 1024));
    let html = |status| ResponseTemplate::new(status).set_body_raw(page, "text/html");
    for (answer, state, reason) in [
        (html(201), DeliveryState::Sent, ""),
        (html(500), DeliveryState::Waiting, "had an error of its own (status 500)"),
        (html(503), DeliveryState::Waiting, "had an error of its own (status 503)"),
        (huge(), DeliveryState::Waiting, "an answer that LTT cannot read"),
        (html(415), DeliveryState::Refused, "refused the grade (status 415)"),
        (html(404), DeliveryState::Refused, "no longer has a column"),
        (html(422), DeliveryState::Refused, "only learners of the course are graded"),
        (ResponseTemplate::new(429), DeliveryState::Waiting, "is busy"),
        (
            ResponseTemplate::new(302).insert_header("location", "https://elsewhere.example/scores"),
            DeliveryState::Waiting,
            "is not where it was",
        ),
    ] {
        let gradebook = gradebook([answer]).await;
        let (is, why) = Stage::at(&gradebook.uri()).await.delivered().await;
        assert_eq!(is, state, "{reason}: {why}");
        assert!(why.contains(reason), "{why}");
    }
}

#[tokio::test]
async fn a_gradebook_that_cannot_be_reached_is_waited_for() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let stage = Stage::at(&address).await;
    assert_eq!(stage.delivered().await.1, "The course's gradebook could not be reached.");
    assert_eq!(stage.standing().await.state, DeliveryState::Waiting);
}

#[tokio::test]
async fn half_an_answer_is_none_and_the_score_is_sent_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut request = [0; 8192];
            drop(connection.read(&mut request).await);
            drop(connection.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"ha").await);
        }
    });
    let stage = Stage::at(&address).await;
    assert_eq!(stage.delivered().await.1, "The course's gradebook could not be reached.");
    stage.app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(stage.deliver().await.waiting, 1, "it is tried again");
}

#[tokio::test]
async fn a_token_that_the_platform_forgot_is_renewed_once_and_a_platform_that_takes_none_is_told() {
    let taken = gradebook([ResponseTemplate::new(201)]).await;
    let stage = Stage::at(&taken.uri()).await;
    assert_eq!(stage.deliver().await.sent, 1);
    let forgetful = gradebook([ResponseTemplate::new(403), ResponseTemplate::new(201)]).await;
    stage
        .earn(json!({ "scope": [format!("{SCOPE}/score")], "lineitem": format!("{}/items/1", forgetful.uri()) }))
        .await;
    let page = stage.app.session("learner-1").await;
    stage.app.post("/api/submissions", Some(&page), &json!({ "task": "five-and-five", "answer": "10" })).await;
    let round = stage.deliver().await;
    assert_eq!((round.refused, round.waiting), (0, 0), "{round:?}");

    let closed = gradebook([ResponseTemplate::new(403)]).await;
    let (outcome, why) = Stage::at(&closed.uri()).await.delivered().await;
    assert_eq!(outcome, DeliveryState::Waiting, "it may only be starting anew");
    assert_eq!(why, "The course does not let LTT write to its gradebook (status 403).");
}

#[tokio::test]
async fn a_gradebook_that_is_busy_for_an_hour_is_left_alone_for_an_hour() {
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "3600");
    let gradebook = gradebook([busy, ResponseTemplate::new(201)]).await;
    let stage = Stage::at(&gradebook.uri()).await;
    stage.deliver().await;
    stage.app.clock.advance(TimeDelta::minutes(59));
    assert_eq!(stage.deliver().await, Round::default());
    stage.app.clock.advance(TimeDelta::minutes(1));
    assert_eq!(stage.deliver().await.sent, 1);
    assert_eq!(gradebook.received_requests().await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_platform_is_shown_no_token_at_a_host_that_is_not_its_own() {
    let stage = Stage::at("https://elsewhere.example").await;
    let (outcome, why) = stage.delivered().await;
    assert_eq!(outcome, DeliveryState::Waiting);
    assert!(why.contains("an administrator has to allow it"), "{why} ({})", stage.gradebook);
}

#[tokio::test]
async fn where_the_launch_names_no_column_and_ltt_may_make_one_it_does_so_with_the_first_score() {
    let server = MockServer::start().await;
    let made = json!({ "id": format!("{}/lineitems/7", server.uri()), "label": "Counting", "scoreMaximum": 3 });
    Mock::given(path("/lineitems"))
        .and(wiremock::matchers::method("GET"))
        .respond_with(
            ResponseTemplate::new(200).set_body_raw("[]", "application/vnd.ims.lis.v2.lineitemcontainer+json"),
        )
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/lineitems"))
        .and(wiremock::matchers::method("POST"))
        .respond_with(
            ResponseTemplate::new(201).set_body_raw(made.to_string(), "application/vnd.ims.lis.v2.lineitem+json"),
        )
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/lineitems/7/scores")).respond_with(ResponseTemplate::new(201)).expect(1).mount(&server).await;
    let stage = Stage::at("http://127.0.0.1:9").await;
    let mut tx = stage.app.services.db.begin().await.unwrap();
    on_tx!(&mut tx, |connection| sqlx::query("DELETE FROM line_item").execute(connection).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
    let service = json!({ "scope": [format!("{SCOPE}/score"), format!("{SCOPE}/lineitem")],
        "lineitems": format!("{}/lineitems", server.uri()) });
    let token = json!({ "access_token": "token", "token_type": "bearer", "expires_in": 3600 });
    Mock::given(path("/token")).respond_with(ResponseTemplate::new(200).set_body_json(token)).mount(&server).await;
    let registration =
        NewRegistration { token_url: format!("{}/token", server.uri()), ..stage.app.platform.registration("client-2") };
    stage.app.register_as(registration).await;
    stage.earn_by("client-2", service).await;
    assert_eq!(stage.deliver().await.sent, 1);
    let asked = server.received_requests().await.unwrap();
    let made = asked.iter().find(|request| request.method.as_str() == "POST" && request.url.path() == "/lineitems");
    let wanted: Value = serde_json::from_slice(&made.unwrap().body).unwrap();
    let expected = json!({ "label": "Counting", "scoreMaximum": 3, "resourceId": "counting", "tag": "ltt",
        "resourceLinkId": "link-1" });
    assert_eq!(wanted, expected);
}

/// Opens the activity in that mode, with access to make columns; gives what is scored then, and where.
async fn columns_of(mode: GradeColumns, changes: Value) -> Vec<(String, Option<String>, Option<String>)> {
    const SQL: &str = "
        SELECT gradebook_column.resource_id, line_item.task, gradebook_column.url
        FROM line_item JOIN gradebook_column ON gradebook_column.id = line_item.column_id ORDER BY 1";
    let app = TestApp::new().await;
    let registration = NewRegistration { grade_columns: Some(mode), ..app.platform.registration("client-2") };
    app.register_as(registration).await;
    app.open("client-2", changes).await;
    let mut tx = app.services.db.read().await.unwrap();
    on_tx!(&mut tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await).unwrap()
}

#[tokio::test]
async fn a_registration_says_which_columns_scores_go_to() {
    let whole = || {
        json!({ AGS: { "scope": [format!("{SCOPE}/score"), format!("{SCOPE}/lineitem")],
        "lineitem": "https://lms.example/items/1", "lineitems": "https://lms.example/items" } })
    };
    let part = || {
        let mut changes = whole();
        changes["custom"] = json!({ "project": "counting", "task": "colour" });
        changes
    };
    let text = |text: &str| text.to_owned();
    let named = Some(text("https://lms.example/items/1"));
    let project = || text("counting");
    assert_eq!(columns_of(GradeColumns::Claim, whole()).await, [(project(), None, named.clone())]);
    let colour = || (text("counting/colour"), Some(text("colour")));
    assert_eq!(columns_of(GradeColumns::Claim, part()).await, [(colour().0, colour().1, named.clone())]);
    assert_eq!(columns_of(GradeColumns::Project, part()).await, [(project(), None, None)]);
    assert_eq!(columns_of(GradeColumns::Task, part()).await, [(colour().0, colour().1, None)]);
    let top = [(text("counting/numbers"), Some(text("numbers")), None)];
    assert_eq!(columns_of(GradeColumns::Task, whole()).await, top);

    let mut may_not_make = whole();
    may_not_make[AGS]["scope"] = json!([format!("{SCOPE}/score")]);
    assert_eq!(columns_of(GradeColumns::Project, may_not_make).await, [(project(), None, named)]);
}
