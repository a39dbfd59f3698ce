//! Deep Linking's way in: an author is sent from the course to choose what to place. (Deep Linking 2.0 §4.4)

use axum::http::StatusCode;

use super::super::{
    Refused,
    launch::{TurnedAway, Way, entry_of},
};
use crate::{
    launch::{
        arrival::ArrivalError,
        binding::Binding,
        log,
        placing::{self, Errand, Placing},
        policy,
        protocol::{DeepLinkingRequest, Launch},
        provisioning,
        storage::Storage,
    },
    web::{pages::Message, services::Shared},
};

/// Gives the author a page to choose on; `None` where they do not teach the course.
pub(in crate::web::lti) async fn begun(
    services: &Shared,
    launch: &Launch<Storage>,
    request: &DeepLinkingRequest,
    binding: Binding,
    reference: String,
) -> Result<Option<Way>, ArrivalError> {
    let (registration, claims) = (&launch.registered.registration, &launch.claims);
    let mut tx = services.db.begin().await?;
    let policy = policy::of(&mut tx, registration.id).await?;
    if !provisioning::teaches(&policy, claims) {
        return Ok(None);
    }
    provisioning::admit_author(&mut tx, &policy, registration, claims).await??;
    let placing = Placing {
        registration: registration.id,
        deployment_id: claims.deployment_id.clone(),
        errand: Errand::Place(Box::new(request.clone())),
        suggestion: None,
    };
    let issued = placing::issue(&mut tx, &services.entropy, services.clock.now(), &placing).await?;
    let entry = entry_of(services, launch, binding, reference, "choosing", String::new());
    log::write(&mut tx, &entry).await?;
    tx.commit().await?;
    tracing::info!(reference = entry.reference, "an author chooses what to place");
    Ok(Some(Way::to_placing(&issued)))
}

/// The page of somebody who was sent to choose and does not teach the course.
pub(in crate::web::lti) fn not_theirs(services: &Shared, launch: &Launch<Storage>) -> TurnedAway {
    let roles = launch.claims.raw.get("https://purl.imsglobal.org/spec/lti/claim/roles").map(ToString::to_string);
    let explanation = format!(
        "Somebody was to choose what to place, but by their roles ({}) they do not teach the course. If they do, let the role \
         count as `instructor` in the registration's role table.",
        roles.unwrap_or_else(|| "none".to_owned())
    );
    let registration = &launch.registered.registration;
    let mut entry = Refused::entry(services, "placing_not_allowed", explanation);
    entry.registration_id = Some(registration.id);
    entry.issuer = Some(registration.issuer.clone());
    entry.client_id = Some(registration.client_id.clone());
    let page = Message {
        title: "Only teachers can place activities".to_owned(),
        sentence: "Your course says that you do not teach in it, so you cannot choose what to place.".to_owned(),
        advice: "Ask a teacher of the course to place it. If you are one, tell the administrator of LTT the reference below."
            .to_owned(),
        ..Message::default()
    };
    let refused = Refused { status: StatusCode::FORBIDDEN, page, entry };
    TurnedAway { refused, return_url: launch.claims.launch_presentation.return_url.clone() }
}
