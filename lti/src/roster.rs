//! The roster: who belongs to a course. (Names and Role Provisioning Services 2.0)

use chrono::{DateTime, Utc};
use rand::RngCore;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    claims::{Context, MessageType, Person, RosterService, custom, names},
    fields::Fields,
    http::HttpClient,
    id_token::identifier,
    roles::{ContextRole, Roles},
    services::{Caller, Cursor, Entries, Entry, ServiceFault, json},
    storage::Storage,
    tool::Tool,
};

const SCOPE: &str = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";
const MEDIA_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// Which members are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RosterQuery<'q> {
    /// Those with this role in the course.
    pub role: Option<ContextRole>,
    /// About so many on a page; platforms take it as a hint, and some page only where it is given. (§2.4.2)
    pub limit: Option<u32>,
    /// Those who can open this resource link, each with what a launch of it would say of them. (§3)
    pub resource_link_id: Option<&'q str>,
    /// Each with the groups they are in. (Course Groups Service 1.0)
    pub groups: bool,
}

/// Whether somebody belongs to a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MembershipStatus {
    /// Belongs to it; also where the platform does not say.
    Active,
    /// Does not at the moment.
    Inactive,
    /// Does not any more; only told among differences.
    Deleted,
    /// Something else.
    Other(String),
}

impl MembershipStatus {
    /// Reads a status in any case: Coursera sends capitals. (§2.3)
    fn parse(name: Option<&str>) -> Self {
        let Some(name) = name else { return Self::Active };
        match name.to_ascii_lowercase().as_str() {
            "active" => Self::Active,
            "inactive" => Self::Inactive,
            "deleted" => Self::Deleted,
            _ => Self::Other(name.to_owned()),
        }
    }
}

/// A member of a course. The platform must tell the id and the roles, and may tell the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The platform's id of the person, the `sub` of their launches.
    pub user_id: String,
    /// Whether they belong to the course.
    pub status: MembershipStatus,
    /// What they are in it. Platforms may name other roles here than in a launch.
    pub roles: Roles,
    /// Name and mail, where the platform shares them.
    pub person: Person,
    /// A picture of them.
    pub picture: Option<Url>,
    /// The institution's id of the person.
    pub person_sourcedid: Option<String>,
    /// What launches of the resource link would say of them, where one was asked about.
    pub messages: Vec<MemberMessage>,
    /// The ids of the groups they are in, where those were asked for.
    pub groups: Vec<String>,
}

/// What a launch would say of a member. (§3.2)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberMessage {
    /// Which kind of launch.
    pub kind: MessageType,
    /// Its custom parameters that depend on the person.
    pub custom: std::collections::BTreeMap<String, String>,
}

/// A page of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterPage {
    /// The course, as the service names it; its id may differ from the launch's.
    pub context: Option<Context>,
    /// The members.
    pub members: Vec<Member>,
    /// How many more entries there were that name no person.
    pub unreadable: usize,
    /// Where the platform will tell what has changed since; to be kept, and asked with [`Tool::roster_differences`]. (§2.4.3)
    pub differences: Option<Url>,
}

impl RosterPage {
    /// Whether the platform answered about the resource link that was asked about: Open edX takes no notice of it and lists
    /// the whole course.
    pub fn speaks_of_link(&self) -> bool {
        self.members.iter().any(|member| !member.messages.is_empty())
    }
}

/// A roster, page by page, so that a large course is never in memory as a whole.
///
/// ```
/// # use lti::{HttpClient, RosterQuery, RosterService, ServiceFault, Storage, Tool};
/// # use chrono::{DateTime, Utc};
/// # async fn example<S: Storage, H: HttpClient>(
/// #     tool: &Tool<S, H>, registration: &S::Registration, service: &RosterService, now: DateTime<Utc>,
/// #     rng: &mut (dyn rand::RngCore + Send),
/// # ) -> Result<(), ServiceFault> {
/// let query = RosterQuery { limit: Some(100), ..RosterQuery::default() };
/// let mut roster = tool.roster(registration, "1", service, query, rng);
/// while let Some(page) = roster.next_page(now).await? {
///     for member in page.members {
///         println!("{}", member.user_id);
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Roster<'a, S: Storage, H> {
    caller: Caller<'a, S, H>,
    cursor: Cursor,
    role: Option<ContextRole>,
}

