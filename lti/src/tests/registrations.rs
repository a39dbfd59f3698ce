//! Dynamic registration, against configurations as the platforms really give them, and against hostile ones.

use http::{Method, header};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    errors::any_json,
    platform::{noon, url},
};
use crate::{
    AddressRefused, HttpError, MessageType,
    registration::{
        Answer, Initiation, PlatformConfiguration, RegistrationRefused, ToolDescription, ToolMessage, configuration,
        register,
    },
    testkit::Wire,
};

const TOKEN: &str = "one-time-token";
const LTI_PLATFORM: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";
const LTI_TOOL: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";
const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";

/// A platform as it really answers: where its configuration stands, what it says, and what it makes of a tool.
struct Platform {
    configuration_url: &'static str,
    configuration: Value,
    answer: Value,
}

/// Names messages without their places, and answers a number of its own as deployment.
fn moodle() -> Platform {
    Platform {
        configuration_url: "https://moodle.example/mod/lti/openid-configuration.php",
        configuration: json!({
            "issuer": "https://moodle.example",
            "token_endpoint": "https://moodle.example/mod/lti/token.php",
            "jwks_uri": "https://moodle.example/mod/lti/certs.php",
            "authorization_endpoint": "https://moodle.example/mod/lti/auth.php",
            "registration_endpoint": "https://moodle.example/mod/lti/openid-registration.php",
            "scopes_supported": ["openid", SCORE],
            "id_token_signing_alg_values_supported": ["RS256"],
            LTI_PLATFORM: { "product_family_code": "moodle", "version": "4.5",
                "messages_supported": ["LtiResourceLinkRequest", "LtiDeepLinkingRequest"],
                "placements": ["AddContentMenu"], "variables": ["Context.id"] },
        }),
        answer: json!({ "client_id": "MwX2PFUCgZCTjol", "scope": SCORE, LTI_TOOL: { "deployment_id": "2" } }),
    }
}

/// One issuer for all schools, an endpoint on a school's own host, and a configuration for who brings the token.
fn canvas() -> Platform {
    Platform {
        configuration_url: "https://sso.canvaslms.com/api/lti/security/openid-configuration?registration_token=t",
        configuration: json!({
            "issuer": "https://canvas.instructure.com",
            "authorization_endpoint": "https://sso.canvaslms.com/api/lti/authorize_redirect",
            "registration_endpoint": "https://canvas.school.example/api/lti/registrations",
            "jwks_uri": "https://sso.canvaslms.com/api/lti/security/jwks",
            "token_endpoint": "https://sso.canvaslms.com/login/oauth2/token",
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_server": "canvas.instructure.com",
            LTI_PLATFORM: { "product_family_code": "canvas", "version": "vCloud",
                "https://canvas.instructure.com/lti/account_name": "Test University",
                "messages_supported": [
                    { "type": "LtiResourceLinkRequest", "placements": ["assignment_selection", "course_navigation"] },
                    { "type": "LtiDeepLinkingRequest", "placements": ["editor_button"] },
                ] },
        }),
        answer: json!({ "client_id": "10000000000001" }),
    }
}

/// An audience that is not the token endpoint.
fn brightspace() -> Platform {
    Platform {
        configuration_url: "https://school.brightspace.com/d2l/.well-known/openid-configuration",
        configuration: json!({
            "issuer": "https://school.brightspace.com",
            "authorization_endpoint": "https://school.brightspace.com/d2l/lti/authenticate",
            "registration_endpoint": "https://school.brightspace.com/d2l/lti/register",
            "jwks_uri": "https://school.brightspace.com/d2l/.well-known/jwks",
            "token_endpoint": "https://auth.brightspace.com/core/connect/token",
            "authorization_server": "https://api.brightspace.com/auth/token",
            "id_token_signing_alg_values_supported": ["RS256"],
            LTI_PLATFORM: { "product_family_code": "desire2learn", "messages_supported": [{ "type": "LtiResourceLinkRequest" }] },
        }),
        answer: json!({ "client_id": "04a7d304", LTI_TOOL: { "deployment_id": "7862b2ce" } }),
    }
}

