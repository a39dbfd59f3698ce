//! Logins, up to where the browser goes to the platform.

use super::platform::{CLIENT, ISSUER, LOGIN, Stage, registration};
use crate::{LoginRefused, LoginRequest, memory::Platform};

async fn refused(login: &str) -> LoginRefused {
    match LoginRequest::parse(login.as_bytes()) {
        Ok(request) => Stage::new().begin(request).await.expect_err("a refusal"),
        Err(error) => error.into(),
    }
}

#[tokio::test]
async fn a_login_goes_to_the_platform_with_everything_it_asks_for() {
    let stage = Stage::new();
    let begun = stage.begin(LoginRequest::parse(LOGIN.as_bytes()).unwrap()).await.unwrap();
    let mut sent: Vec<(String, String)> = begun.redirect.query_pairs().into_owned().collect();
    let nonce = sent.iter_mut().find(|(name, _)| name == "nonce").unwrap();
    assert_eq!(std::mem::replace(&mut nonce.1, "(nonce)".to_owned()).len(), 43);
    let handed_over = sent.iter_mut().find(|(name, _)| name == "state").unwrap();
    assert_eq!(std::mem::replace(&mut handed_over.1, "(state)".to_owned()), begun.state);
    assert_eq!(begun.redirect.path(), "/auth");
    insta::assert_json_snapshot!(sent, @r#"
    [
      [
        "tenant",
        "7"
      ],
      [
        "scope",
        "openid"
      ],
      [
        "response_type",
        "id_token"
      ],
      [
        "response_mode",
        "form_post"
      ],
      [
        "prompt",
        "none"
      ],
      [
        "client_id",
        "tool-1"
      ],
      [
        "redirect_uri",
        "https://tool.example/lti/launch"
      ],
      [
        "login_hint",
        "user & 99"
      ],
      [
        "nonce",
        "(nonce)"
      ],
      [
        "state",
        "(state)"
      ],
      [
        "lti_message_hint",
        "hint+1"
      ]
    ]
    "#);
}

#[tokio::test]
async fn a_login_without_client_id_finds_the_only_registration() {
    let login = LOGIN.replace("&client_id=tool-1", "");
    let stage = Stage::new();
    let begun = stage.begin(LoginRequest::parse(login.as_bytes()).unwrap()).await.unwrap();
    assert_eq!(begun.registered.registration.client_id, CLIENT);

    let memory = stage.tool.storage();
    for client in ["tool-2", "tool-3"] {
        memory.register(Platform { name: "School".to_owned() }, registration(ISSUER, client));
    }
    let refused = stage.begin(LoginRequest::parse(login.as_bytes()).unwrap()).await.unwrap_err();
    assert_eq!(refused.code(), "registration_ambiguous");
    assert!(refused.explanation().contains("has 3 registrations"));
    let begun = stage.begin(LoginRequest::parse(LOGIN.as_bytes()).unwrap()).await.unwrap();
    assert_eq!(begun.registered.registration.client_id, CLIENT);
}

#[tokio::test]
async fn a_client_id_that_the_platform_does_not_have_is_named() {
    let refused = refused(&LOGIN.replace("tool-1", "tool-9")).await;
    assert_eq!(refused.code(), "registration_unknown");
    assert!(refused.explanation().contains("not with the client id `tool-9`"));
}

#[tokio::test]
async fn a_login_to_another_place_than_this_tool_is_refused() {
    let login = LOGIN.replace("tool.example", "evil.example");
    assert_eq!(refused(&login).await.code(), "target_refused");
}

#[tokio::test]
async fn parameters_that_cannot_be_used_are_named() {
    for (login, code, name) in [
        (String::new(), "parameter_missing", "target_link_uri"),
        (LOGIN.replace("iss=https%3A%2F%2Flms.example", "iss="), "parameter_missing", "iss"),
        (LOGIN.replace("login_hint=user+%26+99&", ""), "parameter_missing", "login_hint"),
        (format!("{LOGIN}&login_hint=again"), "parameter_repeated", "login_hint"),
        (format!("{LOGIN}&l%6Fgin_hint=again"), "parameter_repeated", "login_hint"),
        (LOGIN.replace("user", &"u".repeat(20_000)), "parameter_too_long", "login_hint"),
        (LOGIN.replace("user", "%FF%FE"), "parameter_malformed", "login_hint"),
        (LOGIN.replace("user", "%00"), "parameter_malformed", "login_hint"),
        (LOGIN.replace("tool-1", "%0d%0aSet-Cookie:x"), "parameter_malformed", "client_id"),
        (LOGIN.replace("https%3A%2F%2Ftool.example%2F", "javascript:"), "parameter_malformed", "target_link_uri"),
        (LOGIN.replace("https%3A%2F%2Ftool.example%2F", "%2F"), "parameter_malformed", "target_link_uri"),
    ] {
        let refused = refused(&login).await;
        assert_eq!(refused.code(), code, "{login}");
        assert!(refused.explanation().contains(&format!("`{name}`")), "{refused}");
    }
}

#[tokio::test]
async fn parameters_that_nobody_knows_are_ignored() {
    let login = format!("{LOGIN}&canvas_region=x&canvas_region=y&%FF=%FF&&=&lti_storage_target=_parent");
    assert!(Stage::new().begin(LoginRequest::parse(login.as_bytes()).unwrap()).await.is_ok());
}
