//! Lines of the launch log.

use leptos::prelude::*;

use crate::{
    model::admin::LogEntry,
    pages::{
        admin::moment::Moment,
        glyph::{Glyph, Sign},
    },
};

/// What came of logins and launches, newest first.
#[component]
pub fn LogTable(
    /// The lines.
    entries: Vec<LogEntry>,
    /// Whether they are of several registrations.
    shows_registration: bool,
    /// What the table is called.
    label: &'static str,
) -> impl IntoView {
    if entries.is_empty() {
        return view! { <p class="quiet">"Nothing yet."</p> }.into_any();
    }
    let rows: Vec<_> = entries.into_iter().map(|entry| view! { <Row entry shows_registration /> }).collect();
    view! { <ol class="log" aria-label=label>{rows}</ol> }.into_any()
}

#[component]
fn Row(entry: LogEntry, shows_registration: bool) -> impl IntoView {
    let glyph = if entry.is_good { Glyph::Check } else { Glyph::Alert };
    let field = entry.field.zip(entry.registration.clone()).map(|((field, label), (id, _))| {
        view! {
            <p class="log-remedy">
                "Look at " <a href=format!("/admin/registrations/{id}/edit#{field}")>{label}</a> "."
            </p>
        }
    });
    let registration = shows_registration.then(|| {
        if let Some((id, name)) = entry.registration {
            view! { <a href=format!("/admin/registrations/{id}")>{name}</a> }.into_any()
        } else {
            let issuer = entry.issuer.unwrap_or_else(|| "an unknown issuer".into());
            let client = entry.client_id.map(|id| format!(", client id {id}"));
            view! { <span class="break">{issuer} {client}</span> }.into_any()
        }
    });
    let clock =
        entry.clock_difference.filter(|seconds| seconds.abs() > 5).map(|seconds| format!("clock {seconds:+} s"));
    view! {
        <li class="log-entry" data-good=entry.is_good.then_some("")>
            <p class="log-head">
                <Sign glyph />
                <strong>{entry.outcome}</strong>
                {entry.rung.map(|rung| view! { <span class="quiet">{rung}</span> })}
                {clock.map(|clock| view! { <span class="quiet">{clock}</span> })}
                <span class="log-where">{registration}</span>
                <Moment at=entry.at />
                <code class="log-reference">{entry.reference}</code>
            </p>
            {(!entry.explanation.is_empty()).then(|| view! { <p class="log-explanation break">{entry.explanation}</p> })}
            {field}
        </li>
    }
}
