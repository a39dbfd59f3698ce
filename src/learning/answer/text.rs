//! Texts compared by the author's rules.

use super::Finding;
use crate::learning::project::document::TextRule;

pub(super) fn find(rule: &TextRule, answer: &str) -> Finding {
    if rule.accept.iter().any(|right| same(rule, right, answer)) {
        return Finding::Right;
    }
    let near = TextRule { case_sensitive: false, exact_spaces: false, ..rule.clone() };
    if rule.accept.iter().any(|right| same(&near, right, answer)) {
        return Finding::Wrong(
            "Very close: here capital letters, spaces and full stops matter. Look at how it is written.".to_owned(),
        );
    }
    let most_words = rule.accept.iter().map(|right| right.split_whitespace().count()).max().unwrap_or_default();
    if most_words <= 2 && answer.split_whitespace().count() > most_words + 3 {
        return Finding::Wrong(
            "Not yet. A word or two is enough here: hand in only the answer, without a sentence around it.".to_owned(),
        );
    }
    Finding::Wrong("Not yet. Read the task once more, and check the spelling.".to_owned())
}

/// Whether two texts are the same for this rule.
pub(super) fn same(rule: &TextRule, right: &str, answer: &str) -> bool {
    if rule.exact_spaces {
        let case = |text: &str| if rule.case_sensitive { text.to_owned() } else { text.to_lowercase() };
        return case(right) == case(answer);
    }
    folded(right, rule.case_sensitive) == folded(answer, rule.case_sensitive)
}

/// A text without what does not matter: spaces at the ends and in a row, a full stop at the end, the shape of quotes
/// and dashes, and (unless they differ) capital letters.
pub(super) fn folded(text: &str, case_sensitive: bool) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let without_stop = match words.strip_suffix('.') {
        Some(rest) if !rest.is_empty() => rest.trim_end(),
        _ => &words,
    };
    let plain: String = without_stop
        .chars()
        .map(|character| match character {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            other => other,
        })
        .collect();
    if case_sensitive { plain } else { plain.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(accept: &[&str]) -> TextRule {
        TextRule {
            accept: accept.iter().map(|&text| text.to_owned()).collect(),
            case_sensitive: false,
            exact_spaces: false,
            long: false,
            placeholder: None,
        }
    }

    #[test]
    fn case_spaces_and_a_full_stop_do_not_matter_unless_the_author_says_so() {
        let lenient = rule(&["The median"]);
        for answer in ["the median", "  The   MEDIAN. ", "the\nmedian"] {
            assert!(matches!(find(&lenient, answer), Finding::Right), "{answer:?}");
        }
        let strict = TextRule { case_sensitive: true, exact_spaces: true, ..lenient };
        assert!(matches!(find(&strict, "The median"), Finding::Right));
        for answer in ["the median", "The median ", "The median."] {
            let Finding::Wrong(feedback) = find(&strict, answer) else { panic!("{answer:?} was accepted") };
            assert!(feedback.starts_with("Very close"), "{feedback}");
        }
    }

    #[test]
    fn a_sentence_around_a_short_answer_is_told_apart_from_a_wrong_one() {
        let Finding::Wrong(feedback) = find(&rule(&["median"]), "I think that it is the median") else {
            panic!("a sentence was accepted")
        };
        assert!(feedback.contains("A word or two"), "{feedback}");
        assert!(!feedback.contains("median"), "{feedback}");
    }
}
