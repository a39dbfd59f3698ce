//! `/admin/registrations/{id}/test`: does it work, and if not, which value is wrong?

use leptos::prelude::*;

use super::registration::LogTable;
use crate::{
    model::admin::{Check, TestPage},
    pages::glyph::{Glyph, Sign},
};

/// The page's content.
#[component]
pub fn TestLaunch(page: TestPage) -> impl IntoView {
    let address = format!("/admin/registrations/{}", page.id);
    let checks: Vec<_> =
        page.checks.into_iter().map(|check| view! { <Row check edit=format!("{address}/edit") /> }).collect();
    let were_tried = !checks.is_empty();
    let test = format!("{address}/test");
    view! {
        <section class="panel" aria-labelledby="addresses">
            <h2 id="addresses">"1. The platform's addresses"</h2>
            {if were_tried {
                view! { <ul class="log">{checks}</ul> }.into_any()
            } else {
                view! { <p class="quiet">"LTT asks each address from here, as a launch would."</p> }.into_any()
            }}
            <form method="post" action=test.clone()>
                <button class="button" class:primary=!were_tried>{if were_tried { "Try again" } else { "Try the addresses" }}</button>
            </form>
        </section>
        <section class="panel" aria-labelledby="launch">
            <h2 id="launch">"2. A real launch"</h2>
            <ol class="numbered">
                <li>"In another tab, open an activity of " <strong>{page.name}</strong> " from its course, as a teacher or learner would."</li>
                <li>"Come back here and look what came of it."</li>
            </ol>
            {match page.since {
                None => view! { <p class="quiet">"Try the addresses first; launches are then watched from that moment on."</p> }.into_any(),
                Some(since) => view! {
                    <div class="actions">
                        <a class="button primary" href=format!("{test}?since={since}#outcome")>"Look what came of it"</a>
                    </div>
                }
                .into_any(),
            }}
            <div id="outcome">
                {page.launches.map(|launches| if launches.is_empty() {
                    view! {
                        <p role="status">
                            "Nothing has arrived from this platform yet. If you have opened the activity: does the platform have LTT's "
                            "login URL, and did the browser show a page of LTT at all?"
                        </p>
                    }
                    .into_any()
                } else {
                    view! { <LogTable entries=launches shows_registration=false label="What came of it" /> }.into_any()
                })}
            </div>
        </section>
    }
}

#[component]
fn Row(check: Check, edit: String) -> impl IntoView {
    let glyph = if check.is_good { Glyph::Check } else { Glyph::Alert };
    let word = if check.is_good { "Good" } else { "Wrong" };
    let correct = (!check.is_good).then(|| {
        view! { <p class="log-remedy">"Look at " <a href=format!("{edit}#{}", check.field)>{check.label}</a> "."</p> }
    });
    view! {
        <li class="log-entry" data-good=check.is_good.then_some("")>
            <p class="log-head">
                <Sign glyph />
                <strong>{check.label}</strong>
                <span>{word}</span>
                <code class="break">{check.address}</code>
            </p>
            <p class="log-explanation break">{check.finding}</p>
            {correct}
        </li>
    }
}
