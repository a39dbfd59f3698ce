//! `/admin/registrations/{id}/launches`: what launches of a registration mean: frames, context, roles, people.

use app::model::admin::{
    Choice, Field as FormField,
    launches::{FrameSeen, FramesShown, LaunchesPage, PeopleForm, Preview, PreviewField, RulesForm},
};
use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{address_of, below_platforms, not_found, seen};
use crate::{
    launch::{
        context::{
            Context,
            rules::{self, Field, Rules},
        },
        frames,
        platform::Registration,
        policy::{self, LaunchPolicy, Provisioning, RoleLines},
        provisioning,
    },
    learning::project::Mistake,
    store::{StoreError, Tx},
    web::{
        pages::admin::Content,
        services::{Services, Shared},
        visitor::{Administrator, Refused, Sent, asked},
    },
};

/// The most codes that are made at once.
const MOST_CODES: u16 = 100;

/// What of the page is not as it is stored: something typed that was not saved, or just made.
#[derive(Default)]
struct Shown {
    placement: Option<Uuid>,
    roles: Option<FormField>,
    rules: Option<FormField>,
    codes: Vec<String>,
}

impl Shown {
    /// With what is wrong about it, the page says so by its status.
    fn status(&self) -> StatusCode {
        let has_problem = [&self.roles, &self.rules].into_iter().flatten().any(|field| field.problem.is_some());
        if has_problem { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    placement: String,
}

/// The page.
pub async fn show(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Response, Refused> {
    let mut tx = services.db.read().await.map_err(|error| services.refusals.store(&error))?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    let placement = asked::<Asked>(&uri).placement.parse().ok();
    page(&services, &mut tx, &administrator, &registration, Shown { placement, ..Shown::default() }).await
}

async fn page(
    services: &Services,
    tx: &mut Tx,
    administrator: &Administrator,
    registration: &Registration,
    shown: Shown,
) -> Result<Response, Refused> {
    let status = shown.status();
    let content = read(services, tx, registration, shown).await.map_err(|error| services.refusals.store(&error))?;
    let title = "What launches mean";
    Ok(below_platforms(status, administrator, title, Some(registration), Content::Launches(content)))
}

async fn read(
    services: &Services,
    tx: &mut Tx,
    registration: &Registration,
    shown: Shown,
) -> Result<LaunchesPage, StoreError> {
    let policy = policy::of(tx, registration.id).await?;
    let lines = policy.roles.iter().map(|(role, comes_to)| format!("{role}: {comes_to}"));
    let typed = lines.collect::<Vec<_>>().join("\n");
    let mut own_roles = policy::default_roles();
    own_roles.retain(|(role, _)| policy.roles.iter().all(|(changed, _)| changed != role));
    let people = PeopleForm {
        admit: Provisioning::ALL.map(|one| admitted(one, policy.provisioning)).into(),
        keep_email: policy.keep_email,
        roster_names: policy.roster_names,
        open_codes: provisioning::open_codes(tx, services.clock.now(), registration.id).await?,
        new_codes: shown.codes,
    };
    Ok(LaunchesPage {
        id: registration.id.to_string(),
        roles: shown.roles.unwrap_or_else(|| FormField::of(typed)),
        own_roles,
        rules: rules_form(tx, registration, policy, shown.placement, shown.rules).await?,
        people,
        frames: framed(tx, registration).await?,
    })
}

fn admitted(provisioning: Provisioning, now: Provisioning) -> Choice {
    let label = match provisioning {
        Provisioning::FirstLaunch => "Everybody whom the platform sends",
        Provisioning::Invitation => "People with an invitation, and whoever teaches the course",
        Provisioning::Closed => "Nobody new",
    };
    Choice { value: provisioning.name().to_owned(), label: label.to_owned(), chosen: provisioning == now }
}

async fn rules_form(
    tx: &mut Tx,
    registration: &Registration,
    policy: LaunchPolicy,
    placement: Option<Uuid>,
    typed: Option<FormField>,
) -> Result<RulesForm, StoreError> {
    let placements = policy::placements(tx, registration.id).await?;
    let placement = placement.filter(|id| placements.iter().any(|placement| placement.id == *id));
    let own = match placement {
        Some(placement) => policy::placement_rules(tx, placement).await?,
        None => None,
    };
    let holding = match (&own, &policy.rules) {
        (Some(_), _) => "These are this activity's own.",
        (None, Some(_)) => "These are the registration's.",
        (None, None) => "These are LTT's own, until you save others.",
    };
    let stored = own.or(policy.rules).map_or_else(|| rules::DEFAULT.to_owned(), |rules| rules.to_string());
    let rules = typed.unwrap_or_else(|| FormField::of(stored));
    let whole =
        Choice { value: String::new(), label: "the whole registration".to_owned(), chosen: placement.is_none() };
    let of_placements = placements.into_iter().map(|one| Choice {
        value: one.id.to_string(),
        chosen: placement == Some(one.id),
        label: format!(
            "{} ({}){}",
            one.title.unwrap_or(one.link_id),
            one.course.unwrap_or_else(|| "no course".to_owned()),
            if one.has_rules { ", with rules of its own" } else { "" }
        ),
    });
    Ok(RulesForm {
        placements: std::iter::once(whole).chain(of_placements).collect(),
        placement: placement.map(|id| id.to_string()).unwrap_or_default(),
        preview: preview(tx, registration, &rules.value).await?,
        rules,
        holding,
    })
}

/// What rules make of the last launch.
async fn preview(tx: &mut Tx, registration: &Registration, rules: &str) -> Result<Option<Preview>, StoreError> {
    let Ok(rules) = Rules::read(rules) else { return Ok(None) };
    let Some((claims, at)) = policy::last_claims(tx, registration.id).await? else { return Ok(None) };
    let mapped = Context::of(&rules, &claims);
    let fields = Field::ALL.map(|field| PreviewField {
        name: field.name(),
        value: mapped.context.text(field),
        origin: mapped.context.origins.get(&field).map(|origin| format!("rule {}, {}", origin.rule, origin.source)),
    });
    Ok(Some(Preview { at, fields: fields.into(), notes: mapped.notes }))
}

async fn framed(tx: &mut Tx, registration: &Registration) -> Result<FramesShown, StoreError> {
    let seen = frames::sightings(tx, registration).await?;
    let seen = seen.into_iter().map(|sighting| FrameSeen {
        origin: sighting.is_known().then_some(sighting.origin),
        is_blocked: sighting.blocked,
        at: sighting.seen_at,
    });
    Ok(FramesShown { named: frames::named(registration), is_open: frames::is_open(registration), seen: seen.collect() })
}

/// Every mistake, a line each.
fn problem(mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().take(20).map(ToString::to_string).collect();
    lines.join("; ")
}

/// Back to the page, which says that it is done.
fn saved(registration: &Registration, placement: Option<Uuid>) -> Response {
    let placement = placement.map(|id| format!("&placement={id}")).unwrap_or_default();
    Redirect::to(&format!("{}/launches?done=saved{placement}", address_of(registration))).into_response()
}

/// Lines of roles, as they were typed.
#[derive(Deserialize)]
pub struct Roles {
    roles: String,
}

/// Takes lines of roles in place of earlier ones.
pub async fn save_roles(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    Sent(Roles { roles }): Sent<Roles>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    let lines = match RoleLines::read(&roles) {
        Ok(lines) => lines,
        Err(mistakes) => {
            let roles = Some(FormField { value: roles, problem: Some(problem(&mistakes)) });
            return page(&services, &mut tx, &administrator, &registration, Shown { roles, ..Shown::default() }).await;
        }
    };
    let policy = policy::of(&mut tx, registration.id).await.map_err(refused)?;
    policy::save(&mut tx, registration.id, &LaunchPolicy { roles: lines, ..policy }).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    Ok(saved(&registration, None))
}

/// Mapping rules, as they were typed, and what is to be done with them.
#[derive(Deserialize)]
pub struct TypedRules {
    rules: String,
    #[serde(default)]
    placement: String,
    #[serde(default)]
    act: String,
}

/// Saves mapping rules, shows what they make of the last launch, or goes back to the ones before.
pub async fn save_rules(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    Sent(typed): Sent<TypedRules>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    // Trying rules must not make launches wait for the right to write.
    let opening = if typed.act == "preview" { services.db.read().await } else { services.db.begin().await };
    let mut tx = opening.map_err(refused)?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    let placement: Option<Uuid> = typed.placement.parse().ok();
    let read = if typed.act == "reset" { Ok(None) } else { Rules::read(&typed.rules).map(Some) };
    let rules = match read {
        Ok(rules) if typed.act != "preview" => rules,
        outcome => {
            let problem = outcome.err().map(|mistakes| problem(&mistakes));
            let rules = Some(FormField { value: typed.rules, problem });
            let shown = Shown { placement, rules, ..Shown::default() };
            return page(&services, &mut tx, &administrator, &registration, shown).await;
        }
    };
    if let Some(placement) = placement {
        let is_there = policy::set_placement_rules(&mut tx, registration.id, placement, rules.as_ref()).await;
        if !is_there.map_err(refused)? {
            return Err(not_found(&services).into());
        }
    } else {
        let policy = policy::of(&mut tx, registration.id).await.map_err(refused)?;
        policy::save(&mut tx, registration.id, &LaunchPolicy { rules, ..policy }).await.map_err(refused)?;
    }
    tx.commit().await.map_err(refused)?;
    Ok(saved(&registration, placement))
}

/// Who is let in, as it was chosen.
#[derive(Deserialize)]
pub struct People {
    admit: String,
    keep_email: Option<String>,
    roster_names: Option<String>,
}

/// Keeps who is let in, and what is kept of people.
pub async fn save_people(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    Sent(people): Sent<People>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    let policy = policy::of(&mut tx, registration.id).await.map_err(refused)?;
    let policy = LaunchPolicy {
        provisioning: Provisioning::named(&people.admit).unwrap_or(policy.provisioning),
        keep_email: people.keep_email.is_some(),
        roster_names: people.roster_names.is_some(),
        ..policy
    };
    policy::save(&mut tx, registration.id, &policy).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    Ok(saved(&registration, None))
}

/// How many codes are wanted.
#[derive(Deserialize)]
pub struct Codes {
    count: u16,
}

/// Makes invitation codes, and shows them this once.
pub async fn make_codes(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    Sent(Codes { count }): Sent<Codes>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    let mut codes = Vec::new();
    for _ in 0..count.min(MOST_CODES) {
        let code = provisioning::make_code(&mut tx, &services.entropy, services.clock.now(), registration.id).await;
        codes.push(code.map_err(refused)?);
    }
    let shown = page(&services, &mut tx, &administrator, &registration, Shown { codes, ..Shown::default() }).await?;
    tx.commit().await.map_err(refused)?;
    Ok(shown)
}

/// A site to allow.
#[derive(Deserialize)]
pub struct Site {
    origin: String,
}

/// Lets a site show LTT in a frame.
pub async fn allow_site(
    State(services): State<Shared>,
    administrator: Administrator,
    Path(id): Path<String>,
    Sent(Site { origin }): Sent<Site>,
) -> Result<Response, Refused> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let (_, registration) = seen(&services, &mut tx, &administrator, &id).await?;
    if !frames::allow(&mut tx, registration.id, &origin).await.map_err(refused)? {
        return Err(not_found(&services).into());
    }
    tx.commit().await.map_err(refused)?;
    Ok(saved(&registration, None))
}

#[cfg(test)]
mod tests;
