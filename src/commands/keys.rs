//! `ltt keys`: LTT's own keys, which it signs with and platforms verify by.

use std::{collections::HashMap, io::Write};

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use super::platform::found;
use crate::{
    entropy::Entropy,
    launch::{
        keys::{KeyRecord, Keyring, PUBLISHED_AFTER, PUBLISHED_BEFORE, Rotation},
        platform,
        protocol::KeyState,
    },
    settings::Settings,
    store::Db,
    web::services::vault,
};

/// What to do with LTT's own keys.
#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// List the keys that are published: the next, the one that signs, and those that did
    List {
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// Let the next key sign, go on publishing the former one for a while, and make a new next one
    Rotate {
        /// The keys of one registration (its name, client id or id) in place of the installation's
        #[arg(long, value_name = "REGISTRATION")]
        registration: Option<String>,
        /// Somebody else has the keys: replace the next one too, and stop publishing the former ones at once
        #[arg(long)]
        leaked: bool,
    },
    /// Make keys for one registration alone
    Own {
        /// Its name, client id or id
        registration: String,
    },
    /// Let a registration sign with the installation's keys again
    Share {
        /// Its name, client id or id
        registration: String,
    },
    /// Encrypt all keys with the key encryption secret, whether they stand as they are or under the former one
    Encrypt,
}

/// Runs a command on keys and prints what came of it. A running server sees the change at once.
pub async fn run(
    command: KeysCommand,
    settings: &Settings,
    db: &Db,
    now: DateTime<Utc>,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let keyring = Keyring::new(db.clone(), entropy.clone(), vault(settings));
    match command {
        KeysCommand::List { json } => list(&keyring, db, json, out).await,
        KeysCommand::Rotate { registration, leaked } => {
            let owner = match registration {
                Some(wanted) => Some(registration_id(db, &wanted).await?),
                None => None,
            };
            if leaked {
                replaced(&keyring.replace(owner, now).await?, out)
            } else {
                rotated(&keyring.rotate(owner, now).await?, now, out)
            }
        }
        KeysCommand::Own { registration } => {
            let kid = keyring.give_own(registration_id(db, &registration).await?, now).await?;
            let hours = PUBLISHED_BEFORE.num_hours();
            writeln!(
                out,
                "The key {kid} is published for \"{registration}\" alone, in the same key set as the others."
            )?;
            writeln!(out, "It signs by itself in {hours} hours, when platforms know it; sooner by:")?;
            writeln!(out, "  ltt keys rotate --registration \"{registration}\"")?;
            Ok(())
        }
        KeysCommand::Share { registration } => {
            keyring.share(registration_id(db, &registration).await?, now).await?;
            writeln!(out, "\"{registration}\" signs with the keys of the installation again.")?;
            Ok(())
        }
        KeysCommand::Encrypt => {
            let encrypted = keyring.encrypt().await?;
            writeln!(out, "Encrypted {encrypted} key(s); all are under LTT_KEY_ENCRYPTION_SECRET now.")?;
            writeln!(out, "Every server on this database needs that secret when it starts.")?;
            Ok(())
        }
    }
}

async fn registration_id(db: &Db, wanted: &str) -> anyhow::Result<Uuid> {
    let mut tx = db.read().await?;
    Ok(found(&mut tx, wanted).await?.id)
}

fn rotated(rotation: &Rotation, now: DateTime<Utc>, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "{} signs from now on.", rotation.active)?;
    if let Some(retired) = &rotation.retired {
        writeln!(out, "{retired} signed until now, and is published for {} more days.", PUBLISHED_AFTER.num_days())?;
    }
    writeln!(out, "{} is published as the next one.", rotation.next)?;
    if rotation.published_since + PUBLISHED_BEFORE > now {
        writeln!(
            out,
            "\nThe key that signs now has been published for less than {} hours. A platform that keeps LTT's key set \
             may refuse it until it asks for the set again; grades wait and are sent then.",
            PUBLISHED_BEFORE.num_hours()
        )?;
    }
    Ok(())
}

fn replaced(rotation: &Rotation, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "{} signs from now on, {} is the next one.", rotation.active, rotation.next)?;
    writeln!(
        out,
        "The former keys are no longer published. Where a key was pasted into a platform, paste the new set:"
    )?;
    writeln!(out, "until then, and until platforms ask for the set again, they refuse LTT; grades wait meanwhile.")?;
    Ok(())
}

