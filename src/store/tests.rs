//! Versions of the tables.

use super::*;
use crate::{database_test, on_tx};

database_test!(
    async fn a_database_that_a_newer_program_used_is_refused_with_a_plain_sentence(db: Db) {
        const SQL: &str = "
            INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
            VALUES (9999, 'of a later version', TRUE, $1, 0)";
        db.migrate().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        on_tx!(&mut tx, |connection| sqlx::query(SQL).bind(vec![0_u8]).execute(connection).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        let refused = db.migrate().await.unwrap_err();
        assert!(matches!(refused, StoreError::Newer { found: 9999, .. }), "{refused}");
        assert!(refused.to_string().contains("a newer LTT has used this database"), "{refused}");
    }
);
