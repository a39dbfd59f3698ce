//! The HTML documents: round the pages, and the ones that stand alone and need no script.

use leptos::{nonce::use_nonce, prelude::*};

use crate::{
    model::Session,
    opening::{self, Opening},
    pages::Pages,
};

mod asking;
mod message;
#[cfg(feature = "ssr")]
mod placing;
mod proving;
mod reading;
mod registration;

pub use asking::AskingDocument;
pub use message::{Button, Message, MessageDocument, Question};
#[cfg(feature = "ssr")]
pub use placing::{PickerDocument, ReturningDocument, WaitingDocument};
pub use proving::{Proving, ProvingDocument, Step};
pub use reading::{Reading, ReadingDocument};
pub use registration::{CLOSING_SCRIPT, Registered, RegistrationDocument};

/// Where the files stand that a document loads.
#[derive(Debug, Clone)]
pub struct Files {
    /// The style sheet.
    pub style: String,
    /// The start script (`app/start`).
    pub start: String,
    /// The launch script (`app/launch`).
    pub launch: String,
    /// The JavaScript round the WebAssembly.
    pub program: String,
    /// The WebAssembly.
    pub module: String,
    /// The icon.
    pub icon: String,
}

/// The document of the activity. With a session it carries the learner's data; without one it finds the session in the
/// frame it is loaded into.
#[component]
pub fn ActivityDocument(
    /// What it loads.
    files: Files,
    /// The session, where one has just been opened.
    session: Option<Session>,
    /// What the pages start with.
    opening: Opening,
    /// Where what is looked at first stands.
    address: String,
    /// Where the page tells which sites it stands in, where somebody wants to know.
    frames: Option<String>,
) -> impl IntoView {
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    let token = session.as_ref().map(|session| session.token.clone());
    let session = session.map(|session| {
        view! { <script type="application/json" id="session" inner_html=script_text(&session)></script> }
    });
    let data = script_text(&opening);
    provide_context(opening);
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <DocumentHead title="LTT" files=files.clone() />
                <link rel="modulepreload" href=files.program.clone() nonce=nonce.clone() />
                <link rel="preload" href=files.module.clone() r#as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                {session}
                <script type="application/json" id=opening::ELEMENT inner_html=data></script>
                <script
                    src=files.start
                    id="start"
                    nonce=nonce
                    data-view=address
                    data-program=files.program
                    data-module=files.module
                    data-frames=frames
                ></script>
            </head>
            <body>
                <Pages />
                <WithoutScript token />
            </body>
        </html>
    }
}

/// What every document has in its head.
#[component]
pub(crate) fn DocumentHead(#[prop(into)] title: String, files: Files) -> impl IntoView {
    view! {
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="icon" type="image/svg+xml" href=files.icon />
        <link rel="stylesheet" href=files.style />
    }
}

/// With scripts switched off, the tasks can still be read.
#[component]
fn WithoutScript(token: Option<String>) -> impl IntoView {
    let offer = match token {
        Some(token) => format!(
            "<form method=\"post\" action=\"/activity/read\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
             <button class=\"button\">Read all tasks</button></form>"
        ),
        None => String::new(),
    };
    let text = format!(
        "<div class=\"no-script\"><p>Scripts are switched off in this browser, so you can read the tasks here but not \
         work on them.</p>{offer}</div>"
    );
    view! { <noscript inner_html=text></noscript> }
}

/// JSON as it may stand inside a script element: no `<` can end the element or open a comment.
fn script_text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default().replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::script_text;

    #[test]
    fn nothing_in_the_data_can_end_the_script_element() {
        assert_eq!(script_text(&"</script><!--"), r#""\u003c/script>\u003c!--""#);
    }
}
