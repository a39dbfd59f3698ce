//! `/admin/registrations/{id}/deployments/…`: which deployments may launch, and what happens to new ones.

use app::model::{admin::Choice, enrolment::Deployments};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{address_of, not_found, seen};
use crate::{
    launch::{
        deployment,
        platform::{DeploymentPolicy, Registration},
    },
    store::{StoreError, Tx},
    web::{
        services::Shared,
        visitor::{Administrator, Refused, Sent},
    },
};

/// Each policy with its word in forms and its label.
const POLICIES: [(DeploymentPolicy, &str, &str); 3] = [
    (DeploymentPolicy::Learn, "learn", "are taken over at their first launch"),
    (DeploymentPolicy::Approve, "approve", "wait for my approval"),
    (DeploymentPolicy::Closed, "closed", "are refused"),
];

/// The deployments of a registration, as they are shown.
pub async fn shown(tx: &mut Tx, registration: &Registration) -> Result<Deployments, StoreError> {
    let choice = |(policy, value, label): (DeploymentPolicy, &str, &str)| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen: policy == registration.deployment_policy,
    };
    let waiting = deployment::waiting(tx, registration.id).await?;
    Ok(Deployments {
        policies: POLICIES.into_iter().map(choice).collect(),
        known: registration.deployments.clone(),
        waiting: waiting.into_iter().map(|waiting| (waiting.deployment_id, waiting.first_seen_at)).collect(),
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    deployment: String,
    policy: String,
}

/// Lets a deployment that waits launch.
pub async fn approve(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    Sent(typed): Sent<Typed>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    let waiting = deployment::waiting(&mut tx, registration.id).await.map_err(refused)?;
    if !waiting.iter().any(|waiting| waiting.deployment_id == typed.deployment) {
        return Err(not_found(&services).into());
    }
    let now = services.clock.now();
    let approved = deployment::approve(&mut tx, &services.entropy, now, registration.id, &typed.deployment).await;
    approved.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    Ok(back(&registration, "deployment-approved"))
}

/// Takes a deployment away.
pub async fn remove(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    Sent(typed): Sent<Typed>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    if !deployment::remove(&mut tx, registration.id, &typed.deployment).await.map_err(refused)? {
        return Err(not_found(&services).into());
    }
    tx.commit().await.map_err(refused)?;
    Ok(back(&registration, "deployment-removed"))
}

/// Decides what happens to new deployments.
pub async fn set_policy(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    Sent(typed): Sent<Typed>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let policy = POLICIES.into_iter().find(|(_, word, _)| *word == typed.policy);
    let (policy, ..) = policy.ok_or_else(|| not_found(&services))?;
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    deployment::set_policy(&mut tx, registration.id, policy).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    Ok(back(&registration, "saved"))
}

fn back(registration: &Registration, done: &str) -> Response {
    Redirect::to(&format!("{}?done={done}#deployments", address_of(registration))).into_response()
}
