//! `/admin`: administration in a plain browser, a page a file.
//!
//! Everything is read through the administrator's own view: what belongs to another organisation does not exist.

use app::{model::admin::Section, refusal::Refusal};
use axum::{
    Router,
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use uuid::Uuid;

use super::{
    pages::admin::{Content, Shell, page},
    services::{Services, Shared},
    visitor::{Administrator, Refused},
};
use crate::{
    launch::platform::{self, Platform, Registration},
    store::Tx,
};

mod deployments;
mod entry;
mod guide;
mod invitations;
mod keys;
mod launches;
mod log;
mod passports;
mod people;
mod platforms;
mod registration;
mod removal;
mod shown;
mod start;
mod test_launch;
#[cfg(test)]
mod tests;

/// All routes of this subject.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/admin", get(start::show))
        .route("/admin/platforms", get(platforms::show))
        .route("/admin/platforms/new", get(entry::ask).post(entry::add))
        .route("/admin/invitations", get(invitations::show).post(invitations::create))
        .route("/admin/invitations/{id}/revoke", post(invitations::revoke))
        .route("/admin/pending/{id}/approve", post(invitations::approve))
        .route("/admin/pending/{id}/reject", post(invitations::reject))
        .route("/admin/registrations/{id}", get(registration::show))
        .route("/admin/registrations/{id}/deployments/approve", post(deployments::approve))
        .route("/admin/registrations/{id}/deployments/remove", post(deployments::remove))
        .route("/admin/registrations/{id}/deployments/policy", post(deployments::set_policy))
        .route("/admin/registrations/{id}/edit", get(entry::edit).post(entry::save))
        .route("/admin/registrations/{id}/launches", get(launches::show))
        .route("/admin/registrations/{id}/launches/roles", post(launches::save_roles))
        .route("/admin/registrations/{id}/launches/rules", post(launches::save_rules))
        .route("/admin/registrations/{id}/launches/people", post(launches::save_people))
        .route("/admin/registrations/{id}/launches/codes", post(launches::make_codes))
        .route("/admin/registrations/{id}/launches/frames", post(launches::allow_site))
        .route("/admin/registrations/{id}/disable", post(registration::disable))
        .route("/admin/registrations/{id}/enable", post(registration::enable))
        .route("/admin/registrations/{id}/delete", get(removal::ask).post(removal::remove))
        .route("/admin/registrations/{id}/test", get(test_launch::show).post(test_launch::run))
        .route("/admin/platforms/passports", get(passports::ask).post(passports::send))
        .route("/admin/log", get(log::show))
        .route("/admin/people", get(people::show).post(people::invite))
        .route("/admin/people/{id}/link", post(people::renew))
        .route("/admin/people/{id}/remove", get(people::ask_removal).post(people::remove))
        .route("/admin/keys", get(keys::show))
        .route("/admin/keys/rotate", get(keys::ask).post(keys::rotate))
        .route("/admin/{*rest}", get(nothing))
}

async fn nothing(
    axum::extract::State(services): axum::extract::State<Shared>,
    _administrator: Administrator,
) -> Refused {
    Refused(not_found(&services))
}

/// What is not there, or not for this administrator: nobody can tell which.
pub(super) fn not_found(services: &Services) -> Refusal {
    services.refusals.say(
        StatusCode::NOT_FOUND,
        "not_found",
        "Nothing stands at this address, or it is not yours to see.",
    )
}

/// A registration that this administrator sees, with its platform.
async fn seen(
    services: &Services,
    tx: &mut Tx,
    administrator: &Administrator,
    id: &str,
) -> Result<(Platform, Registration), Refused> {
    let Ok(id) = id.parse::<Uuid>() else { return Err(not_found(services).into()) };
    let found = platform::registration_within(tx, administrator.0.within(), id).await;
    let found = found.map_err(|error| services.refusals.store(&error))?;
    found.ok_or_else(|| not_found(services).into())
}

/// A page below "Platforms".
fn below_platforms(
    status: StatusCode,
    administrator: &Administrator,
    title: impl Into<String>,
    above: Option<&Registration>,
    content: Content,
) -> Response {
    let mut trail = vec![("/admin/platforms".to_owned(), "Platforms".to_owned())];
    trail.extend(above.map(|above| (address_of(above), above.name.clone())));
    let shell = Shell { frame: administrator.0.frame(), title: title.into(), section: Section::Platforms, trail };
    page(status, shell, content)
}

/// Where a registration's page stands.
fn address_of(registration: &Registration) -> String {
    format!("/admin/registrations/{}", registration.id)
}
