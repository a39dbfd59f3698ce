//! `cargo xtask demo`: everything built, and LTT started with a small LMS beside it.

use std::{convert::Infallible, fs, os::unix::process::CommandExt as _, process::Command};

use anyhow::{Context, Result};

use crate::{
    browser::Flavour,
    server::{self, Profile},
    site, workspace,
};

/// Builds, and becomes `ltt demo`, which tells its addresses; Ctrl-C then reaches it and nothing is left running. The
/// server is the debug one: it is built in half the time, and the pages are as small as ever. What the demo keeps is in
/// `target/demo`.
pub fn run(arguments: &[String]) -> Result<Infallible> {
    site::build(Flavour::Small)?;
    let executable = server::build(Profile::Debug)?;
    let folder = workspace::target("demo");
    fs::create_dir_all(&folder)?;
    let error = Command::new(&executable).arg("demo").args(arguments).current_dir(folder).exec();
    Err(error).with_context(|| format!("starting {}", executable.display()))
}
