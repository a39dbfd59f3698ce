//! Whatever comes: no panic, and no 500.

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::*;

/// Runs one server through many cases; each of them may go on where the one before left it.
fn through_one_server<T: std::fmt::Debug>(
    strategy: &impl Strategy<Value = T>,
    case: &impl AsyncFn(&TestApp, T) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let app = runtime.block_on(TestApp::new());
    let mut runner = TestRunner::new(Config { cases: 96, failure_persistence: None, ..Config::default() });
    runner.run(strategy, |value| runtime.block_on(case(&app, value))).unwrap();
}

fn is_no_fault(answer: &Answer) -> Result<(), TestCaseError> {
    prop_assert!(!answer.status.is_server_error(), "{}: {}", answer.status, answer.body);
    Ok(())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,40}".prop_map(Value::from),
        Just(json!("\0\u{202e}\u{feff}")),
        Just(json!("x".repeat(5000))),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{0,8}|.{0,8}", inner, 0..5).prop_map(|members| json!(members)),
        ]
    })
}

/// Bytes that look like parameters, some of them.
fn any_parameters() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::sample::select(vec![
        "iss",
        "login_hint",
        "target_link_uri",
        "lti_message_hint",
        "client_id",
        "lti_deployment_id",
        "id_token",
        "state",
        "error",
        "error_description",
        "lti_storage_target",
        "code",
        "",
    ]);
    let value = prop_oneof![
        "[ -~]{0,60}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..60),
        Just(b"http%3A%2F%2Flocalhost%3A3000%2Flti%2Flaunch".to_vec()),
    ];
    let pairs = prop::collection::vec((name, value), 0..8).prop_map(|pairs| {
        let pairs: Vec<Vec<u8>> =
            pairs.into_iter().map(|(name, value)| [name.as_bytes(), b"=", &value].concat()).collect();
        pairs.join(&b"&"[..])
    });
    prop_oneof![pairs, prop::collection::vec(any::<u8>(), 0..400)]
}

/// The bytes as they may stand in a request line.
fn in_an_address(bytes: &[u8]) -> String {
    let kept = |byte: u8| byte.is_ascii_alphanumeric() || b"=&%_.-".contains(&byte);
    bytes.iter().map(|&byte| if kept(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[test]
fn no_parameters_make_a_login_or_a_launch_fail() {
    through_one_server(&any_parameters(), &async |app, bytes| {
        let query = in_an_address(&bytes);
        for address in ["/lti/login", "/lti/launch", "/activity", "/lti/register"] {
            is_no_fault(&app.get(&format!("{address}?{query}"), None).await)?;
        }
        for address in ["/lti/login", "/lti/launch"] {
            is_no_fault(&app.post_body(address, bytes.clone(), None).await)?;
        }
        Ok(())
    });
}

#[test]
fn no_text_in_place_of_a_token_makes_a_launch_fail() {
    through_one_server(&"[A-Za-z0-9._-]{0,120}|.{0,80}", &async |app, token| {
        let login = app.login("client-1").await;
        let fields = [("id_token", token.as_str()), ("state", login.state.as_str())];
        is_no_fault(&app.post_form("/lti/launch", &fields, Some(&login.cookie)).await)
    });
}

#[test]
fn no_signed_claims_make_a_launch_or_its_page_fail() {
    let strategy = (any_json(), any_json(), any::<prop::sample::Index>());
    through_one_server(&strategy, &async |app, (whole, value, which)| {
        let login = app.login("client-1").await;
        let usual = app.platform.claims("client-1", &login.nonce, app.now(), &json!({}));
        let names: Vec<String> = usual.as_object().unwrap().keys().cloned().collect();
        let mut changed = usual;
        changed[which.get(&names)] = value;
        for claims in [whole, changed] {
            let login_of = if claims["nonce"] == login.nonce.as_str() { &login } else { &app.login("client-1").await };
            let token = app.platform.simulated().sign(&claims).unwrap();
            let fields = [("id_token", token.as_str()), ("state", login_of.state.as_str())];
            let launched = app.post_form("/lti/launch", &fields, Some(&login_of.cookie)).await;
            is_no_fault(&launched)?;
            if launched.status == StatusCode::SEE_OTHER {
                is_no_fault(&app.get(launched.header(header::LOCATION), None).await)?;
            }
        }
        Ok(())
    });
}
