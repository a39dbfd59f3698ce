//! The activity's documents and the server functions behind them: the only place that names a component.
//!
//! Only the first document, asked for with a one-time code, is drawn with the learner's data: a frame sends no credential
//! with a navigation. Every other address answers with the page without data, which finds its session in the frame it is
//! loaded into and asks for the rest.

use std::sync::Arc;

use app::{
    address::View,
    document::{ActivityDocument, AskingDocument, Files, Reading, ReadingDocument},
    model::Session,
    opening::Opening,
    pages::Pages,
    ports::Ports,
    refusal::Refusal,
};
use async_trait::async_trait;
use axum::{
    Form, Json, Router,
    body::Body,
    extract::{
        Query, Request, State,
        rejection::{FormRejection, QueryRejection},
    },
    response::{IntoResponse, Response},
    routing::{get, post},
};
use axum_extra::{
    TypedHeader,
    headers::{Authorization, authorization},
};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use leptos::prelude::{provide_context, view};
use serde::Deserialize;

pub mod admin;
pub mod class;
mod headers;
pub mod placing;
mod registration;
mod standalone;
#[cfg(test)]
mod tests;

pub use app::document::{Button, Message, Proving, Question, Registered, Step};
pub use registration::registration_page;
pub use standalone::{message_page, proving_page};

use headers::Ancestors;

/// How a request gets from what it carries to the ports of a session.
#[async_trait]
pub trait Doors: Send + Sync + 'static {
    /// Redeems the one-time code of a launch, for whoever the request's headers say brings it. `None`: it was spent, has
    /// expired, never was, or is somebody else's.
    async fn by_code(&self, code: &str, headers: &HeaderMap) -> Result<Option<Opened>, Refusal>;

    /// Whether the frame is to be asked where it stands before this code is redeemed; the address to tell it to.
    async fn asks_frame(&self, code: &str, headers: &HeaderMap) -> Option<String>;

    /// The ports of the session with this token; a refusal with [`Refusal::SESSION_EXPIRED`] and status 401 where there is
    /// none (any more).
    async fn by_token(&self, token: &str) -> Result<Ports, Refusal>;
}

/// A session that has just been opened.
pub struct Opened {
    /// As the page is to know it.
    pub session: Session,
    /// What it may see and do.
    pub ports: Ports,
    /// Where the launch leads.
    pub first_view: View,
    /// The origins that may frame the page, as sources of `frame-ancestors`; empty: nobody.
    pub frame_ancestors: Vec<String>,
    /// Where the browser reports that it did not show the page.
    pub frame_report: String,
    /// Where the page tells which sites it stands in, where somebody wants to know.
    pub frames: Option<String>,
}

type Keeper = Arc<dyn Doors>;

/// The activity's addresses, and `/fn`.
pub fn routes(doors: Arc<dyn Doors>) -> Router {
    let own = Router::new()
        .route("/activity", get(open))
        .route("/activity/read", post(read))
        .route("/fn/{*name}", post(answer));
    // The views' addresses are the client router's; asking it for them also readies Leptos for this runtime.
    let views = leptos_axum::generate_route_list(Pages);
    views.iter().fold(own, |router, view| router.route(view.path(), get(without_data))).with_state(doors)
}

/// Where the built files stand.
pub(crate) fn files() -> Files {
    use crate::web::assets::Assets;
    Files {
        style: Assets::url("ltt.css"),
        start: Assets::url("start.js"),
        launch: Assets::url("launch.js"),
        program: Assets::url("ltt.js"),
        module: Assets::url("ltt.wasm"),
        icon: Assets::url("favicon.svg"),
    }
}

#[derive(Deserialize)]
struct Code {
    code: Option<String>,
    /// Whether the frame has been asked where it stands.
    #[serde(default)]
    asked: bool,
}

