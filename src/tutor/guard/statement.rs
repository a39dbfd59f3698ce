//! Whether a sentence states a short answer as the answer.
//!
//! A short answer ("7", "B", "median") is an ordinary word, so naming it is no disclosure by itself. A sentence is taken to state it
//! when the answer stands
//!
//! - behind a word like "answer", "solution" or "submit" (a few words before it at most), or before "is right" and the like;
//! - behind an equals sign;
//! - alone on a line (a list that repeats the task's options excepted);
//!
//! and, where the learner cannot see that value in the task, also
//!
//! - right behind "is", "gives", "choose" and the like;
//! - alone in bold, in a code span or in quotation marks.
//!
//! Single letters count only where they look like the name of an option: "B", "(b)", "option b".

use super::tokens::{as_digits, contains, tokens};

/// An accepted answer.
#[derive(Debug)]
pub(super) struct Answer {
    words: Vec<String>,
    /// Whether it stands in what the learner sees.
    is_visible: bool,
    /// Whether naming it gives it away: it is distinctive, and new to the learner.
    is_telling: bool,
}

/// A word in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    token: String,
    /// What stands between the word before and this one, without white space.
    gap: String,
    /// What stands right behind it.
    mark: Option<char>,
    is_upper: bool,
}

/// How far before the answer one of [`ANSWER_WORDS`] counts.
const REACH: usize = 5;

/// Words that announce an answer, in the languages that learners often write.
const ANSWER_WORDS: [&str; 22] = [
    "answer",
    "answers",
    "solution",
    "correct",
    "submit",
    "enter",
    "equals",
    "result",
    "respuesta",
    "solución",
    "réponse",
    "antwort",
    "lösung",
    "ergebnis",
    "resposta",
    "risposta",
    "antwoord",
    "odpowiedź",
    "ответ",
    "cevap",
    "答",
    "案",
];

/// Words that make a statement when the answer follows directly.
const LINKING_WORDS: [&str; 26] = [
    "is", "are", "be", "s", "gives", "give", "makes", "make", "get", "gets", "becomes", "yields", "equal", "choose",
    "pick", "select", "type", "write", "put", "called", "es", "est", "ist", "é", "take", "mark",
];

/// Words that may stand between a linking word and the answer.
const FILLERS: [&str; 17] = [
    "the", "a", "an", "just", "simply", "exactly", "about", "option", "choice", "letter", "number", "value", "then",
    "so", "indeed", "to", "in",
];

/// Words that, after "is", say that what stood before is the answer.
const PRAISE: [&str; 6] = ["answer", "correct", "right", "solution", "true", "it"];

impl Answer {
    /// `is_visible`: it stands in what the learner sees; `is_known`: there, or in what the learner said.
    pub(super) fn new(words: &[String], is_visible: bool, is_known: bool) -> Self {
        let is_telling = !is_known && is_distinctive(words);
        let words = words.iter().map(|word| as_digits(word).to_owned()).collect();
        Self { words, is_visible, is_telling }
    }

    /// These words are seen by the learner from now on.
    pub(super) fn allow(&mut self, seen: &[String]) {
        if contains(seen, &self.words) {
            self.is_visible = true;
            self.is_telling = false;
        }
    }

    /// Whether a sentence gives the answer away; `before` are the words of the unfinished line it continues.
    pub(super) fn is_told_by(&self, before: &[Word], sentence: &str) -> bool {
        let mut all = before.to_vec();
        all.extend(words(sentence));
        if self.is_telling && self.is_named_in(&all) {
            return true;
        }
        let length = self.words.len();
        let is_alone =
            all.len() - before.len() == length && !is_list_item(sentence) || all.len() == length && !self.is_visible;
        (before.len().saturating_sub(length - 1)..=all.len().saturating_sub(length)).any(|start| {
            let end = start + length;
            let is_here = end > before.len()
                && all.get(start..end).is_some_and(|found| {
                    found.iter().zip(&self.words).all(|(word, answer)| is_same(&word.token, answer))
                });
            is_here && self.looks_like_option(&all, start) && (is_alone || self.is_stated(&all, start, end))
        })
    }

    /// Whether the words name the answer, in whatever form ("photosynthesis", "photosynthesising").
    fn is_named_in(&self, all: &[Word]) -> bool {
        match self.words.as_slice() {
            [word] if !is_number(word) => all.iter().any(|found| found.token.contains(word.as_str())),
            words => {
                all.windows(words.len()).any(|found| found.iter().zip(words).all(|(found, word)| found.token == *word))
            }
        }
    }

    /// Whether the answer is the letter of an option.
    fn is_letter(&self) -> bool {
        self.words.len() == 1 && self.words[0].chars().count() == 1 && !is_number(&self.words[0])
    }

    /// A single letter is mostly a word or a variable.
    fn looks_like_option(&self, all: &[Word], start: usize) -> bool {
        let is_named = start > 0 && matches!(all[start - 1].token.as_str(), "option" | "choice" | "letter" | "answer");
        !self.is_letter() || is_named || is_marked(&all[start], &all[start]) || all[start].is_upper
    }

    fn is_stated(&self, all: &[Word], start: usize, end: usize) -> bool {
        let near = &all[start.saturating_sub(REACH)..start];
        let is_announced = near.iter().any(|word| ANSWER_WORDS.contains(&word.token.as_str()));
        let is_value = !self.is_visible && is_marked(&all[start], &all[end - 1]);
        is_announced
            || is_praised(&all[end..])
            || all[start].gap.contains('=')
            || is_value
            || (!self.is_visible || self.is_letter()) && is_linked(&all[..start])
    }
}

