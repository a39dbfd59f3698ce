//! Where grades are, in a word and a sentence for those who teach; and what they can do about them.

use std::collections::HashMap;

use app::{
    model::class::{GradeWord, Grades},
    refusal::Refusal,
};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Answer, Staff, ago, settings, table::Pupil};
use crate::{
    grades::{
        pause, resend,
        standing::{self, Delivery, DeliveryState},
    },
    store::{StoreError, Tx},
    web::services::Shared,
};

/// Where the grades of a course are, work by work.
pub struct Deliveries {
    of_works: HashMap<Uuid, Delivery>,
    paused: Option<DateTime<Utc>>,
}

impl Deliveries {
    /// Those of a course.
    pub async fn of_course(tx: &mut Tx, course: Uuid) -> Result<Self, StoreError> {
        let of_works = standing::of_course(tx, course).await?.into_iter().collect();
        Ok(Self { of_works, paused: pause::since(tx, course).await? })
    }

    fn of(&self, pupil: &Pupil) -> Option<&Delivery> {
        self.of_works.get(&pupil.work.as_ref()?.work)
    }

    /// Whether somebody should look at this grade.
    pub fn is_stuck(&self, pupil: &Pupil) -> bool {
        self.of(pupil).is_some_and(is_stuck)
    }

    /// Where the grade of a work is.
    pub fn word(&self, work: Uuid) -> Option<GradeWord> {
        self.of_works.get(&work).map(word)
    }

    /// How the grades of the course are as a whole; `None`: it has no gradebook.
    pub fn shown(&self, now: DateTime<Utc>) -> Option<Grades> {
        let is_known = self.paused.is_some() || !self.of_works.is_empty();
        is_known.then(|| Grades {
            stuck: self.of_works.values().filter(|delivery| is_stuck(delivery)).count(),
            paused: self.paused.map(|at| ago(now, at)),
        })
    }
}

/// The word and what is behind it: cause and remedy.
pub fn word(delivery: &Delivery) -> GradeWord {
    let (kind, word) = match delivery.state {
        DeliveryState::NothingYet => ("none", "nothing yet"),
        DeliveryState::Waiting if is_stuck(delivery) => ("bad", "waiting"),
        DeliveryState::Waiting => ("waiting", "on its way"),
        DeliveryState::Paused => ("waiting", "paused"),
        DeliveryState::Sent => ("good", "sent"),
        DeliveryState::Confirmed => ("good", "arrived"),
        DeliveryState::Differs => ("bad", "differs"),
        DeliveryState::Refused => ("bad", "refused"),
    };
    let sentence = delivery.reason.iter().chain(&delivery.remedy).map(|text| sentence(text)).collect::<Vec<_>>();
    GradeWord { kind, word: word.to_owned(), sentence: sentence.join(" ") }
}

/// A text as a sentence that stands alone.
fn sentence(text: &str) -> String {
    let mut letters = text.trim().chars();
    let first = letters.next().map(|letter| letter.to_uppercase().collect::<String>()).unwrap_or_default();
    let rest = letters.as_str();
    if rest.ends_with(['.', '!', '?']) { format!("{first}{rest}") } else { format!("{first}{rest}.") }
}

/// Whether somebody should look at it: it was refused, does not stand there, or waits for a reason.
pub fn is_stuck(delivery: &Delivery) -> bool {
    match delivery.state {
        DeliveryState::Refused | DeliveryState::Differs => true,
        DeliveryState::Waiting => delivery.reason.is_some(),
        DeliveryState::NothingYet | DeliveryState::Paused | DeliveryState::Sent | DeliveryState::Confirmed => false,
    }
}

/// Sends everything again that has not arrived.
pub async fn resend_all(services: &Shared, staff: &Staff) -> Result<Answer, Refusal> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    resend::all(&mut tx, services.clock.now(), staff.course.id).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    services.grades_changed.notify_one();
    Ok(Answer::GoTo(format!("{}?done=resent", staff.base)))
}

/// Holds the grades of the course back, or lets them go again.
pub async fn hold(services: &Shared, staff: &Staff, act: &str) -> Result<Answer, Refusal> {
    settings::may_decide(services, staff)?;
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    match act {
        "pause" => pause::pause(&mut tx, services.clock.now(), staff.course.id).await,
        "resume" => pause::resume(&mut tx, staff.course.id).await,
        _ => return Err(services.refusals.say(StatusCode::NOT_FOUND, "not_found", "There is no such page here.")),
    }
    .map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    services.grades_changed.notify_one();
    tracing::info!(course = %staff.course.id, by = staff.by, act, "the grades of a course were held or let go");
    Ok(Answer::GoTo(format!("{}?done={act}", staff.base)))
}
