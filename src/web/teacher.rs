//! The teacher's port: the class of the course that a session was launched from.

use app::{
    address::CLASS,
    model::{ClassAnswer, Role},
    ports::TeacherPort,
    refusal::Refusal,
};
use async_trait::async_trait;
use axum::http::StatusCode;
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    class::{self, Answer, Asked, Staff},
    learner, pages,
    services::Shared,
    session::Session,
};
use crate::{
    launch::{course, preview, session},
    learning,
    store::Tx,
};

/// A port of somebody who teaches.
pub struct SessionTeacher {
    services: Shared,
    session: Session,
}

impl SessionTeacher {
    /// Bound to `session`, and to nothing else.
    pub fn new(services: Shared, session: Session) -> Self {
        Self { services, session }
    }

    /// The course of this session, for whoever teaches it. For everybody else there is no class.
    async fn staff(&self) -> Result<Staff, Refusal> {
        let (services, launch) = (&self.services, &self.session.launch);
        let nothing = || services.refusals.say(StatusCode::NOT_FOUND, "not_found", "There is no such page here.");
        let role = self.session.role();
        if !role.teaches() {
            return Err(nothing());
        }
        let refused = |error| services.refusals.store(&error);
        let mut tx = services.db.read().await.map_err(refused)?;
        let course = course::find(&mut tx, launch.course).await.map_err(refused)?.ok_or_else(nothing)?;
        if course.context_id.is_empty() {
            let message =
                "Your learning platform does not say which course this activity is in, so there is no class to show.";
            return Err(services.refusals.say(StatusCode::NOT_FOUND, "no_course", message));
        }
        let project = match launch.work {
            Some(work) => learning::class::project_of(&mut tx, course.id, work).await.map_err(refused)?,
            None => None,
        };
        Ok(Staff {
            course,
            base: CLASS.to_owned(),
            project,
            can_decide: role != Role::TeachingAssistant,
            by: format!("learner {}", launch.learner),
        })
    }
}

impl SessionTeacher {
    /// Where a window opens with a launch: by a code of its own, and so with a session of its own.
    async fn opened(&self, launch: Uuid, tx: Option<Tx>) -> Result<String, Refusal> {
        let services = &self.services;
        let refused = |error| services.refusals.store(&error);
        let mut tx = match tx {
            Some(tx) => tx,
            None => services.db.begin().await.map_err(refused)?,
        };
        let issued = session::issue_code(&mut tx, &services.entropy, services.clock.now(), launch).await;
        let issued = issued.map_err(refused)?;
        tx.commit().await.map_err(refused)?;
        let code: String = form_urlencoded::Serializer::new(String::new()).append_pair("code", &issued.code).finish();
        Ok(format!("/activity?{code}"))
    }
}

#[async_trait]
impl TeacherPort for SessionTeacher {
    async fn class_page(&self, address: &str, form: Option<String>) -> Result<ClassAnswer, Refusal> {
        let staff = self.staff().await?;
        let below = address.strip_prefix(CLASS).unwrap_or("/nothing");
        match class::answer(&self.services, &staff, Asked { below, form: form.as_deref() }).await? {
            Answer::GoTo(address) => Ok(ClassAnswer::GoTo(address)),
            Answer::Page(page) => {
                let title = page.title.clone();
                Ok(ClassAnswer::Page { title, html: pages::class::fragment(*page) })
            }
        }
    }

    async fn window(&self) -> Result<String, Refusal> {
        self.staff().await?;
        self.opened(self.session.launch.id, None).await
    }

    async fn preview(&self) -> Result<String, Refusal> {
        self.staff().await?;
        let services = &self.services;
        let mut tx = services.db.begin().await.map_err(|error| services.refusals.store(&error))?;
        let preview = preview::as_learner(&mut tx, &services.entropy, services.clock.now(), &self.session.launch).await;
        let preview = preview.map_err(|error| learner::refuse(services, &error))?;
        self.opened(preview, Some(tx)).await
    }
}
