//! Who opens what, where.

use std::collections::BTreeMap;

/// What a person is in the course. How a platform says so is its [`Family`](super::Family)'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Learns.
    Learner,
    /// Teaches.
    Instructor,
    /// Helps to teach.
    Assistant,
    /// Looks after a learner; Canvas calls it an observer.
    Mentor,
    /// The platform's own preview of a learner.
    TestUser,
}

/// Somebody at the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The id that tools are told: the token's `sub`.
    pub id: String,
    /// First name.
    pub given_name: String,
    /// Last name.
    pub family_name: String,
    /// E-mail address.
    pub email: String,
    /// What they are in the course.
    pub part: Part,
}

impl Person {
    /// A person of that id, with an address at a domain that never exists.
    pub fn new(id: &str, given_name: &str, family_name: &str, part: Part) -> Self {
        Self {
            id: id.to_owned(),
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            email: format!("{}@school.example", given_name.to_lowercase()),
            part,
        }
    }

    /// First and last name.
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }
}

/// A course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// The id that tools are told.
    pub id: String,
    /// Its short name.
    pub label: String,
    /// Its full name.
    pub title: String,
}

/// A place in the course where the tool opens; it is a column of the gradebook too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The id that tools are told.
    pub id: String,
    /// What stands above it.
    pub title: String,
    /// The parameters that a teacher typed.
    pub custom: BTreeMap<String, String>,
}

impl Link {
    /// A link with custom parameters.
    pub fn new(id: &str, title: &str, custom: &[(&str, &str)]) -> Self {
        let custom = custom.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { id: id.to_owned(), title: title.to_owned(), custom }
    }
}

/// Somebody opens a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Who.
    pub person: Person,
    /// In which course.
    pub course: Course,
    /// What.
    pub link: Link,
}

impl Visit {
    /// A visit to think of: Ada, in that part, opens the first exercise of a course in mathematics.
    pub fn sample(part: Part) -> Self {
        Self {
            person: Person::new("99", "Ada", "Example", part),
            course: Course { id: "course-1".to_owned(), label: "M1".to_owned(), title: "Mathematics".to_owned() },
            link: Link::new("link-1", "Counting together", &[("project", "counting")]),
        }
    }
}
