//! `/` in a plain browser: what this is, and where to go.

use leptos::prelude::*;

use super::Doorstep;
use crate::{document::Files, model::admin};

/// The page.
#[component]
pub fn Home(
    /// What it loads.
    files: Files,
    /// What there is to say.
    home: admin::Home,
) -> impl IntoView {
    let admin::Home { frame, is_fresh } = home;
    let ways = match (frame, is_fresh) {
        (Some(frame), _) => {
            let lead = if frame.is_administrator {
                view! { <a class="button primary" href="/admin">"Administration"</a> }.into_any()
            } else {
                view! { <a class="button primary" href="/teach">"Your courses"</a> }.into_any()
            };
            view! {
                <p>"Signed in as " <strong>{frame.account}</strong> "."</p>
                <div class="actions">
                    {lead}
                    <a class="button" href="/account">"Your account"</a>
                    <form method="post" action="/sign-out"><button class="button button-quiet">"Sign out"</button></form>
                </div>
            }
            .into_any()
        }
        (None, true) => view! { <Fresh /> }.into_any(),
        (None, false) => view! {
            <p class="message-advice">"Do you look after this installation, or a platform on it?"</p>
            <a class="button" href="/sign-in">"Sign in"</a>
        }
        .into_any(),
    };
    view! {
        <Doorstep files title="LTT, the Learning Task Tracker">
            <p>
                "An AI tutor that lives inside a course. Learners open it from their learning platform, work on tasks with it, "
                "and find their grade in the course."
            </p>
            <p class="message-advice">
                "Are you learning or teaching? Go to your course and open the activity there; there is nothing to sign in to here."
            </p>
            {ways}
        </Doorstep>
    }
}

/// Nobody can sign in yet.
#[component]
fn Fresh() -> impl IntoView {
    view! {
        <section class="first-step" aria-labelledby="first-step">
            <h2 id="first-step">"This installation is new"</h2>
            <p>"Nobody looks after it yet. On the machine it runs on, give yourself a way in:"</p>
            <pre><code>"ltt user invite --role administrator"</code></pre>
            <p>"It prints a link that signs you in once. From there on, these pages lead you."</p>
        </section>
    }
}
