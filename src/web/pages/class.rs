//! The class, as a whole document for a plain browser and as a piece of the activity.

use app::{
    model::class::{ClassPage, CoursesPage, LearnerPage, SettingsPage},
    pages::class::{self, Fragment},
};
use axum::response::Response;
use http::StatusCode;
use leptos::prelude::{AnyView, IntoAny, IntoView, Owner, RenderHtml, view};

use super::admin::{Shell, in_shell};
use crate::web::class::Page;

/// What is on a page of the class.
pub enum Content {
    /// `/teach`
    Courses(CoursesPage),
    /// The class itself.
    Class(ClassPage),
    /// `…/learners/{work}`
    Learner(LearnerPage),
    /// `…/settings`
    Settings(SettingsPage),
}

impl Content {
    fn drawn(self) -> AnyView {
        match self {
            Self::Courses(page) => view! { <class::Courses page /> }.into_any(),
            Self::Class(page) => view! { <class::Class page /> }.into_any(),
            Self::Learner(page) => view! { <class::Learner page /> }.into_any(),
            Self::Settings(page) => view! { <class::Settings page /> }.into_any(),
        }
    }
}

/// A page in a plain browser.
pub fn page(status: StatusCode, shell: Shell, content: Content) -> Response {
    in_shell(status, shell, || content.drawn())
}

/// A page as the activity shows it.
pub fn fragment(page: Page) -> String {
    let Page { title, trail, notice, content, status: _ } = page;
    Owner::new().with(|| view! { <Fragment title trail notice>{content.drawn()}</Fragment> }.into_view().to_html())
}
