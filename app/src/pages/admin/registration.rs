//! `/admin/registrations/{id}`: everything about a registration, a section a file.

use leptos::prelude::*;

use crate::model::admin::{RegistrationPage, RegistrationState};

mod deployments;
mod health;
mod log;
mod state;
mod values;

use deployments::DeploymentsSection;
use health::HealthSection;
pub use log::LogTable;
pub use state::StateWord;
use values::{OwnValuesSection, TheirValuesSection};

/// The page's content.
#[component]
pub fn Registration(page: RegistrationPage) -> impl IntoView {
    let address = format!("/admin/registrations/{}", page.id);
    let organisation = page.organisation.map(|name| format!(" · {name}"));
    view! {
        <p class="lead">
            <StateWord state=page.state />
            " Part of the platform " <strong>{page.platform}</strong> {organisation}
        </p>
        <div class="actions"><a class="button primary" href=format!("{address}/test")>"Test launch"</a></div>
        <HealthSection health=page.health state=page.state />
        <section class="panel" aria-labelledby="log">
            <h2 id="log">"Last launches"</h2>
            <LogTable entries=page.log shows_registration=false label="Last launches" />
        </section>
        <DeploymentsSection deployments=page.deployments address=address.clone() />
        <section class="panel" aria-labelledby="meaning">
            <h2 id="meaning">"What launches mean"</h2>
            <p class="quiet">"Which sites show LTT in a frame, what claims and roles come to, and who is let in."</p>
            <div class="actions"><a class="button" href=format!("{address}/launches")>"Look and change"</a></div>
        </section>
        <TheirValuesSection values=page.theirs address=address.clone() />
        <OwnValuesSection own=page.own />
        <Danger address state=page.state />
    }
}

/// What takes a registration out of use.
#[component]
fn Danger(address: String, state: RegistrationState) -> impl IntoView {
    let (action, label, sentence) = if state == RegistrationState::Disabled {
        ("enable", "Enable", "Launches are refused now. Enable the registration to take them again.")
    } else {
        (
            "disable",
            "Disable",
            "Refuses launches until you enable it again. What learners did stays, and owed grades are sent.",
        )
    };
    view! {
        <section class="panel" aria-labelledby="out-of-use">
            <h2 id="out-of-use">"Out of use"</h2>
            <p class="quiet">{sentence}</p>
            <div class="actions">
                <form method="post" action=format!("{address}/{action}")><button class="button">{label}</button></form>
                <a class="button" href=format!("{address}/delete")>"Delete …"</a>
            </div>
        </section>
    }
}
