//! The table that tells what a platform's roles come to in a course. A host may change single lines of it.

use std::{collections::BTreeMap, fmt, str::FromStr};

use super::{CONTEXT, CONTEXT_SUB_ROLE, ContextRole, Role, Roles};

/// What somebody is in this course, as far as a tool has to tell people apart; from the one who may least to the one who
/// may most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CourseRole {
    /// Nothing that grants anything.
    Observer,
    /// Looks after a learner of this course.
    Mentor,
    /// Learns here.
    Learner,
    /// Helps to teach here.
    TeachingAssistant,
    /// Runs this course without teaching it.
    Administrator,
    /// Teaches here.
    Instructor,
}

impl CourseRole {
    /// All there are.
    pub const ALL: [Self; 6] =
        [Self::Observer, Self::Mentor, Self::Learner, Self::TeachingAssistant, Self::Administrator, Self::Instructor];

    /// Its name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Observer => "observer",
            Self::Mentor => "mentor",
            Self::Learner => "learner",
            Self::TeachingAssistant => "teaching_assistant",
            Self::Administrator => "administrator",
            Self::Instructor => "instructor",
        }
    }
}

impl FromStr for CourseRole {
    type Err = RoleLineError;

    fn from_str(name: &str) -> Result<Self, RoleLineError> {
        let found = Self::ALL.into_iter().find(|role| role.name() == name);
        found.ok_or_else(|| RoleLineError::CourseRole(shown(name)))
    }
}

/// Why a line cannot stand in the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleLineError {
    /// The left side is no role.
    #[error(
        "\"{0}\" is no role: write a role of the course (Instructor), a sub-role (Instructor#Grader, or \
         Instructor#Teaching* for all that begin so), or any other role by its whole URI"
    )]
    Role(String),
    /// The right side is no role of ours.
    #[error(
        "\"{0}\" is nothing a role can come to: write observer, mentor, learner, teaching_assistant, administrator or \
         instructor"
    )]
    CourseRole(String),
}

/// The left side of a line: one role, or all sub-roles whose names begin alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RolePattern(String);

impl RolePattern {
    /// As it is written shortest.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RolePattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for RolePattern {
    type Err = RoleLineError;

    /// Roles of the course may be written short or as URIs, all others as URIs only: a word that is misspelt is a mistake
    /// and not a line that never matches.
    fn from_str(text: &str) -> Result<Self, RoleLineError> {
        let refused = || RoleLineError::Role(shown(text));
        let text = text.trim();
        if text.len() > 255 || text.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
            return Err(refused());
        }
        let short = text.strip_prefix(CONTEXT).or_else(|| text.strip_prefix(CONTEXT_SUB_ROLE)).unwrap_or(text);
        let stars = short.matches('*').count();
        if let Some((principal, name)) = short.split_once('#').filter(|_| !short.contains(':')) {
            let is_good = ContextRole::parse(principal).is_some() && !name.is_empty() && !name.contains('#');
            let star_is_last = stars == 0 || stars == 1 && name.ends_with('*');
            return (is_good && star_is_last).then(|| Self(short.to_owned())).ok_or_else(refused);
        }
        match Role::in_context(short) {
            Some(role) => Ok(Self(written(&role))),
            None if text.contains(':') && short == text && stars == 0 => Ok(Self(text.to_owned())),
            None => Err(refused()),
        }
    }
}

/// What a stranger wrote, as it may stand in a message.
fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(60).collect()
}

/// A role as a line names it.
fn written(role: &Role) -> String {
    match role {
        Role::Context(role) => role.name().to_owned(),
        Role::SubRole { of, name } => format!("{}#{name}", of.name()),
        Role::Institution(name) => format!("{}{name}", super::INSTITUTION),
        Role::System(name) => format!("{}{name}", super::SYSTEM),
        Role::TestUser => format!("{}TestUser", super::LTI_SYSTEM),
        Role::Unknown(text) => text.clone(),
    }
}