async fn list(keyring: &Keyring, db: &Db, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let records = keyring.records().await.context("the keys could not be read")?;
    let mut tx = db.read().await?;
    let names: HashMap<Uuid, String> =
        platform::registrations(&mut tx).await?.into_iter().map(|one| (one.id, one.name)).collect();
    let owner = |record: &KeyRecord| record.registration.and_then(|id| names.get(&id)).cloned();
    if as_json {
        let records: Vec<_> = records.iter().map(|record| described(record, owner(record).as_deref())).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&records)?)?;
        return Ok(());
    }
    if records.is_empty() {
        writeln!(out, "No key yet; `ltt serve` makes one when it starts.")?;
    }
    for record in &records {
        let owner = owner(record).map_or_else(|| "all registrations".to_owned(), |name| format!("\"{name}\" alone"));
        let kept = if record.encrypted { "encrypted" } else { "not encrypted" };
        writeln!(out, "{:<8} {}  for {owner}, {kept}", state(record), record.kid)?;
        writeln!(out, "         {}", history(record))?;
    }
    Ok(())
}

fn state(record: &KeyRecord) -> &'static str {
    match record.state {
        KeyState::Next => "next",
        KeyState::Active => "active",
        KeyState::Retired => "retired",
    }
}

fn history(record: &KeyRecord) -> String {
    let day = |time: DateTime<Utc>| time.format("%Y-%m-%d %H:%M").to_string();
    let published = format!("published since {}", day(record.created_at));
    let signed = record.activated_at.map(|activated| format!(", signed from {}", day(activated)));
    let retired = record.retired_at.zip(record.published_until());
    let retired = retired.map(|(at, until)| format!(" to {}, published until {}", day(at), day(until)));
    [published, signed.unwrap_or_default(), retired.unwrap_or_default()].concat()
}

