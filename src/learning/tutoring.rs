//! What a tutor is told about a task, in two parts that never mix: [`brief`], which the learner may see all of, and
//! [`hidden`], which only the server's own checks may see.

use super::{
    answer::{Answer, AnswerForm, Verdict},
    project::{Task, document::AnswerRule},
    work::{self, HintState, Progress, TaskState, Work, WorkError},
};
use crate::store::Tx;

/// A task as the learner sees it: nothing in here is a secret.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The task's id.
    pub task: String,
    /// What it is called.
    pub title: String,
    /// The titles of what it belongs to, outermost first.
    pub path: Vec<String>,
    /// The task itself; markdown.
    pub body: String,
    /// What is learnt by it.
    pub objectives: Vec<String>,
    /// How it stands.
    pub state: TaskState,
    /// The titles of the tasks it waits for, where it is blocked.
    pub waits_for: Vec<String>,
    /// How it is answered.
    pub answer: AnswerForm,
    /// How often the learner handed something in.
    pub attempts: u32,
    /// The last of these.
    pub last_attempt: Option<LastAttempt>,
    /// The hints shown so far, gentlest first; markdown.
    pub hints: Vec<String>,
    /// Whether another one can be shown.
    pub hint: HintState,
    /// The id and title of the task to work on next, which may be this one.
    pub next: Option<(String, String)>,
    /// How far the learner has come in this activity.
    pub progress: Progress,
}

/// What the learner last handed in for a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAttempt {
    /// The answer.
    pub answer: Answer,
    /// The answer as the learner would read it.
    pub readable: String,
    /// What was decided.
    pub verdict: Verdict,
    /// What the learner was told; markdown.
    pub feedback: String,
}

/// What the author hid about a task. Never to be shown, nor sent to a provider.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Hidden {
    /// The reference solution.
    pub solutions: Vec<String>,
    /// Texts that would be accepted as the answer, or as a part of it.
    pub accepted: Vec<String>,
    /// Hints that have not been unlocked.
    pub locked_hints: Vec<String>,
    /// The author's advice.
    pub guidance: Vec<String>,
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Hidden")
    }
}

/// What the learner may see of a task. `said`: how many messages they wrote about it in their own words.
pub async fn brief(tx: &mut Tx, work: &Work, task: &str, said: u32) -> Result<Brief, WorkError> {
    let task = work.task(task)?;
    let last = work::attempts(tx, work, task).await?.into_iter().next();
    Ok(Brief {
        task: task.id.clone(),
        title: task.title.clone(),
        path: work.path(task).into_iter().map(|above| above.title.clone()).collect(),
        body: task.content.clone(),
        objectives: task.objectives.iter().map(|objective| objective.text.clone()).collect(),
        state: work.state(task),
        waits_for: work.waits_for(task),
        answer: task.form(),
        attempts: work.attempt_count(task),
        last_attempt: last.map(|submission| LastAttempt {
            answer: submission.answer,
            readable: submission.readable,
            verdict: submission.verdict,
            feedback: submission.feedback,
        }),
        hints: work.hints(task).to_vec(),
        hint: work.hint_state(task, said),
        next: work.next().map(|next| (next.id.clone(), next.title.clone())),
        progress: work.progress(),
    })
}

/// What the author hid about a task, for the server's own checks.
pub fn hidden(work: &Work, task: &str) -> Result<Hidden, WorkError> {
    let task = work.task(task)?;
    Ok(Hidden {
        solutions: task.solution.iter().cloned().collect(),
        accepted: task.answer.as_ref().map(AnswerRule::accepted).unwrap_or_default(),
        locked_hints: work.locked_hints(task).to_vec(),
        guidance: guidance(task),
    })
}

fn guidance(task: &Task) -> Vec<String> {
    let Some(guidance) = &task.guidance else { return vec![] };
    let single = [&guidance.approach, &guidance.rationale];
    let texts = single.into_iter().flatten().chain(&guidance.questions).chain(&guidance.misconceptions);
    texts.cloned().collect()
}
