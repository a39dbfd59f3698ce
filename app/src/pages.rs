//! The pages themselves: one frame in which every pane stays mounted, so that a change of view loses neither text nor scroll
//! nor focus. The address only decides which panes are seen.

use leptos::{ev, prelude::*};
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    hooks::use_location,
    path,
};

use crate::{
    address::View,
    browser,
    opening::Opening,
    workspace::{HEADING, Loaded, Workspace},
};

#[cfg(feature = "ssr")]
pub mod admin;
mod answer;
mod attempts;
#[cfg(feature = "ssr")]
pub mod class;
mod class_pane;
mod composer;
mod glyph;
mod header;
mod hints;
mod moment;
mod notices;
mod submissions;
mod task;
mod tree;
mod tutor;
mod windows;

use class_pane::ClassPane;
use header::Header;
use notices::{Banners, Ended, Trouble};
use submissions::SubmissionsPane;
use task::TaskPane;
use tree::TreePane;
use tutor::TutorPane;

/// Everything inside the document's body. It expects an [`Opening`] in its context.
#[component]
pub fn Pages() -> impl IntoView {
    view! {
        <Router>
            <Frame />
            // The panes need no mounting by route; this tells the router which addresses are its own.
            <FlatRoutes fallback=|| ()>
                <Route path=path!("/activity/tutor") view=|| () />
                <Route path=path!("/activity/tasks") view=|| () />
                <Route path=path!("/activity/tasks/:task") view=|| () />
                <Route path=path!("/activity/submissions") view=|| () />
                <Route path=path!("/activity/class") view=|| () />
                <Route path=path!("/activity/class/*below") view=|| () />
            </FlatRoutes>
        </Router>
    }
}

/// The pages over the document they are already drawn in.
pub fn from_document() -> impl IntoView {
    provide_context(Opening::of_document());
    Pages()
}

#[component]
fn Frame() -> impl IntoView {
    let pathname = use_location().pathname;
    let view = Memo::new(move |_| View::at(&pathname.get()).unwrap_or_default());
    let workspace = Workspace::new(view, use_context::<Opening>().unwrap_or_default());
    provide_context(workspace);
    keep_in_step(workspace);

    let trouble = Memo::new(move |_| match &*workspace.activity.read() {
        Loaded::Refused(refusal) => Some(refusal.clone()),
        Loaded::Waiting | Loaded::Here(_) => None,
    });
    view! {
        <div class="workspace" data-view=move || view.with(View::name) data-trouble=move || trouble.get().map(|_| "")>
            <SkipLink to="middle" label="Skip to the task" />
            <SkipLink to=browser::focus::MESSAGE label="Skip to the tutor" />
            <Header />
            <Banners />
            <Ended />
            <Trouble refusal=trouble />
            <main class="panes">
                <TreePane />
                <div class="middle" id="middle" tabindex="-1">
                    <TaskPane />
                    <SubmissionsPane />
                </div>
                <TutorPane />
                <ClassPane />
            </main>
        </div>
    }
}

/// Leads past what stands before. The browser's own jump would make an entry in the history that lacks the session.
#[component]
fn SkipLink(to: &'static str, label: &'static str) -> impl IntoView {
    let jump = move |event: ev::MouseEvent| {
        event.prevent_default();
        browser::focus::to(to);
    };
    view! { <a class="skip-link" href=format!("#{to}") on:click=jump>{label}</a> }
}

/// What happens by itself: data is asked for, views follow the address, nothing unsaved is left behind.
fn keep_in_step(workspace: Workspace) {
    Effect::new(move || workspace.begin());
    Effect::new(move |before: Option<View>| {
        let view = workspace.view.get();
        if before.is_some_and(|before| before != view) {
            workspace.show(&view);
        }
        view
    });
    Effect::new(move |before: Option<View>| {
        let view = workspace.view.get();
        match before {
            Some(before) if before == view => before,
            // What a view is about may have to be loaded before it can take the focus.
            Some(before) if !is_there(workspace, &view) => before,
            Some(_) => {
                // The panes change with the next frame; only what is seen can take the focus.
                browser::focus::with_next_frame(move || heading_of(&workspace.view.get_untracked()));
                view
            }
            None => view,
        }
    });
    Effect::new(move || browser::set_title(&title(workspace)));
    Effect::new(move || {
        let handle = window_event_listener(ev::pagehide, move |_| leave(workspace));
        on_cleanup(move || handle.remove());
    });
}

fn is_there(workspace: Workspace, view: &View) -> bool {
    match view {
        View::Task(id) => {
            let shown = workspace.shown.get();
            shown.is_some_and(|work| work.id() == *id && work.page.with(|page| *page != Loaded::Waiting))
        }
        View::Class(_) => workspace.class().shows(&view.address()),
        View::Tutor | View::Tasks | View::Submissions => true,
    }
}

fn leave(workspace: Workspace) {
    if let Some(work) = workspace.shown.get_untracked() {
        work.flush_at_leaving();
    }
}

/// The heading of the pane that a view is about.
fn heading_of(view: &View) -> &'static str {
    match view {
        View::Tutor => "tutor-heading",
        View::Tasks => "tasks-heading",
        View::Task(_) => "task-heading",
        View::Submissions => "submissions-heading",
        View::Class(_) => HEADING,
    }
}

fn title(workspace: Workspace) -> String {
    let activity = workspace.activity.with(|activity| activity.here().map_or("LTT".into(), |here| here.title.clone()));
    match workspace.view.get() {
        View::Tutor => format!("Tutor · {activity}"),
        View::Tasks => format!("Tasks · {activity}"),
        View::Submissions => format!("Submissions · {activity}"),
        View::Class(_) => workspace.class().page.with(|page| {
            let page = page.here().map_or("Class", |drawn| &drawn.title);
            format!("{page} · {activity}")
        }),
        View::Task(id) => workspace.row(&id).map_or(activity.clone(), |row| format!("{} · {activity}", row.title)),
    }
}
