//! Signatures that are none, and keys that are not the platform's (X).

use jsonwebtoken::EncodingKey;
use rsa::{
    RsaPrivateKey,
    pkcs8::{DecodePrivateKey as _, EncodePublicKey as _, LineEnding},
};
use serde_json::{Value, json};

use super::platform::{
    CLIENT, ISSUER, JWKS_URL, Stage, encoded, jwk, keys, registration, sign, sign_as, sign_elliptic, signed,
};
use crate::Algorithm;

fn kid() -> &'static str {
    &keys()[0].kid
}

async fn code(stage: &Stage, header: Value, tamper: impl FnOnce(&Value, &Value) -> String) -> &'static str {
    let attempt = stage.log_in().await;
    let token = tamper(&header, &stage.claims(&attempt));
    stage.post(&attempt, &token).await.expect_err("a refusal").refusal.code()
}

#[tokio::test]
async fn x01_a_public_key_is_no_secret_to_sign_with() {
    let public = RsaPrivateKey::from_pkcs8_pem(&keys()[0].private_key).unwrap().to_public_key();
    let secret = public.to_public_key_pem(LineEnding::LF).unwrap();
    let header = json!({"alg": "HS256", "kid": kid()});
    let refused = code(&Stage::new(), header, |header, claims| {
        signed(header, claims, &EncodingKey::from_secret(secret.as_bytes()), jsonwebtoken::Algorithm::HS256)
    })
    .await;
    assert_eq!(refused, "alg_refused");
}

#[tokio::test]
async fn x02_a_token_without_signature_is_refused() {
    for (alg, expected) in [("none", "alg_refused"), ("None", "alg_refused"), ("RS256", "signature_invalid")] {
        let header = json!({"alg": alg, "kid": kid()});
        let unsigned = |header: &Value, claims: &Value| format!("{}.{}.", encoded(header), encoded(claims));
        assert_eq!(code(&Stage::new(), header, unsigned).await, expected, "{alg}");
    }
}

#[tokio::test]
async fn x03_a_key_of_another_kind_is_refused() {
    let header = json!({"alg": "RS256", "kid": "elliptic"});
    let refused = code(&Stage::new(), header, |header, claims| sign_as(header, claims, &keys()[0])).await;
    assert_eq!(refused, "key_type_mismatch");

    let mut takes_both = registration(ISSUER, CLIENT);
    takes_both.algorithms = vec![Algorithm::Rs256, Algorithm::Es256];
    let header = json!({"alg": "ES256", "kid": kid()});
    let refused = code(&Stage::with(takes_both), header, |header, claims| sign_as(header, claims, &keys()[0])).await;
    assert_eq!(refused, "key_type_mismatch");
}

#[tokio::test]
async fn an_elliptic_signature_is_good_only_where_it_was_agreed() {
    for (algorithms, expected) in [(vec![Algorithm::Es256], None), (vec![Algorithm::Rs256], Some("alg_refused"))] {
        let mut registration = registration(ISSUER, CLIENT);
        registration.algorithms = algorithms;
        let stage = Stage::with(registration);
        let attempt = stage.log_in().await;
        let outcome = stage.post(&attempt, &sign_elliptic(&stage.claims(&attempt))).await;
        assert_eq!(outcome.err().map(|refused| refused.refusal.code()), expected);
    }
}

#[tokio::test]
async fn a_key_that_is_for_another_algorithm_is_refused() {
    let stage = Stage::new();
    let mut key = jwk(&keys()[0]);
    key["alg"] = json!("RS512");
    stage.network.forget(JWKS_URL);
    stage.network.answer(JWKS_URL, 200, &[], json!({"keys": [key]}));
    assert_eq!(stage.refusal(|_| {}).await, "key_type_mismatch");
}

#[tokio::test]
async fn x04_keys_that_a_token_brings_along_are_ignored() {
    let stranger = &keys()[1];
    let header = json!({"alg": "RS256", "kid": kid(), "jwk": jwk(stranger), "jku": "https://evil.example/jwks",
        "x5u": "https://evil.example/cert", "x5c": ["AAAA"]});
    let stage = Stage::new();
    assert_eq!(
        code(&stage, header.clone(), |header, claims| sign_as(header, claims, stranger)).await,
        "signature_invalid"
    );
    assert_eq!(stage.network.times_asked("https://evil.example/jwks"), 0);

    let attempt = stage.log_in().await;
    let honest = sign_as(&header, &stage.claims(&attempt), &keys()[0]);
    assert!(stage.post(&attempt, &honest).await.is_ok());
}

#[tokio::test]
async fn a_token_that_was_changed_after_signing_is_refused() {
    let stage = Stage::new();
    let attempt = stage.log_in().await;
    let mut claims = stage.claims(&attempt);
    let token = sign(&claims);
    claims["sub"] = json!("1");
    let mut parts: Vec<&str> = token.split('.').collect();
    let forged = encoded(&claims);
    parts[1] = &forged;
    assert_eq!(stage.post(&attempt, &parts.join(".")).await.unwrap_err().refusal.code(), "signature_invalid");
}
