//! Which column of a gradebook a launch's work is scored in.

use chrono::{DateTime, Utc};
use lti::GradeService;
use uuid::Uuid;

use super::platform::Registration;
use crate::{
    entropy::Entropy,
    grades::outbox::{self, LineItem},
    learning::work::{self, Work, WorkError},
    store::Tx,
};

/// The scope that lets a tool send scores (AGS 2.0 §3.4).
pub const SCORE_SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";

/// Somebody who is graded, and the way to the gradebook that their launch gave.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// By which registration they came.
    pub registration: &'a Registration,
    /// The deployment, as the platform spells it.
    pub deployment_id: &'a str,
    /// The course.
    pub course: Uuid,
    /// The activity that was opened.
    pub resource_link: Uuid,
    /// The platform's id of them.
    pub subject: &'a str,
    /// What the launch lets LTT do with the gradebook.
    pub service: &'a GradeService,
}

/// Notes where this work is scored, and owes what was already earned there. Nothing happens where the launch lets LTT send
/// no scores.
pub async fn attach(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    scored: &Scored<'_>,
    work: &mut Work,
) -> Result<(), WorkError> {
    let may_score = scored.service.scopes.iter().any(|scope| scope == SCORE_SCOPE);
    let Some(url) = scored.service.lineitem.as_ref().filter(|_| may_score) else { return Ok(()) };
    let item = LineItem {
        work: work.id,
        registration: scored.registration.id,
        deployment_id: scored.deployment_id.to_owned(),
        url: url.to_string(),
        subject: scored.subject.to_owned(),
        task: work.part().map(|part| part.id.clone()),
    };
    outbox::attach(tx, entropy, now, &item).await?;
    work::settle_grades(tx, entropy, now, work).await
}
