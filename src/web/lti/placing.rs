//! `/lti/place`: the page on which somebody chooses what to place in a course, or what a link of it opens; and the page of those who
//! wait for that. (Deep Linking 2.0 §4)
//!
//! It stands outside of any session. The secret in its address works only where the launch was: in a request of LTT's own pages, or
//! with the launch's cookie.

use app::model::placing::{Returning, Waiting};
use axum::{
    Form, Json, Router,
    body::Bytes,
    extract::{Query, State, rejection::FormRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use axum_extra::extract::CookieJar;
use serde::Deserialize;
use serde_json::json;
use url::{Url, form_urlencoded};

use super::{Refused, launch::Way};
use crate::{
    launch::{
        self, frames,
        log::{self, Entry},
        opening::{self, Choice},
        placing::{self, Errand, Placing},
        platform::{self, Registration},
        protocol::{DeepLinkingAnswer, DeepLinkingRequest, SignedAnswer},
        session::{self, Bringer},
    },
    learning::work::WorkError,
    store::{StoreError, Tx},
    web::{
        frames as framing,
        pages::{
            Message, message_page,
            placing::{Framing, picker_page, returning_page, waiting_page},
        },
        same_origin,
        services::Shared,
        session::{Session, bringer},
    },
};

pub(super) mod choosing;
mod library;

use library::Library;

/// Where the page stands.
pub(super) const ADDRESS: &str = "/lti/place";
/// Where it is told whether somebody who waits can go on.
const READY: &str = "/lti/place/ready";
/// Where a page of the activity asks for the choice once more.
const CHANGE: &str = "/lti/place/change";

/// All routes of this subject.
pub(super) fn routes() -> Router<Shared> {
    Router::new().route(ADDRESS, get(by_get).post(by_post)).route(READY, get(ready)).route(CHANGE, post(change))
}

/// Why a choice did not come to its end.
#[derive(Debug, thiserror::Error)]
enum PlacingError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Work(#[from] WorkError),
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    request: String,
}

/// An errand that is under way.
struct Visit {
    secret: String,
    placing: Placing,
    registration: Registration,
}

impl Visit {
    /// The errand of a secret, brought by whom the headers say.
    async fn find(services: &Shared, secret: &str, bringer: Bringer<'_>) -> Result<Option<Self>, StoreError> {
        let mut tx = services.db.read().await?;
        let Some(placing) = placing::find(&mut tx, services.clock.now(), secret, bringer).await? else {
            return Ok(None);
        };
        let registration = platform::registration(&mut tx, placing.registration).await?;
        let registration = registration.filter(|registration| registration.disabled_at.is_none());
        Ok(registration.map(|registration| Self { secret: secret.to_owned(), placing, registration }))
    }

    fn framing(&self, services: &Shared) -> Framing {
        Framing {
            ancestors: frames::ancestors(&self.registration),
            report: framing::report_address(services, self.registration.id),
        }
    }

    fn entry(&self, services: &Shared, outcome: &str) -> Entry {
        Entry {
            reference: log::reference_of(&self.secret),
            registration_id: Some(self.registration.id),
            issuer: Some(self.registration.issuer.clone()),
            client_id: Some(self.registration.client_id.clone()),
            ..Refused::entry(services, outcome, String::new())
        }
    }

    /// The choice, with what has to be put right first.
    async fn picker(
        &self,
        services: &Shared,
        chosen: &[Choice],
        problem: Option<String>,
    ) -> Result<Response, PlacingError> {
        let mut tx = services.db.read().await?;
        let library = Library::read(&mut tx, &services.catalog, self.registration.platform_id).await?;
        let status = if problem.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let mut picker = match &self.placing.errand {
            Errand::Place(request) => library.to_place(request, chosen),
            Errand::SetUp { launch } | Errand::Wait { launch } => {
                let is_open = is_open(&mut tx, *launch).await?;
                library.to_open(chosen, self.placing.suggestion.as_ref(), is_open)
            }
        };
        picker.problem = problem;
        picker.request.clone_from(&self.secret);
        ADDRESS.clone_into(&mut picker.address);
        Ok(picker_page(status, picker, self.framing(services), services.entropy.secret()))
    }

    fn waiting(&self, services: &Shared) -> Response {
        let at = |path: &str| format!("{path}?request={}", self.secret);
        let waiting = Waiting { address: at(ADDRESS), ready: at(READY) };
        waiting_page(waiting, self.framing(services), services.entropy.secret())
    }
}

/// Whether a launch leads somewhere already.
async fn is_open(tx: &mut Tx, launch: uuid::Uuid) -> Result<bool, StoreError> {
    Ok(launch::arrival::find(tx, launch).await?.is_some_and(|launch| launch.work.is_some()))
}

/// The page.
async fn by_get(State(services): State<Shared>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let jar = CookieJar::from_headers(&headers);
    let bringer = bringer(&asked.request, &headers, &jar);
    match shown(&services, &asked.request, bringer).await {
        Ok(response) => response,
        Err(error) => failed(&services, &error),
    }
}

async fn shown(services: &Shared, secret: &str, bringer: Bringer<'_>) -> Result<Response, PlacingError> {
    let Some(visit) = Visit::find(services, secret, bringer).await? else { return Ok(over()) };
    match visit.placing.errand {
        Errand::Wait { launch } => let_in(services, &visit, launch).await,
        Errand::Place(_) | Errand::SetUp { .. } => {
            let begun_with: Vec<Choice> = visit.placing.suggestion.clone().into_iter().collect();
            visit.picker(services, &begun_with, None).await
        }
    }
}

/// Opens the activity for somebody who waited, where there is something to open by now.
async fn let_in(services: &Shared, visit: &Visit, launch: uuid::Uuid) -> Result<Response, PlacingError> {
    let named = visit.placing.suggestion.clone();
    {
        let mut tx = services.db.read().await?;
        if !placing::is_ready(&mut tx, launch, named.as_ref()).await? {
            return Ok(visit.waiting(services));
        }
    }
    let tx = services.db.begin().await?;
    Ok(opened(services, visit, launch, named, tx).await?.unwrap_or_else(|_| visit.waiting(services)))
}

/// Opens what a launch leads to by now; the inner error says why it leads nowhere.
async fn opened(
    services: &Shared,
    visit: &Visit,
    launch: uuid::Uuid,
    named: Option<Choice>,
    mut tx: Tx,
) -> Result<Result<Response, String>, PlacingError> {
    let (entropy, now) = (&services.entropy, services.clock.now());
    let opening = placing::open_late(&mut tx, &services.catalog, entropy, now, launch, named).await?;
    if let Err(reason) = opening {
        return Ok(Err(reason));
    }
    let response = gone_on(services, visit, launch, tx).await?;
    services.grades_changed.notify_one();
    Ok(Ok(response))
}

/// Takes the secret, and leads on to the activity.
async fn gone_on(services: &Shared, visit: &Visit, launch: uuid::Uuid, mut tx: Tx) -> Result<Response, StoreError> {
    let (entropy, now) = (&services.entropy, services.clock.now());
    if !placing::take(&mut tx, now, &visit.secret).await? {
        return Ok(over());
    }
    let issued = session::issue_code(&mut tx, entropy, now, launch).await?;
    log::write(&mut tx, &visit.entry(services, log::LAUNCHED)).await?;
    tx.commit().await?;
    Ok(Way::to_activity(&issued).answer())
}

/// Whether somebody who waits can go on.
async fn ready(State(services): State<Shared>, headers: HeaderMap, Query(asked): Query<Asked>) -> Response {
    let jar = CookieJar::from_headers(&headers);
    let bringer = bringer(&asked.request, &headers, &jar);
    let ready = async {
        // Somebody who is not known here any more is told so by the page itself.
        let Some(visit) = Visit::find(&services, &asked.request, bringer).await? else { return Ok(true) };
        let Errand::Wait { launch } = visit.placing.errand else { return Ok(true) };
        let mut tx = services.db.read().await?;
        placing::is_ready(&mut tx, launch, visit.placing.suggestion.as_ref()).await
    };
    let ready = ready.await.unwrap_or_else(|error: StoreError| {
        tracing::warn!(cause = %error, "somebody who waits was not told whether they can go on");
        false
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "ready": ready }))).into_response()
}

