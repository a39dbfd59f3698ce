//! `cargo xtask bench`: how fast the release build is, measured from outside by `end2end/bench`, and what one signature costs.

use std::process::Command;

use anyhow::Result;

use crate::{
    browser::Flavour,
    chaos, npm,
    postgres::Server,
    server::{self, Profile},
    site,
    steps::{run, step},
    workspace,
};

/// Builds, measures, and prints tables.
pub fn run_all(profile: Profile) -> Result<()> {
    site::build(Flavour::Small)?;
    let executable = server::build(profile)?;
    // As deep under the root as `end2end/stage`, which finds the root from where it is.
    let script = workspace::target("bundles/bench.mjs");
    run(npm::program("esbuild")
        .arg("end2end/bench/main.ts")
        .args(["--bundle", "--platform=node", "--format=esm", "--target=node20", "--log-level=warning"])
        .arg(format!("--outfile={}", script.display())))?;
    let postgres = Server::start()?;
    step("measuring", || {
        run(Command::new("node")
            .arg(&script)
            .env("LTT_BIN", &executable)
            .env("LTT_BENCH_POSTGRES_URL", postgres.url())
            .current_dir(workspace::root()))
    })?;
    step("scores through the outbox", || chaos::measure(&executable, &postgres))?;
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--package", "lti", "--example", "verification"]).current_dir(workspace::root());
    if matches!(profile, Profile::Release) {
        cargo.arg("--release");
    }
    step("one signature", || run(&mut cargo))
}
