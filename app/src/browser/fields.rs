//! Form fields that keep what was typed before the program was there.
//!
//! Hydration would set a bound `prop:value` from its signal and wipe what the learner has typed meanwhile. So a field is
//! free, its element is asked first, and only later changes of the signal are written into it.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, HtmlTextAreaElement};

/// Keeps a text box and a signal the same. `on_taken` is called where the box held something else than the signal when the
/// program came.
pub fn keep_text<E>(field: impl Fn() -> Option<E> + 'static, text: RwSignal<String>, on_taken: impl Fn() + 'static)
where
    E: AsRef<HtmlElement> + 'static,
{
    Effect::new(move |taken: Option<bool>| {
        let wanted = text.get();
        let Some(field) = field() else { return taken.unwrap_or(false) };
        let field = field.as_ref();
        let there = value(field);
        if there == wanted {
            return true;
        }
        if taken == Some(true) || there.is_empty() {
            set_value(field, &wanted);
        } else {
            text.set(there);
            on_taken();
        }
        true
    });
}

fn value(field: &HtmlElement) -> String {
    if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
        area.value()
    } else {
        field.dyn_ref::<HtmlInputElement>().map(HtmlInputElement::value).unwrap_or_default()
    }
}

fn set_value(field: &HtmlElement, text: &str) {
    if let Some(area) = field.dyn_ref::<HtmlTextAreaElement>() {
        area.set_value(text);
    } else if let Some(input) = field.dyn_ref::<HtmlInputElement>() {
        input.set_value(text);
    }
}

/// Keeps the ticks inside a group and a signal the same, in the same manner.
pub fn keep_ticks<E>(
    group: impl Fn() -> Option<E> + 'static,
    chosen: RwSignal<Vec<String>>,
    on_taken: impl Fn() + 'static,
) where
    E: AsRef<HtmlElement> + 'static,
{
    Effect::new(move |taken: Option<bool>| {
        let wanted = chosen.get();
        let Some(group) = group() else { return taken.unwrap_or(false) };
        let there = ticked(group.as_ref());
        if there == wanted {
            return true;
        }
        if taken == Some(true) || there.is_empty() {
            for input in inputs(group.as_ref()) {
                input.set_checked(wanted.contains(&input.value()));
            }
        } else {
            chosen.set(there);
            on_taken();
        }
        true
    });
}

/// The values that are ticked inside a group.
pub fn ticked(group: &HtmlElement) -> Vec<String> {
    inputs(group).filter(HtmlInputElement::checked).map(|input| input.value()).collect()
}

fn inputs(group: &HtmlElement) -> impl Iterator<Item = HtmlInputElement> {
    let found = group.query_selector_all("input").ok();
    let count = found.as_ref().map_or(0, web_sys::NodeList::length);
    (0..count).filter_map(move |index| found.as_ref()?.item(index)?.dyn_into().ok())
}

/// Text as it may stand inside a `textarea` element of a document.
pub fn as_content(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
