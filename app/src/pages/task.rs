//! One task: what it says, the answer, the verdict, hints, and the way on.

use leptos::{
    either::{Either, EitherOf3},
    ev,
    prelude::*,
};

use super::{
    answer::{AnswerPart, ConversationPart},
    attempts::{Attempts, VerdictCard},
    glyph::{Glyph, Sign, word},
    hints::Hints,
    notices::RefusalNote,
};
use crate::{
    address::View,
    browser,
    model::{AnswerForm, TaskPage, TaskRow, TaskState},
    workspace::{Act, Loaded, TaskWork, Workspace},
};

/// What stands in the middle: the task that is shown.
#[component]
pub fn TaskPane() -> impl IntoView {
    let workspace = Workspace::of_page();
    view! {
        <div class="task-pane">
            {move || match workspace.shown.get() {
                Some(work) => Either::Left(view! { <Task work /> }),
                None => Either::Right(view! { <TaskSkeleton /> }),
            }}
        </div>
    }
}

#[component]
fn Task(work: TaskWork) -> impl IntoView {
    let refused = Memo::new(move |_| match &*work.page.read() {
        Loaded::Refused(refusal) => Some(refusal.clone()),
        Loaded::Waiting | Loaded::Here(_) => None,
    });
    let is_here = Memo::new(move |_| work.page.with(|page| page.here().is_some()));
    let workspace = Workspace::of_page();
    let again = move || {
        work.page.set(Loaded::Waiting);
        work.load(workspace);
    };
    move || match (refused.get(), is_here.get()) {
        (Some(refusal), _) => EitherOf3::A(view! {
            <div class="sheet">
                <h2 id="task-heading" tabindex="-1">"This task could not be opened"</h2>
                <RefusalNote refusal />
                <button class="button" on:click=move |_| again()>"Try again"</button>
            </div>
        }),
        (None, true) => EitherOf3::B(view! { <Sheet work /> }),
        (None, false) => EitherOf3::C(view! { <TaskSkeleton /> }),
    }
}

#[component]
fn Sheet(work: TaskWork) -> impl IntoView {
    let page = work.page.with_untracked(|page| page.here().cloned())?;
    let state = work.part(|page| page.row.state);
    let is_parent = page.answer == AnswerForm::Children;
    let talks = matches!(page.answer, AnswerForm::Conversation { .. });
    // One memo over all open states: the fields must stay while the first word written begins the task.
    let is_open = Memo::new(move |_| matches!(state.get(), Some(TaskState::Open | TaskState::InProgress)));
    let form = page.answer.clone();
    let answer = move || {
        let form = form.clone();
        (is_open.get() && !is_parent).then(|| match form {
            AnswerForm::Conversation { .. } => Either::Left(view! { <ConversationPart work /> }),
            form => Either::Right(view! { <AnswerPart work form /> }),
        })
    };
    Some(view! {
        <article class="sheet" data-natural="">
            <Title page=page.clone() state />
            <div class="prose" dir="auto" inner_html=page.body_html></div>
            <Objectives objectives=page.objectives />
            {move || (state.get() == Some(TaskState::Blocked)).then(|| view! { <Blocked work /> })}
            {answer}
            {is_parent.then(|| view! { <Children work /> })}
            <VerdictCard work />
            {move || work.refusal.get().map(|refusal| view! { <RefusalNote refusal /> })}
            <Hints work />
            {move || (is_parent || talks || !is_open.get())
                .then(|| view! { <div class="actions"><AskTutor /><Reopen work /></div> })}
            <Attempts work />
        </article>
    })
}

#[component]
fn Title(page: TaskPage, state: Memo<Option<TaskState>>) -> impl IntoView {
    let state = move || state.get().unwrap_or(TaskState::Open);
    let path = (!page.path.is_empty()).then(|| view! { <p class="sheet-path" dir="auto">{page.path.join(" › ")}</p> });
    let points = page.row.points.filter(|points| *points > 0.0).map(points_in_words);
    let minutes = page.minutes.map(|minutes| format!("about {minutes} min"));
    view! {
        <a href=View::Tasks.address() class="back-link"><Sign glyph=Glyph::Back />"Back to the list"</a>
        {path}
        <h2 id="task-heading" tabindex="-1" dir="auto">{page.row.title}</h2>
        <p class="facts">
            <span class="fact fact-state">{move || view! { <Sign glyph=Glyph::of(state()) /> }}{move || word(state())}</span>
            {points.map(|points| view! { <span class="fact">{points}</span> })}
            {minutes.map(|minutes| view! { <span class="fact">{minutes}</span> })}
        </p>
    }
}

/// "2 points", "1.5 points"; more digits than one say nothing to a learner.
fn points_in_words(points: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "points are small")]
    let tenths = (points * 10.0).round() as i64;
    match (tenths / 10, tenths % 10) {
        (1, 0) => "1 point".into(),
        (whole, 0) => format!("{whole} points"),
        (whole, tenth) => format!("{whole}.{tenth} points"),
    }
}

