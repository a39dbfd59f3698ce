//! The executable.

use std::{path::PathBuf, process::Command};

use anyhow::{Context, Result};

use crate::{
    site,
    steps::{run, step},
    workspace,
};

/// How it is compiled.
#[derive(Clone, Copy)]
pub enum Profile {
    /// Soon ready; reads the assets from `target/site`.
    Debug,
    /// Optimised; carries the assets.
    Release,
}

/// Builds it and tells where it is.
pub fn build(profile: Profile) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--package", "ltt", "--bin", "ltt"]).current_dir(workspace::root());
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Release => {
            cargo.arg("--release").env("LTT_ASSETS", site::fingerprint()?);
            "release"
        }
    };
    step(&format!("server ({folder})"), || run(&mut cargo).context("the messages above are the compiler's"))?;
    Ok(workspace::target(folder).join("ltt"))
}