/// The token in the endpoint's address, RS512 on offer, and another key set than the application's.
fn blackboard() -> Platform {
    Platform {
        configuration_url: "https://developer.blackboard.com/.well-known/openid-configuration",
        configuration: json!({
            "issuer": "https://blackboard.com",
            "authorization_endpoint": "https://developer.blackboard.com/api/v1/gateway/oidcauth",
            "token_endpoint": "https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken",
            "jwks_uri": "https://developer.blackboard.com/.well-known/jwks.json",
            "registration_endpoint": "https://developer.blackboard.com/api/v1/gateway/registerLti?registrationToken=7570",
            "id_token_signing_alg_values_supported": ["RS256", "RS512"],
            LTI_PLATFORM: { "product_family_code": "BlackboardLearn", "variables": 7,
                "messages_supported": [{ "type": "LtiResourceLinkRequest" }, { "type": "ContextLaunchRequest" }, { "kind": 1 }, 2] },
        }),
        answer: json!({ "client_id": "fe3ebd13" }),
    }
}

/// Only `openid` among the scopes, places that are empty, and a deployment that is always 1.
fn sakai() -> Platform {
    Platform {
        configuration_url: "https://sakai.example/imsblis/lti13/well_known?key=47&clientId=c8ef&deploymentId=1",
        configuration: json!({
            "issuer": "https://sakai.example",
            "authorization_endpoint": "https://sakai.example/imsoidc/lti13/oidc_auth",
            "token_endpoint": "https://sakai.example/imsblis/lti13/token/47",
            "jwks_uri": "https://sakai.example/imsblis/lti13/keyset/47",
            "registration_endpoint": "https://sakai.example/imsblis/lti13/registration_endpoint/47",
            "scopes_supported": ["openid"],
            LTI_PLATFORM: { "product_family_code": "sakailms.org", "version": "23",
                "messages_supported": [{ "type": "LtiResourceLinkRequest", "placements": [] }] },
        }),
        answer: json!({ "client_id": "5ad3e4e5", "grant_types": ["implict"], LTI_TOOL: { "deployment_id": 1 } }),
    }
}

fn tool() -> ToolDescription {
    ToolDescription {
        name: "LTT".to_owned(),
        description: "A tutor".to_owned(),
        login_url: url("https://tool.example/lti/login"),
        redirect_uris: vec![url("https://tool.example/lti/launch")],
        target_link_uri: url("https://tool.example/lti/launch"),
        jwks_url: url("https://tool.example/lti/jwks"),
        logo_url: None,
        scopes: vec![SCORE.to_owned()],
        claims: Vec::new(),
        custom: [("course".to_owned(), "$Context.id".to_owned())].into(),
        messages: vec![ToolMessage {
            kind: MessageType::ResourceLink,
            label: "LTT".to_owned(),
            placements: vec!["assignment_selection".to_owned(), "link_selection".to_owned()],
        }],
    }
}

fn initiation(configuration_url: &str) -> Initiation {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("openid_configuration", configuration_url)
        .append_pair("registration_token", TOKEN)
        .append_pair("invite", "ours")
        .finish();
    Initiation::parse(query.as_bytes()).unwrap()
}

impl Platform {
    fn serve(&self) -> Wire {
        let network = Wire::at(noon());
        network.answer(self.configuration_url, 200, &[], &self.configuration);
        if let Some(endpoint) = self.configuration["registration_endpoint"].as_str() {
            network.answer(endpoint, 201, &[], &self.answer);
        }
        network
    }

    async fn configuration(&self) -> Result<PlatformConfiguration, RegistrationRefused> {
        configuration(&self.serve(), &initiation(self.configuration_url)).await
    }

    /// Changes the configuration, and gives the code with which it is refused.
    async fn refusal(mut self, edit: impl FnOnce(&mut Value)) -> &'static str {
        edit(&mut self.configuration);
        self.configuration().await.expect_err("a refusal").code()
    }
}

/// Registers, and gives what was agreed and what the platform was sent.
async fn registered(platform: &Platform) -> (PlatformConfiguration, Answer, Value) {
    let network = platform.serve();
    let initiation = initiation(platform.configuration_url);
    let configuration = configuration(&network, &initiation).await.unwrap();
    let answer = register(&network, &initiation, &configuration, &tool()).await.unwrap();
    let asked = network.asked();
    let sent = serde_json::from_slice(&asked.last().unwrap().body).unwrap();
    (configuration, answer, sent)
}

