//! One learner: what they handed in, what was talked about, where the grade is; and what a person decides about it.

use app::{
    model::{
        Verdict,
        class::{Attempt, Decided, DecisionForm, LearnerPage, TurnShown},
    },
    refusal::Refusal,
};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Answer, Asked, Page, Staff, ago, grade, id, notice, table, value_of};
use crate::{
    grades::{self, standing},
    launch::attendance::{self, Attendee},
    learning::{
        class::{self, Member},
        project::Task,
        work::{self, Decision, DecisionError, Submission, Work},
    },
    store::Tx,
    tutor::{State, Turn},
    web::{
        admin::not_found,
        learner::{self, verdict},
        markdown,
        pages::class::Content,
        services::{Services, Shared},
    },
};

/// A learner of this course, by their work.
struct Learner {
    attendee: Attendee,
    member: Member,
    work: Work,
}

/// Finds a learner's work. What belongs to another course, to staff or to a guest does not exist.
async fn find(services: &Services, tx: &mut Tx, staff: &Staff, work: &str) -> Result<Learner, Refusal> {
    let refused = |error| services.refusals.store(&error);
    let work = id(services, work)?;
    let course = staff.course.id;
    let member = class::of_work(tx, &services.catalog, course, work).await.map_err(refused)?;
    let member = member.ok_or_else(|| not_found(services))?;
    let attendee = attendance::of_learner(tx, course, member.learner).await.map_err(refused)?;
    let attendee = attendee.ok_or_else(|| not_found(services))?;
    let work = Work::load(tx, &services.catalog, work, None).await;
    let work = work.map_err(|error| learner::refuse(services, &error))?;
    Ok(Learner { attendee, member, work })
}

/// What was typed into the form about one submission, with what is wrong about it.
struct Typed {
    submission: Uuid,
    form: DecisionForm,
}

/// The page.
pub async fn show(services: &Shared, staff: &Staff, asked: Asked<'_>, work: &str) -> Result<Answer, Refusal> {
    let mut tx = services.db.read().await.map_err(|error| services.refusals.store(&error))?;
    let learner = find(services, &mut tx, staff, work).await?;
    drawn(services, &mut tx, staff, learner, notice(asked), None).await
}

async fn drawn(
    services: &Services,
    tx: &mut Tx,
    staff: &Staff,
    learner: Learner,
    notice: Option<String>,
    typed: Option<Typed>,
) -> Result<Answer, Refusal> {
    let refused = |error| services.refusals.store(&error);
    let Learner { attendee, member, work } = learner;
    let now = services.clock.now();
    let deliveries = standing::of_course(tx, work.course).await.map_err(refused)?;
    let delivery = deliveries.into_iter().find(|(of, _)| *of == work.id).map(|(_, delivery)| delivery);
    let submissions = work::submissions(tx, &work).await.map_err(|error| learner::refuse(services, &error))?;
    let turns = services.tutor.conversation(tx, work.id).await;
    let turns = turns.map_err(|error| services.refusals.fault(&error))?;
    let status = if typed.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = LearnerPage {
        base: staff.base.clone(),
        address: address(staff, work.id),
        project: work.title().to_owned(),
        cells: table::cells(&member.leaves),
        done: member.progress.closed,
        total: member.progress.total,
        last_seen: member.last_act.max(Some(attendee.last_launch)).map(|at| ago(now, at)),
        attempts: attempts(&work, submissions, typed, now),
        turns: turns.into_iter().map(|turn| said(&work, turn, now)).collect(),
        points: (member.progress.points, member.progress.possible),
        sent_at: delivery.as_ref().and_then(|delivery| delivery.sent_at).map(|at| ago(now, at)),
        can_resend: delivery.as_ref().is_some_and(grade::is_stuck),
        grade: delivery.as_ref().map(grade::word),
    };
    Ok(Answer::Page(Box::new(Page {
        status,
        title: attendee.title(),
        trail: vec![(staff.base.clone(), "Class".to_owned())],
        notice,
        content: Content::Learner(page),
    })))
}

fn address(staff: &Staff, work: Uuid) -> String {
    format!("{}/learners/{work}", staff.base)
}

/// Every submission; the newest of each task with a form to decide about it.
fn attempts(work: &Work, submissions: Vec<Submission>, mut typed: Option<Typed>, now: DateTime<Utc>) -> Vec<Attempt> {
    let mut shown = Vec::with_capacity(submissions.len());
    for submission in submissions {
        let task = work.project.task(&submission.task);
        let counts = task.is_some_and(|task| work.attempt_count(task) == submission.attempt);
        let possible = task.map_or(0.0, Task::possible);
        let form = match typed.take_if(|typed| typed.submission == submission.id) {
            Some(typed) => Some(DecisionForm { possible, ..typed.form }),
            None => counts.then(|| suggested(&submission, possible)),
        };
        shown.push(Attempt {
            id: submission.id.to_string(),
            number: submission.attempt,
            at: ago(now, submission.submitted_at),
            answer: submission.readable,
            verdict: verdict(submission.verdict),
            is_unchecked: submission.unchecked && submission.decision.is_none(),
            feedback_html: markdown::render(&submission.feedback),
            decision: submission.decision.map(|decided| Decided { at: ago(now, decided.at), reason: decided.reason }),
            form,
            task: submission.task_title,
        });
    }
    shown
}

