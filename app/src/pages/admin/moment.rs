//! When something happened.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// A moment in universal time; the page's script writes it in the reader's own.
#[component]
pub fn Moment(at: DateTime<Utc>) -> impl IntoView {
    let machine = at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let text = at.format("%-d %b %Y, %H:%M UTC").to_string();
    view! { <time class="moment" datetime=machine data-local>{text}</time> }
}
