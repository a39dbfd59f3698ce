//! The pages of the class: plain pieces with plain links and forms. They stand in the frame of a launch, where the activity
//! fetches them, and in a plain browser, where they are whole pages.

use leptos::prelude::*;

mod ago;
mod class_table;
mod courses;
mod learner;
mod overview;
mod picture;
mod roster;
mod settings;
mod strip;

pub use courses::Courses;
pub use learner::Learner;
pub use overview::Class;
pub use settings::Settings;

use super::admin::Trail;

/// A page of the class as the activity shows it.
#[component]
pub fn Fragment(
    /// What it is called.
    title: String,
    /// The pages above it.
    trail: Trail,
    /// What has just been done.
    notice: Option<String>,
    /// What is on it.
    children: Children,
) -> impl IntoView {
    let links: Vec<_> =
        trail.into_iter().map(|(address, name)| view! { <li><a href=address>{name}</a></li> }).collect();
    view! {
        {(!links.is_empty()).then(|| view! { <nav class="breadcrumbs" aria-label="Breadcrumbs"><ol>{links}</ol></nav> })}
        <h2 class="class-title" id="class-heading" tabindex="-1" dir="auto">{title}</h2>
        {notice.map(|notice| view! { <p class="admin-notice" id="class-notice" role="status" tabindex="-1">{notice}</p> })}
        {children()}
    }
}
