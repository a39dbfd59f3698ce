//! A page that holds nothing and asks its frame where it stands, before a launch opens anything in it.

use leptos::{nonce::use_nonce, prelude::*};

use super::{DocumentHead, Files};

/// Tells which sites are above, and goes on where all of them may show LTT.
const SCRIPT: &str = r#"
const main = document.querySelector("main");
const goOn = () => location.replace(main.dataset.next);
const above = [...(location.ancestorOrigins ?? [])];
if (above.length === 0) goOn();
else
  fetch(main.dataset.frames, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ above }),
  })
    .then((answer) => answer.json())
    .then(({ allowed }) => (allowed ? goOn() : (main.hidden = false)))
    .catch(goOn);
"#;

/// The whole page.
#[component]
pub fn AskingDocument(
    /// What it loads.
    files: Files,
    /// Where it tells what it stands in.
    frames: String,
    /// Where the launch goes on.
    next: String,
) -> impl IntoView {
    let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <DocumentHead title="LTT" files />
            </head>
            <body>
                <main class="message" hidden data-frames=frames data-next=next.clone()>
                    <div class="message-card">
                        <h1>"This site may not show LTT"</h1>
                        <p>"Whoever runs LTT has not named the site that this activity stands in."</p>
                        <p class="message-advice">
                            "Tell your teacher. The administrator of LTT now finds the site in the administration pages, and can allow it there."
                        </p>
                    </div>
                </main>
                <noscript>
                    <a href=next>"Open the activity"</a>
                </noscript>
                <script nonce=nonce inner_html=SCRIPT></script>
            </body>
        </html>
    }
}
