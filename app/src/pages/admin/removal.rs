//! `/admin/registrations/{id}/delete`: what goes with it, and whether it is meant.

use leptos::prelude::*;

use super::form::{ErrorSummary, TextField};
use crate::model::admin::RemovalPage;

/// The page's content.
#[component]
pub fn Removal(page: RemovalPage) -> impl IntoView {
    let address = format!("/admin/registrations/{}", page.id);
    let fields = vec![("typed", "Name of the registration", page.typed.clone())];
    let launches =
        format!("{} launch(es) by {} learner(s), with their place in the launch log", page.launches, page.learners);
    let rest = if page.is_last {
        "The platform itself, as this is its last registration: its learners with all their work, conversations and grades here."
    } else {
        "Grades that wait for delivery by it. The learners and their work stay with the platform's other registrations."
    };
    view! {
        <ErrorSummary fields />
        <section class="panel" aria-labelledby="what-goes">
            <h2 id="what-goes">"This goes with it, and does not come back"</h2>
            <ul class="bullets">
                <li>"The registration and its list of deployments"</li>
                <li>{launches}</li>
                <li>{rest}</li>
            </ul>
            <p class="quiet">"Grades that have arrived in the platform's gradebook stay there. To stop launches only, disable it instead."</p>
            <p>"To delete it, type its name: " <strong class="break">{page.name}</strong></p>
            <form class="form" method="post" action=format!("{address}/delete")>
                <TextField name="typed" label="Name of the registration" field=page.typed />
                <div class="actions">
                    <button class="button danger">"Delete for good"</button>
                    <a class="button button-quiet" href=address.clone()>"Keep it"</a>
                </div>
            </form>
        </section>
    }
}
