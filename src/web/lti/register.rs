//! `GET /lti/register`: a platform has LTT registered with it, by an invitation. (LTI Dynamic Registration 1.0 §3)
//!
//! The platform opens this address in its administrator's browser and expects it to proceed. The invitation is what makes
//! that safe: without one nothing is fetched and nothing written, and each is good for one registration.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use url::{Url, form_urlencoded};

use super::Refused;
use crate::{
    launch::{
        columns::SCORE_SCOPE,
        enrolment::{self, Enrolled, EnrolmentError},
        invite::{self, Invite, InviteRefused},
        platform::{Family, PlatformError},
        protocol::{
            AddressRefused, Initiation, PlatformConfiguration, RegistrationAnswer, RegistrationRefused, register_tool,
            registering_platform,
        },
    },
    settings::OutboundAllow,
    store::StoreError,
    web::{
        pages::{Message, Registered, registration_page},
        services::{Services, Shared},
    },
};

#[cfg(test)]
mod tests;

/// What came of a registration, all told.
struct Outcome {
    enrolled: Enrolled,
    configuration: PlatformConfiguration,
    answer: RegistrationAnswer,
    source: Url,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Invite(InviteRefused),
    #[error("{0}")]
    Refused(#[from] RegistrationRefused),
    #[error("{0}. Let the platform name an address that everybody can reach.")]
    Address(#[from] AddressRefused),
    #[error("{}", enrolment_advice(.0))]
    Enrolment(#[from] EnrolmentError),
    #[error("LTT could not do this just now ({0}). Try again in a moment.")]
    Store(#[from] StoreError),
    #[error("LTT's own address cannot be used: {0}. Check LTT_PUBLIC_URL.")]
    OwnAddress(#[from] url::ParseError),
    #[error("LTT stopped while it was at it. Try again in a moment.")]
    Interrupted,
}

fn enrolment_advice(error: &EnrolmentError) -> String {
    format!(
        "The platform registered LTT, but LTT did not take the platform: {error}. Delete LTT in the platform again."
    )
}

impl Failure {
    fn code(&self) -> &'static str {
        match self {
            Self::Invite(refused) => refused.code(),
            Self::Refused(refused) => refused.code(),
            Self::Address(_) => "address_refused",
            Self::Enrolment(EnrolmentError::InviteGone) => "invite_revoked",
            Self::Enrolment(EnrolmentError::AlreadyPending { .. }) => "already_pending",
            Self::Enrolment(EnrolmentError::Platform(PlatformError::Duplicate { .. })) => "already_registered",
            Self::Enrolment(EnrolmentError::Platform(PlatformError::Invalid(_))) => "configuration_malformed",
            Self::Enrolment(EnrolmentError::Platform(PlatformError::Store(_))) | Self::Store(_) => "storage_failed",
            Self::OwnAddress(_) => "public_url_unusable",
            Self::Interrupted => "interrupted",
        }
    }

    fn rule(&self) -> &'static str {
        match self {
            Self::Refused(refused) => refused.rule(),
            Self::Address(_) | Self::Enrolment(_) => "LTI Dynamic Registration 1.0 §3.5",
            Self::Invite(_) => "an invitation is good for one registration",
            Self::Store(_) | Self::OwnAddress(_) | Self::Interrupted => "none: LTT's own fault",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Invite(_) => StatusCode::FORBIDDEN,
            Self::Refused(RegistrationRefused::Parameter(_)) => StatusCode::BAD_REQUEST,
            Self::Refused(_) | Self::Address(_) => StatusCode::BAD_GATEWAY,
            Self::Enrolment(EnrolmentError::Platform(PlatformError::Store(_)))
            | Self::Store(_)
            | Self::OwnAddress(_)
            | Self::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
            Self::Enrolment(_) => StatusCode::CONFLICT,
        }
    }
}

/// A registration.
pub async fn handler(State(services): State<Shared>, RawQuery(query): RawQuery) -> Response {
    let query = query.unwrap_or_default();
    match registered(&services, query.as_bytes()).await {
        Ok(outcome) => registration_page(told(&services, &outcome)),
        Err(failure) => refused(&services, &failure).await,
    }
}

async fn registered(services: &Shared, query: &[u8]) -> Result<Outcome, Failure> {
    let secret = form_urlencoded::parse(query).find(|(name, value)| name == "invite" && !value.is_empty());
    let (_, secret) = secret.ok_or(Failure::Invite(InviteRefused::Missing))?;
    let initiation = Initiation::parse(query)?;
    let mut tx = services.db.begin().await?;
    let taken = invite::take(&mut tx, services.clock.now(), &secret).await?;
    tx.commit().await?;
    let invite = taken.map_err(Failure::Invite)?;
    // A browser that goes away meanwhile must not cut it off: the platform may know LTT already.
    let task = tokio::spawn(enrolled(Arc::clone(services), invite, initiation));
    task.await.map_err(|_| Failure::Interrupted)?
}

/// Registers, and gives the invitation back where nothing came of it.
async fn enrolled(services: Shared, invite: Invite, initiation: Initiation) -> Result<Outcome, Failure> {
    let outcome = attempted(&services, &invite, &initiation).await;
    if outcome.is_err() {
        let mut tx = services.db.begin().await?;
        invite::give_back(&mut tx, &invite).await?;
        tx.commit().await?;
    }
    outcome
}

async fn attempted(services: &Services, invite: &Invite, initiation: &Initiation) -> Result<Outcome, Failure> {
    let http = services.lti.http();
    let configuration = registering_platform(http, initiation).await?;
    // What is called later is looked at now, so that nobody learns of it by a launch that fails.
    for address in [&configuration.token_endpoint, &configuration.jwks_uri, &configuration.authorization_endpoint] {
        http.check(address)?;
    }
    let tool = enrolment::description(&services.settings.public_url)?;
    let answer = register_tool(http, initiation, &configuration, &tool).await?;
    let proposal = enrolment::proposal(invite, &configuration, &answer);
    let loopback = services.settings.outbound_allow == OutboundAllow::Loopback;
    let now = services.clock.now();
    let mut tx = services.db.begin().await?;
    let enrolled = enrolment::conclude(&mut tx, &services.entropy, now, invite, proposal, loopback).await?;
    tx.commit().await?;
    tracing::info!(issuer = configuration.issuer, client_id = answer.client_id, invite = %invite.id, "registered");
    let source = initiation.configuration_url.clone();
    Ok(Outcome { enrolled, configuration, answer, source })
}

/// What the administrator reads.
fn told(services: &Services, outcome: &Outcome) -> Registered {
    let Outcome { enrolled, configuration, answer, source } = outcome;
    let mut steps = Vec::new();
    let (title, sentence, family) = match enrolled {
        Enrolled::Active(registration) => (
            "LTT is registered",
            format!("The platform and LTT know each other now, as \"{}\".", registration.name),
            registration.family,
        ),
        Enrolled::Pending(pending) => {
            steps.push(format!(
                "Ask the administrator of LTT at {} to approve it. Until then nobody can come in.",
                services.settings.origin()
            ));
            let sentence =
                format!("LTT is registered in the platform, and waits for approval as \"{}\".", pending.proposal.name);
            ("LTT waits for approval", sentence, pending.proposal.family)
        }
    };
    steps.extend(next_step(family).map(str::to_owned));
    if answer.scopes.as_ref().is_some_and(|scopes| !scopes.iter().any(|scope| scope == SCORE_SCOPE)) {
        steps.push("The platform did not grant that LTT sends scores: allow it there, or no grade arrives.".to_owned());
    }
    steps.push("In each activity, set the custom parameter \"project\" to the name of a project.".to_owned());
    Registered { title: title.to_owned(), sentence, steps, origins: origins(configuration, source) }
}

/// What the platform still asks of its administrator.
fn next_step(family: Family) -> Option<&'static str> {
    match family {
        Family::Moodle => Some("Back in Moodle, press Activate on the card of the tool."),
        Family::Canvas => {
            Some("Back in Canvas, look the settings over and enable the tool; then install it by its client id.")
        }
        Family::Brightspace => Some("Back in Brightspace, enable the registration, and make a deployment for it."),
        Family::Blackboard => Some("In the school's Blackboard, add the tool by its client id, and approve it."),
        Family::Sakai => Some("Back in Sakai, allow the tool to return grades, and save it."),
        Family::OpenEdx | Family::Other => None,
    }
}

/// Where the page that opened this one may stand.
fn origins(configuration: &PlatformConfiguration, source: &Url) -> Vec<String> {
    let issuer = Url::parse(&configuration.issuer).ok();
    let addresses = [Some(source), issuer.as_ref(), Some(&configuration.registration_endpoint)];
    let origins = addresses.into_iter().flatten().map(Url::origin).filter(url::Origin::is_tuple);
    origins.map(|origin| origin.ascii_serialization()).collect::<BTreeSet<_>>().into_iter().collect()
}

async fn refused(services: &Services, failure: &Failure) -> Response {
    let entry = Refused::entry(services, failure.code(), format!("{failure} ({})", failure.rule()));
    let page = Message {
        title: "LTT was not registered".to_owned(),
        sentence: failure.to_string(),
        advice: match failure {
            Failure::Invite(_) => "Nothing was changed.".to_owned(),
            _ => "The invitation can be used again. The administrator of LTT finds the case by the reference below."
                .to_owned(),
        },
        ..Message::default()
    };
    Refused { status: failure.status(), page, entry }.answer(services).await
}