/// What the form of the page says.
#[derive(Debug, Default)]
struct Answered {
    request: String,
    is_cancelled: bool,
    chosen: Vec<Choice>,
}

impl Answered {
    fn parse(body: &[u8]) -> Self {
        let mut answered = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "request" => answered.request = value.into_owned(),
                "act" => answered.is_cancelled = value == "cancel",
                "chosen" => answered.chosen.push(Choice::parse(&value)),
                _ => {}
            }
        }
        answered
    }
}

/// A choice, or that nothing is chosen.
async fn by_post(State(services): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let answered = Answered::parse(&body);
    if !same_origin::is_from(&services.settings.origin(), &headers) {
        return message_page(StatusCode::FORBIDDEN, over_message("LTT takes a choice only from its own page."));
    }
    match answer(&services, &answered).await {
        Ok(response) => response,
        Err(error) => failed(&services, &error),
    }
}

async fn answer(services: &Shared, answered: &Answered) -> Result<Response, PlacingError> {
    let Some(visit) = Visit::find(services, &answered.request, Bringer::Itself).await? else { return Ok(over()) };
    match &visit.placing.errand {
        Errand::Place(request) => placed(services, &visit, request, answered).await,
        Errand::SetUp { launch } => set_up(services, &visit, *launch, answered).await,
        // They may look, and wait.
        Errand::Wait { .. } => Ok(visit.waiting(services)),
    }
}

