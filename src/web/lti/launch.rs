//! `POST /lti/launch`: the platform's token, which ends in a session or in a page that says why not.
//! (Security Framework 1.0 §5.1.1.3)

use axum::{
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::CookieJar;

use chrono::TimeDelta;
use url::Url;

use super::{Refused, admission, disabled, notices, placing::choosing, proving, review, waiting};
use crate::{
    launch::{
        arrival::{self, Arrival, ArrivalError, NotSetUp},
        binding::Binding,
        log::{self, Entry},
        placing::{self, Errand, Placing},
        platform::Registration,
        protocol::{
            Completed, Launch, LaunchForm, LaunchRefused, Message as Launched, Refusal, ResourceLink, Unproven,
            browser_key,
        },
        session::{self, CODE_LIFE, Issued},
        storage::Storage,
    },
    web::{
        browser::{Place, cookie, cookie_name, with_cookies},
        pages::{Message, message_page},
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
    let place = Place::of(&headers);
    let completing =
        services.entropy.with(|rng| services.lti.complete(form, secret.as_deref(), services.clock.now(), rng));
    let response = match completing.await {
        Ok(Completed::Launched(launch)) => arrived(&services, *launch, place).await,
        Ok(Completed::Unproven(unproven)) => held(&services, *unproven, place).await,
        Err(refused) => TurnedAway::by(&services, refused).answer(&services).await,
    };
    with_cookies(response, [key.and_then(|key| cookie(&key, "", 0))])
}

async fn arrived(services: &Shared, launch: Launch<Storage>, place: Place) -> Response {
    let binding = if place == Place::Window { Binding::Window } else { Binding::Cookie };
    match written(services, launch, binding, log::reference(&services.entropy)).await {
        Ok(way) => way.answer(),
        Err(turned_away) => turned_away.answer(services).await,
    }
}

/// Where a good launch leads, and the cookie by which the browser is known there.
pub(super) struct Way {
    /// The address, on LTT itself.
    pub address: String,
    key: String,
    browser_secret: String,
    life: TimeDelta,
}

impl Way {
    /// To the activity.
    pub fn to_activity(issued: &Issued) -> Self {
        Self {
            address: format!("/activity?code={}", issued.code),
            key: browser_key(&issued.code),
            browser_secret: issued.browser_secret.clone(),
            life: CODE_LIFE,
        }
    }

    /// To a choice, or to waiting for one.
    pub fn to_placing(issued: &placing::Issued) -> Self {
        Self {
            address: format!("{}?request={}", super::placing::ADDRESS, issued.secret),
            key: browser_key(&issued.secret),
            browser_secret: issued.browser_secret.clone(),
            life: placing::LIFE,
        }
    }

    /// Sends the browser there.
    pub fn answer(self) -> Response {
        let cookie = cookie(&self.key, &self.browser_secret, self.life.num_seconds());
        let headers = [(header::LOCATION, self.address), (header::CACHE_CONTROL, "no-store".to_owned())];
        with_cookies((StatusCode::SEE_OTHER, headers).into_response(), [cookie])
    }
}

/// A good launch without its cookie: a frame may prove itself by what it keeps in storage, a window has nothing to offer. The
/// entry says that the proof was missing, until it comes.
async fn held(services: &Shared, unproven: Unproven<Storage>, place: Place) -> Response {
    let mut entry = refusal_entry(services, &Refusal::BrowserMismatch { secret_sent: false });
    entry.reference = log::reference_of(&unproven.ticket);
    about(&mut entry, Some(&unproven.registered.registration), Some(unproven.clock_difference));
    let status = StatusCode::FORBIDDEN;
    if place == Place::Window {
        let page = proving::everything_refused(services);
        return Refused { status, page, entry }.answer(services).await;
    }
    let refused = Refused { status, page: proving::new_window(&unproven.login), entry };
    refused.note(services).await;
    proving::before_session(services, unproven, refused)
}

/// A launch that leads nowhere.
pub(super) struct TurnedAway {
    /// What is told of it.
    pub refused: Refused,
    /// Where the platform wants such people sent.
    pub return_url: Option<Url>,
}

impl TurnedAway {
    /// What comes of a refusal by the protocol.
    pub fn by(services: &Shared, refused: LaunchRefused<Storage>) -> Self {
        let mut entry = refusal_entry(services, &refused.refusal);
        let registration = refused.registered.as_ref().map(|registered| &registered.registration);
        about(&mut entry, registration, refused.clock_difference);
        let (status, page) = match refused.restart() {
            Some(login) => (StatusCode::FORBIDDEN, proving::new_window(login)),
            None if matches!(refused.refusal, Refusal::DeploymentPending { .. }) => {
                (StatusCode::FORBIDDEN, waiting::for_deployment(refused.login.as_ref()))
            }
            None if matches!(refused.refusal, Refusal::Storage(_)) => (StatusCode::SERVICE_UNAVAILABLE, refused_page()),
            None => (StatusCode::UNAUTHORIZED, refused_page()),
        };
        // Where there is a way on, it is here.
        let return_url = refused.return_url.filter(|_| page.button.is_none());
        Self { refused: Refused { status, page, entry }, return_url }
    }

    async fn answer(self, services: &Shared) -> Response {
        self.refused.answer_at(services, self.return_url.as_ref()).await
    }
}

impl From<Refused> for TurnedAway {
    fn from(refused: Refused) -> Self {
        Self { refused, return_url: None }
    }
}

/// Writes a proven launch down, and gives the way that leads to its page.
pub(super) async fn written(
    services: &Shared,
    launch: Launch<Storage>,
    binding: Binding,
    reference: String,
) -> Result<Way, TurnedAway> {
    if let Some(disabled) = disabled(services, &launch.registered.registration) {
        return Err(disabled.into());
    }
    let arrived = match &launch.message {
        Launched::ResourceLink(resource_link) => insert(services, &launch, resource_link, binding, reference).await,
        Launched::DeepLinking(request) => match choosing::begun(services, &launch, request, binding, reference).await {
            Ok(Some(way)) => Ok(way),
            Ok(None) => return Err(choosing::not_theirs(services, &launch)),
            Err(error) => Err(error),
        },
        Launched::SubmissionReview(asked) => match review::begun(services, &launch, asked, binding, reference).await {
            Ok(Ok(way)) => Ok(way),
            Ok(Err(nothing)) => return Err(review::nowhere(services, &launch, nothing)),
            Err(error) => Err(error),
        },
    };
    match arrived {
        Ok(way) => Ok(way),
        Err(ArrivalError::NotAdmitted(reason)) => Err(admission::turned_away(services, &launch, reason).await),
        Err(error) => {
            let entry = Refused::entry(services, "not_written", format!("The launch was good, but: {error}."));
            Err(Refused { status: StatusCode::SERVICE_UNAVAILABLE, page: refused_page(), entry }.into())
        }
    }
}

/// In one transaction, with its entry in the log.
async fn insert(
    services: &Shared,
    launch: &Launch<Storage>,
    resource_link: &ResourceLink,
    binding: Binding,
    reference: String,
) -> Result<Way, ArrivalError> {
    let now = services.clock.now();
    let registration = &launch.registered.registration;
    let arrival =
        Arrival { registration, claims: &launch.claims, resource_link, target: &launch.target_link_uri, binding };
    let mut tx = services.db.begin().await?;
    let arrived = arrival::record(&mut tx, &services.catalog, &services.entropy, now, &arrival).await?;
    let (way, outcome, explanation) = match arrived.not_set_up {
        None => {
            let issued = session::issue_code(&mut tx, &services.entropy, now, arrived.launch).await?;
            (Way::to_activity(&issued), log::LAUNCHED, None)
        }
        Some(NotSetUp { explanation, may_choose, suggestion }) => {
            let launched = arrived.launch;
            let errand =
                if may_choose { Errand::SetUp { launch: launched } } else { Errand::Wait { launch: launched } };
            let deployment_id = launch.claims.deployment_id.clone();
            let placing = Placing { registration: registration.id, deployment_id, errand, suggestion };
            let issued = placing::issue(&mut tx, &services.entropy, now, &placing).await?;
            (Way::to_placing(&issued), "not_set_up", Some(explanation))
        }
    };
    let explanation = explanation.into_iter().chain(arrived.notes).collect::<Vec<_>>().join("; ");
    let entry = entry_of(services, launch, binding, reference, outcome, explanation);
    log::write(&mut tx, &entry).await?;
    tx.commit().await?;
    services.grades_changed.notify_one();
    notices::ask_for(services, launch).await;
    let learner = services.pseudonyms.of_learner(arrived.learner);
    tracing::info!(reference = entry.reference, outcome = entry.outcome, learner, "launched");
    Ok(way)
}

/// The entry of a launch that was good.
pub(super) fn entry_of(
    services: &Shared,
    launch: &Launch<Storage>,
    binding: Binding,
    reference: String,
    outcome: &str,
    explanation: String,
) -> Entry {
    let mut entry = Entry { reference, ..Refused::entry(services, outcome, explanation) };
    about(&mut entry, Some(&launch.registered.registration), Some(launch.clock_difference));
    entry.binding = Some(binding.name().to_owned());
    entry
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

fn refusal_entry(services: &Shared, refusal: &Refusal) -> Entry {
    Refused::entry(services, refusal.code(), format!("{} ({})", refusal.explanation(), refusal.rule()))
}

fn about(entry: &mut Entry, registration: Option<&Registration>, clock_difference: Option<TimeDelta>) {
    if let Some(registration) = registration {
        entry.registration_id = Some(registration.id);
        entry.issuer = Some(registration.issuer.clone());
        entry.client_id = Some(registration.client_id.clone());
    }
    entry.clock_difference_seconds = clock_difference.map(|difference| difference.num_seconds());
}
