//! `/admin/people`: who may sign in. An organisation's administrator sees and invites its own people only.

use app::model::admin::{Choice, Field, PeoplePage, PersonRow, Section};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::not_found;
use crate::{
    accounts::{
        self, Account, AccountError, Invitation, Role, link,
        organisation::{self, Organisation, OrganisationError},
    },
    store::Tx,
    web::{
        pages::admin::{Content, Shell, page},
        services::{Services, Shared},
        visitor::{Administrator, Refused, Sent, Visitor},
    },
};

/// Whom to invite, as the form sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    role: String,
    organisation: String,
}

/// What is said of an invitation that was not made.
#[derive(Default)]
struct Problems {
    name: Option<String>,
    organisation: Option<String>,
}

/// The page.
pub async fn show(State(services): State<Shared>, Administrator(visitor): Administrator) -> Result<Response, Refused> {
    let mut tx = services.db.read().await.map_err(|error| services.refusals.store(&error))?;
    people(&services, &mut tx, &visitor, StatusCode::OK, Typed::default(), Problems::default(), None).await
}

async fn people(
    services: &Services,
    tx: &mut Tx,
    visitor: &Visitor,
    status: StatusCode,
    typed: Typed,
    problems: Problems,
    link: Option<(String, String)>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let organisations = organisation::all(tx).await.map_err(refused)?;
    let all = accounts::all(tx, visitor.within().organisation()).await.map_err(refused)?;
    let role = |role: Role, label: &str| Choice {
        value: role.name().to_owned(),
        label: label.to_owned(),
        chosen: typed.role == role.name(),
    };
    let content = PeoplePage {
        people: all.into_iter().map(|account| row(account, &organisations, visitor)).collect(),
        link,
        roles: vec![
            role(Role::Administrator, "Administrator: looks after platforms"),
            role(Role::Instructor, "Instructor: teaches"),
        ],
        name: Field { value: typed.name, problem: problems.name },
        organisation: visitor
            .organisation
            .is_none()
            .then_some(Field { value: typed.organisation, problem: problems.organisation }),
        hours: link::LIFE.num_hours(),
    };
    Ok(page(status, shell(visitor, "People", Vec::new()), Content::People(content)))
}

fn shell(visitor: &Visitor, title: &str, trail: Vec<(String, String)>) -> Shell {
    Shell { frame: visitor.frame(), title: title.to_owned(), section: Section::People, trail }
}

fn row(account: Account, organisations: &[Organisation], visitor: &Visitor) -> PersonRow {
    let organisation = organisations.iter().find(|organisation| Some(organisation.id) == account.organisation_id);
    PersonRow {
        id: account.id.to_string(),
        role: account.role.name().to_owned(),
        organisation: organisation.map(|organisation| organisation.name.clone()),
        has_password: account.password_hash.is_some(),
        is_self: account.id == visitor.account.id,
        name: account.name,
    }
}

/// Invites somebody. The link stands in the answer and nowhere else, so that no address and no log ever holds it.
pub async fn invite(
    State(services): State<Shared>,
    Administrator(visitor): Administrator,
    Sent(typed): Sent<Typed>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    match invited(&services, &mut tx, &visitor, &typed).await? {
        Ok(account) => linked(&services, tx, &visitor, account).await,
        Err(problems) => {
            drop(tx);
            let mut tx = services.db.read().await.map_err(refused)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            people(&services, &mut tx, &visitor, status, typed, problems, None).await
        }
    }
}

async fn invited(
    services: &Services,
    tx: &mut Tx,
    visitor: &Visitor,
    typed: &Typed,
) -> Result<Result<Account, Problems>, Refused> {
    let fault = |error| Refused(services.refusals.store(&error));
    let now = services.clock.now();
    let named = typed.organisation.trim();
    let organisation_id = match &visitor.organisation {
        Some(own) => Some(own.id),
        None if named.is_empty() => None,
        None => match organisation::named(tx, &services.entropy, now, named).await {
            Ok(organisation) => Some(organisation.id),
            Err(OrganisationError::Store(error)) => return Err(fault(error)),
            Err(error @ OrganisationError::Name) => {
                return Ok(Err(Problems { organisation: Some(error.to_string()), ..Problems::default() }));
            }
        },
    };
    let role = if typed.role == Role::Instructor.name() { Role::Instructor } else { Role::Administrator };
    let invitation = Invitation { name: Some(typed.name.clone()), role, organisation_id };
    match accounts::invited(tx, &services.entropy, now, &invitation).await {
        Ok(account) => Ok(Ok(account)),
        Err(AccountError::Store(error)) => Err(fault(error)),
        // Whose account it is may be none of this administrator's business.
        Err(AccountError::Taken { name, .. }) => {
            Ok(Err(Problems { name: Some(format!("\"{name}\" is taken; choose another name")), ..Problems::default() }))
        }
        Err(error @ AccountError::Name) => Ok(Err(Problems { name: Some(error.to_string()), ..Problems::default() })),
    }
}

async fn linked(services: &Services, mut tx: Tx, visitor: &Visitor, account: Account) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let secret = link::issue(&mut tx, &services.entropy, services.clock.now(), account.id).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    let address = services.settings.address(&format!("/sign-in?link={secret}"));
    let mut tx = services.db.read().await.map_err(refused)?;
    let link = Some((account.name, address));
    people(services, &mut tx, visitor, StatusCode::OK, Typed::default(), Problems::default(), link).await
}

/// Somebody else whom this administrator sees.
async fn other(services: &Services, tx: &mut Tx, visitor: &Visitor, id: &str) -> Result<Account, Refused> {
    let Ok(id) = id.parse::<Uuid>() else { return Err(not_found(services).into()) };
    let account = accounts::find(tx, id).await.map_err(|error| services.refusals.store(&error))?;
    let seen = account
        .filter(|account| visitor.within().includes(account.organisation_id) && account.id != visitor.account.id);
    seen.ok_or_else(|| not_found(services).into())
}

/// A new link for somebody who is there.
pub async fn renew(
    State(services): State<Shared>,
    Administrator(visitor): Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let mut tx = services.db.begin().await.map_err(|error| services.refusals.store(&error))?;
    let account = other(&services, &mut tx, &visitor, &id).await?;
    linked(&services, tx, &visitor, account).await
}

/// Whether it is meant.
pub async fn ask_removal(
    State(services): State<Shared>,
    Administrator(visitor): Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let mut tx = services.db.read().await.map_err(|error| services.refusals.store(&error))?;
    let account = other(&services, &mut tx, &visitor, &id).await?;
    let title = format!("Remove {}", account.name);
    let trail = vec![("/admin/people".to_owned(), "People".to_owned())];
    let content = Content::PersonRemoval(row(account, &[], &visitor));
    Ok(page(StatusCode::OK, shell(&visitor, &title, trail), content))
}

/// Removes somebody. Whoever does so stays, and so there is always one administrator left.
pub async fn remove(
    State(services): State<Shared>,
    Administrator(visitor): Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let account = other(&services, &mut tx, &visitor, &id).await?;
    accounts::remove(&mut tx, account.id).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    Ok(Redirect::to("/admin/people?done=removed").into_response())
}
