//! One task while it is being worked on: its page, the answer so far, and what is under way.

use std::time::Duration;

use leptos::{leptos_dom::helpers::set_timeout, prelude::*, task::spawn_local};

use super::{Answering, Loaded, Workspace};
use crate::{
    browser, calls,
    model::{Answer, AnswerForm, Draft, DraftSaved, Outcome, Submission, TaskPage, TaskState},
    refusal::Refusal,
};

/// How long the learner must pause before the draft is saved.
const PAUSE_BEFORE_SAVING: Duration = Duration::from_millis(800);

/// How the draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saving {
    /// Nothing has been typed since the page opened.
    Untouched,
    /// It will be saved in a moment, or is on its way.
    Saving,
    /// The server has it.
    Saved,
    /// It could not be saved and will be tried again.
    Retrying,
    /// The server would not save it.
    Failed,
}

/// Something the learner has asked for and waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// The answer is being handed in.
    Submit,
    /// A conversational task is being closed.
    Finish,
    /// A closed task is being opened again.
    Reopen,
    /// A hint is being fetched.
    Hint,
}

/// The work on one task.
#[derive(Clone, Copy)]
pub struct TaskWork {
    /// The task as the server showed it last.
    pub page: RwSignal<Loaded<TaskPage>>,
    /// The answer so far.
    pub answering: Answering,
    /// How its draft stands.
    pub saving: RwSignal<Saving>,
    /// A newer draft that another window saved, until the learner has chosen.
    pub newer: RwSignal<Option<Draft>>,
    /// What is under way.
    pub doing: RwSignal<Option<Act>>,
    /// Why the last act did not work.
    pub refusal: RwSignal<Option<Refusal>>,
    /// What the last submission on this page came to.
    pub verdict: RwSignal<Option<Submission>>,
    /// The titles of tasks that it unlocked.
    pub unlocked: RwSignal<Vec<String>>,
    id: StoredValue<String>,
    revision: StoredValue<i64>,
    /// Counts changes, so that only the last of a flurry is saved.
    change: StoredValue<u32>,
    is_saving: StoredValue<bool>,
}

impl TaskWork {
    /// The work on a task that has yet to be loaded.
    pub fn of(id: String) -> Self {
        Self {
            page: RwSignal::new(Loaded::Waiting),
            answering: Answering::new(),
            saving: RwSignal::new(Saving::Untouched),
            newer: RwSignal::new(None),
            doing: RwSignal::new(None),
            refusal: RwSignal::new(None),
            verdict: RwSignal::new(None),
            unlocked: RwSignal::new(Vec::new()),
            id: StoredValue::new(id),
            revision: StoredValue::new(0),
            change: StoredValue::new(0),
            is_saving: StoredValue::new(false),
        }
    }

    /// The work on a task that is here.
    pub fn on(page: TaskPage) -> Self {
        let work = Self::of(page.row.id.clone());
        work.take(page);
        work
    }

    /// The task's id.
    pub fn id(self) -> String {
        self.id.get_value()
    }

