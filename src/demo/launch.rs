//! Opening LTT: login initiation, and the OIDC authorization endpoint that answers with a signed `id_token`
//! (LTI 1.3 Core and 1EdTech Security Framework 1.0, §5.1.1).

use axum::{
    Form, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::{
    CLIENT_ID, DEPLOYMENT_ID, Lms, Parameters,
    course::{self, Activity, Person},
    gradebook, pages, token,
};

/// Where tools send the browser to be told who is asking.
pub(super) const AUTHORIZE: &str = "/lti/authorize";

/// How long a page may stand open before its launch begins.
const HINT_LIFETIME: TimeDelta = TimeDelta::minutes(10);

/// How long an `id_token` is good for.
const ID_TOKEN_LIFETIME: TimeDelta = TimeDelta::minutes(5);

pub(super) fn router() -> Router<Lms> {
    Router::new().route("/open/{activity}", get(open)).route(
        AUTHORIZE,
        get(async |State(lms): State<Lms>, Query(request): Query<Parameters>| authorize(&lms, &request))
            .post(async |State(lms): State<Lms>, Form(request): Form<Parameters>| authorize(&lms, &request)),
    )
}

/// What `lti_message_hint` says, signed by this LMS, so that nobody can hint at somebody else.
#[derive(Serialize, Deserialize)]
struct MessageHint {
    activity: String,
    person: String,
    /// Seconds since 1970.
    expires: i64,
}

/// Who opens what.
struct Launch {
    activity: &'static Activity,
    person: &'static Person,
}

/// Sends the frame to LTT's login.
async fn open(State(lms): State<Lms>, Path(id): Path<String>, Query(request): Query<Parameters>) -> Response {
    let (Some(activity), Some(person)) = (course::activity(&id), request.get("as").and_then(course::person)) else {
        return pages::not_found().into_response();
    };
    match login_initiation(&lms, &Launch { activity, person }) {
        Ok(url) => Redirect::to(url.as_str()).into_response(),
        Err(error) => pages::failed(&error).into_response(),
    }
}

fn login_initiation(lms: &Lms, launch: &Launch) -> Result<Url, super::KeyError> {
    let hint = MessageHint {
        activity: launch.activity.id.to_owned(),
        person: launch.person.handle.to_owned(),
        expires: (lms.0.clock.now() + HINT_LIFETIME).timestamp(),
    };
    let addresses = &lms.0.addresses;
    let mut url = addresses.tool_login.clone();
    url.query_pairs_mut()
        .append_pair("iss", &addresses.issuer)
        .append_pair("login_hint", launch.person.id)
        .append_pair("target_link_uri", addresses.tool_launch.as_str())
        .append_pair("lti_message_hint", &lms.0.keys.sign(&hint)?)
        .append_pair("lti_deployment_id", DEPLOYMENT_ID)
        .append_pair("client_id", CLIENT_ID);
    Ok(url)
}

/// Why an authorization request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum AuthorizationRefusal {
    #[error("client_id is not the one this LMS gave to LTT")]
    UnknownClient,
    #[error("redirect_uri is not the one registered for LTT")]
    UnregisteredRedirect,
    #[error("scope must be openid")]
    Scope,
    #[error("response_type must be id_token")]
    ResponseType,
    #[error("response_mode must be form_post")]
    ResponseMode,
    #[error("prompt must be none")]
    Prompt,
    #[error("nonce is missing")]
    Nonce,
    #[error("state is missing")]
    State,
    #[error("the hints name nobody who opened an activity in the last minutes; open it again from the course")]
    Hint,
}

impl AuthorizationRefusal {
    /// The word for it in `OpenID` Connect Core 1.0 (§3.1.2.6); `None` where the tool's address cannot be trusted, so that the
    /// person is told instead of the tool.
    fn code(self) -> Option<&'static str> {
        match self {
            Self::UnknownClient | Self::UnregisteredRedirect => None,
            Self::Scope => Some("invalid_scope"),
            Self::ResponseType => Some("unsupported_response_type"),
            Self::ResponseMode | Self::Prompt | Self::Nonce | Self::State => Some("invalid_request"),
            Self::Hint => Some("login_required"),
        }
    }
}

