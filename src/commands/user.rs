//! `ltt user`: who may sign in with a plain browser.

use std::io::Write;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::{
    accounts::{self, Invitation, Role, link, organisation},
    clock::Clock,
    entropy::Entropy,
    settings::Settings,
    store::Db,
};

/// What to do with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Print a link that signs somebody in once; it makes the account where there is none of that name
    Invite(InviteArguments),
    /// List who may sign in
    List {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Remove an account, and sign it out everywhere
    Remove {
        /// Its name
        name: String,
    },
}

/// Who is to be let in.
#[derive(Debug, Args)]
pub struct InviteArguments {
    /// What the account may do
    #[arg(long)]
    role: Role,
    /// The name to sign in by [default: the role]
    #[arg(long)]
    name: Option<String>,
    /// The organisation whose platforms it sees; it is made where there is none of that name [default: all platforms]
    #[arg(long, value_name = "NAME")]
    organisation: Option<String>,
}

/// Runs a command on users and prints what came of it.
pub async fn run(
    command: UserCommand,
    settings: &Settings,
    db: &Db,
    clock: &dyn Clock,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        UserCommand::Invite(arguments) => invite(arguments, settings, db, clock, entropy, out).await,
        UserCommand::List { json } => list(db, json, out).await,
        UserCommand::Remove { name } => remove(db, &name, out).await,
    }
}

async fn invite(
    arguments: InviteArguments,
    settings: &Settings,
    db: &Db,
    clock: &dyn Clock,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let now = clock.now();
    let mut tx = db.begin().await?;
    let organisation_id = match &arguments.organisation {
        Some(name) => Some(organisation::named(&mut tx, entropy, now, name).await?.id),
        None => None,
    };
    let invitation = Invitation { name: arguments.name, role: arguments.role, organisation_id };
    let account = accounts::invited(&mut tx, entropy, now, &invitation).await?;
    let secret = link::issue(&mut tx, entropy, now, account.id).await?;
    tx.commit().await?;
    writeln!(
        out,
        "This link signs \"{}\" ({}) in once, within {} hours:",
        account.name,
        account.role.name(),
        link::LIFE.num_hours()
    )?;
    writeln!(out, "\n  {}\n", settings.address(&format!("/sign-in?link={secret}")))?;
    writeln!(out, "Whoever has it can use it; give it to nobody else.")?;
    Ok(())
}

async fn list(db: &Db, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let organisations = organisation::all(&mut tx).await?;
    let people = accounts::all(&mut tx, None).await?;
    let organisation_of = |account: &accounts::Account| {
        let id = account.organisation_id?;
        organisations.iter().find(|organisation| organisation.id == id).map(|organisation| organisation.name.clone())
    };
    if as_json {
        let people: Vec<_> = people
            .iter()
            .map(|account| {
                json!({
                    "name": account.name,
                    "role": account.role.name(),
                    "organisation": organisation_of(account),
                    "has_password": account.password_hash.is_some(),
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&people)?)?;
        return Ok(());
    }
    if people.is_empty() {
        writeln!(out, "Nobody yet. Let somebody in with `ltt user invite --role administrator`.")?;
    }
    for account in &people {
        let organisation = organisation_of(account).map(|name| format!("  {name}")).unwrap_or_default();
        writeln!(out, "{}  {}{organisation}", account.name, account.role.name())?;
    }
    Ok(())
}

async fn remove(db: &Db, name: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let account = accounts::by_name(&mut tx, name).await?;
    let account = account.with_context(|| format!("nobody goes by \"{name}\"; see `ltt user list`"))?;
    let all = accounts::all(&mut tx, None).await?;
    let keeps = |other: &&accounts::Account| {
        other.id != account.id && other.role == Role::Administrator && other.organisation_id.is_none()
    };
    let is_last = account.role == Role::Administrator
        && account.organisation_id.is_none()
        && !all.iter().any(|other| keeps(&other));
    if is_last {
        bail!("\"{}\" is the last administrator of the installation; invite another one first", account.name);
    }
    accounts::remove(&mut tx, account.id).await?;
    tx.commit().await?;
    writeln!(out, "Removed \"{}\", and signed it out everywhere.", account.name)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{clock::SystemClock, database_test};

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: UserCommand,
    }

    async fn ltt_user(db: &Db, line: &[&str]) -> anyhow::Result<String> {
        let line = Line::try_parse_from([&["user"], line].concat())?;
        let settings = Settings::read(None, std::collections::HashMap::new())?;
        let mut out = Vec::new();
        run(line.command, &settings, db, &SystemClock, &Entropy::system(), &mut out).await?;
        Ok(String::from_utf8(out)?)
    }

    database_test!(
        async fn somebody_is_invited_listed_and_removed(db: Db) {
            assert!(ltt_user(&db, &["list"]).await.unwrap().contains("Nobody yet"));
            let invited = ltt_user(&db, &["invite", "--role", "administrator"]).await.unwrap();
            assert!(invited.contains("http://localhost:3000/sign-in?link="), "{invited}");
            let teacher = ["invite", "--role", "instructor", "--name", "Ada", "--organisation", "North School"];
            ltt_user(&db, &teacher).await.unwrap();
            let listed: serde_json::Value =
                serde_json::from_str(&ltt_user(&db, &["list", "--json"]).await.unwrap()).unwrap();
            assert_eq!(listed[0]["name"], "ada");
            assert_eq!(listed[0]["organisation"], "North School");
            assert_eq!(listed[1]["name"], "administrator");
            ltt_user(&db, &["remove", "ADA"]).await.unwrap();
            assert!(!ltt_user(&db, &["list"]).await.unwrap().contains("ada"));
        }
    );

    database_test!(
        async fn the_last_administrator_cannot_be_removed_nor_a_role_be_changed_by_an_invitation(db: Db) {
            ltt_user(&db, &["invite", "--role", "administrator", "--name", "Ada"]).await.unwrap();
            let refused = ltt_user(&db, &["remove", "ada"]).await.unwrap_err().to_string();
            assert!(refused.contains("last administrator"), "{refused}");
            let other =
                ltt_user(&db, &["invite", "--role", "instructor", "--name", "ada"]).await.unwrap_err().to_string();
            assert!(other.contains("already the name of an administrator"), "{other}");
            let again = ltt_user(&db, &["invite", "--role", "administrator", "--name", "ada"]).await.unwrap();
            assert!(again.contains("\"ada\" (administrator)"), "a new link for whoever is there: {again}");
            assert!(ltt_user(&db, &["invite", "--role", "administrator", "--name", " "]).await.is_err());
            assert!(ltt_user(&db, &["remove", "nobody"]).await.is_err());
        }
    );
}
