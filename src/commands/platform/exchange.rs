//! `ltt platform export` and `ltt platform import`: registrations as a file.

use std::{
    io::{Read as _, Write},
    path::Path,
};

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};

use crate::{
    entropy::Entropy,
    launch::{
        exchange::{self, Existing},
        platform::Within,
    },
    settings::{OutboundAllow, Settings},
    store::Db,
};

/// The most of a file that is looked at, in bytes; a larger one is refused by its size.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Prints all registrations.
pub async fn export(db: &Db, out: &mut impl Write) -> anyhow::Result<()> {
    let mut tx = db.read().await?;
    writeln!(out, "{}", exchange::export(&mut tx, Within::Installation).await?)?;
    Ok(())
}

/// Brings in the registrations of a file, all or none.
pub async fn import(
    file: &Path,
    existing: Existing,
    settings: &Settings,
    db: &Db,
    now: DateTime<Utc>,
    entropy: &Entropy,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let loopback = settings.outbound_allow == OutboundAllow::Loopback;
    let mut text = Vec::new();
    let opened = std::fs::File::open(file).with_context(|| format!("cannot open {}", file.display()))?;
    opened.take(LARGEST).read_to_end(&mut text).with_context(|| format!("cannot read {}", file.display()))?;
    let readable = match exchange::read(&text, loopback) {
        Ok(readable) => readable,
        Err(mistakes) => {
            for mistake in &mistakes {
                writeln!(out, "{}: {mistake}", file.display())?;
            }
            bail!("nothing was imported: {} mistake(s)", mistakes.len());
        }
    };
    let mut tx = db.begin().await?;
    let imported = exchange::import(&mut tx, entropy, now, readable, existing, loopback).await?;
    tx.commit().await?;
    for (verb, names) in
        [("added", &imported.added), ("updated", &imported.updated), ("left as it is", &imported.skipped)]
    {
        for name in names {
            writeln!(out, "{verb}: {name}")?;
        }
    }
    writeln!(
        out,
        "{} added, {} updated, {} left as they are{}",
        imported.added.len(),
        imported.updated.len(),
        imported.skipped.len(),
        if imported.skipped.is_empty() { "." } else { "; --update makes them what the file says." }
    )?;
    Ok(())
}
