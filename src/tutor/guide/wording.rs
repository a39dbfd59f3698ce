//! The words of the guide. Every step has several wordings; which one is used turns with the conversation.

use super::{
    Step, conversation,
    intent::{Intent, Message},
    reading,
};
use crate::{
    learning::{
        answer::{AnswerForm, Verdict},
        tutoring::{Brief, LastAttempt},
        work::HintState,
    },
    tutor::situation::Situation,
};

/// After so many turns the wordings come round again.
pub(super) const VARIETY: usize = 6;

/// One wording of a step; `turn` counts the exchanges before.
pub(super) fn word(step: &Step, situation: &Situation, hint: Option<&str>, turn: usize) -> String {
    let Some(brief) = &situation.brief else { return all_done(turn) };
    let message = Message::new(&situation.message);
    let page = Page { brief, message: &message, turn };
    match step {
        Step::AllDone => all_done(turn),
        Step::Blocked => page.blocked(),
        Step::Closed => page.closed(),
        Step::Group => page.group(),
        Step::Converse(intent) => conversation::word(situation, brief, &message, intent, turn),
        Step::RevealHint => hint.map_or_else(|| page.hint_locked(), |hint| page.hint(hint)),
        Step::HintLocked => page.hint_locked(),
        Step::NoMoreHints => page.no_more_hints(),
        Step::Approach => page.first_step(),
        Step::Reply(intent) => page.reply(intent),
    }
}

/// One of several wordings.
pub(super) fn turned<'a>(turn: usize, wordings: &[&'a str]) -> &'a str {
    wordings.get(turn % wordings.len().max(1)).copied().unwrap_or_default()
}

/// A text as a quotation, cut where it is long.
pub(super) fn quote(text: &str) -> String {
    const LONGEST: usize = 700;
    let text = text.trim();
    let cut = text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end]);
    cut.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Paragraphs, without the empty ones.
pub(super) fn paragraphs(paragraphs: &[String]) -> String {
    let filled: Vec<&str> = paragraphs.iter().map(String::as_str).filter(|paragraph| !paragraph.is_empty()).collect();
    filled.join("\n\n")
}

fn all_done(turn: usize) -> String {
    turned(
        turn,
        &[
            "There is nothing left to do here: every task you can reach is done. Well done! What will you remember of it next week?",
            "You have done all there is to do for now. Which of the tasks taught you most?",
        ],
    )
    .to_owned()
}

struct Page<'a> {
    brief: &'a Brief,
    message: &'a Message,
    turn: usize,
}

