//! `cargo xtask bench`: how fast the release build is, measured from outside by `end2end/bench`.

use std::process::Command;

use anyhow::Result;

use crate::{
    browser::Flavour,
    npm,
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
    step("measuring", || {
        run(Command::new("node").arg(&script).env("LTT_BIN", &executable).current_dir(workspace::root()))
    })
}
