//! The addresses that platforms know: login, launch, keys and configuration.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};

use super::{
    pages::{Message, message_page},
    services::{Services, Shared},
};
use crate::launch::{
    log::{self, Entry},
    platform::Registration,
    protocol::Login,
};

mod admission;
pub mod config;
pub mod keys;
pub mod launch;
pub mod login;
mod notices;
mod placing;
pub mod proof;
mod proving;
pub mod register;
mod review;
#[cfg(test)]
mod tests;
mod waiting;
mod way_back;

/// The largest login that is read, in bytes.
const LARGEST_LOGIN: usize = 64 * 1024;
/// The largest launch that is read, in bytes; Canvas sends tokens of 64 KB to people with many roles.
const LARGEST_LAUNCH: usize = 512 * 1024;
/// The largest list of notices that is read, in bytes.
const LARGEST_NOTICES: usize = 1024 * 1024;
/// The largest proof that is read, in bytes: two secrets.
const LARGEST_PROOF: usize = 4 * 1024;

/// All routes of this subject.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/lti/login", get(login::by_get).post(login::by_post).layer(DefaultBodyLimit::max(LARGEST_LOGIN)))
        .route("/lti/launch", get(launch::by_get).post(launch::by_post).layer(DefaultBodyLimit::max(LARGEST_LAUNCH)))
        .route(admission::ADDRESS, post(admission::by_post))
        .route("/lti/login/cookie", get(proving::cookie))
        .route("/lti/launch/proof", post(proof::by_post).layer(DefaultBodyLimit::max(LARGEST_PROOF)))
        .route("/lti/jwks", get(keys::handler))
        .route("/.well-known/jwks.json", get(keys::handler))
        .route("/lti/config.json", get(config::handler))
        .route("/lti/register", get(register::handler))
        .route(notices::ADDRESS, post(notices::by_post).layer(DefaultBodyLimit::max(LARGEST_NOTICES)))
        .merge(placing::routes())
}

/// The fields of a form that begins a login anew.
fn again(login: &Login) -> Vec<(String, String)> {
    let optional = [("lti_message_hint", &login.lti_message_hint), ("lti_deployment_id", &login.deployment_id)];
    let fields = [
        ("iss", &login.issuer),
        ("client_id", &login.client_id),
        ("login_hint", &login.login_hint),
        ("target_link_uri", &login.target_link_uri),
    ];
    let given = optional.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
    fields.into_iter().chain(given).map(|(name, value)| (name.to_owned(), value.clone())).collect()
}

/// What is told of a login or launch that leads nowhere: a page for the person, an entry for the administrator.
struct Refused {
    status: StatusCode,
    page: Message,
    entry: Entry,
}

impl Refused {
    /// An entry with a reference and nothing else.
    fn entry(services: &Services, outcome: &str, explanation: String) -> Entry {
        Entry {
            reference: log::reference(&services.entropy),
            at: services.clock.now(),
            registration_id: None,
            issuer: None,
            client_id: None,
            outcome: outcome.to_owned(),
            explanation,
            binding: None,
            clock_difference_seconds: None,
        }
    }

    /// Writes the entry and shows the page.
    async fn answer(mut self, services: &Services) -> Response {
        self.note(services).await;
        self.page.reference = self.entry.reference;
        message_page(self.status, self.page)
    }

    /// Writes the entry. That it could not be written must not cost the person their page.
    async fn note(&self, services: &Services) {
        let entry = &self.entry;
        tracing::warn!(
            reference = entry.reference,
            outcome = entry.outcome,
            explanation = entry.explanation,
            "refused"
        );
        if let Err(error) = write(services, entry).await {
            tracing::error!(reference = entry.reference, cause = %error, "the launch log was not written");
        }
    }
}

/// A registration that an administrator has taken out of use.
fn disabled(services: &Shared, registration: &Registration) -> Option<Refused> {
    registration.disabled_at?;
    let explanation = format!(
        "The registration \"{}\" is disabled. To take its launches again, enable it: `ltt platform enable`, or on its page \
         under /admin.",
        registration.name
    );
    let entry = Entry {
        registration_id: Some(registration.id),
        issuer: Some(registration.issuer.clone()),
        client_id: Some(registration.client_id.clone()),
        ..Refused::entry(services, "registration_disabled", explanation)
    };
    let page = Message {
        title: "This activity is out of use".to_owned(),
        sentence: "Whoever looks after LTT has switched off the connection with your course.".to_owned(),
        advice: "Your work is kept. If you think that it should be open, tell your teacher the reference below."
            .to_owned(),
        ..Message::default()
    };
    Some(Refused { status: StatusCode::FORBIDDEN, page, entry })
}

async fn write(services: &Services, entry: &Entry) -> Result<(), crate::store::StoreError> {
    let mut tx = services.db.begin().await?;
    log::write(&mut tx, entry).await?;
    tx.commit().await
}
