//! `/admin/platforms`: every platform with its registrations.

use leptos::prelude::*;

use super::{moment::Moment, registration::StateWord};
use crate::model::admin::{PlatformRow, PlatformsPage, RegistrationRow};

/// The page's content.
#[component]
pub fn Platforms(page: PlatformsPage) -> impl IntoView {
    if page.platforms.is_empty() {
        return view! {
            <div class="panel empty">
                <p class="empty-title">"No platform yet"</p>
                <p>"A platform is the Open edX, Moodle, Canvas or other system that your courses are in."</p>
                <a class="button primary" href="/admin/platforms/new">"Add a platform"</a>
            <a class="button" href="/admin/invitations">"Invitations"</a>
            </div>
        }
        .into_any();
    }
    let platforms: Vec<_> = page
        .platforms
        .into_iter()
        .map(|platform| view! { <PlatformPanel platform shows_organisation=page.shows_organisations /> })
        .collect();
    view! {
        <div class="actions page-actions">
            <a class="button primary" href="/admin/platforms/new">"Add a platform"</a>
            <a class="button" href="/admin/invitations">"Invitations"</a>
        </div>
        {platforms}
    }
    .into_any()
}

#[component]
fn PlatformPanel(platform: PlatformRow, shows_organisation: bool) -> impl IntoView {
    let organisation = platform.organisation.unwrap_or_else(|| "The installation".into());
    let rows: Vec<_> = platform.registrations.into_iter().map(|row| view! { <Row row /> }).collect();
    view! {
        <section class="panel">
            <h2>{platform.name.clone()}</h2>
            <p class="quiet break">
                {platform.issuer}
                {shows_organisation.then(|| format!(" · {organisation}"))}
            </p>
            <div class="table-scroll" role="region" tabindex="0" aria-label=format!("Registrations of {}", platform.name)>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Registration"</th>
                            <th scope="col">"Client id"</th>
                            <th scope="col">"State"</th>
                            <th scope="col">"Last launch"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Row(row: RegistrationRow) -> impl IntoView {
    view! {
        <tr>
            <th scope="row"><a href=format!("/admin/registrations/{}", row.id)>{row.name}</a></th>
            <td><code class="break">{row.client_id}</code></td>
            <td><StateWord state=row.state /></td>
            <td>
                {match row.last_launch {
                    Some(at) => view! { <Moment at /> }.into_any(),
                    None => view! { <span class="quiet">"never"</span> }.into_any(),
                }}
            </td>
        </tr>
    }
}
