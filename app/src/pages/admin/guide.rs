//! How a platform is set up, step by step, with LTT's own values to copy.

use leptos::prelude::*;

use super::{copy::CopyValue, form::TextField};
use crate::model::{
    admin::Field,
    enrolment::{HostForm, Step},
};

/// How the platform registers LTT by itself; nothing where it cannot.
#[component]
pub fn ByInvitation(steps: Vec<Step>) -> impl IntoView {
    (!steps.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="by-invitation">
                <h2 id="by-invitation">"The quick way: an invitation link"</h2>
                <p class="quiet">"The platform registers LTT by itself, and nothing has to be copied. Everything below is for doing it by hand."</p>
                <Steps steps />
                <div class="actions"><a class="button primary" href="/admin/invitations">"Make an invitation link"</a></div>
            </section>
        }
    })
}

/// How an activity is placed in a course.
#[component]
pub fn Placing(steps: Vec<Step>) -> impl IntoView {
    (!steps.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="placing">
                <h2 id="placing">"3. Place an activity"</h2>
                <Steps steps />
            </section>
        }
    })
}

/// What is worth knowing.
#[component]
pub fn Notes(notes: Vec<String>, tried: String) -> impl IntoView {
    let notes: Vec<_> = notes.into_iter().map(|note| view! { <li>{marked(&note)}</li> }).collect();
    view! {
        <section class="panel" aria-labelledby="notes">
            <h2 id="notes">"Good to know"</h2>
            <ul class="bullets">{notes}</ul>
            <p class="quiet">{tried}</p>
        </section>
    }
}

/// Things to do in order, with the values to enter.
#[component]
pub fn Steps(steps: Vec<Step>) -> impl IntoView {
    let items: Vec<_> = steps
        .into_iter()
        .map(|step| {
            let fields: Vec<_> =
                step.fields.into_iter().map(|(label, value)| view! { <CopyValue label value /> }).collect();
            let fields = (!fields.is_empty()).then(|| view! { <dl class="copy-values">{fields}</dl> });
            view! { <li><p>{marked(&step.text)}</p>{fields}</li> }
        })
        .collect();
    view! { <ol class="steps-to-do">{items}</ol> }
}

/// What LTT can fill in once it knows where the platform is.
#[component]
pub fn HostFields(form: HostForm) -> impl IntoView {
    let key = form.key_label.map(|label| {
        view! { <TextField name="key" label is_optional=true field=Field::of(form.key) /> }
    });
    view! {
        <section class="panel" aria-labelledby="host-of-platform">
            <h2 id="host-of-platform">"Where is the platform?"</h2>
            <form class="form" method="get" action="/admin/platforms/new">
                <input type="hidden" name="family" value=form.family />
                <TextField
                    name="host"
                    label="Host of the platform"
                    hint="As in the browser's address bar, such as lms.school.edu. LTT then fills in the addresses it knows."
                    field=Field::of(form.host)
                />
                {key}
                <div class="actions"><button class="button">"Fill in what is known"</button></div>
            </form>
        </section>
    }
}

/// A text with words of the screen and code marked.
fn marked(text: &str) -> Vec<AnyView> {
    let mut views = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['*', '`']) {
        let (before, after) = rest.split_at(at);
        let mark = &after[..1];
        let Some(end) = after[1..].find(mark) else { break };
        let inner = after[1..=end].to_owned();
        views.push(before.to_owned().into_any());
        views.push(match mark {
            "*" => view! { <strong>{inner}</strong> }.into_any(),
            _ => view! { <code>{inner}</code> }.into_any(),
        });
        rest = &after[end + 2..];
    }
    views.push(rest.to_owned().into_any());
    views
}
