//! Windows of their own, for whoever teaches: with more room, and as a learner sees it.

use leptos::{prelude::*, task::spawn_local};

use crate::{browser, calls, workspace::Workspace};

/// Opens them.
#[component]
pub fn Windows() -> impl IntoView {
    let workspace = Workspace::of_page();
    let failure = RwSignal::new(None::<&'static str>);
    let open = move |as_learner: bool| {
        failure.set(None);
        let Some(window) = browser::windows::open() else {
            failure.set(Some("The browser did not open a window."));
            return;
        };
        spawn_local(async move {
            let address = workspace.ask(calls::window(as_learner)).await;
            browser::windows::lead(&window, address.as_deref().ok());
            failure.set(address.err().map(|_| "That did not work; try again."));
        });
    };
    view! {
        <button type="button" class="window-way" on:click=move |_| open(false)>"Open in a window"</button>
        <button type="button" class="window-way" on:click=move |_| open(true)>"Preview as learner"</button>
        <span role="status">{move || failure.get()}</span>
    }
}
