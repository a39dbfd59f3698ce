//! What the pages know and do: one state behind all panes.
//!
//! It is drawn on the server from an [`Opening`], taken over by the browser from the same one, and kept current by
//! [`calls`]. Its signals live as long as the page.

use std::collections::HashMap;

use leptos::{prelude::*, task::spawn_local};

use crate::{
    address::View,
    browser, calls,
    model::{Activity, GradeState, Outcome, Submission, TaskRow, TaskState},
    opening::Opening,
    refusal::Refusal,
};

mod answering;
mod class;
mod talk;
mod task_work;

pub use answering::Answering;
pub use class::{Class, HEADING};
pub use talk::{Block, Pending, Reply, Talk};
pub use task_work::{Act, Saving, TaskWork};

/// Something that comes from the server.
#[derive(Debug, Clone, PartialEq)]
pub enum Loaded<T> {
    /// It has been asked for, or will be.
    Waiting,
    /// It is here.
    Here(T),
    /// The server would not give it.
    Refused(Refusal),
}

impl<T> Loaded<T> {
    /// What is here.
    pub fn here(&self) -> Option<&T> {
        match self {
            Self::Here(value) => Some(value),
            Self::Waiting | Self::Refused(_) => None,
        }
    }
}

impl<T> From<Result<T, Refusal>> for Loaded<T> {
    fn from(answer: Result<T, Refusal>) -> Self {
        match answer {
            Ok(value) => Self::Here(value),
            Err(refusal) => Self::Refused(refusal),
        }
    }
}

/// The state of the page.
#[derive(Clone, Copy)]
pub struct Workspace {
    /// What the address names.
    pub view: Memo<View>,
    /// What surrounds every view.
    pub activity: RwSignal<Loaded<Activity>>,
    /// The task that is shown, in its own view and beside the others.
    pub shown: RwSignal<Option<TaskWork>>,
    /// The conversation.
    pub talk: Talk,
    /// Everything handed in.
    pub submissions: RwSignal<Loaded<Vec<Submission>>>,
    /// The class, for whoever teaches it.
    class: StoredValue<Class>,
    /// Whether the server could not be reached the last time.
    pub offline: RwSignal<bool>,
    /// Whether the session has ended while the page was open.
    pub ended: RwSignal<bool>,
    /// The tasks that have been opened, so that nothing typed into one is lost while another is shown.
    works: StoredValue<HashMap<String, TaskWork>>,
    owner: StoredValue<Owner>,
}

impl Workspace {
    /// The state that an opening describes.
    pub fn new(view: Memo<View>, opening: Opening) -> Self {
        let Opening { activity, task, conversation, refusal } = opening;
        let activity = match (activity, refusal) {
            (Some(activity), _) => Loaded::Here(activity),
            (None, Some(refusal)) => Loaded::Refused(refusal),
            (None, None) => Loaded::Waiting,
        };
        let shown = task.map(TaskWork::on);
        Self {
            view,
            activity: RwSignal::new(activity),
            shown: RwSignal::new(shown),
            talk: Talk::new(conversation),
            submissions: RwSignal::new(Loaded::Waiting),
            class: StoredValue::new(Class::new()),
            offline: RwSignal::new(false),
            ended: RwSignal::new(false),
            works: StoredValue::new(shown.map(|work| (work.id(), work)).into_iter().collect()),
            owner: StoredValue::new(Owner::current().unwrap_or_default()),
        }
    }

    /// The state of the page that a component stands in.
    pub fn of_page() -> Self {
        expect_context()
    }

    /// The pages of the class, for whoever teaches it.
    pub fn class(self) -> Class {
        self.class.get_value()
    }

    /// Makes signals that live as long as the page, wherever it is called from.
    pub(crate) fn lasting<T>(self, make: impl FnOnce() -> T) -> T {
        self.owner.with_value(|owner| owner.with(make))
    }

    /// Waits for an answer, and keeps in mind what it tells about connection and session.
    pub(crate) async fn ask<T>(self, question: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
        let answer = question.await;
        match &answer {
            Err(refusal) if refusal.ends_session() => self.ended.set(true),
            Err(refusal) => self.offline.set(refusal.is_passing()),
            Ok(_) if self.offline.get_untracked() => self.offline.set(false),
            Ok(_) => {}
        }
        answer
    }

