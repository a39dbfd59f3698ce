//! What the page says about itself: a preview, a lost connection, a session that has ended, nothing set up yet.

use leptos::prelude::*;

use super::{
    glyph::{Glyph, Sign},
    windows::Windows,
};
use crate::{
    browser,
    model::Ungraded,
    refusal::Refusal,
    workspace::{Loaded, Workspace},
};

/// Lines that stand above the panes.
#[component]
pub fn Banners() -> impl IntoView {
    let workspace = Workspace::of_page();
    let ungraded = Memo::new(move |_| workspace.activity.with(|now| now.here().and_then(|now| now.ungraded)));
    let teaches = Memo::new(move |_| workspace.activity.with(|now| now.here().is_some_and(|now| now.role.teaches())));
    let is_lost = move || workspace.offline.get() || workspace.talk.lost.get();
    let why = |ungraded| match ungraded {
        Ungraded::Preview => "Preview: you see what learners see. Nothing you do here is graded.",
        Ungraded::Observer => "You are looking on: try everything, nothing is graded.",
        Ungraded::Guest => {
            "Your course did not tell us who you are. Your work lasts until you close this page and is not graded."
        }
    };
    view! {
        <section class="banners" aria-label="Notices">
            {move || ungraded.get().map(|ungraded| view! {
                <div class="banner">
                    <p>{why(ungraded)}</p>
                    {teaches.get().then(|| view! { <Windows /> })}
                </div>
            })}
            <div role="status">
                {move || is_lost().then(|| view! {
                    <p class="banner banner-alert"><Sign glyph=Glyph::Again />"Connection lost – trying again. What you wrote is kept."</p>
                })}
            </div>
        </section>
    }
}

/// A refusal inside a pane.
#[component]
pub fn RefusalNote(refusal: Refusal) -> impl IntoView {
    let reference = (!refusal.reference.is_empty())
        .then(|| view! { <span class="reference">"Reference "<code>{refusal.reference}</code></span> });
    view! {
        <div class="card card-alert" role="alert">
            <p><Sign glyph=Glyph::Alert />{refusal.message}</p>
            {reference}
        </div>
    }
}

/// In place of everything, where there is no activity to show.
#[component]
pub fn Trouble(refusal: Memo<Option<Refusal>>) -> impl IntoView {
    let workspace = Workspace::of_page();
    let retry = move |_| workspace.load();
    view! {
        {move || refusal.get().map(|refusal| {
            let ends = refusal.ends_session();
            let (title, advice) = match refusal.error.as_str() {
                Refusal::SESSION_EXPIRED => (
                    "Open it again from your course",
                    "Go back to your course and open this activity there. Everything you did is kept.",
                ),
                Refusal::NOT_SET_UP => (
                    "Nothing is set up here yet",
                    "Your teacher has not chosen an activity for this place yet. Come back later, or ask them.",
                ),
                Refusal::NOT_OPEN_YET => ("Not open yet", "There is nothing to do until then."),
                Refusal::CONNECTION_LOST => ("No connection", "Check your network, then try again."),
                _ => ("This did not work", "Try again. If it stays like this, tell your teacher the reference below."),
            };
            let reference = refusal.reference.clone();
            view! {
                <main class="message">
                    <div class="message-card" role="alert">
                        <h1>{title}</h1>
                        <p>{refusal.message}</p>
                        <p class="message-advice">{advice}</p>
                        {(!ends).then(|| view! { <button class="button primary" on:click=retry>"Try again"</button> })}
                        {(!reference.is_empty()).then(|| view! {
                            <p class="message-reference">"Reference " <code>{reference}</code></p>
                        })}
                    </div>
                </main>
            }
        })}
    }
}

/// The session has ended while the page was open: what was typed can still be taken along.
#[component]
pub fn Ended() -> impl IntoView {
    let workspace = Workspace::of_page();
    let unsent = move || {
        let message = workspace.talk.typed.get();
        let pending = workspace.talk.pending.get().map(|pending| pending.message);
        let answer = workspace.shown.get().filter(|work| work.is_unsaved()).map(|work| work.answering.typed.get());
        [("Your answer", answer), ("Your message", pending), ("Your message", Some(message))]
            .into_iter()
            .filter_map(|(name, text)| text.filter(|text| !text.trim().is_empty()).map(|text| (name, text)))
            .collect::<Vec<_>>()
    };
    let is_open = move || workspace.ended.get() && workspace.activity.with(|now| !matches!(now, Loaded::Refused(_)));
    view! {
        <div role="alert">
            {move || is_open().then(|| {
                let texts: Vec<_> = unsent().into_iter().map(|(name, text)| view! { <Kept name text /> }).collect();
                let has_texts = !texts.is_empty();
                view! {
                    <div class="ended">
                        <p class="card-title"><Sign glyph=Glyph::Clock />"Your session has ended"</p>
                        <p>"Open the activity again from your course. Everything that was saved is there."</p>
                        {has_texts.then(|| view! { <p>"This has not been sent yet; copy it to take it along:"</p> })}
                        {texts}
                    </div>
                }
            })}
        </div>
    }
}

#[component]
fn Kept(name: &'static str, text: String) -> impl IntoView {
    let copied = RwSignal::new(false);
    let copy = {
        let text = text.clone();
        move |_| {
            browser::copy(&text);
            copied.set(true);
        }
    };
    view! {
        <div class="kept">
            <p class="kept-name">{name}</p>
            <pre class="handed-in" dir="auto">{text}</pre>
            <button type="button" class="button" on:click=copy>{move || if copied.get() { "Copied" } else { "Copy" }}</button>
        </div>
    }
}
