//! What a learner hands in, and the rules that decide about it.
//!
//! A verdict is a pure function of the author's rule and the answer. It is kept with the rule ([`Validator`]), so that it
//! can be explained and worked out again. No feedback gives away the right answer.

use serde::{Deserialize, Serialize};

use crate::learning::project::document::{AnswerRule, ChoiceOption, CommonMistake, TaskDocument};

mod choice;
mod number;
mod pattern;
mod set;
mod text;

pub use pattern::{PatternError, compile as compile_pattern};

/// The longest answer that is taken, in bytes.
pub const ANSWER_LIMIT: usize = 64 * 1024;

/// What a learner hands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// A text, a number as it was written, or the id of what was chosen.
    One(String),
    /// The values of a set.
    Many(Vec<String>),
}

/// What was decided about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is right, or counts as done.
    Accepted,
    /// Not yet.
    NotYet,
    /// It was taken and does not count by itself.
    Pending,
}

impl Verdict {
    /// The word for it in the database and in the interface for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::NotYet => "not_yet",
            Self::Pending => "pending",
        }
    }
}

/// A verdict, with what to say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What was decided.
    pub verdict: Verdict,
    /// Why, and what to do next; markdown.
    pub feedback: String,
}

/// How an answer is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerForm {
    /// In words.
    Text {
        /// Whether it usually takes more than a line.
        long: bool,
        /// Shown in the empty box.
        placeholder: Option<String>,
    },
    /// A number.
    Number {
        /// Shown behind the box.
        unit: Option<String>,
    },
    /// One of these; the answer is its id.
    Choice {
        /// What there is to choose from.
        options: Vec<ChoiceOption>,
    },
    /// Several values, in any order.
    Set {
        /// What there is to choose from; empty where values are written, one a line or with commas between.
        options: Vec<ChoiceOption>,
    },
    /// A conversation with the tutor.
    Conversation {
        /// How many messages of the learner it takes.
        needed: u32,
    },
    /// Nothing: it is done when the tasks below it are.
    Children,
}

/// What decides about the answers to one task: everything a verdict depends on but the answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validator {
    /// The version of the deciding code; raised when the same rule would decide differently.
    pub version: u32,
    /// The author's rule.
    pub rule: AnswerRule,
    /// The author's feedback for common wrong answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mistakes: Vec<CommonMistake>,
    /// The author's feedback for the right answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_right: Option<String>,
}

/// What a rule found; feedback is added where the author gave none.
enum Finding {
    Right,
    Wrong(String),
    Taken(Verdict, &'static str),
}

impl Answer {
    /// The answer as LTT keeps it: without NUL characters, with plain line ends.
    #[must_use]
    pub fn cleaned(self) -> Self {
        let clean = |text: String| text.replace('\0', "").replace("\r\n", "\n");
        match self {
            Self::One(text) => Self::One(clean(text)),
            Self::Many(values) => Self::Many(values.into_iter().map(clean).collect()),
        }
    }

    /// Its length in bytes; each value of a set counts for at least one.
    pub fn size(&self) -> usize {
        match self {
            Self::One(text) => text.len(),
            Self::Many(values) => values.iter().map(|value| value.len() + 1).sum(),
        }
    }

    /// Whether there is nothing in it but spaces.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::One(text) => text.trim().is_empty(),
            Self::Many(values) => values.iter().all(|value| value.trim().is_empty()),
        }
    }

    /// The answer as one text; the values of a set one a line.
    pub fn text(&self) -> String {
        match self {
            Self::One(text) => text.clone(),
            Self::Many(values) => values.join("\n"),
        }
    }
}

impl Validator {
    /// The version of the deciding code.
    pub const VERSION: u32 = 1;

    /// What decides about answers to this task; `None` for a parent and for a conversation.
    pub fn of(task: &TaskDocument) -> Option<Self> {
        let rule = task.answer.clone().filter(|rule| !matches!(rule, AnswerRule::Conversation(_)))?;
        Some(Self {
            version: Self::VERSION,
            rule,
            mistakes: task.mistakes.clone(),
            when_right: task.when_right.clone(),
        })
    }

    /// Whether an answer is taken as it comes.
    pub fn is_unchecked(&self) -> bool {
        matches!(self.rule, AnswerRule::HandIn(_))
    }

    /// Decides about an answer.
    pub fn judge(&self, answer: &Answer) -> Judgement {
        match self.rule.find(answer) {
            Finding::Right => {
                let feedback = self.when_right.clone().unwrap_or_else(|| "That is right.".to_owned());
                Judgement { verdict: Verdict::Accepted, feedback }
            }
            Finding::Taken(verdict, sentence) => {
                let feedback = self.when_right.clone().unwrap_or_else(|| sentence.to_owned());
                Judgement { verdict, feedback }
            }
            Finding::Wrong(feedback) => {
                let known = self.mistakes.iter().find(|mistake| self.rule.is_mistake(mistake, answer));
                let feedback = known.map_or(feedback, |mistake| mistake.feedback.clone());
                Judgement { verdict: Verdict::NotYet, feedback }
            }
        }
    }
}

