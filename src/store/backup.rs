//! Copies of a SQLite database: made while it is in use, checked, and put back.
//!
//! PostgreSQL has its own tools for that, which are better than any of ours would be.

use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
    str::FromStr as _,
    time::Duration,
};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{StoreError, newest_migration};

/// How long a copy waits for a writer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a copy was not made or put back. Nothing has been changed then.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database is none of SQLite's files.
    #[error("the database {0} is no SQLite file")]
    NotAFile(String),
    /// There is nothing to copy.
    #[error("{0} is not there")]
    Missing(PathBuf),
    /// A backup is never overwritten.
    #[error("{0} is there already; choose another name")]
    Exists(PathBuf),
    /// A file could not be written or moved.
    #[error("{path}: {cause}")]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// What should be a backup is damaged.
    #[error("{path} is damaged: {problem}. Take another backup")]
    Damaged {
        /// Which one.
        path: PathBuf,
        /// What the check said first.
        problem: String,
    },
    /// What should be a backup is something else.
    #[error("{path} is no database of LTT ({cause})")]
    Foreign {
        /// Which one.
        path: PathBuf,
        /// What the database said.
        cause: String,
    },
    /// A server works on the database that is to be replaced.
    #[error("{0} is in use; stop LTT first")]
    InUse(PathBuf),
    /// The database did not do what was asked, or is of a newer LTT.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The file behind a SQLite address.
pub fn file_of(url: &str) -> Result<PathBuf, BackupError> {
    let not_a_file = || BackupError::NotAFile(url.to_owned());
    if !url.starts_with("sqlite:") || url.contains(":memory:") {
        return Err(not_a_file());
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|_| not_a_file())?;
    Ok(options.get_filename().to_owned())
}

/// Sees to it that a database that is made now can be read by this user only: it will hold private keys and people's work. A
/// folder that cannot be written to is told of by whoever opens the database next.
pub(super) fn make_private(url: &str) {
    if let Ok(path) = file_of(url)
        && !path.exists()
    {
        let _ = private_file(&path);
    }
}

/// Copies the database to a new file that only this user can read, as it is at one moment; servers may go on meanwhile.
pub async fn copy(database: &Path, target: &Path) -> Result<(), BackupError> {
    if !database.exists() {
        return Err(BackupError::Missing(database.to_owned()));
    }
    if target.exists() {
        return Err(BackupError::Exists(target.to_owned()));
    }
    let part = beside(target, ".part");
    private_file(&part)?;
    let copied = copy_into(database, &part).await;
    let finished = match copied {
        Ok(()) => in_place(&part, target),
        Err(error) => Err(error),
    };
    if finished.is_err() {
        // What is left of it would only be in the way.
        let _ = fs::remove_file(&part);
    }
    finished
}

async fn copy_into(database: &Path, part: &Path) -> Result<(), BackupError> {
    let mut connection = open(database).await?;
    let name = part.to_str().ok_or_else(|| BackupError::NotAFile(part.display().to_string()))?;
    sqlx::query("VACUUM INTO $1").bind(name).execute(&mut connection).await.map_err(StoreError::from)?;
    connection.close().await.map_err(StoreError::from)?;
    check(part).await.map(drop)
}

/// Checks that a file is a whole database of this LTT or an older one, and gives the version of its tables.
pub async fn check(path: &Path) -> Result<i64, BackupError> {
    const VERSION: &str = "SELECT MAX(version) FROM _sqlx_migrations WHERE success";
    if !path.is_file() {
        return Err(BackupError::Missing(path.to_owned()));
    }
    let foreign = |error: StoreError| BackupError::Foreign { path: path.to_owned(), cause: error.to_string() };
    let mut connection = open(path).await.map_err(foreign)?;
    let verdict = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut connection).await;
    let verdict: String = verdict.map_err(StoreError::from).map_err(foreign)?;
    if verdict != "ok" {
        return Err(BackupError::Damaged { path: path.to_owned(), problem: verdict });
    }
    let version = sqlx::query_scalar(VERSION).fetch_one(&mut connection).await;
    let version: Option<i64> = version.map_err(StoreError::from).map_err(foreign)?;
    let version = version.ok_or_else(|| BackupError::Foreign { path: path.to_owned(), cause: "empty".to_owned() })?;
    connection.close().await.map_err(StoreError::from)?;
    let known = newest_migration();
    if version > known { Err(StoreError::Newer { found: version, known }.into()) } else { Ok(version) }
}

/// Puts a backup in the place of the database. What was there is kept under the name that is returned, which ends in
/// `suffix`.
pub async fn restore(backup: &Path, database: &Path, suffix: &str) -> Result<Option<PathBuf>, BackupError> {
    check(backup).await?;
    let part = beside(database, ".part");
    private_file(&part)?;
    fs::copy(backup, &part).map_err(|cause| BackupError::File { path: part.clone(), cause })?;
    let former = match set_aside(database, suffix).await {
        Ok(former) => former,
        Err(error) => {
            let _ = fs::remove_file(&part);
            return Err(error);
        }
    };
    in_place(&part, database)?;
    Ok(former)
}

/// Moves the present database out of the way, unless somebody works on it.
async fn set_aside(database: &Path, suffix: &str) -> Result<Option<PathBuf>, BackupError> {
    if !database.exists() {
        return Ok(None);
    }
    if is_in_use(database).await {
        return Err(BackupError::InUse(database.to_owned()));
    }
    let former = beside(database, suffix);
    if former.exists() {
        return Err(BackupError::Exists(former));
    }
    // The journals of a database that could not be opened belong to it; a healthy one has none left by now.
    for ending in ["", "-wal", "-shm"] {
        let (from, to) = (beside(database, ending), beside(&former, ending));
        match fs::rename(&from, &to) {
            Err(cause) if ending.is_empty() || cause.kind() != io::ErrorKind::NotFound => {
                return Err(BackupError::File { path: from, cause });
            }
            _ => {}
        }
    }
    Ok(Some(former))
}

/// Whether another connection is open: only the last one may leave write-ahead logging. A damaged database is in nobody's use.
async fn is_in_use(database: &Path) -> bool {
    let Ok(mut connection) =
        SqliteConnectOptions::new().filename(database).busy_timeout(Duration::ZERO).connect().await
    else {
        return false;
    };
    let left: Result<String, _> = sqlx::query_scalar("PRAGMA journal_mode = DELETE").fetch_one(&mut connection).await;
    let locked = match left {
        Ok(mode) => mode != "delete",
        Err(sqlx::Error::Database(error)) => error.message().contains("locked"),
        Err(_) => false,
    };
    let _ = connection.close().await;
    locked
}

async fn open(path: &Path) -> Result<SqliteConnection, StoreError> {
    Ok(SqliteConnectOptions::new().filename(path).busy_timeout(PATIENCE).connect().await?)
}

/// A path with something added to its name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

/// An empty file that nobody else can read.
fn private_file(path: &Path) -> Result<(), BackupError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|cause| BackupError::File { path: path.to_owned(), cause })
}

/// Gives a finished file its name, so that a crash leaves the whole or nothing.
fn in_place(part: &Path, target: &Path) -> Result<(), BackupError> {
    let done = File::open(part).and_then(|file| file.sync_all()).and_then(|()| fs::rename(part, target));
    done.map_err(|cause| BackupError::File { path: target.to_owned(), cause })
}
