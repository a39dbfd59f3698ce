//! How a registration stands, by shape and word.

use leptos::prelude::*;

use crate::{
    model::admin::RegistrationState,
    pages::glyph::{Glyph, Sign},
};

/// A sign and a word.
#[component]
pub fn StateWord(state: RegistrationState) -> impl IntoView {
    let (glyph, name, word) = match state {
        RegistrationState::New => (Glyph::Open, "new", "No launch yet"),
        RegistrationState::Working => (Glyph::Check, "working", "Working"),
        RegistrationState::Refusing => (Glyph::Alert, "refusing", "Last launch refused"),
        RegistrationState::Disabled => (Glyph::Lock, "disabled", "Disabled"),
    };
    view! { <span class="state-word" data-state=name><Sign glyph />{word}</span> }
}
