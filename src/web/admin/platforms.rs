//! `/admin/platforms`: every platform with its registrations.

use std::collections::HashMap;

use app::model::admin::{PlatformRow, PlatformsPage, RegistrationRow, Section};
use axum::{extract::State, http::StatusCode, response::Response};
use uuid::Uuid;

use super::shown;
use crate::{
    accounts::organisation,
    launch::{
        log::{self, Entry},
        platform::{self, Platform, Registration},
    },
    store::StoreError,
    web::{
        pages::admin::{Content, Shell, page},
        services::{Services, Shared},
        visitor::{Administrator, Refused, Visitor},
    },
};

/// The page.
pub async fn show(State(services): State<Shared>, administrator: Administrator) -> Result<Response, Refused> {
    let Administrator(visitor) = administrator;
    let content = read(&services, &visitor).await.map_err(|error| services.refusals.store(&error))?;
    let shell =
        Shell { frame: visitor.frame(), title: "Platforms".to_owned(), section: Section::Platforms, trail: Vec::new() };
    Ok(page(StatusCode::OK, shell, Content::Platforms(content)))
}

async fn read(services: &Services, visitor: &Visitor) -> Result<PlatformsPage, StoreError> {
    let mut tx = services.db.read().await?;
    let platforms = platform::platforms_within(&mut tx, visitor.within()).await?;
    let organisations: HashMap<Uuid, String> = organisation::all(&mut tx)
        .await?
        .into_iter()
        .map(|organisation| (organisation.id, organisation.name))
        .collect();
    let mut rows = Vec::with_capacity(platforms.len());
    for (platform, registrations) in platforms {
        let mut last = HashMap::new();
        for registration in &registrations {
            if let Some(entry) = log::newest_of(&mut tx, registration.id, 1).await?.pop() {
                last.insert(registration.id, entry);
            }
        }
        rows.push(row(platform, &registrations, &last, &organisations));
    }
    Ok(PlatformsPage {
        platforms: rows,
        shows_organisations: visitor.account.organisation_id.is_none() && !organisations.is_empty(),
    })
}

fn row(
    platform: Platform,
    registrations: &[Registration],
    last: &HashMap<Uuid, Entry>,
    organisations: &HashMap<Uuid, String>,
) -> PlatformRow {
    let of_registration = |registration: &Registration| {
        let last = last.get(&registration.id);
        RegistrationRow {
            id: registration.id.to_string(),
            name: registration.name.clone(),
            client_id: registration.client_id.clone(),
            state: shown::state(registration, last.map(|entry| &*entry.outcome)),
            last_launch: last.map(|entry| entry.at),
        }
    };
    PlatformRow {
        name: platform.name,
        issuer: platform.issuer,
        organisation: platform.organisation_id.and_then(|id| organisations.get(&id).cloned()),
        registrations: registrations.iter().map(of_registration).collect(),
    }
}
