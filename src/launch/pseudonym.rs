//! Names for learners outside of LTT: the same learner always has the same one, and nobody without this installation's
//! secret finds the learner by it.

use jsonwebtoken::{Algorithm, EncodingKey, crypto};
use uuid::Uuid;

use crate::{
    entropy::Entropy,
    on_tx,
    store::{Db, StoreError, Tx},
};

/// Under which name the secret is kept.
const SECRET: &str = "pseudonym";

/// The installation's secret, from which names are made that can be made by nobody else.
#[derive(Clone)]
pub struct Pseudonyms(EncodingKey);

impl std::fmt::Debug for Pseudonyms {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Pseudonyms")
    }
}

impl Pseudonyms {
    /// Reads the secret, which is made where there is none. Of several replicas that start at once one makes it, and the
    /// others use it.
    pub async fn ensure(db: &Db, entropy: &Entropy) -> Result<Self, StoreError> {
        const INSERT: &str = "INSERT INTO installation_secret (name, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let mut tx = db.begin().await?;
        on_tx!(&mut tx, |connection| sqlx::query(INSERT)
            .bind(SECRET)
            .bind(entropy.secret())
            .execute(connection)
            .await
            .map(drop))?;
        let secret = secret(&mut tx).await?;
        tx.commit().await?;
        Ok(Self(EncodingKey::from_secret(secret.as_bytes())))
    }

    /// A learner's pseudonym: 22 letters and digits.
    pub fn of_learner(&self, learner: Uuid) -> String {
        self.keyed("learner", learner)
    }

    /// What stands for a registration in addresses that anybody can see, so that nobody can speak for another one.
    pub fn of_registration(&self, registration: Uuid) -> String {
        self.keyed("registration", registration)
    }

    /// The first 128 bits of an HMAC-SHA-256.
    fn keyed(&self, kind: &str, id: Uuid) -> String {
        let message = format!("{kind}:{id}");
        let code = crypto::sign(message.as_bytes(), &self.0, Algorithm::HS256);
        // Signing by a secret of our own does not fail; an empty name would be no leak, either.
        code.map(|code| code.chars().take(22).collect()).unwrap_or_default()
    }
}

async fn secret(tx: &mut Tx) -> Result<String, StoreError> {
    const SQL: &str = "SELECT secret FROM installation_secret WHERE name = $1";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(SECRET).fetch_one(connection).await)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database_test;

    database_test!(
        async fn a_learner_keeps_one_pseudonym_over_restarts_and_every_installation_has_its_own(db: Db) {
            let learner = Uuid::from_u128(7);
            let first = Pseudonyms::ensure(&db, &Entropy::system()).await.unwrap().of_learner(learner);
            let again = Pseudonyms::ensure(&db, &Entropy::system()).await.unwrap();
            assert_eq!(again.of_learner(learner), first);
            assert_ne!(again.of_learner(Uuid::from_u128(8)), first);
            assert_ne!(again.of_registration(learner), first);
            assert!(first.len() == 22 && !first.contains(&learner.simple().to_string()[..8]));
            let elsewhere = crate::store::testing::TestDatabase::sqlite().await;
            let other = Pseudonyms::ensure(&elsewhere.db, &Entropy::system()).await.unwrap();
            assert_ne!(other.of_learner(learner), first);
        }
    );
}
