//! `/admin/invitations`: links by which platforms register LTT by themselves, and what waits for approval.

use leptos::prelude::*;

use super::{
    copy::CopyValue,
    form::{Checkbox, ErrorSummary, Select, TextField},
    moment::Moment,
};
use crate::model::enrolment::{InvitationForm, InvitationRow, InvitationsPage, PendingRow};

/// The page's content.
#[component]
pub fn Invitations(page: InvitationsPage) -> impl IntoView {
    let link = page.link.map(|link| {
        view! {
            <section class="panel" role="status" aria-labelledby="new-link">
                <h2 id="new-link">"The invitation link"</h2>
                <p>"Paste it where the platform asks for a registration address. It works once, and is not shown again."</p>
                <dl class="copy-values"><CopyValue label="Invitation link" value=link /></dl>
            </section>
        }
    });
    let pending = (!page.pending.is_empty()).then(|| {
        let rows: Vec<_> = page.pending.into_iter().map(|row| view! { <Pending row /> }).collect();
        view! {
            <section class="panel" aria-labelledby="pending">
                <h2 id="pending">"Waiting for your approval"</h2>
                {rows}
            </section>
        }
    });
    let rows: Vec<_> = page.invitations.into_iter().map(|row| view! { <Row row /> }).collect();
    let list = (!rows.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="links">
                <h2 id="links">"Invitations"</h2>
                <div class="table-scroll" role="region" tabindex="0" aria-label="Invitations">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"For"</th>
                                <th scope="col">"State"</th>
                                <th scope="col">"Good until"</th>
                                <th scope="col">"Then"</th>
                                <th scope="col"><span class="visually-hidden">"What to do"</span></th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        }
    });
    view! {
        <p class="lead">
            "Moodle, Canvas, Brightspace, Blackboard and Sakai can register LTT by themselves: make a link, and paste it there."
        </p>
        {link}
        {pending}
        <NewInvitation form=page.form />
        {list}
    }
}

#[component]
fn NewInvitation(form: InvitationForm) -> impl IntoView {
    let fields = vec![("name", "Name", form.name.clone()), ("days", "Days", form.days.clone())];
    let organisations = (!form.organisations.is_empty()).then(|| {
        view! { <Select name="organisation" label="Organisation" choices=form.organisations /> }
    });
    view! {
        <ErrorSummary fields />
        <section class="panel" aria-labelledby="new-invitation">
            <h2 id="new-invitation">"Make an invitation link"</h2>
            <form class="form" method="post" action="/admin/invitations">
                <TextField
                    name="name"
                    label="Name"
                    hint="What the registration will be called here. Empty: what the platform calls itself."
                    is_optional=true
                    field=form.name
                />
                <TextField name="days" label="Days" hint="For how many days the link is good; at most 90." field=form.days />
                <Checkbox
                    name="approve"
                    label="Let the registration wait for my approval"
                    hint="Nobody can come in by it until you approve it here."
                    is_set=form.approve
                />
                {organisations}
                <div class="actions"><button class="button primary">"Make the link"</button></div>
            </form>
        </section>
    }
}

#[component]
fn Pending(row: PendingRow) -> impl IntoView {
    let address = format!("/admin/pending/{}", row.id);
    let values: Vec<_> = row
        .values
        .into_iter()
        .map(|(label, value)| view! { <div><dt>{label}</dt><dd class="break">{value}</dd></div> })
        .collect();
    view! {
        <article class="pending">
            <h3>{row.name.clone()}</h3>
            <p class="quiet">"Since " <Moment at=row.since /></p>
            <dl class="values">{values}</dl>
            <div class="actions">
                <form method="post" action=format!("{address}/approve")>
                    <button class="button primary">"Approve" <span class="visually-hidden">" " {row.name.clone()}</span></button>
                </form>
                <form method="post" action=format!("{address}/reject")>
                    <button class="button">"Reject" <span class="visually-hidden">" " {row.name}</span></button>
                </form>
            </div>
        </article>
    }
}

#[component]
fn Row(row: InvitationRow) -> impl IntoView {
    let name = row.name.unwrap_or_else(|| "What the platform calls itself".into());
    let revoke = row.is_open.then(|| {
        view! {
            <form method="post" action=format!("/admin/invitations/{}/revoke", row.id)>
                <button class="button button-quiet">"Take back"</button>
            </form>
        }
    });
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td>{row.state}</td>
            <td><Moment at=row.expires_at /></td>
            <td>{if row.approve { "waits for approval" } else { "can be used at once" }}</td>
            <td>{revoke}</td>
        </tr>
    }
}
