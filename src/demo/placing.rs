//! Placing LTT in the course by Deep Linking: the instructor is sent to choose, and what they chose becomes activities.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use lti::testkit::{Author, Link};

use super::{
    Lms, course,
    data_file::PlacedActivity,
    pages::{self, PLACED},
};

/// Where the tool's answer comes back.
const RETURN: &str = "/placed";

/// The most choices that are under way at a time.
const MOST_UNDER_WAY: usize = 100;

pub(super) fn router() -> Router<Lms> {
    Router::new().route("/place", get(begin)).route(RETURN, post(placed))
}

/// Sends the instructor to LTT.
async fn begin(State(lms): State<Lms>) -> Response {
    let Ok(return_url) = lms.0.addresses.here.join(RETURN) else { return pages::not_found().into_response() };
    let data = lms.0.entropy.secret();
    let mut under_way = lms.0.choosing();
    under_way.push(data.clone());
    let too_many = under_way.len().saturating_sub(MOST_UNDER_WAY);
    under_way.drain(..too_many);
    drop(under_way);
    let author = Author { person: course::INSTRUCTOR.enrolled(), course: course::described(), return_url, data };
    let now = lms.0.clock.now();
    let login = lms.0.entropy.with(|rng| lms.0.platform.send_to_choose(&author, now, rng));
    Redirect::to(login.address().as_str()).into_response()
}

/// Takes what the instructor chose, once.
async fn placed(State(lms): State<Lms>, form: Bytes) -> Response {
    let tool_keys = match lms.0.tool.fetch().await {
        Ok(keys) => keys,
        Err(error) => return pages::failed(&error).into_response(),
    };
    let now = lms.0.clock.now();
    let judged = lms.0.entropy.with(|rng| lms.0.platform.placed(&form, &tool_keys, now, rng));
    let placed = match judged {
        Ok(placed) => placed,
        Err(refusal) => return refused(&refusal.to_string()),
    };
    let mut under_way = lms.0.choosing();
    let Some(known) = under_way.iter().position(|data| *data == placed.data) else {
        drop(under_way);
        return refused("this choice was not asked for, or has been taken already");
    };
    under_way.remove(known);
    drop(under_way);
    if placed.links.is_empty() {
        return Redirect::to("/").into_response();
    }
    for link in placed.links {
        if let Err(error) = keep(&lms, link) {
            return pages::failed(&error).into_response();
        }
    }
    Redirect::to(&format!("/units/{PLACED}?as={}", course::INSTRUCTOR.handle)).into_response()
}

/// Places an activity, and writes it down before anybody sees it.
fn keep(lms: &Lms, link: Link) -> Result<(), String> {
    let Link { id, title, custom } = link.clone();
    lms.0.placed().push(PlacedActivity { id, title, custom });
    lms.0.platform.place(link)
}

fn refused(reason: &str) -> Response {
    (StatusCode::BAD_REQUEST, pages::refused(reason)).into_response()
}
