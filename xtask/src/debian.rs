//! Packages of Debian, installed when they are missing.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::steps::{capture, is_installed, run, step};

/// Installs packages, without removing any. Asks for nothing: it is root, may use `sudo` without a password, or says
/// what to type.
pub fn install(packages: &[&str]) -> Result<()> {
    let typed = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if !is_installed("apt-get") {
        bail!("this machine has no apt-get; install what matches these Debian packages: {}", packages.join(", "));
    }
    let Some(prefix) = privileges()? else {
        bail!("this needs an administrator's rights once; run `sudo {typed}` and try again");
    };
    step(&format!("installing {}", packages.join(", ")), || {
        apt(prefix).args(["update", "--quiet=2"]).status().context("starting apt-get")?;
        let keep_no_archives = "-oAPT::Keep-Downloaded-Packages=false";
        let options = ["install", "--yes", "--quiet=2", "--no-install-recommends", "--no-remove", keep_no_archives];
        run(apt(prefix).args(options).args(packages)).with_context(|| format!("run `{typed}` and see what it says"))
    })
}

/// The words before a command that make it run as root.
fn privileges() -> Result<Option<&'static [&'static str]>> {
    if is_root()? {
        return Ok(Some(&["env"]));
    }
    let sudo = Command::new("sudo").args(["--non-interactive", "true"]).output();
    Ok(sudo.is_ok_and(|output| output.status.success()).then_some(&["sudo", "--non-interactive", "env"]))
}

/// Whether this process has root's rights.
pub fn is_root() -> Result<bool> {
    Ok(capture(Command::new("id").arg("--user"))? == "0")
}

fn apt(prefix: &[&str]) -> Command {
    let mut command = Command::new(prefix[0]);
    command.args(&prefix[1..]).args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    command
}
