//! What a launch tells about where it came from, in one shape whatever the platform: made of its claims by mapping rules,
//! each field with the rule it came by.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod claims;
mod mapping;
pub mod rules;
mod text;

#[cfg(test)]
mod tests;

use mapping::Mapping;
use rules::{Field, Rules};

/// The version of [`Context`]'s shape that this program writes. Version 1 had no objectives, content, prior knowledge,
/// teacher's note and origins; it is read as a context without them.
const VERSION: u32 = 2;

/// The launch's surroundings, as they are kept with it. Every text is limited in length and free of control characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// The version of this shape.
    pub version: u32,
    /// What the course is called.
    pub course: Option<String>,
    /// What the activity is called in its course.
    pub activity: Option<String>,
    /// What is to be learnt by it.
    pub objectives: Vec<String>,
    /// What the course says it is about.
    pub content: Option<String>,
    /// What the course expects the learner to know already.
    pub prior_knowledge: Option<String>,
    /// What the teacher wants the learner to be told; it is meant for the learner.
    pub teacher_note: Option<String>,
    /// The language the platform asks for, as a language tag.
    pub locale: Option<String>,
    /// Where the platform wants people to be sent when they are done; http or https.
    pub return_url: Option<String>,
    /// Whether the platform opened LTT in a window of its own; else it stands in a frame.
    pub in_window: bool,
    /// The platform's ids of the learners that a mentor looks after.
    pub mentored: Vec<String>,
    /// How each field came to its value.
    pub origins: BTreeMap<Field, Origin>,
}

/// How a field came to its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The rule, counted from 1.
    pub rule: usize,
    /// What the rule looked at.
    pub source: String,
}

/// A context, and what is to be said about how it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    /// The context.
    pub context: Context,
    /// Why rules were skipped, for the administrator.
    pub notes: Vec<String>,
}

impl Context {
    /// Maps a launch's claims. Nothing that a platform sends makes this fail.
    pub fn of(rules: &Rules, claims: &Map<String, Value>) -> Mapped {
        let mut mapping = Mapping::of(rules, claims);
        let context = Self {
            version: VERSION,
            course: mapping.take(Field::Course),
            activity: mapping.take(Field::Activity),
            objectives: mapping.take_all(Field::Objectives),
            content: mapping.take(Field::Content),
            prior_knowledge: mapping.take(Field::PriorKnowledge),
            teacher_note: mapping.take(Field::TeacherNote),
            locale: mapping.take(Field::Locale),
            return_url: mapping.take(Field::ReturnUrl),
            in_window: claims::presented_in_window(claims),
            mentored: claims::mentored(claims),
            origins: mapping.origins,
        };
        Mapped { context, notes: mapping.notes }
    }

    /// A field as a text, several values as lines.
    pub fn text(&self, field: Field) -> Option<String> {
        match field {
            Field::Course => self.course.clone(),
            Field::Activity => self.activity.clone(),
            Field::Objectives => (!self.objectives.is_empty()).then(|| self.objectives.join("\n")),
            Field::Content => self.content.clone(),
            Field::PriorKnowledge => self.prior_knowledge.clone(),
            Field::TeacherNote => self.teacher_note.clone(),
            Field::Locale => self.locale.clone(),
            Field::ReturnUrl => self.return_url.clone(),
        }
    }
}
