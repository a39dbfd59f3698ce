//! The gradebooks of all platforms, reached through their registrations.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use lti::{
    GradeService, GuardedClient, LearnerResult, LineItemDefinition, LineItemFilter, ScoreNotTaken, ScoreTaken,
    ServiceFault, Tool,
};
use url::Url;

use super::{
    platform::{self, Registration},
    storage::Storage,
};
use crate::{
    entropy::Entropy,
    grades::{
        column::Definition,
        delivery::{Gradebooks, NotPosted, Way},
    },
    store::Db,
};

/// What columns of LTT's making are marked by, so that they are found again in a copied course.
const TAG: &str = "ltt";

type Gradebook<'a> = lti::Gradebook<'a, Storage, GuardedClient>;

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

    async fn registration(&self, way: Way<'_>) -> Result<Registration, NotPosted> {
        let mut tx = self.db.read().await?;
        platform::registration(&mut tx, way.registration).await?.ok_or(NotPosted::RegistrationRemoved)
    }

    fn open<'a>(&'a self, registration: &'a Registration, way: Way<'a>, service: &'a GradeService) -> Gradebook<'a> {
        self.entropy.with(|rng| self.lti.gradebook(registration, way.deployment_id, service, rng))
    }
}

impl Gradebooks for PlatformGradebooks {
    async fn post(
        &self,
        way: Way<'_>,
        line_item: &Url,
        score: &lti::Score,
        now: DateTime<Utc>,
    ) -> Result<ScoreTaken, NotPosted> {
        let (registration, service) = (self.registration(way).await?, way.access.service());
        Ok(self.open(&registration, way, &service).post_score(line_item, score, now).await?)
    }

    async fn make(&self, way: Way<'_>, definition: &Definition, now: DateTime<Utc>) -> Result<Url, NotPosted> {
        let (registration, service) = (self.registration(way).await?, way.access.service());
        let gradebook = self.open(&registration, way, &service);
        find_or_make(&gradebook, definition, now).await.map_err(NotPosted::Column)
    }

    async fn result(
        &self,
        way: Way<'_>,
        line_item: &Url,
        subject: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<LearnerResult>, NotPosted> {
        let (registration, service) = (self.registration(way).await?, way.access.service());
        let gradebook = self.open(&registration, way, &service);
        Ok(gradebook.result_of(line_item, subject, now).await.map_err(ScoreNotTaken::from)?)
    }
}

/// A copied course has the column already, though it may belong to another activity there: so the resource id tells it.
async fn find_or_make(
    gradebook: &Gradebook<'_>,
    definition: &Definition,
    now: DateTime<Utc>,
) -> Result<Url, ServiceFault> {
    let filter =
        LineItemFilter { resource_id: Some(&definition.resource_id), tag: Some(TAG), ..LineItemFilter::default() };
    let mut found = gradebook.line_items(filter)?;
    while let Some(page) = found.next_page(now).await? {
        if let Some(first) = page.into_iter().next() {
            return Ok(first.id);
        }
    }
    let made = LineItemDefinition {
        label: definition.label.clone(),
        score_maximum: Some(definition.maximum),
        resource_id: Some(definition.resource_id.clone()),
        tag: Some(TAG.to_owned()),
        resource_link_id: Some(definition.link_id.clone()).filter(|link| !link.is_empty()),
        ..LineItemDefinition::default()
    };
    Ok(gradebook.create_line_item(&made, now).await?.id)
}