/// Sends an author's choice to the platform, through their browser.
async fn placed(
    services: &Shared,
    visit: &Visit,
    request: &DeepLinkingRequest,
    answered: &Answered,
) -> Result<Response, PlacingError> {
    let answer = if answered.is_cancelled {
        DeepLinkingAnswer { message: Some("Nothing was placed.".to_owned()), ..DeepLinkingAnswer::default() }
    } else {
        match chosen_items(services, visit.registration.platform_id, request, &answered.chosen).await? {
            Ok(answer) => answer,
            Err(problem) => return visit.picker(services, &answered.chosen, Some(problem)).await,
        }
    };
    let (now, deployment) = (services.clock.now(), &visit.placing.deployment_id);
    let signing = services
        .entropy
        .with(|rng| services.lti.answer_deep_linking(&visit.registration, deployment, request, &answer, now, rng));
    let signed = match signing.await {
        Ok(signed) => signed,
        Err(refused) => return visit.picker(services, &answered.chosen, Some(refused.to_string())).await,
    };
    let mut tx = services.db.begin().await?;
    if !placing::take(&mut tx, now, &visit.secret).await? {
        return Ok(over());
    }
    let outcome = if answered.is_cancelled { "placing_cancelled" } else { "placed" };
    let mut entry = visit.entry(services, outcome);
    entry.explanation = answered.chosen.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    log::write(&mut tx, &entry).await?;
    tx.commit().await?;
    let platform = signed.url.origin().ascii_serialization();
    let returning = Returning { address: signed.url.into(), field: (SignedAnswer::FIELD, signed.jwt) };
    Ok(returning_page(returning, &platform, visit.framing(services), services.entropy.secret()))
}

/// What was chosen as items; the inner error says what is wrong with it.
async fn chosen_items(
    services: &Shared,
    platform: uuid::Uuid,
    request: &DeepLinkingRequest,
    chosen: &[Choice],
) -> Result<Result<DeepLinkingAnswer, String>, PlacingError> {
    if chosen.is_empty() {
        return Ok(Err("Nothing is chosen yet. Choose something, or cancel.".to_owned()));
    }
    let mut tx = services.db.read().await?;
    let library = Library::read(&mut tx, &services.catalog, platform).await?;
    let Ok(launch_address) = Url::parse(&services.settings.address("/lti/launch")) else {
        return Ok(Err("LTT's own address cannot be used. Tell the administrator to check LTT_PUBLIC_URL.".to_owned()));
    };
    let mut items = Vec::with_capacity(chosen.len());
    for choice in chosen {
        let Some(placeable) = library.find(choice) else { return Ok(Err(gone(choice))) };
        items.push(placing::item(request, &launch_address, placeable));
    }
    if let Err(refused) = request.check(&items) {
        return Ok(Err(refused.to_string()));
    }
    Ok(Ok(DeepLinkingAnswer { items, ..DeepLinkingAnswer::default() }))
}

fn gone(choice: &Choice) -> String {
    format!("There is no “{choice}” here (any more). Choose again from the list below.")
}

