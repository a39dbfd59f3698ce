//! Where the keyboard is.

use leptos::prelude::request_animation_frame;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, window};

/// The id of the message box.
pub const MESSAGE: &str = "message";

/// Moves the focus to the element with this id, if it is shown.
pub fn to(id: &str) {
    if let Some(element) = by_id(id) {
        _ = element.focus();
    }
}

/// Moves the focus to what is named then as soon as the next frame is drawn. Who has moved it themselves by then, such as into
/// a field, is left there: what they type must not go astray.
pub fn with_next_frame(id: impl Fn() -> &'static str + 'static) {
    let before = active();
    request_animation_frame(move || {
        if active() == before || is_lost() {
            to(id());
        }
    });
}

/// The id of what has the focus, where it has one.
pub fn present() -> Option<String> {
    let id = active()?.id();
    (!id.is_empty()).then_some(id)
}

fn active() -> Option<Element> {
    window()?.document()?.active_element()
}

/// Gives a focus that got lost, because what had it is gone, to the first of these elements that can take it.
pub fn rescue(ids: &[&str]) {
    for id in ids {
        if !is_lost() {
            return;
        }
        to(id);
    }
}

fn is_lost() -> bool {
    let document = window().and_then(|window| window.document());
    document.is_some_and(|document| {
        let active = document.active_element();
        active.is_none() || active.as_ref() == document.body().as_deref()
    })
}

/// Scrolls a pane back to its beginning. (The conversation's begins at its newest end.)
pub fn rewind(id: &str) {
    if let Some(element) = by_id(id) {
        element.set_scroll_top(0);
    }
}

fn by_id(id: &str) -> Option<HtmlElement> {
    window()?.document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Whether the frame is so narrow that the tutor is a view of its own; the style sheet says the same.
pub fn is_narrow() -> bool {
    let wanted = "(width < 640px)";
    window().and_then(|window| window.match_media(wanted).ok()?).is_some_and(|query| query.matches())
}
