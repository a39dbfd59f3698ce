//! `POST /lti/launch`: the platform's token, which ends in a session or in a page that says why not.
//! (Security Framework 1.0 §5.1.1.3)

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::CookieJar;

use super::{Refused, admission, again, cookie, cookie_name, disabled, waiting};
use crate::{
    launch::{
        arrival::{self, Arrival, ArrivalError, Binding},
        log::{self, Entry},
        protocol::{Launch, LaunchForm, LaunchRefused, Login, Message as Launched, Refusal, ResourceLink},
        session,
        storage::Storage,
    },
    web::{
        pages::{Button, Message, message_page},
        services::Shared,
    },
};

/// A launch address that was reloaded, bookmarked or found by a crawler.
pub async fn by_get() -> Response {
    let page = Message {
        title: "Open this activity from your course".to_owned(),
        sentence: "This address only works when your course sends you here.".to_owned(),
        advice: "Go back to your course and open the activity there.".to_owned(),
        ..Message::default()
    };
    ([(header::ALLOW, "POST")], message_page(StatusCode::METHOD_NOT_ALLOWED, page)).into_response()
}

/// A launch.
pub async fn by_post(
    State(services): State<Shared>,
    headers: HeaderMap,
    jar: CookieJar,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let explanation = format!("The platform's launch could not be read: {rejection}.");
            let entry = Refused::entry(&services, "request_unreadable", explanation);
            return Refused { status: rejection.status(), page: refused_page(), entry }.answer(&services).await;
        }
    };
    let form = LaunchForm::parse(&body);
    let key = form.browser_key();
    let secret = key.as_deref().and_then(|key| jar.get(&cookie_name(key))).map(|cookie| cookie.value().to_owned());
    let mut response = match services.lti.complete(form, secret.as_deref(), services.clock.now()).await {
        Ok(launch) => arrived(&services, launch, binding(&headers)).await,
        Err(refused) => self::refused(&services, refused).await,
    };
    if let Some(spent) = key.and_then(|key| cookie(&key, "", 0)) {
        response.headers_mut().append(header::SET_COOKIE, spent);
    }
    response
}

/// The browser says whether a frame is asking.
fn binding(headers: &HeaderMap) -> Binding {
    match headers.get("sec-fetch-dest").map(HeaderValue::as_bytes) {
        Some(b"document") => Binding::Window,
        _ => Binding::Cookie,
    }
}

async fn arrived(services: &Shared, launch: Launch<Storage>, binding: Binding) -> Response {
    if let Some(disabled) = disabled(services, &launch.registered.registration) {
        return disabled.answer(services).await;
    }
    let Launched::ResourceLink(resource_link) = &launch.message else {
        let kind = launch.message.kind();
        return refused(services, launch.refused(Refusal::MessageUnsupported(kind))).await;
    };
    match written(services, &launch, resource_link, binding).await {
        Ok(code) => {
            let location = format!("/activity?code={code}");
            (StatusCode::SEE_OTHER, [(header::LOCATION, location), (header::CACHE_CONTROL, "no-store".to_owned())])
                .into_response()
        }
        Err(ArrivalError::NotAdmitted(reason)) => admission::refused(services, &launch, reason).await,
        Err(error) => {
            let entry = Refused::entry(services, "not_written", format!("The launch was good, but: {error}."));
            Refused { status: StatusCode::SERVICE_UNAVAILABLE, page: refused_page(), entry }.answer(services).await
        }
    }
}

/// Writes the launch down, with its entry in the log, and gives the code that the redirect carries.
async fn written(
    services: &Shared,
    launch: &Launch<Storage>,
    resource_link: &ResourceLink,
    binding: Binding,
) -> Result<String, ArrivalError> {
    let now = services.clock.now();
    let registration = &launch.registered.registration;
    let arrival = Arrival { registration, claims: &launch.claims, resource_link, binding };
    let mut tx = services.db.begin().await?;
    let arrived = arrival::record(&mut tx, &services.catalog, &services.entropy, now, &arrival).await?;
    let code = session::issue_code(&mut tx, &services.entropy, now, arrived.launch).await?;
    let outcome = if arrived.not_set_up.is_some() { "not_set_up" } else { "launched" };
    let entry = Entry {
        reference: log::reference(&services.entropy),
        at: now,
        registration_id: Some(registration.id),
        issuer: Some(registration.issuer.clone()),
        client_id: Some(registration.client_id.clone()),
        outcome: outcome.to_owned(),
        explanation: arrived.not_set_up.into_iter().chain(arrived.notes).collect::<Vec<_>>().join("; "),
        binding: Some(binding.name().to_owned()),
        clock_difference_seconds: Some(launch.clock_difference.num_seconds()),
    };
    log::write(&mut tx, &entry).await?;
    tx.commit().await?;
    services.grades_changed.notify_one();
    let learner = services.pseudonyms.of_learner(arrived.learner);
    tracing::info!(reference = entry.reference, outcome = entry.outcome, learner, "launched");
    Ok(code)
}

fn refused_page() -> Message {
    Message {
        title: "This activity could not be opened".to_owned(),
        sentence: "LTT could not make sure that this launch really comes from your course.".to_owned(),
        advice: "Go back to your course and open the activity again. If it happens again, tell your teacher the \
                 reference below."
            .to_owned(),
        ..Message::default()
    }
}

async fn refused(services: &Shared, refused: LaunchRefused<Storage>) -> Response {
    let refusal = &refused.refusal;
    let mut entry = Refused::entry(services, refusal.code(), format!("{} ({})", refusal.explanation(), refusal.rule()));
    if let Some(registered) = &refused.registered {
        entry.registration_id = Some(registered.registration.id);
        entry.issuer = Some(registered.registration.issuer.clone());
        entry.client_id = Some(registered.registration.client_id.clone());
    }
    entry.clock_difference_seconds = refused.clock_difference.map(|difference| difference.num_seconds());
    let (status, page) = match refused.restart() {
        Some(login) => (StatusCode::FORBIDDEN, new_window_page(login)),
        None if matches!(refusal, Refusal::DeploymentPending { .. }) => {
            (StatusCode::FORBIDDEN, waiting::for_deployment(refused.login.as_ref()))
        }
        None if matches!(refusal, Refusal::Storage(_)) => (StatusCode::SERVICE_UNAVAILABLE, refused_page()),
        None => (StatusCode::UNAUTHORIZED, refused_page()),
    };
    // Where there is a way on, it is here.
    let return_url = refused.return_url.as_ref().filter(|_| page.button.is_none());
    Refused { status, page, entry }.answer_at(services, return_url).await
}

/// Offers to begin anew in a window of its own, where the browser keeps LTT's cookie. The platform's token is not used
/// again; the platform is asked for a new one.
fn new_window_page(login: &Login) -> Message {
    Message {
        title: "One more click".to_owned(),
        sentence: "Your browser keeps LTT from remembering you inside this page.".to_owned(),
        advice: "Open the activity in a window of its own; everything works there as usual.".to_owned(),
        button: Some(Button {
            label: "Open in a new window".to_owned(),
            address: "/lti/login".to_owned(),
            fields: again(login),
            new_window: true,
        }),
        ..Message::default()
    }
}
