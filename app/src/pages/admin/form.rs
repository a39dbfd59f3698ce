//! What forms are made of: labelled fields with a hint and, where something is wrong, the problem right beside it.

use leptos::prelude::*;

use crate::{
    browser::fields::as_content,
    model::admin::{Choice, Field},
    pages::glyph::{Glyph, Sign},
};

/// What a line takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Line {
    /// Any text.
    #[default]
    Text,
    /// A web address.
    Address,
    /// The name to sign in by.
    AccountName,
    /// The present password.
    CurrentPassword,
    /// A new password.
    NewPassword,
}

impl Line {
    fn kind(self) -> &'static str {
        match self {
            Self::CurrentPassword | Self::NewPassword => "password",
            // `url` would let the browser refuse what the server explains better.
            Self::Text | Self::Address | Self::AccountName => "text",
        }
    }

    fn completion(self) -> &'static str {
        match self {
            Self::AccountName => "username",
            Self::CurrentPassword => "current-password",
            Self::NewPassword => "new-password",
            Self::Text | Self::Address => "off",
        }
    }

    fn keyboard(self) -> Option<&'static str> {
        (self == Self::Address).then_some("url")
    }
}

/// A field of one line.
#[component]
pub fn TextField(
    /// Its name in the form, and its id.
    name: &'static str,
    /// What it asks for.
    label: &'static str,
    /// What helps to fill it in.
    #[prop(optional)]
    hint: &'static str,
    /// What it takes.
    #[prop(optional)]
    line: Line,
    /// Whether it may stay empty.
    #[prop(optional)]
    is_optional: bool,
    /// What was typed.
    field: Field,
) -> impl IntoView {
    let about = Description::of(name, hint, &field);
    view! {
        <div class="form-field" data-problem=field.problem.as_ref().map(|_| "")>
            <Label name label is_optional />
            {about.hint()}
            {about.problem()}
            <input
                class="field"
                type=line.kind()
                id=name
                name=name
                value=field.value
                autocomplete=line.completion()
                inputmode=line.keyboard()
                spellcheck="false"
                autocapitalize="none"
                aria-describedby=about.ids()
                aria-invalid=field.problem.as_ref().map(|_| "true")
            />
        </div>
    }
}

/// A field of several lines.
#[component]
pub fn TextLines(
    /// Its name in the form, and its id.
    name: &'static str,
    /// What it asks for.
    label: &'static str,
    /// What helps to fill it in.
    #[prop(optional)]
    hint: &'static str,
    /// How many lines it shows.
    #[prop(default = 3)]
    rows: u32,
    /// Whether it may stay empty.
    #[prop(optional)]
    is_optional: bool,
    /// What was typed.
    field: Field,
) -> impl IntoView {
    let about = Description::of(name, hint, &field);
    let Field { value, problem } = field;
    let is_wrong = problem.is_some();
    view! {
        <div class="form-field" data-problem=is_wrong.then_some("")>
            <Label name label is_optional />
            {about.hint()}
            {about.problem()}
            <textarea
                class="field"
                id=name
                name=name
                rows=rows
                spellcheck="false"
                autocapitalize="none"
                aria-describedby=about.ids()
                aria-invalid=is_wrong.then_some("true")
            >
                // A line break at the beginning of a text area is not part of it.
                {format!("\n{}", as_content(&value))}
            </textarea>
        </div>
    }
}

/// One of several, as a list that opens.
#[component]
pub fn Select(
    /// Its name in the form, and its id.
    name: &'static str,
    /// What it asks for.
    label: &'static str,
    /// What helps to choose.
    #[prop(optional)]
    hint: &'static str,
    /// What there is.
    choices: Vec<Choice>,
) -> impl IntoView {
    let about = Description::of(name, hint, &Field::default());
    let options: Vec<_> = choices
        .into_iter()
        .map(|choice| view! { <option value=choice.value selected=choice.chosen>{choice.label}</option> })
        .collect();
    view! {
        <div class="form-field">
            <Label name label is_optional=false />
            {about.hint()}
            <select class="field" id=name name=name aria-describedby=about.ids()>{options}</select>
        </div>
    }
}

/// A yes or no.
#[component]
pub fn Checkbox(
    /// Its name in the form, and its id.
    name: &'static str,
    /// What it says.
    label: &'static str,
    /// What follows from it.
    hint: &'static str,
    /// Whether it is set.
    is_set: bool,
) -> impl IntoView {
    let about = Description::of(name, hint, &Field::default());
    view! {
        <div class="form-field form-check">
            <input type="checkbox" id=name name=name value="yes" checked=is_set aria-describedby=about.ids() />
            <label for=name>{label}</label>
            {about.hint()}
        </div>
    }
}

#[component]
fn Label(name: &'static str, label: &'static str, is_optional: bool) -> impl IntoView {
    view! {
        <label class="form-label" for=name>
            {label}
            {is_optional.then(|| view! { <span class="quiet">" (optional)"</span> })}
        </label>
    }
}

/// What stands beside a field, and is read out with it.
struct Description {
    name: &'static str,
    hint: &'static str,
    problem: Option<String>,
}

impl Description {
    fn of(name: &'static str, hint: &'static str, field: &Field) -> Self {
        Self { name, hint, problem: field.problem.clone() }
    }

    fn hint(&self) -> Option<impl IntoView + use<>> {
        let (id, hint) = (format!("{}-hint", self.name), self.hint);
        (!hint.is_empty()).then(|| view! { <p class="form-hint" id=id>{hint}</p> })
    }

    fn problem(&self) -> Option<impl IntoView + use<>> {
        let id = format!("{}-problem", self.name);
        let problem = self.problem.clone()?;
        Some(view! {
            <p class="form-problem" id=id>
                <Sign glyph=Glyph::Alert />
                <span><span class="visually-hidden">"Problem: "</span>{problem}</span>
            </p>
        })
    }

    fn ids(&self) -> Option<String> {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let problem = self.problem.as_ref().map(|_| format!("{}-problem", self.name));
        let ids: Vec<String> = hint.into_iter().chain(problem).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// At the top of a form that was sent back: everything that is wrong, each leading to its field.
#[component]
pub fn ErrorSummary(
    /// The fields with their ids and labels.
    fields: Vec<(&'static str, &'static str, Field)>,
) -> impl IntoView {
    let problems: Vec<_> =
        fields.into_iter().filter_map(|(id, label, field)| field.problem.map(|problem| (id, label, problem))).collect();
    (!problems.is_empty()).then(|| {
        let title = match problems.len() {
            1 => "One thing has to be corrected".to_owned(),
            count => format!("{count} things have to be corrected"),
        };
        let items: Vec<_> = problems
            .into_iter()
            .map(|(id, label, problem)| {
                view! { <li><a href=format!("#{id}")>{label}</a> ": " {problem}</li> }
            })
            .collect();
        view! {
            <div class="card card-alert error-summary" role="alert">
                <h2 class="card-title"><Sign glyph=Glyph::Alert />{title}</h2>
                <p class="quiet">"Nothing was saved yet."</p>
                <ul>{items}</ul>
            </div>
        }
    })
}
