//! Packages of npm, at the exact versions of `package-lock.json`.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{
    steps::{Fingerprint, run, step_unless_unchanged},
    workspace,
};

/// Installs them into `node_modules`. None needs its install script.
pub fn install() -> Result<()> {
    let inputs = Fingerprint::new().path(&workspace::path("package-lock.json"))?;
    step_unless_unchanged("npm packages", inputs, &workspace::path("node_modules/.package-lock.json"), || {
        let options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        run(Command::new("npm").args(options).current_dir(workspace::root()))
            .context("node (20 or newer) and npm must be installed, and npm's registry within reach")
    })
}

/// A program that came with one of the packages.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(workspace::path("node_modules/.bin").join(name));
    command.current_dir(workspace::root());
    command
}
