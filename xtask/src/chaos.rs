//! `cargo xtask chaos`: scores brought through LTT's outbox by servers that are killed, to platforms that fail. The program is
//! `examples/chaos`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::{
    postgres::Server,
    server::{self, Profile},
    steps::{run, step},
    workspace,
};

/// What may be chosen.
#[derive(Args)]
pub struct Wish {
    /// How many learners there are.
    #[arg(long, default_value_t = 10_000)]
    learners: u32,
    /// Another seed makes other faults.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// On that database only.
    #[arg(long, value_enum)]
    database: Option<Database>,
    /// How long each may take.
    #[arg(long, default_value_t = 20)]
    minutes: u32,
}

/// Where the outbox is.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Database {
    /// One file, which both servers use.
    Sqlite,
    /// A server of its own.
    Postgres,
}

/// Builds what is needed, and runs it on the databases that are wished for.
pub fn run_all(wish: &Wish) -> Result<()> {
    let ltt = server::build(Profile::Debug)?;
    build()?;
    let more = ["--learners", &wish.learners.to_string(), "--seed", &wish.seed.to_string()].map(str::to_owned);
    let most = ["--minutes".to_owned(), wish.minutes.to_string()];
    let arguments: Vec<String> = more.into_iter().chain(most).collect();
    if wish.database != Some(Database::Postgres) {
        step("chaos on SQLite", || bring(&ltt, &arguments, None))?;
    }
    if wish.database != Some(Database::Sqlite) {
        let postgres = Server::start()?;
        step("chaos on PostgreSQL", || bring(&ltt, &arguments, Some(&postgres)))?;
    }
    Ok(())
}

/// A little of it, with what `cargo test` has built.
pub fn a_little(database: Option<&Server>) -> Result<()> {
    let arguments = ["--learners", "200", "--over", "5", "--minutes", "2"].map(str::to_owned);
    bring(&workspace::target("debug/ltt"), &arguments, database)
}

/// How many scores a second there are when nothing goes wrong.
pub fn measure(ltt: &Path, postgres: &Server) -> Result<()> {
    build()?;
    let arguments = ["--calm", "--learners", "2000"].map(str::to_owned);
    bring(ltt, &arguments, None)?;
    bring(ltt, &arguments, Some(postgres))
}

fn build() -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--package", "ltt", "--example", "chaos"]).current_dir(workspace::root());
    step("the crowd and its platforms", || run(&mut cargo))
}

fn bring(ltt: &Path, arguments: &[String], postgres: Option<&Server>) -> Result<()> {
    let program: PathBuf = workspace::target("debug/examples/chaos");
    let mut chaos = Command::new(program);
    chaos.arg("--ltt").arg(ltt).args(arguments);
    if let Some(postgres) = postgres {
        chaos.args(["--postgres", &postgres.url()]);
    }
    run(&mut chaos).context("what is printed above says which score it was, and how to see it again")
}
