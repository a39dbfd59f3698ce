//! The class inside the activity: pages that the server draws, with links that the router follows and forms that go the way of
//! every other question, since this session has no cookie.

use leptos::{either::EitherOf3, ev, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use super::notices::RefusalNote;
use crate::{
    address::View,
    browser,
    workspace::{HEADING, Loaded, Workspace},
};

/// The pane; empty while another view is shown.
#[component]
pub fn ClassPane() -> impl IntoView {
    let workspace = Workspace::of_page();
    let class = workspace.class();
    let search = use_location().search;
    let address = Memo::new(move |_| {
        let View::Class(_) = workspace.view.get() else { return None };
        let (path, query) = (workspace.view.with(View::address), search.get());
        Some(if query.is_empty() { path } else { format!("{path}?{query}") })
    });
    // Without an activity there is no session yet, or none any more.
    let is_open = Memo::new(move |_| workspace.activity.with(|now| now.here().is_some()));
    Effect::new(move || {
        if let Some(address) = address.get().filter(|_| is_open.get()) {
            class.load(workspace, address);
        }
    });
    let navigate = use_navigate();
    let go_to = move |to: String| {
        // The same address once more shows what has changed there.
        if address.get_untracked().as_ref() == Some(&to) {
            class.load(workspace, to);
        } else {
            navigate(&to, NavigateOptions::default());
        }
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(sent) = browser::form::sent(&event) else { return };
        if sent.is_question {
            go_to(format!("{}?{}", sent.address, sent.fields));
        } else {
            class.send(workspace, sent.address, sent.fields, go_to.clone());
        }
    };
    view! {
        <section
            class="class-pane"
            aria-label="Class"
            aria-busy=move || class.busy.get().then_some("true")
            on:submit=submit
        >
            {move || class.refusal.get().map(|refusal| view! { <RefusalNote refusal /> })}
            {move || match class.page.get() {
                Loaded::Waiting => EitherOf3::A(view! {
                    <div class="skeleton" role="status" aria-label="Loading"><span></span><span></span><span></span></div>
                }),
                Loaded::Refused(refusal) => EitherOf3::B(view! {
                    <h2 id=HEADING tabindex="-1">"This did not work"</h2>
                    <RefusalNote refusal />
                }),
                Loaded::Here(drawn) => EitherOf3::C(view! {
                    <div class="class-page" data-natural="" inner_html=drawn.html></div>
                }),
            }}
        </section>
    }
}
