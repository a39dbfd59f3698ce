//! A task that is a conversation: the guide leads it by the questions and points its author put into the text, one a turn, and keeps count.

use super::{
    intent::{Intent, Message},
    reading,
    wording::{paragraphs, quote, turned},
};
use crate::{
    learning::{answer::AnswerForm, tutoring::Brief},
    tutor::situation::Situation,
};

pub(super) fn word(situation: &Situation, brief: &Brief, message: &Message, intent: &Intent, turn: usize) -> String {
    paragraphs(&[
        response(message, intent, turn),
        question(situation, brief, message, intent, turn),
        count(situation, brief),
    ])
}

/// What is said to the learner's words; no question, for one is enough.
fn response(message: &Message, intent: &Intent, turn: usize) -> String {
    let words = reading::longest(message.words().iter());
    match intent {
        Intent::Greeting => {
            turned(turn, &["Hello! Let us talk about it.", "Good to see you. Let us go on."]).to_owned()
        }
        Intent::Thanks => "Gladly. Let us go on.".to_owned(),
        Intent::Answer | Intent::Check | Intent::Mistake => turned(
            turn,
            &[
                "There is no single right answer here: what counts is what you think, and why.",
                "Nobody marks this one. It is about your reasons.",
            ],
        )
        .to_owned(),
        Intent::Hint | Intent::Stuck | Intent::Little => turned(
            turn,
            &[
                "That is fine. Start small: one example from your own day is enough.",
                "Take your time; a sentence or two will do.",
                "Say it as it comes, it need not be perfect.",
            ],
        )
        .to_owned(),
        Intent::Next => "Your thoughts are what moves this on.".to_owned(),
        Intent::Task => {
            "This task is the conversation itself: you say what you think, in your own words, and I ask on.".to_owned()
        }
        Intent::Question | Intent::Word(_) => turned(
            turn,
            &[
                "A good question, and one to think through yourself first.",
                "Let us turn that around and start from what you know.",
            ],
        )
        .to_owned(),
        _ if message.is_foreign() => {
            "I am a simple program and know English only, so I may miss some of what you say.".to_owned()
        }
        _ => match words.as_slice() {
            [one, other, ..] => turned(
                turn,
                &[
                    "You connect *{one}* with *{other}*.",
                    "So for you it is about *{one}* and *{other}*.",
                    "*{one}* and *{other}*: I will keep that in mind.",
                ],
            )
            .replace("{one}", one)
            .replace("{other}", other),
            [word] => turned(turn, &["You come to *{one}*.", "So *{one}* matters to you here."]).replace("{one}", word),
            [] => "I see.".to_owned(),
        },
    }
}

/// The author's next question; when all have been asked, one that goes deeper.
fn question(situation: &Situation, brief: &Brief, message: &Message, intent: &Intent, turn: usize) -> String {
    const DEEPER: [&str; 6] = [
        "What makes you say so?",
        "Can you give an example, from your own life or from this course?",
        "Who might see it differently, and what would they say?",
        "What would have to change for you to think otherwise?",
        "How does that fit with what you did in the tasks before?",
        "If you had to put it into one sentence, what would it be?",
    ];
    const OPENING: [&str; 3] =
        ["What would you say to that?", "What comes to your mind there?", "How is that for you?"];
    let was_asked = |question: &str| situation.history.iter().any(|exchange| exchange.reply.contains(question));
    if matches!(intent, Intent::Question | Intent::Word(_)) {
        return turned(
            turn,
            &["What would you say yourself, from what you know so far?", "What is your own guess, and why?"],
        )
        .to_owned();
    }
    let prompts = reading::prompts(&brief.body);
    let mut next = prompts.iter().rposition(|prompt| was_asked(prompt)).map_or(0, |last| last + 1);
    // What the learner opens with is mostly an answer to the question they have just read.
    let tells = matches!(intent, Intent::Thoughts | Intent::Attempt);
    if situation.history.is_empty() && prompts.len() > 1 && tells {
        next = 1;
    }
    let is_short = tells && message.words().len() < 8 && turn.is_multiple_of(2);
    let deeper = DEEPER.into_iter().cycle().skip(turn).take(DEEPER.len()).find(|question| !was_asked(question));
    match prompts.get(next).filter(|_| !is_short) {
        Some(prompt) if prompt.ends_with('?') => prompt.clone(),
        Some(prompt) => format!("{}\n\n{}", quote(prompt), turned(turn, &OPENING)),
        None => deeper.unwrap_or(turned(turn, &DEEPER)).to_owned(),
    }
}

fn count(situation: &Situation, brief: &Brief) -> String {
    let AnswerForm::Conversation { needed } = brief.answer else { return String::new() };
    let had = situation.exchanges;
    match needed.saturating_sub(had) {
        0 => "You have talked enough to finish: mark this task as done when you feel ready, or go on.".to_owned(),
        1 => format!("(That was message {had} of {needed}. One more, and you can finish.)"),
        _ => format!("(That was message {had} of {needed}.)"),
    }
}
