use std::sync::Arc;

use app::{
    address::View,
    model::{
        Activity, Answer, AnswerForm, ClassAnswer, Conversation, DraftSaved, Grade, GradeState, HintState, Outcome,
        Progress, Role, Session, Submission, TaskPage, TaskRow, TaskState, Turn, TutorNotice,
    },
    ports::{LearnerPort, Ports, TeacherPort, TutorPort},
    refusal::Refusal,
};
use async_trait::async_trait;
use axum::{Router, body::Body, response::Response};
use chrono::DateTime;
use http::{HeaderMap, Method, Request, StatusCode, header};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{Button, Doors, Message, Opened, message_page, routes};

/// One learner with two tasks, of which the second is locked.
struct House;

#[async_trait]
impl Doors for House {
    async fn by_code(&self, code: &str, _headers: &HeaderMap) -> Result<Option<Opened>, Refusal> {
        let first_view = match code {
            "good" => View::Tutor,
            "at-second" => View::Task("second".into()),
            "broken" => return Err(refusal("internal", 500)),
            _ => return Ok(None),
        };
        let session = Session {
            token: "secret-token".into(),
            expires_at: DateTime::UNIX_EPOCH,
            launch: "launch-1".into(),
            role: Role::Learner,
        };
        Ok(Some(Opened {
            session,
            ports: ports(),
            first_view,
            frame_ancestors: vec!["https://lms.example".into()],
            frame_report: "/csp-report?registration=1".into(),
            frames: None,
        }))
    }

    async fn asks_frame(&self, code: &str, _headers: &HeaderMap) -> Option<String> {
        (code == "blocked").then(|| "/frames?registration=1".into())
    }

    async fn by_token(&self, token: &str) -> Result<Ports, Refusal> {
        if token == "secret-token" { Ok(ports()) } else { Err(refusal(Refusal::SESSION_EXPIRED, 401)) }
    }
}

fn ports() -> Ports {
    Ports { learner: Arc::new(House), tutor: Arc::new(House), teacher: Arc::new(House) }
}

fn refusal(error: &str, status: u16) -> Refusal {
    Refusal { error: error.into(), message: "No.".into(), reference: "R-1".into(), status }
}

fn row(id: &str, state: TaskState) -> TaskRow {
    let title = format!("Title of {id} </script>");
    TaskRow {
        id: id.into(),
        parent: None,
        depth: 0,
        title,
        state,
        has_children: false,
        points: Some(1.0),
        waits_for: vec!["Title of first </script>".into()],
    }
}

#[async_trait]
impl LearnerPort for House {
    async fn activity(&self) -> Result<Activity, Refusal> {
        Ok(Activity {
            course: None,
            back: None,
            language: None,
            title: "A project".into(),
            introduction_html: String::new(),
            role: Role::Learner,
            ungraded: None,
            progress: Progress { closed: 0, total: 2, points: 0.0, possible: 2.0 },
            tasks: vec![row("first", TaskState::Open), row("second", TaskState::Blocked)],
            next: Some("first".into()),
            grade: Grade { state: GradeState::NothingYet, sentence: "No grade yet".into() },
            tutor: TutorNotice { model: None, readers: "Your teacher can read this.".into(), off: None },
            may_change: false,
        })
    }

    async fn task(&self, task: &str) -> Result<TaskPage, Refusal> {
        let state = match task {
            "first" => TaskState::Open,
            "second" => TaskState::Blocked,
            _ => return Err(refusal("no_such_task", 404)),
        };
        Ok(TaskPage {
            row: row(task, state),
            path: Vec::new(),
            body_html: format!("<p>Body of {task}</p>"),
            objectives: Vec::new(),
            minutes: None,
            answer: AnswerForm::Text { long: true, placeholder: None },
            draft: Some(app::model::Draft { answer: Answer::One("</textarea> draft".into()), revision: 1 }),
            attempts: Vec::new(),
            hints: Vec::new(),
            hint: HintState::Ready,
            children: Vec::new(),
            following: None,
        })
    }

