//! Who belongs to the course, and to which group in it. (Names and Role Provisioning Services 2.0; Course Groups Service 1.0)

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde_json::{Value, json};

use super::{
    Platform,
    access::{GROUPS, ROSTER},
    answers,
    claims::roles,
    family::Family,
    people::Person,
};
use crate::{claims::names, parameters::Parameters};

const MEMBERS: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";
const GROUP_LIST: &str = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json";

/// A group of the course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The id that tools are told.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The ids of who is in it.
    pub members: Vec<String>,
}

impl Platform {
    /// Has these groups in its course, and tells tools of them.
    #[must_use]
    pub fn with_groups(mut self, groups: Vec<Group>) -> Self {
        self.groups = groups;
        self
    }

    /// Lists these members in place of its class, each as the service spells it.
    pub fn enrol(&self, members: Vec<Value>) {
        self.state().members = Some(members);
    }

    /// What launches say of these services; `null` where there is none.
    pub(super) fn people_claims(&self) -> [(&'static str, Value); 2] {
        let addresses = &self.addresses;
        let groups = json!({"scope": [GROUPS], "context_groups_url": addresses.groups, "service_versions": ["1.0"]});
        [
            (names::NRPS, json!({"context_memberships_url": addresses.members, "service_versions": ["2.0"]})),
            (names::GROUPS, if self.groups.is_empty() { Value::Null } else { groups }),
        ]
    }

    /// The services that tell who is in the course. `None` where the address is not one of theirs.
    pub(super) fn people_services(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Option<Response<Bytes>> {
        if request.method() != Method::GET {
            return None;
        }
        let path = request.uri().path();
        if path == self.addresses.members.path() {
            Some(self.guarded(request, ROSTER, now, || self.page_of_members(request)))
        } else if path == self.addresses.groups.path() && !self.groups.is_empty() {
            Some(self.guarded(request, GROUPS, now, || {
                let groups = self.groups.iter().map(|group| json!({"id": group.id, "name": group.name}));
                answers::json(
                    StatusCode::OK,
                    GROUP_LIST,
                    &json!({"id": self.addresses.groups, "groups": groups.collect::<Vec<_>>()}),
                )
            }))
        } else {
            None
        }
    }

    /// So many as were asked for, or all.
    fn page_of_members(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let query = Parameters::new(request.uri().query().unwrap_or_default().as_bytes());
        let asked = |name| query.optional(name, 64).ok().flatten();
        let number = |name| asked(name).and_then(|number| number.parse::<usize>().ok()).filter(|number| *number > 0);
        let with_groups = asked("groups").is_some() && !self.groups.is_empty();
        let enrolled = self.state().members.clone();
        let all = enrolled.unwrap_or_else(|| self.people.iter().map(|person| self.member(person)).collect());
        let (limit, page) = (number("limit").unwrap_or(usize::MAX), number("page").unwrap_or(1));
        let begin = limit.saturating_mul(page - 1).min(all.len());
        let end = begin.saturating_add(limit).min(all.len());
        let mut members = all[begin..end].to_vec();
        for member in members.iter_mut().filter(|_| with_groups) {
            member["group_enrollments"] = self.enrolments(&member["user_id"]);
        }
        let body = json!({"id": self.addresses.members, "context": {"id": "course-1"}, "members": members});
        let mut answer = answers::json(StatusCode::OK, MEMBERS, &body);
        if end < all.len() {
            let mut next = self.addresses.members.clone();
            let pairs = [("limit", limit), ("page", page + 1)].map(|(name, number)| (name, number.to_string()));
            next.query_pairs_mut().extend_pairs(pairs);
            if with_groups {
                next.query_pairs_mut().append_pair("groups", "true");
            }
            if let Ok(link) = HeaderValue::try_from(format!("<{next}>; rel=\"next\"")) {
                answer.headers_mut().insert(header::LINK, link);
            }
        }
        answer
    }

    /// A person as this product tells of them.
    fn member(&self, person: &Person) -> Value {
        let mut member = json!({
            "status": "Active",
            "user_id": person.id,
            "roles": roles(self.quirks.family, person),
            "name": person.name(),
            "given_name": person.given_name,
            "family_name": person.family_name,
            "email": person.email,
        });
        // The course team has to share these.
        if self.quirks.family == Some(Family::OpenEdx)
            && let Some(member) = member.as_object_mut()
        {
            member.retain(|name, _| ["status", "user_id", "roles"].contains(&name.as_str()));
        }
        member
    }

    fn enrolments(&self, id: &Value) -> Value {
        let groups = self.groups.iter().filter(|group| group.members.iter().any(|member| member == id));
        groups.map(|group| json!({"group_id": group.id})).collect()
    }
}
