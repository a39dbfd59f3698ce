//! The class: one dispatcher for the frame of a launch and for a plain browser.
//!
//! Whoever asks has been found to teach the course ([`Staff`]), and everything is read through that course: what belongs to
//! another one does not exist. An address is what stands behind `/activity/class`, or behind `/teach/courses/{course}`:
//!
//! | | |
//! |---|---|
//! | `/roster` | reads the course's list of members anew; takes a form |
//! | (nothing) | the class of a project (`?project=`, `?text=`, `?state=`, `?task=`, `?sort=`) |
//! | `/learners/{work}` | one learner's work on one project; `/decide`, `/undo` and `/resend` below it take forms |
//! | `/grades/resend`, `/grades/pause`, `/grades/resume` | forms about all grades of the course |
//! | `/settings` | what is decided for the whole course |

use app::refusal::Refusal;
use axum::http::StatusCode;
use chrono::{DateTime, TimeDelta, Utc};
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    admin::not_found,
    pages::class::Content,
    services::{Services, Shared},
};
use crate::launch::course::Course;

mod grade;
mod learner;
mod overview;
mod roster;
mod settings;
mod table;
pub mod teach;
#[cfg(test)]
mod tests;

/// Somebody who teaches a course.
#[derive(Debug, Clone)]
pub struct Staff {
    /// The course.
    pub course: Course,
    /// What all addresses of its class begin with.
    pub base: String,
    /// The project that is shown where none is named.
    pub project: Option<String>,
    /// Whether they decide for the whole course.
    pub can_decide: bool,
    /// Who they are, for the record; no page shows it.
    pub by: String,
}

/// What the class answers.
pub enum Answer {
    /// A page.
    Page(Box<Page>),
    /// It was done; this page shows the outcome.
    GoTo(String),
}

/// A page of the class.
pub struct Page {
    /// Any status but success says that something on it has to be corrected.
    pub status: StatusCode,
    /// What it is called.
    pub title: String,
    /// The pages of the class above it, each with its address and name.
    pub trail: Vec<(String, String)>,
    /// What has just been done.
    pub notice: Option<String>,
    /// What is on it.
    pub content: Content,
}

/// What was asked for: an address below the class, and the form that was sent to it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The address behind what all of this class begin with.
    pub below: &'a str,
    /// What a form sent, as it stands in a query.
    pub form: Option<&'a str>,
}

impl<'a> Asked<'a> {
    fn path(self) -> Vec<&'a str> {
        let path = self.below.split('?').next().unwrap_or_default();
        path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// A value of the address; empty where there is none.
    fn value(self, name: &str) -> String {
        value_of(self.below.split_once('?').map_or("", |(_, query)| query), name)
    }
}

/// A value of a query or a form; empty where there is none.
fn value_of(query: &str, name: &str) -> String {
    let found = form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name);
    // No text of the database holds it, and PostgreSQL would refuse it.
    found.map(|(_, value)| value.replace('\0', "")).unwrap_or_default()
}

/// Answers somebody who teaches.
pub async fn answer(services: &Shared, staff: &Staff, asked: Asked<'_>) -> Result<Answer, Refusal> {
    match (&*asked.path(), asked.form) {
        ([], None) => overview::show(services, staff, asked).await,
        (["roster"], Some(_)) => roster::update(services, staff).await,
        (["learners", work], None) => learner::show(services, staff, asked, work).await,
        (["learners", work, "decide"], Some(form)) => learner::decide(services, staff, work, form).await,
        (["learners", work, "undo"], Some(form)) => learner::undo(services, staff, work, form).await,
        (["learners", work, "resend"], Some(_)) => learner::resend(services, staff, work).await,
        (["grades", "resend"], Some(_)) => grade::resend_all(services, staff).await,
        (["grades", act], Some(_)) => grade::hold(services, staff, act).await,
        (["settings"], None) => settings::show(services, staff).await,
        (["settings"], Some(form)) => settings::save(services, staff, form).await,
        _ => Err(not_found(services)),
    }
}

/// What has just been done, by the word for it in the address.
fn notice(asked: Asked<'_>) -> Option<String> {
    let sentence = match &*asked.value("done") {
        "decided" => "The decision is saved. Progress and grade follow it.",
        "undone" => "The decision is taken back: what the check said counts again.",
        "resent" => "What has not arrived is being sent again.",
        "pause" => "Grades of this course are held back until you resume.",
        "resume" => "Grades of this course are sent again, the held ones first.",
        "settings" => "The settings are saved. They hold from now on.",
        "roster" => "The roster is up to date.",
        "roster-reading" => "The roster is being read. A large course takes a minute.",
        "roster-failed" => "The roster could not be read; below stands why.",
        _ => return None,
    };
    Some(sentence.to_owned())
}

/// An id of an address; what is no id names nothing.
fn id(services: &Services, text: &str) -> Result<Uuid, Refusal> {
    text.parse().map_err(|_| not_found(services))
}

/// How long ago something was.
fn ago(now: DateTime<Utc>, at: DateTime<Utc>) -> app::model::class::Ago {
    let passed = now - at;
    let counted = |count: i64, word: &str| match count {
        1 => format!("1 {word} ago"),
        _ => format!("{count} {word}s ago"),
    };
    let words = match passed {
        _ if passed < TimeDelta::minutes(1) => "just now".to_owned(),
        _ if passed < TimeDelta::hours(1) => counted(passed.num_minutes(), "minute"),
        _ if passed < TimeDelta::days(1) => counted(passed.num_hours(), "hour"),
        _ if passed < TimeDelta::days(60) => counted(passed.num_days(), "day"),
        _ => at.format("%-d %b %Y").to_string(),
    };
    app::model::class::Ago { at, words }
}
