//! `/admin/log`: from a reference to its cause.

use app::model::admin::{LogPage, Section};
use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::Response,
};
use serde::Deserialize;

use super::shown;
use crate::{
    launch::{
        log::{self, Entry},
        platform::{self, Registration},
    },
    store::StoreError,
    web::{
        pages::admin::{Content, Shell, page},
        services::{Services, Shared},
        visitor::{Administrator, Refused, Visitor, asked},
    },
};

/// How many entries are shown.
const ENTRIES: i64 = 50;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    reference: String,
}

/// The page.
pub async fn show(
    State(services): State<Shared>,
    Administrator(visitor): Administrator,
    uri: Uri,
) -> Result<Response, Refused> {
    let Asked { reference } = asked(&uri);
    let reference: String = reference.trim().chars().take(60).collect();
    let (entries, registrations) =
        read(&services, &visitor, &reference).await.map_err(|error| services.refusals.store(&error))?;
    let content =
        LogPage { reference, entries: shown::entries(entries, &registrations), days: log::RETENTION.num_days() };
    let shell =
        Shell { frame: visitor.frame(), title: "Launch log".to_owned(), section: Section::Log, trail: Vec::new() };
    Ok(page(StatusCode::OK, shell, Content::Log(content)))
}

async fn read(
    services: &Services,
    visitor: &Visitor,
    reference: &str,
) -> Result<(Vec<Entry>, Vec<Registration>), StoreError> {
    let mut tx = services.db.read().await?;
    let platforms = platform::platforms_within(&mut tx, visitor.within()).await?;
    let registrations: Vec<Registration> = platforms.into_iter().flat_map(|(_, registrations)| registrations).collect();
    let entries = if reference.is_empty() {
        log::newest_within(&mut tx, visitor.within().organisation(), false, ENTRIES).await?
    } else {
        let is_seen = |entry: &Entry| {
            visitor.within().organisation().is_none()
                || registrations.iter().any(|registration| Some(registration.id) == entry.registration_id)
        };
        log::find(&mut tx, reference).await?.into_iter().filter(is_seen).collect()
    };
    Ok((entries, registrations))
}