impl<S: Storage, H: HttpClient> Tool<S, H> {
    /// The members of a course. `rng` makes the assertions unique by which tokens are asked for.
    pub fn roster<'a>(
        &'a self,
        registration: &'a S::Registration,
        deployment_id: &'a str,
        service: &RosterService,
        query: RosterQuery<'_>,
        rng: &mut dyn RngCore,
    ) -> Roster<'a, S, H> {
        let mut first = service.context_memberships_url.clone();
        let limit = query.limit.map(|limit| limit.to_string());
        let role = query.role.map(ContextRole::uri);
        for (name, value) in [
            ("role", role.as_deref()),
            ("limit", limit.as_deref()),
            ("rlid", query.resource_link_id),
            ("groups", query.groups.then_some("true")),
        ] {
            if let Some(value) = value {
                first.query_pairs_mut().append_pair(name, value);
            }
        }
        let caller = Caller::new(self, registration, deployment_id, rng);
        Roster { caller, cursor: Cursor::new(first, SCOPE, MEDIA_TYPE), role: query.role }
    }

    /// What has changed in a course since the page that gave this address: members who came or changed, and those who went
    /// as [`MembershipStatus::Deleted`]. (§2.4.3)
    pub fn roster_differences<'a>(
        &'a self,
        registration: &'a S::Registration,
        deployment_id: &'a str,
        differences: Url,
        rng: &mut dyn RngCore,
    ) -> Roster<'a, S, H> {
        let caller = Caller::new(self, registration, deployment_id, rng);
        Roster { caller, cursor: Cursor::new(differences, SCOPE, MEDIA_TYPE), role: None }
    }
}

/// The answer of the service. (§2.1)
#[derive(Deserialize)]
struct Container {
    #[serde(default)]
    context: Value,
    members: Entries<Member>,
}

impl<S: Storage, H: HttpClient> Roster<'_, S, H> {
    /// The next page; `None` after the last. After a fault the same page can be asked for again.
    pub async fn next_page(&mut self, now: DateTime<Utc>) -> Result<Option<RosterPage>, ServiceFault> {
        let Some(page) = self.cursor.advance(&self.caller, now, json::<Container>).await? else { return Ok(None) };
        let Container { context, members } = page.content;
        let wanted = |member: &Member| self.role.is_none_or(|role| member.roles.includes(role));
        Ok(Some(RosterPage {
            context: context.as_object().and_then(|context| {
                let fields = Fields::new(context);
                Some(Context::read(fields.exact("id")?, fields))
            }),
            members: members.read.into_iter().filter(wanted).collect(),
            unreadable: members.unreadable,
            differences: page.differences,
        }))
    }
}

impl Entry for Member {
    fn read(fields: Fields<'_>) -> Option<Self> {
        let roles = fields.texts("roles");
        let messages = fields.value("message").and_then(Value::as_array);
        let groups = fields.value("group_enrollments").and_then(Value::as_array);
        Some(Self {
            user_id: identifier("user_id", fields.value("user_id")).ok().flatten().filter(|id| !id.is_empty())?,
            status: MembershipStatus::parse(fields.text("status").as_deref()),
            roles: Roles::parse(roles.iter().map(String::as_str)),
            person: Person::read(fields),
            picture: fields.address("picture"),
            person_sourcedid: fields.text("lis_person_sourcedid"),
            messages: messages.into_iter().flatten().filter_map(MemberMessage::read).collect(),
            groups: groups.into_iter().flatten().filter_map(group_id).collect(),
        })
    }
}

fn group_id(enrolment: &Value) -> Option<String> {
    Fields::new(enrolment.as_object()?).exact("group_id")
}

impl MemberMessage {
    fn read(message: &Value) -> Option<Self> {
        let message = message.as_object()?;
        let kind = Fields::new(message).text(names::MESSAGE_TYPE).unwrap_or_default();
        Some(Self { kind: MessageType::parse(&kind), custom: custom(Fields::of(message, names::CUSTOM)) })
    }
}
