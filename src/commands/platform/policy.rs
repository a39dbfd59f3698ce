//! What was decided about a registration's launches: roles, mapping rules, and who is let in.

use std::{io::Write, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use uuid::Uuid;

use super::found;
use crate::{
    clock::Clock,
    entropy::Entropy,
    launch::{
        context::{
            Context,
            rules::{self, Field, Rules},
        },
        frames,
        platform::Registration,
        policy::{self, Provisioning, RoleLines},
        provisioning,
    },
    learning::project::Mistake,
    store::{Db, Tx},
};

/// The most codes that are made at once.
const MOST_CODES: u16 = 500;

/// What can be decided about a registration's launches. A running server keeps to it from the next launch on.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Show what the platform's roles come to, or change single lines
    Roles {
        /// Its name, client id or id
        registration: String,
        /// Take the lines of this file (YAML or JSON, such as `ContentDeveloper: instructor`) in place of earlier ones
        #[arg(long, value_name = "FILE")]
        set: Option<PathBuf>,
    },
    /// Show or change the rules that make a context of a launch's claims
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Say who is let in for the first time, and what is kept of people
    People {
        /// Its name, client id or id
        registration: String,
        /// Who is let in for the first time
        #[arg(long)]
        admit: Option<Admit>,
        /// Whether learners' e-mail addresses are kept; no: those that were kept are forgotten
        #[arg(long, value_name = "YES_OR_NO")]
        keep_email: Option<YesOrNo>,
        /// Whether names that launches leave out are taken from the course's roster; no: those that were are forgotten
        #[arg(long, value_name = "YES_OR_NO")]
        roster_names: Option<YesOrNo>,
    },
    /// Show which sites frame LTT, or name one that may
    Frames {
        /// Its name, client id or id
        registration: String,
        /// Let this site show LTT in a frame; once any is named, only named ones may
        #[arg(long = "allow", value_name = "ORIGIN")]
        allowed: Vec<String>,
    },
    /// Let people in where a registration is by invitation
    Admit {
        /// Its name, client id or id
        registration: String,
        /// Expect a person, by the platform's id of them (`sub`)
        #[arg(long = "subject", value_name = "ID")]
        subjects: Vec<String>,
        /// Print so many codes, each of which lets one person in
        #[arg(long, value_name = "NUMBER")]
        codes: Option<u16>,
    },
}

/// What can be done with mapping rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// Show the rules that hold, and what they make of the last launch
    Show {
        /// Its name, client id or id
        registration: String,
        /// Of one placement, by its id of `ltt platform rules placements`
        #[arg(long, value_name = "ID")]
        placement: Option<Uuid>,
    },
    /// Take the rules of a file (YAML or JSON), or name every mistake in it
    Set {
        /// Its name, client id or id
        registration: String,
        /// The file; `rules show` prints one to begin with
        file: PathBuf,
        /// For one placement only
        #[arg(long, value_name = "ID")]
        placement: Option<Uuid>,
    },
    /// Go back to LTT's own rules, or from a placement's to its registration's
    Reset {
        /// Its name, client id or id
        registration: String,
        /// Of one placement only
        #[arg(long, value_name = "ID")]
        placement: Option<Uuid>,
    },
    /// List the activities that have been placed in courses
    Placements {
        /// Its name, client id or id
        registration: String,
    },
}

/// Who is let in for the first time.
#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Admit {
    /// Everybody whom the platform sends
    FirstLaunch,
    /// Those who are expected or show a code, and whoever teaches
    Invitation,
    /// Nobody new
    Closed,
}

/// A plain word for a switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum YesOrNo {
    /// On
    Yes,
    /// Off
    No,
}

impl From<Admit> for Provisioning {
    fn from(admit: Admit) -> Self {
        match admit {
            Admit::FirstLaunch => Self::FirstLaunch,
            Admit::Invitation => Self::Invitation,
            Admit::Closed => Self::Closed,
        }
    }
}

/// Runs a command and prints what came of it.
pub async fn run(
    command: PolicyCommand,
    db: &Db,
    clock: &dyn Clock,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        PolicyCommand::Roles { registration, set } => roles(db, &registration, set, out).await,
        PolicyCommand::Rules(command) => run_rules(command, db, out).await,
        PolicyCommand::People { registration, admit, keep_email, roster_names } => {
            people(db, &registration, admit, [keep_email, roster_names], out).await
        }
        PolicyCommand::Frames { registration, allowed } => frames_of(db, &registration, &allowed, out).await,
        PolicyCommand::Admit { registration, subjects, codes } => {
            invite(db, clock, entropy, &registration, &subjects, codes.unwrap_or_default(), out).await
        }
    }
}