/// Keeps what a link opens, and opens it.
async fn set_up(
    services: &Shared,
    visit: &Visit,
    launch: uuid::Uuid,
    answered: &Answered,
) -> Result<Response, PlacingError> {
    if answered.is_cancelled {
        let mut tx = services.db.begin().await?;
        if is_open(&mut tx, launch).await? {
            return Ok(gone_on(services, visit, launch, tx).await?);
        }
        drop(tx);
        return visit.picker(services, &[], Some("Nothing opens here until something is chosen.".to_owned())).await;
    }
    let choice = match &answered.chosen[..] {
        [choice] => choice,
        [] => return visit.picker(services, &[], Some("Nothing is chosen yet.".to_owned())).await,
        several => {
            let problem = "One activity opens one thing. Choose one.".to_owned();
            return visit.picker(services, &several[..1], Some(problem)).await;
        }
    };
    let mut tx = services.db.begin().await?;
    let library = Library::read(&mut tx, &services.catalog, visit.registration.platform_id).await?;
    if library.find(choice).is_none() {
        drop(tx);
        return visit.picker(services, &[], Some(gone(choice))).await;
    }
    opening::keep_for_launch(&mut tx, launch, choice).await?;
    match opened(services, visit, launch, None, tx).await? {
        Ok(response) => Ok(response),
        Err(reason) => visit.picker(services, &[], Some(format!("This could not be opened: {reason}."))).await,
    }
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

/// Somebody who set a link up wants to choose once more. The token in the form says who they are, so it may come from anywhere.
async fn change(State(services): State<Shared>, form: Result<Form<Token>, FormRejection>) -> Response {
    let Ok(Form(Token { token })) = form else { return over() };
    let session = match Session::of_token(&services, &token).await {
        Ok(session) => session,
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let message = Message { reference: refusal.reference, ..over_message(&refusal.message) };
            return message_page(status, message);
        }
    };
    match reopened(&services, &session).await {
        Ok(Some(way)) => way.answer(),
        Ok(None) => message_page(StatusCode::FORBIDDEN, fixed_message()),
        Err(error) => failed(&services, &error.into()),
    }
}

/// A page on which to choose once more; `None` where the choice is not made in LTT, or not by this person.
async fn reopened(services: &Shared, session: &Session) -> Result<Option<Way>, StoreError> {
    let launch = &session.launch;
    let mut tx = services.db.begin().await?;
    let chosen = opening::chosen_for(&mut tx, launch.id).await?;
    let (true, Some((deployment_id, choice))) = (launch.role.may_choose(), chosen) else { return Ok(None) };
    let placing = Placing {
        registration: launch.registration,
        deployment_id,
        errand: Errand::SetUp { launch: launch.id },
        suggestion: Some(choice),
    };
    let issued = placing::issue(&mut tx, &services.entropy, services.clock.now(), &placing).await?;
    tx.commit().await?;
    Ok(Some(Way::to_placing(&issued)))
}

/// A secret that is unknown, taken, too old, or somebody else's.
fn over() -> Response {
    message_page(
        StatusCode::FORBIDDEN,
        over_message("This page has been used, has stood open for too long, or was opened elsewhere."),
    )
}

fn over_message(sentence: &str) -> Message {
    Message {
        title: "This page has expired".to_owned(),
        sentence: sentence.to_owned(),
        advice: "Go back to your course and begin there again. Nothing was changed.".to_owned(),
        ..Message::default()
    }
}

fn fixed_message() -> Message {
    Message {
        title: "This is not chosen here".to_owned(),
        sentence: "What this activity opens was fixed when it was placed in the course, or you may not change it."
            .to_owned(),
        advice: "A teacher of the course can change it there: in the settings of the activity, or by placing it anew."
            .to_owned(),
        ..Message::default()
    }
}

fn failed(services: &Shared, error: &PlacingError) -> Response {
    let refusal = services.refusals.fault(error);
    let page = Message {
        title: "This did not work".to_owned(),
        sentence: refusal.message,
        advice: "Try again in a moment. If it stays like this, tell the administrator of LTT the reference below."
            .to_owned(),
        reference: refusal.reference,
        ..Message::default()
    };
    message_page(StatusCode::SERVICE_UNAVAILABLE, page)
}
