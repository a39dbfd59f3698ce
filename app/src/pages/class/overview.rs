//! The class itself.

use leptos::prelude::*;

use super::{ago::Ago, class_table::ClassTable, picture::Picture, roster::Roster};
use crate::{
    model::{
        admin::Choice,
        class::{Class as Shown, ClassPage, Grades},
    },
    pages::glyph::{Glyph, Sign},
};

/// The page's content.
#[component]
pub fn Class(page: ClassPage) -> impl IntoView {
    let ClassPage { base, projects, class, decisions, can_decide, grades, roster } = page;
    let decisions: Vec<_> = decisions.into_iter().map(|sentence| view! { <li>{sentence}</li> }).collect();
    let has_class = class.is_some();
    view! {
        <div class="class-lead">
            {class.as_ref().map(|class| view! { <Counts class=class.clone() /> })}
            <div class="actions">
                {grades.as_ref().filter(|_| can_decide).map(|grades| view! { <Hold base=base.clone() is_held=grades.paused.is_some() /> })}
                {can_decide.then(|| view! { <a class="button" href=format!("{base}/settings")>"Settings"</a> })}
            </div>
        </div>
        {(!decisions.is_empty()).then(|| view! { <ul class="class-decisions">{decisions}</ul> })}
        {grades.filter(|grades| grades.paused.is_some() || grades.stuck > 0).map(|grades| view! { <GradeState base=base.clone() grades /> })}
        {roster.map(|roster| view! { <Roster base=base.clone() roster /> })}
        <Projects base=base.clone() projects />
        {class.filter(|class| class.learners > 0).map(|class| view! {
            <Picture base=base.clone() class=class.clone() />
            <ClassTable base=base.clone() class />
        })
        .map_or_else(|| view! { <Nobody has_class /> }.into_any(), IntoAny::into_any)}
    }
}

#[component]
fn Counts(class: Shown) -> impl IntoView {
    let figures = [
        (class.learners, if class.learners == 1 { "learner" } else { "learners" }, ""),
        (class.begun, if class.begun == 1 { "has begun" } else { "have begun" }, ""),
        (class.stuck, "stuck", "stuck"),
        (class.done, "all done", ""),
    ];
    let figures: Vec<_> = figures
        .into_iter()
        .map(|(count, word, kind)| {
            let kind = (count > 0 && !kind.is_empty()).then_some(kind);
            view! { <li data-kind=kind><strong>{count}</strong> " " {word}</li> }
        })
        .collect();
    view! { <ul class="class-counts">{figures}</ul> }
}

/// Chooses between the projects of a course, where there are several.
#[component]
fn Projects(base: String, projects: Vec<Choice>) -> impl IntoView {
    (projects.len() > 1).then(|| {
        let links: Vec<_> = projects
            .into_iter()
            .map(|project| {
                let address = format!("{base}?project={}", project.value);
                view! { <li><a class="tab" href=address aria-current=project.chosen.then_some("true") dir="auto">{project.label}</a></li> }
            })
            .collect();
        view! { <nav aria-label="Projects of this course"><ul class="views class-projects">{links}</ul></nav> }
    })
}

#[component]
fn Nobody(has_class: bool) -> impl IntoView {
    let sentence = if has_class {
        "As soon as a learner opens the activity in the course, they stand here. What you do yourself does not count."
    } else {
        "Nothing has been opened in this course yet. Place an activity in it; whoever opens it then stands here."
    };
    view! {
        <div class="empty">
            <Sign glyph=Glyph::People />
            <p class="empty-title">"Nobody is here yet"</p>
            <p>{sentence}</p>
        </div>
    }
}

/// Holds the grades of the course back, or sends them again.
#[component]
fn Hold(base: String, is_held: bool) -> impl IntoView {
    let (act, label) = if is_held { ("resume", "Resume grades") } else { ("pause", "Pause grades") };
    view! { <form method="post" action=format!("{base}/grades/{act}")><button class="button button-quiet">{label}</button></form> }
}

/// What keeps grades of the course from arriving.
#[component]
fn GradeState(base: String, grades: Grades) -> impl IntoView {
    let sentence = match grades.stuck {
        0 => None,
        1 => Some("1 grade has not arrived in the gradebook.".to_owned()),
        stuck => Some(format!("{stuck} grades have not arrived in the gradebook.")),
    };
    let is_paused = grades.paused.is_some();
    view! {
        <section class="class-grades" aria-label="Grades of this course">
            {grades.paused.map(|since| view! {
                <p class="class-paused"><Sign glyph=Glyph::Stop />"Grades are paused since " <Ago ago=since /> ". Nothing is lost; they are sent when you resume."</p>
            })}
            {sentence.map(|sentence| view! { <p class="class-stuck"><Sign glyph=Glyph::Alert />{sentence}</p> })}
            {(grades.stuck > 0 && !is_paused).then(|| view! {
                <form method="post" action=format!("{base}/grades/resend")><button class="button">"Send all again"</button></form>
            })}
        </section>
    }
}
