//! `ltt backup` and `ltt restore`.

use std::{io::Write, path::PathBuf, process::ExitCode};

use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::Args;
use url::Url;

use crate::{
    settings::Settings,
    store::backup::{self, BackupError},
};

/// Where a backup goes.
#[derive(Debug, Args)]
pub struct BackupArguments {
    /// A new file
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Where a backup is.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    /// A file that `ltt backup` made
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace the database that is there
    #[arg(long)]
    yes: bool,
}

/// Copies the database, also while a server works on it. It is copied as it is: tables are not brought up to date first.
pub async fn backup(
    arguments: &BackupArguments,
    settings: &Settings,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let Some(database) = sqlite_file(settings)? else {
        let (file, address) = (arguments.file.display(), without_password(settings));
        writeln!(out, "Nothing was copied: PostgreSQL has its own tool for that, which works while LTT runs:\n")?;
        writeln!(out, "  pg_dump --format=custom --file='{file}' '{address}'\n")?;
        writeln!(out, "The password, if there is one, comes from PGPASSWORD or ~/.pgpass.")?;
        return Ok(ExitCode::FAILURE);
    };
    backup::copy(&database, &arguments.file).await?;
    writeln!(out, "Copied {} to {}, and checked the copy.", database.display(), arguments.file.display())?;
    writeln!(out, "It holds everything, LTT's private keys too: keep it as safe as the database.")?;
    Ok(ExitCode::SUCCESS)
}

/// Puts a backup in the place of the database. What was there is kept beside it.
pub async fn restore(
    arguments: &RestoreArguments,
    settings: &Settings,
    now: DateTime<Utc>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let file = &arguments.file;
    let Some(database) = sqlite_file(settings)? else {
        let (file, address) = (file.display(), without_password(settings));
        writeln!(out, "Nothing was restored: PostgreSQL has its own tool for that. Stop LTT, and run:\n")?;
        writeln!(
            out,
            "  pg_restore --clean --if-exists --no-owner --single-transaction --dbname='{address}' '{file}'\n"
        )?;
        writeln!(out, "The password, if there is one, comes from PGPASSWORD or ~/.pgpass.")?;
        return Ok(ExitCode::FAILURE);
    };
    backup::check(file).await?;
    if database.exists() && !arguments.yes {
        bail!(
            "restoring {} replaces everything in {}; what is there now would be kept beside it. Say --yes to do it.",
            file.display(),
            database.display()
        );
    }
    let suffix = now.format(".before-%Y%m%d-%H%M%S").to_string();
    let former = backup::restore(file, &database, &suffix).await?;
    writeln!(out, "Restored {} to {}.", file.display(), database.display())?;
    if let Some(former) = former {
        writeln!(out, "What was there is now {}; remove it when it is no longer needed.", former.display())?;
    }
    writeln!(out, "LTT brings it up to date when it starts. `ltt doctor` tells whether all is well.")?;
    Ok(ExitCode::SUCCESS)
}

/// The database's file, where it has one.
fn sqlite_file(settings: &Settings) -> Result<Option<PathBuf>, BackupError> {
    let url = settings.database_url_exposed();
    if url.starts_with("postgres") { Ok(None) } else { backup::file_of(url).map(Some) }
}

/// The database's address for a command line, which others on the machine can read.
fn without_password(settings: &Settings) -> String {
    let Ok(mut url) = Url::parse(settings.database_url_exposed()) else { return settings.database_for_display() };
    if url.set_password(None).is_ok() { url.to_string() } else { settings.database_for_display() }
}

#[cfg(test)]
mod tests {
    use std::{collections::HashMap, fs};

    use tempfile::TempDir;

    use super::*;
    use crate::store::Db;

    struct Place {
        folder: TempDir,
        settings: Settings,
    }

    impl Place {
        fn new() -> Self {
            let folder = TempDir::new().unwrap();
            let url = format!("sqlite:{}", folder.path().join("ltt.db").display());
            let settings = Settings::read(None, HashMap::from([("LTT_DATABASE_URL".to_owned(), url)])).unwrap();
            Self { folder, settings }
        }

        fn at(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        async fn open(&self) -> Db {
            let db = Db::connect(self.settings.database_url_exposed()).await.unwrap();
            db.migrate().await.unwrap();
            db
        }

        async fn backup(&self, name: &str) -> anyhow::Result<String> {
            let mut out = Vec::new();
            backup(&BackupArguments { file: self.at(name) }, &self.settings, &mut out).await?;
            Ok(String::from_utf8(out)?)
        }

        async fn restore(&self, name: &str, yes: bool) -> anyhow::Result<String> {
            let mut out = Vec::new();
            let now = "2026-11-21T09:00:00Z".parse()?;
            restore(&RestoreArguments { file: self.at(name), yes }, &self.settings, now, &mut out).await?;
            Ok(String::from_utf8(out)?)
        }
    }

    async fn close(db: Db) {
        let Db::Sqlite(pool) = db else { panic!("a SQLite database") };
        pool.close().await;
    }

    /// Writes that survive only if they were committed before the copy.
    async fn note(db: &Db, kid: &str) {
        const SQL: &str = "INSERT INTO tool_key (kid, private_key, state, created_at) VALUES ($1, '', 'retired', '')";
        let Db::Sqlite(pool) = db else { panic!("a SQLite database") };
        sqlx::query(SQL).bind(kid).execute(pool).await.unwrap();
    }

