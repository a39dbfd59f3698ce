//! Several values, in any order.

use std::collections::BTreeSet;

use super::{Answer, Finding, choice::chosen, text::folded};
use crate::learning::project::document::SetRule;

pub(super) fn find(rule: &SetRule, answer: &Answer) -> Finding {
    let right: BTreeSet<String> = rule.accept.iter().map(|value| key(rule, value)).collect();
    let given = values(rule, answer);
    let found = given.iter().filter(|value| right.contains(&key(rule, value))).count();
    let wrong: Vec<_> = given.iter().filter(|value| !right.contains(&key(rule, value))).collect();
    let missing = right.len() - found;
    if wrong.is_empty() && missing == 0 {
        return Finding::Right;
    }
    let mut sentences = vec![match found {
        0 => "None of these is right yet.".to_owned(),
        1 => "1 of these is right.".to_owned(),
        _ => format!("{found} of these are right."),
    }];
    if !wrong.is_empty() && found > 0 {
        sentences.push(match wrong.len() {
            1 => "1 does not belong.".to_owned(),
            number => format!("{number} do not belong."),
        });
    }
    if rule.name_wrong && !wrong.is_empty() {
        let named: Vec<_> = wrong.iter().map(|value| format!("“{}”", shown(rule, value))).collect();
        sentences.push(format!("Look again at {}.", named.join(", ")));
    }
    if missing > 0 && found > 0 {
        sentences.push(match missing {
            1 => "1 is missing.".to_owned(),
            number => format!("{number} are missing."),
        });
    }
    Finding::Wrong(sentences.join(" "))
}

/// Whether the answer holds this value.
pub(super) fn holds(rule: &SetRule, value: &str, answer: &Answer) -> bool {
    let wanted = key(rule, value);
    values(rule, answer).iter().any(|given| key(rule, given) == wanted)
}

/// The different values of an answer, in the order they were given.
fn values(rule: &SetRule, answer: &Answer) -> Vec<String> {
    let written: Vec<&str> = match answer {
        Answer::One(text) => text.split(['\n', ',', ';']).collect(),
        Answer::Many(values) => values.iter().map(String::as_str).collect(),
    };
    let mut seen = BTreeSet::new();
    let present = written.into_iter().map(str::trim).filter(|value| !value.is_empty());
    present.filter(|value| seen.insert(key(rule, value))).map(str::to_owned).collect()
}

/// What two values that count as the same have in common.
fn key(rule: &SetRule, value: &str) -> String {
    match chosen(&rule.options, value) {
        Some(option) => option.id.clone(),
        None => folded(value, rule.case_sensitive && rule.options.is_empty()),
    }
}

fn shown<'a>(rule: &'a SetRule, value: &'a str) -> &'a str {
    let limit = value.char_indices().nth(80).map_or(value.len(), |(end, _)| end);
    chosen(&rule.options, value).map_or(&value[..limit], |option| option.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learning::project::document::ChoiceOption;

    fn rule(accept: &[&str]) -> SetRule {
        SetRule {
            accept: accept.iter().map(|&value| value.to_owned()).collect(),
            options: vec![],
            case_sensitive: false,
            name_wrong: false,
        }
    }

    fn feedback(rule: &SetRule, answer: &str) -> String {
        match find(rule, &Answer::One(answer.to_owned())) {
            Finding::Wrong(feedback) => feedback,
            Finding::Right => "right".to_owned(),
            Finding::Taken(..) => "taken".to_owned(),
        }
    }

    #[test]
    fn order_doubles_and_the_way_of_writing_do_not_matter() {
        let rule = rule(&["mean", "median", "mode"]);
        assert_eq!(feedback(&rule, "Mode, mean,\nMEDIAN; mode"), "right");
        let many = Answer::Many(vec!["median".into(), "mode".into(), "mean".into()]);
        assert!(matches!(find(&rule, &many), Finding::Right));
    }

    #[test]
    fn feedback_counts_and_names_nothing_that_is_missing() {
        let mut rule = rule(&["mean", "median", "mode"]);
        insta::assert_snapshot!(feedback(&rule, "mean, range"), @"1 of these is right. 1 does not belong. 2 are missing.");
        insta::assert_snapshot!(feedback(&rule, "mean, mode"), @"2 of these are right. 1 is missing.");
        insta::assert_snapshot!(feedback(&rule, "range"), @"None of these is right yet.");
        rule.name_wrong = true;
        insta::assert_snapshot!(feedback(&rule, "mean, range"), @"1 of these is right. 1 does not belong. Look again at “range”. 2 are missing.");
    }

    #[test]
    fn chosen_values_are_compared_by_option() {
        let mut rule = rule(&["a", "c"]);
        rule.options = [("a", "Rain"), ("b", "Age"), ("c", "Wind")]
            .map(|(id, text)| ChoiceOption { id: id.to_owned(), text: text.to_owned() })
            .to_vec();
        assert_eq!(feedback(&rule, "c,a"), "right");
        assert_eq!(feedback(&rule, "Wind, rain"), "right");
    }
}
