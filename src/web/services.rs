//! What every handler can reach.

use std::sync::Arc;

use tokio::sync::Notify;
use url::Url;

use super::refusal::Refusals;
use crate::{
    clock::Clock,
    entropy::Entropy,
    launch::{
        keys::{OwnKeyError, Vault},
        protocol::{self, GuardError, Reach, Tool},
        pseudonym::Pseudonyms,
        storage::Storage,
    },
    learning::project::catalog::Catalog,
    settings::{OutboundAllow, Settings, TutorProvider},
    store::{Db, StoreError},
    tutor::{ProviderKind, ProviderSettings, ProviderSettingsError, Tutor},
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
    pub lti: Arc<Tool>,
    /// Names for learners outside of LTT.
    pub pseudonyms: Pseudonyms,
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

/// Why the services cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// LTT cannot sign.
    #[error("LTT cannot sign with its own keys")]
    Key(#[from] OwnKeyError),
    /// The public address leads to no launch address.
    #[error("LTT_PUBLIC_URL leads to no launch address: {0}")]
    PublicUrl(#[from] url::ParseError),
    /// No requests can be made to platforms.
    #[error(transparent)]
    Client(#[from] GuardError),
    /// The secret of this installation cannot be read or made.
    #[error("the installation's secret cannot be read: {0}")]
    Secret(#[from] StoreError),
    /// The tutor's provider cannot be used.
    #[error(transparent)]
    Provider(#[from] ProviderSettingsError),
}

impl Services {
    /// Puts the services together on a database that is up to date, and makes the first key where there is none.
    pub async fn assemble(
        settings: Settings,
        db: Db,
        clock: Arc<dyn Clock>,
        entropy: Entropy,
    ) -> Result<Shared, AssemblyError> {
        let pseudonyms = Pseudonyms::ensure(&db, &entropy).await?;
        let launch_address = Url::parse(&settings.address("/lti/launch"))?;
        let storage = Storage::new(db.clone(), entropy.clone(), vault(&settings));
        storage.keyring().ensure(clock.now()).await?;
        let lti = protocol::tool(launch_address, storage, reach(&settings))?;
        let provider = ProviderSettings {
            kind: match settings.tutor_provider {
                TutorProvider::Guide => ProviderKind::Guide,
                TutorProvider::OpenAi => ProviderKind::OpenAi,
            },
            base_url: settings.tutor_base_url.as_ref().map(ToString::to_string),
            model: settings.tutor_model.clone(),
            api_key: settings.tutor_api_key.clone(),
        };
        let tutor = Tutor::new(db.clone(), Arc::clone(&clock), entropy.clone(), &provider)?;
        Ok(Arc::new(Self {
            refusals: Refusals::new(entropy.clone()),
            grades_changed: Arc::new(Notify::new()),
            lti: Arc::new(lti),
            pseudonyms,
            catalog: Catalog::default(),
            settings,
            db,
            clock,
            entropy,
            tutor,
        }))
    }
}

/// How LTT's own keys are kept.
pub fn vault(settings: &Settings) -> Vault {
    Vault::new(settings.key_encryption_secret.clone(), settings.key_encryption_secret_old.clone())
}

/// How far requests to platforms may go.
pub fn reach(settings: &Settings) -> Reach {
    match settings.outbound_allow {
        OutboundAllow::Public => Reach::Public,
        OutboundAllow::Loopback => Reach::PublicAndLoopback,
    }
}
