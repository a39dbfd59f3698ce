//! Documents for a plain browser: the administration, and the door in front of it. They may never stand in a frame.

use app::{
    document::{Message, MessageDocument},
    model::admin::{
        AccountPage, EditRegistrationPage, FamiliesPage, Frame, Home, KeyRotationPage, KeysPage, LinkSignIn, LogPage,
        NewRegistrationPage, PassportsPage, PeoplePage, PersonRow, PlatformsPage, RegistrationPage, RemovalPage,
        Section, SignIn, StartPage, TestPage, launches::LaunchesPage,
    },
    model::enrolment::InvitationsPage,
    model::library::{LibraryPage, ProjectPage, UploadPage, UploadPreview},
    pages::admin::{self, AdminDocument, Trail},
};
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use leptos::{
    nonce::{provide_nonce, use_nonce},
    prelude::{AnyView, IntoAny, IntoView, Owner, RenderHtml, view},
};

use super::{files, headers};
use crate::web::assets::Assets;

/// What stands round a page of the administration.
pub struct Shell {
    /// Who is signed in.
    pub frame: Frame,
    /// What the page is called.
    pub title: String,
    /// The part of the administration it belongs to.
    pub section: Section,
    /// The pages above it, each with its address and name.
    pub trail: Trail,
}

/// What is on a page of the administration.
pub enum Content {
    /// `/account`
    Account(AccountPage),
    /// `/admin`
    Start(StartPage),
    /// `/admin/platforms`
    Platforms(PlatformsPage),
    /// `/admin/platforms/new`
    Families(FamiliesPage),
    /// `/admin/platforms/new?family=…`
    NewRegistration(NewRegistrationPage),
    /// `/admin/invitations`
    Invitations(InvitationsPage),
    /// `/admin/registrations/{id}`
    Registration(RegistrationPage),
    /// `/admin/registrations/{id}/edit`
    EditRegistration(EditRegistrationPage),
    /// `/admin/registrations/{id}/launches`
    Launches(LaunchesPage),
    /// `/admin/registrations/{id}/delete`
    Removal(RemovalPage),
    /// `/admin/registrations/{id}/test`
    TestLaunch(TestPage),
    /// `/admin/platforms/passports`
    Passports(PassportsPage),
    /// `/admin/log`
    Log(LogPage),
    /// `/admin/people`
    People(PeoplePage),
    /// `/admin/people/{id}/remove`
    PersonRemoval(PersonRow),
    /// `/admin/keys`
    Keys(KeysPage),
    /// `/admin/keys/rotate`
    KeyRotation(KeyRotationPage),
    /// `/teach/projects`
    Library(LibraryPage),
    /// `/teach/projects/{slug}`
    Project(ProjectPage),
    /// `/teach/upload`
    Upload(UploadPage),
    /// `/teach/upload`, once a file was read
    UploadPreview(UploadPreview),
}

impl Content {
    fn drawn(self) -> AnyView {
        match self {
            Self::Account(page) => view! { <admin::Account page /> }.into_any(),
            Self::Start(page) => view! { <admin::Start page /> }.into_any(),
            Self::Platforms(page) => view! { <admin::Platforms page /> }.into_any(),
            Self::Families(page) => view! { <admin::Families page /> }.into_any(),
            Self::NewRegistration(page) => view! { <admin::NewRegistration page /> }.into_any(),
            Self::Invitations(page) => view! { <admin::Invitations page /> }.into_any(),
            Self::Registration(page) => view! { <admin::Registration page /> }.into_any(),
            Self::EditRegistration(page) => view! { <admin::EditRegistration page /> }.into_any(),
            Self::Launches(page) => view! { <admin::Launches page /> }.into_any(),
            Self::Removal(page) => view! { <admin::Removal page /> }.into_any(),
            Self::TestLaunch(page) => view! { <admin::TestLaunch page /> }.into_any(),
            Self::Passports(page) => view! { <admin::Passports page /> }.into_any(),
            Self::Log(page) => view! { <admin::Log page /> }.into_any(),
            Self::People(page) => view! { <admin::People page /> }.into_any(),
            Self::PersonRemoval(page) => view! { <admin::PersonRemoval page /> }.into_any(),
            Self::Keys(page) => view! { <admin::Keys page /> }.into_any(),
            Self::KeyRotation(page) => view! { <admin::KeyRotation page /> }.into_any(),
            Self::Library(page) => view! { <admin::Library page /> }.into_any(),
            Self::Project(page) => view! { <admin::Project page /> }.into_any(),
            Self::Upload(page) => view! { <admin::Upload page /> }.into_any(),
            Self::UploadPreview(page) => view! { <admin::UploadPreview page /> }.into_any(),
        }
    }
}

/// A page of somebody who is signed in. Any status but success says that something on it has to be corrected.
pub fn page(status: StatusCode, shell: Shell, content: Content) -> Response {
    in_shell(status, shell, || content.drawn())
}

/// What is on a page, drawn inside its shell.
pub(super) fn in_shell(status: StatusCode, shell: Shell, drawn: impl FnOnce() -> AnyView + Send + 'static) -> Response {
    let Shell { frame, title, section, trail } = shell;
    let has_problems = !status.is_success();
    document(status, move || {
        view! {
            <AdminDocument files=files() script=Assets::url("copy.js") frame title section trail has_problems>
                {drawn()}
            </AdminDocument>
        }
    })
}

/// `/`
pub fn home(home: Home) -> Response {
    document(StatusCode::OK, move || view! { <admin::Home files=files() home /> })
}

/// `/sign-in`
pub fn sign_in(status: StatusCode, page: SignIn) -> Response {
    document(status, move || view! { <admin::SignIn files=files() page /> })
}

/// `/sign-in?link=…`
pub fn link_sign_in(page: LinkSignIn) -> Response {
    document(StatusCode::OK, move || view! { <admin::LinkSignIn files=files() page /> })
}

/// A page that says what is wrong and what to do next.
pub fn message(status: StatusCode, message: Message) -> Response {
    document(status, move || view! { <MessageDocument files=files() message /> })
}

pub(super) fn document<View: IntoView>(status: StatusCode, document: impl FnOnce() -> View) -> Response {
    let (html, nonce) = Owner::new().with(|| {
        provide_nonce();
        let nonce = use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default();
        (document().into_view().to_html(), nonce)
    });
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = (status, Html(html)).into_response();
    let all = response.headers_mut();
    all.extend(headers::always());
    // With `no-referrer` a form would be sent with the origin `null`, which cannot be told from a foreign one.
    all.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    all.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        all.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}
