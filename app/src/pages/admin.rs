//! The administration pages: plain documents with plain forms, which need no WebAssembly and no script.
//!
//! A page is a component of its own, in the file of its name; [`AdminDocument`] stands round each of them. What a
//! registration's page shows stands in `registration/`, a section a file.

use leptos::{nonce::use_nonce, prelude::*};

use crate::{
    document::{DocumentHead, Files},
    model::admin::{Frame, Section},
};

mod account;
mod copy;
mod families;
pub(in crate::pages) mod form;
mod guide;
mod home;
mod invitations;
mod keys;
mod launches;
mod log;
mod moment;
mod passports;
mod people;
mod platforms;
mod projects;
mod registration;
mod registration_form;
mod removal;
mod sign_in;
mod start;
mod test_launch;

pub use account::Account;
pub use families::Families;
pub use home::Home;
pub use invitations::Invitations;
pub use keys::{KeyRotation, Keys};
pub use launches::Launches;
pub use log::Log;
pub use passports::Passports;
pub use people::{People, PersonRemoval};
pub use platforms::Platforms;
pub use projects::{Library, Project, Upload, UploadPreview};
pub use registration::Registration;
pub use registration_form::{EditRegistration, NewRegistration};
pub use removal::Removal;
pub use sign_in::{LinkSignIn, SignIn};
pub use start::Start;
pub use test_launch::TestLaunch;

/// Where a page stands: the pages above it, outermost first, each with its address and name.
pub type Trail = Vec<(String, String)>;

/// What the navigation leads to. A new part of the administration is added here.
const SECTIONS: [(Section, &str, &str); 7] = [
    (Section::Start, "/admin", "Overview"),
    (Section::Teaching, "/teach", "Courses"),
    (Section::Projects, "/teach/projects", "Projects"),
    (Section::Platforms, "/admin/platforms", "Platforms"),
    (Section::Log, "/admin/log", "Launch log"),
    (Section::People, "/admin/people", "People"),
    (Section::Keys, "/admin/keys", "Keys"),
];

/// What concerns the whole installation, and is not there for who looks after an organisation.
const OF_THE_INSTALLATION: [Section; 1] = [Section::Keys];

/// What is there for whoever teaches and looks after no platforms.
const OF_TEACHING: [Section; 2] = [Section::Teaching, Section::Projects];

/// A page of somebody who is signed in.
#[component]
pub fn AdminDocument(
    /// What it loads.
    files: Files,
    /// The script that makes copy buttons work.
    script: String,
    /// Who is signed in.
    frame: Frame,
    /// What it is called.
    #[prop(into)]
    title: String,
    /// The part of the administration it belongs to.
    section: Section,
    /// The pages above it.
    #[prop(optional)]
    trail: Trail,
    /// Whether something on it has to be corrected.
    #[prop(optional)]
    has_problems: bool,
    /// What is on it.
    children: Children,
) -> impl IntoView {
    let nonce = use_nonce().map(|nonce| nonce.to_string());
    let document_title =
        if has_problems { format!("Please correct: {title} · LTT") } else { format!("{title} · LTT") };
    let notice = frame.notice.clone();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <DocumentHead title=document_title files />
                <script src=script nonce=nonce defer></script>
            </head>
            <body>
                <a class="skip-link" href="#main">"Skip to the content"</a>
                <Top frame section />
                <main class="admin" id="main" tabindex="-1">
                    <Breadcrumbs trail />
                    <h1>{title}</h1>
                    {notice.map(|notice| view! { <p class="admin-notice" role="status">{notice}</p> })}
                    {children()}
                </main>
            </body>
        </html>
    }
}

/// Who is signed in, and where one can go.
#[component]
fn Top(frame: Frame, section: Section) -> impl IntoView {
    let sections = {
        let is_theirs = |(here, ..): &(Section, &str, &str)| {
            if frame.is_administrator {
                frame.organisation.is_none() || !OF_THE_INSTALLATION.contains(here)
            } else {
                OF_TEACHING.contains(here)
            }
        };
        let links: Vec<_> = SECTIONS
            .into_iter()
            .filter(is_theirs)
            .map(|(here, address, name)| {
                view! {
                    <li>
                        <a class="tab" href=address aria-current=(here == section).then_some("page")>{name}</a>
                    </li>
                }
            })
            .collect();
        view! {
            <nav class="admin-sections" aria-label="Main">
                <ul class="views">{links}</ul>
            </nav>
        }
    };
    let is_account = section == Section::Account;
    view! {
        <header class="admin-top">
            <a class="admin-brand" href="/">"LTT"</a>
            {sections}
            <div class="admin-person">
                {frame.organisation.map(|name| view! { <span class="quiet admin-organisation">{name}</span> })}
                <a class="tab" href="/account" aria-current=is_account.then_some("page")>
                    <span class="visually-hidden">"Your account: "</span>
                    {frame.account}
                </a>
                <form method="post" action="/sign-out">
                    <button class="button button-quiet">"Sign out"</button>
                </form>
            </div>
        </header>
    }
}

#[component]
fn Breadcrumbs(trail: Trail) -> impl IntoView {
    (!trail.is_empty()).then(|| {
        let links: Vec<_> =
            trail.into_iter().map(|(address, name)| view! { <li><a href=address>{name}</a></li> }).collect();
        view! { <nav class="breadcrumbs" aria-label="Breadcrumbs"><ol>{links}</ol></nav> }
    })
}

/// A page that stands alone in front of the administration.
#[component]
fn Doorstep(
    /// What it loads.
    files: Files,
    /// What it is called.
    #[prop(into)]
    title: String,
    /// What is on it.
    children: Children,
) -> impl IntoView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <DocumentHead title=format!("{title} · LTT") files />
            </head>
            <body>
                <main class="message">
                    <div class="message-card doorstep">
                        <h1>{title}</h1>
                        {children()}
                    </div>
                </main>
            </body>
        </html>
    }
}
