//! `cargo xtask fuzz`: changed copies of what platforms send, fed to the LTI library by `lti/examples/fuzz`.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{steps::run, workspace};

/// How long it takes within the tests, in seconds.
pub const WITHIN_TESTS: u64 = 60;

/// Feeds cases for so many seconds. The same seed makes the same cases.
pub fn feed(seconds: u64, seed: u64) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["run", "--quiet", "--package", "lti", "--example", "fuzz", "--"]);
    cargo.args(["--seconds", &seconds.to_string(), "--seed", &seed.to_string()]).current_dir(workspace::root());
    run(&mut cargo).context("what is printed above says which case it was, and how to see it again")
}
