//! The role vocabulary (LTI Core 1.3, appendix A.2), and what a set of roles comes to in a course.

use std::collections::BTreeSet;

mod table;

pub use table::{CourseRole, RoleLineError, RolePattern, RoleTable};

const CONTEXT: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#";
const CONTEXT_SUB_ROLE: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership/";
const INSTITUTION: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#";
const SYSTEM: &str = "http://purl.imsglobal.org/vocab/lis/v2/system/person#";
/// The vocabulary of LTI itself, with the one role `TestUser`.
const LTI_SYSTEM: &str = "http://purl.imsglobal.org/vocab/lti/system/person#";

/// A role in the course (A.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextRole {
    /// Runs the course.
    Administrator,
    /// Writes what is taught.
    ContentDeveloper,
    /// Teaches.
    Instructor,
    /// Learns.
    Learner,
    /// Looks after a learner.
    Mentor,
    /// Manages the course.
    Manager,
    /// Belongs to it.
    Member,
    /// Holds an office in it.
    Officer,
}

impl ContextRole {
    /// Its URI.
    pub fn uri(self) -> String {
        format!("{CONTEXT}{self:?}")
    }

    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "Administrator" => Self::Administrator,
            "ContentDeveloper" => Self::ContentDeveloper,
            "Instructor" => Self::Instructor,
            "Learner" => Self::Learner,
            "Mentor" => Self::Mentor,
            "Manager" => Self::Manager,
            "Member" => Self::Member,
            "Officer" => Self::Officer,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Administrator => "Administrator",
            Self::ContentDeveloper => "ContentDeveloper",
            Self::Instructor => "Instructor",
            Self::Learner => "Learner",
            Self::Mentor => "Mentor",
            Self::Manager => "Manager",
            Self::Member => "Member",
            Self::Officer => "Officer",
        }
    }
}

/// One role as a platform names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// In the course.
    Context(ContextRole),
    /// In the course, more closely: `membership/Instructor#TeachingAssistant` is an instructor's sub-role.
    SubRole {
        /// The role it is a kind of; this, not the name, tells what it is.
        of: ContextRole,
        /// Which kind.
        name: String,
    },
    /// In the institution, whatever the course.
    Institution(String),
    /// In the platform's software.
    System(String),
    /// The platform's own preview of a learner.
    TestUser,
    /// Not in the vocabulary; kept for the log.
    Unknown(String),
}

impl Role {
    /// Reads a role: a full URI, or the bare name of a context role.
    pub fn parse(text: &str) -> Self {
        let unknown = || Self::Unknown(text.to_owned());
        if let Some(name) = text.strip_prefix(CONTEXT) {
            return Self::in_context(name).unwrap_or_else(unknown);
        }
        if let Some((principal, name)) = text.strip_prefix(CONTEXT_SUB_ROLE).and_then(|rest| rest.split_once('#')) {
            return match ContextRole::parse(principal) {
                Some(of) if !name.is_empty() => Self::SubRole { of, name: name.to_owned() },
                _ => unknown(),
            };
        }
        if let Some(name) = text.strip_prefix(INSTITUTION) {
            return Self::Institution(name.to_owned());
        }
        match text.strip_prefix(LTI_SYSTEM).or_else(|| text.strip_prefix(SYSTEM)) {
            Some("TestUser") => Self::TestUser,
            Some(name) => Self::System(name.to_owned()),
            None => Self::in_context(text).unwrap_or_else(unknown),
        }
    }

    /// A name from the context vocabulary. Older platforms write the teaching assistant as if it were a role of its own.
    fn in_context(name: &str) -> Option<Self> {
        if name == "TeachingAssistant" {
            return Some(Self::SubRole { of: ContextRole::Instructor, name: name.to_owned() });
        }
        ContextRole::parse(name).map(Self::Context)
    }
}

/// All roles of one launch, each once. The order in which a platform names them means nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles(BTreeSet<Role>);

