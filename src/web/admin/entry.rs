//! `/admin/platforms/new`, `/admin/registrations/{id}/edit`: a registration's values, checked field by field.

use app::model::admin::{
    Choice, EditRegistrationPage, FamiliesPage, FamilyChoice, Field as FormField, NewRegistrationPage, RegistrationForm,
};
use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{address_of, below_platforms, guide, seen};
use crate::{
    accounts::organisation,
    launch::platform::{self, Family, Field, GradeColumns, NewRegistration, PlatformError, Problem, Registration},
    settings::OutboundAllow,
    store::{StoreError, Tx},
    web::{
        pages::admin::Content,
        services::{Services, Shared},
        visitor::{Administrator, Refused, Sent, Visitor, asked},
    },
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    family: Option<String>,
    host: String,
    key: String,
}

/// A registration's values as a form sends them.
#[derive(Debug, Clone, Deserialize, Default)]
#[serde(default)]
pub struct Typed {
    family: String,
    name: String,
    issuer: String,
    client_id: String,
    auth_url: String,
    token_url: String,
    jwks_url: String,
    token_audience: String,
    deployments: String,
    frame_ancestors: String,
    service_hosts: String,
    grade_columns: String,
    organisation: Option<String>,
    separate: Option<String>,
    /// Where the platform is; asked for to fill in the rest.
    host: String,
    key: String,
}

impl Typed {
    /// With what is known of a platform of that family at this host.
    fn prefilled(self, family: Family) -> Self {
        let known = family.prefill(&self.host, Some(&*self.key).filter(|key| !key.is_empty()));
        Self {
            family: family.key().to_owned(),
            issuer: known.issuer.unwrap_or_default(),
            auth_url: known.auth_url.unwrap_or_default(),
            token_url: known.token_url.unwrap_or_default(),
            token_audience: known.token_audience.unwrap_or_default(),
            jwks_url: known.jwks_url.unwrap_or_default(),
            deployments: known.deployments.join("\n"),
            frame_ancestors: known.frame_ancestors.join("\n"),
            ..self
        }
    }

    fn of(registration: &Registration, organisation: Option<Uuid>) -> Self {
        Self {
            family: registration.family.key().to_owned(),
            name: registration.name.clone(),
            issuer: registration.issuer.clone(),
            client_id: registration.client_id.clone(),
            auth_url: registration.auth_url.to_string(),
            token_url: registration.token_url.to_string(),
            jwks_url: registration.jwks_url.to_string(),
            token_audience: registration.token_audience.clone().unwrap_or_default(),
            deployments: registration.deployments.join("\n"),
            frame_ancestors: registration.frame_ancestors.join("\n"),
            service_hosts: registration.service_hosts.join("\n"),
            grade_columns: registration.grade_columns.name().to_owned(),
            organisation: organisation.map(|id| id.to_string()),
            ..Self::default()
        }
    }

    fn registration(&self, organisation_id: Option<Uuid>) -> NewRegistration {
        NewRegistration {
            name: self.name.clone(),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            auth_url: self.auth_url.clone(),
            token_url: self.token_url.clone(),
            token_audience: Some(self.token_audience.clone()),
            jwks_url: self.jwks_url.clone(),
            family: Family::of_key(&self.family),
            deployments: lines(&self.deployments),
            frame_ancestors: lines(&self.frame_ancestors),
            service_hosts: lines(&self.service_hosts),
            grade_columns: GradeColumns::named(&self.grade_columns),
            organisation_id,
            separate: self.separate.is_some(),
            ..NewRegistration::default()
        }
    }

