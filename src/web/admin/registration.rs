//! `/admin/registrations/{id}`: everything about a registration, and taking it out of use for a while.

use app::model::admin::{Health, KeyFetch, RegistrationPage};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, TimeDelta, Utc};

use super::{address_of, below_platforms, deployments, seen, shown};
use crate::{
    accounts::organisation,
    launch::{
        log::{self, LAUNCHED},
        platform::{self, Platform, Registration},
    },
    store::{StoreError, Tx},
    web::{
        pages::admin::Content,
        services::{Services, Shared},
        visitor::{Administrator, Refused},
    },
};

/// For how many days launches are counted.
const DAYS: i64 = 7;
/// How many lines of the log are shown.
const ENTRIES: i64 = 20;

/// The page.
pub async fn show(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.read().await.map_err(refused)?;
    let (platform, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    let page = read(&services, &mut tx, &platform, &registration).await.map_err(refused)?;
    let title = registration.name;
    Ok(below_platforms(StatusCode::OK, &administrator, title, None, Content::Registration(page)))
}

async fn read(
    services: &Services,
    tx: &mut Tx,
    platform: &Platform,
    registration: &Registration,
) -> Result<RegistrationPage, StoreError> {
    let log = log::newest_of(tx, registration.id, ENTRIES).await?;
    let organisation = match platform.organisation_id {
        Some(id) => organisation::find(tx, id).await?.map(|organisation| organisation.name),
        None => None,
    };
    Ok(RegistrationPage {
        id: registration.id.to_string(),
        name: registration.name.clone(),
        platform: platform.name.clone(),
        organisation,
        state: shown::state(registration, log.first().map(|entry| &*entry.outcome)),
        own: shown::own_values(&services.settings),
        theirs: theirs(registration),
        deployments: deployments::shown(tx, registration).await?,
        health: health(services, tx, registration).await?,
        log: shown::entries(log, std::slice::from_ref(registration)),
    })
}

fn theirs(registration: &Registration) -> Vec<(&'static str, String)> {
    let listed = |values: &[String], none: &str| {
        if values.is_empty() { none.to_owned() } else { values.join(", ") }
    };
    let audience = registration.token_audience.clone();
    vec![
        ("Learning platform", registration.family.name().to_owned()),
        ("Issuer", registration.issuer.clone()),
        ("Client id", registration.client_id.clone()),
        ("Client secret", "LTI 1.3 has none: both sides sign with keys that they publish".to_owned()),
        ("Authorization address", registration.auth_url.to_string()),
        ("Token address", registration.token_url.to_string()),
        ("Token audience", audience.unwrap_or_else(|| "the token address".to_owned())),
        ("Key set address", registration.jwks_url.to_string()),
        ("Sites that show LTT", listed(&registration.frame_ancestors, "the platform's own, and any https site")),
        ("Grades go to", registration.grade_columns.told().to_owned()),
        ("Hosts sent its tokens", listed(&registration.service_hosts, "those of the addresses above")),
    ]
}

async fn health(services: &Services, tx: &mut Tx, registration: &Registration) -> Result<Health, StoreError> {
    let since = services.clock.now() - TimeDelta::days(DAYS);
    let tallies = log::tally(tx, registration.id, since).await?;
    let newest = log::newest_of(tx, registration.id, 1).await?;
    let mut health = Health { days: DAYS, ..Health::default() };
    for tally in tallies {
        if tally.outcome == LAUNCHED {
            health.launched += tally.count;
            let rung = tally.binding.as_deref().map_or("unknown", shown::rung);
            health.rungs.push((rung.to_owned(), tally.count));
        } else {
            match health.refusals.iter_mut().find(|(code, _)| *code == tally.outcome) {
                Some((_, count)) => *count += tally.count,
                None => health.refusals.push((tally.outcome, tally.count)),
            }
        }
    }
    health.clock_difference = newest.first().and_then(|entry| entry.clock_difference_seconds);
    health.keys = services.lti.key_set_status(&registration.jwks_url).and_then(|known| {
        let (failed_at, problem) = known.failed.map(|(at, error)| (at, error.to_string())).unzip();
        Some(KeyFetch { at: failed_at.or(known.fetched_at)?, keys: known.keys, problem })
    });
    Ok(health)
}

/// Refuses its launches from now on.
pub async fn disable(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let now = services.clock.now();
    set(&services, &administrator, &id, Some(now), "disabled").await
}

/// Takes its launches again.
pub async fn enable(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    set(&services, &administrator, &id, None, "enabled").await
}

async fn set(
    services: &Services,
    administrator: &Administrator,
    id: &str,
    disabled_at: Option<DateTime<Utc>>,
    done: &str,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (_, registration) = seen(services, &mut tx, administrator, id).await?;
    platform::set_disabled(&mut tx, registration.id, disabled_at).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    Ok(Redirect::to(&format!("{}?done={done}", address_of(&registration))).into_response())
}
