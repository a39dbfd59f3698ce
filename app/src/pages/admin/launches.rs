//! `/admin/registrations/{id}/launches`: what launches of a registration mean, a section a file.

use leptos::prelude::*;

use super::form::ErrorSummary;
use crate::model::admin::launches::LaunchesPage;

mod frames;
mod people;
mod roles;
mod rules;

use frames::FramesSection;
use people::PeopleSection;
use roles::RolesSection;
use rules::RulesSection;

/// The page's content.
#[component]
pub fn Launches(page: LaunchesPage) -> impl IntoView {
    let address = format!("/admin/registrations/{}/launches", page.id);
    let fields =
        vec![("roles", "What roles come to", page.roles.clone()), ("rules", "Mapping rules", page.rules.rules.clone())];
    view! {
        <ErrorSummary fields />
        <FramesSection frames=page.frames address=address.clone() />
        <RulesSection form=page.rules address=address.clone() />
        <RolesSection roles=page.roles own=page.own_roles address=address.clone() />
        <PeopleSection form=page.people address />
    }
}
