//! A launch from a cell of the gradebook: whoever teaches comes to that learner's work, the learner to what they handed in.

use axum::http::StatusCode;

use super::{
    Refused,
    launch::{TurnedAway, Way, entry_of},
};
use crate::{
    launch::{
        arrival::{self, Arrival, ArrivalError},
        binding::Binding,
        log, policy,
        protocol::{Launch, SubmissionReview},
        review::{self, Reviewer},
        session,
        storage::Storage,
    },
    web::{pages::Message, services::Shared},
};

/// Why a cell leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nothing {
    /// It is somebody else's work, and whoever came does not teach.
    NotTheirs,
    /// Nothing was done there yet.
    NoWork,
}

/// Writes such a launch down, and gives the way to the work.
pub(super) async fn begun(
    services: &Shared,
    launch: &Launch<Storage>,
    review: &SubmissionReview,
    binding: Binding,
    reference: String,
) -> Result<Result<Way, Nothing>, ArrivalError> {
    let (registration, claims, now) = (&launch.registered.registration, &launch.claims, services.clock.now());
    let mut tx = services.db.begin().await?;
    let policy = policy::of(&mut tx, registration.id).await?;
    if Reviewer::of(&policy, claims, review).is_none() {
        return Ok(Err(Nothing::NotTheirs));
    }
    let Some(reviewed) = review::behind(&mut tx, registration, claims, review).await? else {
        return Ok(Err(Nothing::NoWork));
    };
    let resource_link = &reviewed.resource_link;
    let arrival = Arrival { registration, claims, resource_link, target: &launch.target_link_uri, binding };
    let arrived = arrival::record(&mut tx, &services.catalog, &services.entropy, now, &arrival).await?;
    review::note(&mut tx, arrived.launch, reviewed.work).await?;
    let issued = session::issue_code(&mut tx, &services.entropy, now, arrived.launch).await?;
    let entry = entry_of(services, launch, binding, reference, log::LAUNCHED, arrived.notes.join("; "));
    log::write(&mut tx, &entry).await?;
    tx.commit().await?;
    tracing::info!(reference = entry.reference, "a cell of the gradebook was opened");
    Ok(Ok(Way::to_activity(&issued)))
}

/// The page of somebody whom a cell leads nowhere.
pub(super) fn nowhere(services: &Shared, launch: &Launch<Storage>, nothing: Nothing) -> TurnedAway {
    let (status, code, explanation, title, sentence) = match nothing {
        Nothing::NotTheirs => (
            StatusCode::FORBIDDEN,
            "review_not_allowed",
            "Somebody opened another learner's cell of the gradebook, and by their roles they do not teach the course. If they do, \
             let the role count as `instructor` in the registration's role table.",
            "This is somebody else's work",
            "Your course says that you do not teach in it, so you see your own work only.",
        ),
        Nothing::NoWork => (
            StatusCode::NOT_FOUND,
            "review_without_work",
            "A cell of the gradebook was opened, and LTT knows no work of that learner that is scored in its column.",
            "There is nothing to see here yet",
            "This learner has not begun the activity behind this column.",
        ),
    };
    let registration = &launch.registered.registration;
    let mut entry = Refused::entry(services, code, explanation.to_owned());
    entry.registration_id = Some(registration.id);
    entry.issuer = Some(registration.issuer.clone());
    entry.client_id = Some(registration.client_id.clone());
    let page = Message {
        title: title.to_owned(),
        sentence: sentence.to_owned(),
        advice: "Go back to your course. If you think that this is wrong, tell the administrator of LTT the reference below."
            .to_owned(),
        ..Message::default()
    };
    TurnedAway { refused: Refused { status, page, entry }, return_url: None }
}