/// The lines that hold unless a host says otherwise. A sub-role without a line is what its role is.
const LINES: [(&str, CourseRole); 10] = [
    ("Administrator", CourseRole::Administrator),
    ("ContentDeveloper", CourseRole::Observer),
    ("Instructor", CourseRole::Instructor),
    ("Instructor#Grader", CourseRole::TeachingAssistant),
    ("Instructor#TeachingAssistant*", CourseRole::TeachingAssistant),
    ("Learner", CourseRole::Learner),
    ("Manager", CourseRole::Observer),
    ("Member", CourseRole::Observer),
    ("Mentor", CourseRole::Mentor),
    ("Officer", CourseRole::Observer),
];

/// The sub-role of those who learn without being graded; Canvas gives it to observers, who are mentors.
const NON_CREDIT: &str = "NonCreditLearner";

/// What roles come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleTable(BTreeMap<String, CourseRole>);

impl Default for RoleTable {
    fn default() -> Self {
        Self(LINES.into_iter().map(|(role, comes_to)| (role.to_owned(), comes_to)).collect())
    }
}

impl RoleTable {
    /// The default table with these lines in the place of its own, or beside them.
    #[must_use]
    pub fn with(mut self, lines: impl IntoIterator<Item = (RolePattern, CourseRole)>) -> Self {
        self.0.extend(lines.into_iter().map(|(role, comes_to)| (role.0, comes_to)));
        self
    }

    /// All lines, by role.
    pub fn lines(&self) -> impl Iterator<Item = (&str, CourseRole)> {
        self.0.iter().map(|(role, comes_to)| (role.as_str(), *comes_to))
    }

    /// What these roles come to in the course.
    ///
    /// Context roles decide alone: what somebody is in the institution or in the platform's software grants nothing here
    /// (Open edX calls all course staff system administrators). A line that names such a role counts only where the
    /// platform names no role in the course at all.
    ///
    /// A sub-role says more than the role it belongs to, so a teaching assistant is one although Canvas names `Instructor`
    /// beside it. Of several the one that may most counts; but who mentors, and learns without being graded, mentors.
    pub fn in_course(&self, roles: &Roles) -> CourseRole {
        let has_sub_role = |principal: ContextRole| {
            roles.iter().any(|role| matches!(role, Role::SubRole { of, .. } if *of == principal))
        };
        let in_context = |role: &&Role| match role {
            Role::Context(principal) => !has_sub_role(*principal),
            Role::SubRole { .. } => true,
            _ => false,
        };
        let mut deciding: Vec<&Role> = roles.iter().filter(in_context).collect();
        if deciding.is_empty() {
            return roles.iter().map(|role| self.exactly(role)).max().unwrap_or(CourseRole::Observer);
        }
        if deciding.iter().any(|role| self.of(role) == CourseRole::Mentor) {
            deciding.retain(|role| !matches!(role, Role::SubRole { name, .. } if name == NON_CREDIT));
        }
        deciding.into_iter().map(|role| self.of(role)).max().unwrap_or(CourseRole::Observer)
    }

    /// What one role of the course comes to: by its own line, else by the closest of those for several, else as the role it
    /// belongs to.
    fn of(&self, role: &Role) -> CourseRole {
        let Role::SubRole { of, .. } = role else { return self.exactly(role) };
        let name = written(role);
        let beginnings = self.0.iter().filter_map(|(line, comes_to)| {
            let beginning = line.strip_suffix('*')?;
            name.starts_with(beginning).then_some((beginning.len(), *comes_to))
        });
        let closest = beginnings.max_by_key(|(length, _)| *length).map(|(_, comes_to)| comes_to);
        let own = self.0.get(&name).copied();
        own.or(closest).unwrap_or_else(|| self.exactly(&Role::Context(*of)))
    }