impl Page<'_> {
    fn turned<'a>(&self, wordings: &[&'a str]) -> &'a str {
        turned(self.turn, wordings)
    }

    /// What the task asks for, as a quotation.
    fn request(&self) -> String {
        reading::request(&self.brief.body).map(|sentence| quote(&sentence)).unwrap_or_default()
    }

    /// The last attempt, where it was not right.
    fn missed(&self) -> Option<&LastAttempt> {
        self.brief.last_attempt.as_ref().filter(|attempt| attempt.verdict == Verdict::NotYet)
    }

    fn how_to_answer(&self) -> String {
        match &self.brief.answer {
            AnswerForm::Number { unit: Some(unit) } => {
                format!("Put the number, in {unit}, into the box and press **Submit**.")
            }
            AnswerForm::Number { unit: None } => "Put the number into the box and press **Submit**.".to_owned(),
            AnswerForm::Choice { .. } => "Choose one option and press **Submit**.".to_owned(),
            AnswerForm::Set { options } if options.is_empty() => {
                "Write the values, one a line, and press **Submit**.".to_owned()
            }
            AnswerForm::Set { .. } => "Mark everything that fits and press **Submit**.".to_owned(),
            _ => "Write your answer into the box of the task and press **Submit**.".to_owned(),
        }
    }

    fn next(&self) -> String {
        match &self.brief.next {
            Some((id, title)) if *id != self.brief.task => format!("Next is **{title}**: you find it under *Tasks*."),
            Some(_) => String::new(),
            None => "There is no further task open to you at the moment.".to_owned(),
        }
    }

    fn standing(&self) -> String {
        let progress = &self.brief.progress;
        format!("{} of {} tasks are done.", progress.closed, progress.total)
    }

    fn blocked(&self) -> String {
        let titles: Vec<String> = self.brief.waits_for.iter().map(|title| format!("**{title}**")).collect();
        let opening = self.turned(&["This task is not open yet.", "Not yet, for this task builds on another one."]);
        paragraphs(&[
            format!("{opening} It opens when you have finished {}.", titles.join(" and ")),
            self.next(),
            self.turned(&["Shall we look at that one together?", "What do you know about it already?"]).to_owned(),
        ])
    }

    fn closed(&self) -> String {
        let found = reading::about(&self.brief.body, self.message.words()).filter(|_| self.turn.is_multiple_of(2));
        paragraphs(&[
            format!("**{}** is done. {}", self.brief.title, self.standing()),
            found.map(|sentence| format!("Looking back at it:\n\n{}", quote(&sentence))).unwrap_or_default(),
            self.next(),
            self.turned(&[
                "Before you go on: which step made the difference?",
                "How would you explain what you found to somebody who missed it?",
                "Where else could you use what you did here?",
            ])
            .to_owned(),
        ])
    }

    fn group(&self) -> String {
        paragraphs(&[
            format!(
                "**{}** is a group of tasks: it is done when the tasks in it are. {}",
                self.brief.title,
                self.standing()
            ),
            self.next(),
            self.turned(&["Where would you like to begin?", "Which of them looks hardest to you?"]).to_owned(),
        ])
    }

    fn hint(&self, hint: &str) -> String {
        let opening = self.turned(&["Here is a hint:", "This may get you a step further:", "Look at it this way:"]);
        let question = self.turned(&[
            "What does it change about your next step?",
            "Which part of the task does it point you to?",
            "Try it out, then tell me: what did you find?",
        ]);
        paragraphs(&[opening.to_owned(), quote(hint), question.to_owned()])
    }

    fn hint_locked(&self) -> String {
        let opening = self.turned(&[
            "The next hint opens after another try, or when you have told me your own thoughts in a sentence or two.",
            "I can show you the next hint as soon as you have handed in another try or written down what you think so far.",
        ]);
        let last =
            self.brief.hints.last().map(|hint| format!("The last hint was:\n\n{}", quote(hint))).unwrap_or_default();
        let question = self.turned(&[
            "What have you tried with it, and where did it stop working?",
            "Which word in it is not clear to you?",
            "What would be the smallest thing you could try with it?",
        ]);
        paragraphs(&[opening.to_owned(), last, question.to_owned()])
    }

    fn no_more_hints(&self) -> String {
        let Some(hint) = self.brief.hints.last() else {
            let opening = self.turned(&[
                "This task has no hints, but its text helps:",
                "There are no hints here. Let us read closely:",
            ]);
            let question = self.turned(&[
                "Which part of this sentence could you do right now?",
                "What do you already have of what it asks for?",
            ]);
            return paragraphs(&[opening.to_owned(), self.request(), question.to_owned()]);
        };
        let opening = self.turned(&[
            "You have seen all the hints. The last one is the strongest:",
            "There is no further hint, so let us get more out of the last one:",
        ]);
        let question = self.turned(&[
            "Say it in your own words: what does it ask you to do first?",
            "Which step of it could you do right now?",
            "Where does it stop making sense?",
        ]);
        paragraphs(&[opening.to_owned(), quote(hint), question.to_owned()])
    }

    fn first_step(&self) -> String {
        paragraphs(&[
            self.turned(&[
                "Let us find the place where it gets hard. The task asks:",
                "No problem. First, what is asked for:",
            ])
            .to_owned(),
            self.request(),
            self.turned(&[
                "Which part of that is clear to you, and where does it stop?",
                "What would you do first, even if you are not sure?",
            ])
            .to_owned(),
            "If that does not help, ask me for a hint.".to_owned(),
        ])
    }

    fn reply(&self, intent: &Intent) -> String {
        match intent {
            Intent::Greeting => self.greeting(),
            Intent::Thanks => self.thanks(),
            Intent::AboutGuide => self.about_guide(),
            Intent::Answer => self.refusal(),
            Intent::Check => self.check(),
            Intent::Mistake => self.mistake(),
            Intent::Next => self.what_next(),
            Intent::Task => self.explain_task(),
            Intent::Word(term) => self.explain_word(term),
            Intent::Standing => {
                paragraphs(&[self.points(), self.next(), "What would you like to work on now?".to_owned()])
            }
            Intent::Attempt => self.attempt(),
            Intent::Thoughts => self.thoughts(),
            Intent::Question => self.question(),
            Intent::Little | Intent::Hint | Intent::Stuck => self.little(),
        }
    }

    fn greeting(&self) -> String {
        paragraphs(&[
            format!("{} You are at **{}**.", self.turned(&["Hello!", "Good to see you."]), self.brief.title),
            self.request(),
            self.turned(&["What do you think it is about?", "Where would you begin?"]).to_owned(),
        ])
    }

    fn thanks(&self) -> String {
        let opening = self.turned(&["Gladly!", "You are welcome."]);
        let step = match self.missed() {
            Some(_) => "There is still an answer to mend here. What will you change in it?".to_owned(),
            None => format!("When you are ready: {}", self.how_to_answer()),
        };
        format!("{opening} {step}")
    }

    fn about_guide(&self) -> String {
        let opening = self.turned(&[
            "I am LTT's guide: a program, not a person, and not a language model either.",
            "You are talking with a program, LTT's guide. I follow plain rules.",
        ]);
        let can = "I know this task's text, the hints you have unlocked, and what LTT said about your answers. I do not know the right answer.";
        paragraphs(&[format!("{opening} {can}"), "What shall we look at?".to_owned()])
    }

    fn refusal(&self) -> String {
        let opening = self.turned(&[
            "The answer is the one thing I keep out of, because you only get it by finding it.",
            "I will not do that part for you; it is the part that makes you learn it. I will help with the next step.",
            "I do not have the answer, and reading it would help you only until the next task.",
        ]);
        let hint = match self.brief.hint {
            HintState::Ready => "If you are stuck, ask me for a hint: one is ready.",
            HintState::AfterAnotherTry => {
                "A further hint opens after another try, or when you tell me what you think so far."
            }
            HintState::NoMore => "",
        };
        let question = self.turned(&[
            "What would your first guess be, and why?",
            "What do you know already that could help here?",
            "Which part could you answer without help?",
        ]);
        paragraphs(&[opening.to_owned(), self.request(), hint.to_owned(), question.to_owned()])
    }

    fn check(&self) -> String {
        let opening = self.turned(&[
            "I do not check answers, LTT does, and at once.",
            "That is for LTT to decide, and it costs nothing to try.",
        ]);
        let last = self
            .missed()
            .map(|attempt| format!("Your last one did not pass:\n\n{}", quote(&attempt.feedback)))
            .unwrap_or_default();
        let question = self.turned(&[
            "Before you do: how did you come to it?",
            "How would you convince a friend that it fits the question?",
            "Is there a way to test it yourself first?",
        ]);
        paragraphs(&[format!("{opening} {}", self.how_to_answer()), last, question.to_owned()])
    }

    fn mistake(&self) -> String {
        let Some(attempt) = self.missed() else {
            return paragraphs(&[
                "There is no wrong answer of yours on this task.".to_owned(),
                self.how_to_answer(),
                "What makes you doubt?".to_owned(),
            ]);
        };
        let feedback = Message::new(&attempt.feedback);
        let place = reading::about(&self.brief.body, feedback.words()).or_else(|| reading::request(&self.brief.body));
        let question = self.turned(&[
            "Where does your answer part ways with it?",
            "What would you change, now that you read both together?",
            "Which word in the task did you perhaps pass over?",
        ]);
        paragraphs(&[
            format!("You handed in “{}”, and LTT said:", reading::short(&attempt.readable)),
            quote(&attempt.feedback),
            place.map(|sentence| format!("Compare that with the task:\n\n{}", quote(&sentence))).unwrap_or_default(),
            question.to_owned(),
        ])
    }

    fn what_next(&self) -> String {
        let now = match self.missed() {
            Some(attempt) => format!("Your last answer here was not right yet:\n\n{}", quote(&attempt.feedback)),
            None => format!("First **{}**, which is still open. It asks:\n\n{}", self.brief.title, self.request()),
        };
        let question = self.turned(&["What is your plan for it?", "What is the first thing you would try?"]);
        paragraphs(&[now, self.how_to_answer(), question.to_owned()])
    }

    fn explain_task(&self) -> String {
        let opening = format!("In short, **{}** wants this from you:", self.brief.title);
        let purpose =
            self.brief.objectives.first().map(|objective| format!("What it is for: {objective}")).unwrap_or_default();
        let question = self.turned(&[
            "How would you say that in your own words?",
            "What do you need to know before you can do it?",
            "Which word in it is new to you?",
        ]);
        paragraphs(&[
            opening,
            self.request(),
            format!("{} {purpose}", self.how_to_answer()).trim().to_owned(),
            question.to_owned(),
        ])
    }

    fn explain_word(&self, term: &str) -> String {
        let words: Vec<String> = term.split(' ').map(str::to_owned).collect();
        let everything = format!("{}\n\n{}", self.brief.body, self.brief.hints.join("\n\n"));
        match reading::about(&everything, &words) {
            Some(sentence) => paragraphs(&[
                self.turned(&["The task speaks of it here:", "Look at how the text uses it:"]).to_owned(),
                quote(&sentence),
                self.turned(&["What do you take it to mean there?", "Could you give an example of it?"]).to_owned(),
            ]),
            None => paragraphs(&[
                "I find no sentence here that explains it, and I know no more than this task's text: a dictionary or your course book will tell you better.".to_owned(),
                self.turned(&["How is it connected with what is asked here?", "Where did you come across it?"]).to_owned(),
            ]),
        }
    }

    fn points(&self) -> String {
        let progress = &self.brief.progress;
        format!("{} You have {} of {} points.", self.standing(), progress.points, progress.possible)
    }

    fn attempt(&self) -> String {
        let opening = self.turned(&["That is something you can hand in.", "Good, an answer to work with."]);
        let question = self.turned(&[
            "What makes you think so?",
            "Which part of the task brought you to it?",
            "How sure are you, and what would make you surer?",
        ]);
        paragraphs(&[format!("{opening} {} Only then does LTT check it.", self.how_to_answer()), question.to_owned()])
    }

    fn thoughts(&self) -> String {
        let body = &self.brief.body;
        let shared = reading::shared(body, self.message.words());
        let opening = match shared.as_slice() {
            [] if self.message.is_foreign() => {
                "I am a simple program and know English only, so I may miss what you mean.".to_owned()
            }
            [] => self
                .turned(&["Thank you, that helps me to see how you think.", "Good that you write it down."])
                .to_owned(),
            [word] => format!("You think about *{word}*, and so does the task:"),
            [one, other, ..] => format!("You bring *{one}* and *{other}* together. The task says:"),
        };
        let place = reading::about(body, &shared).or_else(|| reading::request(body));
        let place = place.map(|sentence| quote(&sentence)).unwrap_or_default();
        let question = match self.missed() {
            Some(attempt) if self.turn.is_multiple_of(2) => {
                return paragraphs(&[
                    opening,
                    place,
                    format!("Last time LTT told you:\n\n{}", quote(&attempt.feedback)),
                    "Does your thought take care of that?".to_owned(),
                ]);
            }
            _ => self.turned(&[
                "What follows from it for your answer?",
                "How could you check whether that holds?",
                "Can you turn that into an answer and hand it in?",
                "What would speak against it?",
            ]),
        };
        let hint = match self.brief.hint {
            HintState::Ready if !self.brief.hints.is_empty() => "Another hint is open to you now, if you want it.",
            _ => "",
        };
        paragraphs(&[opening, place, question.to_owned(), hint.to_owned()])
    }

    fn question(&self) -> String {
        match reading::about(&self.brief.body, self.message.words()) {
            Some(sentence) => paragraphs(&[
                self.turned(&[
                    "This part of the task may help you there:",
                    "Read this sentence again with your question in mind:",
                ])
                .to_owned(),
                quote(&sentence),
                self.turned(&[
                    "What does it tell you about your question?",
                    "What would you answer yourself, going by that?",
                ])
                .to_owned(),
            ]),
            None => paragraphs(&[
                self.turned(&[
                    "I am a guide that knows this task and nothing else, so let us come back to it:",
                    "That goes beyond what I know, which is this task:",
                ])
                .to_owned(),
                self.request(),
                self.turned(&["Which part of it is your question about?", "What do you need to know to go on?"])
                    .to_owned(),
            ]),
        }
    }

    fn little(&self) -> String {
        let opening = self.turned(&["Tell me a little more.", "Take your time.", "I need a few more words from you."]);
        let question = self.turned(&[
            "What have you found out so far?",
            "What would you try first?",
            "Which part is clear to you already?",
        ]);
        paragraphs(&[opening.to_owned(), self.request(), question.to_owned()])
    }
}
