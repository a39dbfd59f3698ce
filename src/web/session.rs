//! Who is asking: the session behind a one-time code or a bearer token.

use std::sync::Arc;

use app::{address::View, model, ports::Ports, refusal::Refusal};
use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::{CookieJar, cookie::Cookie};
use uuid::Uuid;

use super::{
    browser::cookie_name,
    frames,
    learner::SessionLearner,
    pages::{Doors, Opened},
    services::{Services, Shared},
    teacher::SessionTeacher,
    tutor::SessionTutor,
};
use crate::{
    launch::{
        self,
        arrival::{self, LaunchRecord, StoredRole},
        platform,
        protocol::browser_key,
        session::{self, Bringer},
    },
    learning::course::{self, CourseSetting},
    store::{StoreError, Tx},
};

/// A request that a session stands behind. Everything that it may see or change is derived from its launch.
#[derive(Debug, Clone)]
pub struct Session {
    /// The launch it belongs to.
    pub launch: LaunchRecord,
}

impl Session {
    /// The session of a bearer token.
    pub async fn of_token(services: &Services, token: &str) -> Result<Self, Refusal> {
        let refused = |error| services.refusals.store(&error);
        let now = services.clock.now();
        let mut tx = services.db.read().await.map_err(refused)?;
        let seen = session::launch_of(&mut tx, now, token).await.map_err(refused)?;
        let seen = seen.ok_or_else(|| services.refusals.session_over())?;
        let session = Self::of_launch(services, &mut tx, seen.launch).await?;
        drop(tx);
        if seen.due {
            let mut tx = services.db.begin().await.map_err(refused)?;
            session::touch(&mut tx, now, token).await.map_err(refused)?;
            tx.commit().await.map_err(refused)?;
        }
        Ok(session)
    }

    /// The session of a request's `Authorization: Bearer …`.
    pub async fn of_request(services: &Services, headers: &HeaderMap) -> Result<Self, Refusal> {
        match bearer(headers) {
            Some(token) => Self::of_token(services, token).await,
            None => Err(services.refusals.session_over()),
        }
    }

    /// The session of a launch.
    pub async fn of_launch(services: &Services, tx: &mut Tx, launch: Uuid) -> Result<Self, Refusal> {
        let launch = arrival::find(tx, launch).await.map_err(|error| services.refusals.store(&error))?;
        launch.map(|launch| Self { launch }).ok_or_else(|| services.refusals.session_over())
    }

    /// The role, as the page shows it.
    pub fn role(&self) -> model::Role {
        match self.launch.role {
            StoredRole::Learner => model::Role::Learner,
            StoredRole::Instructor => model::Role::Instructor,
            StoredRole::TeachingAssistant => model::Role::TeachingAssistant,
            StoredRole::Administrator => model::Role::Administrator,
            StoredRole::Mentor => model::Role::Mentor,
            StoredRole::Observer => model::Role::Observer,
        }
    }

    /// What is decided for the course, as it holds for this session: whoever teaches, or looks at it as a learner, is bound by
    /// no date.
    pub async fn setting(&self, services: &Services, tx: &mut Tx) -> Result<CourseSetting, Refusal> {
        let setting = course::setting(tx, self.launch.course).await.map_err(|error| services.refusals.store(&error))?;
        let is_free = self.role().teaches() || self.launch.preview;
        Ok(if is_free { CourseSetting { opens_at: None, due_at: None, ..setting } } else { setting })
    }

    /// Why nothing done here is graded.
    pub fn ungraded(&self) -> Option<model::Ungraded> {
        match self.launch.role {
            _ if self.launch.graded => None,
            _ if self.launch.preview => Some(model::Ungraded::Preview),
            _ if self.launch.guest => Some(model::Ungraded::Guest),
            StoredRole::Observer | StoredRole::Mentor => Some(model::Ungraded::Observer),
            _ => Some(model::Ungraded::Preview),
        }
    }
}

