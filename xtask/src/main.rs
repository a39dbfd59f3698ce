//! Builds, runs, tests and measures LTT: `cargo xtask help`.
//!
//! Each command installs what it lacks, says what it is doing and how long it took, skips what has not changed, and
//! fails with a remedy. A file a subject: `steps` tells the story and runs programs, `debian` installs packages, `npm`
//! does so for node, `toolchain` finds a compiler for the browser, `browser` builds WebAssembly with it, `site` gathers
//! everything the browser loads, `server` builds the executable around it.

mod browser;
mod debian;
mod npm;
mod server;
mod site;
mod steps;
mod toolchain;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{browser::Flavour, server::Profile};

/// Builds, runs, tests and measures LTT.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds the browser side and the server around it.
    Build {
        /// Optimises the server and embeds the assets: `target/release/ltt` is all one needs.
        #[arg(long)]
        release: bool,
        /// Builds the browser side fast instead of small.
        #[arg(long, conflicts_with = "release")]
        dev: bool,
        /// Leaves the server out.
        #[arg(long, conflicts_with = "release")]
        browser_only: bool,
    },
}

fn main() -> Result<()> {
    match Arguments::parse().command {
        Task::Build { release, dev, browser_only } => {
            site::build(if dev { Flavour::Fast } else { Flavour::Small })?;
            if !browser_only {
                let profile = if release { Profile::Release } else { Profile::Debug };
                println!("{}", server::build(profile)?.display());
            }
            Ok(())
        }
    }
}
