//! The class itself: who is where, and everybody in a row.

use app::{
    model::{
        admin::Choice,
        class::{Class, ClassPage, Column, Selection},
    },
    refusal::Refusal,
};
use axum::http::StatusCode;

use super::{
    Answer, Asked, Page, Staff,
    grade::Deliveries,
    notice, roster, settings,
    table::{self, Pupil},
};
use crate::{
    launch::attendance,
    learning::{class, course},
    store::{StoreError, Tx},
    web::{pages::class::Content, services::Services},
};

/// The page.
pub async fn show(services: &Services, staff: &Staff, asked: Asked<'_>) -> Result<Answer, Refusal> {
    let page = read(services, staff, asked).await.map_err(|error| services.refusals.store(&error))?;
    Ok(Answer::Page(Box::new(Page {
        status: StatusCode::OK,
        title: "Class".to_owned(),
        trail: Vec::new(),
        notice: notice(asked),
        content: Content::Class(page),
    })))
}

async fn read(services: &Services, staff: &Staff, asked: Asked<'_>) -> Result<ClassPage, StoreError> {
    let mut tx = services.db.read().await?;
    let projects = class::projects(&mut tx, &services.catalog, staff.course.id).await?;
    let asked_for = asked.value("project");
    let wanted = [Some(&asked_for), staff.project.as_ref()];
    let shown = wanted.into_iter().flatten().find(|slug| projects.iter().any(|project| project.slug == **slug));
    let shown = shown.cloned().or_else(|| projects.first().map(|project| project.slug.clone()));
    let group = asked.value("group");
    let class = match &shown {
        Some(slug) => pupils(services, &mut tx, staff, slug, &group).await?,
        None => None,
    };
    let grades = Deliveries::of_course(&mut tx, staff.course.id).await?;
    let groups = roster::groups(&mut tx, staff.course.id, &group).await?;
    let roster = roster::shown(services, &mut tx, staff.course.id).await?;
    let setting = course::setting(&mut tx, staff.course.id).await?;
    let choices = projects.into_iter().map(|project| Choice {
        chosen: Some(&project.slug) == shown.as_ref(),
        value: project.slug,
        label: project.title,
    });
    let projects = choices.collect();
    let choice = selection(asked, shown.unwrap_or_default());
    Ok(ClassPage {
        base: staff.base.clone(),
        projects,
        class: class
            .map(|(project, pupils)| Class { groups, ..drawn(services, staff, &project, pupils, choice, &grades) }),
        decisions: settings::sentences(&setting, services.clock.now()),
        can_decide: staff.can_decide,
        grades: grades.shown(services.clock.now()),
        roster,
    })
}

fn selection(asked: Asked<'_>, project: String) -> Selection {
    let sort = asked.value("sort");
    Selection {
        project,
        text: asked.value("text"),
        state: asked.value("state"),
        task: asked.value("task"),
        group: asked.value("group"),
        sort: Column::ALL.into_iter().find(|column| column.name() == sort).unwrap_or_default(),
        is_descending: !asked.value("down").is_empty(),
        page: asked.value("page").parse().unwrap_or(1),
        ..Selection::default()
    }
}

/// Everybody who learns in the course, or in a group of it, with how they stand with the project: who has come, and who belongs
/// to it by its roster and has not.
async fn pupils(
    services: &Services,
    tx: &mut Tx,
    staff: &Staff,
    slug: &str,
    group: &str,
) -> Result<Option<(class::Class, Vec<Pupil>)>, StoreError> {
    let Some(project) = class::of_course(tx, &services.catalog, staff.course.id, slug).await? else { return Ok(None) };
    let attendees = attendance::of_course(tx, staff.course.id).await?;
    let mut pupils = table::joined(&project.members, attendees);
    let absent = roster::absent(tx, staff.course.id, &pupils).await?;
    pupils.extend(absent);
    roster::narrow(tx, staff.course.id, group, &mut pupils).await?;
    Ok(Some((project, pupils)))
}

fn drawn(
    services: &Services,
    staff: &Staff,
    class: &class::Class,
    pupils: Vec<Pupil>,
    choice: Selection,
    grades: &Deliveries,
) -> Class {
    let leaves: Vec<_> = class.project.tasks().iter().filter(|task| task.is_leaf()).collect();
    let bars = table::bars(&leaves, &pupils);
    let count = |test: fn(&Pupil) -> bool| pupils.iter().filter(|pupil| test(pupil)).count();
    let (learners, begun) = (pupils.len(), count(Pupil::has_begun));
    let (done, stuck) = (count(Pupil::is_done), count(Pupil::is_stuck));
    let task_title = leaves.iter().find(|leaf| leaf.id == choice.task).map(|leaf| leaf.title.clone());
    let position = leaves.iter().position(|leaf| leaf.id == choice.task);
    let choice = Selection {
        task: if position.is_some() { choice.task } else { String::new() },
        task_title: task_title.unwrap_or_default(),
        ..choice
    };
    let now = services.clock.now();
    let (shown, found, choice) = table::page(pupils, choice, position, grades);
    let rows = shown.into_iter().map(|pupil| table::row(pupil, &staff.base, now, grades)).collect();
    Class { bars, learners, begun, done, stuck, rows, found, choice, groups: Vec::new() }
}
