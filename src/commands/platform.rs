//! `ltt platform`: which platforms may launch LTT.

use std::{io::Write, path::PathBuf};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::{
    clock::Clock,
    entropy::Entropy,
    launch::{
        binding::{self, Rung},
        deployment,
        exchange::Existing,
        platform::{self, Family, GradeColumns, NewRegistration, Registration},
    },
    settings::{OutboundAllow, Settings},
    store::{Db, Tx},
};

mod deployments;
mod enrolling;
mod exchange;
mod policy;
#[cfg(test)]
mod tests;

use deployments::{DeploymentCommand, Policy, told};
use enrolling::InviteArguments;

/// What to do with platforms.
#[derive(Debug, Subcommand)]
pub enum PlatformCommand {
    /// Add a registration; it joins the platform of the same issuer and addresses, or makes a new one
    Add(Box<AddArguments>),
    /// List all platforms and their registrations
    List {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Show everything about a registration
    Show {
        /// Its name, client id or id
        registration: String,
    },
    /// Change values of a registration; what is not given stays
    Edit(Box<EditArguments>),
    /// Refuse a registration's launches until it is enabled again
    Disable {
        /// Its name, client id or id
        registration: String,
    },
    /// Take a disabled registration's launches again
    Enable {
        /// Its name, client id or id
        registration: String,
    },
    /// Remove a registration, and its platform with all work of its learners if it was the last one
    Remove {
        /// Its name, client id or id
        registration: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// What was decided about a registration's launches
    #[command(flatten)]
    Policy(policy::PolicyCommand),
    /// Make a link by which a platform registers LTT by itself, once (dynamic registration)
    Invite(InviteArguments),
    /// List such links, and what became of them
    Invites,
    /// Take such a link back
    Revoke {
        /// Its id, as `invites` lists it
        invitation: Uuid,
    },
    /// List registrations that wait for your approval
    Pending,
    /// Approve a registration that waits
    Approve {
        /// Its name, client id or id
        registration: String,
    },
    /// Forget a registration that waits
    Reject {
        /// Its name, client id or id
        registration: String,
    },
    /// Deployments of a registration
    #[command(subcommand)]
    Deployment(DeploymentCommand),
    /// Print all platforms and their registrations as JSON, for `import`
    Export,
    /// Bring in registrations from a file of `export`, or from the platform.json of another tool; all or none
    Import {
        /// The file
        file: PathBuf,
        /// Make registrations that are already there what the file says
        #[arg(long)]
        update: bool,
    },
}

/// What a registration is made of.
#[derive(Debug, Args)]
pub struct AddArguments {
    /// What people call it
    #[arg(long)]
    name: String,
    /// Which platform it is: open-edx, moodle, canvas, brightspace, blackboard, sakai. With --host, LTT fills in what it knows
    #[arg(long, value_parser = family, default_value = "other", hide_default_value = true)]
    family: Family,
    /// The platform's host, such as lms.school.edu
    #[arg(long)]
    host: Option<String>,
    /// What some of its addresses end in: the passport of Open edX, the tool's number in Sakai
    #[arg(long)]
    key: Option<String>,
    /// The platform's issuer (also: platform id), to the letter
    #[arg(long, default_value = "", hide_default_value = true)]
    issuer: String,
    /// The client id that the platform gave to LTT
    #[arg(long)]
    client_id: String,
    /// Where logins are answered (also: authentication request URL, OIDC auth URL)
    #[arg(long, default_value = "", hide_default_value = true)]
    auth_url: String,
    /// Where access tokens are given out
    #[arg(long, default_value = "", hide_default_value = true)]
    token_url: String,
    /// Where the platform publishes its keys (also: keyset URL)
    #[arg(long, default_value = "", hide_default_value = true)]
    jwks_url: String,
    /// The audience for LTT's assertions, where it is not the token URL (Brightspace)
    #[arg(long)]
    token_audience: Option<String>,
    /// A deployment that may launch; where none is given, each is taken over at its first launch
    #[arg(long = "deployment", value_name = "ID")]
    deployments: Vec<String>,
    /// What happens to other deployments [learn, or closed where a deployment is given]
    #[arg(long, value_name = "POLICY")]
    deployment_policy: Option<Policy>,
    /// A further origin that frames LTT, such as the learning front end of Open edX
    #[arg(long = "frame-ancestor", value_name = "ORIGIN")]
    frame_ancestors: Vec<String>,
    /// A further host of the platform's own that may be sent its access tokens
    #[arg(long = "service-host", value_name = "HOST")]
    service_hosts: Vec<String>,
    /// A tenant of its own, although another platform has the same issuer and addresses
    #[arg(long)]
    separate: bool,
}

/// What changes about a registration.
#[derive(Debug, Args)]
pub struct EditArguments {
    /// Its name, client id or id
    registration: String,
    /// What people call it
    #[arg(long)]
    name: Option<String>,
    /// The platform's issuer (also: platform id), to the letter
    #[arg(long)]
    issuer: Option<String>,
    /// The client id that the platform gave to LTT
    #[arg(long)]
    client_id: Option<String>,
    /// Where logins are answered (also: authentication request URL, OIDC auth URL)
    #[arg(long)]
    auth_url: Option<String>,
    /// Where access tokens are given out
    #[arg(long)]
    token_url: Option<String>,
    /// Where the platform publishes its keys (also: keyset URL)
    #[arg(long)]
    jwks_url: Option<String>,
    /// The audience for LTT's assertions; an empty text means the token URL
    #[arg(long)]
    token_audience: Option<String>,
    /// The deployments that are known, in place of those that were
    #[arg(long = "deployment", value_name = "ID")]
    deployments: Option<Vec<String>>,
    /// The further origins that frame LTT, in place of those that were
    #[arg(long = "frame-ancestor", value_name = "ORIGIN")]
    frame_ancestors: Option<Vec<String>>,
    /// The further hosts that may be sent the platform's access tokens, in place of those that were
    #[arg(long = "service-host", value_name = "HOST")]
    service_hosts: Option<Vec<String>>,
    /// Which columns of the gradebook scores go to: claim (the activity's own), project or task (LTT makes them)
    #[arg(long, value_name = "COLUMNS", value_parser = grade_columns)]
    grades: Option<GradeColumns>,
}

/// Runs a command on platforms and prints what came of it.
pub async fn run(
    command: PlatformCommand,
    settings: &Settings,
    db: &Db,
    clock: &dyn Clock,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        PlatformCommand::Add(arguments) => add(*arguments, settings, db, clock, entropy, out).await,
        PlatformCommand::List { json } => list(db, json, out).await,
        PlatformCommand::Show { registration } => show(db, &registration, out).await,
        PlatformCommand::Edit(arguments) => edit(*arguments, settings, db, clock, entropy, out).await,
        PlatformCommand::Disable { registration } => set_disabled(db, &registration, Some(clock.now()), out).await,
        PlatformCommand::Enable { registration } => set_disabled(db, &registration, None, out).await,
        PlatformCommand::Remove { registration, yes } => remove(db, &registration, yes, out).await,
        PlatformCommand::Policy(command) => policy::run(command, db, clock, entropy, out).await,
        PlatformCommand::Invite(arguments) => {
            enrolling::invite(arguments, settings, db, clock.now(), entropy, out).await
        }
        PlatformCommand::Invites => enrolling::invites(db, clock.now(), out).await,
        PlatformCommand::Revoke { invitation } => enrolling::revoke(invitation, db, clock.now(), out).await,
        PlatformCommand::Pending => enrolling::pending(db, out).await,
        PlatformCommand::Approve { registration } => {
            enrolling::approve(&registration, settings, db, clock.now(), entropy, out).await
        }
        PlatformCommand::Reject { registration } => enrolling::reject(&registration, db, out).await,
        PlatformCommand::Deployment(command) => deployments::run(command, db, clock.now(), entropy, out).await,
        PlatformCommand::Export => exchange::export(db, out).await,
        PlatformCommand::Import { file, update } => {
            let existing = if update { Existing::Update } else { Existing::Skip };
            exchange::import(&file, existing, settings, db, clock.now(), entropy, out).await
        }
    }
}

async fn add(
    arguments: AddArguments,
    settings: &Settings,
    db: &Db,
    clock: &dyn Clock,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut new = NewRegistration {
        name: arguments.name,
        family: arguments.family,
        deployment_policy: arguments.deployment_policy.map(Into::into),
        issuer: arguments.issuer,
        client_id: arguments.client_id,
        auth_url: arguments.auth_url,
        token_url: arguments.token_url,
        token_audience: arguments.token_audience,
        jwks_url: arguments.jwks_url,
        deployments: arguments.deployments,
        frame_ancestors: arguments.frame_ancestors,
        service_hosts: arguments.service_hosts,
        separate: arguments.separate,
        ..NewRegistration::default()
    };
    if let Some(host) = &arguments.host {
        let key = arguments.key.clone().or_else(|| (new.family == Family::Blackboard).then(|| new.client_id.clone()));
        new.family.prefill(host, key.as_deref()).complete(&mut new);
    }
    if let (Family::Other, Ok(auth_url)) = (new.family, url::Url::parse(&new.auth_url)) {
        new.family = Family::guess(None, &auth_url);
    }
    let loopback = settings.outbound_allow == OutboundAllow::Loopback;
    let mut tx = db.begin().await?;
    let registration = platform::add(&mut tx, entropy, clock.now(), new, loopback).await?;
    let joined = siblings(&mut tx, &registration).await?;
    tx.commit().await?;
    writeln!(out, "Added \"{}\" (client id {}).", registration.name, registration.client_id)?;
    if joined > 0 {
        writeln!(
            out,
            "It belongs to the same platform as {joined} other registration(s): their learners are the same people."
        )?;
    }
    writeln!(out, "\nIn the platform, enter:")?;
    for (label, path) in [("Login URL", "/lti/login"), ("Launch URL", "/lti/launch"), ("Keyset URL", "/lti/jwks")] {
        writeln!(out, "  {label:<11} {}", settings.address(path))?;
    }
    Ok(())
}

/// A family by its name, as people type it.
fn family(name: &str) -> Result<Family, String> {
    let known = Family::ALL.into_iter().find(|family| family.key() == name.replace('-', "_").to_lowercase());
    let names = || Family::ALL.map(|family| family.key().replace('_', "-")).join(", ");
    known.ok_or_else(|| format!("give one of {}", names()))
}

/// Columns by their name, as people type it.
fn grade_columns(name: &str) -> Result<GradeColumns, String> {
    let names = || GradeColumns::ALL.map(GradeColumns::name).join(", ");
    GradeColumns::named(&name.to_lowercase()).ok_or_else(|| format!("give one of {}", names()))
}

async fn siblings(tx: &mut Tx, registration: &Registration) -> anyhow::Result<usize> {
    let all = platform::registrations(tx).await?;
    Ok(all.iter().filter(|other| other.platform_id == registration.platform_id && other.id != registration.id).count())
}

#[derive(Serialize)]
struct Listed {
    name: String,
    issuer: String,
    registrations: Vec<serde_json::Value>,
}

async fn list(db: &Db, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let registrations = platform::registrations(&mut tx).await?;
    let platforms: Vec<Listed> = platform::platforms(&mut tx)
        .await?
        .into_iter()
        .map(|listed| Listed {
            name: listed.name,
            issuer: listed.issuer,
            registrations: registrations
                .iter()
                .filter(|registration| registration.platform_id == listed.id)
                .map(described)
                .collect(),
        })
        .collect();
    if as_json {
        writeln!(out, "{}", serde_json::to_string_pretty(&platforms)?)?;
        return Ok(());
    }
    if platforms.is_empty() {
        writeln!(out, "No platform yet. Add one with `ltt platform add --help`.")?;
    }
    for listed in platforms {
        writeln!(out, "{}  {}", listed.name, listed.issuer)?;
        for registration in listed.registrations {
            let text = |key: &str| registration[key].as_str().unwrap_or_default().to_owned();
            writeln!(out, "  {}  client id {}", text("name"), text("client_id"))?;
        }
    }
    Ok(())
}

fn described(registration: &Registration) -> serde_json::Value {
    json!({
        "id": registration.id,
        "name": registration.name,
        "issuer": registration.issuer,
        "client_id": registration.client_id,
        "auth_url": registration.auth_url,
        "token_url": registration.token_url,
        "token_audience": registration.token_audience,
        "jwks_url": registration.jwks_url,
        "family": registration.family,
        "grade_columns": registration.grade_columns,
        "deployment_policy": registration.deployment_policy,
        "deployments": registration.deployments,
        "frame_ancestors": registration.frame_ancestors,
        "service_hosts": registration.service_hosts,
        "disabled": registration.disabled_at.is_some(),
    })
}

async fn show(db: &Db, wanted: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let registration = found(&mut tx, wanted).await?;
    let dependents = platform::dependents(&mut tx, &registration).await?;
    let waiting = deployment::waiting(&mut tx, registration.id).await?;
    let waiting: Vec<String> = waiting.into_iter().map(|waiting| waiting.deployment_id).collect();
    let rungs = binding::rungs(&mut tx, registration.id).await?;
    let lines = [
        ("Name", registration.name.clone()),
        ("Id", registration.id.to_string()),
        ("Issuer", registration.issuer.clone()),
        ("Client id", registration.client_id.clone()),
        ("Login answered at", registration.auth_url.to_string()),
        ("Tokens from", registration.token_url.to_string()),
        ("Token audience", registration.token_audience.clone().unwrap_or_else(|| "the token URL".to_owned())),
        ("Keys from", registration.jwks_url.to_string()),
        ("Platform", registration.family.name().to_owned()),
        ("Deployments", listed(&registration.deployments, "none yet")),
        ("New deployments", told(registration.deployment_policy).to_owned()),
        ("Waiting", listed(&waiting, "none")),
        ("Framed by", listed(&registration.frame_ancestors, "the addresses above, and any https site")),
        ("Service hosts", listed(&registration.service_hosts, "those of the addresses above")),
        ("Grades go to", registration.grade_columns.told().to_owned()),
        ("Launches are", if registration.disabled_at.is_some() { "refused: disabled" } else { "taken" }.to_owned()),
        ("Learners", dependents.learners.to_string()),
        ("Launches", dependents.launches.to_string()),
        ("Proved by", proved_by(&rungs)),
    ];
    for (label, value) in lines {
        writeln!(out, "{label:<18} {value}")?;
    }
    Ok(())
}

/// Which rungs of the ladder the launches needed.
fn proved_by(rungs: &[Rung]) -> String {
    let used = rungs.iter().filter(|rung| rung.launches > 0);
    let counts: Vec<String> = used.map(|rung| format!("{} {}", rung.binding, rung.launches)).collect();
    listed(&counts, "no launch yet")
}

fn listed(values: &[String], none: &str) -> String {
    if values.is_empty() { none.to_owned() } else { values.join(", ") }
}

async fn remove(db: &Db, wanted: &str, yes: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let registration = found(&mut tx, wanted).await?;
    let dependents = platform::dependents(&mut tx, &registration).await?;
    if !yes {
        let what = if dependents.is_last {
            "the platform and all work of its learners"
        } else {
            "its launches and their grades"
        };
        bail!(
            "removing \"{}\" also removes {what}: {} learner(s) came by it, {} launch(es) were made. \
             Say --yes to do it.",
            registration.name,
            dependents.learners,
            dependents.launches,
        );
    }
    platform::remove(&mut tx, &registration).await?;
    tx.commit().await?;
    writeln!(out, "Removed \"{}\".", registration.name)?;
    Ok(())
}

async fn edit(
    arguments: EditArguments,
    settings: &Settings,
    db: &Db,
    clock: &dyn Clock,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let known = found(&mut tx, &arguments.registration).await?;
    let before = known.clone();
    let changed = NewRegistration {
        name: arguments.name.unwrap_or(before.name),
        issuer: arguments.issuer.unwrap_or(before.issuer),
        client_id: arguments.client_id.unwrap_or(before.client_id),
        auth_url: arguments.auth_url.unwrap_or_else(|| before.auth_url.to_string()),
        token_url: arguments.token_url.unwrap_or_else(|| before.token_url.to_string()),
        token_audience: arguments.token_audience.or(before.token_audience),
        jwks_url: arguments.jwks_url.unwrap_or_else(|| before.jwks_url.to_string()),
        family: before.family,
        deployments: arguments.deployments.unwrap_or(before.deployments),
        frame_ancestors: arguments.frame_ancestors.unwrap_or(before.frame_ancestors),
        service_hosts: arguments.service_hosts.unwrap_or(before.service_hosts),
        grade_columns: arguments.grades,
        ..NewRegistration::default()
    };
    let loopback = settings.outbound_allow == OutboundAllow::Loopback;
    let registration = platform::update(&mut tx, entropy, clock.now(), &known, changed, loopback).await?;
    tx.commit().await?;
    writeln!(out, "Changed \"{}\" (client id {}).", registration.name, registration.client_id)?;
    Ok(())
}

async fn set_disabled(
    db: &Db,
    wanted: &str,
    disabled_at: Option<DateTime<Utc>>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let registration = found(&mut tx, wanted).await?;
    platform::set_disabled(&mut tx, registration.id, disabled_at).await?;
    tx.commit().await?;
    let outcome = if disabled_at.is_some() { "Disabled: launches are refused" } else { "Enabled: launches are taken" };
    writeln!(out, "{outcome} (\"{}\").", registration.name)?;
    Ok(())
}

/// The one registration that goes by this name, client id or id.
pub(super) async fn found(tx: &mut Tx, wanted: &str) -> anyhow::Result<Registration> {
    let all = platform::registrations(tx).await?;
    let mut matching: Vec<Registration> = all
        .into_iter()
        .filter(|registration| {
            registration.name == wanted || registration.client_id == wanted || registration.id.to_string() == wanted
        })
        .collect();
    if matching.len() > 1 {
        bail!("{} registrations go by \"{wanted}\"; name one by its id (`ltt platform list --json`)", matching.len());
    }
    matching.pop().with_context(|| format!("no registration goes by \"{wanted}\"; see `ltt platform list`"))
}
