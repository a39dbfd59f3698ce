//! What every handler can reach.

use std::sync::Arc;

use lti::{GuardedClient, Tool};
use tokio::sync::Notify;

use super::refusal::Refusals;
use crate::{
    clock::Clock, entropy::Entropy, launch::storage::Storage, learning::project::catalog::Catalog, settings::Settings,
    store::Db, tutor::Tutor,
};

/// The services of one server.
pub struct Services {
    /// What the administrator set.
    pub settings: Settings,
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and secrets.
    pub entropy: Entropy,
    /// The LTI protocol.
    pub lti: Arc<Tool<Storage, GuardedClient>>,
    /// Projects that have been read.
    pub catalog: Catalog,
    /// Conversations.
    pub tutor: Tutor,
    /// How the server says no.
    pub refusals: Refusals,
    /// Wakes the worker that delivers grades.
    pub grades_changed: Arc<Notify>,
}

/// The services, as handlers share them.
pub type Shared = Arc<Services>;
