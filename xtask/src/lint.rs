//! What is checked without running anything of LTT.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{
    steps::{capture, is_installed, run},
    supply,
    tally::Tally,
    workspace,
};

/// Form, lints, and where the dependencies come from.
pub fn run_all(tally: &mut Tally) {
    tally.check("rustfmt", || run(&mut cargo(&["fmt", "--all", "--check"])).context("`cargo fmt` puts it right"));
    tally.check("clippy", || clippy(&["--workspace", "--exclude", "browser", "--all-targets"]));
    // With the feature that the browser has; the target has no clippy of its own everywhere.
    tally.check("clippy, browser side", || clippy(&["--package", "browser", "--lib"]));
    tally.check("licences and sources of dependencies", supply::check);
    deny(tally);
}

fn clippy(what: &[&str]) -> Result<()> {
    run(cargo(&["clippy", "--quiet", "--keep-going"]).args(what).args(["--", "-D", "warnings"]))
}

/// cargo-deny knows more than we do, and takes longer to install than all our tests.
fn deny(tally: &mut Tally) {
    const CHECK: &str = "cargo deny: bans, licences, sources";
    const ADVISORIES: &str = "cargo deny: advisories";
    if !is_installed("cargo-deny") {
        tally.skip("cargo deny", "it is not installed (`cargo install --locked cargo-deny`)");
        return;
    }
    tally.check(CHECK, || run(&mut cargo(&["deny", "check", "bans", "licenses", "sources"])));
    if capture(&mut cargo(&["deny", "fetch", "db"])).is_ok() {
        tally.check(ADVISORIES, || run(&mut cargo(&["deny", "check", "advisories"])));
    } else {
        tally.skip(ADVISORIES, "their database is out of reach");
    }
}

fn cargo(arguments: &[&str]) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.args(arguments).current_dir(workspace::root());
    cargo
}