    fn exactly(&self, role: &Role) -> CourseRole {
        self.0.get(&written(role)).copied().unwrap_or(CourseRole::Observer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FACULTY: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Faculty";

    fn table(lines: &[(&str, CourseRole)]) -> RoleTable {
        RoleTable::default().with(lines.iter().map(|(role, comes_to)| (role.parse().unwrap(), *comes_to)))
    }

    fn in_course(table: &RoleTable, roles: &[&str]) -> CourseRole {
        table.in_course(&Roles::parse(roles.iter().copied()))
    }

    #[test]
    fn a_line_takes_the_place_of_the_default_and_of_nothing_else() {
        let table = table(&[("ContentDeveloper", CourseRole::Instructor), ("Member", CourseRole::Learner)]);
        assert_eq!(in_course(&table, &["ContentDeveloper"]), CourseRole::Instructor);
        assert_eq!(in_course(&table, &[&format!("{CONTEXT}Member")]), CourseRole::Learner);
        assert_eq!(in_course(&table, &["Learner"]), CourseRole::Learner);
        assert_eq!(in_course(&table, &["Manager"]), CourseRole::Observer);
    }

    #[test]
    fn a_sub_role_follows_its_own_line_then_the_closest_then_its_role() {
        let sub = |name: &str| format!("{CONTEXT_SUB_ROLE}Instructor#{name}");
        let table =
            table(&[("Instructor#Guest*", CourseRole::Mentor), ("Instructor#GuestInstructor", CourseRole::Learner)]);
        assert_eq!(in_course(&table, &[&sub("GuestInstructor")]), CourseRole::Learner);
        assert_eq!(in_course(&table, &[&sub("GuestLecturer")]), CourseRole::Mentor);
        assert_eq!(in_course(&table, &[&sub("Lecturer")]), CourseRole::Instructor);
        assert_eq!(in_course(&table, &[&sub("TeachingAssistantSection")]), CourseRole::TeachingAssistant);
        let lowered = self::table(&[("Instructor", CourseRole::Observer)]);
        assert_eq!(in_course(&lowered, &[&sub("Lecturer")]), CourseRole::Observer);
    }

    #[test]
    fn a_role_outside_the_course_counts_only_by_a_line_and_where_there_is_none_inside() {
        let table = table(&[(FACULTY, CourseRole::Instructor), ("urn:example:tutor", CourseRole::TeachingAssistant)]);
        assert_eq!(in_course(&table, &[FACULTY]), CourseRole::Instructor);
        assert_eq!(in_course(&table, &[FACULTY, "Learner"]), CourseRole::Learner);
        assert_eq!(in_course(&table, &[FACULTY, "Member"]), CourseRole::Observer);
        assert_eq!(in_course(&table, &["urn:example:tutor"]), CourseRole::TeachingAssistant);
        assert_eq!(in_course(&RoleTable::default(), &[FACULTY]), CourseRole::Observer);
    }

    #[test]
    fn every_spelling_of_a_role_is_one_line() {
        for (text, shortest) in [
            ("Instructor", "Instructor"),
            ("http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor", "Instructor"),
            ("http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#Grader", "Instructor#Grader"),
            (" Learner#* ", "Learner#*"),
            ("TeachingAssistant", "Instructor#TeachingAssistant"),
            (FACULTY, FACULTY),
        ] {
            assert_eq!(text.parse::<RolePattern>().unwrap().as_str(), shortest);
        }
    }

    #[test]
    fn a_line_that_could_never_match_is_a_mistake() {
        let long = format!("urn:{}", "x".repeat(300));
        for text in [
            "",
            "Instuctor",
            "instructor",
            "Teacher#Lecturer",
            "Instructor#",
            "Instructor#*Grader",
            "Inst*",
            "*",
            "http://purl.imsglobal.org/vocab/lis/v2/membership#Teacher",
            "urn:example:*",
            "urn:two words",
            long.as_str(),
        ] {
            assert!(matches!(text.parse::<RolePattern>(), Err(RoleLineError::Role(_))), "{text}");
        }
        assert!("teacher".parse::<CourseRole>().is_err());
        assert!(CourseRole::ALL.into_iter().all(|role| role.name().parse() == Ok(role)));
    }
}
