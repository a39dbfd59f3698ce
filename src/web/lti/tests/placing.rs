//! Choosing what to place and what opens, as browsers and attackers meet it.

use axum::http::{Method, StatusCode, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    accounts::organisation,
    launch::log,
    learning::project::{self, library},
    store::testing::TestDatabase,
    web::testing::{Answer, TestApp},
};

const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
const ASSISTANT: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant";
const RETURN: &str = "https://lms.example/deep/return?course=7&x=%20";
const OWN_PAGE: [(&str, &str); 3] = [
    ("content-type", "application/x-www-form-urlencoded"),
    ("sec-fetch-site", "same-origin"),
    ("origin", "http://localhost:3000"),
];

/// What the certification suite asks for, with some settings changed.
fn deep_linking(changes: &Value) -> Value {
    let mut settings = json!({
        "deep_link_return_url": RETURN,
        "accept_types": ["link", "file", "html", "ltiResourceLink"],
        "accept_media_types": "image/*,*/*",
        "accept_presentation_document_targets": ["iframe", "window"],
        "accept_multiple": true,
        "data": "909708",
    });
    for (name, value) in changes.as_object().into_iter().flatten() {
        settings[name] = value.clone();
    }
    json!({
        "message_type": "LtiDeepLinkingRequest", "roles": [INSTRUCTOR], "resource_link": null, "target_link_uri": null,
        "custom": null, "sub": "teacher",
        "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings": settings,
    })
}

/// Launches, and gives the address that the browser is sent to.
async fn sent_to(app: &TestApp, claims: Value) -> String {
    let launched = app.launch("client-1", claims).await;
    assert_eq!(launched.status, StatusCode::SEE_OTHER, "{}", launched.body);
    launched.header(header::LOCATION).to_owned()
}

fn secret(address: &str) -> &str {
    address.strip_prefix("/lti/place?request=").unwrap_or_else(|| panic!("{address}"))
}

/// Sends the picker's form from LTT's own page.
async fn choose(app: &TestApp, address: &str, act: &str, chosen: &[&str]) -> Answer {
    let mut fields = vec![("request", secret(address)), ("act", act)];
    fields.extend(chosen.iter().map(|choice| ("chosen", *choice)));
    app.send_with(Method::POST, "/lti/place", &OWN_PAGE, &lti::testkit::form(&fields)).await
}

/// The claims that the page takes to the platform.
fn returned(page: &Answer) -> Value {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert!(page.body.contains("action=\"https://lms.example/deep/return?course=7&amp;x=%20\""), "{}", page.body);
    let (_, rest) = page.body.split_once("name=\"JWT\" value=\"").expect("the one field");
    let jwt = rest.split('"').next().unwrap();
    let payload = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap();
    serde_json::from_slice(&payload).unwrap()
}

fn items(claims: &Value) -> &Vec<Value> {
    claims["https://purl.imsglobal.org/spec/lti-dl/claim/content_items"].as_array().unwrap()
}

async fn newest(app: &TestApp) -> log::Entry {
    let mut tx = app.services.db.read().await.unwrap();
    log::newest(&mut tx, 1).await.unwrap().pop().unwrap()
}

fn unlinked(subject: &str, role: &str) -> Value {
    json!({ "sub": subject, "custom": null, "roles": [role] })
}

#[tokio::test]
async fn what_belongs_to_another_organisation_is_neither_shown_nor_placed_nor_opened() {
    let app = TestApp::new().await;
    let text = "slug: theirs\nversion: 1\ntitle: Their own\nepics:\n- id: one\n  title: One\n  answer: {kind: hand_in, counts: true}";
    let project = project::check_bytes(text.as_bytes()).unwrap();
    let (entropy, now) = (&app.services.entropy, app.services.clock.now());
    let mut tx = app.services.db.begin().await.unwrap();
    let other = organisation::named(&mut tx, entropy, now, "Another school").await.unwrap();
    library::import(&mut tx, entropy, now, Some(other.id), &project).await.unwrap();
    tx.commit().await.unwrap();

    let address = sent_to(&app, deep_linking(&json!({}))).await;
    assert!(!app.get(&address, None).await.body.contains("Their own"));
    let forged = choose(&app, &address, "place", &["theirs"]).await;
    assert_eq!(forged.status, StatusCode::UNPROCESSABLE_ENTITY);
    app.launch("client-1", json!({ "sub": "learner-1", "custom": { "project": "theirs" } })).await;
    assert_eq!(newest(&app).await.outcome, "not_set_up");
}

