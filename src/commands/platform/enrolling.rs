//! `ltt platform invite`, `invites`, `revoke`, `pending`, `approve`, `reject`: platforms that register LTT by themselves.

use std::{io::Write, time::Duration};

use anyhow::{Context as _, bail};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    launch::{
        enrolment::{self, Pending},
        invite::{self, InviteState, NewInvite},
        platform::Within,
    },
    settings::{OutboundAllow, Settings},
    store::{Db, Tx},
};

/// What an invitation is made of.
#[derive(Debug, Args)]
pub struct InviteArguments {
    /// What to call the registration; what the platform calls itself where nothing is said
    #[arg(long)]
    name: Option<String>,
    /// For how long the link is good, such as 12h or 7d; 90 days at most
    #[arg(long, default_value = "7d", value_parser = humantime::parse_duration)]
    expires: Duration,
    /// Let the registration wait until you approve it (`ltt platform approve`)
    #[arg(long)]
    approve: bool,
}

/// Makes an invitation and prints its link.
pub async fn invite(
    arguments: InviteArguments,
    settings: &Settings,
    db: &Db,
    now: DateTime<Utc>,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let lifetime = TimeDelta::from_std(arguments.expires).unwrap_or(TimeDelta::MAX);
    if lifetime > invite::LONGEST_LIFETIME || lifetime < TimeDelta::minutes(1) {
        bail!("--expires: give a time between one minute and 90 days, such as 7d");
    }
    let name = arguments.name.filter(|name| !name.trim().is_empty());
    if name.as_ref().is_some_and(|name| name.len() > invite::LONGEST_NAME || name.contains(char::is_control)) {
        bail!("--name: give a text of 1 to {} characters", invite::LONGEST_NAME);
    }
    let new = NewInvite { name, approve: arguments.approve, organisation_id: None, lifetime };
    let mut tx = db.begin().await?;
    let (invite, secret) = invite::create(&mut tx, entropy, now, new).await?;
    tx.commit().await?;
    writeln!(out, "{}", invite::link(&settings.origin(), &secret))?;
    writeln!(
        out,
        "\nPaste it where the platform asks for a registration address (dynamic registration). It works once, until {}, and \
         is not shown again.",
        invite.expires_at.format("%Y-%m-%d %H:%M UTC")
    )?;
    if invite.approve {
        writeln!(out, "What comes of it waits for you: see `ltt platform pending`.")?;
    }
    Ok(())
}

/// Lists invitations.
pub async fn invites(db: &Db, now: DateTime<Utc>, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let invites = invite::all(&mut tx, Within::Installation).await?;
    if invites.is_empty() {
        writeln!(out, "No invitation. Make one with `ltt platform invite`.")?;
    }
    for invite in invites {
        let state = invite.state(now);
        let until = invite.expires_at.format("%Y-%m-%d %H:%M UTC");
        let name = invite.name.as_deref().unwrap_or("(named by the platform)");
        let note = if state == InviteState::Open { format!(" until {until}") } else { String::new() };
        writeln!(out, "{}  {name}  {}{note}", invite.id, state.name())?;
    }
    Ok(())
}

/// Takes an invitation back.
pub async fn revoke(id: Uuid, db: &Db, now: DateTime<Utc>, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    if !invite::revoke(&mut tx, Within::Installation, now, id).await? {
        bail!("no invitation {id} can be taken back; see `ltt platform invites`");
    }
    tx.commit().await?;
    writeln!(out, "The invitation no longer works.")?;
    Ok(())
}

/// Lists registrations that wait.
pub async fn pending(db: &Db, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let pending = enrolment::pending(&mut tx, Within::Installation).await?;
    if pending.is_empty() {
        writeln!(out, "No registration waits.")?;
    }
    for Pending { id, proposal, created_at } in pending {
        writeln!(out, "{id}  {}  since {}", proposal.name, created_at.format("%Y-%m-%d %H:%M UTC"))?;
        for (label, value) in [
            ("Issuer", &proposal.issuer),
            ("Client id", &proposal.client_id),
            ("Login answered at", &proposal.auth_url),
            ("Tokens from", &proposal.token_url),
            ("Keys from", &proposal.jwks_url),
        ] {
            writeln!(out, "  {label:<18} {value}")?;
        }
    }
    Ok(())
}

/// Makes a registration of one that waits.
pub async fn approve(
    wanted: &str,
    settings: &Settings,
    db: &Db,
    now: DateTime<Utc>,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let loopback = settings.outbound_allow == OutboundAllow::Loopback;
    let mut tx = db.begin().await?;
    let id = found(&mut tx, wanted).await?.id;
    let registration = enrolment::approve(&mut tx, entropy, now, Within::Installation, id, loopback).await?;
    let registration = registration.context("it waits no more")?;
    tx.commit().await?;
    writeln!(out, "Approved \"{}\" (client id {}). People can come in.", registration.name, registration.client_id)?;
    Ok(())
}

/// Forgets a registration that waits.
pub async fn reject(wanted: &str, db: &Db, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let pending = found(&mut tx, wanted).await?;
    enrolment::reject(&mut tx, Within::Installation, pending.id).await?;
    tx.commit().await?;
    writeln!(out, "Rejected \"{}\". Delete LTT in the platform too.", pending.proposal.name)?;
    Ok(())
}

/// The one that waits and goes by this name, client id or id.
async fn found(tx: &mut Tx, wanted: &str) -> anyhow::Result<Pending> {
    let all = enrolment::pending(tx, Within::Installation).await?;
    let goes_by =
        |one: &Pending| one.proposal.name == wanted || one.proposal.client_id == wanted || one.id.to_string() == wanted;
    let mut matching: Vec<Pending> = all.into_iter().filter(goes_by).collect();
    if matching.len() > 1 {
        bail!("{} registrations that wait go by \"{wanted}\"; name one by its id", matching.len());
    }
    matching
        .pop()
        .with_context(|| format!("no registration that waits goes by \"{wanted}\"; see `ltt platform pending`"))
}
