//! What comes from outside never makes the library panic, and what it says about it can be read.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::platform::{Stage, form, keys, sign, sign_as};
use crate::{LaunchForm, LoginRequest};

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Any JSON, three levels deep.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..4).prop_map(|members| json!(members)),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_in_a_login_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = LoginRequest::parse(&bytes);
        let mut login = b"iss=a&login_hint=b&target_link_uri=https://tool.example/&client_id=".to_vec();
        login.extend(bytes);
        if let Ok(request) = LoginRequest::parse(&login) {
            let _ = run(Stage::new().begin(request)).map_err(|refused| refused.explanation());
        }
    }

    #[test]
    fn no_bytes_in_a_launch_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = LaunchForm::parse(&bytes).browser_key();
        let mut body = b"id_token=".to_vec();
        body.extend(bytes);
        body.extend(b"&state=s");
        let _ = LaunchForm::parse(&body);
    }

    #[test]
    fn no_text_in_place_of_a_token_makes_a_launch_panic(token in "[A-Za-z0-9._-]{0,80}|.{0,40}") {
        let stage = Stage::new();
        run(async {
            let attempt = stage.log_in().await;
            let refused = stage.post(&attempt, &token).await.expect_err("a refusal");
            assert!(!refused.refusal.explanation().is_empty());
        });
    }

    #[test]
    fn no_header_makes_a_launch_panic(header in any_json(), alg in any_json(), kid in any_json()) {
        let stage = Stage::new();
        run(async {
            for header in [header, json!({"alg": alg, "kid": keys()[0].kid}), json!({"alg": "RS256", "kid": kid})] {
                let attempt = stage.log_in().await;
                let token = sign_as(&header, &stage.claims(&attempt), &keys()[0]);
                let _ = stage.post(&attempt, &token).await.map_err(|refused| refused.refusal.explanation());
            }
        });
    }

    #[test]
    fn no_json_in_a_signed_token_makes_a_launch_panic(payload in any_json(), value in any_json(), which in any::<prop::sample::Index>()) {
        let stage = Stage::new();
        run(async {
            let attempt = stage.log_in().await;
            let _ = stage.post(&attempt, &sign(&payload)).await.map_err(|refused| refused.refusal.explanation());
            let attempt = stage.log_in().await;
            let mut claims = stage.claims(&attempt);
            let names: Vec<String> = claims.as_object().unwrap().keys().cloned().collect();
            claims[which.get(&names)] = value;
            let _ = stage.launch(&attempt, &claims).await.map_err(|refused| refused.refusal.explanation());
        });
    }
}

#[tokio::test]
async fn a_token_nested_too_deeply_is_refused() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let header = json!({"alg": "RS256", "kid": keys()[0].kid});
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let body = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, deep);
    let token = format!("{}.{body}.c2ln", super::platform::encoded(&header));
    assert_eq!(stage.post(&attempt, &token).await.unwrap_err().refusal.code(), "token_malformed");
}

#[tokio::test]
async fn what_is_secret_is_not_written_out() {
    let stage = Stage::new();
    let request = LoginRequest::parse(super::platform::LOGIN.as_bytes()).unwrap();
    let begun = stage.begin(request).await.unwrap();
    assert!(!format!("{begun:?}").contains(&begun.browser_secret));
    assert!(!format!("{:?}", LaunchForm::parse(b"state=secret-state&id_token=secret-token")).contains("secret"));
}

#[tokio::test]
async fn a_refusal_tells_the_rule_and_what_to_do() {
    let refused = Stage::new().launch_with(|claims| claims["aud"] = json!("other")).await.unwrap_err();
    insta::assert_snapshot!(
        format!("{} ({}): {refused}", refused.refusal.code(), refused.refusal.rule()),
        @"audience_mismatch (Security Framework 1.0 §5.1.3, step 3): The id token is for `other`, but this registration's client id is `tool-1`. Correct the client id."
    );
    let stage = Stage::new();
    let refused = stage.post_form(&form(&[("id_token", "x")]), None).await.unwrap_err();
    insta::assert_snapshot!(
        format!("{} ({}): {refused}", refused.refusal.code(), refused.refusal.rule()),
        @"parameter_missing (Security Framework 1.0 §5.1.1.3): The platform did not send `state`. Check that this address is entered where the platform asks for it."
    );
}
