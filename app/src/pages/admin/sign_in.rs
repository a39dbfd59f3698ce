//! `/sign-in`: by name and password, or by a one-time link.

use leptos::prelude::*;

use super::{
    Doorstep,
    form::{Line, TextField},
};
use crate::{
    document::Files,
    model::admin::{self, Field},
    pages::glyph::{Glyph, Sign},
};

/// By name and password.
#[component]
pub fn SignIn(
    /// What it loads.
    files: Files,
    /// What was typed.
    page: admin::SignIn,
) -> impl IntoView {
    view! {
        <Doorstep files title="Sign in">
            {page.problem.map(|problem| view! {
                <div class="card card-alert" role="alert"><p><Sign glyph=Glyph::Alert />{problem}</p></div>
            })}
            <form class="form" method="post" action="/sign-in">
                <input type="hidden" name="to" value=page.destination />
                <TextField name="name" label="Name" line=Line::AccountName field=page.name />
                <TextField name="password" label="Password" line=Line::CurrentPassword field=Field::default() />
                <button class="button primary">"Sign in"</button>
            </form>
            <p class="message-advice">
                "No password, or forgotten? Ask whoever runs this installation for a one-time link: "
                <code>"ltt user invite"</code> " makes one."
            </p>
            <p class="message-advice">"Learners and teachers come from their course, and do not sign in here."</p>
        </Doorstep>
    }
}

/// By a one-time link. Mail programs look at links, so that it takes a click to spend one.
#[component]
pub fn LinkSignIn(
    /// What it loads.
    files: Files,
    /// Whose link it is.
    page: admin::LinkSignIn,
) -> impl IntoView {
    view! {
        <Doorstep files title="Welcome to LTT">
            <p>"This link signs you in as " <strong>{page.name}</strong> ", " {page.role} "."</p>
            <p class="message-advice">"It works once. Afterwards you can choose a password for the next time."</p>
            <form method="post" action="/sign-in/link">
                <input type="hidden" name="link" value=page.secret />
                <button class="button primary">"Sign in"</button>
            </form>
        </Doorstep>
    }
}
