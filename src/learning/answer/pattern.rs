//! Texts matched by an author's pattern, in time linear in the answer.

use regex::{Regex, RegexBuilder};

use super::Finding;
use crate::learning::project::document::RegexRule;

/// The longest pattern that is taken, in bytes.
const PATTERN_LIMIT: usize = 2000;
/// The most memory one compiled pattern takes, in bytes.
const COMPILED_LIMIT: usize = 1 << 20;

/// Why a pattern is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// Too long to be one.
    #[error("the pattern is longer than {PATTERN_LIMIT} bytes")]
    TooLong,
    /// Not a pattern, or too big when compiled.
    #[error("{0}")]
    Regex(String),
}

/// Makes a pattern ready; unless `anywhere`, it must match the whole of a text.
pub fn compile(pattern: &str, anywhere: bool, case_sensitive: bool) -> Result<Regex, PatternError> {
    if pattern.len() > PATTERN_LIMIT {
        return Err(PatternError::TooLong);
    }
    let build = |pattern: &str| {
        RegexBuilder::new(pattern)
            .case_insensitive(!case_sensitive)
            .size_limit(COMPILED_LIMIT)
            .nest_limit(50)
            .build()
            .map_err(|error| PatternError::Regex(last_line(&error)))
    };
    // By itself first: between the anchors, a stray parenthesis could still make sense.
    let alone = build(pattern)?;
    if anywhere { Ok(alone) } else { build(&format!(r"\A(?:{pattern})\z")) }
}

/// The crate shows the pattern with a mark over several lines; the last one says what is wrong.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

/// Whether a text matches; a pattern that cannot be compiled matches nothing.
pub(super) fn matches(pattern: &str, anywhere: bool, case_sensitive: bool, text: &str) -> bool {
    compile(pattern, anywhere, case_sensitive).is_ok_and(|regex| regex.is_match(text))
}

pub(super) fn find(rule: &RegexRule, answer: &str) -> Finding {
    if matches(&rule.pattern, rule.anywhere, rule.case_sensitive, answer.trim()) {
        return Finding::Right;
    }
    if rule.case_sensitive && matches(&rule.pattern, rule.anywhere, false, answer.trim()) {
        return Finding::Wrong("Very close: here capital and small letters matter.".to_owned());
    }
    if !rule.anywhere && matches(&rule.pattern, true, rule.case_sensitive, answer.trim()) {
        return Finding::Wrong(
            "Close: there is something before or after what is asked for. Hand in only that.".to_owned(),
        );
    }
    Finding::Wrong("Not yet. Compare what you wrote with the form the task asks for.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_answer_must_match_unless_the_author_says_anywhere() {
        assert!(matches(r"a|ab", false, true, "ab"));
        assert!(!matches(r"\d+", false, true, "12 km"));
        assert!(matches(r"\d+", true, true, "12 km"));
        assert!(matches("YES", false, false, "yes"));
        assert!(!matches("YES", false, true, "yes"));
    }

    #[test]
    fn a_pattern_that_is_broken_too_long_or_too_big_is_refused() {
        assert!(compile("a)|(?:b", false, true).is_err());
        assert!(compile("(", true, true).is_err());
        assert!(compile(&"a".repeat(PATTERN_LIMIT + 1), true, true).is_err());
        assert!(compile(r"\w{1000}{1000}", true, true).is_err());
        assert!(compile(&"(".repeat(1000), true, true).is_err());
    }
}
