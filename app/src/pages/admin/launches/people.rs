//! Who is let in for the first time, and what is kept of people.

use leptos::prelude::*;

use crate::{
    model::admin::launches::PeopleForm,
    pages::admin::form::{Checkbox, Select},
};

/// The section.
#[component]
pub fn PeopleSection(form: PeopleForm, address: String) -> impl IntoView {
    let make_codes = format!("{address}/codes");
    let save = address + "/people";
    let codes: Vec<_> = form.new_codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect();
    view! {
        <section class="panel" aria-labelledby="people">
            <h2 id="people">"People"</h2>
            <form class="form" method="post" action=save>
                <Select
                    name="admit"
                    label="Let in for the first time"
                    hint="Who has been here before goes on in any case. Nobody is recognised by an e-mail address."
                    choices=form.admit
                />
                <Checkbox
                    name="keep_email"
                    label="Keep e-mail addresses"
                    hint="Off: they are not kept, and those that were kept are forgotten."
                    is_set=form.keep_email
                />
                <Checkbox
                    name="roster_names"
                    label="Take names from the roster"
                    hint="Where launches leave names out, the course's list of members may tell them to whoever teaches it. Off: they are not kept, and those that were are forgotten."
                    is_set=form.roster_names
                />
                <div class="actions"><button class="button primary">"Save"</button></div>
            </form>
            <h3>"Invitation codes"</h3>
            <p class="quiet">
                "Each lets one person in, where people come by invitation; it is good for thirty days. " {form.open_codes} " are open."
            </p>
            {(!codes.is_empty()).then(|| view! {
                <p role="status">"These are shown only now; copy them:"</p>
                <ul class="bullets" aria-label="New codes">{codes}</ul>
            })}
            <form class="form" method="post" action=make_codes>
                <div class="actions">
                    <button class="button" name="count" value="1">"Make a code"</button>
                    <button class="button" name="count" value="30">"Make 30 codes"</button>
                </div>
            </form>
        </section>
    }
}
