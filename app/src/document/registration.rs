//! The page that a platform opens to have LTT registered: what came of it, and a way back.

use leptos::prelude::*;

use super::{DocumentHead, Files};

/// Tells whoever opened the page that it can be closed (LTI Dynamic Registration 1.0 §3.7): each of the platform's origins by
/// name, in the words of the specification and in the newer ones. It holds nothing that changes, so that its hash can stand in
/// the page's policy.
pub const CLOSING_SCRIPT: &str = r#"
const button = document.getElementById("close");
button.hidden = false;
button.addEventListener("click", () => {
  const opener = window.parent === window ? window.opener : window.parent;
  for (const origin of button.dataset.origins.split(" "))
    for (const subject of ["org.imsglobal.lti.close", "lti.close"]) opener?.postMessage({ subject }, origin);
  if (window.parent === window) window.close();
});
"#;

/// What came of a registration.
#[derive(Debug, Clone, Default)]
pub struct Registered {
    /// A few words, as heading.
    pub title: String,
    /// What happened, in a sentence.
    pub sentence: String,
    /// What to do next, in order; plain text.
    pub steps: Vec<String>,
    /// The platform's origins, which are told when the page is closed.
    pub origins: Vec<String>,
}

/// The whole page.
#[component]
pub fn RegistrationDocument(
    /// What it loads.
    files: Files,
    /// What came of it.
    registered: Registered,
) -> impl IntoView {
    let steps: Vec<_> = registered.steps.into_iter().map(|step| view! { <li>{step}</li> }).collect();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <DocumentHead title=format!("{} · LTT", registered.title) files />
            </head>
            <body>
                <main class="message">
                    <div class="message-card prose">
                        <h1>{registered.title}</h1>
                        <p>{registered.sentence}</p>
                        <ol>{steps}</ol>
                        <button class="button primary" id="close" data-origins=registered.origins.join(" ") hidden>
                            "Back to the platform"
                        </button>
                        <script inner_html=CLOSING_SCRIPT></script>
                    </div>
                </main>
            </body>
        </html>
    }
}
