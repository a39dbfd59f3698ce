//! What a network and a broken platform do to a service, over real connections to this machine.

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::TcpListener,
};

use serde_json::json;
use url::Url;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

use super::platform::{CLIENT, LAUNCH_URL, keys, noon, registration, url};
use crate::{
    AddressRefused, GuardedClient, HttpError, KeyError, Reach, RosterQuery, RosterService, ServiceFault, StorageError,
    TokenError, Tool,
    memory::{Memory, PlainRegistration, Platform},
};

const MEDIA_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// A platform on this machine that gives tokens.
async fn platform() -> MockServer {
    let server = MockServer::start().await;
    let token = json!({"access_token": "first", "token_type": "bearer", "expires_in": 3600});
    let giving = ResponseTemplate::new(200).set_body_json(token);
    Mock::given(method("POST")).and(path("/token")).respond_with(giving).mount(&server).await;
    server
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = platform().await;
    Mock::given(method("GET")).and(path("/members")).respond_with(answer).mount(&server).await;
    server
}

/// Asks for the roster at `members`, by a token of `platform`.
async fn ask(platform: &MockServer, members: Url) -> ServiceFault {
    let registration = PlainRegistration {
        token_url: url(&format!("{}/token", platform.uri())),
        service_hosts: vec!["10.0.0.1".to_owned()],
        ..registration(&platform.uri(), CLIENT)
    };
    let memory = Memory::default();
    memory.register(Platform { name: "School".to_owned() }, registration.clone());
    memory.add_key(keys()[2].clone());
    let client = GuardedClient::new(Reach::PublicAndLoopback).expect("a client");
    let tool = Tool::new(url(LAUNCH_URL), memory, client);
    let service = RosterService { context_memberships_url: members, service_versions: Vec::new() };
    let mut rng = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(3);
    let mut roster = tool.roster(&registration, "1", &service, RosterQuery::default(), &mut rng);
    let fault = roster.next_page(noon()).await.expect_err("a fault");
    assert!(!fault.rule().is_empty() && !fault.to_string().is_empty());
    fault
}

async fn fault_of(answer: ResponseTemplate) -> ServiceFault {
    let platform = answering(answer).await;
    ask(&platform, url(&format!("{}/members", platform.uri()))).await
}

#[tokio::test]
async fn a_refused_connection() {
    let platform = platform().await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let fault = ask(&platform, url(&format!("http://{nobody}/members"))).await;
    assert_eq!(fault.code(), "connection_failed");
    assert!(fault.to_string().starts_with("The platform gave no answer:"), "{fault}");
}

#[tokio::test]
async fn half_an_answer() {
    let platform = platform().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let serving = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = connection.read(&mut request).unwrap();
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"members\": [").unwrap();
    });
    let fault = ask(&platform, url(&format!("http://{address}/members"))).await;
    serving.join().unwrap();
    assert_eq!((fault.code(), fault.rule()), ("answer_broken_off", "RFC 9112 §8"));

    let whole = ResponseTemplate::new(200).set_body_raw(r#"{"members": [{"user_id": "1""#, MEDIA_TYPE);
    assert_eq!(fault_of(whole).await.code(), "unreadable", "sent as if it were all");
}

