//! The stories of `end2end/`: LTT as people use it, in Chromium, by Playwright.

use std::{fs, path::Path, process::Command};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{
    debian, npm,
    steps::{capture, is_installed},
    tally::Counts,
    workspace,
};

const CHROMIUM: &str = "/usr/bin/chromium";

/// Playwright's own report, as far as it is read.
#[derive(Deserialize)]
struct Report {
    stats: Stats,
}

#[derive(Deserialize)]
struct Stats {
    expected: u64,
    unexpected: u64,
    flaky: u64,
    skipped: u64,
}

/// Installs what the stories need besides LTT: npm's packages, a browser, and a Python for Open edX.
pub fn prepare() -> Result<()> {
    npm::install()?;
    if !Path::new(CHROMIUM).exists() {
        debian::install(&["chromium"])?;
    }
    if !is_installed("python3") || capture(Command::new("python3").args(["-c", "import venv, ensurepip"])).is_err() {
        debian::install(&["python3-venv"])?;
    }
    Ok(())
}

/// Tells the stories to an executable.
pub fn run(executable: &Path) -> Result<Counts> {
    let report = workspace::target("end2end/report.json");
    if report.exists() {
        fs::remove_file(&report)?;
    }
    // A failed story is in the report; without a report Playwright itself failed.
    let status = npm::program("playwright")
        .args(["test", "--config", "end2end/playwright.config.ts"])
        .env("LTT_BIN", executable)
        .env("CHROMIUM", CHROMIUM)
        .status()
        .context("starting Playwright")?;
    let text =
        fs::read_to_string(&report).with_context(|| format!("Playwright ended with {status}, and told nothing"))?;
    let Report { stats } = serde_json::from_str(&text).context("Playwright's report")?;
    // A browser on a busy machine may miss a deadline once; what fails twice has failed.
    Ok(Counts { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped })
}