async fn roles(db: &Db, registration: &str, set: Option<PathBuf>, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let registration = found(&mut tx, registration).await?;
    let mut policy = policy::of(&mut tx, registration.id).await?;
    if let Some(file) = set {
        policy.roles = RoleLines::read(&text_of(&file)?).map_err(|mistakes| listed(&file, &mistakes))?;
        policy::save(&mut tx, registration.id, &policy).await?;
    }
    tx.commit().await?;
    writeln!(out, "# What roles come to for \"{}\". Changed here:", registration.name)?;
    for (role, comes_to) in policy.roles.iter() {
        writeln!(out, "{role}: {comes_to}")?;
    }
    writeln!(out, "# LTT's own, where it is not changed:")?;
    let own = policy::default_roles();
    for (role, comes_to) in own.iter().filter(|(role, _)| policy.roles.iter().all(|(changed, _)| changed != role)) {
        writeln!(out, "#   {role}: {comes_to}")?;
    }
    Ok(())
}

async fn run_rules(command: RulesCommand, db: &Db, out: &mut impl Write) -> anyhow::Result<()> {
    match command {
        RulesCommand::Show { registration, placement } => {
            let mut tx = db.read().await?;
            let registration = found(&mut tx, &registration).await?;
            show_rules(&mut tx, &registration, placement, out).await
        }
        RulesCommand::Set { registration, file, placement } => {
            let rules = Rules::read(&text_of(&file)?).map_err(|mistakes| listed(&file, &mistakes))?;
            set_rules(db, &registration, placement, Some(rules), out).await
        }
        RulesCommand::Reset { registration, placement } => set_rules(db, &registration, placement, None, out).await,
        RulesCommand::Placements { registration } => {
            let mut tx = db.read().await?;
            let registration = found(&mut tx, &registration).await?;
            for placement in policy::placements(&mut tx, registration.id).await? {
                let title = placement.title.as_deref().unwrap_or(&placement.link_id);
                let course = placement.course.as_deref().unwrap_or("no course");
                let own = if placement.has_rules { "  rules of its own" } else { "" };
                writeln!(out, "{}  {title} ({course}){own}", placement.id)?;
            }
            Ok(())
        }
    }
}

async fn show_rules(
    tx: &mut Tx,
    registration: &Registration,
    placement: Option<Uuid>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let own = match placement {
        Some(placement) => policy::placement_rules(tx, placement).await?,
        None => None,
    };
    let of_registration = policy::of(tx, registration.id).await?.rules;
    let whose = match (&own, &of_registration) {
        (Some(_), _) => "this placement's own",
        (None, Some(_)) => "the registration's",
        (None, None) => "LTT's own",
    };
    writeln!(out, "# The rules that hold: {whose}")?;
    let rules = match own.or(of_registration) {
        Some(rules) => rules.to_string(),
        None => rules::DEFAULT.to_owned(),
    };
    writeln!(out, "{}", rules.trim_end())?;
    let Some((claims, at)) = policy::last_claims(tx, registration.id).await? else {
        writeln!(out, "\n# There has been no launch lately to try them on.")?;
        return Ok(());
    };
    let rules = Rules::read(&rules).map_err(|mistakes| listed(&PathBuf::from("the stored rules"), &mistakes))?;
    let mapped = Context::of(&rules, &claims);
    writeln!(out, "\n# What they make of the last launch ({}):", at.format("%Y-%m-%d %H:%M:%S UTC"))?;
    for field in Field::ALL {
        let value = mapped.context.text(field).map_or("-".to_owned(), |text| text.replace('\n', " / "));
        let origin = mapped.context.origins.get(&field);
        let origin = origin.map(|origin| format!("  (rule {}, {})", origin.rule, origin.source)).unwrap_or_default();
        writeln!(out, "#   {field}: {value}{origin}")?;
    }
    for note in &mapped.notes {
        writeln!(out, "# {note}")?;
    }
    Ok(())
}

async fn set_rules(
    db: &Db,
    registration: &str,
    placement: Option<Uuid>,
    rules: Option<Rules>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let registration = found(&mut tx, registration).await?;
    if let Some(placement) = placement {
        if !policy::set_placement_rules(&mut tx, registration.id, placement, rules.as_ref()).await? {
            bail!("no placement has the id {placement}; see `ltt platform rules placements`");
        }
    } else {
        let policy = policy::of(&mut tx, registration.id).await?;
        policy::save(&mut tx, registration.id, &policy::LaunchPolicy { rules, ..policy }).await?;
    }
    show_rules(&mut tx, &registration, placement, out).await?;
    Ok(tx.commit().await?)
}

