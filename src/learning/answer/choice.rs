//! One of several options.

use super::{Finding, text::folded};
use crate::learning::project::document::{ChoiceOption, ChoiceRule};

pub(super) fn find(rule: &ChoiceRule, answer: &str) -> Finding {
    match chosen(&rule.options, answer) {
        Some(option) if option.id == rule.correct => Finding::Right,
        Some(_) => Finding::Wrong("Not this one. What in the task speaks against it?".to_owned()),
        None => Finding::Wrong("Choose one of the options.".to_owned()),
    }
}

/// Whether the answer chooses the option of this id.
pub(super) fn same(rule: &ChoiceRule, id: &str, answer: &str) -> bool {
    chosen(&rule.options, answer).is_some_and(|option| option.id == id)
}

/// The option an answer names, by its id or else by its text.
pub(super) fn chosen<'a>(options: &'a [ChoiceOption], answer: &str) -> Option<&'a ChoiceOption> {
    let by_id = options.iter().find(|option| option.id == answer.trim());
    by_id.or_else(|| options.iter().find(|option| folded(&option.text, false) == folded(answer, false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_chosen_by_its_id_or_its_text() {
        let option = |id: &str, text: &str| ChoiceOption { id: id.to_owned(), text: text.to_owned() };
        let rule =
            ChoiceRule { options: vec![option("a", "The mean"), option("b", "The median")], correct: "b".to_owned() };
        assert!(matches!(find(&rule, "b"), Finding::Right));
        assert!(matches!(find(&rule, "the median"), Finding::Right));
        assert!(matches!(find(&rule, "a"), Finding::Wrong(_)));
        let Finding::Wrong(feedback) = find(&rule, "c") else { panic!("there is no c") };
        assert_eq!(feedback, "Choose one of the options.");
    }
}
