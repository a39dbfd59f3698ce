//! The pages of placing: a choice of projects and tasks, the way back to the course with it, and waiting for it. They work without
//! scripts; scripts only save a click.

use leptos::prelude::*;

use super::{DocumentHead, Files};
use crate::model::placing::{Picker, PickerEntry, Returning, Waiting};

/// The page on which somebody chooses.
#[component]
pub fn PickerDocument(
    /// What it loads.
    files: Files,
    /// The script that searches.
    script: String,
    /// What there is to choose.
    picker: Picker,
    /// For the policy.
    nonce: String,
) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <DocumentHead title=format!("{} · LTT", picker.title) files />
                <script src=script nonce=nonce defer></script>
            </head>
            <body>
                <main class="picker">
                    <Choosing picker />
                </main>
            </body>
        </html>
    }
}

#[component]
fn Choosing(picker: Picker) -> impl IntoView {
    let notes: Vec<_> = picker.notes.into_iter().map(|note| view! { <p class="picker-note">{note}</p> }).collect();
    let problem = picker.problem.map(|problem| {
        view! { <p class="picker-problem" role="alert" id="problem">{problem}</p> }
    });
    let nothing = picker.nothing.map(|nothing| view! { <p class="picker-note">{nothing}</p> });
    let kind = if picker.several { "checkbox" } else { "radio" };
    let is_empty = picker.projects.is_empty();
    let projects: Vec<_> = picker.projects.into_iter().map(|entry| view! { <Entry entry kind /> }).collect();
    let choice = (!is_empty).then(|| {
        view! {
            <label class="picker-search" data-search hidden>
                <span>"Search tasks"</span>
                <input class="field" type="search" autocomplete="off" spellcheck="false" />
            </label>
            <fieldset class="picker-choice">
                <legend class="visually-hidden">"Projects and tasks"</legend>
                <ul class="picker-tree">{projects}</ul>
                <p class="picker-none" data-none hidden>"No project or task has these words."</p>
            </fieldset>
        }
    });
    let place = (!is_empty).then(|| {
        view! { <button class="button primary" name="act" value="place">{picker.button}</button> }
    });
    let cancel = picker.cancel.map(|cancel| {
        view! { <button class="button" name="act" value="cancel">{cancel}</button> }
    });
    view! {
        <form class="picker-form" method="post" action=picker.address>
            <input type="hidden" name="request" value=picker.request />
            <h1>{picker.title}</h1>
            <p>{picker.sentence}</p>
            {notes}
            {problem}
            {nothing}
            {choice}
            <div class="picker-foot actions">
                {place}
                {cancel}
                <p class="picker-count" role="status" data-count></p>
            </div>
        </form>
    }
}

/// A project or task, with what is below it.
#[component]
fn Entry(entry: PickerEntry, kind: &'static str) -> AnyView {
    let id = format!("choice-{}", entry.value.replace('/', "-in-"));
    let facts = facts(&entry);
    let about = format!("{id}-facts");
    let below: Vec<_> = entry.below.into_iter().map(|entry| view! { <Entry entry kind /> }).collect();
    let below = (!below.is_empty()).then(|| view! { <ul>{below}</ul> });
    let words = entry.title.to_lowercase();
    let preview_name = format!("Preview of {}", entry.title);
    let preview = (!entry.preview_html.is_empty()).then(|| {
        view! {
            <details class="picker-preview">
                <summary aria-label=preview_name>"Preview"</summary>
                <div class="prose" dir="auto" inner_html=entry.preview_html></div>
            </details>
        }
    });
    view! {
        <li data-words=words>
            <div class="picker-entry">
                <input type=kind name="chosen" value=entry.value id=id.clone() checked=entry.is_chosen aria-describedby=about.clone() />
                <label for=id dir="auto">{entry.title}</label>
                <span class="picker-facts" id=about>{facts}</span>
                {preview}
            </div>
            {below}
        </li>
    }
    .into_any()
}

fn facts(entry: &PickerEntry) -> String {
    let points = match entry.points {
        0.0 => "no points".to_owned(),
        1.0 => "1 point".to_owned(),
        points => format!("{points} points"),
    };
    match entry.minutes {
        Some(1) => format!("{points}, 1 minute"),
        Some(minutes) => format!("{points}, {minutes} minutes"),
        None => points,
    }
}

/// Sends the form; without it, the form's button does.
const SEND: &str = "document.getElementById('answer').submit();";

/// The page by which the browser takes a choice to the platform.
#[component]
pub fn ReturningDocument(
    /// What it loads.
    files: Files,
    /// What is taken where.
    returning: Returning,
    /// For the policy.
    nonce: String,
) -> impl IntoView {
    let (name, value) = returning.field;
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <DocumentHead title="Back to your course · LTT" files />
            </head>
            <body>
                <main class="message">
                    <form class="message-card" method="post" action=returning.address id="answer">
                        <h1>"Back to your course"</h1>
                        <p role="status">"Your course is being told."</p>
                        <input type="hidden" name=name value=value />
                        <button class="button primary">"Go on"</button>
                    </form>
                </main>
                <script nonce=nonce inner_html=SEND></script>
            </body>
        </html>
    }
}

/// Asks now and then, less and less often, whether the choice has been made, and goes on when it has.
const WAIT: &str = r#"
const main = document.querySelector("main");
let pause = 5000;
const ask = async () => {
  try {
    const { ready } = await (await fetch(main.dataset.ready)).json();
    if (ready) return location.replace(main.dataset.address);
  } catch {
    // The next time tells.
  }
  pause = Math.min(pause * 1.25, 60000);
  setTimeout(ask, pause);
};
setTimeout(ask, pause);
document.querySelector("[data-by-itself]").hidden = false;
"#;

/// The page of somebody who waits for a choice.
#[component]
pub fn WaitingDocument(
    /// What it loads.
    files: Files,
    /// Where it leads.
    waiting: Waiting,
    /// For the policy.
    nonce: String,
) -> impl IntoView {
    let again = waiting.address.clone();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <DocumentHead title="Not set up yet · LTT" files />
            </head>
            <body>
                <main class="message" data-address=waiting.address data-ready=waiting.ready>
                    <div class="message-card">
                        <h1>"This activity is not set up yet"</h1>
                        <p>"Somebody who teaches this course still has to choose what opens here."</p>
                        <p class="message-advice" data-by-itself hidden role="status">
                            "You can leave this page open: it lets you in by itself as soon as the choice is made."
                        </p>
                        <a class="button primary" href=again>"Try again"</a>
                    </div>
                </main>
                <script nonce=nonce inner_html=WAIT></script>
            </body>
        </html>
    }
}
