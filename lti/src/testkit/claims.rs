//! The claims of an id token (LTI Core 1.3 §5.3–5.4; AGS 2.0 §3.1), and how each product writes them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    Platform,
    access::SCOPES,
    family::{Audience, Family},
    people::{Part, Person, Visit},
};
use crate::claims::names;

const MEMBERSHIP: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership";
const INSTITUTION: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person";
const SYSTEM: &str = "http://purl.imsglobal.org/vocab/lis/v2/system/person";
const TEST_USER: &str = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";
const ASSISTANT: &str = "/Instructor#TeachingAssistant";
const COURSE_OFFERING: &str = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering";

impl Platform {
    /// What this platform signs when that visit is launched by that client, in answer to that nonce.
    pub fn claims(&self, visit: &Visit, client_id: &str, nonce: &str, now: DateTime<Utc>) -> Value {
        let mut claims = self.claims_by_the_book(visit, client_id, nonce, now);
        claims.extend(self.people_claims().map(|(name, value)| (name.to_owned(), value)));
        for (name, value) in self.habits(visit, client_id, now) {
            claims.insert(name.to_owned(), value);
        }
        claims.retain(|_, value| !value.is_null());
        Value::Object(claims)
    }

    fn claims_by_the_book(
        &self,
        visit: &Visit,
        client_id: &str,
        nonce: &str,
        now: DateTime<Utc>,
    ) -> Map<String, Value> {
        let Visit { person, course, link } = visit;
        let audience = match self.quirks.audience {
            Audience::Text => json!(client_id),
            Audience::List => json!([client_id]),
        };
        let claims = [
            ("iss", json!(self.addresses.issuer)),
            ("aud", audience),
            ("sub", json!(person.id)),
            ("iat", json!(now.timestamp())),
            ("exp", json!((now + self.quirks.token_lifetime).timestamp())),
            ("nonce", json!(nonce)),
            ("name", json!(person.name())),
            ("given_name", json!(person.given_name)),
            ("family_name", json!(person.family_name)),
            ("email", json!(person.email)),
            ("locale", json!("en")),
            (names::MESSAGE_TYPE, json!("LtiResourceLinkRequest")),
            (names::VERSION, json!("1.3.0")),
            (names::DEPLOYMENT_ID, json!(self.placement.deployment_id)),
            (names::TARGET_LINK_URI, json!(self.placement.target_link_uri)),
            (names::ROLES, roles(self.quirks.family, person)),
            (
                names::CONTEXT,
                json!({"id": course.id, "label": course.label, "title": course.title, "type": [COURSE_OFFERING]}),
            ),
            (names::RESOURCE_LINK, json!({"id": link.id, "title": link.title})),
            (
                names::LAUNCH_PRESENTATION,
                json!({"document_target": "iframe", "locale": "en", "return_url": self.addresses.home}),
            ),
            (names::TOOL_PLATFORM, self.software("1", self.quirks.family.map(product_code))),
            (names::CUSTOM, if link.custom.is_empty() { Value::Null } else { json!(link.custom) }),
            (
                names::AGS,
                json!({
                    "scope": SCOPES,
                    "lineitems": self.addresses.line_items,
                    "lineitem": self.addresses.line_item(&link.id),
                }),
            ),
        ];
        claims.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn software(&self, version: &str, product_family_code: Option<&str>) -> Value {
        let code = product_family_code.unwrap_or(&self.guid);
        json!({"guid": self.guid, "name": self.name, "version": version, "product_family_code": code})
    }

    /// What a product says otherwise or besides; `null` is what it leaves out.
    fn habits(&self, visit: &Visit, client_id: &str, now: DateTime<Utc>) -> Vec<(&'static str, Value)> {
        let Visit { person, course, link } = visit;
        match self.quirks.family {
            None => Vec::new(),
            Some(Family::OpenEdx) => vec![
                ("azp", json!(client_id)),
                // The course team has to share these, and the learner to agree.
                ("name", Value::Null),
                ("given_name", Value::Null),
                ("family_name", Value::Null),
                ("email", Value::Null),
                ("locale", Value::Null),
                (
                    names::CONTEXT,
                    json!({"id": course.id, "label": course.id, "title": course.title, "type": [COURSE_OFFERING]}),
                ),
                (names::RESOURCE_LINK, json!({"id": link.id})),
                (names::LAUNCH_PRESENTATION, json!({"document_target": "iframe"})),
                (names::TOOL_PLATFORM, json!({"guid": self.guid, "name": self.name})),
            ],
            Some(Family::Moodle) => vec![
                (
                    names::CONTEXT,
                    json!({"id": course.id, "label": course.label, "title": course.title, "type": ["CourseSection"]}),
                ),
                (names::LIS, json!({"person_sourcedid": "", "course_section_sourcedid": ""})),
                (
                    "https://purl.imsglobal.org/spec/lti/claim/ext",
                    json!({"user_username": person.given_name.to_lowercase(), "lms": "moodle-2"}),
                ),
            ],
            Some(Family::Canvas) => vec![
                ("azp", json!(client_id)),
                ("picture", json!("https://canvas.example/images/messages/avatar-50.png")),
                ("errors", json!({"errors": {}})),
                (
                    names::LAUNCH_PRESENTATION,
                    json!({"document_target": "iframe", "return_url": self.addresses.home, "locale": "en",
                        "height": null, "width": null, "validation_context": null, "errors": {"errors": {}}}),
                ),
                (
                    "https://purl.imsglobal.org/spec/lti/claim/lti1p1",
                    json!({"user_id": "535fa085f22b", "validation_context": null, "errors": {"errors": {}}}),
                ),
                ("https://www.instructure.com/placement", json!("course_navigation")),
            ],
            Some(Family::Brightspace) => vec![
                ("azp", json!(client_id)),
                ("nbf", json!(now.timestamp())),
                (names::LIS, json!({"course_offering_sourcedid": "6606", "course_section_sourcedid": "6606"})),
                (
                    "http://www.brightspace.com",
                    json!({"tenant_id": self.guid, "org_defined_id": "", "user_id": 30_177,
                        "username": person.given_name.to_lowercase(), "link_id": 12, "ResourceLink.id.history": ""}),
                ),
            ],
            Some(Family::Blackboard) => vec![
                ("locale", json!("en-US")),
                (names::LIS, json!({"person_sourcedid": "", "course_section_sourcedid": course.label})),
            ],
            Some(Family::Sakai) => vec![
                (
                    "https://purl.imsglobal.org/spec/lti/claim/lti1p1",
                    json!({"user_id": person.id, "resource_link_id": link.id}),
                ),
                (
                    "https://www.sakailms.org/spec/lti/claim/extension",
                    json!({"sakai_eid": person.given_name.to_lowercase(), "sakai_role": "access"}),
                ),
            ],
        }
    }
}

/// The product's own name for itself.
pub(super) fn product_code(family: Family) -> &'static str {
    match family {
        Family::OpenEdx => "",
        Family::Moodle => "moodle",
        Family::Canvas => "canvas",
        Family::Brightspace => "desire2learn",
        Family::Blackboard => "BlackboardLearn",
        Family::Sakai => "sakai",
    }
}

