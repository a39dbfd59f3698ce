//! Builds, runs, tests and measures LTT: `cargo xtask help`.
//!
//! Each command installs what it lacks, says what it is doing and how long it took, skips what has not changed, and
//! fails with a remedy. A file a subject:
//!
//! | file | |
//! |---|---|
//! | `steps` | tells what is done, skips what is done already, runs programs |
//! | `workspace` | where things are |
//! | `debian`, `npm` | packages from there |
//! | `toolchain`, `browser`, `site` | a compiler for the browser, the WebAssembly built with it, all that the browser loads |
//! | `server`, `demo` | the executable, and starting it |
//! | `suite`, `tally` | the parts of the tests, and their sum |
//! | `lint`, `supply` | checks that run nothing of LTT |
//! | `conformance`, `fuzz` | which cases of LTI's lists the tests show, and what is hostile |
//! | `chaos` | scores on their way while everything fails |
//! | `bench` | how fast it is |
//! | `postgres`, `browser_tests` | what the other tests need |

mod bench;
mod browser;
mod browser_tests;
mod chaos;
mod conformance;
mod debian;
mod demo;
mod fuzz;
mod lint;
mod npm;
mod postgres;
mod server;
mod site;
mod steps;
mod suite;
mod supply;
mod tally;

mod toolchain;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::{browser::Flavour, server::Profile, suite::Part};

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
    /// Builds everything and starts LTT with the demo LMS.
    Demo {
        /// What `ltt demo` is told besides.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Runs every check and test; the last line is their sum.
    Test {
        /// Only these parts.
        #[arg(long, value_enum, value_delimiter = ',')]
        only: Vec<Part>,
    },
    /// Looks whether `docs/lti-conformance.md` says what the tests show.
    Conformance {
        /// Writes it.
        #[arg(long)]
        write: bool,
    },
    /// Feeds the LTI library changed copies of what platforms send, and watches what gets in.
    Fuzz {
        /// For how long.
        #[arg(long, default_value_t = fuzz::WITHIN_TESTS)]
        seconds: u64,
        /// Another seed makes other cases.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Brings scores to platforms that fail, by servers that are killed, on both databases.
    Chaos(chaos::Wish),
    /// Measures launches, the first page, the time to the first token, a large course and the delivery of scores.
    Bench {
        /// Measures the debug build.
        #[arg(long)]
        debug: bool,
    },
}

fn main() -> Result<ExitCode> {
    match Arguments::parse().command {
        Task::Build { release, dev, browser_only } => {
            site::build(if dev { Flavour::Fast } else { Flavour::Small })?;
            if !browser_only {
                let profile = if release { Profile::Release } else { Profile::Debug };
                println!("{}", server::build(profile)?.display());
            }
            Ok(ExitCode::SUCCESS)
        }
        Task::Demo { arguments } => match demo::run(&arguments)? {},
        Task::Test { only } => Ok(suite::run(&only)),
        Task::Conformance { write } => {
            conformance::run(write)?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Fuzz { seconds, seed } => {
            fuzz::feed(seconds, seed)?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Chaos(wish) => {
            chaos::run_all(&wish)?;
            Ok(ExitCode::SUCCESS)
        }
        Task::Bench { debug } => {
            bench::run_all(if debug { Profile::Debug } else { Profile::Release })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