#[component]
fn Objectives(objectives: Vec<String>) -> impl IntoView {
    let items: Vec<_> = objectives.into_iter().map(|objective| view! { <li dir="auto">{objective}</li> }).collect();
    (!items.is_empty()).then(|| {
        view! {
            <details class="objectives">
                <summary>"What you will learn"</summary>
                <ul>{items}</ul>
            </details>
        }
    })
}

/// What a blocked task waits for.
#[component]
fn Blocked(work: TaskWork) -> impl IntoView {
    let workspace = Workspace::of_page();
    let waits_for =
        work.page.with_untracked(|page| page.here().map(|page| page.row.waits_for.clone())).unwrap_or_default();
    let items: Vec<_> = waits_for
        .into_iter()
        .map(|title| match workspace.address_of(&title) {
            Some(address) => Either::Left(view! { <li><a href=address>{title}</a></li> }),
            None => Either::Right(view! { <li>{title}</li> }),
        })
        .collect();
    view! {
        <div class="card card-quiet">
            <p class="card-title"><Sign glyph=Glyph::Lock />"This task opens when you have done:"</p>
            <ul class="waits-for">{items}</ul>
        </div>
    }
}

/// The tasks below a parent.
#[component]
fn Children(work: TaskWork) -> impl IntoView {
    let workspace = Workspace::of_page();
    let children = work.part(|page| page.children.clone());
    // The tree knows newer states than the page that was loaded with the parent.
    let current = move |child: &TaskRow| workspace.row(&child.id).map_or(child.state, |row| row.state);
    view! {
        <ul class="children">
            {move || children.get().unwrap_or_default().into_iter().map(|child| {
                let state = current(&child);
                view! {
                    <li>
                        <a href=View::Task(child.id).address() class="row">
                            <Sign glyph=Glyph::of(state) />
                            <span class="row-title" dir="auto">{child.title}</span>
                            <span class="row-state">{word(state)}</span>
                        </a>
                    </li>
                }
            }).collect_view()}
        </ul>
    }
}

/// Leads to the message box, wherever it is.
#[component]
pub fn AskTutor() -> impl IntoView {
    let navigate = leptos_router::hooks::use_navigate();
    let ask = move |_: ev::MouseEvent| {
        // In a narrow frame the tutor is a view of its own.
        if browser::focus::is_narrow() {
            navigate(&View::Tutor.address(), leptos_router::NavigateOptions::default());
        }
        // A view that comes up gives its heading the focus with the next frame; the message box takes it after that.
        request_animation_frame(|| {
            request_animation_frame(|| browser::focus::to(browser::focus::MESSAGE));
        });
    };
    view! { <button type="button" class="button" on:click=ask><Sign glyph=Glyph::Bubble />"Ask the tutor"</button> }
}

/// A closed task can be opened again, with a reason.
#[component]
fn Reopen(work: TaskWork) -> impl IntoView {
    let workspace = Workspace::of_page();
    let state = work.part(|page| (page.row.state, page.answer.clone()));
    let can = move || matches!(state.get(), Some((TaskState::Closed, form)) if form != AnswerForm::Children);
    let asking = RwSignal::new(false);
    let reason = NodeRef::<leptos::html::Input>::new();
    let reopen = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(why) = reason.get().map(|field| field.value().trim().to_owned()).filter(|why| !why.is_empty()) else {
            return;
        };
        asking.set(false);
        work.reopen(workspace, why);
    };
    Effect::new(move || {
        if asking.get()
            && let Some(field) = reason.get()
        {
            _ = field.focus();
        }
    });
    view! {
        {move || can().then(|| if asking.get() {
            Either::Left(view! {
                <form class="reopen" on:submit=reopen>
                    <label for="reopen-reason">"Why do you want to open it again?"</label>
                    <input id="reopen-reason" class="field" type="text" maxlength="500" required node_ref=reason />
                    <div class="actions">
                        <button class="button primary">"Open again"</button>
                        <button type="button" class="button" on:click=move |_| asking.set(false)>"Cancel"</button>
                    </div>
                </form>
            })
        } else {
            let busy = move || work.doing.get() == Some(Act::Reopen);
            Either::Right(view! {
                <button type="button" class="button" aria-busy=move || busy().then_some("true") on:click=move |_| asking.set(true)>
                    <Sign glyph=Glyph::Again />"Reopen"
                </button>
            })
        })}
    }
}

#[component]
fn TaskSkeleton() -> impl IntoView {
    view! {
        <div class="sheet skeleton" role="status" aria-label="Loading">
            <span class="skeleton-title"></span><span></span><span></span><span></span><span class="skeleton-box"></span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::points_in_words;

    #[test]
    fn points_are_written_as_people_do() {
        assert_eq!([1.0, 2.0, 1.5, 0.25].map(points_in_words), ["1 point", "2 points", "1.5 points", "0.3 points"]);
    }
}
