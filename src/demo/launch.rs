//! Opening LTT: login initiation, and the OIDC authorization endpoint that answers with a signed `id_token`.

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use lti::testkit::{Authorized, Visit};

use super::{Lms, Parameters, course, pages};

/// Where tools send the browser to be told who is asking.
const AUTHORIZE: &str = "/lti/authorize";

pub(super) fn router() -> Router<Lms> {
    Router::new().route("/open/{activity}", get(open)).route(
        AUTHORIZE,
        get(async |State(lms): State<Lms>, RawQuery(query): RawQuery| {
            authorize(&lms, query.unwrap_or_default().as_bytes())
        })
        .post(async |State(lms): State<Lms>, form: Bytes| authorize(&lms, &form)),
    )
}

/// Sends the frame to LTT's login.
async fn open(State(lms): State<Lms>, Path(id): Path<String>, Query(request): Query<Parameters>) -> Response {
    let link = lms.0.platform.links().into_iter().find(|link| link.id == id);
    let (Some(link), Some(person)) = (link, request.get("as").and_then(course::person)) else {
        return pages::not_found().into_response();
    };
    let visit = Visit { person: person.enrolled(), course: course::described(), link };
    let now = lms.0.clock.now();
    let login = lms.0.entropy.with(|rng| lms.0.platform.open(&visit, now, rng));
    Redirect::to(login.address().as_str()).into_response()
}

/// Answers the tool through the browser: a form that posts itself to the tool. Anybody may be anybody here, so nobody is
/// signed in.
fn authorize(lms: &Lms, request: &[u8]) -> Response {
    match lms.0.platform.authorize(request, None, lms.0.clock.now()) {
        Ok(Authorized::Posted { action, fields }) => {
            pages::form_post(&lms.0.addresses, &action, &fields).into_response()
        }
        Ok(Authorized::Shown(refusal)) => {
            (StatusCode::BAD_REQUEST, pages::refused(&refusal.to_string())).into_response()
        }
        Err(error) => pages::failed(&error).into_response(),
    }
}
