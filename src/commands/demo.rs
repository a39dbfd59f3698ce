//! `ltt demo`: the server, a small LMS on another site, a sample project and a class.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::Context as _;
use clap::Args;
use secrecy::SecretString;

use super::serve;
use crate::{
    clock::Clock,
    demo::{DEFAULT_LISTEN, Lms, LmsSettings, Registration},
    entropy::Entropy,
    launch::{
        platform::{self, NewRegistration},
        protocol::{Lookup, Registrations as _},
    },
    learning::project::{catalog, sample::sample},
    settings::{DEFAULT_DATABASE, OutboundAllow, Settings},
    web::services::Services,
};

/// Where the demo keeps its database unless told otherwise.
const DATABASE: &str = "sqlite:ltt-demo.db";

/// What can be chosen about the demo.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Where the demo LMS listens; keep it on another site than LTT, as a real LMS is
    #[arg(long, default_value = DEFAULT_LISTEN, value_name = "ADDRESS")]
    lms_listen: SocketAddr,
    /// Where the demo LMS keeps its key and its gradebook
    #[arg(long, default_value = "ltt-demo-lms.json", value_name = "FILE")]
    lms_data: PathBuf,
}

/// Runs both until they are asked to stop.
pub async fn run(
    arguments: DemoArguments,
    mut settings: Settings,
    clock: Arc<dyn Clock>,
    entropy: Entropy,
) -> anyhow::Result<ExitCode> {
    if settings.database_url_exposed() == DEFAULT_DATABASE {
        settings.database_url = SecretString::from(DATABASE);
    }
    settings.outbound_allow = OutboundAllow::Loopback;
    let lms_settings = LmsSettings {
        listen: arguments.lms_listen,
        tool_url: settings.public_url.clone(),
        data_file: arguments.lms_data,
    };
    let lms = Lms::open(&lms_settings, Arc::clone(&clock), entropy.clone())?;
    let services = serve::services(settings, clock, entropy).await?;
    import_sample(&services).await?;
    register(&services, lms.registration()).await?;
    let stop = serve::stop_signal();
    let listener = serve::listen(services.settings.listen).await?;
    let lms_listener = serve::listen(arguments.lms_listen).await?;
    println!("LTT is at          {}", services.settings.origin());
    println!("The demo LMS is at http://{}", arguments.lms_listen);
    println!("Open the demo LMS in a browser, and choose who to be. Ctrl-C ends both.");
    let lms_stop = stop.clone();
    let lms_serving = async move {
        axum::serve(lms_listener, lms.router())
            .with_graceful_shutdown(lms_stop.cancelled_owned())
            .await
            .context("the demo LMS stopped")
    };
    let lms_serving = tokio::spawn(lms_serving);
    serve::serve(services, listener, stop).await?;
    // Open gradebook pages would keep it waiting; there is nothing in them to lose.
    lms_serving.abort();
    Ok(ExitCode::SUCCESS)
}

async fn import_sample(services: &Services) -> anyhow::Result<()> {
    let project = sample().map_err(|mistakes| anyhow::anyhow!("the sample project has mistakes: {mistakes:?}"))?;
    let mut tx = services.db.begin().await?;
    catalog::import(&mut tx, &services.entropy, services.clock.now(), &project).await?;
    Ok(tx.commit().await?)
}

/// Registers the demo LMS as an administrator would; nothing is shared with it but addresses.
async fn register(services: &Services, registration: Registration) -> anyhow::Result<()> {
    let known = services.lti.storage().find(&registration.issuer, Some(registration.client_id)).await?;
    if !matches!(known, Lookup::Unknown) {
        return Ok(());
    }
    let new = NewRegistration {
        name: registration.name.to_owned(),
        issuer: registration.issuer,
        client_id: registration.client_id.to_owned(),
        auth_url: registration.auth_url.to_string(),
        token_url: registration.token_url.to_string(),
        jwks_url: registration.jwks_url.to_string(),
        deployments: vec![registration.deployment_id.to_owned()],
        ..NewRegistration::default()
    };
    let mut tx = services.db.begin().await?;
    platform::add(&mut tx, &services.entropy, services.clock.now(), new, true).await?;
    Ok(tx.commit().await?)
}