#[tokio::test]
async fn ten_megabytes() {
    let large = format!(r#"{{"members": [], "padding": "{}"}}"#, "x".repeat(10 * 1024 * 1024));
    let fault = fault_of(ResponseTemplate::new(200).set_body_raw(large, MEDIA_TYPE)).await;
    assert_eq!(fault.code(), "answer_too_large");
}

#[tokio::test]
async fn html_and_other_things_instead_of_json() {
    let page = "<html><title>Log in</title>";
    let fault = fault_of(ResponseTemplate::new(200).set_body_raw(page, "text/html; charset=utf-8")).await;
    insta::assert_snapshot!(
        format!("{} ({}): {fault}", fault.code(), fault.rule()),
        @"not_json (RFC 9110 §8.3): The platform answered with `text/html; charset=utf-8` instead of JSON. A login or error page stands where the service should be: check the platform's address."
    );
    let binary = ResponseTemplate::new(200).set_body_raw([0xff, 0x00, 0x1b], "application/octet-stream");
    assert_eq!(fault_of(binary).await.code(), "not_json");
    let mislabelled = fault_of(ResponseTemplate::new(200).set_body_raw(page, MEDIA_TYPE)).await;
    assert_eq!(mislabelled.code(), "unreadable");
    assert!(mislabelled.to_string().contains("<html><title>Log in"), "{mislabelled}");
    for odd in ["[]", "7", r#"{"members": {}}"#, r#"{"members": null}"#, "{}", "\u{feff}{}"] {
        let fault = fault_of(ResponseTemplate::new(200).set_body_raw(odd, MEDIA_TYPE)).await;
        assert_eq!(fault.code(), "unreadable", "{odd}");
    }
    let deep = format!("{{\"members\": [{}]}}", "[".repeat(5000));
    assert_eq!(fault_of(ResponseTemplate::new(200).set_body_raw(deep, MEDIA_TYPE)).await.code(), "unreadable");
}

#[tokio::test]
async fn a_redirect_is_not_followed_wherever_it_leads() {
    for target in ["https://evil.example/members", "/elsewhere"] {
        let platform = answering(ResponseTemplate::new(302).insert_header("location", target)).await;
        let fault = ask(&platform, url(&format!("{}/members", platform.uri()))).await;
        assert_eq!(fault.code(), "redirected");
        assert_eq!(platform.received_requests().await.unwrap().len(), 2, "a token and a page, and nothing to {target}");
    }
}

#[tokio::test]
async fn a_busy_platform_and_one_that_fails() {
    let busy = fault_of(ResponseTemplate::new(429).insert_header("retry-after", "3600")).await;
    assert_eq!(
        (busy.code(), busy.to_string().as_str()),
        ("throttled", "The platform is busy and asks to wait for 3600 seconds.")
    );
    let failed = fault_of(ResponseTemplate::new(503).set_body_string("<html>down")).await;
    insta::assert_snapshot!(
        format!("{} ({}): {failed}", failed.code(), failed.rule()),
        @"platform_failed (RFC 9110 §15.6): The platform failed (503: <html>down). Try again later; if it stays, look into its log."
    );
}

#[tokio::test]
async fn addresses_inside_our_own_network_are_not_called() {
    let platform = platform().await;
    assert_eq!(ask(&platform, url("https://10.0.0.1/members")).await.code(), "address_refused");
}

#[test]
fn every_fault_has_a_code_of_its_own_and_a_sentence() {
    let (status, excerpt) = (400, || "no".to_owned());
    let token = |error: TokenError| ServiceFault::Token(error);
    let faults = [
        ServiceFault::NotOffered { service: "roster" },
        ServiceFault::ScopeNotGranted { scope: "score" },
        ServiceFault::Invalid { problem: "it is odd" },
        ServiceFault::ForeignHost { address: "https://evil.example/".to_owned() },
        ServiceFault::Forbidden { status, excerpt: excerpt() },
        ServiceFault::Throttled { status, retry_after: None },
        ServiceFault::TooManyMembers { status },
        ServiceFault::Gone { status, excerpt: excerpt() },
        ServiceFault::Refused { status, excerpt: excerpt() },
        ServiceFault::PlatformFailed { status, retry_after: None, excerpt: excerpt() },
        ServiceFault::NotJson { found: "text/html".to_owned() },
        ServiceFault::Unreadable { problem: "odd".to_owned(), excerpt: excerpt() },
        ServiceFault::ForeignPage { address: "https://evil.example/".to_owned() },
        ServiceFault::EndlessPages { pages: 7 },
        ServiceFault::Http(HttpError::TimedOut),
        ServiceFault::Http(HttpError::TooLarge { limit: 7 }),
        ServiceFault::Http(HttpError::BrokenOff),
        ServiceFault::Http(HttpError::Connection("refused".to_owned())),
        ServiceFault::Http(AddressRefused::NotHttps("http://lms.example/".to_owned()).into()),
        ServiceFault::Http(AddressRefused::Redirect("https://lms.example/".to_owned()).into()),
        token(TokenError::Key(KeyError::NoneActive)),
        token(TokenError::Storage(StorageError::new("full"))),
        token(TokenError::Refused { status, excerpt: excerpt() }),
        token(TokenError::NoToken),
        token(TokenError::ScopeDenied("score".to_owned())),
    ];
    let codes: BTreeSet<&str> = faults.iter().map(ServiceFault::code).collect();
    assert_eq!(codes.len(), faults.len());
    for fault in &faults {
        let sentence = fault.to_string();
        assert!(sentence.starts_with(char::is_uppercase), "{sentence}");
        assert!(sentence.ends_with('.'), "{sentence}");
        assert!(!fault.rule().is_empty());
    }
}
