//! The program: parses the command line and runs it.

use std::process::ExitCode;

use clap::Parser as _;
use ltt::commands::{self, Arguments};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("LTT_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match commands::run(Arguments::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ltt: {error:#}");
            ExitCode::FAILURE
        }
    }
}