#[tokio::test]
async fn each_platform_registers_the_tool() {
    for (platform, client_id, deployment_id, family) in [
        (moodle(), "MwX2PFUCgZCTjol", Some("2"), "moodle"),
        (canvas(), "10000000000001", None, "canvas"),
        (brightspace(), "04a7d304", Some("7862b2ce"), "desire2learn"),
        (blackboard(), "fe3ebd13", None, "BlackboardLearn"),
        (sakai(), "5ad3e4e5", Some("1"), "sakailms.org"),
    ] {
        let (configuration, answer, sent) = registered(&platform).await;
        assert_eq!((answer.client_id.as_str(), answer.deployment_id.as_deref()), (client_id, deployment_id));
        assert_eq!(configuration.product_family_code.as_deref(), Some(family));
        assert_eq!(sent["id_token_signed_response_alg"], "RS256", "{family}");
    }
}

#[tokio::test]
async fn what_a_platform_says_of_itself_is_kept() {
    let (brightspace, ..) = registered(&brightspace()).await;
    assert_eq!(brightspace.authorization_server, Some(url("https://api.brightspace.com/auth/token")));
    assert_eq!(brightspace.token_endpoint, url("https://auth.brightspace.com/core/connect/token"));
    let (canvas, ..) = registered(&canvas()).await;
    assert_eq!((canvas.account_name.as_deref(), canvas.authorization_server), (Some("Test University"), None));
    let (moodle, answer, _) = registered(&moodle()).await;
    assert_eq!(moodle.messages.len(), 2);
    assert_eq!(answer.scopes.unwrap(), [SCORE]);
}

