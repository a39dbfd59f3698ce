//! `/admin/invitations`: links by which platforms register LTT by themselves, and what waits for approval.

use app::model::{
    admin::{Field, Section},
    enrolment::{InvitationForm, InvitationRow, InvitationsPage, PendingRow},
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::TimeDelta;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    address_of,
    entry::{may_be_loopback, organisation_of, organisations},
    not_found,
};
use crate::{
    launch::{
        enrolment::{self, Pending},
        invite::{self, Invite, InviteState, NewInvite},
        platform::PlatformError,
    },
    store::Tx,
    web::{
        pages::admin::{Content, Shell, page},
        services::{Services, Shared},
        visitor::{Administrator, Refused, Sent},
    },
};

/// A new invitation as a form sends it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    days: String,
    approve: Option<String>,
    organisation: Option<String>,
}

impl Default for Typed {
    fn default() -> Self {
        let days = invite::LIFETIME.num_days().to_string();
        Self { name: String::new(), days, approve: None, organisation: None }
    }
}

impl Typed {
    /// For how long it is good, or what is wrong with that.
    fn lifetime(&self) -> Result<TimeDelta, String> {
        let longest = invite::LONGEST_LIFETIME.num_days();
        let days = self.days.trim().parse().ok().filter(|days| (1..=longest).contains(days));
        days.map(TimeDelta::days).ok_or_else(|| format!("give a number of days from 1 to {longest}"))
    }

    fn problem_of_name(&self) -> Option<String> {
        let name = self.name.trim();
        let is_usable = name.len() <= invite::LONGEST_NAME && !name.contains(char::is_control);
        (!is_usable).then(|| format!("give a text of at most {} characters", invite::LONGEST_NAME))
    }
}

/// The page.
pub async fn show(State(services): State<Shared>, administrator: Administrator) -> Result<Response, Refused> {
    let mut tx = services.db.read().await.map_err(|error| services.refusals.store(&error))?;
    shown(&services, &mut tx, &administrator, StatusCode::OK, Typed::default(), None).await
}

async fn shown(
    services: &Services,
    tx: &mut Tx,
    administrator: &Administrator,
    status: StatusCode,
    typed: Typed,
    link: Option<String>,
) -> Result<Response, Refused> {
    let Administrator(visitor) = administrator;
    let refused = |error| services.refusals.store(&error);
    let now = services.clock.now();
    let organisations = organisations(tx, visitor, typed.organisation.as_deref()).await.map_err(refused)?;
    let invitations = invite::all(tx, visitor.within()).await.map_err(refused)?;
    let pending = enrolment::pending(tx, visitor.within()).await.map_err(refused)?;
    let is_refused = !status.is_success();
    let content = InvitationsPage {
        link,
        pending: pending.into_iter().map(waiting).collect(),
        invitations: invitations.into_iter().map(|invite| row(invite, now)).collect(),
        form: InvitationForm {
            name: Field { problem: typed.problem_of_name().filter(|_| is_refused), value: typed.name.clone() },
            days: Field { problem: typed.lifetime().err().filter(|_| is_refused), value: typed.days },
            approve: typed.approve.is_some(),
            organisations,
        },
    };
    let title = "Invitations".to_owned();
    let trail = vec![("/admin/platforms".to_owned(), "Platforms".to_owned())];
    let shell = Shell { frame: visitor.frame(), title, section: Section::Platforms, trail };
    Ok(page(status, shell, Content::Invitations(content)))
}

fn row(invite: Invite, now: chrono::DateTime<chrono::Utc>) -> InvitationRow {
    let state = invite.state(now);
    InvitationRow {
        id: invite.id.to_string(),
        state: state.name(),
        is_open: matches!(state, InviteState::Open | InviteState::UnderWay),
        name: invite.name,
        approve: invite.approve,
        expires_at: invite.expires_at,
    }
}

fn waiting(Pending { id, proposal, created_at }: Pending) -> PendingRow {
    PendingRow {
        id: id.to_string(),
        name: proposal.name,
        values: vec![
            ("Learning platform", proposal.family.name().to_owned()),
            ("Issuer", proposal.issuer),
            ("Client id", proposal.client_id),
            ("Authorization address", proposal.auth_url),
            ("Token address", proposal.token_url),
            ("Key set address", proposal.jwks_url),
        ],
        since: created_at,
    }
}

/// Makes an invitation. Its link is on the answer and nowhere else, so there is no redirect.
pub async fn create(
    State(services): State<Shared>,
    administrator: Administrator,
    Sent(typed): Sent<Typed>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (Ok(lifetime), None) = (typed.lifetime(), typed.problem_of_name()) else {
        return shown(&services, &mut tx, &administrator, StatusCode::UNPROCESSABLE_ENTITY, typed, None).await;
    };
    let chosen = typed.organisation.as_deref();
    let organisation_id = organisation_of(&mut tx, &administrator.0, chosen).await.map_err(refused)?;
    let name = Some(typed.name.trim().to_owned()).filter(|name| !name.is_empty());
    let new = NewInvite { name, approve: typed.approve.is_some(), organisation_id, lifetime };
    let now = services.clock.now();
    let (_, secret) = invite::create(&mut tx, &services.entropy, now, new).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    let link = invite::link(&services.settings.origin(), &secret);
    let mut tx = services.db.read().await.map_err(refused)?;
    shown(&services, &mut tx, &administrator, StatusCode::OK, Typed::default(), Some(link)).await
}

/// Takes an invitation back.
pub async fn revoke(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let id: Uuid = id.parse().map_err(|_| not_found(&services))?;
    let mut tx = services.db.begin().await.map_err(refused)?;
    let within = administrator.0.within();
    if !invite::revoke(&mut tx, within, services.clock.now(), id).await.map_err(refused)? {
        return Err(not_found(&services).into());
    }
    tx.commit().await.map_err(refused)?;
    Ok(Redirect::to("/admin/invitations?done=revoked").into_response())
}

/// Makes a registration of one that waits.
pub async fn approve(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let id: Uuid = id.parse().map_err(|_| not_found(&services))?;
    let (within, now, loopback) = (administrator.0.within(), services.clock.now(), may_be_loopback(&services));
    let mut tx = services.db.begin().await.map_err(refused)?;
    match enrolment::approve(&mut tx, &services.entropy, now, within, id, loopback).await {
        Ok(Some(registration)) => {
            tx.commit().await.map_err(refused)?;
            Ok(Redirect::to(&format!("{}?done=approved", address_of(&registration))).into_response())
        }
        Ok(None) => Err(not_found(&services).into()),
        Err(PlatformError::Store(error)) => Err(services.refusals.store(&error).into()),
        Err(error @ (PlatformError::Invalid(_) | PlatformError::Duplicate { .. })) => {
            let message = format!("It cannot be approved: {error}. Reject it, and delete LTT in the platform.");
            Err(services.refusals.say(StatusCode::CONFLICT, "already_registered", message).into())
        }
    }
}

/// Forgets a registration that waits.
pub async fn reject(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let id: Uuid = id.parse().map_err(|_| not_found(&services))?;
    let mut tx = services.db.begin().await.map_err(refused)?;
    if !enrolment::reject(&mut tx, administrator.0.within(), id).await.map_err(refused)? {
        return Err(not_found(&services).into());
    }
    tx.commit().await.map_err(refused)?;
    Ok(Redirect::to("/admin/invitations?done=rejected").into_response())
}
