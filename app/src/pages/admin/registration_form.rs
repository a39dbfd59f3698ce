//! A registration to fill in: a new one, or one that is there.

use leptos::prelude::*;

use super::{
    form::{Checkbox, ErrorSummary, Line, Select, TextField, TextLines},
    guide::{ByInvitation, HostFields, Notes, Placing, Steps},
};
use crate::model::admin::{EditRegistrationPage, NewRegistrationPage, RegistrationForm};

/// `/admin/platforms/new?family=…`: the page's content.
#[component]
pub fn NewRegistration(page: NewRegistrationPage) -> impl IntoView {
    let family = page.form.family.clone();
    view! {
        <Problems form=page.form.clone() />
        <ByInvitation steps=page.guide.by_invitation />
        {(family == "open_edx").then(|| view! {
            <p class="lead">
                "Several blocks at once? " <a href="/admin/platforms/passports">"Paste what Studio shows for all of them"</a> "."
            </p>
        })}
        <section class="panel" aria-labelledby="own-values">
            <h2 id="own-values">"1. Tell " {page.form.family_name.clone()} " these addresses"</h2>
            <Steps steps=page.guide.by_hand />
            <NoSecret />
        </section>
        <HostFields form=page.host />
        <section class="panel" aria-labelledby="their-values">
            <h2 id="their-values">"2. Tell LTT what it shows in return"</h2>
            <form class="form" method="post" action="/admin/platforms/new">
                <input type="hidden" name="family" value=family />
                <Values form=page.form.clone() />
                <Further form=page.form.clone() is_new=true />
                <div class="actions">
                    <button class="button primary">"Add"</button>
                    <a class="button button-quiet" href="/admin/platforms">"Cancel"</a>
                </div>
            </form>
        </section>
        <Placing steps=page.guide.placing />
        <Notes notes=page.guide.notes tried=page.guide.tried />
    }
}

/// `/admin/registrations/{id}/edit`: the page's content.
#[component]
pub fn EditRegistration(page: EditRegistrationPage) -> impl IntoView {
    let address = format!("/admin/registrations/{}", page.id);
    view! {
        <Problems form=page.form.clone() />
        <form class="form panel" method="post" action=format!("{address}/edit")>
            <input type="hidden" name="family" value=page.form.family.clone() />
            <Values form=page.form.clone() />
            <Further form=page.form is_new=false />
            <div class="actions">
                <button class="button primary">"Save"</button>
                <a class="button button-quiet" href=address.clone()>"Cancel"</a>
            </div>
        </form>
    }
}

#[component]
fn Problems(form: RegistrationForm) -> impl IntoView {
    let fields = form.fields().into_iter().map(|(id, label, field)| (id, label, field.clone())).collect();
    view! { <ErrorSummary fields /> }
}

/// What every platform tells.
#[component]
fn Values(form: RegistrationForm) -> impl IntoView {
    view! {
        <TextField
            name="name"
            label="Name"
            hint="What you want to call it, for example the school, or the course and the unit."
            field=form.name
        />
        <TextField
            name="issuer"
            label="Issuer"
            hint="Also called platform id. To the letter: with or without a slash at its end makes a difference."
            line=Line::Address
            field=form.issuer
        />
        <TextField name="client_id" label="Client id" hint="What the platform calls LTT." field=form.client_id />
        <TextField
            name="auth_url"
            label="Authorization address"
            hint="Also called authentication request URL, OIDC auth URL, or callback URL in Open edX."
            line=Line::Address
            field=form.auth_url
        />
        <TextField
            name="token_url"
            label="Token address"
            hint="Also called access token URL, or OAuth token URL."
            line=Line::Address
            field=form.token_url
        />
        <TextField
            name="jwks_url"
            label="Key set address"
            hint="Also called public keyset URL, or JWKS URL."
            line=Line::Address
            field=form.jwks_url
        />
    }
}

/// What some platforms need besides.
#[component]
fn Further(form: RegistrationForm, is_new: bool) -> impl IntoView {
    let further = [&form.token_audience, &form.deployments, &form.frame_ancestors, &form.service_hosts];
    let has_own_columns = form.grade_columns.iter().any(|choice| choice.chosen && choice.value != "claim");
    let is_open = form.separate
        || has_own_columns
        || further.iter().any(|field| !field.value.is_empty() || field.problem.is_some());
    let choice = !form.organisations.is_empty();
    view! {
        {choice.then(|| view! {
            <Select
                name="organisation"
                label="Organisation"
                hint="Its administrators see this platform, and no other organisation's do."
                choices=form.organisations
            />
        })}
        <details class="further" open=is_open>
            <summary>"Further values, for those who need them"</summary>
            <div class="form">
                <TextField
                    name="token_audience"
                    label="Token audience"
                    hint="Where it is not the token address: Brightspace says what it is."
                    is_optional=true
                    field=form.token_audience
                />
                <TextLines
                    name="deployments"
                    label="Deployments"
                    hint="Deployment ids, one a line. Where you give any for a new registration, no other deployment may launch; \
                          else each is taken over at its first launch."
                    is_optional=true
                    field=form.deployments
                />
                <TextLines
                    name="frame_ancestors"
                    label="Sites that show LTT in a frame"
                    hint="One a line, beside the platform's own, for example the learning front end of Open edX. Where you name \
                          none, any https site may."
                    is_optional=true
                    field=form.frame_ancestors
                />
                <TextLines
                    name="service_hosts"
                    label="Further hosts"
                    hint="Hosts of the platform's own that may be sent its access tokens, one a line, without https://."
                    is_optional=true
                    field=form.service_hosts
                />
                <Select
                    name="grade_columns"
                    label="Grades go to"
                    hint="LTT makes columns of its own only where the platform lets it; else it uses the activity's."
                    choices=form.grade_columns
                />
                {is_new.then(|| view! {
                    <Checkbox
                        name="separate"
                        label="A tenant of its own"
                        hint="Its learners are other people than those of a platform with the same issuer and addresses."
                        is_set=form.separate
                    />
                })}
            </div>
        </details>
    }
}

/// Where people look for one.
#[component]
fn NoSecret() -> impl IntoView {
    view! {
        <p class="quiet">
            "You are looking for a client secret or a shared secret? LTI 1.3 has none: both sides sign with keys that they "
            "publish at their key set address."
        </p>
    }
}
