//! `GET|POST /lti/login`: the platform says that somebody wants to come; the browser is sent to it for a token. A frame that is
//! not known to keep cookies gets a page in between, which finds out what it keeps.
//! (Security Framework 1.0 §5.1.1.1)

use axum::{
    body::Bytes,
    extract::{RawQuery, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::CookieJar;

use super::{Refused, disabled, proving, waiting};
use crate::{
    launch::{
        enrolment,
        protocol::{LoginRefused, LoginRequest},
    },
    web::{
        browser::{Place, cookie, keeps_cookies, kept_cookie, with_cookies},
        pages::Message,
        services::Shared,
    },
};

/// By address.
pub async fn by_get(
    State(services): State<Shared>,
    headers: HeaderMap,
    jar: CookieJar,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&services, &headers, &jar, query.unwrap_or_default().as_bytes()).await
}

/// By form.
pub async fn by_post(
    State(services): State<Shared>,
    headers: HeaderMap,
    jar: CookieJar,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match body {
        Ok(body) => answer(&services, &headers, &jar, &body).await,
        Err(rejection) => {
            let explanation = format!("The platform's login could not be read: {rejection}.");
            let entry = Refused::entry(&services, "request_unreadable", explanation);
            Refused { status: rejection.status(), page: page(), entry }.answer(&services).await
        }
    }
}

async fn answer(services: &Shared, headers: &HeaderMap, jar: &CookieJar, parameters: &[u8]) -> Response {
    let request = match LoginRequest::parse(parameters) {
        Ok(request) => request,
        Err(error) => return refused(services, &LoginRefused::Parameter(error)).await,
    };
    let begun = services.entropy.with(|rng| services.lti.begin(request, services.clock.now(), rng));
    let begun = match begun.await {
        Ok(begun) => begun,
        Err(error) => return refused(services, &error).await,
    };
    if let Some(disabled) = disabled(services, &begun.registered.registration) {
        return disabled.answer(services).await;
    }
    let life = (begun.login.expires_at - begun.login.created_at).num_seconds();
    let secret = cookie(&begun.login.browser_key(), &begun.browser_secret, life);
    if Place::of(headers) == Place::Frame && !keeps_cookies(jar) {
        return with_cookies(proving::before_platform(services, begun), [secret, kept_cookie()]);
    }
    let Ok(location) = HeaderValue::from_str(begun.redirect.as_str()) else {
        let explanation = "The address that logins are sent on to cannot stand in a header.".to_owned();
        let entry = Refused::entry(services, "auth_url_unusable", explanation);
        return Refused { status: StatusCode::BAD_GATEWAY, page: page(), entry }.answer(services).await;
    };
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    with_cookies((StatusCode::FOUND, headers).into_response(), [secret])
}

fn page() -> Message {
    Message {
        title: "This activity could not be opened".to_owned(),
        sentence: "Your course asked LTT to open an activity, but something about that request was not right."
            .to_owned(),
        advice: "Go back to your course and open the activity again. If it happens again, tell your teacher the \
                 reference below."
            .to_owned(),
        ..Message::default()
    }
}

async fn refused(services: &Shared, error: &LoginRefused) -> Response {
    if let LoginRefused::RegistrationUnknown { issuer, client_id, .. } = error
        && is_pending(services, issuer, client_id.as_deref()).await
    {
        let explanation = "This registration waits for approval: see `ltt platform pending`.".to_owned();
        let mut entry = Refused::entry(services, "registration_pending", explanation);
        (entry.issuer, entry.client_id) = (Some(issuer.clone()), client_id.clone());
        let page = waiting::for_registration();
        return Refused { status: StatusCode::FORBIDDEN, page, entry }.answer(services).await;
    }
    let mut entry = Refused::entry(services, error.code(), format!("{} ({})", error.explanation(), error.rule()));
    let status = match error {
        LoginRefused::RegistrationUnknown { issuer, client_id, .. } => {
            (entry.issuer, entry.client_id) = (Some(issuer.clone()), client_id.clone());
            StatusCode::NOT_FOUND
        }
        LoginRefused::RegistrationAmbiguous { issuer, .. } => {
            entry.issuer = Some(issuer.clone());
            StatusCode::BAD_REQUEST
        }
        LoginRefused::Storage(_) => StatusCode::SERVICE_UNAVAILABLE,
        LoginRefused::Parameter(_) | LoginRefused::TargetRefused { .. } => StatusCode::BAD_REQUEST,
    };
    Refused { status, page: page(), entry }.answer(services).await
}

/// Whether a registration that is not known waits for approval. Where that cannot be found out, it is just not known.
async fn is_pending(services: &Shared, issuer: &str, client_id: Option<&str>) -> bool {
    let Ok(mut tx) = services.db.read().await else { return false };
    enrolment::is_pending(&mut tx, issuer, client_id).await.unwrap_or_default()
}
