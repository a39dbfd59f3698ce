//! What a launch says, in types. Strict where security depends on it, and nowhere else: a value of the wrong shape in an
//! optional claim counts as missing. (LTI Core 1.3 §5.3–5.4)

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;

use crate::{fields::Fields, groups::GroupService, notices::NoticeService, roles::Roles};

/// Claim names.
pub(crate) mod names {
    pub(crate) const MESSAGE_TYPE: &str = "https://purl.imsglobal.org/spec/lti/claim/message_type";
    pub(crate) const VERSION: &str = "https://purl.imsglobal.org/spec/lti/claim/version";
    pub(crate) const DEPLOYMENT_ID: &str = "https://purl.imsglobal.org/spec/lti/claim/deployment_id";
    pub(crate) const TARGET_LINK_URI: &str = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri";
    pub(crate) const RESOURCE_LINK: &str = "https://purl.imsglobal.org/spec/lti/claim/resource_link";
    pub(crate) const ROLES: &str = "https://purl.imsglobal.org/spec/lti/claim/roles";
    pub(crate) const CONTEXT: &str = "https://purl.imsglobal.org/spec/lti/claim/context";
    pub(crate) const LAUNCH_PRESENTATION: &str = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
    pub(crate) const TOOL_PLATFORM: &str = "https://purl.imsglobal.org/spec/lti/claim/tool_platform";
    pub(crate) const CUSTOM: &str = "https://purl.imsglobal.org/spec/lti/claim/custom";
    pub(crate) const LIS: &str = "https://purl.imsglobal.org/spec/lti/claim/lis";
    pub(crate) const ROLE_SCOPE_MENTOR: &str = "https://purl.imsglobal.org/spec/lti/claim/role_scope_mentor";
    pub(crate) const AGS: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
    pub(crate) const NRPS: &str = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";
    pub(crate) const DEEP_LINKING_SETTINGS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
    pub(crate) const FOR_USER: &str = "https://purl.imsglobal.org/spec/lti/claim/for_user";
    pub(crate) const GROUPS: &str = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice";
    pub(crate) const NOTICES: &str = "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice";
    pub(crate) const NOTICE: &str = "https://purl.imsglobal.org/spec/lti/claim/notice";
    pub(crate) const ORIGIN_CONTEXTS: &str = "https://purl.imsglobal.org/spec/lti/claim/origin_contexts";
}

/// What kind of message a token carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageType {
    /// Somebody opens a resource link.
    ResourceLink,
    /// An author chooses what to place in a course.
    DeepLinking,
    /// An instructor looks at a learner's submission.
    SubmissionReview,
    /// The platform asks what is done with a person's data.
    DataPrivacy,
    /// One that this library does not know.
    Other(String),
}

impl MessageType {
    /// Reads the claim.
    pub fn parse(name: &str) -> Self {
        match name {
            "LtiResourceLinkRequest" => Self::ResourceLink,
            "LtiDeepLinkingRequest" => Self::DeepLinking,
            "LtiSubmissionReviewRequest" => Self::SubmissionReview,
            "DataPrivacyLaunchRequest" => Self::DataPrivacy,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The claim's value.
    pub fn name(&self) -> &str {
        match self {
            Self::ResourceLink => "LtiResourceLinkRequest",
            Self::DeepLinking => "LtiDeepLinkingRequest",
            Self::SubmissionReview => "LtiSubmissionReviewRequest",
            Self::DataPrivacy => "DataPrivacyLaunchRequest",
            Self::Other(name) => name,
        }
    }
}

/// The placement that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceLink {
    /// Its id; unique within the deployment.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// What it is about.
    pub description: Option<String>,
}

/// The course, or what else the link stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Its id; unique within the deployment.
    pub id: String,
    /// Its short name.
    pub label: Option<String>,
    /// Its full name.
    pub title: Option<String>,
    /// What it is: URIs or bare names.
    pub kinds: Vec<String>,
}

/// The person, as far as the platform tells. All of it may be missing, and none of it identifies anybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Middle name.
    pub middle_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Language, as BCP 47 names it.
    pub locale: Option<String>,
}

/// How the platform shows the tool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LaunchPresentation {
    /// `iframe`, `window`, `frame`, or what else the platform says.
    pub document_target: Option<String>,
    /// Height of the frame in pixels.
    pub height: Option<u32>,
    /// Width of the frame in pixels.
    pub width: Option<u32>,
    /// Where the tool may send the person back to; http or https.
    pub return_url: Option<Url>,
    /// Language of the platform's page.
    pub locale: Option<String>,
}

/// The platform's software.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolPlatform {
    /// Its id, stable and unique.
    pub guid: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Its product family: `moodle`, `canvas`, …
    pub product_family_code: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Whom to write to.
    pub contact_email: Option<String>,
}

/// Ids of the institution's records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lis {
    /// The person's.
    pub person_sourcedid: Option<String>,
    /// The course offering's.
    pub course_offering_sourcedid: Option<String>,
    /// The course section's.
    pub course_section_sourcedid: Option<String>,
}

/// Access to the gradebook (Assignment and Grade Services 2.0 §3.1). A host that calls on it after the launch may write it down
/// as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GradeService {
    /// What the tool may do.
    pub scopes: Vec<String>,
    /// All line items of the context.
    pub lineitems: Option<Url>,
    /// The line item of this link, where there is exactly one.
    pub lineitem: Option<Url>,
}

