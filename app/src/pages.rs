//! The pages themselves: one frame in which every pane stays mounted, so that a change of view loses nothing.

use leptos::prelude::*;

/// Everything inside the document's body.
#[component]
pub fn Pages() -> impl IntoView {
    view! { <main></main> }
}
