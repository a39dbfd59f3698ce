//! `ltt doctor`: what stands in the way of a good day, each with its remedy.

use std::io::Write;

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use chrono::{DateTime, Utc};

use crate::{
    clock::Clock,
    grades,
    launch::{
        keys, log,
        platform::{self, Registration},
        protocol::{HttpClient, KeyState, Request},
    },
    learning::project::catalog,
    loopback::is_loopback,
    settings::{OutboundAllow, Settings, TutorProvider},
    store::Db,
};

/// How far a platform's clock may be from ours before launches begin to fail, in seconds.
const CLOCK_TOLERANCE: i64 = 60;
/// How many entries of the launch log are shown.
const LOG_ENTRIES: i64 = 10;
/// The largest key set that is read, in bytes.
const LARGEST_KEY_SET: usize = 256 * 1024;

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
    settings: &Settings,
    clock: &dyn Clock,
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
        let text = format!(
            "database {}: {error}. If a newer LTT has used it, run that version; otherwise restore a backup.",
            settings.database_for_display()
        );
        report.line(Finding::Fault, &text)?;
        return Ok(report.faults);
    }
    report.line(Finding::Good, &format!("database {}", settings.database_for_display()))?;
    own_keys(&db, &mut report).await?;
    projects(&db, &mut report).await?;
    platforms(settings, &db, clock, http, &mut report).await?;
    stuck_grades(&db, &mut report).await?;
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

async fn own_keys<W: Write>(db: &Db, report: &mut Report<'_, W>) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let keys = keys::all(&mut tx).await?;
    match keys.iter().find(|key| key.state == KeyState::Active) {
        Some(key) => report.line(Finding::Good, &format!("key {} signs", key.kid))?,
        None => report.line(Finding::Note, "no key yet; `ltt serve` makes one when it starts")?,
    }
    Ok(())
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
    drop(tx);
    if registrations.is_empty() {
        report.line(Finding::Note, "no platform yet; add one with `ltt platform add`")?;
    }
    for registration in &registrations {
        key_set(registration, clock, http, report).await?;
        if registration.frame_ancestors.is_empty() && !is_loopback(&settings.public_url) {
            let text = format!(
                "{}: no frame ancestor named, so any https site may frame LTT; name the sites that do with \
                 `ltt platform add --frame-ancestor`",
                registration.name
            );
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
    let request = Request {
        method: Method::GET,
        url: address.clone(),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        limit: LARGEST_KEY_SET,
    };
    let answer = match http.send(request).await {
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
    let date = answer.headers().get("date").and_then(|date| date.to_str().ok());
    let Some(date) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) else { return Ok(()) };
    let difference = (date.with_timezone(&Utc) - clock.now()).num_seconds();
    if difference.abs() > CLOCK_TOLERANCE {
        let text = format!("{name}: its clock is {difference} s from this machine's. Set both by NTP.");
        return report.line(Finding::Fault, &text);
    }
    Ok(())
}

async fn stuck_grades<W: Write>(db: &Db, report: &mut Report<'_, W>) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    let tally = grades::outbox::tally(&mut tx).await?;
    report.line(Finding::Good, &format!("grades: {} sent, {} waiting", tally.sent, tally.waiting))?;
    if tally.refused > 0 {
        report.line(Finding::Note, &format!("grades: {} refused by a platform", tally.refused))?;
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
        entropy::Entropy,
        launch::{
            platform::{NewRegistration, add},
            protocol::{GuardedClient, Reach},
        },
    };

    async fn doctor(settings: &Settings) -> (usize, String) {
        let http = GuardedClient::new(Reach::PublicAndLoopback).unwrap();
        let mut out = Vec::new();
        let faults = run(settings, &SystemClock, &http, &mut out).await.unwrap();
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
            add(&mut tx, &Entropy::seeded(1), SystemClock.now(), new, true).await.unwrap();
            tx.commit().await.unwrap();
        }
        let (faults, text) = doctor(&settings).await;
        assert_eq!(faults, 1, "{text}");
        assert!(text.contains("ok    The good one: 1 key(s)"), "{text}");
        assert!(text.contains("FAULT The bad one"), "{text}");
    }
}
