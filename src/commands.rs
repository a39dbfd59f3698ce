//! The command line.

use std::{io::Write as _, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

use crate::{
    clock::{Clock as _, SystemClock},
    entropy::Entropy,
    launch::protocol::GuardedClient,
    settings::Settings,
    store::Db,
    web::services::reach,
};

pub mod backup;
pub mod demo;
pub mod doctor;
pub mod keys;
pub mod platform;
pub mod project;
pub mod roster;
pub mod serve;
pub mod user;

/// An AI tutor that opens inside a course unit by LTI 1.3, and grades what is learnt there.
#[derive(Debug, Parser)]
#[command(name = "ltt", version, about, long_about = None, after_help = SETTINGS_HELP)]
pub struct Arguments {
    /// A settings file (TOML); the environment wins over it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const SETTINGS_HELP: &str = "\
Settings, in the file (public_url = \"…\") or the environment (LTT_PUBLIC_URL=…):
  LTT_LISTEN             where to listen [127.0.0.1:3000]
  LTT_PUBLIC_URL         how browsers and platforms reach LTT [http://localhost:3000]
  LTT_DATABASE_URL       sqlite:FILE or postgres://… [sqlite:ltt.db]
  LTT_TRUSTED_PROXIES    addresses whose X-Forwarded-For is believed [none]
  LTT_KEY_ENCRYPTION_SECRET      encrypts LTT's own keys in the database [as they are]
  LTT_KEY_ENCRYPTION_SECRET_OLD  the former one, until `ltt keys encrypt` has been run
  LTT_KEY_ROTATION       how long a key signs before the next takes over; off: by command [90d]
  LTT_GRADE_RETRY_FLOOR  first pause after a failed delivery of a grade [5s]
  LTT_GRADE_RATE         grades that go to one platform in a second, at most [20]
  LTT_ROSTER_INTERVAL    how often rosters of courses in use are read; off: only when asked [6h]
  LTT_METRICS            off; an address to serve /metrics on; on: at the public one, for who shows the token [off]
  LTT_METRICS_TOKEN      the bearer token that whoever reads /metrics has to show
  LTT_OUTBOUND_ALLOW     loopback: allow http to this machine, to try LTT out [public https only]
  LTT_TUTOR_PROVIDER     guide (no model) or openai (any compatible server) [guide]
  LTT_TUTOR_BASE_URL, LTT_TUTOR_MODEL, LTT_TUTOR_API_KEY
LTT_DATABASE_URL, LTT_METRICS_TOKEN, LTT_TUTOR_API_KEY and the key encryption secrets may stand in files of their own,
which are then named by the same variables with _FILE at the end.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server
    Serve,
    /// Try LTT: the server, a small LMS, a sample project and a class
    Demo(demo::DemoArguments),
    /// Check settings, database, keys, platforms and clocks; exit 1 on a fault
    Doctor(doctor::DoctorArguments),
    /// Copy the database to a file, also while LTT runs
    Backup(backup::BackupArguments),
    /// Put a backup in the place of the database
    Restore(backup::RestoreArguments),
    /// LTT's own keys, which platforms verify by
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Platforms that may launch LTT
    #[command(subcommand)]
    Platform(platform::PlatformCommand),
    /// Projects to learn from
    #[command(subcommand)]
    Project(project::ProjectCommand),
    /// Who belongs to which course, as the platforms tell
    #[command(subcommand)]
    Roster(roster::RosterCommand),
    /// Who may sign in with a plain browser
    #[command(subcommand)]
    User(user::UserCommand),
}

/// Runs the command that was given.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let environment = Settings::process_environment();
    let settings = Settings::read(arguments.config.as_deref(), environment)?;
    let (clock, entropy) = (Arc::new(SystemClock), Entropy::system());
    match arguments.command {
        Command::Serve => serve::run(settings, clock, entropy).await,
        Command::Demo(demo) => demo::run(demo, settings, clock, entropy).await,
        Command::Doctor(arguments) => {
            let http = GuardedClient::new(reach(&settings))?;
            let mut out = std::io::stdout();
            let faults = doctor::run(arguments, &settings, clock.as_ref(), &entropy, &http, &mut out).await?;
            Ok(if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::Backup(arguments) => backup::backup(&arguments, &settings, &mut std::io::stdout()).await,
        Command::Restore(arguments) => {
            backup::restore(&arguments, &settings, clock.now(), &mut std::io::stdout()).await
        }
        Command::Keys(command) => {
            let db = database(&settings).await?;
            let mut out = std::io::stdout();
            keys::run(command, &settings, &db, clock.now(), &entropy, &mut out).await?;
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Platform(command) => {
            let db = database(&settings).await?;
            let mut out = std::io::stdout();
            platform::run(command, &settings, &db, clock.as_ref(), &entropy, &mut out).await?;
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Roster(command) => {
            let services = serve::services(settings, clock, entropy).await?;
            let mut out = std::io::stdout();
            let all_read = roster::run(command, &services, &mut out).await?;
            out.flush()?;
            Ok(if all_read { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        Command::User(command) => {
            let db = database(&settings).await?;
            let mut out = std::io::stdout();
            user::run(command, &settings, &db, clock.as_ref(), &entropy, &mut out).await?;
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Project(command) => {
            let mut out = std::io::stdout();
            let around = project::Surroundings { entropy: &entropy, now: clock.now(), out: &mut out };
            project::run(command, async || database(&settings).await, around).await
        }
    }
}

/// The database, brought up to date.
pub async fn database(settings: &Settings) -> anyhow::Result<Db> {
    let address = settings.database_for_display();
    let db = Db::connect(settings.database_url_exposed())
        .await
        .with_context(|| format!("cannot open the database {address}; check LTT_DATABASE_URL"))?;
    db.migrate().await.with_context(|| format!("cannot bring the database {address} up to date"))?;
    Ok(db)
}