    /// The form with what was typed, and the problems beside it.
    fn form(self, problems: &[Problem], organisations: Vec<Choice>) -> RegistrationForm {
        let field = |field: Field, value: String| FormField {
            value,
            problem: problems.iter().find(|problem| problem.field == field).map(|problem| problem.text.clone()),
        };
        let family = Family::of_key(&self.family);
        RegistrationForm {
            family: family.key().to_owned(),
            family_name: if family == Family::Other { "the platform".to_owned() } else { family.name().to_owned() },
            name: field(Field::Name, self.name),
            issuer: field(Field::Issuer, self.issuer),
            client_id: field(Field::ClientId, self.client_id),
            auth_url: field(Field::AuthUrl, self.auth_url),
            token_url: field(Field::TokenUrl, self.token_url),
            jwks_url: field(Field::JwksUrl, self.jwks_url),
            token_audience: field(Field::TokenAudience, self.token_audience),
            deployments: field(Field::Deployments, self.deployments),
            frame_ancestors: field(Field::FrameAncestors, self.frame_ancestors),
            service_hosts: field(Field::ServiceHosts, self.service_hosts),
            grade_columns: GradeColumns::ALL.map(|one| columns_choice(one, &self.grade_columns)).into(),
            organisations,
            separate: self.separate.is_some(),
        }
    }
}

