//! Pages that ask the browser: what it keeps, before the platform is asked who is there; and what it kept, where the launch
//! came without its cookie. `app/launch` is their script.
//!
//! They offer a window of its own from the start, and the script hides that while it asks.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::CookieJar;
use serde_json::json;

use super::{Refused, again};
use crate::{
    launch::{
        protocol::{Begun, Login, Registration as _, Unproven},
        storage::Storage,
    },
    web::{
        browser,
        pages::{Button, Message, Proving, Step, proving_page},
        services::Shared,
    },
};

/// `GET /lti/login/cookie`: whether this frame's cookies come back. It tells nothing else, and only pages of our own can read
/// the answer.
pub async fn cookie(jar: CookieJar) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(json!({ "kept": browser::keeps_cookies(&jar) }))).into_response()
}

/// The page before the platform: its hint may be good for one login only, so what the browser keeps is found out first.
pub fn before_platform(services: &Shared, begun: Begun<Storage>) -> Response {
    let step = Step::Login { platform: begun.redirect.into(), secret: begun.storage_secret };
    let proving = proving(step, &begun.login, begun.registered.registration.auth_url());
    proving_page(StatusCode::OK, new_window(&begun.login), proving, services.entropy.secret())
}

/// The page after the platform, where the launch came without its cookie; where no proof can be had, it says what `refused`
/// says.
pub(super) fn before_session(services: &Shared, unproven: Unproven<Storage>, refused: Refused) -> Response {
    let step = Step::Proof { ticket: unproven.ticket };
    let proving = proving(step, &unproven.login, unproven.registered.registration.auth_url());
    let page = Message { reference: refused.entry.reference, ..refused.page };
    proving_page(refused.status, page, proving, services.entropy.secret())
}

fn proving(step: Step, login: &Login, auth_url: &url::Url) -> Proving {
    Proving {
        key: login.browser_key(),
        step,
        storage_origin: auth_url.origin().ascii_serialization(),
        storage_target: login.storage_target.clone(),
    }
}

/// Offers to begin anew in a window of its own, where the browser keeps LTT's cookie. The platform's token is not used
/// again; the platform is asked for a new one.
pub fn new_window(login: &Login) -> Message {
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

/// Says that a window of its own has not helped either.
pub fn everything_refused(services: &Shared) -> Message {
    let host = services.settings.public_url.host_str().unwrap_or_default();
    Message {
        title: "Your browser refuses LTT's cookies".to_owned(),
        sentence:
            "For a moment LTT needs a cookie, to make sure that it is you who opens this activity. Your browser did \
                   not keep it, not even in a window of its own."
                .to_owned(),
        advice: format!(
            "In your browser's settings for cookies, allow those of {host}. Then open the activity again from your course. \
             If you may not change that, use another browser, and tell your teacher the reference below."
        ),
        ..Message::default()
    }
}