impl Roles {
    /// Reads the roles claim. Empty names say nothing and are dropped.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(str::trim).filter(|name| !name.is_empty()).map(Role::parse).collect())
    }

    /// Each role once.
    pub fn iter(&self) -> impl Iterator<Item = &Role> {
        self.0.iter()
    }

    /// Whether this role in the course is among them, or a sub-role of it.
    pub fn includes(&self, wanted: ContextRole) -> bool {
        self.0.iter().any(|role| match role {
            Role::Context(role) | Role::SubRole { of: role, .. } => *role == wanted,
            _ => false,
        })
    }

    /// Whether the platform says that this is a preview and nobody's work.
    pub fn is_test_user(&self) -> bool {
        self.0.contains(&Role::TestUser)
    }

    /// What these roles come to in the course, by the default [`RoleTable`].
    pub fn in_course(&self) -> CourseRole {
        RoleTable::default().in_course(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `c:` stands for a context role, `s:` for a sub-role, `i:` and `y:` for institution and system.
    fn in_course(roles: &[&str]) -> CourseRole {
        let full: Vec<String> = roles
            .iter()
            .map(|role| match role.split_once(':') {
                Some(("c", name)) => format!("{CONTEXT}{name}"),
                Some(("s", name)) => format!("{CONTEXT_SUB_ROLE}{name}"),
                Some(("i", name)) => format!("{INSTITUTION}{name}"),
                Some(("y", name)) => format!("{SYSTEM}{name}"),
                _ => (*role).to_owned(),
            })
            .collect();
        Roles::parse(full.iter().map(String::as_str)).in_course()
    }

    #[test]
    fn context_roles_decide_alone() {
        assert_eq!(in_course(&["c:Learner", "i:Instructor", "y:SysAdmin"]), CourseRole::Learner);
        assert_eq!(in_course(&["i:Instructor"]), CourseRole::Observer);
        assert_eq!(in_course(&["y:Administrator", "i:Administrator"]), CourseRole::Observer);
        assert_eq!(in_course(&["i:None", "c:Learner", "y:None"]), CourseRole::Learner);
    }

    #[test]
    fn course_staff_of_open_edx_are_instructors() {
        let staff = ["c:Administrator", "c:Instructor", "y:Administrator", "i:Staff", "i:Faculty", "i:Instructor"];
        assert_eq!(in_course(&staff), CourseRole::Instructor);
        assert_eq!(in_course(&["c:Administrator", "y:Administrator"]), CourseRole::Administrator);
        assert_eq!(in_course(&["c:Learner", "c:Instructor", "c:Administrator"]), CourseRole::Instructor);
    }

    #[test]
    fn a_teaching_assistant_is_one_whatever_else_the_platform_names() {
        for beside in ["c:Instructor", "c:Learner", "i:Student"] {
            assert_eq!(in_course(&[beside, "s:Instructor#TeachingAssistant"]), CourseRole::TeachingAssistant);
        }
        assert_eq!(in_course(&["s:Instructor#TeachingAssistantSection"]), CourseRole::TeachingAssistant);
        assert_eq!(in_course(&["TeachingAssistant"]), CourseRole::TeachingAssistant);
        assert_eq!(in_course(&["c:Learner", "s:Instructor#Grader"]), CourseRole::TeachingAssistant);
        assert_eq!(in_course(&["s:Instructor#Lecturer", "s:Instructor#TeachingAssistant"]), CourseRole::Instructor);
    }

    #[test]
    fn only_a_mentor_of_this_course_is_one() {
        assert_eq!(in_course(&["c:Mentor"]), CourseRole::Mentor);
        assert_eq!(in_course(&["i:Mentor"]), CourseRole::Observer);
        assert_eq!(in_course(&["c:Mentor", "c:Learner"]), CourseRole::Learner);
        assert_eq!(in_course(&["c:Mentor", "s:Learner#NonCreditLearner"]), CourseRole::Mentor);
        assert_eq!(in_course(&["s:Learner#NonCreditLearner"]), CourseRole::Learner);
    }

    #[test]
    fn what_is_not_in_the_vocabulary_grants_nothing() {
        let odd =
            ["c:", "c:instructor", "s:Instructor", "s:#", "s:Instructor#", "s:Teacher#Lecturer", "Instructor ish", "#"];
        for role in
            odd.into_iter().chain(["c:ContentDeveloper", "c:Member", "https://evil.example/membership#Instructor"])
        {
            assert_eq!(in_course(&[role]), CourseRole::Observer, "{role}");
        }
    }
}