    /// A part of the task's page, once it is here; changes only where that part does.
    pub fn part<T: PartialEq + Send + Sync + 'static>(
        self,
        part: impl Fn(&TaskPage) -> T + Send + Sync + 'static,
    ) -> Memo<Option<T>> {
        Memo::new(move |_| self.page.with(|page| page.here().map(&part)))
    }

    /// How the answer is given; [`AnswerForm::Children`] while that is not known.
    pub fn form(self) -> AnswerForm {
        self.page.with_untracked(|page| page.here().map_or(AnswerForm::Children, |page| page.answer.clone()))
    }

    /// Shows the task as the server has it now. What the learner is writing is not touched.
    pub(crate) fn take(self, page: TaskPage) {
        if self.saving.get_untracked() == Saving::Untouched
            && let Some(draft) = &page.draft
        {
            self.revision.set_value(draft.revision);
            self.answering.fill(&page.answer, &draft.answer);
        }
        self.page.set(Loaded::Here(page));
    }

    /// Asks for the task, or for its newest state.
    pub fn load(self, workspace: Workspace) {
        spawn_local(async move {
            match workspace.ask(calls::task(self.id())).await {
                Ok(page) => self.take(page),
                Err(refusal) if self.page.with_untracked(|page| page.here().is_none()) => {
                    self.page.set(Loaded::Refused(refusal));
                }
                Err(_) => {}
            }
        });
    }

    /// The learner has changed the answer: saves it as soon as they pause.
    pub fn changed(self, workspace: Workspace) {
        self.saving.set(Saving::Saving);
        self.change.update_value(|change| *change = change.wrapping_add(1));
        let change = self.change.get_value();
        let save = move || {
            if self.change.get_value() == change {
                self.save(workspace);
            }
        };
        set_timeout(save, PAUSE_BEFORE_SAVING);
    }

    /// Saves at once what has changed.
    pub fn flush(self, workspace: Workspace) {
        if self.is_unsaved() {
            self.save(workspace);
        }
    }

    /// Whether the server lacks something that was written.
    pub fn is_unsaved(self) -> bool {
        matches!(self.saving.get_untracked(), Saving::Saving | Saving::Retrying | Saving::Failed)
    }

    /// The page is being left: the draft is sent without waiting for an answer.
    pub fn flush_at_leaving(self) {
        if self.is_unsaved() {
            let body = serde_json::json!({
                "task": self.id(),
                "answer": self.answering.answer(&self.form()),
                "revision": self.revision.get_value(),
            });
            browser::send_at_leaving(calls::SAVE_DRAFT, &body.to_string());
        }
    }

    fn save(self, workspace: Workspace) {
        if self.is_saving.get_value() || self.newer.with_untracked(Option::is_some) {
            return;
        }
        self.is_saving.set_value(true);
        spawn_local(async move {
            self.begin_task(workspace).await;
            self.save_until_done(workspace).await;
            self.is_saving.set_value(false);
        });
    }

    /// The first word written begins the task. What was handed in meanwhile is newer than what comes of that.
    async fn begin_task(self, workspace: Workspace) {
        let is_open =
            self.page.with_untracked(|page| page.here().is_some_and(|page| page.row.state == TaskState::Open));
        if is_open
            && let Ok(outcome) = workspace.ask(calls::start(self.id())).await
            && self.is_unsaved()
        {
            workspace.take_outcome(self, outcome);
        }
    }

    /// Saves until the server has it all, or it was handed in meanwhile and is no draft any more.
    async fn save_until_done(self, workspace: Workspace) {
        let mut wait = 2_000;
        while self.is_unsaved() {
            let change = self.change.get_value();
            let answer = self.answering.answer(&self.form());
            match workspace.ask(calls::save_draft(self.id(), answer, self.revision.get_value())).await {
                Ok(DraftSaved::Saved { revision }) => {
                    self.revision.set_value(revision);
                    if self.is_unsaved() && self.change.get_value() == change {
                        self.saving.set(Saving::Saved);
                    }
                }
                _ if !self.is_unsaved() => {}
                Ok(DraftSaved::Newer { draft }) => {
                    self.newer.set(Some(draft));
                    return;
                }
                Err(refusal) if refusal.is_passing() => {
                    self.saving.set(Saving::Retrying);
                    browser::pause(wait).await;
                    wait = (wait * 2).min(30_000);
                }
                Err(refusal) => {
                    self.saving.set(Saving::Failed);
                    self.refusal.set(Some(refusal));
                    return;
                }
            }
        }
    }

    /// Two windows wrote different drafts: the learner takes the other one.
    pub fn take_newer(self) {
        let Some(draft) = self.newer.get_untracked() else { return };
        self.revision.set_value(draft.revision);
        self.answering.fill(&self.form(), &draft.answer);
        self.saving.set(Saving::Saved);
        self.newer.set(None);
    }

    /// Two windows wrote different drafts: the learner keeps this one.
    pub fn keep_mine(self, workspace: Workspace) {
        let Some(draft) = self.newer.get_untracked() else { return };
        self.revision.set_value(draft.revision);
        self.newer.set(None);
        self.save(workspace);
    }

    /// Hands the answer in.
    pub fn submit(self, workspace: Workspace) {
        let form = self.form();
        if self.answering.is_empty(&form) {
            self.refusal.set(Some(nothing_to_submit()));
            return;
        }
        let answer: Answer = self.answering.answer(&form);
        self.act(workspace, Act::Submit, async move { calls::submit(self.id(), answer).await });
    }

    /// Says that a conversational task is done.
    pub fn finish(self, workspace: Workspace) {
        self.act(workspace, Act::Finish, async move { calls::finish(self.id()).await });
    }

    /// Opens the closed task again.
    pub fn reopen(self, workspace: Workspace, reason: String) {
        self.act(workspace, Act::Reopen, async move { calls::reopen(self.id(), reason).await });
    }

    fn act(self, workspace: Workspace, act: Act, question: impl Future<Output = Result<Outcome, Refusal>> + 'static) {
        if self.doing.get_untracked().is_some() {
            return;
        }
        self.doing.set(Some(act));
        self.refusal.set(None);
        spawn_local(async move {
            match workspace.ask(question).await {
                Ok(mut outcome) => {
                    // What was handed in needs no saving as a draft any more.
                    self.change.update_value(|change| *change = change.wrapping_add(1));
                    self.saving.set(Saving::Untouched);
                    self.refusal.set(None);
                    self.verdict.set(outcome.submission.take());
                    self.unlocked.set(std::mem::take(&mut outcome.unlocked));
                    workspace.take_outcome(self, outcome);
                }
                Err(refusal) => self.refusal.set(Some(refusal)),
            }
            self.doing.set(None);
            // The button that had the focus may be gone.
            request_animation_frame(|| browser::focus::rescue(&["verdict", "task-heading"]));
        });
    }

    /// Asks for the next hint.
    pub fn hint(self, workspace: Workspace) {
        if self.doing.get_untracked().is_some() {
            return;
        }
        self.doing.set(Some(Act::Hint));
        self.refusal.set(None);
        spawn_local(async move {
            match workspace.ask(calls::hint(self.id())).await {
                Ok(page) => self.take(page),
                Err(refusal) => self.refusal.set(Some(refusal)),
            }
            self.doing.set(None);
            request_animation_frame(|| browser::focus::rescue(&["hints", "task-heading"]));
        });
    }
}

fn nothing_to_submit() -> Refusal {
    Refusal {
        error: "nothing_to_submit".into(),
        message: "There is nothing to submit yet. Write or choose your answer first.".into(),
        reference: String::new(),
        status: 422,
    }
}
