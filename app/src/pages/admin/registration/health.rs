//! How launches went lately.

use leptos::prelude::*;

use crate::{
    model::admin::{Health, KeyFetch, RegistrationState},
    pages::admin::moment::Moment,
};

/// The section.
#[component]
pub fn HealthSection(health: Health, state: RegistrationState) -> impl IntoView {
    let refused: i64 = health.refusals.iter().map(|(_, count)| count).sum();
    let nothing = health.launched == 0 && refused == 0 && state != RegistrationState::Disabled;
    let clock = health.clock_difference.map(|seconds| match seconds {
        -5..=5 => "agrees with this server's".to_owned(),
        _ => format!("{} s {} this server's", seconds.abs(), if seconds > 0 { "ahead of" } else { "behind" }),
    });
    view! {
        <section class="panel" aria-labelledby="health">
            <h2 id="health">"The last " {health.days} " days"</h2>
            {nothing.then(|| view! { <p>"Nobody has come yet. Open an activity from the platform to see whether it works."</p> })}
            <dl class="values">
                <div><dt>"Launches"</dt><dd>{health.launched}</dd></div>
                {(!health.rungs.is_empty()).then(|| view! {
                    <div><dt>"Browser proved by"</dt><dd>{tally(&health.rungs)}</dd></div>
                })}
                <div><dt>"Refused"</dt><dd>{if refused == 0 { "none".into() } else { tally(&health.refusals) }}</dd></div>
                {clock.map(|clock| view! { <div><dt>"Platform's clock"</dt><dd>{clock}</dd></div> })}
                <div><dt>"Platform's keys"</dt><dd><Keys keys=health.keys /></dd></div>
            </dl>
        </section>
    }
}

fn tally(counts: &[(String, i64)]) -> String {
    counts.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>().join(" · ")
}

#[component]
fn Keys(keys: Option<KeyFetch>) -> impl IntoView {
    match keys {
        None => view! { <span class="quiet">"not fetched since this server started"</span> }.into_any(),
        Some(KeyFetch { at, problem: Some(problem), .. }) => {
            view! { "could not be fetched, " <Moment at /> ": " {problem} }.into_any()
        }
        Some(KeyFetch { at, keys, problem: None }) => view! { {format!("{keys} fetched, ")} <Moment at /> }.into_any(),
    }
}
