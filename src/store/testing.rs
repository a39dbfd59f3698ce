//! Databases for tests: every test gets an empty one of its own, and every test runs on both kinds.

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;
use uuid::Uuid;

use super::Db;

/// An empty, migrated database that lives as long as this value.
pub struct TestDatabase {
    /// The database.
    pub db: Db,
    place: Place,
}

/// Where an empty database was made.
enum Place {
    Folder(TempDir),
    Server { url: String, name: String },
}

/// The address of a PostgreSQL server whose user may create databases; `cargo xtask test` starts one and sets it.
pub const POSTGRES: &str = "LTT_TEST_POSTGRES_URL";

impl TestDatabase {
    /// A SQLite file in a temporary folder.
    pub async fn sqlite() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let url = format!("sqlite:{}", folder.path().join("ltt.db").display());
        let db = Db::connect(&url).await.expect("a SQLite database");
        db.migrate().await.expect("migrations on SQLite");
        Self { db, place: Place::Folder(folder) }
    }

    /// A database of its own on the PostgreSQL server of [`POSTGRES`]; `None` where that is not set.
    pub async fn postgres() -> Option<Self> {
        #[expect(clippy::disallowed_methods, reason = "a test asks where the server is")]
        let server = std::env::var(POSTGRES).ok()?;
        let name = format!("ltt_{}", Uuid::from_bytes(rand::random()).simple());
        let mut connection = PgConnection::connect(&server).await.expect("the PostgreSQL server");
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut connection)
            .await
            .expect("a new database");
        let mut url = url::Url::parse(&server).expect("a PostgreSQL address");
        url.set_path(&name);
        let db = Db::connect(url.as_str()).await.expect("a PostgreSQL database");
        db.migrate().await.expect("migrations on PostgreSQL");
        Some(Self { db, place: Place::Server { url: server, name } })
    }

    /// Gives the space back: hundreds of databases together are gigabytes. (A failed test leaves its own to be looked at.)
    pub async fn remove(self) {
        match self.place {
            Place::Folder(folder) => drop(folder),
            Place::Server { url, name } => {
                let mut connection = PgConnection::connect(&url).await.expect("the PostgreSQL server");
                sqlx::query(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
                    .execute(&mut connection)
                    .await
                    .expect("the database is dropped");
            }
        }
    }
}

/// Writes a test down once and runs it on both databases:
/// `database_test!(async fn a_project_is_imported_whole(db: Db) { … });`
#[macro_export]
macro_rules! database_test {
    ($(#[$meta:meta])* async fn $name:ident($db:ident: Db) $body:block) => {
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a test may need nothing from around it")]
            use super::*;

            async fn run($db: $crate::store::Db) $body

            #[tokio::test]
            async fn sqlite() {
                let database = $crate::store::testing::TestDatabase::sqlite().await;
                run(database.db.clone()).await;
                database.remove().await;
            }

            #[tokio::test]
            async fn postgres() {
                match $crate::store::testing::TestDatabase::postgres().await {
                    Some(database) => {
                        run(database.db.clone()).await;
                        database.remove().await;
                    }
                    None => eprintln!("not run: {} is not set", $crate::store::testing::POSTGRES),
                }
            }
        }
    };
}
