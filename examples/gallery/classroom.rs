//! A learner's work in memory, behind the pages' ports.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use app::{
    model::{
        Activity, Answer, Back, Draft, DraftSaved, Grade, GradeState, Hint, HintState, Outcome, Progress, Role,
        Submission, TaskPage, TaskRow, TaskState, Turn, TutorNotice, Ungraded, Verdict,
    },
    ports::LearnerPort,
    refusal::Refusal,
};
use async_trait::async_trait;
use chrono::Utc;
use ltt::web::markdown::render;

use crate::invented::{self, HINTS, Kind, TASKS, Written};

/// What is on show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    Fresh,
    Working,
    Done,
    Preview,
    Observer,
    Guest,
    NotSetUp,
    Broken,
    Expired,
}

impl Scene {
    pub const ALL: [Self; 9] = [
        Self::Fresh,
        Self::Working,
        Self::Done,
        Self::Preview,
        Self::Observer,
        Self::Guest,
        Self::NotSetUp,
        Self::Broken,
        Self::Expired,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Working => "working",
            Self::Done => "done",
            Self::Preview => "preview",
            Self::Observer => "observer",
            Self::Guest => "guest",
            Self::NotSetUp => "not-set-up",
            Self::Broken => "broken",
            Self::Expired => "expired",
        }
    }
}

#[derive(Default)]
pub struct Work {
    begun: Vec<String>,
    closed: Vec<String>,
    drafts: HashMap<String, Draft>,
    hints: HashMap<String, u32>,
    pub submissions: Vec<Submission>,
    pub turns: Vec<Turn>,
}

pub struct Classroom {
    scene: Scene,
    work: Mutex<Work>,
}

impl Classroom {
    pub fn new(scene: Scene) -> Self {
        let classroom = Self { scene, work: Mutex::default() };
        match scene {
            Scene::Working | Scene::Expired => classroom.do_some(),
            Scene::Done => classroom.do_all(),
            _ => {}
        }
        classroom
    }

