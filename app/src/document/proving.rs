//! A page of a launch whose script asks the browser, and the platform's page round it, for something. Where nothing comes of
//! it, or there is no script, it is a message like others.

use leptos::prelude::*;

use super::{
    DocumentHead, Files,
    message::{Message, MessageCard},
};

/// What the launch script (`app/launch`) is told.
#[derive(Debug, Clone)]
pub struct Proving {
    /// Under which name this login's secret is kept.
    pub key: String,
    /// What it is about.
    pub step: Step,
    /// The only origin that a platform's storage may have.
    pub storage_origin: String,
    /// The frame in which the platform offers storage, if it does.
    pub storage_target: Option<String>,
}

/// A step of a launch.
#[derive(Clone)]
pub enum Step {
    /// On the way to the platform: find out what the browser keeps, and let it keep the secret.
    Login {
        /// Where the platform is.
        platform: String,
        /// What to keep.
        secret: String,
    },
    /// On the way back: bring what was kept.
    Proof {
        /// What it is brought for.
        ticket: String,
    },
}

impl std::fmt::Debug for Step {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Login { .. } => "Login",
            Self::Proof { .. } => "Proof",
        })
    }
}

/// The whole page. The script stands first, so that it waits for no style sheet; while it asks, it hides the message.
#[component]
pub fn ProvingDocument(
    /// What it loads.
    files: Files,
    /// What it says where nothing comes of proving.
    message: Message,
    /// What the script is told.
    proving: Proving,
    /// For the policy.
    nonce: String,
) -> impl IntoView {
    let (platform, secret, ticket) = match proving.step {
        Step::Login { platform, secret } => (Some(platform), Some(secret), None),
        Step::Proof { ticket } => (None, None, Some(ticket)),
    };
    let without_script = platform.clone().map(|platform| {
        view! { <noscript><p><a href=platform>"Try it here all the same"</a></p></noscript> }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <script
                    src=files.launch.clone()
                    id="launch"
                    nonce=nonce
                    data-key=proving.key
                    data-platform=platform
                    data-secret=secret
                    data-ticket=ticket
                    data-storage-origin=proving.storage_origin
                    data-storage-target=proving.storage_target
                ></script>
                <DocumentHead title=format!("{} · LTT", message.title) files />
            </head>
            <body>
                <main class="message">
                    <p class="message-waiting" role="status">"Opening the activity…"</p>
                    <MessageCard message />
                    {without_script}
                </main>
            </body>
        </html>
    }
}
