//! The database: SQLite inside, PostgreSQL at scale, one SQL text for both.
//!
//! Nothing here knows what the rows mean. A handler opens one [`Tx`] and passes it down, so that what belongs together
//! commits together.

use std::{str::FromStr, time::Duration};

use sqlx::{
    PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub mod backup;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;

static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// What can go wrong between LTT and its database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address names no database that LTT knows.
    #[error("the database address must begin with `sqlite:` or `postgres://`")]
    UnsupportedUrl,
    /// The database refused or was not there.
    #[error("the database did not do what was asked: {0}")]
    Database(#[from] sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("the tables could not be brought up to date: {0}")]
    Migration(#[from] MigrateError),
    /// The tables are of a version that this program does not know.
    #[error(
        "a newer LTT has used this database (its tables are at version {found}, this LTT knows {known}); \
         run that newer version, or restore a backup from before it"
    )]
    Newer {
        /// The version of the tables.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// A row holds what no version of LTT writes.
    #[error("{table}.{column} holds what LTT cannot read: {cause}")]
    Inconsistent {
        /// The table of that row.
        table: &'static str,
        /// The column that cannot be read.
        column: &'static str,
        /// What the reader said.
        cause: String,
    },
}

impl StoreError {
    /// Whether a row was refused because one like it is already there.
    pub fn is_unique_violation(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(error)) if error.is_unique_violation())
    }
}

/// A pool of connections to whichever database is configured.
#[derive(Debug, Clone)]
pub enum Db {
    /// One file, one writer at a time: enough for a school.
    Sqlite(SqlitePool),
    /// For several replicas of the server.
    Postgres(PgPool),
}

/// One transaction on a [`Db`]. Dropped without [`Tx::commit`], it leaves no trace.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(sqlx::Transaction<'static, sqlx::Sqlite>),
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// Runs one body on whichever database the transaction is of; the body is type-checked once for each.
///
/// The body sees the connection under the given name and ends in a `Result<_, sqlx::Error>`; the macro's value is a
/// `Result<_, StoreError>`.
#[macro_export]
macro_rules! on_tx {
    ($tx:expr, |$connection:ident| $body:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $body.map_err($crate::store::StoreError::from)
            }
            $crate::store::Tx::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $body.map_err($crate::store::StoreError::from)
            }
        }
    };
}

/// How long a writer waits for another one on SQLite before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

impl Db {
    /// Connects to `sqlite:…` (the file is made when it is missing) or `postgres://…`.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        if url.starts_with("sqlite:") {
            backup::make_private(url);
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT);
            Ok(Self::Sqlite(SqlitePoolOptions::new().max_connections(8).connect_with(options).await?))
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            Ok(Self::Postgres(PgPoolOptions::new().max_connections(16).connect(url).await?))
        } else {
            Err(StoreError::UnsupportedUrl)
        }
    }

    /// Brings the tables up to date; those of a newer program are left alone and refused.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        let done = match self {
            Self::Sqlite(pool) => SQLITE.run(pool).await,
            Self::Postgres(pool) => POSTGRES.run(pool).await,
        };
        let known = newest_migration();
        done.map_err(|error| match error {
            MigrateError::VersionMissing(found) if found > known => StoreError::Newer { found, known },
            error => error.into(),
        })
    }

    /// Opens a transaction that may write. On SQLite it takes the write lock at once, for a transaction that reads first
    /// and asks for the lock later is refused when another has written meanwhile.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => Tx::Sqlite(pool.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Opens a transaction that only reads, and so waits for nobody.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        Ok(match self {
            Self::Sqlite(pool) => Tx::Sqlite(pool.begin().await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin_with("BEGIN READ ONLY").await?),
        })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        on_tx!(&mut tx, |connection| sqlx::query("SELECT 1").execute(connection).await.map(drop))
    }
}

/// The version of the tables that this program works with.
fn newest_migration() -> i64 {
    SQLITE.iter().map(|migration| migration.version).max().unwrap_or_default()
}

impl Tx {
    /// Makes everything done in this transaction lasting.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
    }
}
