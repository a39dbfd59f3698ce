//! `/admin/log`: from a reference to its cause.

use leptos::prelude::*;

use super::{form::TextField, registration::LogTable};
use crate::model::admin::{Field, LogPage};

/// The page's content.
#[component]
pub fn Log(page: LogPage) -> impl IntoView {
    let asked = !page.reference.is_empty();
    let found = !page.entries.is_empty();
    let heading = match (asked, found) {
        (true, true) => format!("Reference {}", page.reference),
        (true, false) => "Nothing goes by this reference".to_owned(),
        (false, _) => "Newest first".to_owned(),
    };
    let nothing = format!(
        "Compare it with the page the person saw: four letters or digits, a dash, and four more. Entries are kept for {} days, \
         and those of other organisations are not shown. References of faults of LTT itself stand in the server's own log.",
        page.days
    );
    view! {
        <form class="form search" method="get" action="/admin/log" role="search">
            <TextField
                name="reference"
                label="Reference"
                hint="As it stands on the page that somebody saw."
                field=Field::of(page.reference)
            />
            <div class="actions">
                <button class="button primary">"Find"</button>
                {asked.then(|| view! { <a class="button button-quiet" href="/admin/log">"Show all"</a> })}
            </div>
        </form>
        <section class="panel" aria-labelledby="found">
            <h2 id="found">{heading}</h2>
            {if asked && !found {
                view! { <p>{nothing}</p> }.into_any()
            } else {
                view! { <LogTable entries=page.entries shows_registration=true label="Launches and refusals" /> }.into_any()
            }}
        </section>
    }
}
