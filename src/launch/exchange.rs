//! Registrations as a file: written for another installation or for safekeeping, and read back, all or none.
//!
//! Two shapes are read: LTT's own, and the `platform.json` of tools that use `PyLTI1p3`, which maps issuers to registrations.
//! There is no secret in either that LTT would take: a tool's keys are its own.

use std::{collections::BTreeSet, fmt};

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use uuid::Uuid;

use super::{
    deployment,
    platform::{self, DeploymentPolicy, Family, GradeColumns, NewRegistration, PlatformError, Registration, Within},
};
use crate::{
    entropy::Entropy,
    store::{StoreError, Tx},
};

mod reading;
#[cfg(test)]
mod tests;

pub use reading::read;

/// What tells LTT's own files, and in which shape they are.
const VERSION: u64 = 1;

/// A file of LTT's own.
#[derive(Debug, Serialize)]
struct File {
    ltt_platforms: u64,
    platforms: Vec<FilePlatform>,
}

/// A platform in a file, with its registrations.
#[derive(Debug, Serialize)]
struct FilePlatform {
    name: String,
    issuer: String,
    registrations: Vec<FileRegistration>,
}

/// A registration in a file.
#[derive(Debug, Serialize)]
struct FileRegistration {
    name: String,
    client_id: String,
    auth_url: String,
    token_url: String,
    token_audience: Option<String>,
    jwks_url: String,
    family: Family,
    grade_columns: GradeColumns,
    deployment_policy: DeploymentPolicy,
    deployments: Vec<String>,
    frame_ancestors: Vec<String>,
    service_hosts: Vec<String>,
}

impl From<Registration> for FileRegistration {
    fn from(registration: Registration) -> Self {
        Self {
            name: registration.name,
            client_id: registration.client_id,
            auth_url: registration.auth_url.into(),
            token_url: registration.token_url.into(),
            token_audience: registration.token_audience,
            jwks_url: registration.jwks_url.into(),
            family: registration.family,
            grade_columns: registration.grade_columns,
            deployment_policy: registration.deployment_policy,
            deployments: registration.deployments,
            frame_ancestors: registration.frame_ancestors,
            service_hosts: registration.service_hosts,
        }
    }
}

/// All platforms that are seen and their registrations, as a file.
pub async fn export(tx: &mut Tx, within: Within) -> Result<String, StoreError> {
    let platforms = platform::platforms_within(tx, within).await?;
    let platforms = platforms.into_iter().map(|(platform, registrations)| FilePlatform {
        name: platform.name,
        issuer: platform.issuer,
        registrations: registrations.into_iter().map(FileRegistration::from).collect(),
    });
    let file = File { ltt_platforms: VERSION, platforms: platforms.collect() };
    Ok(serde_json::to_string_pretty(&file).unwrap_or_default())
}

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// Where, such as `platforms[0].registrations[1].auth_url`; empty for the file as a whole.
    pub path: String,
    /// What is wrong, and what to do.
    pub text: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            formatter.write_str(&self.text)
        } else {
            write!(formatter, "{}: {}", self.path, self.text)
        }
    }
}

/// What to do with a registration that is already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Leave it as it is.
    Skip,
    /// Make it what the file says.
    Update,
}

/// What became of the registrations of a file, each by its name and client id.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Those that are new.
    pub added: Vec<String>,
    /// Those that were made what the file says.
    pub updated: Vec<String>,
    /// Those that were left as they are.
    pub skipped: Vec<String>,
}

/// Registrations that were read, by platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readable(Vec<Vec<NewRegistration>>);

/// Brings in what was read. Registrations that stand together in the file belong to one platform.
pub async fn import(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    Readable(platforms): Readable,
    existing: Existing,
    loopback: bool,
) -> Result<Imported, PlatformError> {
    let mut imported = Imported::default();
    // Registrations are listed in the order of their time, and stay in the order of the file.
    let mut moment = now;
    let mut issuers = BTreeSet::new();
    for registrations in platforms {
        let mut home = home_of(tx, &registrations).await?;
        let is_further = registrations.first().is_some_and(|first| !issuers.insert(first.issuer.clone()));
        for mut new in registrations {
            let name = format!("{} ({})", new.name, new.client_id);
            match known(tx, &new).await? {
                Some(known) if existing == Existing::Update => {
                    let policy = new.deployment_policy.unwrap_or(known.deployment_policy);
                    platform::update(tx, entropy, now, &known, new, loopback).await?;
                    deployment::set_policy(tx, known.id, policy).await?;
                    imported.updated.push(name);
                }
                Some(_) => imported.skipped.push(name),
                None => {
                    new.platform_id = home;
                    new.separate = is_further;
                    moment += TimeDelta::milliseconds(1);
                    home = Some(platform::add(tx, entropy, moment, new, loopback).await?.platform_id);
                    imported.added.push(name);
                }
            }
        }
    }
    Ok(imported)
}

/// The platform that any of these registrations already belongs to.
async fn home_of(tx: &mut Tx, registrations: &[NewRegistration]) -> Result<Option<Uuid>, StoreError> {
    for new in registrations {
        if let Some(known) = known(tx, new).await? {
            return Ok(Some(known.platform_id));
        }
    }
    Ok(None)
}

async fn known(tx: &mut Tx, new: &NewRegistration) -> Result<Option<Registration>, StoreError> {
    Ok(platform::registrations_of(tx, &new.issuer, Some(&new.client_id)).await?.pop())
}
