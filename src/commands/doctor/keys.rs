//! LTT's own keys: whether they can be read, how they are kept, and how old they are.

use std::io::Write;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Finding, Report};
use crate::{
    entropy::Entropy,
    launch::{
        keys::{KeyRecord, Keyring, PUBLISHED_BEFORE},
        protocol::KeyState,
    },
    settings::{KeyRotation, Settings},
    store::Db,
    web::services::vault,
};

/// How long a key may sign, where it does not change by itself, before that is worth a word.
const OLD: TimeDelta = TimeDelta::days(365);

pub(super) async fn check<W: Write>(
    settings: &Settings,
    db: &Db,
    now: DateTime<Utc>,
    entropy: &Entropy,
    report: &mut Report<'_, W>,
) -> anyhow::Result<()> {
    let keyring = Keyring::new(db.clone(), entropy.clone(), vault(settings));
    let records = keyring.records().await?;
    if let Err(error) = keyring.all().await {
        report.line(Finding::Fault, &format!("keys: {error}"))?;
    }
    let shared: Vec<&KeyRecord> = records.iter().filter(|record| record.registration.is_none()).collect();
    let of = |state| shared.iter().find(|record| record.state == state);
    let Some(active) = of(KeyState::Active) else {
        report.line(Finding::Note, "no key yet; `ltt serve` makes one when it starts")?;
        return Ok(());
    };
    signing(active, settings.key_rotation, now, report)?;
    match of(KeyState::Next) {
        Some(next) if next.is_ready(now) => {
            report.line(Finding::Good, &format!("key {} is published and may follow it", next.kid))?;
        }
        Some(next) => {
            let from = (next.created_at + PUBLISHED_BEFORE).format("%Y-%m-%d %H:%M");
            report.line(Finding::Good, &format!("key {} is published, and may follow it from {from}", next.kid))?;
        }
        None => report.line(Finding::Note, "no next key yet; a running `ltt serve` makes one within a minute")?,
    }
    let own = records.iter().filter(|record| record.registration.is_some() && record.state == KeyState::Active).count();
    if own > 0 {
        report.line(Finding::Good, &format!("{own} registration(s) sign with keys of their own"))?;
    }
    encryption(&keyring, &records, report)?;
    Ok(())
}

fn signing<W: Write>(
    active: &KeyRecord,
    rotation: KeyRotation,
    now: DateTime<Utc>,
    report: &mut Report<'_, W>,
) -> std::io::Result<()> {
    let age = now - active.activated_at.unwrap_or(active.created_at);
    report.line(Finding::Good, &format!("key {} signs, for {} day(s) now", active.kid, age.num_days()))?;
    if rotation == KeyRotation::Off && age > OLD {
        report.line(Finding::Note, "that is long, and LTT_KEY_ROTATION is off; change keys with `ltt keys rotate`")?;
    }
    Ok(())
}

fn encryption<W: Write>(keyring: &Keyring, records: &[KeyRecord], report: &mut Report<'_, W>) -> std::io::Result<()> {
    let plain = records.iter().filter(|record| !record.encrypted).count();
    match (keyring.seals(), plain) {
        (true, 0) => report.line(Finding::Good, "keys are encrypted in the database"),
        (true, plain) => {
            let text = format!("{plain} key(s) are not encrypted in the database; run `ltt keys encrypt`");
            report.line(Finding::Note, &text)
        }
        (false, 0) => Ok(()),
        (false, _) => report.line(
            Finding::Note,
            "keys are not encrypted in the database: who reads it or a backup can sign as LTT; set \
             LTT_KEY_ENCRYPTION_SECRET (`openssl rand -base64 32` makes one) and run `ltt keys encrypt`",
        ),
    }
}