    pub fn work(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn do_some(&self) {
        self.hand_in("mean", "5");
        self.hand_in("mean", "6");
        self.hand_in("spread", "option-1,option-2");
        let mut work = self.work();
        work.hints.insert("spread".into(), 2);
        work.begun.push("chart".into());
        let text = "The histogram leans to the left: most waits are short,".to_owned();
        work.drafts.insert("chart".into(), Draft { answer: Answer::One(text), revision: 3 });
        work.turns = crate::tutor::earlier();
    }

    fn do_all(&self) {
        for task in TASKS.iter().filter(|task| task.kind != Kind::Parent) {
            self.hand_in(task.id, task.solution);
            self.work().closed.push(task.id.into());
        }
    }

    fn hand_in(&self, task: &str, answer: &str) -> Option<Submission> {
        let written = TASKS.iter().find(|written| written.id == task)?;
        let mut work = self.work();
        let right = written.solution.is_empty() || answer.trim() == written.solution;
        let attempt = work.submissions.iter().filter(|earlier| earlier.task == task).count() + 1;
        let feedback = if right {
            "That is it. *Well reasoned.*"
        } else {
            "Not yet: check what happens to the **longest wait** in your sum."
        };
        let submission = Submission {
            id: format!("submission-{}", work.submissions.len()),
            task: task.into(),
            task_title: written.title.into(),
            attempt: u32::try_from(attempt).unwrap_or_default(),
            answer: answer.into(),
            verdict: if right { Verdict::Accepted } else { Verdict::NotYet },
            unchecked: written.solution.is_empty(),
            feedback_html: render(feedback),
            submitted_at: now(),
        };
        work.begun.push(task.into());
        work.drafts.remove(task);
        if right {
            work.closed.push(task.into());
        }
        work.submissions.insert(0, submission.clone());
        Some(submission)
    }

    fn rows(&self) -> Vec<TaskRow> {
        TASKS.iter().map(|task| self.row(task)).collect()
    }

    fn row(&self, task: &Written) -> TaskRow {
        let mut row = task.row(self.state(task));
        let missing = task.after.iter().filter_map(|id| TASKS.iter().find(|other| other.id == *id));
        let missing = missing.filter(|other| self.state(other) != TaskState::Closed);
        row.waits_for = missing.map(|other| other.title.to_owned()).collect();
        row
    }

    fn state(&self, task: &Written) -> TaskState {
        if task.kind == Kind::Parent {
            let below: Vec<_> =
                TASKS.iter().filter(|other| other.parent == Some(task.id)).map(|other| self.state(other)).collect();
            return if below.iter().all(|state| *state == TaskState::Closed) {
                TaskState::Closed
            } else if below.iter().any(|state| matches!(state, TaskState::Closed | TaskState::InProgress)) {
                TaskState::InProgress
            } else {
                TaskState::Open
            };
        }
        let work = self.work();
        let is_closed = |id: &str| work.closed.iter().any(|closed| closed == id);
        if is_closed(task.id) {
            TaskState::Closed
        } else if task.after.iter().any(|id| !is_closed(id)) {
            TaskState::Blocked
        } else if work.begun.iter().any(|begun| begun == task.id) {
            TaskState::InProgress
        } else {
            TaskState::Open
        }
    }

    fn activity_now(&self) -> Activity {
        let tasks = self.rows();
        let leaves: Vec<_> = tasks.iter().filter(|row| !row.has_children).collect();
        let closed = leaves.iter().filter(|row| row.state == TaskState::Closed).count();
        let next = leaves
            .iter()
            .find(|row| matches!(row.state, TaskState::Open | TaskState::InProgress))
            .map(|row| row.id.clone());
        let count = |number: usize| u32::try_from(number).unwrap_or_default();
        let (state, sentence) = match closed {
            0 => (GradeState::NothingYet, "No grade yet"),
            1..=3 => (GradeState::Waiting, "Your grade is on its way to your course"),
            _ => (GradeState::Sent, "Your course has your grade"),
        };
        let ungraded = match self.scene {
            Scene::Preview => Some(Ungraded::Preview),
            Scene::Observer => Some(Ungraded::Observer),
            Scene::Guest => Some(Ungraded::Guest),
            _ => None,
        };
        let grade = match ungraded {
            None => Grade { state, sentence: sentence.into() },
            Some(_) => Grade { state: GradeState::NotGraded, sentence: "Not graded".into() },
        };
        Activity {
            course: Some("STAT 101: Thinking with data".into()),
            back: Some(Back { address: "https://lms.example/courses/stat-101".into(), leaves_frame: true }),
            language: Some("en-GB".into()),
            title: "How long do we wait for the bus?".into(),
            introduction_html: render("A week of waiting times, looked at in three ways."),
            role: Role::Learner,
            ungraded,
            progress: Progress {
                closed: count(closed),
                total: count(leaves.len()),
                points: f64::from(count(closed)),
                possible: f64::from(count(leaves.len())),
            },
            next,
            tasks,
            grade,
            tutor: TutorNotice {
                model: (self.scene != Scene::Fresh).then(|| "llama-3.3-70b".into()),
                readers: "Your teacher can read this conversation.".into(),
                off: None,
            },
            may_change: false,
        }
    }

    fn page(&self, id: &str) -> Result<TaskPage, Refusal> {
        let not_found = || invented::refusal("no_such_task", "There is no such task here.", 404);
        let written = TASKS.iter().find(|written| written.id == id).ok_or_else(not_found)?;
        let row = self.row(written);
        let children = TASKS.iter().filter(|other| other.parent == Some(id)).map(|other| self.row(other)).collect();
        let work = self.work();
        let shown = work.hints.get(id).copied().unwrap_or_default();
        let hint = |(index, text): (usize, &&str)| Hint {
            level: u32::try_from(index + 1).unwrap_or_default(),
            html: render(text),
        };
        let position = TASKS.iter().position(|other| other.id == id).unwrap_or_default();
        let following =
            TASKS[position + 1..].iter().find(|other| other.kind != Kind::Parent).map(|other| other.id.to_owned());
        let title = work.turns.iter().filter(|turn| turn.task_title.as_deref() == Some(written.title)).count();
        Ok(TaskPage {
            path: written
                .parent
                .and_then(|parent| TASKS.iter().find(|other| other.id == parent))
                .map(|parent| parent.title.into())
                .into_iter()
                .collect(),
            body_html: written.body_html(),
            objectives: if written.kind == Kind::Parent {
                Vec::new()
            } else {
                vec!["Tell the mean from the median by what moves them".into()]
            },
            minutes: (written.kind != Kind::Parent).then_some(10),
            answer: written.form(u32::try_from(title).unwrap_or_default()),
            draft: work.drafts.get(id).cloned(),
            attempts: work.submissions.iter().filter(|submission| submission.task == id).cloned().collect(),
            hints: HINTS.iter().enumerate().take(shown as usize).map(hint).collect(),
            hint: match shown {
                _ if written.kind == Kind::Parent => HintState::NoMore,
                0 | 1 => HintState::Ready,
                2 => HintState::AfterAnotherTry,
                _ => HintState::NoMore,
            },
            children,
            following,
            row,
        })
    }

    fn outcome(&self, task: &str, submission: Option<Submission>, before: &[TaskRow]) -> Result<Outcome, Refusal> {
        let now_open = |row: &&TaskRow| {
            before.iter().any(|old| old.id == row.id && old.state == TaskState::Blocked) && row.state == TaskState::Open
        };
        let unlocked = self.rows().iter().filter(now_open).map(|row| row.title.clone()).collect();
        Ok(Outcome { submission, unlocked, activity: self.activity_now(), task: self.page(task)? })
    }
}

#[async_trait]
impl LearnerPort for Classroom {
    async fn activity(&self) -> Result<Activity, Refusal> {
        match self.scene {
            Scene::NotSetUp => {
                Err(invented::refusal(Refusal::NOT_SET_UP, "There is no project behind this link.", 409))
            }
            Scene::Broken => Err(invented::refusal("internal", "Something went wrong on our side.", 500)),
            _ => Ok(self.activity_now()),
        }
    }

