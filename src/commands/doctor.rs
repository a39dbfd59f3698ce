//! `ltt doctor`: what stands in the way of a good day, each with its remedy.

use std::io::Write;

use axum::http::{HeaderMap, Method, Response};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use clap::Args;
use url::Url;

use crate::{
    clock::Clock,
    entropy::Entropy,
    grades::{
        self,
        digest::{self, Stuck},
    },
    launch::{
        deployment,
        enrolment::{self, Pending},
        frames,
        keys::Keyring,
        log,
        platform::{self, Registration, Within},
        protocol::{HttpClient, Request},
    },
    learning::project::catalog,
    loopback::is_loopback,
    settings::{OutboundAllow, Settings, TutorProvider},
    store::{Db, StoreError, Tx},
    web::services::vault,
};

mod keys;
mod public;

/// What to look at beside the usual.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct DoctorArguments {
    /// Also ask the public address from outside: names, certificate, proxy, keys, clock
    #[arg(long)]
    public: bool,
}

/// How far a platform's clock may be from ours before launches begin to fail, in seconds.
const CLOCK_TOLERANCE: i64 = 60;
/// How many entries of the launch log are shown.
const LOG_ENTRIES: i64 = 10;
/// The largest answer that is read, in bytes; a key set is the largest that is asked for.
const LARGEST_ANSWER: usize = 256 * 1024;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    Good,
    /// Works, but should be known.
    Note,
    /// Does not work.
    Fault,
}

/// Prints findings as they come, and counts the faults.
struct Report<'a, W: Write> {
    out: &'a mut W,
    faults: usize,
}

impl<W: Write> Report<'_, W> {
    fn line(&mut self, finding: Finding, text: &str) -> std::io::Result<()> {
        let mark = match finding {
            Finding::Good => "ok    ",
            Finding::Note => "note  ",
            Finding::Fault => "FAULT ",
        };
        self.faults += usize::from(finding == Finding::Fault);
        writeln!(self.out, "{mark}{text}")
    }
}

/// Checks configuration, database, keys, platforms and clocks; the value is the number of faults.
pub async fn run(
    arguments: DoctorArguments,
    settings: &Settings,
    clock: &dyn Clock,
    entropy: &Entropy,
    http: &impl HttpClient,
    out: &mut impl Write,
) -> anyhow::Result<usize> {
    let mut report = Report { out, faults: 0 };
    configuration(settings, &mut report)?;
    let db = match Db::connect(settings.database_url_exposed()).await {
        Ok(db) => db,
        Err(error) => {
            let text = format!(
                "database {}: {error}. Check LTT_DATABASE_URL, and that the database is running.",
                settings.database_for_display()
            );
            report.line(Finding::Fault, &text)?;
            return Ok(report.faults);
        }
    };
    if let Err(error) = db.migrate().await {
        let remedy = if matches!(error, StoreError::Newer { .. }) { "" } else { " Restore a backup (`ltt restore`)." };
        let text = format!("database {}: {error}.{remedy}", settings.database_for_display());
        report.line(Finding::Fault, &text)?;
        return Ok(report.faults);
    }
    report.line(Finding::Good, &format!("database {}", settings.database_for_display()))?;
    keys::check(settings, &db, clock.now(), entropy, &mut report).await?;
    if arguments.public {
        let keyring = Keyring::new(db.clone(), entropy.clone(), vault(settings));
        public::check(settings, &keyring, clock.now(), http, &mut report).await?;
    }
    projects(&db, &mut report).await?;
    platforms(settings, &db, clock, http, &mut report).await?;
    stuck_grades(&db, clock.now(), &mut report).await?;
    launches(&db, &mut report).await?;
    Ok(report.faults)
}

fn configuration<W: Write>(settings: &Settings, report: &mut Report<'_, W>) -> std::io::Result<()> {
    report.line(Finding::Good, &format!("public address {}", settings.origin()))?;
    if is_loopback(&settings.public_url) {
        report
            .line(Finding::Note, "only this machine can reach it; set LTT_PUBLIC_URL before you connect a platform")?;
    }
    if settings.outbound_allow == OutboundAllow::Loopback {
        report.line(
            Finding::Note,
            "LTT_OUTBOUND_ALLOW=loopback is for trying LTT on one machine; unset it in production",
        )?;
    }
    match settings.tutor_provider {
        TutorProvider::Guide => report.line(Finding::Good, "tutor: the guide, no model"),
        TutorProvider::OpenAi => {
            let model = settings.tutor_model.as_deref().unwrap_or_default();
            let base = settings.tutor_base_url.as_ref().map_or("OpenAI", url::Url::as_str);
            report.line(Finding::Good, &format!("tutor: {model} at {base}; the guide when it fails"))
        }
    }
}

async fn projects<W: Write>(db: &Db, report: &mut Report<'_, W>) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let projects = catalog::projects(&mut tx).await?;
    if projects.is_empty() {
        report.line(Finding::Note, "no project yet; import one with `ltt project import FILE`")?;
    } else {
        report.line(Finding::Good, &format!("{} project(s)", projects.len()))?;
    }
    Ok(())
}

