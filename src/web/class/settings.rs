//! What is decided for a whole course: the tutor, and when the activities are open.

use app::{
    model::{
        admin::{Choice, Field},
        class::SettingsPage,
    },
    refusal::Refusal,
};
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDateTime, Utc};

use super::{Answer, Page, Staff, value_of};
use crate::{
    launch::opening,
    learning::{
        course::{self, CourseSetting, TutorUse},
        project::library,
    },
    store::{StoreError, Tx},
    web::{
        pages::class::Content,
        services::{Services, Shared},
    },
};

/// How a date field writes a moment.
const WRITTEN: &str = "%Y-%m-%dT%H:%M";

/// The page.
pub async fn show(services: &Shared, staff: &Staff) -> Result<Answer, Refusal> {
    may_decide(services, staff)?;
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.read().await.map_err(refused)?;
    let setting = course::setting(&mut tx, staff.course.id).await.map_err(refused)?;
    let assigned = opening::assigned(&mut tx, staff.course.id).await.map_err(refused)?;
    let written =
        |at: Option<DateTime<Utc>>| Field::of(at.map(|at| at.format(WRITTEN).to_string()).unwrap_or_default());
    let page = SettingsPage {
        base: staff.base.clone(),
        projects: projects(&mut tx, staff, assigned.as_deref().unwrap_or_default()).await.map_err(refused)?,
        project_problem: None,
        tutor: setting.tutor.word().to_owned(),
        opens_at: written(setting.opens_at),
        due_at: written(setting.due_at),
    };
    Ok(drawn(staff, StatusCode::OK, page))
}

/// What may be assigned to the course, with what is chosen; before all, nothing.
async fn projects(tx: &mut Tx, staff: &Staff, chosen: &str) -> Result<Vec<Choice>, StoreError> {
    let nothing = (String::new(), "None: whoever teaches chooses at the first opening".to_owned());
    let all = library::openable_in_course(tx, staff.course.id).await?;
    let choice = |(value, label): (String, String)| Choice { chosen: value == chosen, value, label };
    Ok(std::iter::once(nothing).chain(all).map(choice).collect())
}

/// Whoever only helps to teach does not decide for the whole course.
pub fn may_decide(services: &Services, staff: &Staff) -> Result<(), Refusal> {
    if staff.can_decide {
        return Ok(());
    }
    Err(services.refusals.say(
        StatusCode::FORBIDDEN,
        "not_yours_to_decide",
        "Only an instructor of this course decides this. Ask one of them.",
    ))
}

fn drawn(staff: &Staff, status: StatusCode, page: SettingsPage) -> Answer {
    Answer::Page(Box::new(Page {
        status,
        title: "Settings of the course".to_owned(),
        trail: vec![(staff.base.clone(), "Class".to_owned())],
        notice: None,
        content: Content::Settings(page),
    }))
}

/// Saves what was typed, or says what is wrong with it.
pub async fn save(services: &Shared, staff: &Staff, form: &str) -> Result<Answer, Refusal> {
    may_decide(services, staff)?;
    let refused = |error| services.refusals.store(&error);
    let mut tx = services.db.begin().await.map_err(refused)?;
    let project = value_of(form, "project");
    let projects = projects(&mut tx, staff, &project).await.map_err(refused)?;
    let project_problem = (!projects.iter().any(|choice| choice.chosen))
        .then(|| "This project is not here any more. Choose another one.".to_owned());
    let tutor = value_of(form, "tutor");
    let tutor = TutorUse::ALL.into_iter().find(|known| known.word() == tutor).unwrap_or_default();
    let (opens_at, opens) = moment(&value_of(form, "opens_at"));
    let (mut due_at, due) = moment(&value_of(form, "due_at"));
    if due_at.problem.is_none()
        && let (Some(opens), Some(due)) = (opens, due)
        && due <= opens
    {
        due_at.problem = Some("This is before it opens. Choose a later time.".to_owned());
    }
    if project_problem.is_some() || opens_at.problem.is_some() || due_at.problem.is_some() {
        let (base, tutor) = (staff.base.clone(), tutor.word().to_owned());
        let page = SettingsPage { base, projects, project_problem, tutor, opens_at, due_at };
        return Ok(drawn(staff, StatusCode::UNPROCESSABLE_ENTITY, page));
    }
    let setting = CourseSetting { tutor, opens_at: opens, due_at: due };
    course::save(&mut tx, staff.course.id, &setting).await.map_err(refused)?;
    let project = Some(project.as_str()).filter(|slug| !slug.is_empty());
    opening::assign(&mut tx, staff.course.id, project).await.map_err(refused)?;
    tx.commit().await.map_err(refused)?;
    tracing::info!(course = %staff.course.id, by = staff.by, ?setting, project, "the settings of a course were changed");
    Ok(Answer::GoTo(format!("{}?done=settings", staff.base)))
}

/// A moment as it was typed; empty: none.
fn moment(typed: &str) -> (Field, Option<DateTime<Utc>>) {
    let text = typed.trim();
    // Browsers may write seconds, too.
    let read =
        [WRITTEN, "%Y-%m-%dT%H:%M:%S"].into_iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let problem = (!text.is_empty() && read.is_none())
        .then(|| "Write it like 2026-12-24T18:00: year, month, day, T, hour and minute.".to_owned());
    (Field { value: text.to_owned(), problem }, read.map(|moment| moment.and_utc()))
}

/// What is decided for a course, in sentences.
pub fn sentences(setting: &CourseSetting, now: DateTime<Utc>) -> Vec<String> {
    let written = |at: DateTime<Utc>| at.format("%-d %b %Y, %H:%M UTC").to_string();
    let tutor = match setting.tutor {
        TutorUse::On => None,
        TutorUse::Hints => Some("The tutor gives hints only.".to_owned()),
        TutorUse::Off => Some("The tutor is off.".to_owned()),
    };
    let opens = setting.opens_later(now).map(|at| format!("Opens {}.", written(at)));
    let due = setting.due_at.map(|at| match setting.was_due(now) {
        Some(_) => format!("Was due {}: no answers are taken.", written(at)),
        None => format!("Due {}.", written(at)),
    });
    [tutor, opens, due].into_iter().flatten().collect()
}
