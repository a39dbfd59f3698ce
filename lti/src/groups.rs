//! Groups inside a course: the claim, and the service that lists them. (Course Groups Service 1.0)

use chrono::{DateTime, Utc};
use rand::RngCore;
use serde::Deserialize;
use url::Url;

use crate::{
    fields::Fields,
    http::HttpClient,
    services::{Caller, Cursor, Entries, Entry, ServiceFault, json},
    storage::Storage,
    tool::Tool,
};

const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";
const MEDIA_TYPE: &str = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json";
const SETS_MEDIA_TYPE: &str = "application/vnd.ims.lti-gs.v1.contextgroupsetcontainer+json";

/// Access to the groups of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupService {
    /// What the tool may do.
    pub scopes: Vec<String>,
    /// Where the groups are listed.
    pub context_groups_url: Url,
    /// Where the sets are listed that groups belong to, where the platform has such.
    pub context_group_sets_url: Option<Url>,
    /// Versions the platform speaks.
    pub service_versions: Vec<String>,
}

impl GroupService {
    pub(crate) fn read(fields: Fields<'_>) -> Option<Self> {
        Some(Self {
            scopes: fields.texts("scope"),
            context_groups_url: fields.address("context_groups_url")?,
            context_group_sets_url: fields.address("context_group_sets_url"),
            service_versions: fields.texts("service_versions"),
        })
    }

    fn granted(&self) -> Result<(), ServiceFault> {
        let is_granted = self.scopes.iter().any(|scope| scope == SCOPE);
        if is_granted { Ok(()) } else { Err(ServiceFault::ScopeNotGranted { scope: SCOPE }) }
    }
}

/// A group of learners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id; unique within the course.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// What the tool may call it.
    pub tag: Option<String>,
    /// The set it belongs to.
    pub set_id: Option<String>,
}

impl Entry for Group {
    fn read(fields: Fields<'_>) -> Option<Self> {
        let (name, tag, set_id) = (fields.text("name"), fields.text("tag"), fields.exact("set_id"));
        Some(Self { id: fields.exact("id")?, name, tag, set_id })
    }
}

/// A set of groups, such as those of one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSet {
    /// Its id; unique within the course.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
}

impl Entry for GroupSet {
    fn read(fields: Fields<'_>) -> Option<Self> {
        Some(Self { id: fields.exact("id")?, name: fields.text("name") })
    }
}

#[derive(Deserialize)]
struct Container {
    groups: Entries<Group>,
}

#[derive(Deserialize)]
struct SetContainer {
    sets: Entries<GroupSet>,
}

/// Groups of a course, page by page.
pub struct Groups<'a, S: Storage, H> {
    caller: Caller<'a, S, H>,
    cursor: Cursor,
}

/// Sets of groups of a course, page by page.
pub struct GroupSets<'a, S: Storage, H> {
    caller: Caller<'a, S, H>,
    cursor: Cursor,
}

impl<S: Storage, H: HttpClient> Tool<S, H> {
    /// The groups of a course; those of one person, where `user_id` names one. `rng` makes the assertions unique by which
    /// tokens are asked for.
    ///
    /// ```
    /// # use lti::{GroupService, HttpClient, ServiceFault, Storage, Tool};
    /// # async fn example<S: Storage, H: HttpClient>(
    /// #     tool: &Tool<S, H>, registration: &S::Registration, service: &GroupService, now: chrono::DateTime<chrono::Utc>,
    /// #     rng: &mut (dyn rand::RngCore + Send),
    /// # ) -> Result<(), ServiceFault> {
    /// let mut groups = tool.groups(registration, "1", service, Some("99"), rng)?;
    /// while let Some(page) = groups.next_page(now).await? {
    ///     for group in page {
    ///         println!("99 is in {}", group.name.unwrap_or(group.id));
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn groups<'a>(
        &'a self,
        registration: &'a S::Registration,
        deployment_id: &'a str,
        service: &GroupService,
        user_id: Option<&str>,
        rng: &mut dyn RngCore,
    ) -> Result<Groups<'a, S, H>, ServiceFault> {
        service.granted()?;
        let mut first = service.context_groups_url.clone();
        if let Some(user_id) = user_id {
            first.query_pairs_mut().append_pair("user_id", user_id);
        }
        let caller = Caller::new(self, registration, deployment_id, rng);
        Ok(Groups { caller, cursor: Cursor::new(first, SCOPE, MEDIA_TYPE) })
    }

    /// The sets that a course's groups belong to.
    pub fn group_sets<'a>(
        &'a self,
        registration: &'a S::Registration,
        deployment_id: &'a str,
        service: &GroupService,
        rng: &mut dyn RngCore,
    ) -> Result<GroupSets<'a, S, H>, ServiceFault> {
        service.granted()?;
        let first = service.context_group_sets_url.clone();
        let first = first.ok_or(ServiceFault::NotOffered { service: "list of group sets" })?;
        let caller = Caller::new(self, registration, deployment_id, rng);
        Ok(GroupSets { caller, cursor: Cursor::new(first, SCOPE, SETS_MEDIA_TYPE) })
    }
}

impl<S: Storage, H: HttpClient> Groups<'_, S, H> {
    /// The next page; `None` after the last. After a fault the same page can be asked for again.
    pub async fn next_page(&mut self, now: DateTime<Utc>) -> Result<Option<Vec<Group>>, ServiceFault> {
        let page = self.cursor.advance(&self.caller, now, json::<Container>).await?;
        Ok(page.map(|page| page.content.groups.read))
    }
}

impl<S: Storage, H: HttpClient> GroupSets<'_, S, H> {
    /// The next page; `None` after the last. After a fault the same page can be asked for again.
    pub async fn next_page(&mut self, now: DateTime<Utc>) -> Result<Option<Vec<GroupSet>>, ServiceFault> {
        let page = self.cursor.advance(&self.caller, now, json::<SetContainer>).await?;
        Ok(page.map(|page| page.content.sets.read))
    }
}