/// The token of an `Authorization: Bearer …` header.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Where a launch leads: to the work that it was made to look at, else to its task, else to the tutor.
fn first_view(session: &Session) -> View {
    let launch = &session.launch;
    match launch.reviews {
        Some(work) if session.role().teaches() => View::Class(format!("/learners/{work}")),
        Some(_) => View::Submissions,
        None => launch.part.clone().map_or(View::Tutor, View::Task),
    }
}

/// Who brings a code, as the browser says. A program sends no `Sec-Fetch-Site`, and a browser lets no page leave it out.
pub(super) fn bringer<'a>(code: &str, headers: &HeaderMap, jar: &'a CookieJar) -> Bringer<'a> {
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Bringer::Itself,
        Some(_) => Bringer::Sent { browser_secret: jar.get(&cookie_name(&browser_key(code))).map(Cookie::value) },
    }
}

/// How the pages get from a code or a token to a session.
pub struct SessionDoors {
    services: Shared,
}

impl SessionDoors {
    /// Doors to the sessions of these services.
    pub fn new(services: Shared) -> Self {
        Self { services }
    }

    fn ports(&self, session: Session) -> Ports {
        Ports {
            learner: Arc::new(SessionLearner::new(Arc::clone(&self.services), session.clone())),
            teacher: Arc::new(SessionTeacher::new(Arc::clone(&self.services), session.clone())),
            tutor: Arc::new(SessionTutor::new(Arc::clone(&self.services), session)),
        }
    }

    /// Exchanges the code for a session; the code is spent even if what follows fails.
    async fn redeem(&self, code: &str, bringer: Bringer<'_>) -> Result<Option<(session::Opened, Uuid)>, StoreError> {
        let (services, now) = (&self.services, self.services.clock.now());
        let mut tx = services.db.begin().await?;
        let opened = session::redeem_code(&mut tx, &services.entropy, now, code, bringer).await?;
        tx.commit().await?;
        Ok(opened)
    }
}

#[async_trait]
impl Doors for SessionDoors {
    async fn by_code(&self, code: &str, headers: &HeaderMap) -> Result<Option<Opened>, Refusal> {
        let services = &self.services;
        let refused = |error| services.refusals.store(&error);
        let jar = CookieJar::from_headers(headers);
        let bringer = bringer(code, headers, &jar);
        let Some((opened, launch)) = self.redeem(code, bringer).await.map_err(refused)? else { return Ok(None) };
        let mut tx = services.db.read().await.map_err(refused)?;
        let session = Session::of_launch(services, &mut tx, launch).await?;
        let registration = platform::registration(&mut tx, session.launch.registration).await.map_err(refused)?;
        drop(tx);
        Ok(Some(Opened {
            session: model::Session {
                token: opened.token,
                expires_at: opened.expires_at,
                launch: launch.to_string(),
                role: session.role(),
            },
            first_view: first_view(&session),
            frame_ancestors: registration.as_ref().map(launch::frames::ancestors).unwrap_or_default(),
            frame_report: frames::report_address(services, session.launch.registration),
            frames: registration
                .filter(launch::frames::is_open)
                .map(|registration| frames::telling_address(services, registration.id)),
            ports: self.ports(session),
        }))
    }

    async fn asks_frame(&self, code: &str, headers: &HeaderMap) -> Option<String> {
        let (services, now) = (&self.services, self.services.clock.now());
        let jar = CookieJar::from_headers(headers);
        let asked = async {
            let mut tx = services.db.read().await?;
            let Some(registration) =
                session::registration_of_code(&mut tx, now, code, bringer(code, headers, &jar)).await?
            else {
                return Ok(None);
            };
            let registration = platform::registration(&mut tx, registration).await?;
            let Some(registration) = registration else { return Ok(None) };
            let should = launch::frames::should_ask(&mut tx, now, &registration).await?;
            Ok::<_, StoreError>(should.then(|| frames::telling_address(services, registration.id)))
        };
        asked.await.unwrap_or_else(|error| {
            tracing::warn!(cause = %error, "a frame was not asked where it stands");
            None
        })
    }

    async fn by_token(&self, token: &str) -> Result<Ports, Refusal> {
        Ok(self.ports(Session::of_token(&self.services, token).await?))
    }
}
