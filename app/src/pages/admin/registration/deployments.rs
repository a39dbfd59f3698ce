//! The deployments of a registration, and what happens to new ones.

use leptos::prelude::*;

use crate::{
    model::enrolment::Deployments,
    pages::admin::{form::Select, moment::Moment},
};

/// The section. `address` is the registration's page.
#[component]
pub fn DeploymentsSection(deployments: Deployments, address: String) -> impl IntoView {
    let policy = format!("{address}/deployments/policy");
    let form = move |verb: &str, label: &'static str, deployment: &str| {
        let name = deployment.to_owned();
        view! {
            <form method="post" action=format!("{address}/deployments/{verb}")>
                <input type="hidden" name="deployment" value=name.clone() />
                <button class="button">{label} <span class="visually-hidden">" " {name}</span></button>
            </form>
        }
    };
    let waiting: Vec<_> = deployments
        .waiting
        .iter()
        .map(|(deployment, since)| {
            view! {
                <li class="deployment">
                    <code class="break">{deployment.clone()}</code>
                    <span class="quiet">"waits since " <Moment at=*since /></span>
                    {form("approve", "Approve", deployment)}
                    {form("remove", "Forget", deployment)}
                </li>
            }
        })
        .collect();
    let known: Vec<_> = deployments
        .known
        .iter()
        .map(|deployment| {
            view! {
                <li class="deployment">
                    <code class="break">{deployment.clone()}</code>
                    {form("remove", "Remove", deployment)}
                </li>
            }
        })
        .collect();
    let is_empty = waiting.is_empty() && known.is_empty();
    view! {
        <section class="panel" aria-labelledby="deployments">
            <h2 id="deployments">"Deployments"</h2>
            <p class="quiet">"Each place where the platform installed LTT has an id of its own, which is compared to the letter."</p>
            {is_empty.then(|| view! { <p>"None yet."</p> })}
            <ul class="deployments">{waiting}{known}</ul>
            <form class="form" method="post" action=policy>
                <Select name="policy" label="New deployments" choices=deployments.policies />
                <div class="actions"><button class="button">"Save"</button></div>
            </form>
        </section>
    }
}
