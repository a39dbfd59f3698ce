//! What each side tells the other.

use leptos::prelude::*;

use crate::{model::admin::OwnValues, pages::admin::copy::CopyValue};

/// LTT's own addresses, each with a button that copies it.
#[component]
pub fn OwnValuesList(own: OwnValues) -> impl IntoView {
    view! {
        <dl class="copy-values">
            <CopyValue label="Login URL" value=own.login />
            <CopyValue label="Launch URL, redirect URI" value=own.launch />
            <CopyValue label="Key set URL" value=own.jwks />
            <CopyValue label="All in one, as JSON" value=own.config />
        </dl>
    }
}

/// What the platform is told.
#[component]
pub fn OwnValuesSection(own: OwnValues) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="own">
            <h2 id="own">"What the platform needs to know"</h2>
            <OwnValuesList own />
        </section>
    }
}

/// What the platform has told.
#[component]
pub fn TheirValuesSection(
    /// Label and value.
    values: Vec<(&'static str, String)>,
    /// Where the registration's page stands.
    address: String,
) -> impl IntoView {
    let edit = address + "/edit";
    let values: Vec<_> = values
        .into_iter()
        .map(|(label, value)| view! { <div><dt>{label}</dt><dd class="break">{value}</dd></div> })
        .collect();
    view! {
        <section class="panel" aria-labelledby="theirs">
            <h2 id="theirs">"What LTT knows of the platform"</h2>
            <dl class="values">{values}</dl>
            <div class="actions"><a class="button" href=edit>"Edit"</a></div>
        </section>
    }
}
