//! What a conversation is held in: what the course says of the activity, and what of the learner must not get out.

use super::guard::{Guard, Material, WITHHELD};

/// What the course says of the activity; plain texts from outside, meant for the learner. And who the learner is, so that it can
/// be kept from a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Setting {
    /// What is to be learnt.
    pub objectives: Vec<String>,
    /// What the activity is about.
    pub content: Option<String>,
    /// What the learner is expected to know.
    pub prior_knowledge: Option<String>,
    /// What the teacher wants the learner to be told.
    pub teacher_note: Option<String>,
    /// The course's language, as a language tag.
    pub language: Option<String>,
    /// Whether the guide answers alone, because those who teach want hints only.
    pub without_model: bool,
    /// The learner's name and whatever else of theirs must not reach a provider.
    pub redact: Vec<String>,
}

impl Setting {
    /// The setting without what would give hidden material away: a note is written for learners, but its writer need not know
    /// what the author of the project hid.
    pub(super) fn guarded(mut self, material: &Material) -> Self {
        let guard = |text: &str| {
            let mut guard = Guard::new(material);
            let mut kept = guard.push(text);
            kept.push_str(&guard.finish());
            kept.replace(WITHHELD, "").trim().to_owned()
        };
        self.objectives = self.objectives.iter().map(|text| guard(text)).filter(|text| !text.is_empty()).collect();
        for text in [&mut self.content, &mut self.prior_knowledge, &mut self.teacher_note] {
            *text = text.as_deref().map(guard).filter(|text| !text.is_empty());
        }
        self
    }
}
