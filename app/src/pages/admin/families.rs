//! `/admin/platforms/new`: which learning platform is it?

use leptos::prelude::*;

use crate::model::admin::FamiliesPage;

/// The page's content.
#[component]
pub fn Families(page: FamiliesPage) -> impl IntoView {
    let families: Vec<_> = page
        .families
        .into_iter()
        .map(|family| {
            view! {
                <li><a class="tile" href=format!("/admin/platforms/new?family={}", family.key)>{family.name}</a></li>
            }
        })
        .collect();
    view! {
        <p class="lead">"Which learning platform are your courses in?"</p>
        <ul class="tiles">{families}</ul>
        <p class="quiet">
            "Most of them can register LTT by themselves: " <a href="/admin/invitations">"make an invitation link"</a> "."
        </p>
    }
}
