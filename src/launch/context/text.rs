//! Texts from outside, brought into a shape that can be kept, shown and printed anywhere.

/// A text without control characters and marks that turn the direction of writing round, its white space trimmed, at most
/// so many characters; `None` where nothing is left. Lines are kept where `lines` says so.
pub(super) fn cleaned(text: &str, longest: usize, lines: bool) -> Option<String> {
    let text = text.replace("\r\n", "\n");
    let kept = text.chars().filter_map(|letter| match letter {
        '\n' if lines => Some('\n'),
        '\n' | '\r' | '\t' => Some(' '),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffd}' => None,
        letter => (!letter.is_control()).then_some(letter),
    });
    // What is skipped at the beginning must not count.
    let kept: String = kept.skip_while(|letter| letter.is_whitespace()).take(longest).collect();
    let kept = kept.trim_end();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// Whether a text is a variable that the platform should have put a value for: `$Context.title`, `${course.name}`.
pub(super) fn is_unexpanded(text: &str) -> bool {
    let Some(name) = text.trim().strip_prefix('$') else { return false };
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-' | ':');
    name.starts_with(|letter: char| letter.is_ascii_alphabetic()) && name.chars().all(is_name)
}
