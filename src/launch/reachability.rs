//! Tries the addresses of a registration, and says of each whether it is what it should be.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use serde_json::Value;
use url::Url;

use super::{
    platform::{Field, Registration},
    protocol::{AddressRefused, HttpClient, HttpError, Request},
};

/// The largest answer that is looked at, in bytes.
const LARGEST: usize = 256 * 1024;
/// How far a platform's clock may be from ours before launches begin to fail, in seconds.
const CLOCK_TOLERANCE: i64 = 60;

/// What came of trying an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The value of the registration.
    pub field: Field,
    /// The address.
    pub address: Url,
    /// Whether it is what it should be.
    pub is_good: bool,
    /// What was found, and what to do.
    pub finding: String,
}

/// Tries all three addresses at once.
pub async fn try_all(http: &impl HttpClient, registration: &Registration, now: DateTime<Utc>) -> [Tried; 3] {
    let (auth, token, keys) = tokio::join!(
        authorization(http, &registration.auth_url),
        token(http, &registration.token_url),
        key_set(http, &registration.jwks_url, now),
    );
    [
        (Field::AuthUrl, &registration.auth_url, auth),
        (Field::TokenUrl, &registration.token_url, token),
        (Field::JwksUrl, &registration.jwks_url, keys),
    ]
    .map(|(field, address, found)| Tried {
        field,
        address: address.clone(),
        is_good: found.is_ok(),
        finding: found.unwrap_or_else(|problem| problem),
    })
}

/// What was found, or what is wrong and what to do.
type Found = Result<String, String>;

async fn sent(http: &impl HttpClient, method: Method, url: &Url) -> Result<axum::http::Response<Bytes>, HttpError> {
    let mut headers = HeaderMap::new();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
    if method == Method::POST {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, form);
    }
    http.send(Request { method, url: url.clone(), headers, body: Bytes::new(), limit: LARGEST }).await
}

/// It shows people a page, or sends them on; asked without a login it may well refuse.
async fn authorization(http: &impl HttpClient, url: &Url) -> Found {
    match sent(http, Method::GET, url).await {
        Err(HttpError::Refused(AddressRefused::Redirect(_))) => Ok("It answers.".to_owned()),
        Err(error) => Err(format!("No answer: {error}.")),
        Ok(answer) => match answer.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                Err("There is nothing at this address. Compare it with what the platform shows, to the last slash."
                    .to_owned())
            }
            status if status.is_server_error() => {
                Err(format!("The platform answered with a fault of its own ({status})."))
            }
            _ => Ok("It answers.".to_owned()),
        },
    }
}

/// Asked for nothing it says in JSON that something is missing (RFC 6749 §5.2).
async fn token(http: &impl HttpClient, url: &Url) -> Found {
    let answer = match sent(http, Method::POST, url).await {
        Err(error) => return Err(format!("No answer: {error}.")),
        Ok(answer) => answer,
    };
    let says_error = serde_json::from_slice::<Value>(answer.body()).is_ok_and(|body| body.get("error").is_some());
    match answer.status() {
        StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::METHOD_NOT_ALLOWED => {
            Err("This is not where tokens are given out. Compare it with what the platform shows.".to_owned())
        }
        status if status.is_server_error() => Err(format!("The platform answered with a fault of its own ({status}).")),
        status if status.is_client_error() || says_error => Ok("It answers as a token address does.".to_owned()),
        status => Err(format!(
            "It answered {status} to a request that asks for nothing. A token address refuses that; is this another page?"
        )),
    }
}

