//! A moment in time, in the learner's own time zone and manner of writing.

use chrono::{DateTime, Utc};
use js_sys::{Date, Object, Reflect};
use leptos::prelude::*;
use web_sys::window;

/// Shows when something happened. The server does not know the learner's time zone, so the browser writes it.
#[component]
pub fn Moment(at: DateTime<Utc>) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let machine = RwSignal::new(String::new());
    Effect::new(move || {
        #[expect(clippy::cast_precision_loss, reason = "JavaScript's own measure of time")]
        let date = Date::new(&(at.timestamp_millis() as f64).into());
        machine.set(date.to_iso_string().into());
        text.set(in_words(&date));
    });
    view! { <time class="moment" datetime=machine>{text}</time> }
}

/// Day and time as short as the learner's language has them.
fn in_words(date: &Date) -> String {
    let options = Object::new();
    for (name, value) in [("day", "numeric"), ("month", "short"), ("hour", "2-digit"), ("minute", "2-digit")] {
        _ = Reflect::set(&options, &name.into(), &value.into());
    }
    let language = window().and_then(|window| window.navigator().language());
    date.to_locale_string(language.as_deref().unwrap_or("en"), &options).into()
}
