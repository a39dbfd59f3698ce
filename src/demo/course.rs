//! The demo's course: who is in it, and where LTT is placed.

use lti::testkit::{Course, Link, Part};

/// Somebody in the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Names the person in this LMS's addresses.
    pub handle: &'static str,
    /// The person's id, as tools are told it.
    pub id: &'static str,
    /// First name.
    pub given_name: &'static str,
    /// Last name.
    pub family_name: &'static str,
}

impl Person {
    /// First and last name.
    pub fn name(&self) -> String {
        format!("{} {}", self.given_name, self.family_name)
    }

    /// Whether this is the course's instructor.
    pub fn teaches(&self) -> bool {
        self == &INSTRUCTOR
    }

    /// The person, as tools are told.
    pub fn enrolled(&self) -> lti::testkit::Person {
        let part = if self.teaches() { Part::Instructor } else { Part::Learner };
        lti::testkit::Person::new(self.id, self.given_name, self.family_name, part)
    }
}

/// A place in the course where LTT opens; it is also a column of the gradebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Activity {
    /// Names it in addresses, and is its resource link id.
    pub id: &'static str,
    /// What the learner reads above it.
    pub title: &'static str,
    /// The task of [`PROJECT`] it is limited to; `None`: the whole project.
    pub task: Option<&'static str>,
}

impl Activity {
    /// The activity, as tools are told; the parameters are what a teacher typed where it was placed.
    pub fn link(&self) -> Link {
        let mut link = Link::new(self.id, self.title, &[("project", PROJECT)]);
        link.custom.extend(self.task.map(|task| ("task".to_owned(), task.to_owned())));
        link
    }
}

/// A page of the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    /// Names it in addresses.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What it says above its activities.
    pub text: &'static str,
    /// What is placed on it.
    pub activities: &'static [Activity],
}

/// The course's id, as tools are told it.
pub const ID: &str = "demo-course-101";

/// The course's short name.
pub const LABEL: &str = "DATA 101";

/// The course's title.
pub const TITLE: &str = "Data for Everyone";

/// The sample project that is placed in the course, by its slug.
pub const PROJECT: &str = "reading-data";

/// The class.
pub const LEARNERS: [Person; 4] = [
    Person { handle: "mira", id: "1001", given_name: "Mira", family_name: "Santos" },
    Person { handle: "jonas", id: "1002", given_name: "Jonas", family_name: "Becker" },
    Person { handle: "amina", id: "1003", given_name: "Amina", family_name: "Diallo" },
    Person { handle: "theo", id: "1004", given_name: "Theo", family_name: "Lindqvist" },
];

/// The one who teaches it.
pub const INSTRUCTOR: Person = Person { handle: "ruth", id: "2001", given_name: "Ruth", family_name: "Okafor" };

/// The pages of the course. The first is the project as a whole; the second holds two activities side by side that belong to
/// the same project, so that what is solved in one unit counts in the other.
pub const UNITS: [Unit; 2] = [
    Unit {
        id: "project",
        title: "The project",
        text: "Work through the whole project here, from the first question to your own conclusion. The tutor stays beside you.",
        activities: &[Activity { id: "whole-project", title: "The whole project", task: None }],
    },
    Unit {
        id: "practice",
        title: "Practice",
        text: "Two single tasks of the same project. What you have solved in the project is solved here too.",
        activities: &[
            Activity { id: "one-row", title: "Reading a row", task: Some("one-row") },
            Activity { id: "one-value", title: "Reading a value", task: Some("one-value") },
        ],
    },
];

/// The course, as tools are told.
pub fn described() -> Course {
    Course { id: ID.to_owned(), label: LABEL.to_owned(), title: TITLE.to_owned() }
}

/// Every place where LTT opens, in the order of the gradebook's columns.
pub fn activities() -> impl Iterator<Item = &'static Activity> {
    UNITS.iter().flat_map(|unit| unit.activities)
}

/// The activity of that id.
pub fn activity(id: &str) -> Option<&'static Activity> {
    activities().find(|activity| activity.id == id)
}

/// The person of that handle, learner or instructor.
pub fn person(handle: &str) -> Option<&'static Person> {
    LEARNERS.iter().chain([&INSTRUCTOR]).find(|person| person.handle == handle)
}
