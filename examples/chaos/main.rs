//! Scores of a crowd of learners, brought to platforms that fail, dawdle and start anew, by servers that are killed and started
//! again. At the end each learner's newest score has to be where it belongs, and nothing may have happened on the way that a
//! gradebook would suffer from.
//!
//! `cargo xtask chaos` builds what is needed and runs it on both databases. What goes wrong when is drawn from the seed.

mod check;
mod crowd;
mod faults;
mod platform;
mod servers;

use std::{
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use clap::Parser;
use ltt::{
    entropy::Entropy,
    grades::outbox::{Tally, tally},
    store::Db,
};
use sqlx::{Connection as _, PgConnection};
use tokio::time::sleep;
use url::Url;

use crate::{
    check::{Findings, examine},
    crowd::Crowd,
    faults::Faults,
    platform::Platform,
    servers::Servers,
};

/// How many platforms there are; workers that turn to several must not get into each other's way.
const PLATFORMS: usize = 3;

/// Brings scores through LTT's outbox, through whatever may happen.
#[derive(Debug, Parser)]
struct Wish {
    /// The program to be tried.
    #[arg(long)]
    ltt: PathBuf,
    /// A PostgreSQL server where a database may be made; SQLite where there is none.
    #[arg(long)]
    postgres: Option<Url>,
    /// How many learners there are.
    #[arg(long, default_value_t = 10_000)]
    learners: usize,
    /// What all chance is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Over how many seconds the scores come in.
    #[arg(long, default_value_t = 60)]
    over: u64,
    /// How many minutes it may take.
    #[arg(long, default_value_t = 30)]
    minutes: u64,
    /// Nothing fails and nobody is killed: how fast it is.
    #[arg(long)]
    calm: bool,
}

/// What a run came to.
struct Outcome {
    scores: usize,
    took: Duration,
    stands: Tally,
    kills: usize,
    logged: usize,
    findings: Findings,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let wish = Wish::parse();
    let database = if wish.postgres.is_some() { "PostgreSQL" } else { "SQLite" };
    if !wish.calm {
        println!("{} learners on {database}, seed {}", wish.learners, wish.seed);
    }
    let folder = tempfile::tempdir()?;
    let (url, db) = database_of(&wish, folder.path().join("ltt.db")).await?;
    let faults = Faults { seed: wish.seed, calm: wish.calm };
    let platforms =
        (0..PLATFORMS).map(|number| Platform::new(number, faults).map(Arc::new)).collect::<Result<Vec<_>>>()?;
    let crowd = Crowd::gather(&db, &Entropy::seeded(wish.seed), wish.seed, wish.learners, &platforms).await?;
    let servers = Servers::new(wish.ltt.canonicalize()?, url, folder.path().to_owned(), if wish.calm { 1 } else { 2 })?;
    let outcome = run(&wish, &db, &crowd, &platforms, servers).await?;
    if wish.calm {
        println!("\nScores through the outbox, {database}");
        println!("  {:<24}  {:>10.0}", "scores a second", outcome.per_second());
    } else {
        report(&platforms, &outcome);
    }
    let broken = &outcome.findings.broken;
    for rule in broken.iter().take(5) {
        println!("\n{rule}");
    }
    if broken.is_empty() {
        if let Some(server) = &wish.postgres {
            remove(server, db).await?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    println!("\n{} rules broken; see it again with --seed {}", broken.len(), wish.seed);
    // What the servers said may tell why.
    println!("their logs are in {}", folder.keep().display());
    Ok(ExitCode::FAILURE)
}

/// An empty database of this run's own, and its address.
async fn database_of(wish: &Wish, file: PathBuf) -> Result<(String, Db)> {
    let url = match &wish.postgres {
        None => format!("sqlite:{}", file.display()),
        Some(server) => {
            let name = database_name();
            let mut connection = PgConnection::connect(server.as_str()).await.context("the PostgreSQL server")?;
            sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut connection).await?;
            let mut url = server.clone();
            url.set_path(&name);
            url.to_string()
        }
    };
    let db = Db::connect(&url).await?;
    db.migrate().await?;
    Ok((url, db))
}

/// Gives the space back; what broke a rule is left to be looked at.
async fn remove(server: &Url, db: Db) -> Result<()> {
    drop(db);
    let mut connection = PgConnection::connect(server.as_str()).await?;
    let sql = format!("DROP DATABASE {} WITH (FORCE)", database_name());
    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await?;
    Ok(())
}

fn database_name() -> String {
    format!("chaos_{}", std::process::id())
}

async fn run(
    wish: &Wish,
    db: &Db,
    crowd: &Crowd,
    platforms: &[Arc<Platform>],
    mut servers: Servers,
) -> Result<Outcome> {
    servers.start_all().await?;
    let tool_keys = servers.key_set().await?;
    let lives: Vec<_> =
        platforms.iter().map(|platform| Arc::clone(platform).live(tool_keys.clone())).collect::<Result<_>>()?;
    // For a measure all is there at once; else scores come in while older ones are under way.
    if wish.calm {
        crowd.earn_all(db).await?;
    }
    let begun = Instant::now();
    let scores = if wish.calm { waiting(db).await? } else { crowd.len() };
    let settled = async {
        if !wish.calm {
            crowd.earn_one_by_one(db, Duration::from_secs(wish.over)).await?;
        }
        until_none_waits(db).await
    };
    let trouble = servers.trouble(wish.seed, wish.calm);
    let limit = Duration::from_secs(wish.minutes * 60);
    tokio::select! {
        settled = settled => settled?,
        troubled = trouble => troubled?,
        () = sleep(limit) => println!("not all was settled within {} minutes", wish.minutes),
    }
    let took = begun.elapsed();
    let (kills, logged) = (servers.kills(), servers.errors_logged()?);
    drop(servers);
    for life in lives {
        life.end()?;
    }
    let stands = tally(&mut db.read().await?).await?;
    let mut findings = examine(db, crowd, platforms).await?;
    let deadlocks = logged.iter().filter(|line| line.contains("deadlock")).cloned();
    findings.broken.extend(deadlocks);
    Ok(Outcome { scores, took, stands, kills, logged: logged.len(), findings })
}

async fn until_none_waits(db: &Db) -> Result<()> {
    while waiting(db).await? > 0 {
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn waiting(db: &Db) -> Result<usize> {
    Ok(usize::try_from(tally(&mut db.read().await?).await?.waiting)?)
}

impl Outcome {
    #[expect(clippy::cast_precision_loss, reason = "far fewer than a float can count")]
    fn per_second(&self) -> f64 {
        self.scores as f64 / self.took.as_secs_f64()
    }
}

fn report(platforms: &[Arc<Platform>], outcome: &Outcome) {
    let row = |what: &str, value: String| println!("  {what:<34}  {value:>10}");
    println!("\nWhat happened");
    row("scores earned", outcome.scores.to_string());
    row("posts", outcome.findings.posts.to_string());
    row("of them for a score posted before", outcome.findings.repeats.to_string());
    row("servers killed", outcome.kills.to_string());
    row("platforms started anew", platforms.iter().map(|platform| platform.restarts()).sum::<usize>().to_string());
    for (fault, times) in platform::given(platforms) {
        row(&format!("  {}", fault.told()), times.to_string());
    }
    println!("\nHow it ended");
    row("in the gradebook", outcome.stands.sent.to_string());
    row("refused", outcome.stands.refused.to_string());
    row("still waiting", outcome.stands.waiting.to_string());
    row("errors in the servers' logs", outcome.logged.to_string());
    row("seconds", format!("{:.1}", outcome.took.as_secs_f64()));
}

/// A free port on this machine.
fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// Asks an address until it answers, or for half a minute.
async fn answer(client: &reqwest::Client, url: &str) -> Result<reqwest::Response> {
    for _ in 0..600 {
        if let Ok(answer) = client.get(url).send().await
            && answer.status().is_success()
        {
            return Ok(answer);
        }
        sleep(Duration::from_millis(50)).await;
    }
    bail!("{url} does not answer")
}
