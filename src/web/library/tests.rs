//! The project library, as a teacher without a shell uses it, and as somebody who should not.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};

use crate::{
    accounts::Role,
    web::testing::{Answer, TestApp},
};

const PROJECT: &str = "slug: herbs
version: 1
title: Herbs
description: Know your *herbs*.
epics:
  - id: garden
    title: The garden
    tasks:
      - id: mint
        title: Mint
        content: How many leaves?
        answer: {kind: number, value: 7}
        hints: [HIDDEN-HINT]
        solution: HIDDEN-SOLUTION
      - id: sage
        title: Sage
        answer: {kind: text, accept: [HIDDEN-WORD]}
";

/// Somebody who is signed in, and what their browser sends.
struct Teacher<'a> {
    app: &'a TestApp,
    cookie: String,
}

impl<'a> Teacher<'a> {
    async fn of(app: &'a TestApp, organisation: Option<&str>) -> Self {
        let name = organisation.unwrap_or("teacher");
        let secret = app.invite(name, Role::Instructor, organisation).await;
        let mut browser = app.browser();
        browser.post("/sign-in/link", &[("link", &secret)]).await;
        Self { app, cookie: browser.cookie.unwrap() }
    }

    async fn get(&self, address: &str) -> Answer {
        let request = Request::builder().uri(address).header(header::COOKIE, &self.cookie);
        self.app.send(request.header(header::HOST, "localhost:3000").body(Body::empty()).unwrap()).await
    }

    async fn send(&self, address: &str, field: &str, content: &[u8]) -> Answer {
        self.send_from("http://localhost:3000", address, field, content).await
    }

    async fn send_from(&self, origin: &str, address: &str, field: &str, content: &[u8]) -> Answer {
        let file = if field == "file" { "; filename=\"project.yaml\"" } else { "" };
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"{file}\r\n\r\n");
        let body = [head.as_bytes(), content, b"\r\n--b--\r\n"].concat();
        let request = Request::builder()
            .method(Method::POST)
            .uri(address)
            .header(header::HOST, "localhost:3000")
            .header(header::COOKIE, &self.cookie)
            .header(header::ORIGIN, origin)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b");
        self.app.send(request.body(Body::from(body)).unwrap()).await
    }

    async fn assign(&self, slug: &str, course: &str) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/teach/projects/{slug}/assign"))
            .header(header::HOST, "localhost:3000")
            .header(header::COOKIE, &self.cookie)
            .header(header::ORIGIN, "http://localhost:3000")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.app.send(request.body(Body::from(format!("course={course}"))).unwrap()).await
    }

    async fn import(&self, text: &str) -> Answer {
        self.send("/teach/projects", "text", text.as_bytes()).await
    }
}

