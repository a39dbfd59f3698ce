//! What a capable model can work out by itself is caught here: nothing is shown before it was compared with what the author
//! hid, prose by the sentence, code by the block.
//!
//! The rules, simple on purpose:
//!
//! - **Hidden texts** (locked hints, solutions): a sentence in which most of a hidden sentence can be read is withheld, a code
//!   block in which most of a hidden solution can be read too.
//! - **Distinctive answers** (several words, a long word, a long number) that the learner has not seen anywhere: any sentence that
//!   names them is withheld.
//! - **Options** of several words: a sentence that is no question and names the right one, and no other, is withheld.
//! - **Other answers** ("7", "B", an option that stands in the task): only a sentence that *states* them as the answer is
//!   withheld; see [`statement`].
//!
//! What stands in the task, in a hint that was shown or in feedback is not hidden, whatever else it is.

mod parts;
mod statement;
mod tokens;

use parts::{Part, Parts};
use statement::{Answer, Word};
use tokens::{code_tokens, contains, overlap, tokens};

/// What must not be shown, and what may.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Material {
    /// Accepted answers.
    pub answers: Vec<String>,
    /// Solutions and hints that are not unlocked.
    pub texts: Vec<String>,
    /// The options of which one is an accepted answer; empty where several are, or none is chosen.
    pub options: Vec<String>,
    /// What the learner sees: the task, its options, hints shown, feedback.
    pub visible: Vec<String>,
    /// What the learner said.
    pub said: Vec<String>,
}

/// Stands where something was withheld.
pub const WITHHELD: &str = "*LTT held back a part here, because it looked like the answer.*";

/// The share of a hidden text that may not be readable in one place.
const TOO_MUCH: f64 = 0.6;

/// An answer of more tokens than this is compared like a hidden text.
const LONG_ANSWER: usize = 7;

/// How many tokens of the text before are looked at together with a sentence.
const WINDOW: usize = 80;

/// Judges one reply as it comes.
#[derive(Debug)]
pub struct Guard {
    answers: Vec<Answer>,
    /// The right option and the others, as tokens, where the right one has several words.
    options: Option<(Vec<String>, Vec<Vec<String>>)>,
    /// Hidden sentences, as tokens.
    sentences: Vec<Vec<String>>,
    /// Hidden texts as a whole, as tokens of code.
    code: Vec<Vec<String>>,
    parts: Parts,
    /// The newest tokens that were shown.
    shown: Vec<String>,
    /// The words of a line that was shown and did not end as a sentence: what follows may complete it.
    unfinished: Vec<Word>,
    withheld: usize,
    is_after_withheld: bool,
}

impl Guard {
    /// A guard for one reply.
    pub fn new(material: &Material) -> Self {
        let visible: Vec<String> = material.visible.iter().flat_map(|text| tokens(text)).collect();
        let known: Vec<String> =
            visible.iter().cloned().chain(material.said.iter().flat_map(|text| tokens(text))).collect();
        let mut guard = Self {
            answers: Vec::new(),
            options: right_option(material),
            sentences: Vec::new(),
            code: Vec::new(),
            parts: Parts::default(),
            shown: Vec::new(),
            unfinished: Vec::new(),
            withheld: 0,
            is_after_withheld: false,
        };
        for answer in &material.answers {
            let words = tokens(answer);
            if words.len() > LONG_ANSWER {
                guard.hide(answer, &visible);
            } else if !words.is_empty() {
                let is_known = contains(&known, &words);
                guard.answers.push(Answer::new(&words, contains(&visible, &words), is_known));
            }
        }
        for text in &material.texts {
            guard.hide(text, &visible);
        }
        guard
    }

    /// The learner may see this text from now on: a hint that was just unlocked.
    pub fn allow(&mut self, text: &str) {
        let (allowed, code) = (tokens(text), code_tokens(text));
        self.sentences.retain(|hidden| !contains(&allowed, hidden));
        self.code.retain(|hidden| !contains(&code, hidden));
        self.answers.iter_mut().for_each(|answer| answer.allow(&allowed));
    }

    /// Takes the next text and returns what may be shown now.
    pub fn push(&mut self, text: &str) -> String {
        if self.has_nothing_to_hide() {
            return text.to_owned();
        }
        let parts = self.parts.push(text);
        parts.into_iter().map(|part| self.judge(part)).collect()
    }

    /// Returns what is plainly finished though nothing has followed yet; to be called when no text comes for a moment.
    pub fn pause(&mut self) -> String {
        self.parts.pause().map(|part| self.judge(part)).unwrap_or_default()
    }

    /// Returns the rest that may be shown; another text may follow.
    pub fn finish(&mut self) -> String {
        self.parts.finish().map(|part| self.judge(part)).unwrap_or_default()
    }