async fn people(
    db: &Db,
    registration: &str,
    admit: Option<Admit>,
    [keep_email, roster_names]: [Option<YesOrNo>; 2],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let registration = found(&mut tx, registration).await?;
    let mut policy = policy::of(&mut tx, registration.id).await?;
    policy.provisioning = admit.map_or(policy.provisioning, Provisioning::from);
    policy.keep_email = keep_email.map_or(policy.keep_email, |keep| keep == YesOrNo::Yes);
    policy.roster_names = roster_names.map_or(policy.roster_names, |take| take == YesOrNo::Yes);
    if admit.is_some() || keep_email.is_some() || roster_names.is_some() {
        policy::save(&mut tx, registration.id, &policy).await?;
    }
    tx.commit().await?;
    writeln!(out, "Let in for the first time: {}", policy.provisioning.name())?;
    let word = |is_so: bool| if is_so { "yes" } else { "no" };
    writeln!(out, "E-mail addresses are kept: {}", word(policy.keep_email))?;
    writeln!(out, "Names are taken from rosters: {}", word(policy.roster_names))?;
    Ok(())
}

async fn frames_of(db: &Db, registration: &str, allowed: &[String], out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let id = found(&mut tx, registration).await?.id;
    for origin in allowed {
        if !frames::allow(&mut tx, id, origin).await? {
            bail!("\"{origin}\" is no site: write https:// and its host");
        }
    }
    let registration = found(&mut tx, registration).await?;
    let seen = frames::sightings(&mut tx, &registration).await?;
    tx.commit().await?;
    writeln!(out, "May show LTT in a frame:")?;
    for origin in frames::ancestors(&registration) {
        let every = if origin == "https:" { " (every https site, while you have named none)" } else { "" };
        writeln!(out, "  {origin}{every}")?;
    }
    for sighting in seen {
        let origin = if sighting.is_known() { &*sighting.origin } else { "a site that the next launch finds out" };
        let what = if sighting.blocked { "refused" } else { "seen, not named" };
        writeln!(out, "{what}: {origin} ({})", sighting.seen_at.format("%Y-%m-%d %H:%M:%S UTC"))?;
    }
    Ok(())
}

async fn invite(
    db: &Db,
    clock: &dyn Clock,
    entropy: &Entropy,
    registration: &str,
    subjects: &[String],
    codes: u16,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    if subjects.is_empty() && codes == 0 {
        bail!("say whom to invite: --subject ID, or --codes NUMBER");
    }
    if codes > MOST_CODES {
        bail!("at most {MOST_CODES} codes at once");
    }
    if let Some(subject) = subjects.iter().find(|subject| subject.trim().is_empty() || subject.chars().count() > 255) {
        bail!("\"{subject}\" is no id of a person: it has 1 to 255 characters");
    }
    let mut tx = db.begin().await?;
    let registration = found(&mut tx, registration).await?;
    for subject in subjects {
        provisioning::invite(&mut tx, registration.id, subject).await?;
    }
    let mut made = Vec::new();
    for _ in 0..codes {
        made.push(provisioning::make_code(&mut tx, entropy, clock.now(), registration.id).await?);
    }
    let by_invitation = policy::of(&mut tx, registration.id).await?.provisioning == Provisioning::Invitation;
    tx.commit().await?;
    for code in &made {
        writeln!(out, "{code}")?;
    }
    if !subjects.is_empty() {
        writeln!(out, "{} person(s) on the list.", subjects.len())?;
    }
    if !by_invitation {
        writeln!(
            out,
            "\"{}\" is not by invitation yet: `ltt platform people \"{}\" --admit invitation`",
            registration.name, registration.name
        )?;
    }
    Ok(())
}

fn text_of(file: &PathBuf) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Every mistake, each on a line of its own with its path.
fn listed(file: &std::path::Path, mistakes: &[Mistake]) -> anyhow::Error {
    let lines: Vec<String> = mistakes.iter().map(|mistake| format!("  {mistake}")).collect();
    anyhow::anyhow!("{} has {} mistake(s), nothing was changed:\n{}", file.display(), mistakes.len(), lines.join("\n"))
}

#[cfg(test)]
mod tests;
