//! `ltt roster`: who belongs to which course.

use std::io::Write;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use uuid::Uuid;

use crate::{
    launch::roster::{
        self, Listed, Standing,
        sync::{Outcome, Rosters},
    },
    store::Tx,
    web::services::Services,
};

/// What can be done with rosters.
#[derive(Debug, Subcommand)]
pub enum RosterCommand {
    /// List the courses whose platforms offer a roster, and how the last reading went
    List,
    /// Read a course's roster now
    Sync {
        /// Its title, or its id, here or in the platform; all courses where none is named
        course: Option<String>,
    },
    /// Show who belongs to a course
    Show {
        /// Its title, or its id, here or in the platform
        course: String,
    },
}

/// Runs a command and prints what came of it; `false` where a roster could not be read.
pub async fn run(command: RosterCommand, services: &Services, out: &mut impl Write) -> anyhow::Result<bool> {
    match command {
        RosterCommand::List => list(&mut services.db.read().await?, out).await.map(|()| true),
        RosterCommand::Sync { course } => sync(services, course.as_deref(), out).await,
        RosterCommand::Show { course } => show(&mut services.db.read().await?, &course, out).await.map(|()| true),
    }
}

async fn list(tx: &mut Tx, out: &mut impl Write) -> anyhow::Result<()> {
    let courses = roster::all(tx).await?;
    if courses.is_empty() {
        writeln!(out, "No course has a roster yet: it comes with the first launch of a platform that offers one.")?;
    }
    for course in courses {
        let Some(state) = roster::state(tx, course.course).await? else { continue };
        let last = match (state.synced_at, &state.reason) {
            (_, Some(reason)) => format!("failed: {reason}"),
            (Some(at), None) => format!("{} members, read {}", state.active, at.format("%Y-%m-%d %H:%M UTC")),
            (None, None) => "not read yet".to_owned(),
        };
        writeln!(out, "{}\t{}\t{}\t{last}", course.course, titled(&course), course.registration)?;
    }
    Ok(())
}

async fn sync(services: &Services, course: Option<&str>, out: &mut impl Write) -> anyhow::Result<bool> {
    let mut tx = services.db.read().await?;
    let courses = match course {
        Some(course) => vec![found(&mut tx, course).await?],
        None => roster::all(&mut tx).await?,
    };
    drop(tx);
    let rosters = Rosters::new(services.db.clone(), services.entropy.clone(), services.lti.clone());
    let mut all_read = true;
    for course in courses {
        let said = match rosters.sync(services.clock.as_ref(), course.course).await? {
            Outcome::Complete { members } => format!("{members} members"),
            Outcome::Failed { reason } => {
                all_read = false;
                reason
            }
            Outcome::Busy => "it is being read already".to_owned(),
            Outcome::NotOffered => "its platform offers no roster".to_owned(),
        };
        writeln!(out, "{}: {said}", titled(&course))?;
    }
    Ok(all_read)
}

async fn show(tx: &mut Tx, course: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let course = found(tx, course).await?;
    for member in roster::members(tx, course.course).await? {
        let name = member.name.as_deref().unwrap_or("-");
        let launched = if member.learner.is_some() { "has launched" } else { "has not launched" };
        let gone = if member.status == Standing::Inactive { ", not in the course any more" } else { "" };
        writeln!(out, "{}\t{name}\t{:?}\t{launched}{gone}", member.subject, member.role)?;
    }
    Ok(())
}

fn titled(course: &Listed) -> &str {
    course.title.as_deref().unwrap_or(&course.context_id)
}

async fn found(tx: &mut Tx, name: &str) -> anyhow::Result<Listed> {
    let id = name.parse::<Uuid>().ok();
    let mut named = roster::all(tx).await?;
    named.retain(|one| Some(one.course) == id || one.context_id == name || one.title.as_deref() == Some(name));
    if named.len() > 1 {
        bail!("several courses are called \"{name}\"; name one by its id of `ltt roster list`");
    }
    named.pop().with_context(|| format!("no course \"{name}\" has a roster; see `ltt roster list`"))
}
