//! `ltt serve`: answers browsers and platforms, and delivers grades.

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::Router;
use chrono::TimeDelta;
use futures::{StreamExt as _, stream};
use tokio::{net::TcpListener, task::JoinSet, time};
use tokio_util::sync::CancellationToken;

use super::database;
use crate::{
    accounts,
    clock::Clock,
    entropy::Entropy,
    grades::delivery::{Deliverer, Pace},
    launch::{
        arrival, frames, gradebooks::PlatformGradebooks, invite, log, policy, protocol::Logins as _, provisioning,
        roster::sync::Rosters, session,
    },
    settings::{KeyRotation, Metrics, RosterReading, Settings},
    web::{
        self,
        metrics::Exporter,
        services::{Services, Shared},
    },
};

/// How often what has expired is removed.
const SWEEP_INTERVAL: Duration = Duration::from_mins(1);
/// How many rosters are read at once.
const ROSTERS_AT_ONCE: usize = 3;
/// How long open streams may go on after the server was asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Runs the server until it is asked to stop.
pub async fn run(settings: Settings, clock: Arc<dyn Clock>, entropy: Entropy) -> anyhow::Result<ExitCode> {
    let services = services(settings, clock, entropy).await?;
    let stop = stop_signal();
    let listener = listen(services.settings.listen).await?;
    println!("LTT is at {}", services.settings.origin());
    serve(services, listener, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// Opens a port, or says who may be in the way.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; is another server running there? LTT_LISTEN chooses another")
    })
}

/// Cancelled by Ctrl-C, or by the signal that service managers send.
pub fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        let interrupt = tokio::signal::ctrl_c();
        #[cfg(unix)]
        let terminate = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => drop(signal.recv().await),
                Err(_) => std::future::pending().await,
            }
        };
        #[cfg(not(unix))]
        let terminate = std::future::pending::<()>();
        tokio::select! { _ = interrupt => {}, () = terminate => {} }
        token.cancel();
    });
    stop
}

/// Opens the database and puts the services together.
pub async fn services(settings: Settings, clock: Arc<dyn Clock>, entropy: Entropy) -> anyhow::Result<Shared> {
    let db = database(&settings).await?;
    Ok(Services::assemble(settings, db, clock, entropy).await?)
}

/// Answers on `listener`, and runs the workers, until `stop`.
pub async fn serve(services: Shared, listener: TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
    let mut workers = JoinSet::new();
    workers.spawn(sweeping(Arc::clone(&services), stop.clone()));
    workers.spawn(delivering(Arc::clone(&services), stop.clone()));
    workers.spawn(renewing_keys(Arc::clone(&services), stop.clone()));
    workers.spawn(reading_rosters(Arc::clone(&services), stop.clone()));
    let tutor = services.tutor.clone();
    let mut router: Router = web::router(&services);
    match services.settings.metrics {
        Metrics::Off => {}
        Metrics::On => router = router.merge(exported(&services)?),
        Metrics::At(address) => {
            let (listener, metrics) = (listen(address).await?, exported(&services)?);
            let stopped = stop.clone().cancelled_owned();
            workers.spawn(async move {
                if let Err(error) = axum::serve(listener, metrics).with_graceful_shutdown(stopped).await {
                    tracing::error!(cause = %error, "metrics are no longer served");
                }
            });
        }
    }
    let serving = axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(stop.clone().cancelled_owned());
    let too_long = async {
        stop.cancelled().await;
        time::sleep(GRACE).await;
    };
    tokio::select! {
        done = serving => done.context("the server stopped")?,
        () = too_long => tracing::info!("open streams were cut; browsers resume them"),
    }
    tutor.shut_down().await;
    workers.join_all().await;
    Ok(())
}

/// `/metrics`, for which this process counts from now on.
fn exported(services: &Shared) -> anyhow::Result<Router> {
    let exporter = Exporter::install().context("metrics cannot be counted")?;
    Ok(web::metrics::routes(services, exporter))
}

async fn delivering(services: Shared, stop: CancellationToken) {
    let gradebooks = PlatformGradebooks::new(services.db.clone(), services.entropy.clone(), Arc::clone(&services.lti));
    let deliverer = Deliverer::new(
        services.db.clone(),
        gradebooks,
        services.entropy.clone(),
        Pace { retry_floor: services.settings.grade_retry_floor, per_second: services.settings.grade_rate },
        Arc::clone(&services.grades_changed),
    );
    deliverer.run(services.clock.as_ref(), stop.cancelled_owned()).await;
}

/// Removes what has expired, and ends turns whose writer is gone.
async fn sweeping(services: Shared, stop: CancellationToken) {
    loop {
        if let Err(error) = sweep(&services).await {
            tracing::warn!(cause = %error, "what has expired could not be removed; it will be tried again");
        }
        tokio::select! { () = time::sleep(SWEEP_INTERVAL) => {}, () = stop.cancelled() => return }
    }
}

/// Publishes the next key, and lets it sign in time. It has a task of its own, for making a key takes a while.
async fn renewing_keys(services: Shared, stop: CancellationToken) {
    let rotation = match services.settings.key_rotation {
        KeyRotation::Off => None,
        KeyRotation::After(age) => TimeDelta::from_std(age).ok(),
    };
    loop {
        if let Err(error) = services.lti.storage().keyring().upkeep(services.clock.now(), rotation).await {
            tracing::warn!(cause = %error, "LTT's own keys were not looked after; it will be tried again");
        }
        tokio::select! { () = time::sleep(SWEEP_INTERVAL) => {}, () = stop.cancelled() => return }
    }
}

/// Reads the rosters of courses that are in use. What is under way when the server stops is given up; it is due again later.
async fn reading_rosters(services: Shared, stop: CancellationToken) {
    let RosterReading::Every(interval) = services.settings.roster_interval else { return };
    let Ok(interval) = TimeDelta::from_std(interval) else { return };
    let rosters = Rosters::new(services.db.clone(), services.entropy.clone(), Arc::clone(&services.lti));
    loop {
        tokio::select! {
            read = read_due(&services, &rosters, interval) => if let Err(error) = read {
                tracing::warn!(cause = %error, "rosters could not be read; it will be tried again");
            },
            () = stop.cancelled() => return,
        }
        tokio::select! { () = time::sleep(SWEEP_INTERVAL) => {}, () = stop.cancelled() => return }
    }
}

/// A few at a time, so that a platform that is slow or down does not make the others wait.
async fn read_due(services: &Services, rosters: &Rosters, interval: TimeDelta) -> anyhow::Result<()> {
    let due = rosters.due(services.clock.now(), interval).await?;
    let reading = due.into_iter().map(|course| rosters.sync(services.clock.as_ref(), course));
    let mut reading = stream::iter(reading).buffer_unordered(ROSTERS_AT_ONCE);
    while let Some(outcome) = reading.next().await {
        outcome?;
    }
    Ok(())
}

async fn sweep(services: &Services) -> anyhow::Result<()> {
    let now = services.clock.now();
    services.tutor.recover(now).await?;
    services.lti.storage().sweep(now).await?;
    let mut tx = services.db.begin().await?;
    log::sweep(&mut tx, now).await?;
    invite::sweep(&mut tx, now).await?;
    accounts::sweep(&mut tx, now).await?;
    policy::sweep_claims(&mut tx, now).await?;
    provisioning::sweep(&mut tx, now).await?;
    frames::sweep(&mut tx, now).await?;
    arrival::sweep_guests(&mut tx, now - session::ABSOLUTE_LIMIT - TimeDelta::minutes(5)).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod faults;