#[tokio::test]
async fn a_file_is_looked_at_imported_and_found_in_the_list() {
    let app = TestApp::new().await;
    let teacher = Teacher::of(&app, None).await;
    let preview = teacher.send("/teach/upload", "file", PROJECT.as_bytes()).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    for shown in ["Import version 1", "Mint", "How many leaves?", "<em>herbs</em>", "Answered by a number."] {
        assert!(preview.body.contains(shown), "{shown} in {}", preview.body);
    }
    assert!(!teacher.get("/teach/projects").await.body.contains("Herbs"), "nothing is imported yet");

    let imported = teacher.import(PROJECT).await;
    assert_eq!(imported.header(header::LOCATION), "/teach/projects/herbs?done=imported");
    let page = teacher.get("/teach/projects/herbs?done=imported").await;
    assert!(page.body.contains("The project is imported.") && page.body.contains("Mint"), "{}", page.body);
    for hidden in ["HIDDEN-HINT", "HIDDEN-SOLUTION", "HIDDEN-WORD"] {
        assert!(!page.body.contains(hidden), "{hidden}");
    }
    assert!(teacher.get("/teach/projects").await.body.contains("/teach/projects/herbs"));
    assert_eq!(teacher.get("/teach/projects/herbs?version=9").await.status, StatusCode::NOT_FOUND);
    assert_eq!(teacher.get("/teach/projects/nothing").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_new_version_says_what_it_changes_and_who_stays_behind() {
    let app = TestApp::new().await;
    let teacher = Teacher::of(&app, None).await;
    teacher.import(PROJECT).await;
    app.open("client-1", serde_json::json!({ "custom": {"project": "herbs"} })).await;
    let second = PROJECT.replace("version: 1", "version: 2").replace("How many leaves?", "How many?");
    let preview = teacher.send("/teach/upload", "text", second.as_bytes()).await;
    for said in ["One learner works on version 1 and stays on it", "Changed tasks", "<li>Mint</li>"] {
        assert!(preview.body.contains(said), "{said} in {}", preview.body);
    }
    teacher.import(&second).await;
    let page = teacher.get("/teach/projects/herbs").await.body;
    assert!(page.contains("How many?") && page.contains("/teach/projects/herbs?version=1"), "{page}");

    let silent = second.replace("How many?", "How few?");
    let refused = teacher.send("/teach/upload", "text", silent.as_bytes()).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("version: 3") && refused.body.contains("How few?"), "{}", refused.body);
    assert_eq!(teacher.import(&silent).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let again = teacher.import(&second).await;
    assert_eq!(again.header(header::LOCATION), "/teach/projects/herbs?done=unchanged");
}

#[tokio::test]
async fn every_mistake_is_shown_with_its_line_and_nothing_that_was_sent_is_lost() {
    let app = TestApp::new().await;
    let teacher = Teacher::of(&app, None).await;
    let wrong = PROJECT.replace("title: Herbs", "titel: Herbs").replace("value: 7", "value: many");
    for address in ["/teach/upload", "/teach/projects"] {
        let page = teacher.send(address, "text", wrong.as_bytes()).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
        for said in ["things have to be corrected", "Line 12", "epics[0].tasks[0].answer.value", "titel: Herbs"] {
            assert!(page.body.contains(said), "{said} in {}", page.body);
        }
        assert!(page.body.contains("HIDDEN-SOLUTION"), "the author's own text comes back");
    }
    let broken = teacher.send("/teach/upload", "text", b"slug: [one\ntitle: two\n").await;
    assert!(broken.body.contains("One thing has to be corrected") && broken.body.contains("Line "), "{}", broken.body);
    let corrected = teacher.send("/teach/upload/edit", "text", PROJECT.as_bytes()).await;
    assert!(corrected.body.contains("slug: herbs"), "{}", corrected.body);
}

#[tokio::test]
async fn hostile_files_are_refused_in_words() {
    let app = TestApp::new().await;
    let teacher = Teacher::of(&app, None).await;
    let bomb = (1..10).fold("a0: &a0 [x, x, x]\n".to_owned(), |text, level| {
        text + &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "))
    });
    let files = [
        (bomb.into_bytes(), StatusCode::UNPROCESSABLE_ENTITY),
        ("[".repeat(100_000).into_bytes(), StatusCode::UNPROCESSABLE_ENTITY),
        ("- ".repeat(500_000).into_bytes(), StatusCode::UNPROCESSABLE_ENTITY),
        (vec![0xff; 5_000], StatusCode::UNPROCESSABLE_ENTITY),
        (Vec::new(), StatusCode::UNPROCESSABLE_ENTITY),
        (" ".repeat((1 << 20) + 1).into_bytes(), StatusCode::UNPROCESSABLE_ENTITY),
        (vec![b' '; 3 << 20], StatusCode::PAYLOAD_TOO_LARGE),
    ];
    for (file, status) in files {
        let answer = teacher.send("/teach/upload", "file", &file).await;
        assert_eq!(answer.status, status, "{} bytes", file.len());
        assert!(answer.body.contains("too large") || answer.body.contains("corrected"), "{}", answer.body);
    }
    let html = PROJECT
        .replace("title: Mint", "title: '<script>alert(1)</script>'")
        .replace("How many leaves?", "'<img src=x onerror=alert(1)> [link](javascript:alert(1))'");
    let preview = teacher.send("/teach/upload", "text", html.as_bytes()).await;
    let shown = preview.body.split("<textarea").next().unwrap();
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.body);
    // The text goes along to be sent once more, and ends nothing on the page.
    let ending = PROJECT.replace("title: Mint", "title: '</textarea><script>alert(2)</script>'");
    for address in ["/teach/upload", "/teach/upload/edit"] {
        let page = teacher.send(address, "text", ending.as_bytes()).await.body;
        assert!(!page.contains("<script>alert") && page.contains("&lt;/textarea>"), "{page}");
    }
    for code in ["<script>alert", "<img src", "href=\"javascript:"] {
        assert!(!shown.contains(code) && !preview.body.contains("<script>alert"), "{code} in {}", preview.body);
    }
}

#[tokio::test]
async fn a_project_is_its_organisations_and_no_others() {
    let app = TestApp::new().await;
    let (north, south) = (Teacher::of(&app, Some("north")).await, Teacher::of(&app, Some("south")).await);
    north.import(PROJECT).await;
    assert!(north.get("/teach/projects/herbs").await.body.contains("Mint"));
    assert_eq!(south.get("/teach/projects/herbs").await.status, StatusCode::NOT_FOUND);
    assert!(!south.get("/teach/projects").await.body.contains("Herbs"));
    let second = PROJECT.replace("version: 1", "version: 2");
    for address in ["/teach/upload", "/teach/projects"] {
        let refused = south.send(address, "text", second.as_bytes()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("is taken"), "{}", refused.body);
    }
    // What is the installation's is everybody's to see, and the installation's alone to change.
    assert!(south.get("/teach/projects/counting").await.status.is_success());
    let counting = PROJECT.replace("slug: herbs", "slug: counting").replace("version: 1", "version: 2");
    assert_eq!(south.import(&counting).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let installation = Teacher::of(&app, None).await;
    assert_eq!(installation.import(&second).await.status, StatusCode::SEE_OTHER);
    assert!(north.get("/teach/projects/herbs").await.body.contains("Version 2"), "it stays the organisation's");
    assert_eq!(south.get("/teach/projects/herbs").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_project_is_assigned_to_a_course_of_ones_own_and_opens_there() {
    let app = TestApp::new().await;
    let teacher = Teacher::of(&app, None).await;
    app.session("learner-1").await;
    teacher.import(PROJECT).await;
    let page = teacher.get("/teach/projects/herbs").await.body;
    let (_, rest) = page.split_once("id=\"course\"").unwrap();
    let course = rest.split("<option value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();

    let south = Teacher::of(&app, Some("south")).await;
    assert!(!south.get("/teach/projects/counting").await.body.contains(&course));
    for (by, slug, course) in [
        (&south, "counting", &*course),
        (&teacher, "nothing", &course),
        (&teacher, "%00", &course),
        (&teacher, "herbs", "7"),
    ] {
        assert_eq!(by.assign(slug, course).await.status, StatusCode::NOT_FOUND, "{slug} {course}");
    }
    let assigned = teacher.assign("herbs", &course).await;
    assert_eq!(assigned.header(header::LOCATION), "/teach/projects/herbs?done=assigned");
    let page = teacher.get("/teach/projects/herbs?done=assigned").await.body;
    assert!(page.contains(&format!("/teach/courses/{course}")) && page.contains("The project is assigned"), "{page}");
    let opened = app.open("client-1", serde_json::json!({ "custom": null, "sub": "learner-2" })).await;
    assert!(opened.body.contains("Mint"), "{}", opened.body);

    south.import(&PROJECT.replace("slug: herbs", "slug: theirs")).await;
    assert_eq!(teacher.assign("theirs", &course).await.status, StatusCode::NOT_FOUND, "it may not be opened there");
}

#[tokio::test]
async fn nobody_else_sends_a_file_in_a_teachers_name() {
    let app = TestApp::new().await;
    let teacher = Teacher::of(&app, None).await;
    let forged = teacher.send_from("https://evil.example", "/teach/projects", "text", PROJECT.as_bytes()).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert!(!teacher.get("/teach/projects").await.body.contains("Herbs"));
    for address in ["/teach/projects", "/teach/upload", "/teach/projects/counting"] {
        let answer = app.get(address, None).await;
        assert!(answer.header(header::LOCATION).starts_with("/sign-in?to="), "{address}: {}", answer.status);
    }
}
