//! A value to paste elsewhere.

use leptos::prelude::*;

/// A value with its name and a button that copies it. Without scripts there is no button, and one click selects the value.
#[component]
pub fn CopyValue(
    /// What the other side calls it.
    #[prop(into)]
    label: String,
    /// The value.
    value: String,
) -> impl IntoView {
    view! {
        <div class="copy-value">
            <dt>{label.clone()}</dt>
            <dd>
                <code>{value.clone()}</code>
                <button type="button" class="button" data-copy=value hidden>
                    <span data-copy-word>"Copy"</span>
                    <span class="visually-hidden">" " {label}</span>
                </button>
            </dd>
        </div>
    }
}