fn columns_choice(columns: GradeColumns, chosen: &str) -> Choice {
    let label = match columns {
        GradeColumns::Claim => "The activity's own column",
        GradeColumns::Project => "A column of LTT's for each project",
        GradeColumns::Task => "A column of LTT's for each task",
    };
    let chosen = GradeColumns::named(chosen).unwrap_or_default() == columns;
    Choice { value: columns.name().to_owned(), label: label.to_owned(), chosen }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The organisations that a platform may be given to; none where the administrator has one of their own.
pub(super) async fn organisations(
    tx: &mut Tx,
    visitor: &Visitor,
    chosen: Option<&str>,
) -> Result<Vec<Choice>, StoreError> {
    if visitor.account.organisation_id.is_some() {
        return Ok(Vec::new());
    }
    let all = organisation::all(tx).await?;
    if all.is_empty() {
        return Ok(Vec::new());
    }
    let none = Choice {
        value: String::new(),
        label: "None: the installation's own".to_owned(),
        chosen: chosen.is_none_or(str::is_empty),
    };
    let of = |organisation: organisation::Organisation| {
        let value = organisation.id.to_string();
        Choice { chosen: chosen == Some(&*value), value, label: organisation.name }
    };
    Ok(std::iter::once(none).chain(all.into_iter().map(of)).collect())
}

/// The organisation that a platform is given to: the administrator's own, or the one chosen, where it exists.
pub(super) async fn organisation_of(
    tx: &mut Tx,
    visitor: &Visitor,
    chosen: Option<&str>,
) -> Result<Option<Uuid>, StoreError> {
    if let Some(own) = visitor.account.organisation_id {
        return Ok(Some(own));
    }
    match chosen.and_then(|chosen| chosen.parse().ok()) {
        Some(id) => Ok(organisation::find(tx, id).await?.map(|organisation| organisation.id)),
        None => Ok(None),
    }
}

/// The families, or the form of one.
pub async fn ask(State(services): State<Shared>, administrator: Administrator, uri: Uri) -> Result<Response, Refused> {
    let Asked { family, host, key } = asked(&uri);
    let Some(family) = family else {
        let families = Family::ALL
            .into_iter()
            .map(|family| FamilyChoice { key: family.key().to_owned(), name: family.name().to_owned() })
            .collect();
        let content = Content::Families(FamiliesPage { families });
        return Ok(below_platforms(StatusCode::OK, &administrator, "Add a platform", None, content));
    };
    let typed = Typed { host, key, ..Typed::default() }.prefilled(Family::of_key(&family));
    new_page(&services, &administrator, StatusCode::OK, typed, &[]).await
}

async fn new_page(
    services: &Services,
    administrator: &Administrator,
    status: StatusCode,
    typed: Typed,
    problems: &[Problem],
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.read().await.map_err(refused)?;
    let chosen = typed.organisation.clone();
    let organisations = organisations(&mut tx, &administrator.0, chosen.as_deref()).await.map_err(refused)?;
    let family = Family::of_key(&typed.family);
    let title = if family == Family::Other { "Add a platform".to_owned() } else { format!("Add {}", family.name()) };
    let page = NewRegistrationPage {
        guide: guide::shown(family, &services.settings.origin()),
        host: guide::host_form(family, typed.host.clone(), typed.key.clone()),
        form: typed.form(problems, organisations),
    };
    Ok(below_platforms(status, administrator, title, None, Content::NewRegistration(page)))
}

/// What is wrong, beside its field; a fault of the database is not the administrator's.
fn problems_of(services: &Services, error: PlatformError) -> Result<Vec<Problem>, Refused> {
    match error {
        PlatformError::Invalid(problems) => Ok(problems),
        PlatformError::Duplicate { issuer, client_id } => Ok(vec![Problem {
            field: Field::ClientId,
            text: format!(
                "\"{client_id}\" of {issuer} is already registered; each pair of issuer and client id is there once"
            ),
        }]),
        PlatformError::Store(error) => Err(services.refusals.store(&error).into()),
    }
}

pub(super) fn may_be_loopback(services: &Services) -> bool {
    services.settings.outbound_allow == OutboundAllow::Loopback
}

/// Adds a registration.
pub async fn add(
    State(services): State<Shared>,
    administrator: Administrator,
    Sent(typed): Sent<Typed>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let chosen = typed.organisation.as_deref();
    let organisation = organisation_of(&mut tx, &administrator.0, chosen).await.map_err(refused)?;
    let (new, now) = (typed.registration(organisation), services.clock.now());
    match platform::add(&mut tx, &services.entropy, now, new, may_be_loopback(&services)).await {
        Ok(registration) => {
            tx.commit().await.map_err(refused)?;
            Ok(Redirect::to(&format!("{}?done=added", address_of(&registration))).into_response())
        }
        Err(error) => {
            drop(tx);
            let problems = problems_of(&services, error)?;
            new_page(&services, &administrator, StatusCode::UNPROCESSABLE_ENTITY, typed, &problems).await
        }
    }
}

/// The form with what there is.
pub async fn edit(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.read().await.map_err(refused)?;
    let (platform, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    let typed = Typed::of(&registration, platform.organisation_id);
    edit_page(&services, &mut tx, &administrator, &registration, StatusCode::OK, typed, &[]).await
}

async fn edit_page(
    services: &Services,
    tx: &mut Tx,
    administrator: &Administrator,
    registration: &Registration,
    status: StatusCode,
    typed: Typed,
    problems: &[Problem],
) -> Result<Response, Refused> {
    let chosen = typed.organisation.clone();
    let organisations = organisations(tx, &administrator.0, chosen.as_deref()).await;
    let organisations = organisations.map_err(|error| services.refusals.store(&error))?;
    let page = EditRegistrationPage {
        id: registration.id.to_string(),
        title: registration.name.clone(),
        form: typed.form(problems, organisations),
    };
    let title = format!("Edit {}", registration.name);
    Ok(below_platforms(status, administrator, title, Some(registration), Content::EditRegistration(page)))
}

/// Saves what was changed.
pub async fn save(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    Sent(typed): Sent<Typed>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (platform, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    let chosen = typed.organisation.as_deref();
    let organisation = match chosen {
        Some(_) => organisation_of(&mut tx, &administrator.0, chosen).await.map_err(refused)?,
        None => platform.organisation_id,
    };
    let (new, now) = (typed.registration(organisation), services.clock.now());
    let loopback = may_be_loopback(&services);
    match platform::update(&mut tx, &services.entropy, now, &registration, new, loopback).await {
        Ok(changed) => {
            platform::give_to(&mut tx, platform.id, organisation).await.map_err(refused)?;
            tx.commit().await.map_err(refused)?;
            Ok(Redirect::to(&format!("{}?done=saved", address_of(&changed))).into_response())
        }
        Err(error) => {
            let problems = problems_of(&services, error)?;
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            edit_page(&services, &mut tx, &administrator, &registration, status, typed, &problems).await
        }
    }
}
