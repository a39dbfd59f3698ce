//! Giving LTT a project file, with its mistakes beside it where it has any, and a look at it before it counts.

use leptos::prelude::*;

use super::shown::Shown;
use crate::{
    browser::fields::as_content,
    model::{
        admin::Field,
        library::{ChangesShown, MistakeShown, UploadPage, UploadPreview as Preview},
    },
    pages::{
        admin::form::TextLines,
        glyph::{Glyph, Sign},
    },
};

/// Where files are sent.
const ADDRESS: &str = "/teach/upload";

/// The form's content.
#[component]
pub fn Upload(page: UploadPage) -> impl IntoView {
    let UploadPage { of, text, mistakes } = page;
    let of_project = of.map(|slug| {
        view! {
            <p class="lead">
                "A new version of " <code class="break">{slug}</code>
                ": keep the slug, and raise the version by one. Learners stay on the version they started."
            </p>
        }
    });
    let is_sent_back = !mistakes.is_empty();
    view! {
        {of_project}
        <Mistakes mistakes />
        <form class="form panel" method="post" action=ADDRESS enctype="multipart/form-data">
            <div class="form-field">
                <label class="form-label" for="file">"Project file"</label>
                <p class="form-hint" id="file-hint">
                    "YAML or JSON, at most 1 MB. Nothing is imported yet: you look at it first."
                </p>
                <input
                    class="field"
                    type="file"
                    id="file"
                    name="file"
                    accept=".yaml,.yml,.json,application/json,application/yaml"
                    aria-describedby="file-hint"
                />
            </div>
            <TextLines
                name="text"
                label="Or its text"
                hint="Paste it here, or correct here what was sent. A file that is chosen above wins."
                rows=if is_sent_back { 24 } else { 12 }
                field=Field::of(text)
            />
            <div class="actions">
                <button class="button primary">"Check and preview"</button>
                <a class="button" href="/teach/projects">"Cancel"</a>
            </div>
        </form>
    }
}

/// Everything that is wrong, each with its line.
#[component]
fn Mistakes(mistakes: Vec<MistakeShown>) -> impl IntoView {
    (!mistakes.is_empty()).then(|| {
        let title = match mistakes.len() {
            1 => "One thing has to be corrected".to_owned(),
            count => format!("{count} things have to be corrected"),
        };
        let items: Vec<_> = mistakes.into_iter().map(|mistake| view! { <Mistake mistake /> }).collect();
        view! {
            <div class="card card-alert error-summary" role="alert">
                <h2 class="card-title"><Sign glyph=Glyph::Alert />{title}</h2>
                <p class="quiet">"Nothing was imported. What you sent stands below as it was."</p>
                <ul class="file-mistakes">{items}</ul>
            </div>
        }
    })
}

#[component]
fn Mistake(mistake: MistakeShown) -> impl IntoView {
    let MistakeShown { line, written, path, message } = mistake;
    view! {
        <li>
            {line.map(|line| view! { <strong>{format!("Line {line}: ")}</strong> })}
            {(!path.is_empty()).then(|| view! { <code class="break">{path}</code> ": " })}
            {message}
            {written.map(|written| view! { <pre class="file-line"><code>{written}</code></pre> })}
        </li>
    }
}

/// What was read of a file, before it is imported.
#[component]
pub fn UploadPreview(page: Preview) -> impl IntoView {
    let Preview { slug, shown, changes, text } = page;
    let button = format!("Import version {}", shown.version);
    view! {
        <p class="lead">
            "The file is good. Nothing is imported yet: look through it, then import it as "
            <code class="break">{slug}</code> "."
        </p>
        {changes.map(|changes| view! { <Changes changes /> })}
        <Shown shown />
        <div class="actions page-actions">
            <form method="post" action="/teach/projects" enctype="multipart/form-data">
                <textarea name="text" hidden>{format!("\n{}", as_content(&text))}</textarea>
                <div class="actions">
                    <button class="button primary">{button}</button>
                    <button class="button" formaction="/teach/upload/edit">"Change it first"</button>
                    <a class="button" href="/teach/projects">"Cancel"</a>
                </div>
            </form>
        </div>
    }
}

#[component]
fn Changes(changes: ChangesShown) -> impl IntoView {
    let ChangesShown { before, learners, added, removed, changed, about } = changes;
    let is_same = added.is_empty() && removed.is_empty() && changed.is_empty() && !about;
    let stay = match learners {
        0 => format!("Nobody works on version {before} yet. Whoever begins from now on gets the new one."),
        1 => format!(
            "One learner works on version {before} and stays on it. Whoever begins from now on gets the new one."
        ),
        count => {
            format!(
                "{count} learners work on version {before} and stay on it. Whoever begins from now on gets the new one."
            )
        }
    };
    view! {
        <section class="panel" aria-labelledby="changes">
            <h2 id="changes">{format!("What is other than in version {before}")}</h2>
            <p>{stay}</p>
            {is_same.then(|| view! { <p>"No task is new, gone or other."</p> })}
            {about.then(|| view! { <p>"The title, the introduction or the tutor of the project is other."</p> })}
            <Titles heading="New tasks" titles=added />
            <Titles heading="Changed tasks" titles=changed />
            <Titles heading="Tasks that are gone" titles=removed />
        </section>
    }
}

#[component]
fn Titles(heading: &'static str, titles: Vec<String>) -> impl IntoView {
    (!titles.is_empty()).then(|| {
        let items: Vec<_> = titles.into_iter().map(|title| view! { <li>{title}</li> }).collect();
        view! {
            <h3>{heading}</h3>
            <ul class="bullets">{items}</ul>
        }
    })
}