#[tokio::test]
async fn an_author_chooses_a_project_and_a_task_and_the_platform_gets_both_signed() {
    let app = TestApp::new().await;
    let address = sent_to(&app, deep_linking(&json!({}))).await;
    let picker = app.get(&address, None).await;
    assert_eq!(picker.status, StatusCode::OK);
    for shown in [
        "Search tasks",
        "The colour of the sky",
        "3 points",
        "Which colour is a clear sky?",
        "Place in course",
        "Cancel",
    ] {
        assert!(picker.body.contains(shown), "{shown}: {}", picker.body);
    }
    assert!(picker.body.contains("type=\"checkbox\""));
    for hidden in ["SECRET-SOLUTION", "Use your fingers", "blue"] {
        assert!(!picker.body.contains(hidden), "{hidden}");
    }
    app.clock.advance(chrono::TimeDelta::minutes(30));
    let claims = returned(&choose(&app, &address, "place", &["counting", "counting/colour"]).await);
    assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some("client-1"), Some(&*app.platform.issuer())));
    assert_eq!(claims["https://purl.imsglobal.org/spec/lti-dl/claim/data"], "909708");
    assert_eq!(claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"], "1");
    let items = items(&claims);
    assert_eq!(items.len(), 2);
    assert_eq!(items[0]["custom"], json!({ "project": "counting" }));
    assert_eq!(
        (items[0]["title"].as_str(), items[0]["lineItem"]["scoreMaximum"].as_i64()),
        (Some("Counting"), Some(3))
    );
    assert_eq!(items[1]["custom"], json!({ "project": "counting", "task": "colour" }));
    assert_eq!(items[1]["lineItem"]["scoreMaximum"], 1);
    assert_eq!(items[1]["url"], "http://localhost:3000/lti/launch");
    assert_eq!(newest(&app).await.outcome, "placed");
}

crate::database_test!(
    async fn what_the_platform_wants_back_comes_back_whatever_is_in_it(db: Db) {
        let app = TestApp::over(db).await;
        let data = "\0 \u{1f600} \"'<>&";
        let address = sent_to(&app, deep_linking(&json!({ "data": data }))).await;
        let claims = returned(&choose(&app, &address, "place", &["counting"]).await);
        assert_eq!(claims["https://purl.imsglobal.org/spec/lti-dl/claim/data"], data);
    }
);

crate::database_test!(
    async fn an_address_that_names_what_no_project_is_called_names_nothing(db: Db) {
        let app = TestApp::over(db).await;
        let target = "http://localhost:3000/lti/launch?project=%00&task=a%00";
        let mut claims = unlinked("teacher", INSTRUCTOR);
        claims["target_link_uri"] = json!(target);
        let picker = app.get(&sent_to(&app, claims).await, None).await;
        assert!(picker.body.contains("What should open here?"), "{}", picker.body);
    }
);

