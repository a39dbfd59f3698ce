//! How a grade stands, for the learner and whoever teaches them.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    on_tx,
    store::{StoreError, Tx},
};

/// Where a score is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryState {
    /// Nothing is owed yet: nothing was earned.
    NothingYet,
    /// On its way.
    Waiting,
    /// Held back, because its course is paused.
    Paused,
    /// In the gradebook, as far as the platform says.
    Sent,
    /// In the gradebook: it was read back.
    Confirmed,
    /// In the gradebook, which shows another value.
    Differs,
    /// Not wanted by the gradebook.
    Refused,
}

/// How the grade for a part of the work stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Where it is.
    pub state: DeliveryState,
    /// Why it is there, in plain words, where there is something to say; for the learner too.
    pub reason: Option<String>,
    /// What can be done about it, for those who teach.
    pub remedy: Option<String>,
    /// Points earned, by the newest score.
    pub given: f64,
    /// Points that can be earned.
    pub maximum: f64,
    /// What the gradebook shows, of 1, where it was asked and shows something.
    pub shown: Option<f64>,
    /// When a score last arrived, this one or an older one.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was read back.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When it is tried next, if it waits.
    pub next_attempt_at: Option<DateTime<Utc>>,
}

impl DeliveryState {
    /// How far it is from done; what is furthest is told first.
    fn rank(self) -> u8 {
        match self {
            Self::Refused => 0,
            Self::Differs => 1,
            Self::Paused => 2,
            Self::Waiting => 3,
            Self::Sent => 4,
            Self::Confirmed => 5,
            Self::NothingYet => 6,
        }
    }
}

/// What is read of each line item.
macro_rules! rows {
    () => {
        "SELECT line_item.work_id, COALESCE(line_item.task, '') AS task, score.state, score.reason, score.remedy,
                score.given, score.maximum, score.shown, score.sent_at, score.confirmed_at, score.next_attempt_at,
                registration.family = 'open_edx' AS hides_zero, paused_course.since IS NOT NULL AS is_paused,
                health.paused_until AS platform_until, health.reason AS platform_reason,
                health.remedy AS platform_remedy
         FROM line_item
         JOIN work ON work.id = line_item.work_id
         JOIN registration ON registration.id = line_item.registration_id
         LEFT JOIN score ON score.line_item_id = line_item.id
         LEFT JOIN paused_course ON paused_course.course_id = work.course_id
         LEFT JOIN gradebook_health AS health ON health.platform_id = registration.platform_id"
    };
}

/// How the grade of a work stands for the whole project, or for the part below a task. `None`: no gradebook asks for it.
/// Where several columns ask for the same part, the one that is furthest from done is told; where none asks for just this
/// part, because the registration has columns of another grain, that of the work's columns.
pub async fn standing(tx: &mut Tx, work: Uuid, part: Option<&str>) -> Result<Option<Delivery>, StoreError> {
    const SQL: &str = concat!(
        rows!(),
        " WHERE line_item.work_id = $1
            AND (COALESCE(line_item.task, '') = $2 OR registration.grade_columns <> 'claim')
          ORDER BY line_item.id"
    );
    // The empty text stands for the whole project, since NULL equals nothing.
    let part = part.unwrap_or_default();
    let mut rows: Vec<Row> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).bind(work).bind(part).fetch_all(connection).await)?;
    if rows.iter().any(|row| row.task == part) {
        rows.retain(|row| row.task == part);
    }
    let mut deliveries = rows.into_iter().map(Row::delivery).collect::<Result<Vec<_>, _>>()?;
    deliveries.sort_by_key(|delivery| delivery.state.rank());
    Ok(deliveries.into_iter().next())
}

/// How the grades of a course stand: each work with what is furthest from done of it. Works that no gradebook asks for are
/// not listed.
pub async fn of_course(tx: &mut Tx, course: Uuid) -> Result<Vec<(Uuid, Delivery)>, StoreError> {
    const SQL: &str = concat!(rows!(), " WHERE work.course_id = $1 ORDER BY line_item.work_id, line_item.id");
    let rows: Vec<Row> = on_tx!(tx, |connection| sqlx::query_as(SQL).bind(course).fetch_all(connection).await)?;
    let mut standings: Vec<(Uuid, Delivery)> = Vec::new();
    for row in rows {
        let (work, delivery) = (row.work_id, row.delivery()?);
        match standings.last_mut().filter(|(last, _)| *last == work) {
            Some((_, told)) if told.state.rank() > delivery.state.rank() => *told = delivery,
            Some(_) => {}
            None => standings.push((work, delivery)),
        }
    }
    Ok(standings)
}

#[derive(sqlx::FromRow)]
struct Row {
    work_id: Uuid,
    task: String,
    state: Option<String>,
    reason: Option<String>,
    remedy: Option<String>,
    given: Option<f64>,
    maximum: Option<f64>,
    shown: Option<f64>,
    sent_at: Option<DateTime<Utc>>,
    confirmed_at: Option<DateTime<Utc>>,
    next_attempt_at: Option<DateTime<Utc>>,
    hides_zero: bool,
    is_paused: bool,
    platform_until: Option<DateTime<Utc>>,
    platform_reason: Option<String>,
    platform_remedy: Option<String>,
}

impl Row {
    fn delivery(self) -> Result<Delivery, StoreError> {
        let state = match self.state.as_deref() {
            None => DeliveryState::NothingYet,
            Some("waiting") if self.is_paused => DeliveryState::Paused,
            Some("waiting") => DeliveryState::Waiting,
            Some("sent") => DeliveryState::Sent,
            Some("confirmed") => DeliveryState::Confirmed,
            Some("differs") => DeliveryState::Differs,
            Some("refused") => DeliveryState::Refused,
            Some(other) => {
                let cause = format!("`{other}` is no state");
                return Err(StoreError::Inconsistent { table: "score", column: "state", cause });
            }
        };
        let (reason, remedy) = self.words(state);
        Ok(Delivery {
            state,
            reason,
            remedy,
            given: self.given.unwrap_or_default(),
            maximum: self.maximum.unwrap_or_default(),
            shown: self.shown,
            sent_at: self.sent_at,
            confirmed_at: self.confirmed_at,
            next_attempt_at: self
                .next_attempt_at
                .max(self.platform_until.filter(|_| self.next_attempt_at.is_some()))
                .filter(|_| state == DeliveryState::Waiting),
        })
    }

    /// Why the score is there, and what can be done.
    fn words(&self, state: DeliveryState) -> (Option<String>, Option<String>) {
        let said = |reason: &str, remedy: &str| (Some(reason.to_owned()), Some(remedy.to_owned()));
        let is_zero = self.given.is_some_and(|given| given <= 0.0);
        match state {
            DeliveryState::Paused => {
                said("Your course holds its grades back for now.", "Let the course's grades go again to send them.")
            }
            // A score that has not been tried waits behind one that has.
            DeliveryState::Waiting if self.reason.is_none() && self.platform_until.is_some() => {
                (self.platform_reason.clone(), self.platform_remedy.clone())
            }
            DeliveryState::Differs => said(
                "Your course's gradebook shows another grade than the one that was sent.",
                "Somebody changed it in the gradebook, or the course has rules of its own, such as for late work. Send the \
                 grade again if LTT's shall stand there.",
            ),
            DeliveryState::Sent if is_zero && self.hides_zero => said(
                "Your course may not show a grade of zero.",
                "Open edX shows a zero since lti-consumer-xblock 11.4.2; before that, an earlier grade stays there. Change it in the \
                 gradebook if it matters.",
            ),
            _ => (self.reason.clone(), self.remedy.clone()),
        }
    }
}
