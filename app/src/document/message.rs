//! A page that says one thing: what is wrong, and what to do next. It needs no session and no script.

use leptos::prelude::*;

use super::{DocumentHead, Files};

/// What the page says.
#[derive(Debug, Clone, Default)]
pub struct Message {
    /// A few words, as heading.
    pub title: String,
    /// What happened, in a sentence.
    pub sentence: String,
    /// What to do next; plain text.
    pub advice: String,
    /// Finds the case in the launch log; empty where there is nothing to look up.
    pub reference: String,
    /// The way on, where there is one.
    pub button: Option<Button>,
    /// What is asked of the person, where something is.
    pub question: Option<Question>,
}

/// A line to be typed.
#[derive(Debug, Clone)]
pub struct Question {
    /// What it is called.
    pub label: String,
    /// Under which name it is sent.
    pub name: String,
    /// What the button says.
    pub button: String,
    /// Where it is sent.
    pub address: String,
    /// What goes along with it.
    pub fields: Vec<(String, String)>,
}

/// A way on from a message.
#[derive(Debug, Clone)]
pub struct Button {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub address: String,
    /// What it posts there; a plain link where there is nothing.
    pub fields: Vec<(String, String)>,
    /// Whether it opens a window of its own.
    pub new_window: bool,
}

/// The whole page.
#[component]
pub fn MessageDocument(
    /// What it loads.
    files: Files,
    /// What it says.
    message: Message,
) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <DocumentHead title=format!("{} · LTT", message.title) files />
            </head>
            <body>
                <main class="message">
                    <MessageCard message />
                </main>
            </body>
        </html>
    }
}

/// What the page says, in a box of its own.
#[component]
pub(super) fn MessageCard(message: Message) -> impl IntoView {
    let reference = (!message.reference.is_empty()).then(|| {
        view! { <p class="message-reference">"Reference " <code>{message.reference.clone()}</code></p> }
    });
    view! {
        <div class="message-card">
            <h1>{message.title}</h1>
            <p>{message.sentence}</p>
            <p class="message-advice">{message.advice}</p>
            {message.question.map(|question| view! { <Asked question /> })}
            {message.button.map(|button| view! { <WayOn button /> })}
            {reference}
        </div>
    }
}

#[component]
fn Asked(question: Question) -> impl IntoView {
    view! {
        <form method="post" action=question.address class="message-question">
            {hidden(question.fields)}
            <label>
                <span>{question.label}</span>
                <input class="field" name=question.name required autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="64" />
            </label>
            <button class="button primary">{question.button}</button>
        </form>
    }
}

fn hidden(fields: Vec<(String, String)>) -> Vec<impl IntoView> {
    fields.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect()
}

#[component]
fn WayOn(button: Button) -> impl IntoView {
    let target = button.new_window.then_some("_blank");
    let rel = button.new_window.then_some("noopener");
    if button.fields.is_empty() {
        view! { <a class="button primary" href=button.address target=target rel=rel>{button.label}</a> }.into_any()
    } else {
        view! {
            <form method="post" action=button.address target=target>
                {hidden(button.fields)}
                <button class="button primary">{button.label}</button>
            </form>
        }
        .into_any()
    }
}