#[tokio::test]
async fn the_tool_says_everything_that_a_platform_needs() {
    let (.., sent) = registered(&canvas()).await;
    insta::assert_json_snapshot!(sent, @r#"
    {
      "application_type": "web",
      "client_name": "LTT",
      "grant_types": [
        "implicit",
        "client_credentials"
      ],
      "https://purl.imsglobal.org/spec/lti-tool-configuration": {
        "claims": [
          "iss",
          "sub"
        ],
        "custom_parameters": {
          "course": "$Context.id"
        },
        "description": "A tutor",
        "domain": "tool.example",
        "messages": [
          {
            "label": "LTT",
            "placements": [
              "assignment_selection"
            ],
            "target_link_uri": "https://tool.example/lti/launch",
            "type": "LtiResourceLinkRequest"
          }
        ],
        "target_link_uri": "https://tool.example/lti/launch"
      },
      "id_token_signed_response_alg": "RS256",
      "initiate_login_uri": "https://tool.example/lti/login",
      "jwks_uri": "https://tool.example/lti/jwks",
      "redirect_uris": [
        "https://tool.example/lti/launch"
      ],
      "response_types": [
        "id_token"
      ],
      "scope": "https://purl.imsglobal.org/spec/lti-ags/scope/score",
      "token_endpoint_auth_method": "private_key_jwt"
    }
    "#);
    let (.., sent) = registered(&sakai()).await;
    let message = &sent[LTI_TOOL]["messages"][0];
    assert!(message.get("placements").is_none(), "a platform that names no places is told none: {message}");
}

#[tokio::test]
async fn the_token_goes_to_the_registration_endpoint_and_nowhere_else() {
    let platform = moodle();
    let network = platform.serve();
    let initiation = initiation(platform.configuration_url);
    let found = configuration(&network, &initiation).await.unwrap();
    register(&network, &initiation, &found, &tool()).await.unwrap();
    let asked = network.asked();
    let tokens: Vec<(&Method, Option<&str>)> = asked
        .iter()
        .map(|request| {
            (&request.method, request.headers.get(header::AUTHORIZATION).and_then(|token| token.to_str().ok()))
        })
        .collect();
    assert_eq!(tokens, [(&Method::GET, None), (&Method::POST, Some("Bearer one-time-token"))]);
    assert!(!format!("{initiation:?} {:?}", asked[1].headers).contains(TOKEN), "nor into a log");
}

#[tokio::test]
async fn a_platform_that_shows_its_configuration_only_for_the_token_gets_it() {
    let platform = canvas();
    let network = Wire::at(noon());
    network.answer(platform.configuration_url, 401, &[], "{}");
    network.answer(platform.configuration_url, 200, &[], &platform.configuration);
    assert!(configuration(&network, &initiation(platform.configuration_url)).await.is_ok());
    let asked = network.asked();
    assert!(asked[0].headers.get(header::AUTHORIZATION).is_none());
    assert!(asked[1].headers.get(header::AUTHORIZATION).is_some());
}

#[tokio::test]
async fn a_platform_speaks_for_nobody_but_itself() {
    for issuer in [
        "https://other.example",
        "https://moodle.example.evil.example",
        "https://evilmoodle.example",
        "https://moodle.example:8443",
        "https://canvas.instructure.com",
        "https://blackboard.com",
    ] {
        let code = moodle().refusal(|configuration| configuration["issuer"] = json!(issuer)).await;
        assert_eq!(code, "issuer_mismatch", "{issuer}");
    }
    for imposter in ["https://instructure.com.evil.example/c", "https://evil-canvaslms.com/c"] {
        let platform = Platform { configuration_url: imposter, ..canvas() };
        assert_eq!(platform.refusal(|_| ()).await, "issuer_mismatch", "{imposter}");
    }
    let with_path = moodle();
    let mut configuration = with_path.configuration.clone();
    configuration["issuer"] = json!("https://moodle.example/moodle");
    assert!(Platform { configuration, ..with_path }.configuration().await.is_ok());
}

#[tokio::test]
async fn the_token_is_not_sent_to_another_host() {
    for endpoint in ["https://evil.example/register", "https://moodle.example:8443/register", "http://evil.example/"] {
        let mut platform = moodle();
        platform.configuration["registration_endpoint"] = json!(endpoint);
        let network = platform.serve();
        let refused = configuration(&network, &initiation(platform.configuration_url)).await.unwrap_err();
        assert_eq!(refused.code(), "registration_endpoint_mismatch", "{endpoint}");
        assert_eq!(network.times_asked(endpoint), 0);
    }
    let elsewhere = json!("https://evil.example/register");
    assert_eq!(
        blackboard().refusal(|configuration| configuration["registration_endpoint"] = elsewhere).await,
        "registration_endpoint_mismatch"
    );
}

#[tokio::test]
async fn a_redirect_of_the_registration_endpoint_is_not_followed() {
    let platform = moodle();
    let network = Wire::at(noon());
    network.answer(platform.configuration_url, 200, &[], &platform.configuration);
    let initiation = initiation(platform.configuration_url);
    let found = configuration(&network, &initiation).await.unwrap();
    let endpoint = found.registration_endpoint.as_str();
    network.fail(endpoint, AddressRefused::Redirect(endpoint.to_owned()).into());
    let refused = register(&network, &initiation, &found, &tool()).await.unwrap_err();
    assert_eq!((refused.code(), refused.may_be_registered()), ("registration_endpoint_unavailable", false));
}

#[tokio::test]
async fn hostile_configurations_are_refused_by_name() {
    for (field, value, expected) in [
        ("issuer", json!(null), "configuration_incomplete"),
        ("issuer", json!(7), "configuration_incomplete"),
        ("issuer", json!("moodle.example"), "configuration_malformed"),
        ("issuer", json!("javascript:alert(1)"), "configuration_malformed"),
        ("issuer", json!("x".repeat(300)), "configuration_malformed"),
        ("authorization_endpoint", json!("javascript:alert(1)"), "configuration_malformed"),
        ("token_endpoint", json!("data:text/plain,x"), "configuration_malformed"),
        ("token_endpoint", json!(["https://moodle.example"]), "configuration_malformed"),
        ("jwks_uri", json!("file:///etc/passwd"), "configuration_malformed"),
        ("jwks_uri", json!(null), "configuration_incomplete"),
        ("registration_endpoint", json!("/register"), "configuration_malformed"),
        ("id_token_signing_alg_values_supported", json!(["RS512", "HS256"]), "alg_not_offered"),
    ] {
        let shown = format!("{field}: {value}");
        assert_eq!(moodle().refusal(|configuration| configuration[field] = value).await, expected, "{shown:.80}");
    }
    for body in ["<html><title>Log in</title></html>", "", "[]", "7", "{\"issuer\": \"https://moodle.example\""] {
        let network = Wire::at(noon());
        network.answer(moodle().configuration_url, 200, &[], body);
        let refused = configuration(&network, &initiation(moodle().configuration_url)).await.unwrap_err();
        assert_eq!(refused.code(), "configuration_unreadable", "{body}");
    }
}

#[tokio::test]
async fn a_configuration_that_cannot_be_had_says_why() {
    let at = moodle().configuration_url;
    let network = Wire::at(noon());
    network.answer(at, 404, &[], "not here");
    network.fail(at, HttpError::TooLarge { limit: 262_144 });
    network.fail(at, AddressRefused::NotPublic("10.0.0.1".to_owned()).into());
    for expected in ["configuration_missing", "configuration_unavailable", "configuration_unavailable"] {
        let refused = configuration(&network, &initiation(at)).await.unwrap_err();
        assert_eq!(refused.code(), expected);
        assert!(!refused.explanation().is_empty() && !refused.rule().is_empty());
    }
    assert!(network.asked().iter().all(|request| request.limit <= 256 * 1024));
}

#[tokio::test]
async fn a_platform_that_says_no_is_quoted() {
    let platform = moodle();
    let initiation = initiation(platform.configuration_url);
    let found = platform.configuration().await.unwrap();
    let endpoint = found.registration_endpoint.as_str();
    for (status, body, code) in [
        (401, "token_already_used", "not_registered"),
        (400, "", "not_registered"),
        (200, "<html>", "registration_answer_unreadable"),
        (200, "{}", "client_id_missing"),
        (200, "{\"client_id\": \"\"}", "client_id_missing"),
        (200, "{\"client_id\": [1]}", "client_id_missing"),
    ] {
        let network = Wire::at(noon());
        network.answer(endpoint, status, &[], body);
        let refused = register(&network, &initiation, &found, &tool()).await.unwrap_err();
        assert_eq!(refused.code(), code, "{body}");
        assert_eq!(refused.may_be_registered(), status == 200);
        if status == 401 {
            assert!(refused.to_string().contains("token_already_used"), "{refused}");
        }
    }
}

#[test]
fn what_the_platform_brings_is_read_strictly() {
    for (query, code) in [
        ("", "parameter_missing"),
        ("registration_token=t", "parameter_missing"),
        ("openid_configuration=javascript:alert(1)", "parameter_malformed"),
        ("openid_configuration=https://a.example&openid_configuration=https://b.example", "parameter_repeated"),
    ] {
        assert_eq!(Initiation::parse(query.as_bytes()).unwrap_err().code(), code, "{query}");
    }
    let without_token = Initiation::parse(b"openid_configuration=https%3A%2F%2Flms.example%2Fc").unwrap();
    assert_eq!(without_token.configuration_url, url("https://lms.example/c"));
}

proptest! {
    #[test]
    fn no_document_makes_a_registration_panic(
        document in any_json(),
        value in any_json(),
        which in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let _ = PlatformConfiguration::parse(&bytes).map_err(|refused| refused.explanation());
        let _ = Answer::parse(&bytes).map_err(|refused| refused.explanation());
        let _ = Initiation::parse(&bytes).map_err(|refused| refused.explanation());
        let _ = PlatformConfiguration::parse(document.to_string().as_bytes());
        let _ = Answer::parse(document.to_string().as_bytes());
        for platform in [moodle(), canvas()] {
            let mut configuration = platform.configuration;
            let names: Vec<String> = configuration.as_object().unwrap().keys().cloned().collect();
            configuration[which.get(&names)] = value.clone();
            if let Ok(read) = PlatformConfiguration::parse(configuration.to_string().as_bytes()) {
                let _ = tool().request(&read);
            }
            let mut answer = platform.answer;
            answer[LTI_TOOL] = value.clone();
            let _ = Answer::parse(answer.to_string().as_bytes());
        }
    }
}