impl AnswerRule {
    fn find(&self, answer: &Answer) -> Finding {
        match self {
            Self::Text(rule) => text::find(rule, &answer.text()),
            Self::Choice(rule) => choice::find(rule, &answer.text()),
            Self::Number(rule) => number::find(rule, &answer.text()),
            Self::Regex(rule) => pattern::find(rule, &answer.text()),
            Self::Set(rule) => set::find(rule, answer),
            Self::HandIn(rule) if rule.counts => {
                Finding::Taken(Verdict::Accepted, "Handed in. Nobody checks this one: it counts as done.")
            }
            Self::HandIn(_) => {
                Finding::Taken(Verdict::Pending, "Handed in. This one is not checked, and earns no points.")
            }
            Self::Conversation(_) => Finding::Wrong("This task is a conversation with the tutor.".to_owned()),
        }
    }

    /// Whether a wrong answer is the one this mistake speaks of.
    fn is_mistake(&self, mistake: &CommonMistake, answer: &Answer) -> bool {
        let written = answer.text();
        if let Some(pattern) = &mistake.pattern {
            return pattern::matches(pattern, true, false, written.trim());
        }
        mistake.answer.as_deref().is_some_and(|wrong| match self {
            Self::Text(rule) => text::same(rule, wrong, &written),
            Self::Choice(rule) => choice::same(rule, wrong, &written),
            Self::Number(rule) => number::same(rule, wrong, &written),
            Self::Regex(rule) => {
                text::folded(wrong, rule.case_sensitive) == text::folded(&written, rule.case_sensitive)
            }
            Self::Set(rule) => set::holds(rule, wrong, answer),
            Self::HandIn(_) | Self::Conversation(_) => false,
        })
    }

    /// How an answer is given.
    pub fn form(&self) -> AnswerForm {
        match self {
            Self::Text(rule) => AnswerForm::Text { long: rule.long, placeholder: rule.placeholder.clone() },
            Self::Regex(rule) => AnswerForm::Text { long: rule.long, placeholder: rule.placeholder.clone() },
            Self::HandIn(rule) => {
                let optional = rule.optional.then(|| "You need not write anything here.".to_owned());
                AnswerForm::Text { long: true, placeholder: rule.placeholder.clone().or(optional) }
            }
            Self::Number(rule) => AnswerForm::Number { unit: rule.unit.clone() },
            Self::Choice(rule) => AnswerForm::Choice { options: rule.options.clone() },
            Self::Set(rule) => AnswerForm::Set { options: rule.options.clone() },
            Self::Conversation(rule) => AnswerForm::Conversation { needed: rule.exchanges },
        }
    }

    /// Every single text that would be accepted as an answer or a part of it, as far as they can be listed.
    pub fn accepted(&self) -> Vec<String> {
        match self {
            Self::Text(rule) => rule.accept.clone(),
            Self::Choice(rule) => with_texts(std::slice::from_ref(&rule.correct), &rule.options),
            Self::Number(rule) => vec![number::written(rule.value)],
            Self::Regex(rule) => vec![rule.example.clone()],
            Self::Set(rule) => with_texts(&rule.accept, &rule.options),
            Self::HandIn(_) | Self::Conversation(_) => vec![],
        }
    }

    /// The author's own answer; `None` where anything is taken, or nothing is handed in.
    pub fn reference(&self) -> Option<Answer> {
        match self {
            Self::Text(rule) => rule.accept.first().cloned().map(Answer::One),
            Self::Choice(rule) => Some(Answer::One(rule.correct.clone())),
            Self::Number(rule) => Some(Answer::One(number::written(rule.value))),
            Self::Regex(rule) => Some(Answer::One(rule.example.clone())),
            Self::Set(rule) => Some(Answer::Many(rule.accept.clone())),
            Self::HandIn(_) | Self::Conversation(_) => None,
        }
    }

    /// An answer as the learner would read it: options by their text.
    pub fn readable(&self, answer: &Answer) -> String {
        let options = match self {
            Self::Choice(rule) => &rule.options,
            Self::Set(rule) => &rule.options,
            _ => return answer.text(),
        };
        let named = |id: &str| match options.iter().find(|option| option.id == id.trim()) {
            Some(option) => option.text.clone(),
            None => id.to_owned(),
        };
        match answer {
            Answer::One(id) => named(id),
            Answer::Many(ids) => ids.iter().map(|id| named(id)).collect::<Vec<_>>().join("\n"),
        }
    }
}

/// Ids, each followed by the text of its option where it has one.
fn with_texts(ids: &[String], options: &[ChoiceOption]) -> Vec<String> {
    let text = |id: &String| options.iter().find(|option| option.id == *id).map(|option| option.text.clone());
    ids.iter().flat_map(|id| [Some(id.clone()), text(id)]).flatten().collect()
}
