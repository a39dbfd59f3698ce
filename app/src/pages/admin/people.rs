//! `/admin/people`: who may sign in.

use leptos::prelude::*;

use super::{
    copy::CopyValue,
    form::{ErrorSummary, Line, Select, TextField},
};
use crate::model::admin::{PeoplePage, PersonRow};

/// The page's content.
#[component]
pub fn People(page: PeoplePage) -> impl IntoView {
    let mut fields = vec![("name", "Name", page.name.clone())];
    fields.extend(page.organisation.clone().map(|field| ("organisation", "Organisation", field)));
    let shows_organisations = page.organisation.is_some();
    let people: Vec<_> = page.people.into_iter().map(|person| view! { <Row person shows_organisations /> }).collect();
    view! {
        {page.link.map(|(name, link)| view! { <NewLink name link hours=page.hours /> })}
        <ErrorSummary fields />
        <section class="panel" aria-labelledby="people">
            <h2 id="people">"Who may sign in"</h2>
            <div class="table-scroll" role="region" tabindex="0" aria-label="Who may sign in">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Role"</th>
                            {shows_organisations.then(|| view! { <th scope="col">"Organisation"</th> })}
                            <th scope="col">"Password"</th>
                            <th scope="col"><span class="visually-hidden">"What can be done"</span></th>
                        </tr>
                    </thead>
                    <tbody>{people}</tbody>
                </table>
            </div>
        </section>
        <section class="panel" aria-labelledby="invite">
            <h2 id="invite">"Invite somebody"</h2>
            <p class="quiet">"You get a link to hand on. It works once, within " {page.hours} " hours."</p>
            <form class="form" method="post" action="/admin/people">
                <TextField
                    name="name"
                    label="Name"
                    hint="What they type to sign in, for example an e-mail address. It is never matched with a learner."
                    line=Line::Text
                    field=page.name
                />
                <Select name="role" label="Role" choices=page.roles />
                {page.organisation.map(|field| view! {
                    <TextField
                        name="organisation"
                        label="Organisation"
                        hint="They see this organisation's platforms only; it is made where there is none of that name. Empty: they see all."
                        is_optional=true
                        field
                    />
                })}
                <button class="button primary">"Make a link"</button>
            </form>
        </section>
    }
}

#[component]
fn NewLink(name: String, link: String, hours: i64) -> impl IntoView {
    view! {
        <section class="panel new-link" aria-labelledby="new-link" role="status">
            <h2 id="new-link">"A link for " {name}</h2>
            <p>"Hand it to them and to nobody else: whoever has it can use it, once, within " {hours} " hours. It is shown only now."</p>
            <dl class="copy-values"><CopyValue label="Sign-in link" value=link /></dl>
        </section>
    }
}

#[component]
fn Row(person: PersonRow, shows_organisations: bool) -> impl IntoView {
    let remove = format!("/admin/people/{}/remove", person.id);
    let link = format!("/admin/people/{}/link", person.id);
    let name = person.name.clone();
    let other = name.clone();
    view! {
        <tr>
            <th scope="row">{person.name} {person.is_self.then(|| view! { <span class="quiet">" (you)"</span> })}</th>
            <td>{person.role}</td>
            {shows_organisations.then(|| view! {
                <td>{person.organisation.unwrap_or_else(|| "The installation".into())}</td>
            })}
            <td>{if person.has_password { "yes" } else { "no" }}</td>
            <td>
                {(!person.is_self).then(|| view! {
                    <div class="actions">
                        <form method="post" action=link>
                            <button class="button button-quiet">"New link" <span class="visually-hidden">" for " {name}</span></button>
                        </form>
                        <a class="button button-quiet" href=remove>"Remove …" <span class="visually-hidden">{other}</span></a>
                    </div>
                })}
            </td>
        </tr>
    }
}

/// `/admin/people/{id}/remove`: whether it is meant.
#[component]
pub fn PersonRemoval(page: PersonRow) -> impl IntoView {
    view! {
        <section class="panel">
            <p>
                <strong>{page.name}</strong> ", " {page.role} ", is signed out everywhere at once and cannot sign in any more. Platforms "
                "and launches stay as they are."
            </p>
            <form class="actions" method="post" action=format!("/admin/people/{}/remove", page.id)>
                <button class="button danger">"Remove"</button>
                <a class="button button-quiet" href="/admin/people">"Keep"</a>
            </form>
        </section>
    }
}
