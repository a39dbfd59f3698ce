//! What the platform's roles come to.

use leptos::prelude::*;

use crate::{model::admin::Field, pages::admin::form::TextLines};

/// The section.
#[component]
pub fn RolesSection(roles: Field, own: Vec<(String, &'static str)>, address: String) -> impl IntoView {
    let save = address + "/roles";
    let own: Vec<_> =
        own.into_iter().map(|(role, comes_to)| view! { <div><dt>{role}</dt><dd>{comes_to}</dd></div> }).collect();
    view! {
        <section class="panel" aria-labelledby="roles-of">
            <h2 id="roles-of">"Roles"</h2>
            <p class="quiet">"What a platform's roles come to in LTT, unless you say otherwise:"</p>
            <dl class="values">{own}</dl>
            <form class="form" method="post" action=save>
                <TextLines
                    name="roles"
                    label="What roles come to"
                    hint="A line a role, such as ContentDeveloper: instructor. A role from outside of the course is written as its whole URI, and counts only for people without a role in the course."
                    rows=4
                    is_optional=true
                    field=roles
                />
                <div class="actions"><button class="button primary">"Save roles"</button></div>
            </form>
        </section>
    }
}
