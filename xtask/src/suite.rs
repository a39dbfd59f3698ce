//! `cargo xtask test`: everything that can be checked, with one sum at the end.

use std::process::{Command, ExitCode};

use clap::ValueEnum;

use crate::{
    browser::Flavour,
    browser_tests, chaos,
    conformance::Shown,
    fuzz, lint,
    postgres::Server,
    server::{self, Profile},
    site,
    tally::{Tally, cargo_test},
    workspace,
};

/// A part of the tests that can be run by itself.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// rustfmt, clippy, dependencies.
    Lint,
    /// Rust's tests, on SQLite and PostgreSQL.
    Rust,
    /// Stories in a browser, from the demo LMS and from Open edX.
    Pages,
}

/// Runs the parts, the fast ones first; all of them where none is named.
pub fn run(only: &[Part]) -> ExitCode {
    let mut tally = Tally::new();
    let wanted = |part| only.is_empty() || only.contains(&part);
    if wanted(Part::Lint) {
        lint::run_all(&mut tally);
    }
    if wanted(Part::Rust) {
        rust(&mut tally);
    }
    if wanted(Part::Pages) {
        pages(&mut tally);
    }
    tally.finish()
}

fn rust(tally: &mut Tally) {
    let mut server = None;
    let started = tally.check("a PostgreSQL server for the tests", || {
        server = Some(Server::start()?);
        Ok(())
    });
    let mut cargo = Command::new("cargo");
    cargo.args(["test", "--workspace", "--exclude", "browser", "--no-fail-fast"]).current_dir(workspace::root());
    if let Some(server) = server.as_ref().filter(|_| started) {
        cargo.env("LTT_TEST_POSTGRES_URL", server.url());
    }
    let mut shown = Shown::default();
    tally.suite("Rust's tests", || cargo_test(&mut cargo, |line| shown.read(line)));
    tally.check("chaos on SQLite", || chaos::a_little(None));
    if let Some(server) = server.as_ref().filter(|_| started) {
        tally.check("chaos on PostgreSQL", || chaos::a_little(Some(server)));
    }
    if let Some(server) = server.as_mut().filter(|_| started) {
        tally.check("the PostgreSQL server was there to the end", || server.check());
    }
    tally.check("docs/lti-conformance.md", || shown.check());
    tally.check("hostile logins, launches, key sets and registrations", || fuzz::feed(fuzz::WITHIN_TESTS, 1));
}

fn pages(tally: &mut Tally) {
    let mut executable = None;
    let built = tally.check("everything the browser tests need", || {
        browser_tests::prepare()?;
        site::build(Flavour::Small)?;
        executable = Some(server::build(Profile::Debug)?);
        Ok(())
    });
    if let Some(executable) = executable.filter(|_| built) {
        tally.suite("stories in a browser", || browser_tests::run(&executable));
    }
}
