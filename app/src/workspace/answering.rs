//! An answer while it is being written.

use leptos::prelude::*;

use crate::model::{Answer, AnswerForm};

/// What stands in the answer's fields.
#[derive(Clone, Copy)]
pub struct Answering {
    /// The text of a box.
    pub typed: RwSignal<String>,
    /// The options that are ticked.
    pub chosen: RwSignal<Vec<String>>,
}

impl Answering {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { typed: RwSignal::default(), chosen: RwSignal::default() }
    }

    /// The answer as it would be handed in.
    pub fn answer(self, form: &AnswerForm) -> Answer {
        match form {
            AnswerForm::Choice { .. } => Answer::One(self.chosen.with_untracked(|chosen| chosen.concat())),
            AnswerForm::Set { options } if options.is_empty() => {
                Answer::Many(self.typed.with_untracked(|text| lines(text)))
            }
            AnswerForm::Set { .. } => Answer::Many(self.chosen.get_untracked()),
            _ => Answer::One(self.typed.get_untracked()),
        }
    }

    /// Whether there is nothing to hand in.
    pub fn is_empty(self, form: &AnswerForm) -> bool {
        match form {
            AnswerForm::Choice { .. } => self.chosen.with_untracked(Vec::is_empty),
            AnswerForm::Set { options } if !options.is_empty() => self.chosen.with_untracked(Vec::is_empty),
            _ => self.typed.with_untracked(|text| text.trim().is_empty()),
        }
    }

    /// Fills the fields.
    pub fn fill(self, form: &AnswerForm, answer: &Answer) {
        let values = match answer {
            Answer::One(value) => vec![value.clone()],
            Answer::Many(values) => values.clone(),
        };
        match form {
            AnswerForm::Choice { .. } => self.chosen.set(values),
            AnswerForm::Set { options } if !options.is_empty() => self.chosen.set(values),
            _ => self.typed.set(values.join("\n")),
        }
    }
}

impl Default for Answering {
    fn default() -> Self {
        Self::new()
    }
}

/// The values that were written one a line.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_written_one_value_a_line() {
        let owner = Owner::new();
        owner.with(|| {
            let (form, answering) = (AnswerForm::Set { options: Vec::new() }, Answering::new());
            answering.typed.set(" red \n\ngreen\n".into());
            assert_eq!(answering.answer(&form), Answer::Many(vec!["red".into(), "green".into()]));
        });
    }
}