    async fn task(&self, task: &str) -> Result<TaskPage, Refusal> {
        self.page(task)
    }

    async fn start(&self, task: &str) -> Result<Outcome, Refusal> {
        self.work().begun.push(task.into());
        self.outcome(task, None, &[])
    }

    async fn save_draft(&self, task: &str, answer: Answer, revision: i64) -> Result<DraftSaved, Refusal> {
        let mut work = self.work();
        let kept = work.drafts.get(task).cloned();
        if let Some(draft) = kept.filter(|draft| draft.revision > revision) {
            return Ok(DraftSaved::Newer { draft });
        }
        work.drafts.insert(task.into(), Draft { answer, revision: revision + 1 });
        Ok(DraftSaved::Saved { revision: revision + 1 })
    }

    async fn submit(&self, task: &str, answer: Answer) -> Result<Outcome, Refusal> {
        let before = self.rows();
        let answer = match answer {
            Answer::One(answer) => answer,
            Answer::Many(answers) => answers.join(","),
        };
        let submission = self.hand_in(task, &answer);
        self.outcome(task, submission, &before)
    }

    async fn finish(&self, task: &str) -> Result<Outcome, Refusal> {
        let before = self.rows();
        self.work().closed.push(task.into());
        self.outcome(task, None, &before)
    }

    async fn reopen(&self, task: &str, _reason: String) -> Result<Outcome, Refusal> {
        self.work().closed.retain(|closed| closed != task);
        self.outcome(task, None, &[])
    }

    async fn hint(&self, task: &str) -> Result<TaskPage, Refusal> {
        *self.work().hints.entry(task.into()).or_default() += 1;
        self.page(task)
    }

    async fn submissions(&self) -> Result<Vec<Submission>, Refusal> {
        Ok(self.work().submissions.clone())
    }
}

#[expect(clippy::disallowed_methods, reason = "a gallery shows the present time")]
pub fn now() -> chrono::DateTime<Utc> {
    Utc::now()
}
