//! Submission Review: somebody looks at what a learner handed in. (Submission Review Service 1.0)

use url::Url;

use crate::{
    claims::{Person, ResourceLink},
    fields::Fields,
    roles::Roles,
};

/// A launch from a cell of the gradebook to what is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionReview {
    /// Whose work it is about. Whoever launches is the claims' own subject: the learner, or somebody who teaches.
    pub for_user: ForUser,
    /// The column of the gradebook.
    pub line_item: Url,
    /// The resource link that the column belongs to, where it belongs to one.
    pub resource_link: Option<ResourceLink>,
}

/// The learner whose work is reviewed. All but the id may be missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForUser {
    /// The platform's id of the learner.
    pub user_id: String,
    /// Name and mail.
    pub person: Person,
    /// What they are in the course.
    pub roles: Roles,
    /// The institution's id of the person.
    pub person_sourcedid: Option<String>,
}

impl ForUser {
    /// The claim's further members.
    pub(crate) fn read(user_id: String, fields: Fields<'_>) -> Self {
        let roles = fields.texts("roles");
        Self {
            user_id,
            person: Person::read(fields),
            roles: Roles::parse(roles.iter().map(String::as_str)),
            person_sourcedid: fields.text("person_sourcedid"),
        }
    }
}