/// Access to the roster (Names and Role Provisioning Services 2.0 §3.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterService {
    /// Where the members are listed.
    pub context_memberships_url: Url,
    /// Versions the platform speaks.
    pub service_versions: Vec<String>,
}

/// All claims of a launch that was found good.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    /// The learner's id at the platform; `None` for an anonymous launch. ASCII, as the specification asks, or not.
    pub subject: Option<String>,
    /// The deployment.
    pub deployment_id: String,
    /// Roles.
    pub roles: Roles,
    /// Name, mail and language.
    pub person: Person,
    /// The course.
    pub context: Option<Context>,
    /// How it is shown.
    pub launch_presentation: LaunchPresentation,
    /// By what software.
    pub tool_platform: ToolPlatform,
    /// Custom parameters as text; numbers and truth values are written out, nested values as JSON, nulls dropped.
    pub custom: BTreeMap<String, String>,
    /// The institution's ids.
    pub lis: Lis,
    /// The learners a mentor looks after.
    pub mentored: Vec<String>,
    /// Access to the gradebook.
    pub grade_service: Option<GradeService>,
    /// Access to the roster.
    pub roster_service: Option<RosterService>,
    /// Access to the course's groups.
    pub group_service: Option<GroupService>,
    /// Where the platform takes down which notices the tool wants.
    pub notice_service: Option<NoticeService>,
    /// Everything the token says, as it was signed, but for NUL characters.
    pub raw: Map<String, Value>,
}

impl ResourceLink {
    /// The claim's further members.
    pub(crate) fn read(id: String, claims: &Map<String, Value>) -> Self {
        let fields = Fields::of(claims, names::RESOURCE_LINK);
        Self { id, title: fields.text("title"), description: fields.text("description") }
    }
}

impl Claims {
    /// Reads everything but the identifiers, which the caller has examined.
    pub(crate) fn read(
        subject: Option<String>,
        deployment_id: String,
        context_id: Option<String>,
        raw: Map<String, Value>,
    ) -> Self {
        let root = Fields::new(&raw);
        let roles = root.texts(names::ROLES);
        Self {
            roles: Roles::parse(roles.iter().map(String::as_str)),
            person: Person::read(root),
            context: context_id.map(|id| Context::read(id, Fields::of(&raw, names::CONTEXT))),
            launch_presentation: LaunchPresentation::read(Fields::of(&raw, names::LAUNCH_PRESENTATION)),
            tool_platform: ToolPlatform::read(Fields::of(&raw, names::TOOL_PLATFORM)),
            custom: custom(Fields::of(&raw, names::CUSTOM)),
            lis: Lis::read(Fields::of(&raw, names::LIS)),
            mentored: root.texts(names::ROLE_SCOPE_MENTOR),
            grade_service: GradeService::read(Fields::of(&raw, names::AGS)),
            roster_service: RosterService::read(Fields::of(&raw, names::NRPS)),
            group_service: GroupService::read(Fields::of(&raw, names::GROUPS)),
            notice_service: NoticeService::read(Fields::of(&raw, names::NOTICES)),
            subject,
            deployment_id,
            raw,
        }
    }
}

impl Person {
    pub(crate) fn read(fields: Fields<'_>) -> Self {
        Self {
            name: fields.text("name"),
            given_name: fields.text("given_name"),
            family_name: fields.text("family_name"),
            middle_name: fields.text("middle_name"),
            email: fields.text("email"),
            locale: fields.text("locale"),
        }
    }
}

impl Context {
    pub(crate) fn read(id: String, fields: Fields<'_>) -> Self {
        Self { id, label: fields.text("label"), title: fields.text("title"), kinds: fields.texts("type") }
    }
}

impl LaunchPresentation {
    fn read(fields: Fields<'_>) -> Self {
        Self {
            document_target: fields.text("document_target"),
            height: fields.pixels("height"),
            width: fields.pixels("width"),
            return_url: fields.address("return_url"),
            locale: fields.text("locale"),
        }
    }
}

impl ToolPlatform {
    fn read(fields: Fields<'_>) -> Self {
        Self {
            guid: fields.text("guid"),
            name: fields.text("name"),
            product_family_code: fields.text("product_family_code"),
            version: fields.text("version"),
            url: fields.text("url"),
            description: fields.text("description"),
            contact_email: fields.text("contact_email"),
        }
    }
}

impl Lis {
    fn read(fields: Fields<'_>) -> Self {
        Self {
            person_sourcedid: fields.text("person_sourcedid"),
            course_offering_sourcedid: fields.text("course_offering_sourcedid"),
            course_section_sourcedid: fields.text("course_section_sourcedid"),
        }
    }
}

impl GradeService {
    fn read(fields: Fields<'_>) -> Option<Self> {
        fields.is_there().then(|| Self {
            scopes: fields.texts("scope"),
            lineitems: fields.address("lineitems"),
            lineitem: fields.address("lineitem"),
        })
    }
}

impl RosterService {
    fn read(fields: Fields<'_>) -> Option<Self> {
        Some(Self {
            context_memberships_url: fields.address("context_memberships_url")?,
            service_versions: fields.texts("service_versions"),
        })
    }
}

/// Custom parameters as text.
pub(crate) fn custom(fields: Fields<'_>) -> BTreeMap<String, String> {
    fields
        .members()
        .filter_map(|(name, value)| {
            let text = match value {
                Value::Null => return None,
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Some((name.clone(), text))
        })
        .collect()
}