/// How the product says what a person is.
pub(super) fn roles(family: Option<Family>, person: &Person) -> Value {
    let role = |of: &str, name: &str| format!("{of}{name}");
    let (member, institution) = match person.part {
        Part::Learner => ("#Learner", "#Student"),
        Part::Instructor => ("#Instructor", "#Faculty"),
        Part::Assistant => (ASSISTANT, "#Student"),
        Part::Mentor => ("#Mentor", "#Mentor"),
        Part::TestUser => return json!([role(MEMBERSHIP, "#Learner"), TEST_USER]),
    };
    let (member, institution) = (role(MEMBERSHIP, member), role(INSTITUTION, institution));
    match (family, person.part) {
        (Some(Family::OpenEdx), Part::Learner) => {
            json!([role(INSTITUTION, "#None"), member, role(SYSTEM, "#None")])
        }
        // Whoever teaches a course is called an administrator of everything.
        (Some(Family::OpenEdx), Part::Instructor) => json!([
            role(SYSTEM, "#Administrator"),
            role(MEMBERSHIP, "#Administrator"),
            role(INSTITUTION, "#Administrator"),
            role(INSTITUTION, "#Staff"),
            institution,
            role(INSTITUTION, "#Instructor"),
            member,
        ]),
        (Some(Family::OpenEdx), Part::Assistant) => json!([role(MEMBERSHIP, "#Learner"), member]),
        // Institution roles are of the whole school and come along in each course.
        (Some(Family::Canvas), Part::Learner) => {
            json!([role(INSTITUTION, "#Instructor"), institution, member, role(SYSTEM, "#User")])
        }
        (Some(Family::Canvas), Part::Assistant) => {
            json!([role(MEMBERSHIP, "#Instructor"), member, role(SYSTEM, "#User")])
        }
        (Some(Family::Canvas), Part::Mentor) => {
            json!([role(MEMBERSHIP, "/Learner#NonCreditLearner"), member, role(SYSTEM, "#User")])
        }
        (Some(Family::Canvas), _) => json!([role(INSTITUTION, "#Instructor"), member, role(SYSTEM, "#User")]),
        // A role brings those below it.
        (Some(Family::Brightspace), Part::Instructor) => {
            json!([role(MEMBERSHIP, "#Learner"), member, role(MEMBERSHIP, "#Administrator"), institution])
        }
        (Some(Family::Moodle | Family::Sakai), _) => json!([member]),
        _ => json!([member, institution]),
    }
}
