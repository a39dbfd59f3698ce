//! Projects, and what each learner did with them.
//!
//! A [`project`] is a versioned template that an author writes; a [`work`] is one learner's way through it, seen whole or
//! through the window of one task; an [`answer`] is judged by the rule its author gave. A [`class`] is everybody's work in a course. [`tutoring`] tells a tutor what
//! the learner may see, and keeps apart what they may not.

pub mod answer;
pub mod class;
pub mod course;
pub mod project;
pub mod tutoring;
pub mod work;
