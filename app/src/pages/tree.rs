//! The tree of tasks.

use leptos::{either::Either, prelude::*};

use super::glyph::{Glyph, Sign, state_name, word};
use crate::{
    address::View,
    model::{TaskRow, TaskState},
    workspace::Workspace,
};

/// A task and its place; these never change while the page is open.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    id: String,
    parent: Option<String>,
}

/// All tasks, as nested lists.
#[component]
pub fn TreePane() -> impl IntoView {
    let workspace = Workspace::of_page();
    let places = Memo::new(move |_| {
        workspace.activity.with(|now| now.here().map(|now| now.tasks.iter().map(place).collect::<Vec<_>>()))
    });
    view! {
        <section class="tree" aria-labelledby="tasks-heading">
            <h2 id="tasks-heading" tabindex="-1">"Tasks"</h2>
            <AllDone />
            <About />
            {move || match places.get() {
                Some(places) => Either::Left(view! { <Branch places=outermost(&places) all=places /> }),
                None => Either::Right(view! { <TreeSkeleton /> }),
            }}
        </section>
    }
}

fn place(row: &TaskRow) -> Place {
    Place { id: row.id.clone(), parent: row.parent.clone() }
}

/// A launch on a single task has a parent outside the launch; such tasks are outermost too.
fn outermost(all: &[Place]) -> Vec<Place> {
    let is_inside = |id: &String| all.iter().any(|place| place.id == *id);
    all.iter().filter(|place| !place.parent.as_ref().is_some_and(is_inside)).cloned().collect()
}

#[component]
fn Branch(places: Vec<Place>, all: Vec<Place>) -> impl IntoView {
    let items: Vec<_> = places
        .into_iter()
        .map(|place| {
            let below: Vec<_> = all.iter().filter(|other| other.parent.as_ref() == Some(&place.id)).cloned().collect();
            let all = all.clone();
            view! {
                <li>
                    <Row id=place.id />
                    {(!below.is_empty()).then(move || view! { <Branch places=below all /> })}
                </li>
            }
        })
        .collect();
    // A branch holds branches: only an erased type can name itself.
    view! { <ul class="branch">{items}</ul> }.into_any()
}

#[component]
fn Row(id: String) -> impl IntoView {
    let workspace = Workspace::of_page();
    let address = View::Task(id.clone()).address();
    let row = {
        let id = id.clone();
        Memo::new(move |_| workspace.row(&id))
    };
    let state = move || row.get().map_or(TaskState::Open, |row| row.state);
    let is_next = {
        let id = id.clone();
        move || workspace.activity.with(|now| now.here().is_some_and(|now| now.next.as_deref() == Some(&id)))
    };
    let is_shown = move || workspace.shown.get().is_some_and(|work| work.id() == id);
    let title = row.get_untracked().map(|row| row.title);
    let is_parent = row.get_untracked().is_some_and(|row| row.has_children);
    view! {
        <a
            href=address
            class=if is_parent { "row row-parent" } else { "row" }
            data-state=move || state_name(state())
            aria-current=move || is_shown().then_some("true")
        >
            {move || view! { <Sign glyph=Glyph::of(state()) /> }}
            <span class="row-title" dir="auto">{title}</span>
            <span class="row-state">{move || word(state())}</span>
            {move || is_next().then(|| view! { <span class="row-next">"Next"</span> })}
        </a>
    }
}

#[component]
fn TreeSkeleton() -> impl IntoView {
    view! {
        <div class="skeleton" aria-hidden="true">
            <span></span><span></span><span></span><span></span><span></span>
        </div>
    }
}

/// What the project is about.
#[component]
fn About() -> impl IntoView {
    let workspace = Workspace::of_page();
    let text = Memo::new(move |_| workspace.activity.with(|now| now.here().map(|now| now.introduction_html.clone())));
    let text = move || text.get().filter(|text| !text.is_empty());
    view! {
        {move || text().map(|text| view! {
            <details class="about-project">
                <summary>"About this activity"</summary>
                <div class="prose" dir="auto" inner_html=text></div>
            </details>
        })}
    }
}

/// When nothing is left to do.
#[component]
fn AllDone() -> impl IntoView {
    let workspace = Workspace::of_page();
    let done = Memo::new(move |_| {
        workspace.activity.with(|now| {
            now.here().is_some_and(|now| now.progress.total > 0 && now.progress.closed == now.progress.total)
        })
    });
    view! {
        {move || done.get().then(|| view! {
            <p class="all-done"><Sign glyph=Glyph::Check />"All tasks are done. Well worked!"</p>
        })}
    }
}
