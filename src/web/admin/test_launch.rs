//! `/admin/registrations/{id}/test`: does it work, and if not, which value is wrong?

use app::model::admin::{Check, TestPage};
use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use chrono::DateTime;
use serde::Deserialize;

use super::{below_platforms, seen, shown};
use crate::{
    launch::{
        log,
        platform::Registration,
        reachability::{self, Tried},
    },
    web::{
        pages::admin::Content,
        services::Shared,
        visitor::{Administrator, Refused, asked},
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    /// Seconds since 1970.
    since: Option<i64>,
}

fn page(administrator: &Administrator, registration: &Registration, page: TestPage) -> Response {
    let title = format!("Test {}", registration.name);
    below_platforms(StatusCode::OK, administrator, title, Some(registration), Content::TestLaunch(page))
}

/// What came of launches since the addresses were tried.
pub async fn show(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.read().await.map_err(refused)?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    let since = asked::<Asked>(&uri).since.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let launches = match since {
        Some(since) => {
            // On an issuer that others share, somebody else's mistaken client id is none of an organisation's business.
            let sees_all = administrator.0.within().organisation().is_none();
            let issuer = sees_all.then_some(&*registration.issuer);
            let entries = log::since(&mut tx, since, registration.id, &registration.client_id, issuer).await;
            Some(shown::entries(entries.map_err(refused)?, std::slice::from_ref(&registration)))
        }
        None => None,
    };
    let content = TestPage {
        id: registration.id.to_string(),
        name: registration.name.clone(),
        checks: Vec::new(),
        since: since.map(|since| since.timestamp().to_string()),
        launches,
    };
    Ok(page(&administrator, &registration, content))
}

/// Tries the addresses, and watches launches from now on.
pub async fn run(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let mut tx = services.db.read().await.map_err(|error| services.refusals.store(&error))?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    drop(tx);
    let now = services.clock.now();
    let tried = reachability::try_all(services.lti.http(), &registration, now).await;
    let content = TestPage {
        id: registration.id.to_string(),
        name: registration.name.clone(),
        checks: tried.into_iter().map(check).collect(),
        since: Some(now.timestamp().to_string()),
        launches: None,
    };
    Ok(page(&administrator, &registration, content))
}

fn check(tried: Tried) -> Check {
    let (field, label) = shown::form_field(tried.field);
    Check { field, label, address: tried.address.to_string(), is_good: tried.is_good, finding: tried.finding }
}