fn described(record: &KeyRecord, registration: Option<&str>) -> serde_json::Value {
    json!({
        "kid": record.kid,
        "state": state(record),
        "registration": registration,
        "encrypted": record.encrypted,
        "created_at": record.created_at,
        "activated_at": record.activated_at,
        "retired_at": record.retired_at,
        "published_until": record.published_until(),
    })
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use chrono::TimeDelta;
    use clap::Parser;

    use super::*;
    use crate::{
        database_test,
        grades::delivery::{Deliverer, Pace},
        launch::{gradebooks::PlatformGradebooks, platform::NewRegistration},
        web::testing::TestApp,
    };

    #[derive(Parser)]
    struct Line {
        #[command(subcommand)]
        command: KeysCommand,
    }

    fn now() -> DateTime<Utc> {
        "2026-11-21T09:00:00Z".parse().unwrap()
    }

    /// Runs a command line with these settings and gives what it printed.
    async fn ltt_keys(db: &Db, settings: &[(&str, &str)], line: &[&str]) -> anyhow::Result<String> {
        let line = Line::try_parse_from([&["keys"], line].concat())?;
        let environment = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let settings = Settings::read(None, environment)?;
        let mut out = Vec::new();
        run(line.command, &settings, db, now(), &Entropy::system(), &mut out).await?;
        Ok(String::from_utf8(out)?)
    }

    /// The kid of each key in `ltt keys list --json`, by its state.
    async fn listed(db: &Db, state: &str) -> Vec<String> {
        let listed = ltt_keys(db, &[], &["list", "--json"]).await.unwrap();
        let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
        let of_state = listed.as_array().unwrap().iter().filter(|key| key["state"] == state);
        of_state.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }

    database_test!(
        async fn keys_are_listed_and_rotated(db: Db) {
            assert!(ltt_keys(&db, &[], &["list"]).await.unwrap().contains("No key yet"));
            ltt_keys(&db, &[], &["rotate"]).await.unwrap();
            let (first, next) = (listed(&db, "active").await, listed(&db, "next").await);
            let rotated = ltt_keys(&db, &[], &["rotate"]).await.unwrap();
            assert!(rotated.contains(&format!("{} signs from now on", next[0])), "{rotated}");
            assert!(rotated.contains(&format!("{} signed until now", first[0])), "{rotated}");
            assert!(rotated.contains("less than 24 hours"), "a key that nobody can know yet is told: {rotated}");
            let shown = ltt_keys(&db, &[], &["list"]).await.unwrap();
            assert!(shown.contains("for all registrations, not encrypted"), "{shown}");
            assert!(shown.contains("published until 2026-11-23 09:00"), "{shown}");
            ltt_keys(&db, &[], &["rotate", "--leaked"]).await.unwrap();
            assert!(listed(&db, "retired").await.is_empty());
        }
    );

    database_test!(
        async fn a_registration_is_given_keys_of_its_own_by_name(db: Db) {
            ltt_keys(&db, &[], &["rotate"]).await.unwrap();
            let at = |path: &str| format!("https://lms.example.org/{path}");
            let new = NewRegistration {
                name: "Block one".to_owned(),
                issuer: "https://lms.example.org".to_owned(),
                client_id: "one".to_owned(),
                auth_url: at("auth"),
                token_url: at("token"),
                jwks_url: at("keys"),
                ..NewRegistration::default()
            };
            let mut tx = db.begin().await.unwrap();
            platform::add(&mut tx, &Entropy::system(), now(), new, false).await.unwrap();
            tx.commit().await.unwrap();
            let unknown = ltt_keys(&db, &[], &["own", "Block two"]).await.unwrap_err().to_string();
            assert!(unknown.contains("ltt platform list"), "{unknown}");
            let given = ltt_keys(&db, &[], &["own", "Block one"]).await.unwrap();
            assert!(given.contains("ltt keys rotate --registration"), "{given}");
            ltt_keys(&db, &[], &["rotate", "--registration", "one"]).await.unwrap();
            assert!(ltt_keys(&db, &[], &["list"]).await.unwrap().contains("for \"Block one\" alone"));
            ltt_keys(&db, &[], &["share", "Block one"]).await.unwrap();
            assert_eq!(listed(&db, "active").await.len(), 1);
        }
    );

    database_test!(
        async fn keys_are_encrypted_by_command(db: Db) {
            ltt_keys(&db, &[], &["rotate"]).await.unwrap();
            let without = ltt_keys(&db, &[], &["encrypt"]).await.unwrap_err().to_string();
            assert!(without.contains("openssl rand"), "{without}");
            let first = [("LTT_KEY_ENCRYPTION_SECRET", "first")];
            assert!(ltt_keys(&db, &first, &["encrypt"]).await.unwrap().contains("Encrypted 2 key(s)"));
            assert!(ltt_keys(&db, &[], &["list"]).await.unwrap().contains(", encrypted"));
            let second = [("LTT_KEY_ENCRYPTION_SECRET", "second")];
            assert!(ltt_keys(&db, &second, &["encrypt"]).await.unwrap_err().to_string().contains("_OLD"));
            let both = [second[0], ("LTT_KEY_ENCRYPTION_SECRET_OLD", "first")];
            assert!(ltt_keys(&db, &both, &["encrypt"]).await.unwrap().contains("Encrypted 2 key(s)"));
        }
    );

    #[tokio::test]
    async fn a_running_server_publishes_what_the_command_changed_at_once() {
        let app = TestApp::new().await;
        let published = async || {
            let keys = app.get("/lti/jwks", None).await;
            assert_eq!(keys.header(axum::http::header::CACHE_CONTROL), "public, max-age=300");
            let keys = keys.json()["keys"].as_array().unwrap().clone();
            keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let before = published().await;
        ltt_keys(&app.services.db, &[], &["rotate"]).await.unwrap();
        let after = published().await;
        assert_eq!(after.len(), 3);
        assert!(after.contains(&before[0]), "what signed until now is still published");
        let keyring = app.services.lti.storage().keyring();
        keyring.upkeep(now() + TimeDelta::days(2), None).await.unwrap();
        assert!(!published().await.contains(&before[0]), "and not for ever");
    }

    /// Whether a key that is published now verifies a signature, and its kid.
    async fn verified(app: &TestApp, assertion: &str) -> Option<String> {
        let kid = jsonwebtoken::decode_header(assertion).unwrap().kid.unwrap();
        let keys = app.get("/lti/jwks", None).await.json();
        let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == kid.as_str())?.clone();
        let part = |name: &str| key[name].as_str().unwrap().to_owned();
        let key = jsonwebtoken::DecodingKey::from_rsa_components(&part("n"), &part("e")).unwrap();
        let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::RS256);
        rules.validate_aud = false;
        rules.validate_exp = false;
        jsonwebtoken::decode::<serde_json::Value>(assertion, &key, &rules).ok().map(|_| kid)
    }

    #[tokio::test]
    async fn grades_are_delivered_while_keys_rotate_and_every_signature_can_be_verified() {
        let app = TestApp::new().await;
        let services = &app.services;
        let gradebooks =
            PlatformGradebooks::new(services.db.clone(), services.entropy.clone(), Arc::clone(&services.lti));
        let deliverer = Deliverer::new(
            services.db.clone(),
            gradebooks,
            services.entropy.clone(),
            Pace { retry_floor: Duration::from_secs(5), per_second: 20 },
            Arc::clone(&services.grades_changed),
        );
        for (task, answer) in [("two-and-two", "4"), ("five-and-five", "10")] {
            let token = app.session("learner-1").await;
            let submitted = json!({ "task": task, "answer": answer });
            app.post("/api/submissions", Some(&token), &submitted).await;
            let rotate = || ltt_keys(&services.db, &[], &["rotate"]);
            let (round, rotated) = tokio::join!(deliverer.deliver_due(&app.clock), rotate());
            assert_eq!(round.unwrap().sent, 1);
            rotated.unwrap();
            rotate().await.unwrap();
            // The access token that the platform gave is over, so that another is asked for.
            app.clock.advance(TimeDelta::hours(2));
        }
        let assertions = app.platform.assertions();
        assert_eq!(assertions.len(), 2);
        let mut kids = Vec::new();
        for assertion in &assertions {
            kids.push(verified(&app, assertion).await.expect("a signature that a published key verifies"));
        }
        assert_ne!(kids[0], kids[1], "the second was signed by another key");
    }
}
