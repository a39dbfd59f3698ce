//! `/account`: the own password.

use leptos::prelude::*;

use super::form::{ErrorSummary, Line, TextField};
use crate::model::admin::AccountPage;

/// The page's content.
#[component]
pub fn Account(page: AccountPage) -> impl IntoView {
    let AccountPage { name, role, has_password, current, password, shortest } = page;
    let fields = vec![("current", "Present password", current.clone()), ("password", "New password", password.clone())];
    let (heading, button) =
        if has_password { ("Change your password", "Change password") } else { ("Choose a password", "Save password") };
    view! {
        <p class="lead">
            "You are " <strong>{name.clone()}</strong> ", " {role} ". To sign in, type this name and your password."
        </p>
        <section class="panel" aria-labelledby="password-heading">
            <h2 id="password-heading">{heading}</h2>
            {(!has_password).then(|| view! {
                <p class="quiet">
                    "Without one you need a new one-time link each time. It has at least " {shortest}
                    " characters; a few unrelated words are good."
                </p>
            })}
            <ErrorSummary fields />
            <form class="form" method="post" action="/account">
                // Password managers want to know whose password this is.
                <input class="visually-hidden" type="text" autocomplete="username" value=name tabindex="-1" aria-hidden="true" readonly />
                {has_password.then(|| view! {
                    <TextField name="current" label="Present password" line=Line::CurrentPassword field=current />
                })}
                <TextField name="password" label="New password" line=Line::NewPassword field=password />
                <button class="button primary">{button}</button>
            </form>
        </section>
    }
}
