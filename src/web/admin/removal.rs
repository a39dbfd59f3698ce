//! `/admin/registrations/{id}/delete`: for good, once its name has been typed.

use app::model::admin::{Field, RemovalPage};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{below_platforms, seen};
use crate::{
    launch::platform::{self, Registration},
    store::Tx,
    web::{
        pages::admin::Content,
        services::{Services, Shared},
        visitor::{Administrator, Refused, Sent},
    },
};

/// What goes with it, and whether it is meant.
pub async fn ask(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let mut tx = services.db.read().await.map_err(|error| services.refusals.store(&error))?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    shown(&services, &mut tx, &administrator, &registration, StatusCode::OK, Field::default()).await
}

async fn shown(
    services: &Services,
    tx: &mut Tx,
    administrator: &Administrator,
    registration: &Registration,
    status: StatusCode,
    typed: Field,
) -> Result<Response, Refused> {
    let dependents = platform::dependents(tx, registration).await;
    let dependents = dependents.map_err(|error| services.refusals.store(&error))?;
    let page = RemovalPage {
        id: registration.id.to_string(),
        name: registration.name.clone(),
        learners: dependents.learners,
        launches: dependents.launches,
        is_last: dependents.is_last,
        typed,
    };
    let title = format!("Delete {}", registration.name);
    Ok(below_platforms(status, administrator, title, Some(registration), Content::Removal(page)))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    typed: String,
}

/// Deletes it.
pub async fn remove(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    Sent(Typed { typed }): Sent<Typed>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    if typed.trim() != registration.name {
        let problem = Some("type the name exactly as it stands above".to_owned());
        let (status, typed) = (StatusCode::UNPROCESSABLE_ENTITY, Field { value: typed, problem });
        return shown(&services, &mut tx, &administrator, &registration, status, typed).await;
    }
    platform::remove(&mut tx, &registration).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    tracing::info!(registration = %registration.id, account = %administrator.0.account.id, "a registration was deleted");
    Ok(Redirect::to("/admin/platforms?done=deleted").into_response())
}