#[tokio::test]
async fn what_was_placed_opens_as_a_launch() {
    let app = TestApp::new().await;
    let address = sent_to(&app, deep_linking(&json!({}))).await;
    let claims = returned(&choose(&app, &address, "place", &["counting/colour"]).await);
    let custom = items(&claims)[0]["custom"].clone();
    let page = app.open("client-1", json!({ "custom": custom, "sub": "ada" })).await;
    let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
    let progress = app.get("/api/progress", Some(&token)).await.json();
    assert_eq!(progress["tasks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_cancelled_choice_tells_the_platform_so_and_places_nothing() {
    let app = TestApp::new().await;
    let address = sent_to(&app, deep_linking(&json!({}))).await;
    let claims = returned(&choose(&app, &address, "cancel", &["counting"]).await);
    assert!(items(&claims).is_empty());
    assert_eq!(claims["https://purl.imsglobal.org/spec/lti-dl/claim/msg"], "Nothing was placed.");
    assert_eq!(newest(&app).await.outcome, "placing_cancelled");
}

#[tokio::test]
async fn a_platform_that_takes_one_item_is_sent_one() {
    let app = TestApp::new().await;
    let address = sent_to(&app, deep_linking(&json!({ "accept_multiple": "false" }))).await;
    let picker = app.get(&address, None).await;
    assert!(
        picker.body.contains("type=\"radio\"") && picker.body.contains("one activity at a time"),
        "{}",
        picker.body
    );
    let refused = choose(&app, &address, "place", &["counting", "counting/colour"]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("takes one item") && refused.body.contains("role=\"alert\""), "{}", refused.body);
    assert_eq!(items(&returned(&choose(&app, &address, "place", &["counting/colour"]).await)).len(), 1);
}

#[tokio::test]
async fn no_column_is_asked_for_where_none_is_made_or_there_is_nothing_to_earn() {
    let app = TestApp::new().await;
    app.import("slug: talk\nversion: 1\ntitle: Talk\nepics: [{id: say, title: Say, answer: {kind: conversation, exchanges: 1}}]")
        .await;
    let address = sent_to(&app, deep_linking(&json!({ "accept_lineitem": "false" }))).await;
    assert!(app.get(&address, None).await.body.contains("no column in its gradebook"));
    let claims = returned(&choose(&app, &address, "place", &["counting"]).await);
    assert!(items(&claims)[0].get("lineItem").is_none());
    let address = sent_to(&app, deep_linking(&json!({}))).await;
    let claims = returned(&choose(&app, &address, "place", &["talk"]).await);
    assert!(items(&claims)[0].get("lineItem").is_none());
}

#[tokio::test]
async fn a_place_that_takes_no_activities_is_explained_and_can_only_be_left() {
    let app = TestApp::new().await;
    for kinds in [json!(["link"]), json!(["image", "file"]), json!([])] {
        let address = sent_to(&app, deep_linking(&json!({ "accept_types": kinds }))).await;
        let picker = app.get(&address, None).await;
        assert!(picker.body.contains("takes no activities at this place"), "{}", picker.body);
        assert!(!picker.body.contains("Place in course") && picker.body.contains("Cancel"));
        assert_eq!(choose(&app, &address, "place", &["counting"]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(items(&returned(&choose(&app, &address, "cancel", &[]).await)).is_empty());
    }
}

#[tokio::test]
async fn a_choice_of_nothing_or_of_what_is_not_there_is_asked_for_again() {
    let app = TestApp::new().await;
    let address = sent_to(&app, deep_linking(&json!({}))).await;
    for (chosen, says) in [
        (&[][..], "Nothing is chosen yet"),
        (&["unknown"], "There is no “unknown” here"),
        (&["counting/unknown"], "There is no “counting/unknown” here"),
        (&["counting/colour/more"], "There is no"),
        (&["<script>alert(1)</script>"], "&lt;script&gt;"),
    ] {
        let again = choose(&app, &address, "place", chosen).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "{chosen:?}");
        assert!(again.body.contains(says) && !again.body.contains("<script>alert"), "{chosen:?}: {}", again.body);
    }
    assert_eq!(items(&returned(&choose(&app, &address, "place", &["counting"]).await)).len(), 1);
}

#[tokio::test]
async fn only_those_who_teach_may_place() {
    let app = TestApp::new().await;
    let mut learner = deep_linking(&json!({}));
    learner["roles"] = json!(["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]);
    let refused = app.launch("client-1", learner).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("Only teachers can place"), "{}", refused.body);
    assert_eq!(newest(&app).await.outcome, "placing_not_allowed");
    let mut assistant = deep_linking(&json!({}));
    assistant["roles"] = json!([ASSISTANT]);
    assert_eq!(app.get(&sent_to(&app, assistant).await, None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_choice_is_good_once_for_an_hour_and_only_by_its_secret() {
    let app = TestApp::new().await;
    let address = sent_to(&app, deep_linking(&json!({}))).await;
    let other = sent_to(&app, deep_linking(&json!({}))).await;
    returned(&choose(&app, &address, "place", &["counting"]).await);
    for (address, why) in
        [(&*address, "spent"), ("/lti/place?request=guessed", "unknown"), ("/lti/place?request=", "empty")]
    {
        let over = choose(&app, address, "place", &["counting"]).await;
        assert_eq!(over.status, StatusCode::FORBIDDEN, "{why}");
        assert!(over.body.contains("This page has expired") && !over.body.contains("JWT"), "{why}: {}", over.body);
        assert_eq!(app.get(address, None).await.status, StatusCode::FORBIDDEN, "{why}");
    }
    app.clock.advance(chrono::TimeDelta::minutes(61));
    assert_eq!(choose(&app, &other, "place", &["counting"]).await.status, StatusCode::FORBIDDEN, "too old");
}

#[tokio::test]
async fn somebody_elses_address_opens_nothing_in_this_browser() {
    let app = TestApp::new().await;
    let launched = app.launch("client-1", deep_linking(&json!({}))).await;
    let address = launched.header(header::LOCATION).to_owned();
    let cookies = launched.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap());
    let cookie = cookies.filter_map(|cookie| cookie.split(';').next()).find(|cookie| !cookie.ends_with('=')).unwrap();
    let foreign = ("sec-fetch-site", "cross-site");
    let lured = app.send_with(Method::GET, &address, &[foreign], "").await;
    assert_eq!(lured.status, StatusCode::FORBIDDEN);
    let sent = app.send_with(Method::GET, &address, &[foreign, ("cookie", cookie)], "").await;
    assert_eq!(sent.status, StatusCode::OK);
    let body = lti::testkit::form(&[("request", secret(&address)), ("act", "place"), ("chosen", "counting")]);
    for headers in [
        &[OWN_PAGE[0]][..],
        &[OWN_PAGE[0], foreign, ("cookie", cookie)],
        &[OWN_PAGE[0], ("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        &[OWN_PAGE[0], ("origin", "null")],
    ] {
        let forged = app.send_with(Method::POST, "/lti/place", headers, &body).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(!forged.body.contains("JWT"), "{headers:?}");
    }
}

#[tokio::test]
async fn only_sites_of_the_platform_may_frame_a_choice_and_only_it_gets_the_answer() {
    let app = TestApp::new().await;
    let address = sent_to(&app, deep_linking(&json!({}))).await;
    let picker = app.get(&address, None).await;
    let policy = picker.header(header::CONTENT_SECURITY_POLICY).to_owned();
    assert!(policy.contains(&format!("frame-ancestors {}", app.platform.issuer())), "{policy}");
    assert!(policy.contains("form-action 'self';"), "{policy}");
    let returning = choose(&app, &address, "place", &["counting"]).await;
    let policy = returning.header(header::CONTENT_SECURITY_POLICY);
    assert!(policy.contains("form-action https://lms.example https:;"), "{policy}");
    assert_eq!(returning.header(header::CACHE_CONTROL), "no-store");
}

#[tokio::test]
async fn the_first_instructor_chooses_what_a_link_opens_and_everybody_gets_it() {
    let mut apps = vec![TestApp::new().await];
    if let Some(database) = TestDatabase::postgres().await {
        apps.push(TestApp::on(database).await);
    }
    for app in apps {
        let address = sent_to(&app, unlinked("teacher", INSTRUCTOR)).await;
        let picker = app.get(&address, None).await;
        assert!(
            picker.body.contains("What should open here?") && picker.body.contains("type=\"radio\""),
            "{}",
            picker.body
        );
        assert_eq!(choose(&app, &address, "place", &["counting/gone"]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let opened = choose(&app, &address, "place", &["counting/colour"]).await;
        assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.body);
        let page = app.get(opened.header(header::LOCATION), None).await;
        assert_eq!(page.session().unwrap()["role"], "instructor");
        let learner = app.open("client-1", unlinked("ada", "Learner")).await;
        let token = learner.session().unwrap()["token"].as_str().unwrap().to_owned();
        let progress = app.get("/api/progress", Some(&token)).await.json();
        assert_eq!(progress["tasks"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_learner_who_came_too_early_is_let_in_and_graded_when_the_choice_is_made() {
    let app = TestApp::new().await;
    let waiting = sent_to(&app, unlinked("ada", "Learner")).await;
    let page = app.get(&waiting, None).await;
    assert!(page.body.contains("not set up yet") && page.body.contains("Try again"), "{}", page.body);
    let ready = waiting.replace("/lti/place?", "/lti/place/ready?");
    assert_eq!(app.get(&ready, None).await.json(), json!({ "ready": false }));
    assert_eq!(
        choose(&app, &waiting, "place", &["counting"]).await.status,
        StatusCode::OK,
        "who waits does not choose"
    );
    assert_eq!(app.get(&ready, None).await.json(), json!({ "ready": false }));

    let address = sent_to(&app, unlinked("teacher", INSTRUCTOR)).await;
    choose(&app, &address, "place", &["counting"]).await;
    assert_eq!(app.get(&ready, None).await.json(), json!({ "ready": true }));
    let let_in = app.get(&waiting, None).await;
    assert_eq!(let_in.status, StatusCode::SEE_OTHER, "{}", let_in.body);
    assert_eq!(app.get(&waiting, None).await.status, StatusCode::FORBIDDEN, "the page leads on once");
    let page = app.get(let_in.header(header::LOCATION), None).await;
    let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
    app.post("/api/submissions", Some(&token), &json!({ "task": "two-and-two", "answer": "4" })).await;
    let mut tx = app.services.db.read().await.unwrap();
    assert_eq!(crate::grades::outbox::tally(&mut tx).await.unwrap().waiting, 1);
}

#[tokio::test]
async fn a_learner_whose_project_was_missing_is_let_in_when_it_is_there() {
    let app = TestApp::new().await;
    let waiting = sent_to(&app, json!({ "custom": { "project": "later" } })).await;
    assert_eq!(app.get(&waiting, None).await.status, StatusCode::OK);
    app.import(
        "slug: later\nversion: 1\ntitle: Later\nepics: [{id: one, title: One, answer: {kind: number, value: 1}}]",
    )
    .await;
    assert_eq!(app.get(&waiting, None).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn custom_parameters_win_over_the_address_and_both_over_what_was_chosen() {
    let app = TestApp::new().await;
    let address = sent_to(&app, unlinked("teacher", INSTRUCTOR)).await;
    choose(&app, &address, "place", &["counting"]).await;
    let target = "http://localhost:3000/lti/launch?project=counting&task=colour";
    for (claims, tasks) in [
        (json!({ "custom": null }), 4),
        (json!({ "custom": null, "target_link_uri": target }), 1),
        (json!({ "custom": { "project": "counting", "task": "numbers" }, "target_link_uri": target }), 4),
        (json!({ "custom": { "project": "counting" }, "target_link_uri": target }), 4),
        (json!({ "custom": { "project": "unknown" } }), 4),
    ] {
        let page = app.open("client-1", claims.clone()).await;
        let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
        let progress = app.get("/api/progress", Some(&token)).await.json();
        assert_eq!(progress["tasks"].as_array().unwrap().len(), tasks, "{claims}");
    }
}

#[tokio::test]
async fn a_choice_can_be_changed_by_those_who_teach_and_only_where_it_was_made_here() {
    let app = TestApp::new().await;
    let address = sent_to(&app, unlinked("teacher", INSTRUCTOR)).await;
    let opened = choose(&app, &address, "place", &["counting"]).await;
    let page = app.get(opened.header(header::LOCATION), None).await;
    assert!(page.body.contains("Change what opens here"), "{}", page.body);
    let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
    let changing = app.post_form("/lti/place/change", &[("token", &token)], None).await;
    assert_eq!(changing.status, StatusCode::SEE_OTHER, "{}", changing.body);
    let again = changing.header(header::LOCATION).to_owned();
    let picker = app.get(&again, None).await;
    assert!(picker.body.contains("Keep it as it is"), "{}", picker.body);
    assert_eq!(choose(&app, &again, "cancel", &[]).await.status, StatusCode::SEE_OTHER);
    let changing = app.post_form("/lti/place/change", &[("token", &token)], None).await;
    let changed = choose(&app, changing.header(header::LOCATION), "place", &["counting/colour"]).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER);
    let learner = app.session("ada").await;
    let placed = app.open("client-1", json!({ "roles": [INSTRUCTOR] })).await;
    assert!(!placed.body.contains("Change what opens here"));
    let placed = placed.session().unwrap()["token"].as_str().unwrap().to_owned();
    for token in [&*learner, &*placed] {
        assert_eq!(app.post_form("/lti/place/change", &[("token", token)], None).await.status, StatusCode::FORBIDDEN);
    }
    let nobody = app.post_form("/lti/place/change", &[("token", "guessed")], None).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_copied_link_keeps_what_it_opens_and_a_copied_course_is_asked_once() {
    let app = TestApp::new().await;
    let address = sent_to(&app, unlinked("teacher", INSTRUCTOR)).await;
    choose(&app, &address, "place", &["counting/colour"]).await;
    let copied = json!({ "context": { "id": "copy" }, "resource_link": { "id": "link-copy", "title": "Counting together" },
        "custom": { "resource_link_id_history": "link-1", "context_id_history": "$Context.id.history" } });
    let page = app.open("client-1", copied).await;
    let token = page.session().unwrap()["token"].as_str().unwrap().to_owned();
    assert_eq!(app.get("/api/progress", Some(&token)).await.json()["tasks"].as_array().unwrap().len(), 1);

    let by_course = json!({ "sub": "teacher", "roles": [INSTRUCTOR], "context": { "id": "other-copy" },
        "resource_link": { "id": "link-other", "title": "Counting together" },
        "custom": { "context_id_history": "course-1" } });
    let address = sent_to(&app, by_course.clone()).await;
    let picker = app.get(&address, None).await;
    assert!(picker.body.contains("This course is a copy of another"), "{}", picker.body);
    assert_eq!(picker.body.matches(" checked").count(), 1, "{}", picker.body);
    choose(&app, &address, "place", &["counting/colour"]).await;
    assert!(app.open("client-1", by_course).await.session().is_some(), "nobody is asked twice");
}

#[tokio::test]
async fn a_notice_that_a_course_was_copied_is_acted_on_once() {
    let app = TestApp::new().await;
    let address = sent_to(&app, unlinked("teacher", INSTRUCTOR)).await;
    choose(&app, &address, "place", &["counting/colour"]).await;
    let claim = |name: &str| format!("https://purl.imsglobal.org/spec/lti/claim/{name}");
    let mut notice = json!({ "iss": app.platform.issuer(), "aud": "client-1", "nonce": "nonce-1",
        "iat": app.now().timestamp(), "exp": app.now().timestamp() + 3600 });
    for (name, value) in [
        ("version", json!("1.3.0")),
        ("deployment_id", json!("1")),
        ("notice", json!({ "id": "notice-1", "timestamp": "2026-11-21T08:59:00Z", "type": "LtiContextCopyNotice" })),
        ("context", json!({ "id": "copy" })),
        ("origin_contexts", json!(["course-1"])),
    ] {
        notice[claim(name)] = value;
    }
    let sent = json!({ "notices": [{ "jwt": app.platform.simulated().sign(&notice).unwrap() }] });
    for _ in 0..2 {
        let answer = app.post("/lti/notices", None, &sent).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    }
    app.clock.advance(chrono::TimeDelta::seconds(1));
    notice["aud"] = json!("client-9");
    let foreign = json!({ "notices": [{ "jwt": app.platform.simulated().sign(&notice).unwrap() }] });
    assert_eq!(app.post("/lti/notices", None, &foreign).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(newest(&app).await.outcome, "registration_unknown");
    assert_eq!(app.post("/lti/notices", None, &json!({ "no": "notices" })).await.status, StatusCode::BAD_REQUEST);

    let mut copied = unlinked("teacher", INSTRUCTOR);
    copied["context"] = json!({ "id": "copy" });
    copied["resource_link"] = json!({ "id": "link-copy", "title": "Counting together" });
    let picker = app.get(&sent_to(&app, copied).await, None).await;
    assert!(picker.body.contains("This course is a copy of another"), "{}", picker.body);
}
