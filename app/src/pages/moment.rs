//! A moment in time, in the learner's own time zone and manner of writing.

use chrono::{DateTime, Utc};
use js_sys::{Date, Function, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::window;

use crate::workspace::Workspace;

/// Shows when something happened, in the course's manner of writing. The server does not know the learner's time zone, so
/// the browser writes it.
#[component]
pub fn Moment(at: DateTime<Utc>) -> impl IntoView {
    let workspace = Workspace::of_page();
    let text = RwSignal::new(String::new());
    let machine = RwSignal::new(String::new());
    Effect::new(move || {
        #[expect(clippy::cast_precision_loss, reason = "JavaScript's own measure of time")]
        let date = Date::new(&(at.timestamp_millis() as f64).into());
        machine.set(date.to_iso_string().into());
        let language = workspace.activity.with_untracked(|now| now.here().and_then(|now| now.language.clone()));
        text.set(in_words(&date, language));
    });
    view! { <time class="moment" datetime=machine>{text}</time> }
}

/// Day and time as short as the language has them: the course's, else the browser's.
fn in_words(date: &Date, course: Option<String>) -> String {
    let options = Object::new();
    for (name, value) in [("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit")] {
        _ = Reflect::set(&options, &name.into(), &value.into());
    }
    let browser = window().and_then(|window| window.navigator().language());
    let languages = course.into_iter().chain(browser).map(JsValue::from).chain([JsValue::from("en")]);
    languages.map(|language| written(date, &language, &options)).find_map(Result::ok).unwrap_or_default()
}

/// The date in a language; an error where the browser knows no such language.
fn written(date: &Date, language: &JsValue, options: &Object) -> Result<String, JsValue> {
    let write: Function = Reflect::get(date, &"toLocaleString".into())?.dyn_into()?;
    write.call2(date, language, options)?.as_string().ok_or(JsValue::NULL)
}