    /// A line of the tree.
    pub fn row(self, id: &str) -> Option<TaskRow> {
        self.activity.with(|activity| activity.here()?.tasks.iter().find(|row| row.id == id).cloned())
    }

    /// The address of the task with this title, where there is just one.
    pub fn address_of(self, title: &str) -> Option<String> {
        self.activity.with(|activity| {
            let mut found = activity.here()?.tasks.iter().filter(|row| row.title == title);
            let row = found.next()?;
            found.next().is_none().then(|| View::Task(row.id.clone()).address())
        })
    }

    /// Asks for what the first document did not bring. Without a session there is nobody to ask for.
    pub fn begin(self) {
        let waits = self.activity.with_untracked(|activity| *activity == Loaded::Waiting);
        if !waits {
            self.settle();
        } else if browser::session::token().is_some() {
            self.load();
        } else {
            self.activity.set(Loaded::Refused(no_session()));
        }
    }

    /// Asks for everything again.
    pub fn load(self) {
        self.activity.set(Loaded::Waiting);
        spawn_local(async move {
            self.activity.set(self.ask(calls::activity()).await.into());
            self.settle();
        });
    }

    /// The activity is here: shows the task that belongs beside the view, and goes on with the conversation.
    fn settle(self) {
        if self.activity.with_untracked(|activity| activity.here().is_none()) {
            return;
        }
        self.show(&self.view.get_untracked());
        self.talk.begin(self);
        self.watch_grade();
    }

    /// Shows what belongs to a view.
    pub fn show(self, view: &View) {
        if *view == View::Submissions {
            self.load_submissions();
        }
        if matches!(view, View::Class(_)) {
            return;
        }
        let beside = self.activity.with_untracked(|activity| activity.here()?.task_beside(view));
        let names_task = matches!(view, View::Task(_));
        let Some(id) = beside.filter(|_| names_task || self.shown.get_untracked().is_none()) else { return };
        if let Some(work) = self.shown.get_untracked().filter(|work| work.id() == id) {
            // What it waits for may have been done in another frame or window.
            if work.page.with_untracked(|page| page.here().is_some_and(|page| page.row.state == TaskState::Blocked)) {
                work.load(self);
            }
            return;
        }
        let known = self.works.with_value(|works| works.get(&id).copied());
        let work = known.unwrap_or_else(|| {
            let work = self.lasting(|| TaskWork::of(id.clone()));
            self.works.update_value(|works| _ = works.insert(id, work));
            work
        });
        self.shown.set(Some(work));
        work.load(self);
    }

    /// Asks for everything handed in. What is already here stays on the screen meanwhile.
    pub fn load_submissions(self) {
        spawn_local(async move {
            let submissions = self.ask(calls::submissions()).await;
            let keep = submissions.is_err() && self.submissions.with_untracked(|known| known.here().is_some());
            if !keep {
                self.submissions.set(submissions.into());
            }
        });
    }

    /// An act has moved the work on.
    pub(crate) fn take(self, activity: Activity) {
        self.activity.set(Loaded::Here(activity));
        self.watch_grade();
        if self.submissions.with_untracked(|known| known.here().is_some()) {
            self.load_submissions();
        }
    }

    /// The outcome of an act on a task: everything as it now stands.
    pub(crate) fn take_outcome(self, work: TaskWork, outcome: Outcome) {
        work.take(outcome.task);
        self.take(outcome.activity);
    }

    /// While a grade is on its way, asks now and then whether it has arrived.
    fn watch_grade(self) {
        let waits = move || {
            self.activity.with_untracked(|now| now.here().is_some_and(|now| now.grade.state == GradeState::Waiting))
        };
        if !waits() {
            return;
        }
        spawn_local(async move {
            let before = self.activity.with_untracked(|now| now.here().map(|now| now.progress));
            for seconds in [2, 3, 5, 10, 20, 30, 60, 60, 60] {
                browser::pause(seconds * 1000).await;
                let superseded = self.activity.with_untracked(|now| now.here().map(|now| now.progress)) != before;
                if superseded || !waits() || self.ended.get_untracked() {
                    return;
                }
                if let Ok(activity) = self.ask(calls::activity()).await {
                    self.activity.set(Loaded::Here(activity));
                }
            }
        });
    }
}

fn no_session() -> Refusal {
    Refusal {
        error: Refusal::SESSION_EXPIRED.into(),
        message: "This page is not connected to your course (any more).".into(),
        reference: String::new(),
        status: 401,
    }
}
