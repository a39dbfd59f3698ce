//! How long ago something happened.

use leptos::prelude::*;

use crate::model::class;

/// In words; the moment itself stands in universal time behind it.
#[component]
pub fn Ago(ago: class::Ago) -> impl IntoView {
    let machine = ago.at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let exact = ago.at.format("%-d %b %Y, %H:%M UTC").to_string();
    view! { <time class="moment" datetime=machine title=exact>{ago.words}</time> }
}
