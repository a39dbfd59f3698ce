//! `ltt platform deployment`: which deployments of a registration may launch.

use std::io::Write;

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::{Subcommand, ValueEnum};

use super::found;
use crate::{
    entropy::Entropy,
    launch::{
        deployment,
        platform::{self, DeploymentPolicy},
    },
    store::Db,
};

/// What to do with deployments.
#[derive(Debug, Subcommand)]
pub enum DeploymentCommand {
    /// List the deployments that may launch, and those that wait; of all registrations where none is named
    List {
        /// A registration, by its name, client id or id
        registration: Option<String>,
    },
    /// Let a deployment launch, whether it waits or is still to come
    Approve {
        /// A registration, by its name, client id or id
        registration: String,
        /// The deployment id, to the letter
        deployment: String,
    },
    /// Take a deployment away
    Remove {
        /// A registration, by its name, client id or id
        registration: String,
        /// The deployment id, to the letter
        deployment: String,
    },
    /// Decide what happens to new deployments from now on
    Policy {
        /// A registration, by its name, client id or id
        registration: String,
        /// learn: taken over at the first launch; approve: wait for you; closed: refused
        policy: Policy,
    },
}

/// What happens to new deployments.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Policy {
    /// Taken over at the first launch
    Learn,
    /// Wait until they are approved
    Approve,
    /// Refused
    Closed,
}

impl From<Policy> for DeploymentPolicy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Learn => Self::Learn,
            Policy::Approve => Self::Approve,
            Policy::Closed => Self::Closed,
        }
    }
}

/// Runs a command on deployments and prints what came of it.
pub async fn run(
    command: DeploymentCommand,
    db: &Db,
    now: DateTime<Utc>,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        DeploymentCommand::List { registration } => list(db, registration.as_deref(), out).await,
        DeploymentCommand::Approve { registration, deployment } => {
            let id = deployment.as_str();
            if id.is_empty() || id.len() > 255 || id.contains(char::is_control) {
                bail!("a deployment id is a text of 1 to 255 characters");
            }
            let mut tx = db.begin().await?;
            let registration = found(&mut tx, &registration).await?;
            deployment::approve(&mut tx, entropy, now, registration.id, id).await?;
            tx.commit().await?;
            writeln!(out, "Deployment \"{id}\" of \"{}\" may launch.", registration.name)?;
            Ok(())
        }
        DeploymentCommand::Remove { registration, deployment } => {
            let mut tx = db.begin().await?;
            let registration = found(&mut tx, &registration).await?;
            if !deployment::remove(&mut tx, registration.id, &deployment).await? {
                bail!(
                    "\"{}\" has no deployment \"{deployment}\"; see `ltt platform deployment list`",
                    registration.name
                );
            }
            tx.commit().await?;
            writeln!(out, "Removed deployment \"{deployment}\" of \"{}\".", registration.name)?;
            if registration.deployment_policy == DeploymentPolicy::Learn {
                writeln!(out, "New deployments are learnt, so it comes back with its next launch; see `policy`.")?;
            }
            Ok(())
        }
        DeploymentCommand::Policy { registration, policy } => {
            let mut tx = db.begin().await?;
            let registration = found(&mut tx, &registration).await?;
            deployment::set_policy(&mut tx, registration.id, policy.into()).await?;
            tx.commit().await?;
            writeln!(out, "New deployments of \"{}\" {}.", registration.name, told(policy.into()))?;
            Ok(())
        }
    }
}

/// What happens to new deployments, as it is printed.
pub fn told(policy: DeploymentPolicy) -> &'static str {
    match policy {
        DeploymentPolicy::Learn => "are taken over at their first launch",
        DeploymentPolicy::Approve => "wait until you approve them",
        DeploymentPolicy::Closed => "are refused",
    }
}

async fn list(db: &Db, wanted: Option<&str>, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let registrations = match wanted {
        Some(wanted) => vec![found(&mut tx, wanted).await?],
        None => platform::registrations(&mut tx).await?,
    };
    for registration in registrations {
        writeln!(out, "{}: new deployments {}", registration.name, told(registration.deployment_policy))?;
        for deployment in &registration.deployments {
            writeln!(out, "  {deployment}")?;
        }
        for waiting in deployment::waiting(&mut tx, registration.id).await? {
            let since = waiting.first_seen_at.format("%Y-%m-%d %H:%M UTC");
            writeln!(out, "  {}  waits since {since}", waiting.deployment_id)?;
        }
    }
    Ok(())
}