async fn platforms<W: Write>(
    settings: &Settings,
    db: &Db,
    clock: &dyn Clock,
    http: &impl HttpClient,
    report: &mut Report<'_, W>,
) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let registrations = platform::registrations(&mut tx).await?;
    waiting(&mut tx, &registrations, report).await?;
    drop(tx);
    if registrations.is_empty() {
        report.line(Finding::Note, "no platform yet; add one with `ltt platform add`")?;
    }
    for registration in &registrations {
        key_set(registration, clock, http, report).await?;
        if frames::is_open(registration) && !is_loopback(&settings.public_url) {
            let text = format!(
                "{}: no site is named that may show LTT in a frame, so any https site may; `ltt platform frames` shows \
                 which do, and names them",
                registration.name
            );
            report.line(Finding::Note, &text)?;
        }
    }
    Ok(())
}

/// What an administrator has to decide before people can come in.
async fn waiting<W: Write>(
    tx: &mut Tx,
    registrations: &[Registration],
    report: &mut Report<'_, W>,
) -> anyhow::Result<()> {
    let pending = enrolment::pending(tx, Within::Installation).await?;
    for Pending { proposal, .. } in pending {
        let text = format!("{}: this registration waits for your approval; see `ltt platform pending`", proposal.name);
        report.line(Finding::Note, &text)?;
    }
    for registration in registrations {
        let waiting = deployment::waiting(tx, registration.id).await?.len();
        if waiting > 0 {
            let name = &registration.name;
            let text =
                format!("{name}: {waiting} deployment(s) wait for your approval; see `ltt platform deployment list`");
            report.line(Finding::Note, &text)?;
        }
    }
    Ok(())
}

/// Fetches a platform's keys as a launch would, and compares clocks by the answer's date.
async fn key_set<W: Write>(
    registration: &Registration,
    clock: &dyn Clock,
    http: &impl HttpClient,
    report: &mut Report<'_, W>,
) -> std::io::Result<()> {
    let name = &registration.name;
    let address = &registration.jwks_url;
    let answer = match http.send(request(address)).await {
        Ok(answer) => answer,
        Err(error) => {
            let text = format!("{name}: keys at {address}: {error}. Check --jwks-url and that the platform is up.");
            return report.line(Finding::Fault, &text);
        }
    };
    let keys = serde_json::from_slice::<serde_json::Value>(answer.body()).ok();
    let count = keys.as_ref().and_then(|keys| keys["keys"].as_array()).map_or(0, Vec::len);
    if !answer.status().is_success() || count == 0 {
        let text = format!("{name}: {address} answered {} with no keys. Check --jwks-url.", answer.status());
        return report.line(Finding::Fault, &text);
    }
    report.line(Finding::Good, &format!("{name}: {count} key(s) at {address}"))?;
    match clock_difference(&answer, clock.now()) {
        Some(difference) if difference.abs() > CLOCK_TOLERANCE => {
            let text = format!("{name}: its clock is {difference} s from this machine's. Set both by NTP.");
            report.line(Finding::Fault, &text)
        }
        _ => Ok(()),
    }
}

/// Asks for what is at an address.
fn request(address: &Url) -> Request {
    let (headers, body) = (HeaderMap::new(), Bytes::new());
    Request { method: Method::GET, url: address.clone(), headers, body, limit: LARGEST_ANSWER }
}

/// How many seconds the clock of whoever answered is ahead of ours, where the answer tells its date.
fn clock_difference(answer: &Response<Bytes>, now: DateTime<Utc>) -> Option<i64> {
    let date = DateTime::parse_from_rfc2822(answer.headers().get("date")?.to_str().ok()?).ok()?;
    Some((date.with_timezone(&Utc) - now).num_seconds())
}

/// How grades stand, and what is stuck: for each registration and reason how many, since when, and what to do.
async fn stuck_grades<W: Write>(db: &Db, now: DateTime<Utc>, report: &mut Report<'_, W>) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let tally = grades::outbox::tally(&mut tx).await?;
    report.line(Finding::Good, &format!("grades: {} sent, {} waiting", tally.sent, tally.waiting))?;
    for Stuck { registration, state, scores, since, reason, remedy } in digest::stuck(&mut tx, now).await? {
        let what = match &*state {
            "refused" => "refused in the last seven days",
            "differs" => "shown otherwise by the gradebook",
            _ => "waiting for more than an hour",
        };
        let since = since.format("%Y-%m-%d %H:%M UTC");
        let said = [reason, remedy].into_iter().flatten().map(|sentence| format!(" {sentence}"));
        let said = said.collect::<String>();
        report.line(Finding::Note, &format!("{registration}: {scores} grade(s) {what}, since {since}.{said}"))?;
    }
    Ok(())
}

