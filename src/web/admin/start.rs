//! `/admin`: first steps, and what wants attention.

use app::model::admin::{Section, StartPage, Steps};
use axum::{extract::State, http::StatusCode, response::Response};

use super::{address_of, shown};
use crate::{
    launch::{
        deployment, enrolment, log,
        platform::{self, Registration},
    },
    learning::project::catalog,
    store::{StoreError, Tx},
    web::{
        pages::admin::{Content, Shell, page},
        services::{Services, Shared},
        visitor::{Administrator, Refused, Visitor},
    },
};

/// How many refused launches are shown.
const REFUSED: i64 = 5;

/// The page.
pub async fn show(State(services): State<Shared>, administrator: Administrator) -> Result<Response, Refused> {
    let Administrator(visitor) = administrator;
    let content = read(&services, &visitor).await.map_err(|error| services.refusals.store(&error))?;
    let title = if content.steps.are_done() { "Overview" } else { "First steps" };
    let shell = Shell { frame: visitor.frame(), title: title.to_owned(), section: Section::Start, trail: Vec::new() };
    Ok(page(StatusCode::OK, shell, Content::Start(content)))
}

async fn read(services: &Services, visitor: &Visitor) -> Result<StartPage, StoreError> {
    let mut tx = services.db.read().await?;
    let platforms = platform::platforms_within(&mut tx, visitor.within()).await?;
    let registrations: Vec<_> = platforms.iter().flat_map(|(_, registrations)| registrations).cloned().collect();
    let steps = Steps {
        platform: !registrations.is_empty(),
        project: !catalog::projects(&mut tx).await?.is_empty(),
        launch: platform::was_launched(&mut tx, visitor.within()).await?,
    };
    let refused = log::newest_within(&mut tx, visitor.within().organisation(), true, REFUSED).await?;
    let waiting = waiting(&mut tx, visitor, &registrations).await?;
    Ok(StartPage {
        steps,
        waiting,
        platforms: platforms.len(),
        registrations: registrations.len(),
        refused: shown::entries(refused, &registrations),
    })
}

/// What an administrator has to decide before people can come in.
async fn waiting(
    tx: &mut Tx,
    visitor: &Visitor,
    registrations: &[Registration],
) -> Result<Vec<(String, String)>, StoreError> {
    let pending = enrolment::pending(tx, visitor.within()).await?.into_iter().map(|pending| {
        let sentence = format!("{} has registered LTT, and waits for your approval", pending.proposal.name);
        (sentence, "/admin/invitations#pending".to_owned())
    });
    let mut waiting: Vec<_> = pending.collect();
    for registration in registrations {
        let deployments = deployment::waiting(tx, registration.id).await?.len();
        if deployments > 0 {
            let sentence = format!("{}: {deployments} deployment(s) wait for your approval", registration.name);
            waiting.push((sentence, format!("{}#deployments", address_of(registration))));
        }
    }
    Ok(waiting)
}