fn is_linked(before: &[Word]) -> bool {
    let nearest = before.iter().rev().map(|word| word.token.as_str()).find(|word| !FILLERS.contains(word));
    nearest.is_some_and(|word| LINKING_WORDS.contains(&word))
}

/// Whether a token is that word of an answer; numbers may be written in words, with zeros or with separators.
fn is_same(token: &str, answer: &str) -> bool {
    let token = as_digits(token);
    let value = |text: &str| text.parse::<f64>().ok().filter(|_| is_number(text));
    let is_equal = |text: &str| match (value(text), value(answer)) {
        (Some(one), Some(other)) => (one - other).abs() < f64::EPSILON,
        _ => false,
    };
    token == answer || is_equal(token) || token.contains('.') && is_equal(&token.replace('.', ""))
}

fn is_number(word: &str) -> bool {
    word.chars().all(|character| character.is_ascii_digit() || character == '.')
}

/// The words of a sentence; letters spelled one by one ("m-e-d-i-a-n") are one word.
pub(super) fn words(sentence: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let characters: Vec<char> = sentence.chars().collect();
    let mut place = 0;
    let mut gap = String::new();
    while place < characters.len() {
        if !characters[place].is_alphanumeric() {
            if !characters[place].is_whitespace() {
                gap.push(characters[place]);
            }
            place += 1;
            continue;
        }
        let start = place;
        while place < characters.len() && belongs_to_word(&characters, start, place) {
            place += 1;
        }
        let raw: String = characters[start..place].iter().filter(|character| **character != '*').collect();
        for token in tokens(&raw) {
            let is_upper = raw.chars().all(char::is_uppercase);
            found.push(Word { token, gap: std::mem::take(&mut gap), mark: characters.get(place).copied(), is_upper });
        }
    }
    join_spelled(&found)
}

fn belongs_to_word(characters: &[char], start: usize, place: usize) -> bool {
    let is_alphanumeric = |place: usize| characters.get(place).is_some_and(|character| character.is_alphanumeric());
    let is_digit = |place: usize| characters.get(place).is_some_and(char::is_ascii_digit);
    let is_letter = |place: usize| characters.get(place).is_some_and(|character| character.is_alphabetic());
    match characters[place] {
        character if is_wide(character) => place == start,
        _ if place > start && is_wide(characters[place - 1]) => false,
        '.' | ',' => place > start && is_digit(place - 1) && is_digit(place + 1),
        // Emphasis within a word hides nothing.
        '*' => {
            let next = (place..characters.len()).find(|next| characters[*next] != '*').unwrap_or(characters.len());
            is_letter(next)
                && characters[start..place]
                    .iter()
                    .rev()
                    .find(|before| **before != '*')
                    .is_some_and(|before| before.is_alphabetic())
        }
        _ => {
            is_alphanumeric(place)
                || matches!(characters[place], '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' | '\u{00AD}')
        }
    }
}

/// A script that is written without spaces: each character is a word.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}')
}

fn join_spelled(found: &[Word]) -> Vec<Word> {
    let is_single =
        |word: &Word| word.token.len() == 1 && word.token.chars().all(|letter| letter.is_ascii_alphabetic());
    let mut joined: Vec<Word> = Vec::new();
    let mut place = 0;
    while place < found.len() {
        let run = found[place..].iter().take_while(|word| is_single(word)).count();
        if run >= 3 {
            let mut word = found[place].clone();
            word.token = found[place..place + run].iter().map(|letter| letter.token.as_str()).collect();
            word.mark = found[place + run - 1].mark;
            joined.push(word);
            place += run;
        } else {
            joined.push(found[place].clone());
            place += 1;
        }
    }
    joined
}

fn is_distinctive(words: &[String]) -> bool {
    let letters: usize = words.iter().map(|word| word.chars().count()).sum();
    let is_number = words.len() == 1 && is_number(&words[0]);
    if is_number {
        letters >= 3
    } else {
        letters >= 6 || words.iter().any(|word| is_wide(word.chars().next().unwrap_or('a'))) && letters >= 2
    }
}

fn is_marked(first: &Word, last: &Word) -> bool {
    let opens = first.gap.ends_with(['*', '_', '`', '(', '"', '\'', '“', '‘', '«', '$']);
    let closes =
        last.mark.is_some_and(|mark| matches!(mark, '*' | '_' | '`' | ')' | '"' | '\'' | '”' | '’' | '»' | '$'));
    opens && closes
}

fn is_praised(after: &[Word]) -> bool {
    let is_verb = |word: &Word| {
        matches!(word.token.as_str(), "is" | "s" | "was" | "would" | "looks" | "must" | "es" | "ist" | "est")
    };
    after.first().is_some_and(is_verb) && after.iter().skip(1).take(3).any(|word| PRAISE.contains(&word.token.as_str()))
}

/// Whether a line is one of a list.
pub(super) fn is_list_item(sentence: &str) -> bool {
    let line = sentence.trim_start();
    let is_bullet = ["- ", "* ", "+ "].iter().any(|marker| line.starts_with(marker));
    let is_numbered = line
        .split_once(['.', ')'])
        .is_some_and(|(number, rest)| number.len() <= 2 && number.parse::<u8>().is_ok() && rest.starts_with(' '));
    let is_option = line.starts_with('(') || line.get(1..2).is_some_and(|mark| matches!(mark, ")" | "." | ":"));
    is_bullet || is_numbered || is_option
}