async fn launches<W: Write>(db: &Db, report: &mut Report<'_, W>) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let entries = log::newest(&mut tx, LOG_ENTRIES).await?;
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(report.out, "\nThe last launches:")?;
    for entry in entries {
        let at = entry.at.format("%Y-%m-%d %H:%M:%S");
        let client = entry.client_id.as_deref().unwrap_or("-");
        writeln!(report.out, "  {at}  {}  {}  client id {client}", entry.reference, entry.outcome)?;
        if !entry.explanation.is_empty() {
            writeln!(report.out, "      {}", entry.explanation)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::path};

    use super::*;
    use crate::{
        clock::SystemClock,
        launch::{
            keys::Vault,
            platform::{NewRegistration, add},
            protocol::{GuardedClient, Reach},
        },
    };

    async fn doctor(settings: &Settings) -> (usize, String) {
        let http = GuardedClient::new(Reach::PublicAndLoopback).unwrap();
        let mut out = Vec::new();
        let arguments = DoctorArguments::default();
        let faults = run(arguments, settings, &SystemClock, &Entropy::seeded(1), &http, &mut out).await.unwrap();
        (faults, String::from_utf8(out).unwrap())
    }

    fn settings(database: &str) -> Settings {
        let environment = HashMap::from([("LTT_DATABASE_URL".to_owned(), database.to_owned())]);
        Settings::read(None, environment).unwrap()
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_is_a_fault_with_a_remedy() {
        let (faults, text) = doctor(&settings("sqlite:/nowhere/at/all/ltt.db")).await;
        assert_eq!(faults, 1);
        assert!(text.contains("LTT_DATABASE_URL"), "{text}");
    }

    #[tokio::test]
    async fn a_platform_without_keys_is_a_fault_and_one_with_keys_is_none() {
        let platform = MockServer::start().await;
        let keys = ResponseTemplate::new(200).set_body_json(serde_json::json!({ "keys": [{ "kid": "one" }] }));
        Mock::given(path("/keys")).respond_with(keys).mount(&platform).await;
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(&format!("sqlite:{}", folder.path().join("ltt.db").display()));
        let db = Db::connect(settings.database_url_exposed()).await.unwrap();
        db.migrate().await.unwrap();
        for (client_id, keys) in [("good", "/keys"), ("bad", "/nothing")] {
            let at = |path: &str| format!("{}{path}", platform.uri());
            let new = NewRegistration {
                name: format!("The {client_id} one"),
                issuer: platform.uri(),
                client_id: client_id.to_owned(),
                auth_url: at("/auth"),
                token_url: at("/token"),
                jwks_url: at(keys),
                ..NewRegistration::default()
            };
            let mut tx = db.begin().await.unwrap();
            let registration = add(&mut tx, &Entropy::seeded(1), SystemClock.now(), new, true).await.unwrap();
            deployment::wait(&mut tx, SystemClock.now(), registration.id, "New").await.unwrap();
            tx.commit().await.unwrap();
        }
        let (faults, text) = doctor(&settings).await;
        assert_eq!(faults, 1, "{text}");
        assert!(text.contains("note  The good one: 1 deployment(s) wait for your approval"), "{text}");
        assert!(text.contains("ok    The good one: 1 key(s)"), "{text}");
        assert!(text.contains("FAULT The bad one"), "{text}");
    }

    #[tokio::test]
    async fn how_keys_are_kept_is_told_and_a_wrong_secret_is_a_fault() {
        let folder = tempfile::tempdir().unwrap();
        let plain = settings(&format!("sqlite:{}", folder.path().join("ltt.db").display()));
        let db = Db::connect(plain.database_url_exposed()).await.unwrap();
        db.migrate().await.unwrap();
        assert!(doctor(&plain).await.1.contains("no key yet"));
        Keyring::new(db.clone(), Entropy::seeded(2), Vault::default()).ensure(SystemClock.now()).await.unwrap();
        let (faults, text) = doctor(&plain).await;
        assert_eq!(faults, 0, "{text}");
        assert!(text.contains("signs, for 0 day(s)") && text.contains("set LTT_KEY_ENCRYPTION_SECRET"), "{text}");

        let sealing = Settings { key_encryption_secret: Some("right".into()), ..plain.clone() };
        assert!(doctor(&sealing).await.1.contains("run `ltt keys encrypt`"));
        Keyring::new(db, Entropy::seeded(3), vault(&sealing)).encrypt().await.unwrap();
        let (faults, text) = doctor(&sealing).await;
        assert_eq!(faults, 0, "{text}");
        assert!(text.contains("keys are encrypted in the database"), "{text}");
        for secret in [None, Some("wrong".into())] {
            let (faults, text) = doctor(&Settings { key_encryption_secret: secret, ..plain.clone() }).await;
            assert_eq!(faults, 1, "{text}");
            assert!(text.contains("FAULT keys: ") && text.contains("LTT_KEY_ENCRYPTION_SECRET"), "{text}");
        }
    }
}