    /// Whether something is held back for the moment.
    pub fn is_holding(&self) -> bool {
        !self.parts.is_empty()
    }

    /// How many sentences and blocks were withheld.
    pub fn withheld(&self) -> usize {
        self.withheld
    }

    fn has_nothing_to_hide(&self) -> bool {
        self.answers.is_empty() && self.options.is_none() && self.sentences.is_empty() && self.code.is_empty()
    }

    fn hide(&mut self, text: &str, visible: &[String]) {
        let mut parts = Parts::default();
        let mut all = parts.push(text);
        all.extend(parts.finish());
        for part in all {
            let (Part::Prose(sentence) | Part::Code(sentence)) = part;
            let sentence = tokens(&sentence);
            if sentence.len() >= 3 && !contains(visible, &sentence) {
                self.sentences.push(sentence);
            }
        }
        let code = code_tokens(text);
        if code.len() >= 6 && !contains(visible, &tokens(text)) {
            self.code.push(code);
        }
    }

    fn judge(&mut self, part: Part) -> String {
        let (text, is_withheld) = match part {
            Part::Prose(text) => {
                let tells = self.sentence_tells(&text);
                (text, tells)
            }
            Part::Code(text) => {
                let tells = self.code_tells(&text);
                (text, tells)
            }
        };
        if is_withheld {
            self.withheld += 1;
            self.unfinished.clear();
            return self.replacement(&text);
        }
        if !text.trim().is_empty() {
            self.is_after_withheld = false;
        }
        self.remember(&text);
        text
    }

    fn sentence_tells(&self, sentence: &str) -> bool {
        let own = tokens(sentence);
        let mut window = self.shown.clone();
        window.extend(own.iter().cloned());
        let completes_hidden = self.sentences.iter().any(|hidden| {
            let length = hidden.len().min(3);
            overlap(&window, hidden, length) >= TOO_MUCH && overlap(&self.shown, hidden, length) < TOO_MUCH
                || overlap(&own, hidden, length) >= TOO_MUCH
        });
        completes_hidden
            || self.names_right_option(&own, sentence)
            || self.answers.iter().any(|answer| answer.is_told_by(&self.unfinished, sentence))
    }

    fn names_right_option(&self, own: &[String], sentence: &str) -> bool {
        let is_question = sentence.trim_end().ends_with(['?', '？']);
        self.options
            .as_ref()
            .filter(|_| !is_question && !statement::is_list_item(sentence))
            .is_some_and(|(right, others)| contains(own, right) && !others.iter().any(|other| contains(own, other)))
    }

    fn code_tells(&self, block: &str) -> bool {
        let shown = code_tokens(block);
        self.code.iter().any(|hidden| overlap(&shown, hidden, 4) >= TOO_MUCH)
            || block.lines().any(|line| {
                let own = tokens(line);
                self.sentences.iter().any(|hidden| overlap(&own, hidden, hidden.len().min(3)) >= TOO_MUCH)
                    || self.answers.iter().any(|answer| answer.is_told_by(&[], line))
            })
    }

    /// One line for all that is withheld in a row; the list marker, the line's end stay.
    fn replacement(&mut self, text: &str) -> String {
        let end = if text.ends_with('\n') { "\n" } else { " " };
        if std::mem::replace(&mut self.is_after_withheld, true) {
            return if end == "\n" { end.to_owned() } else { String::new() };
        }
        let body = text.trim_start_matches(|character: char| character.is_whitespace());
        let indent = &text[..text.len() - body.len()];
        let marker = ["- ", "* ", "+ ", "> "].into_iter().find(|marker| body.starts_with(marker)).unwrap_or_default();
        format!("{indent}{marker}{WITHHELD}{end}")
    }

    fn remember(&mut self, text: &str) {
        self.shown.extend(tokens(text));
        let old = self.shown.len().saturating_sub(WINDOW);
        self.shown.drain(..old);
        let is_sentence = text.trim_end().ends_with(['.', '!', '?', '…', '。', '！', '？']);
        if is_sentence {
            self.unfinished.clear();
        } else {
            self.unfinished.extend(statement::words(text));
            let old = self.unfinished.len().saturating_sub(8);
            self.unfinished.drain(..old);
        }
    }
}

fn right_option(material: &Material) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let (right, others): (Vec<&String>, Vec<&String>) =
        material.options.iter().partition(|option| material.answers.contains(option));
    let [right] = right.as_slice() else { return None };
    let right = tokens(right);
    (right.len() > 1).then(|| (right, others.into_iter().map(|other| tokens(other)).collect()))
}

#[cfg(test)]
mod tests;