/// The first document of a launch: the page its first view would be, with the learner's data.
async fn open(State(doors): State<Keeper>, query: Result<Query<Code>, QueryRejection>, request: Request) -> Response {
    let Some((code, asked)) = query.ok().and_then(|Query(Code { code, asked })| Some((code?, asked))) else {
        return without_data(request).await;
    };
    if !asked && let Some(frames) = doors.asks_frame(&code, request.headers()).await {
        return asking(frames, &code).await;
    }
    match doors.by_code(&code, request.headers()).await {
        Ok(Some(opened)) => {
            let opening = Opening::of(&opened.ports, &opened.first_view).await;
            let framed = Framed {
                ancestors: Ancestors::These(opened.frame_ancestors),
                report: Some(opened.frame_report),
                told: opened.frames,
            };
            document(&opened.first_view, Some(opened.session), opening, framed).await
        }
        Ok(None) => without_data(request).await,
        Err(refusal) => standalone::refusal_page(&refusal),
    }
}

/// A page without data that asks its frame where it stands, and then goes on to the launch's own.
async fn asking(frames: String, code: &str) -> Response {
    let next: String = url::form_urlencoded::Serializer::new("/activity?".to_owned())
        .append_pair("code", code)
        .append_pair("asked", "true")
        .finish();
    let app = move || {
        let (frames, next) = (frames.clone(), next.clone());
        view! { <AskingDocument files=files() frames next /> }
    };
    let protect = || headers::of_activity(&Ancestors::Anyone, None);
    leptos_axum::render_app_async_with_context(protect, app)(Request::new(Body::empty())).await
}

/// What a document has to do with the frames it stands in.
struct Framed {
    ancestors: Ancestors,
    report: Option<String>,
    told: Option<String>,
}

impl Framed {
    /// A page that holds nothing may stand anywhere.
    const ANYWHERE: Self = Self { ancestors: Ancestors::Anyone, report: None, told: None };
}

/// The page of a reload, of Back, or of a spent code. It holds nothing, so anyone may frame it.
async fn without_data(request: Request) -> Response {
    let view = View::at(request.uri().path()).unwrap_or_default();
    document(&view, None, Opening::default(), Framed::ANYWHERE).await
}

async fn document(view: &View, session: Option<Session>, opening: Opening, within: Framed) -> Response {
    let shown = view.address();
    let Framed { ancestors, report, told } = within;
    let app = move || {
        let (session, opening, address, frames) = (session.clone(), opening.clone(), shown.clone(), told.clone());
        view! { <ActivityDocument files=files() session opening address frames /> }
    };
    let protect = move || headers::of_activity(&ancestors, report.as_deref());
    // The router draws what the address names, and the address of a launch is its code's.
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = view.address().parse::<Uri>().unwrap_or_default();
    leptos_axum::render_app_async_with_context(protect, app)(request).await
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

/// All tasks as plain reading, for a browser without scripts or WebAssembly.
async fn read(State(doors): State<Keeper>, form: Result<Form<Token>, FormRejection>) -> Response {
    let Ok(Form(Token { token })) = form else { return standalone::refusal_page(&session_expired()) };
    match reading(&*doors, &token).await {
        Ok(reading) => standalone::page(StatusCode::OK, move || view! { <ReadingDocument files=files() reading /> }),
        Err(refusal) => standalone::refusal_page(&refusal),
    }
}

async fn reading(doors: &dyn Doors, token: &str) -> Result<Reading, Refusal> {
    let learner = doors.by_token(token).await?.learner;
    let activity = learner.activity().await?;
    let mut tasks = Vec::with_capacity(activity.tasks.len());
    for row in &activity.tasks {
        tasks.push(learner.task(&row.id).await?);
    }
    Ok(Reading { activity, tasks })
}

/// A server function, run for the session whose token came along.
async fn answer(
    State(doors): State<Keeper>,
    bearer: Option<TypedHeader<Authorization<authorization::Bearer>>>,
    request: Request,
) -> Response {
    let ports = match bearer {
        Some(TypedHeader(Authorization(bearer))) => doors.by_token(bearer.token()).await,
        None => Err(session_expired()),
    };
    let mut response = match ports {
        Ok(ports) => {
            let provide = move || provide_context(ports.clone());
            leptos_axum::handle_server_fns_with_context(provide, request).await.into_response()
        }
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Json(refusal)).into_response()
        }
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn session_expired() -> Refusal {
    Refusal {
        error: Refusal::SESSION_EXPIRED.into(),
        message: "This page is no longer signed in. Open the activity again from your course.".into(),
        reference: String::new(),
        status: StatusCode::UNAUTHORIZED.as_u16(),
    }
}