    async fn start(&self, _task: &str) -> Result<Outcome, Refusal> {
        Err(refusal("not_here", 409))
    }
    async fn save_draft(&self, _task: &str, _answer: Answer, revision: i64) -> Result<DraftSaved, Refusal> {
        Ok(DraftSaved::Saved { revision: revision + 1 })
    }
    async fn submit(&self, _task: &str, _answer: Answer) -> Result<Outcome, Refusal> {
        Err(refusal("answer_too_long", 413))
    }
    async fn finish(&self, _task: &str) -> Result<Outcome, Refusal> {
        Err(refusal("not_here", 409))
    }
    async fn reopen(&self, _task: &str, _reason: String) -> Result<Outcome, Refusal> {
        Err(refusal("not_here", 409))
    }
    async fn hint(&self, _task: &str) -> Result<TaskPage, Refusal> {
        Err(refusal("not_here", 409))
    }
    async fn submissions(&self) -> Result<Vec<Submission>, Refusal> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl TeacherPort for House {
    async fn class_page(&self, _address: &str, _form: Option<String>) -> Result<ClassAnswer, Refusal> {
        Err(refusal("not_found", 404))
    }

    async fn window(&self) -> Result<String, Refusal> {
        Err(refusal("not_found", 404))
    }

    async fn preview(&self) -> Result<String, Refusal> {
        Err(refusal("not_found", 404))
    }
}

#[async_trait]
impl TutorPort for House {
    async fn conversation(&self) -> Result<Conversation, Refusal> {
        Ok(Conversation { turns: Vec::new() })
    }
    async fn say(&self, _message: String, _task: Option<String>) -> Result<Turn, Refusal> {
        Err(refusal("busy", 409))
    }
    async fn stop(&self, _turn: &str) -> Result<(), Refusal> {
        Ok(())
    }
}

fn app() -> Router {
    routes(Arc::new(House))
}

async fn get(address: &str) -> Response {
    let request = Request::get(address).body(Body::empty()).unwrap();
    app().oneshot(request).await.unwrap()
}

async fn call(function: &str, token: Option<&str>, arguments: &Value) -> (StatusCode, Value) {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(format!("/fn/{function}"))
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let response = app().oneshot(request.body(Body::from(arguments.to_string())).unwrap()).await.unwrap();
    let status = response.status();
    (status, serde_json::from_str(&text(response).await).unwrap())
}

async fn text(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn policy(response: &Response) -> String {
    response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_first_document_carries_the_session_and_the_learners_data() {
    let html = text(get("/activity?code=good").await).await;
    for expected in [
        r#"<script type="application/json" id="session">{"token":"secret-token","expires_at":"1970-01-01T00:00:00Z","launch":"launch-1","role":"learner"}</script>"#,
        r#"data-view="/activity/tutor""#,
        r#"aria-label="Activity""#,
        r#"href="/activity/tasks/second""#,
        r#"aria-label="Project progress""#,
        r#"role="log" aria-label="Conversation""#,
        r#"aria-label="Message to the tutor""#,
        r#"role="status" aria-label="Grade""#,
        "Your answer",
        "Submit",
        "Ask the tutor",
        "Body of first",
        "no language model",
    ] {
        assert!(html.contains(expected), "{expected} is missing in\n{html}");
    }
}

#[tokio::test]
async fn the_page_of_a_task_is_drawn_where_the_launch_leads() {
    let html = text(get("/activity?code=at-second").await).await;
    assert!(html.contains(r#"data-view="/activity/tasks/second""#));
    assert!(html.contains("Body of second"));
    assert!(html.contains("This task opens when you have done:"));
}

#[tokio::test]
async fn data_cannot_break_out_of_the_document() {
    let html = text(get("/activity?code=good").await).await;
    assert!(!html.contains("Title of first </script>"));
    assert!(!html.contains("</textarea> draft"));
    assert!(html.contains("&lt;/textarea> draft"));
}

#[tokio::test]
async fn scripts_run_by_nonce_and_the_platform_may_frame_the_page() {
    let response = get("/activity?code=good").await;
    let policy = policy(&response);
    assert!(policy.contains("default-src 'none'"));
    assert!(policy.ends_with("frame-ancestors https://lms.example; report-uri /csp-report?registration=1"), "{policy}");
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(response.headers()[header::REFERRER_POLICY], "no-referrer");
    let nonce = policy.split("'nonce-").nth(1).and_then(|rest| rest.split('\'').next()).unwrap().to_owned();
    let html = text(response).await;
    let scripts = html.matches("<script").count();
    let data = html.matches(r#"<script type="application/json""#).count();
    assert_eq!(
        html.matches(&format!("nonce=\"{nonce}\"")).count(),
        scripts - data + 1,
        "each script, and the preload\n{html}"
    );
}

#[tokio::test]
async fn without_a_credential_a_page_holds_nothing() {
    for address in [
        "/activity",
        "/activity?code=spent",
        "/activity?code=a&code=b",
        "/activity?code=%FF",
        "/activity/tutor",
        "/activity/tasks",
        "/activity/tasks/second",
        "/activity/submissions",
    ] {
        let response = get(address).await;
        assert_eq!(response.status(), StatusCode::OK, "{address}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert!(policy(&response).ends_with("frame-ancestors *"));
        let html = text(response).await;
        assert!(html.contains(r#"<script type="application/json" id="opening">{"activity":null"#), "{html}");
        for secret in ["secret-token", "id=\"session\"", "Title of"] {
            assert!(!html.contains(secret), "{address} holds {secret}");
        }
    }
}

#[tokio::test]
async fn a_launch_that_cannot_be_opened_says_so() {
    let response = get("/activity?code=broken").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text(response).await.contains("R-1"));
}

#[tokio::test]
async fn a_server_function_asks_for_the_token() {
    for token in [None, Some("other")] {
        let (status, body) = call("activity", token, &json!({})).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        assert_eq!(body["error"], "session_expired");
    }
    let (status, body) = call("activity", Some("secret-token"), &json!({})).await;
    assert_eq!((status, &body["title"]), (StatusCode::OK, &json!("A project")));
}

#[tokio::test]
async fn a_refusal_keeps_its_status_and_shape() {
    let (status, body) = call("submit", Some("secret-token"), &json!({ "task": "first", "answer": "42" })).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(body, json!({ "error": "answer_too_long", "message": "No.", "reference": "R-1" }));
}

#[tokio::test]
async fn a_draft_is_saved_at_the_address_that_a_leaving_page_uses() {
    let function = app::calls::SAVE_DRAFT.strip_prefix("/fn/").unwrap();
    let draft = json!({ "task": "first", "answer": ["a", "b"], "revision": 4 });
    let (status, body) = call(function, Some("secret-token"), &draft).await;
    assert_eq!((status, body), (StatusCode::OK, json!({ "saved": { "revision": 5 } })));
}

#[tokio::test]
async fn all_tasks_can_be_read_without_the_program() {
    let read = |token: &'static str| async move {
        let request = Request::post("/activity/read")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(format!("token={token}")));
        app().oneshot(request.unwrap()).await.unwrap()
    };
    let html = text(read("secret-token").await).await;
    assert!(html.contains("Body of first") && html.contains("Body of second"));
    assert_eq!(read("other").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_message_says_what_to_do_next() {
    let button = Button {
        label: "Open it".into(),
        address: "/lti/login".into(),
        fields: vec![("iss".into(), "a\"b".into())],
        new_window: true,
    };
    let message = Message {
        title: "Title".into(),
        sentence: "<what>".into(),
        advice: "Advice".into(),
        reference: "R-2".into(),
        button: Some(button),
        question: None,
    };
    let response = message_page(StatusCode::FORBIDDEN, message);
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    assert!(!policy(&response).contains("script-src"));
    let html = text(response).await;
    let main = &html[html.find("<main").unwrap()..html.find("</main>").unwrap()];
    assert_snapshot!(main, @r#"<main class="message"><div class="message-card"><h1>Title</h1><p>&lt;what&gt;</p><p class="message-advice">Advice</p><!><form method="post" action="/lti/login" target="_blank"><input type="hidden" name="iss" value="a&quot;b"><!><button class="button primary">Open it</button></form><p class="message-reference">Reference <code>R-2</code></p></div>"#);
}