    async fn notes(db: &Db) -> Vec<String> {
        let Db::Sqlite(pool) = db else { panic!("a SQLite database") };
        sqlx::query_scalar("SELECT kid FROM tool_key ORDER BY kid").fetch_all(pool).await.unwrap()
    }

    #[tokio::test]
    async fn a_backup_holds_what_was_committed_while_the_server_goes_on_and_comes_back() {
        let place = Place::new();
        let db = place.open().await;
        note(&db, "before").await;
        let writing = db.begin().await.unwrap();
        let copied = place.backup("copy.db").await.unwrap();
        assert!(copied.contains("checked the copy"), "{copied}");
        drop(writing);
        note(&db, "after").await;

        let unsaid = place.restore("copy.db", false).await.unwrap_err().to_string();
        assert!(unsaid.contains("--yes"), "{unsaid}");
        let in_use = place.restore("copy.db", true).await.unwrap_err().to_string();
        assert!(in_use.contains("stop LTT first"), "{in_use}");
        assert_eq!(notes(&db).await, ["after", "before"], "nothing was touched");
        close(db).await;

        let restored = place.restore("copy.db", true).await.unwrap();
        assert!(restored.contains("ltt.db.before-20261121-090000"), "{restored}");
        let db = place.open().await;
        assert_eq!(notes(&db).await, ["before"]);
        close(db).await;
        let former = format!("sqlite:{}", place.at("ltt.db.before-20261121-090000").display());
        assert_eq!(notes(&Db::connect(&former).await.unwrap()).await, ["after", "before"]);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_can_read_a_database_or_its_backup_and_none_is_overwritten() {
        let place = Place::new();
        close(place.open().await).await;
        place.backup("copy.db").await.unwrap();
        for file in ["ltt.db", "copy.db"] {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(place.at(file)).unwrap().permissions());
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
        let again = place.backup("copy.db").await.unwrap_err().to_string();
        assert!(again.contains("choose another name"), "{again}");
        let nowhere = place.backup("no/such/folder.db").await.unwrap_err().to_string();
        assert!(nowhere.contains("no/such/folder.db"), "{nowhere}");
    }

    #[tokio::test]
    async fn a_backup_is_restored_where_the_database_is_missing_or_beyond_repair() {
        let place = Place::new();
        let db = place.open().await;
        note(&db, "kept").await;
        place.backup("copy.db").await.unwrap();
        close(db).await;
        fs::write(place.at("ltt.db"), b"this is no database any more, by any means").unwrap();
        place.restore("copy.db", true).await.unwrap();
        fs::remove_file(place.at("ltt.db")).unwrap();
        place.restore("copy.db", false).await.unwrap();
        assert_eq!(notes(&place.open().await).await, ["kept"]);
    }

    #[tokio::test]
    async fn what_is_no_whole_backup_of_this_or_an_older_ltt_is_not_restored() {
        let place = Place::new();
        let db = place.open().await;
        place.backup("newer.db").await.unwrap();
        let newer = Db::connect(&format!("sqlite:{}", place.at("newer.db").display())).await.unwrap();
        let Db::Sqlite(pool) = &newer else { panic!("a SQLite database") };
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (9999, 'later', TRUE, x'00', 0)",
        )
        .execute(pool)
        .await
        .unwrap();
        close(newer).await;
        place.backup("cut.db").await.unwrap();
        let whole = fs::read(place.at("cut.db")).unwrap();
        fs::write(place.at("cut.db"), &whole[..whole.len() / 2]).unwrap();
        fs::write(place.at("text.db"), b"not a database at all, just some text in a file").unwrap();
        fs::write(place.at("empty.db"), b"").unwrap();
        close(db).await;
        for (name, told) in [
            ("newer.db", "a newer LTT"),
            ("cut.db", "cut.db is"),
            ("text.db", "no database of LTT"),
            ("empty.db", "no database of LTT"),
            ("missing.db", "is not there"),
        ] {
            let refused = place.restore(name, true).await.unwrap_err().to_string();
            assert!(refused.contains(told), "{name}: {refused}");
        }
        assert!(notes(&place.open().await).await.is_empty(), "the database is still there");
    }

    #[tokio::test]
    async fn for_postgresql_its_own_commands_are_told_without_the_password() {
        let url = "postgres://ltt:secret@db.example/ltt?sslmode=require".to_owned();
        let settings = Settings::read(None, HashMap::from([("LTT_DATABASE_URL".to_owned(), url)])).unwrap();
        let file = PathBuf::from("ltt.dump");
        let mut out = Vec::new();
        let code = backup(&BackupArguments { file: file.clone() }, &settings, &mut out).await.unwrap();
        assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::FAILURE), "a cron job must notice");
        let now = DateTime::UNIX_EPOCH;
        restore(&RestoreArguments { file, yes: true }, &settings, now, &mut out).await.unwrap();
        let text = String::from_utf8(out).unwrap();
        let address = "postgres://ltt@db.example/ltt?sslmode=require";
        assert!(text.contains(&format!("pg_dump --format=custom --file='ltt.dump' '{address}'")), "{text}");
        assert!(text.contains(&format!("--dbname='{address}' 'ltt.dump'")), "{text}");
        assert!(!text.contains("secret"));
    }
}
