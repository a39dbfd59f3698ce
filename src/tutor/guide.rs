//! The guide: a tutor without a model. It works from what the learner can see anyway, the task's text, the last verdict, the hints
//! that are unlocked, the next step, and never knows an answer.
//!
//! It recognises what the learner wants ([`intent`]), decides on a step ([`plan`]) and puts it into words ([`say`]): short, one
//! question at a time, and not in the same words twice in a row.

mod conversation;
mod intent;
mod reading;
mod wording;

use intent::{Intent, Message};

use super::situation::Situation;
use crate::learning::{
    answer::AnswerForm,
    work::{HintState, TaskState},
};

/// What the guide says of itself before its first words.
pub(super) const INTRODUCTION: &str = "*I am LTT's guide, a program without a language model.*";

/// Passes on what the teacher wants the learner to be told.
pub(super) fn teacher_says(note: &str) -> String {
    format!("A note from your teacher:\n\n{}", wording::quote(note))
}

/// What the guide does next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Everything is done.
    AllDone,
    /// The task waits for others.
    Blocked,
    /// The task is done.
    Closed,
    /// The task is a group of tasks.
    Group,
    /// The task is a conversation.
    Converse(Intent),
    /// Shows the next hint.
    RevealHint,
    /// Says how the next hint is unlocked.
    HintLocked,
    /// Goes back to the hints there were.
    NoMoreHints,
    /// Finds out where the difficulty is.
    Approach,
    /// Answers anything else about the task.
    Reply(Intent),
}

impl Step {
    /// Whether the next hint is needed to say it.
    pub(super) fn wants_hint(&self) -> bool {
        *self == Self::RevealHint
    }
}

/// Whether a message says something of the learner's own, instead of only asking for help.
pub(super) fn is_own_words(message: &str) -> bool {
    let message = Message::new(message);
    let is_own = matches!(message.intent(), Intent::Thoughts | Intent::Attempt | Intent::Question | Intent::Check);
    is_own && message.words().len() >= 5
}

/// Decides what to do about the learner's message.
pub(super) fn plan(situation: &Situation) -> Step {
    let Some(brief) = &situation.brief else { return Step::AllDone };
    let intent = Message::new(&situation.message).intent();
    if matches!(intent, Intent::AboutGuide | Intent::Standing) {
        return Step::Reply(intent);
    }
    match (brief.state, &brief.answer) {
        (TaskState::Blocked, _) => return Step::Blocked,
        (TaskState::Closed, _) => return Step::Closed,
        (_, AnswerForm::Children) => return Step::Group,
        (_, AnswerForm::Conversation { .. }) => return Step::Converse(intent),
        _ => {}
    }
    let was_stuck = situation.history.iter().any(|exchange| Message::new(&exchange.message).intent() == Intent::Stuck);
    let is_fresh = brief.attempts == 0 && brief.hints.is_empty() && !was_stuck;
    match (intent, brief.hint) {
        (Intent::Stuck, _) if is_fresh => Step::Approach,
        (Intent::Stuck | Intent::Hint, HintState::Ready) => Step::RevealHint,
        (Intent::Stuck | Intent::Hint, HintState::AfterAnotherTry) => Step::HintLocked,
        (Intent::Stuck | Intent::Hint, HintState::NoMore) => Step::NoMoreHints,
        (intent, _) => Step::Reply(intent),
    }
}

/// Puts a step into words. `hint`: the text of the hint just unlocked, where the step wants one and it was not refused.
pub(super) fn say(step: &Step, situation: &Situation, hint: Option<&str>) -> String {
    let last = situation.history.last().map(|exchange| exchange.reply.as_str()).unwrap_or_default();
    let first = situation.history.len();
    let wordings = (first..first + wording::VARIETY).map(|turn| wording::word(step, situation, hint, turn));
    let mut repeated = None;
    for text in wordings {
        if !last.contains(&text) {
            return text;
        }
        repeated = Some(text);
    }
    repeated.unwrap_or_default()
}

#[cfg(test)]
mod tests;
