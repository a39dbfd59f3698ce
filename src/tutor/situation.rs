//! Where the learner stands when they say something: all that a reply may be made of, and, apart from it, what it must not
//! contain.

use super::{
    TutorError,
    guard::Material,
    setting::Setting,
    turns::{self, Turn},
};
use crate::{
    learning::{
        answer::AnswerForm,
        project::document::ChoiceOption,
        tutoring::{self, Brief},
        work::{TaskState, Work},
    },
    store::Tx,
};

/// What a reply may be made of. Nothing in here is hidden from the learner.
#[derive(Debug, Clone)]
pub(super) struct Situation {
    /// The task that is spoken of; `None` where there is none left to do.
    pub brief: Option<Brief>,
    /// What was said about it before, oldest first.
    pub history: Vec<Exchange>,
    /// What the learner says now.
    pub message: String,
    /// The learner's messages about this task, this one included.
    pub exchanges: u32,
    /// Those of them that are the learner's own words, not a request.
    pub own_words: u32,
    /// What the course says of the activity, without what would give hidden material away.
    pub setting: Setting,
}

/// What a learner said, and the reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exchange {
    pub message: String,
    pub reply: String,
}

/// How many of the newest exchanges are looked at.
const MEMORY: i64 = 40;

impl Situation {
    /// Looks up where the learner stands. A turn that names no task is about the one to work on next.
    pub(super) async fn load(tx: &mut Tx, work: &Work, turn: &Turn) -> Result<Self, TutorError> {
        let task = turn.task.clone().or_else(|| work.next().map(|next| next.id.clone()));
        let before = turns::newest(tx, work.id, turn.task.as_deref(), MEMORY).await?;
        let history = before.into_iter().map(|(message, reply)| Exchange { message, reply }).collect();
        let (mut exchanges, mut own_words, mut brief) = (0, 0, None);
        if let Some(task) = &task {
            (exchanges, own_words) = turns::count(tx, work.id, task).await?;
            brief = Some(tutoring::brief(tx, work, task, own_words).await?);
        }
        Ok(Self { brief, history, message: turn.message.clone(), exchanges, own_words, setting: Setting::default() })
    }

    /// What the guard compares a reply with.
    pub(super) fn material(&self, work: &Work) -> Result<Material, TutorError> {
        let mut material = Material::default();
        for task in work.tasks() {
            // What the learner has solved is no secret to them any more.
            if work.state(task) == TaskState::Closed {
                continue;
            }
            let hidden = tutoring::hidden(work, &task.id)?;
            if self.brief.as_ref().is_some_and(|brief| brief.task == task.id) {
                material.answers.extend(hidden.accepted);
            }
            material.texts.extend(hidden.solutions.into_iter().chain(hidden.locked_hints));
        }
        if let Some(brief) = &self.brief {
            material.visible = visible(brief);
            material.said.extend(brief.last_attempt.iter().map(|attempt| attempt.readable.clone()));
            let options = options(brief);
            // The id of an option says nothing to a learner, who reads its text; a letter may be both.
            material.answers.retain(|answer| {
                answer.chars().count() == 1
                    || !options.iter().any(|option| option.id == *answer && option.text != *answer)
            });
            if matches!(brief.answer, AnswerForm::Choice { .. }) {
                material.options = options.iter().map(|option| option.text.clone()).collect();
            }
        }
        material.said.extend(self.history.iter().map(|exchange| exchange.message.clone()));
        material.said.push(self.message.clone());
        Ok(material)
    }
}

/// Every text of a brief that the learner has before their eyes.
fn visible(brief: &Brief) -> Vec<String> {
    let mut texts = vec![brief.title.clone(), brief.body.clone()];
    texts.extend(brief.path.iter().chain(&brief.objectives).chain(&brief.hints).cloned());
    texts.extend(brief.last_attempt.iter().map(|attempt| attempt.feedback.clone()));
    texts.extend(options(brief).iter().map(|option| option.text.clone()));
    texts
}

/// What there is to choose from; empty where nothing is chosen.
fn options(brief: &Brief) -> &[ChoiceOption] {
    match &brief.answer {
        AnswerForm::Choice { options } | AnswerForm::Set { options } => options,
        _ => &[],
    }
}