async fn key_set(http: &impl HttpClient, url: &Url, now: DateTime<Utc>) -> Found {
    let answer = match sent(http, Method::GET, url).await {
        Err(error) => return Err(format!("No answer: {error}.")),
        Ok(answer) => answer,
    };
    if !answer.status().is_success() {
        return Err(format!("It answered {} in place of keys. Compare the address.", answer.status()));
    }
    let document = serde_json::from_slice::<Value>(answer.body()).ok();
    let Some(entries) = document.as_ref().and_then(|document| document["keys"].as_array()) else {
        return Err("What stands at this address is not a key set. Is it the platform's web page?".to_owned());
    };
    let usable = |key: &&Value| {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let kind = matches!(text("kty"), Some("RSA" | "EC"));
        kind && text("kid").is_some() && text("use").is_none_or(|usage| usage == "sig")
    };
    let count = entries.iter().filter(usable).count();
    if count == 0 {
        return Err("There is a key set at this address, but no key in it that can verify a launch.".to_owned());
    }
    let date = answer.headers().get(header::DATE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    let difference = date.map_or(0, |date| (date.with_timezone(&Utc) - now).num_seconds());
    if difference.abs() > CLOCK_TOLERANCE {
        return Err(format!(
            "The keys are there, but the platform's clock is {difference} s from this server's. Set both by NTP."
        ));
    }
    Ok(if count == 1 { "One key.".to_owned() } else { format!("{count} keys.") })
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;
    use wiremock::{
        Mock, MockServer, ResponseTemplate,
        matchers::{method, path},
    };

    use super::*;
    use crate::{
        clock::{Clock as _, SystemClock},
        launch::{
            platform::{DeploymentPolicy, Family, GradeColumns},
            protocol::{GuardedClient, Reach},
        },
    };

    async fn tried(answers: [(&str, &str, ResponseTemplate); 3]) -> Vec<(Field, bool, String)> {
        let platform = MockServer::start().await;
        for (verb, at, answer) in answers {
            Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&platform).await;
        }
        let at = |path: &str| Url::parse(&format!("{}{path}", platform.uri())).unwrap();
        let registration = Registration {
            id: Uuid::nil(),
            platform_id: Uuid::nil(),
            name: "Test".to_owned(),
            issuer: platform.uri(),
            client_id: "one".to_owned(),
            auth_url: at("/auth"),
            token_url: at("/token"),
            token_audience: None,
            jwks_url: at("/keys"),
            family: Family::Other,
            grade_columns: GradeColumns::Claim,
            deployment_policy: DeploymentPolicy::Learn,
            deployments: Vec::new(),
            frame_ancestors: Vec::new(),
            service_hosts: Vec::new(),
            disabled_at: None,
        };
        let http = GuardedClient::new(Reach::PublicAndLoopback).unwrap();
        let tried = try_all(&http, &registration, SystemClock.now()).await;
        tried.into_iter().map(|tried| (tried.field, tried.is_good, tried.finding)).collect()
    }

    #[tokio::test]
    async fn addresses_that_are_what_they_should_be_are_good() {
        let key = json!({ "keys": [{ "kty": "RSA", "kid": "one", "n": "AQ", "e": "AQAB" }] });
        let found = tried([
            ("GET", "/auth", ResponseTemplate::new(302).insert_header("location", "/login")),
            ("POST", "/token", ResponseTemplate::new(400).set_body_json(json!({ "error": "invalid_request" }))),
            ("GET", "/keys", ResponseTemplate::new(200).set_body_json(key)),
        ])
        .await;
        assert!(found.iter().all(|(_, is_good, _)| *is_good), "{found:?}");
    }

    #[tokio::test]
    async fn each_wrong_address_is_named_with_what_was_found_there() {
        let found = tried([
            ("GET", "/elsewhere", ResponseTemplate::new(200)),
            ("POST", "/token", ResponseTemplate::new(200).set_body_string("<html>")),
            (
                "GET",
                "/keys",
                ResponseTemplate::new(200).set_body_json(json!({ "keys": [{ "kty": "oct", "kid": "k" }] })),
            ),
        ])
        .await;
        let expected = ["nothing at this address", "answered 200", "no key in it"];
        for ((_, is_good, finding), expected) in found.iter().zip(expected) {
            assert!(!is_good && finding.contains(expected), "{expected}: {finding}");
        }
    }
}
