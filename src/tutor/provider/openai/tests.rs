use futures::StreamExt as _;
use insta::assert_debug_snapshot;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::*;
use crate::tutor::provider::{ChatMessage, ProviderKind};

fn settings(base_url: &str) -> ProviderSettings {
    ProviderSettings {
        kind: ProviderKind::OpenAi,
        base_url: Some(base_url.to_owned()),
        model: Some("small".to_owned()),
        api_key: Some("key-1".into()),
    }
}

fn request() -> ChatRequest {
    ChatRequest { messages: vec![ChatMessage { speaker: Speaker::Learner, text: "Hello".to_owned() }] }
}

async fn ask(model: &OpenAi) -> (String, Option<ModelError>) {
    let mut answer = match model.answer(request()).await {
        Ok(answer) => answer,
        Err(error) => return (String::new(), Some(error)),
    };
    let mut text = String::new();
    while let Some(piece) = answer.next().await {
        match piece {
            Ok(piece) => text.push_str(&piece),
            Err(error) => return (text, Some(error)),
        }
    }
    (text, None)
}

async fn answered_with(response: ResponseTemplate) -> (String, Option<ModelError>) {
    let server = MockServer::start().await;
    Mock::given(matchers::method("POST"))
        .and(matchers::path("/v1/chat/completions"))
        .and(matchers::header("authorization", "Bearer key-1"))
        .respond_with(response)
        .mount(&server)
        .await;
    ask(&OpenAi::new(&settings(&server.uri())).unwrap()).await
}

fn events(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.to_owned(), "text/event-stream")
}

#[test]
fn the_address_is_found_with_or_without_a_version() {
    let addresses = [
        "https://api.openai.com/v1",
        "http://localhost:11434",
        "http://localhost:11434/",
        "http://localhost:8080/v1/",
        "https://gateway.example/llm",
        "https://host.example/api/v3/chat/completions",
        "https://x.openai.azure.com/openai/deployments/small?api-version=2024-10-21",
    ];
    let found: Vec<String> = addresses.map(|base| completions_address(base).unwrap().to_string()).into();
    assert_debug_snapshot!(found, @r#"
    [
        "https://api.openai.com/v1/chat/completions",
        "http://localhost:11434/v1/chat/completions",
        "http://localhost:11434/v1/chat/completions",
        "http://localhost:8080/v1/chat/completions",
        "https://gateway.example/llm/v1/chat/completions",
        "https://host.example/api/v3/chat/completions",
        "https://x.openai.azure.com/openai/deployments/small/chat/completions?api-version=2024-10-21",
    ]
    "#);
    for base in ["localhost:11434", "ftp://host.example", "", "not a url"] {
        assert!(completions_address(base).is_err(), "{base}");
    }
}

#[tokio::test]
async fn a_stream_is_read_with_its_role_usage_and_empty_pieces() {
    let body = concat!(
        ": keep-alive\n\n",
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"},\"finish_reason\":null}],\"x\":1}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":null}}]}\n\n",
        "data:{\"choices\":[{\"delta\":{\"content\":\"lo\"}}]}\r\n\r\n",
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n",
        "data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\n",
        "data: [DONE]\n\n",
    );
    assert_eq!(answered_with(events(body)).await, ("Hello".to_owned(), None));
}

#[tokio::test]
async fn an_answer_may_end_without_the_last_word() {
    let body = "data: {\"choices\":[{\"delta\":{\"content\":\"Hello\"},\"finish_reason\":\"length\"}]}\n\n";
    assert_eq!(answered_with(events(body)).await, ("Hello".to_owned(), None));
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    let body =
        json!({ "choices": [{ "message": { "role": "assistant", "content": "Hello" }, "finish_reason": "stop" }] });
    assert_eq!(answered_with(ResponseTemplate::new(200).set_body_json(body)).await, ("Hello".to_owned(), None));
}

#[tokio::test]
async fn every_fault_has_its_name() {
    let half = "data: {\"choices\":[{\"delta\":{\"content\":\"Hel\"}}]}\n\n";
    let cases = [
        ("cut", events(half)),
        ("cut within a piece", events(&format!("{half}data: {{\"choi"))),
        (
            "told in the stream",
            events(&format!("{half}data: {{\"error\":{{\"message\":\"no\",\"code\":\"429\"}}}}\n\n")),
        ),
        ("garbage in the stream", events("data: <html>\n\n")),
        ("nothing", events("")),
        ("a page", ResponseTemplate::new(200).set_body_raw("<html>Sign in</html>", "text/html")),
        ("JSON without text", ResponseTemplate::new(200).set_body_json(json!({ "object": "list" }))),
        ("JSON error", ResponseTemplate::new(200).set_body_json(json!({ "error": "overloaded" }))),
        ("wrong key", ResponseTemplate::new(401)),
        ("wrong model", ResponseTemplate::new(403)),
        ("busy", ResponseTemplate::new(429).insert_header("Retry-After", "7")),
        ("failed", ResponseTemplate::new(500).set_body_string("boom")),
        ("elsewhere", ResponseTemplate::new(302).insert_header("Location", "http://127.0.0.1:1/")),
    ];
    let mut found = Vec::new();
    for (name, response) in cases {
        let (text, error) = answered_with(response).await;
        found.push(format!("{name}: {text:?} {error:?}"));
    }
    assert_debug_snapshot!(found, @r#"
    [
        "cut: \"Hel\" Some(Cut)",
        "cut within a piece: \"Hel\" Some(Cut)",
        "told in the stream: \"Hel\" Some(Busy(None))",
        "garbage in the stream: \"\" Some(Unreadable(\"not JSON of the expected form, at column 1\"))",
        "nothing: \"\" Some(Cut)",
        "a page: \"\" Some(Cut)",
        "JSON without text: \"\" Some(Unreadable(\"no text in it\"))",
        "JSON error: \"\" Some(Failed(200))",
        "wrong key: \"\" Some(Refused(401))",
        "wrong model: \"\" Some(Refused(403))",
        "busy: \"\" Some(Busy(Some(7s)))",
        "failed: \"\" Some(Failed(500))",
        "elsewhere: \"\" Some(Failed(302))",
    ]
    "#);
}

#[tokio::test]
async fn an_endless_line_is_not_kept() {
    let body = format!("data: {}", "x".repeat(LARGEST + 1));
    assert_eq!(answered_with(events(&body)).await, (String::new(), Some(ModelError::Endless)));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_without_its_address() {
    let model = OpenAi::new(&settings("http://127.0.0.1:1/secret")).unwrap();
    assert_eq!(ask(&model).await, (String::new(), Some(ModelError::Unreachable("no connection".to_owned()))));
}

#[test]
fn the_key_is_never_printed() {
    let model = OpenAi::new(&settings("http://127.0.0.1:1")).unwrap();
    assert!(!format!("{model:?}{:?}", settings("http://127.0.0.1:1")).contains("key-1"));
}