/// What most likely is to be decided: the other way round, with full points.
fn suggested(submission: &Submission, possible: f64) -> DecisionForm {
    let is_accepted = match &submission.decision {
        Some(_) => verdict(submission.verdict) == Verdict::Accepted,
        None => verdict(submission.verdict) != Verdict::Accepted,
    };
    let points = submission.decision.as_ref().filter(|_| is_accepted).map_or(possible, |decided| decided.points);
    let reason = submission.decision.as_ref().map(|decided| decided.reason.clone()).unwrap_or_default();
    DecisionForm { is_accepted, points: points.to_string(), possible, reason, ..DecisionForm::default() }
}

/// A turn as the learner saw it.
fn said(work: &Work, turn: Turn, now: DateTime<Utc>) -> TurnShown {
    let task = turn.task.and_then(|task| work.project.task(&task)).map(|task| task.title.clone());
    TurnShown {
        task,
        message: turn.message,
        reply_html: markdown::render(&turn.reply),
        by: turn.model.map_or_else(|| "The guide".to_owned(), |model| format!("The language model {model}")),
        at: ago(now, turn.started_at),
        note: match turn.state {
            State::Done => None,
            State::Running => Some("still answering"),
            State::Stopped => Some("stopped by the learner"),
            State::Interrupted => Some("interrupted"),
            State::Failed => Some("no answer came"),
        },
    }
}

/// Decides about a submission.
pub async fn decide(services: &Shared, staff: &Staff, work: &str, form: &str) -> Result<Answer, Refusal> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let mut learner = find(services, &mut tx, staff, work).await?;
    let submission = id(services, &value_of(form, "submission"))?;
    let (points, reason) = (value_of(form, "points"), value_of(form, "reason").replace("\r\n", "\n"));
    let is_accepted = value_of(form, "verdict") == "accepted";
    // A comma is a decimal point to many; what is no number is outside of every range.
    let number = points.trim().replace(',', ".").parse().unwrap_or(f64::NAN);
    let decision = Decision { is_accepted, points: number, reason: reason.clone() };
    let decided = work::decide(
        &mut tx,
        &services.entropy,
        services.clock.now(),
        &mut learner.work,
        submission,
        &decision,
        &staff.by,
    )
    .await;
    let mut form = DecisionForm { is_accepted, points, reason, ..DecisionForm::default() };
    match decided {
        Ok(()) => {
            tx.commit().await.map_err(refused)?;
            services.grades_changed.notify_one();
            return Ok(Answer::GoTo(format!("{}?done=decided", address(staff, learner.work.id))));
        }
        Err(error @ (DecisionError::NoReason | DecisionError::ReasonTooLong)) => {
            form.reason_problem = Some(sentence(&error));
        }
        Err(error @ DecisionError::Points { .. }) => form.points_problem = Some(sentence(&error)),
        Err(error) => return Err(refuse(services, &error)),
    }
    drop(tx);
    let mut tx = services.db.read().await.map_err(refused)?;
    let learner = find(services, &mut tx, staff, work).await?;
    drawn(services, &mut tx, staff, learner, None, Some(Typed { submission, form })).await
}

/// Sends the grade again.
pub async fn resend(services: &Shared, staff: &Staff, work: &str) -> Result<Answer, Refusal> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let learner = find(services, &mut tx, staff, work).await?;
    grades::resend::one(&mut tx, services.clock.now(), learner.work.id).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    services.grades_changed.notify_one();
    Ok(Answer::GoTo(format!("{}?done=resent", address(staff, learner.work.id))))
}

/// Takes a decision back.
pub async fn undo(services: &Shared, staff: &Staff, work: &str, form: &str) -> Result<Answer, Refusal> {
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let mut learner = find(services, &mut tx, staff, work).await?;
    let submission = id(services, &value_of(form, "submission"))?;
    let (entropy, now) = (&services.entropy, services.clock.now());
    let undone = work::undo(&mut tx, entropy, now, &mut learner.work, submission, &staff.by).await;
    undone.map_err(|error| refuse(services, &error))?;
    tx.commit().await.map_err(refused)?;
    services.grades_changed.notify_one();
    Ok(Answer::GoTo(format!("{}?done=undone", address(staff, learner.work.id))))
}

fn refuse(services: &Services, error: &DecisionError) -> Refusal {
    match error {
        DecisionError::Work(error) => learner::refuse(services, error),
        DecisionError::NotFound => not_found(services),
        _ => services.refusals.say(StatusCode::CONFLICT, "not_decided", sentence(error)),
    }
}

/// An error as a sentence that stands alone.
fn sentence(error: &DecisionError) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    format!("{}{}.", first.map(String::from_iter).unwrap_or_default(), letters.as_str())
}
