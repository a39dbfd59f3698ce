//! The gradebooks of all platforms, reached through their registrations.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use lti::{GuardedClient, ScoreTaken, Tool};

use super::{platform, storage::Storage};
use crate::{
    entropy::Entropy,
    grades::delivery::{Column, Gradebooks, NotPosted},
    store::Db,
};

/// Posts scores by the registration that each belongs to.
pub struct PlatformGradebooks {
    db: Db,
    entropy: Entropy,
    lti: Arc<Tool<Storage, GuardedClient>>,
}

impl PlatformGradebooks {
    /// The gradebooks of the platforms in `db`.
    pub fn new(db: Db, entropy: Entropy, lti: Arc<Tool<Storage, GuardedClient>>) -> Self {
        Self { db, entropy, lti }
    }
}

impl Gradebooks for PlatformGradebooks {
    async fn post(&self, column: Column<'_>, score: &lti::Score, now: DateTime<Utc>) -> Result<ScoreTaken, NotPosted> {
        let mut tx = self.db.read().await?;
        let registration = platform::registration(&mut tx, column.registration).await?;
        drop(tx);
        let registration = registration.ok_or(NotPosted::RegistrationRemoved)?;
        let posting = self
            .entropy
            .with(|rng| self.lti.post_score(&registration, column.deployment_id, column.line_item, score, now, rng));
        Ok(posting.await?)
    }
}
