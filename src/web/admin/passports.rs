//! `/admin/platforms/passports`: many Open edX blocks at once, all or none.

use app::model::admin::{Field, PassportRow, PassportsPage, PassportsPreview};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use super::{
    below_platforms,
    entry::{may_be_loopback, organisation_of, organisations},
};
use crate::{
    launch::platform::{
        self, PlatformError,
        passports::{self, Block, MOST, Pasted},
    },
    store::{StoreError, Tx},
    web::{
        pages::admin::Content,
        services::{Services, Shared},
        visitor::{Administrator, Refused, Sent},
    },
};

/// The form as it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    text: String,
    name: String,
    frame_ancestor: String,
    organisation: Option<String>,
    step: String,
}

/// An empty form.
pub async fn ask(State(services): State<Shared>, administrator: Administrator) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.read().await.map_err(refused)?;
    let organisations = organisations(&mut tx, &administrator.0, None).await.map_err(refused)?;
    let page = PassportsPage { name: Field::of("Open edX"), organisations, ..PassportsPage::default() };
    Ok(shown(StatusCode::OK, &administrator, page))
}

fn shown(status: StatusCode, administrator: &Administrator, page: PassportsPage) -> Response {
    below_platforms(status, administrator, "Add Open edX blocks", None, Content::Passports(page))
}

/// Reads what was pasted and shows what would be added, or adds it.
pub async fn send(
    State(services): State<Shared>,
    administrator: Administrator,
    Sent(typed): Sent<Typed>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let ancestor = Some(typed.frame_ancestor.trim()).filter(|origin| !origin.is_empty());
    let pasted = passports::read(&typed.text, &typed.name, ancestor);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let preview = preview(&services, &mut tx, &pasted).await.map_err(refused)?;
    let problem = match pasted.blocks.len() {
        0 => Some(
            "nothing here looks like the values of a block; paste them with their labels, such as \"Client:\""
                .to_owned(),
        ),
        count if count > MOST => Some(format!("these are {count} blocks; add at most {MOST} at once")),
        _ => None,
    };
    let can_add = problem.is_none() && preview.addable().is_some();
    if can_add && typed.step == "add" {
        add(&services, &mut tx, &administrator, &typed, pasted.blocks, &preview).await?;
        tx.commit().await.map_err(refused)?;
        return Ok(Redirect::to("/admin/platforms?done=passports").into_response());
    }
    let organisations =
        organisations(&mut tx, &administrator.0, typed.organisation.as_deref()).await.map_err(refused)?;
    let is_wrong = problem.is_some() || typed.step == "add";
    let page = PassportsPage {
        preview: problem.is_none().then_some(preview),
        text: Field { value: typed.text, problem },
        name: Field::of(typed.name),
        frame_ancestor: Field::of(typed.frame_ancestor),
        organisations,
    };
    let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(shown(status, &administrator, page))
}

/// What would come of each block.
async fn preview(services: &Services, tx: &mut Tx, pasted: &Pasted) -> Result<PassportsPreview, StoreError> {
    let mut blocks: Vec<PassportRow> = Vec::with_capacity(pasted.blocks.len());
    for Block { line, registration, missing } in pasted.blocks.iter().take(MOST) {
        let mut problems: Vec<String> = missing.iter().map(|label| format!("\"{label}\" is missing")).collect();
        if missing.is_empty() {
            let wrong = registration.problems(may_be_loopback(services)).into_iter();
            problems.extend(wrong.map(|problem| {
                let (_, label) = super::shown::form_field(problem.field);
                format!("{label}: {}", problem.text)
            }));
        }
        let is_twice =
            blocks.iter().any(|other| other.client_id == registration.client_id && other.issuer == registration.issuer);
        let known = platform::registrations_of(tx, &registration.issuer, Some(&registration.client_id)).await?;
        blocks.push(PassportRow {
            line: *line,
            name: registration.name.clone(),
            client_id: registration.client_id.clone(),
            issuer: registration.issuer.clone(),
            problems,
            is_known: is_twice || !known.is_empty(),
        });
    }
    Ok(PassportsPreview { blocks, unread: pasted.unread.clone() })
}

async fn add(
    services: &Services,
    tx: &mut Tx,
    administrator: &Administrator,
    typed: &Typed,
    blocks: Vec<Block>,
    preview: &PassportsPreview,
) -> Result<(), Refused> {
    let organisation = organisation_of(tx, &administrator.0, typed.organisation.as_deref()).await;
    let organisation = organisation.map_err(|error| services.refusals.store(&error))?;
    let new = blocks.into_iter().zip(&preview.blocks).filter(|(_, row)| !row.is_known);
    for (Block { mut registration, .. }, _) in new {
        registration.organisation_id = organisation;
        let now = services.clock.now();
        let added = platform::add(tx, &services.entropy, now, registration, may_be_loopback(services)).await;
        match added {
            Ok(_) => {}
            Err(PlatformError::Store(error)) => return Err(services.refusals.store(&error).into()),
            // Both were ruled out in this transaction.
            Err(error) => return Err(services.refusals.fault(&error).into()),
        }
    }
    Ok(())
}