/// Answers the tool through the browser: a form that posts itself to the tool.
fn authorize(lms: &Lms, request: &Parameters) -> Response {
    let answer = match check(lms, request) {
        Ok((launch, nonce)) => match lms.0.keys.sign(&id_token(lms, &launch, nonce)) {
            Ok(token) => vec![("id_token", token)],
            Err(error) => return pages::failed(&error).into_response(),
        },
        Err(refusal) => match refusal.code() {
            Some(code) => vec![("error", code.to_owned()), ("error_description", refusal.to_string())],
            None => return (StatusCode::BAD_REQUEST, pages::refused(&refusal.to_string())).into_response(),
        },
    };
    let state = request.get("state").map(|state| ("state", state.to_owned()));
    let fields: Vec<_> = answer.into_iter().chain(state).collect();
    pages::form_post(&lms.0.addresses, &fields).into_response()
}

/// What is asked for, and the nonce to sign.
fn check<'a>(lms: &Lms, request: &'a Parameters) -> Result<(Launch, &'a str), AuthorizationRefusal> {
    use AuthorizationRefusal as Refusal;
    let demand = |name, expected: &str, refusal| {
        if request.get(name) == Some(expected) { Ok(()) } else { Err(refusal) }
    };
    demand("client_id", CLIENT_ID, Refusal::UnknownClient)?;
    demand("redirect_uri", lms.0.addresses.tool_launch.as_str(), Refusal::UnregisteredRedirect)?;
    demand("scope", "openid", Refusal::Scope)?;
    demand("response_type", "id_token", Refusal::ResponseType)?;
    demand("response_mode", "form_post", Refusal::ResponseMode)?;
    demand("prompt", "none", Refusal::Prompt)?;
    let nonce = request.get("nonce").ok_or(Refusal::Nonce)?;
    request.get("state").ok_or(Refusal::State)?;
    let launch = hinted(lms, request).ok_or(Refusal::Hint)?;
    Ok((launch, nonce))
}

/// Who opens what, by a message hint of our own that is not too old and a login hint that fits it.
fn hinted(lms: &Lms, request: &Parameters) -> Option<Launch> {
    let hint: MessageHint = lms.0.keys.read_own(request.get("lti_message_hint")?)?;
    let person = course::person(&hint.person)?;
    let fits = request.get("login_hint") == Some(person.id) && lms.0.clock.now().timestamp() < hint.expires;
    let activity = course::activity(&hint.activity)?;
    fits.then_some(Launch { activity, person })
}

/// The claims of LTI 1.3 Core §5.3 and 5.4, and AGS 2.0 §3.1.
fn id_token(lms: &Lms, launch: &Launch, nonce: &str) -> Value {
    let Launch { activity, person } = launch;
    let addresses = &lms.0.addresses;
    let now: DateTime<Utc> = lms.0.clock.now();
    json!({
        "iss": addresses.issuer,
        "aud": CLIENT_ID,
        "sub": person.id,
        "iat": now.timestamp(),
        "exp": (now + ID_TOKEN_LIFETIME).timestamp(),
        "nonce": nonce,
        "name": person.name(),
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email(),
        "locale": "en",
        "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
        "https://purl.imsglobal.org/spec/lti/claim/version": "1.3.0",
        "https://purl.imsglobal.org/spec/lti/claim/deployment_id": DEPLOYMENT_ID,
        "https://purl.imsglobal.org/spec/lti/claim/target_link_uri": addresses.tool_launch,
        "https://purl.imsglobal.org/spec/lti/claim/roles": roles(person),
        "https://purl.imsglobal.org/spec/lti/claim/context": {
            "id": course::ID,
            "label": course::LABEL,
            "title": course::TITLE,
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
        },
        "https://purl.imsglobal.org/spec/lti/claim/resource_link": { "id": activity.id, "title": activity.title },
        "https://purl.imsglobal.org/spec/lti/claim/launch_presentation": {
            "document_target": "iframe",
            "locale": "en",
            "return_url": addresses.at("/"),
        },
        "https://purl.imsglobal.org/spec/lti/claim/tool_platform": {
            "guid": "ltt-demo-lms",
            "name": "Demo LMS",
            "product_family_code": "ltt-demo-lms",
        },
        "https://purl.imsglobal.org/spec/lti/claim/custom": custom(activity),
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
            "scope": token::SCOPES,
            "lineitems": addresses.at(gradebook::LINE_ITEMS),
            "lineitem": gradebook::line_item_url(addresses, activity),
        },
    })
}

fn roles(person: &Person) -> [&'static str; 2] {
    if person.teaches() {
        [
            "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor",
            "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Faculty",
        ]
    } else {
        [
            "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
            "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student",
        ]
    }
}

/// The parameters that a teacher typed where the activity was placed.
fn custom(activity: &Activity) -> Value {
    match activity.task {
        Some(task) => json!({ "project": course::PROJECT, "task": task }),
        None => json!({ "project": course::PROJECT }),
    }
}
