//! The message box.

use leptos::{ev, html, prelude::*};

use super::{
    glyph::{Glyph, Sign},
    notices::RefusalNote,
    tutor::SCROLL,
};
use crate::{
    browser::{self, fields::keep_text, focus::MESSAGE},
    workspace::Workspace,
};

/// Where the learner writes to the tutor. Enter sends, Shift+Enter begins a new line.
#[component]
pub fn Composer() -> impl IntoView {
    let workspace = Workspace::of_page();
    let talk = workspace.talk;
    let field = NodeRef::<html::Textarea>::new();
    keep_text(move || field.get(), talk.typed, || ());
    let about =
        Memo::new(move |_| workspace.shown.get().and_then(|work| workspace.row(&work.id())).map(|row| row.title));
    // People write in the course's language, whatever the page's is; spelling is checked by it.
    let language = move || workspace.activity.with(|now| now.here().and_then(|now| now.language.clone()));
    let send = move || {
        talk.send(workspace);
        browser::focus::rewind(SCROLL);
        browser::focus::to(MESSAGE);
    };
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        send();
    };
    let pressed = move |event: ev::KeyboardEvent| {
        // 229 is how some browsers mark the Enter that ends a composition.
        let composing = event.is_composing() || event.key_code() == 229;
        if event.key() == "Enter" && !event.shift_key() && !composing {
            event.prevent_default();
            send();
        }
    };
    let off = Memo::new(move |_| workspace.activity.with(|now| now.here().and_then(|now| now.tutor.off.clone())));
    view! {
        {move || off.get().map(|sentence| view! { <p class="composer composer-off">{sentence}</p> })}
        <form class="composer" hidden=move || off.with(Option::is_some) on:submit=submit>
            {move || talk.refusal.get().map(|refusal| view! { <RefusalNote refusal /> })}
            {move || about.get().map(|title| view! {
                <p class="about"><span>"About "</span><span class="about-title" dir="auto">{title}</span></p>
            })}
            <div class="composer-box">
                <textarea
                    id=MESSAGE
                    class="composer-field"
                    dir="auto"
                    lang=language
                    rows="1"
                    aria-label="Message to the tutor"
                    placeholder="Ask, or think aloud…"
                    autocomplete="off"
                    enterkeyhint="send"
                    data-enter-sends=""
                    maxlength="8000"
                    node_ref=field
                    on:input=move |event| talk.typed.set(event_target_value(&event))
                    on:keydown=pressed
                ></textarea>
                <SendOrStop />
            </div>
        </form>
    }
}

/// Sends; while an answer comes, stops it. It stays one button, so that a press is not lost when its meaning changes; but a
/// press that was meant to stop does not send what stands in the box when the answer has ended meanwhile.
#[component]
fn SendOrStop() -> impl IntoView {
    let workspace = Workspace::of_page();
    let talk = workspace.talk;
    let is_running = Memo::new(move |_| talk.running().is_some());
    let is_sending = Memo::new(move |_| talk.pending.with(Option::is_some) && !is_running.get());
    let pressed_to_stop = StoredValue::new(false);
    let press = move |_: ev::PointerEvent| pressed_to_stop.set_value(is_running.get_untracked());
    let click = move |event: ev::MouseEvent| {
        let meant_to_stop = pressed_to_stop.get_value();
        pressed_to_stop.set_value(false);
        if is_running.get_untracked() {
            talk.stop(workspace);
            browser::focus::to(MESSAGE);
        } else if meant_to_stop {
            event.prevent_default();
        }
    };
    view! {
        <button
            type=move || if is_running.get() { "button" } else { "submit" }
            class="round"
            class:round-primary=move || !is_running.get()
            title=move || if is_running.get() { "Stop the answer" } else { "Send (Enter)" }
            aria-busy=move || is_sending.get().then_some("true")
            on:pointerdown=press
            on:click=click
        >
            {move || if is_running.get() {
                view! { <Sign glyph=Glyph::Stop /><span class="visually-hidden">"Stop"</span> }
            } else {
                view! { <Sign glyph=Glyph::Send /><span class="visually-hidden">"Send"</span> }
            }}
        </button>
    }
}
