//! Text as the guard compares it: words and numbers, without case, punctuation or markup.

/// The tokens of a text: runs of letters and digits, in lower case. A number keeps its decimal point; a comma in it counts
/// as one. What cannot be seen (zero-width characters) is passed over.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().filter(|character| !is_invisible(*character)).collect();
    let mut tokens = Vec::new();
    let mut token = String::new();
    for (place, &character) in characters.iter().enumerate() {
        let joins = matches!(character, '.' | ',')
            && place > 0
            && characters[place - 1].is_ascii_digit()
            && characters.get(place + 1).is_some_and(char::is_ascii_digit)
            && token.chars().all(|before| before.is_ascii_digit() || before == '-');
        if character.is_alphanumeric() {
            token.extend(character.to_lowercase());
        } else if joins {
            token.push('.');
        } else if !token.is_empty() {
            tokens.push(std::mem::take(&mut token));
        }
    }
    if !token.is_empty() {
        tokens.push(token);
    }
    tokens
}

/// The tokens of code: words, numbers, and every other visible character by itself, for there an operator matters.
pub(super) fn code_tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut continues = false;
    for character in text.chars().filter(|character| !is_invisible(*character)) {
        let is_word = character.is_alphanumeric() || character == '_';
        match tokens.last_mut() {
            Some(last) if is_word && continues => last.extend(character.to_lowercase()),
            _ if !character.is_whitespace() => tokens.push(character.to_lowercase().collect()),
            _ => {}
        }
        continues = is_word;
    }
    tokens
}

/// Whether `part` stands in `whole`, token by token.
pub(super) fn contains(whole: &[String], part: &[String]) -> bool {
    !part.is_empty() && whole.windows(part.len()).any(|window| window == part)
}

/// How much of `hidden` can be read in `shown`: the share of its runs of `length` tokens that stand there, from 0 to 1.
pub(super) fn overlap(shown: &[String], hidden: &[String], length: usize) -> f64 {
    let runs = hidden.len().saturating_sub(length - 1);
    if runs == 0 {
        return if contains(shown, hidden) { 1.0 } else { 0.0 };
    }
    let found = hidden.windows(length).filter(|run| contains(shown, run)).count();
    #[expect(clippy::cast_precision_loss, reason = "texts have fewer than 2^52 tokens")]
    let share = found as f64 / runs as f64;
    share
}

/// A number below 21 that is written as a word, as digits; anything else unchanged.
pub(super) fn as_digits(token: &str) -> &str {
    const WORDS: [&str; 21] = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
        "twenty",
    ];
    const DIGITS: [&str; 21] = [
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19",
        "20",
    ];
    WORDS.iter().position(|word| *word == token).map_or(token, |place| DIGITS[place])
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_numbers_stay_and_the_rest_goes() {
        assert_eq!(tokens("**The** answer: 3,14 (not 3.)"), ["the", "answer", "3.14", "not", "3"]);
        assert_eq!(tokens("pho\u{200B}to"), ["photo"]);
    }

    #[test]
    fn operators_count_in_code() {
        assert_eq!(code_tokens("a_1 += b"), ["a_1", "+", "=", "b"]);
    }

    #[test]
    fn the_overlap_is_the_share_of_runs_that_can_be_read() {
        let hidden = tokens("one two three four five");
        assert!((overlap(&tokens("x one two three four y"), &hidden, 3) - 2.0 / 3.0).abs() < 1e-9);
    }
}
