//! The top of every view: where one is, where one can go, how far one has come, and where the grade is.

use leptos::prelude::*;

use super::glyph::{Glyph, Sign};
use crate::{
    address::View,
    model::{Back, Grade, GradeState, Progress},
    workspace::Workspace,
};

/// The top of the page.
#[component]
pub fn Header() -> impl IntoView {
    let workspace = Workspace::of_page();
    let title = Memo::new(move |_| {
        workspace.activity.with(|now| now.here().map(|now| (now.course.clone(), now.title.clone())))
    });
    let back = Memo::new(move |_| workspace.activity.with(|now| now.here().and_then(|now| now.back.clone())));
    view! {
        <header class="header">
            <div class="header-title">
                {move || title.get().map(|(course, title)| view! {
                    {course.map(|course| view! { <p class="header-course" dir="auto">{course}</p> })}
                    <h1 dir="auto">{title}</h1>
                })}
                {move || back.get().map(|back| view! { <WayBack back /> })}
            </div>
            <nav class="views" aria-label="Activity">
                <Tab view=View::Tutor glyph=Glyph::Bubble label="Tutor" />
                <Tab view=View::Tasks glyph=Glyph::List label="Tasks" />
                <Tab view=View::Submissions glyph=Glyph::Page label="Submissions" />
            </nav>
            <Standing />
        </header>
    }
}

/// Leads back to the course, which learns nothing by it of where the learner was.
#[component]
fn WayBack(back: Back) -> impl IntoView {
    let target = if back.leaves_frame { "_top" } else { "_self" };
    view! { <a class="header-back" href=back.address target=target rel="noreferrer external">"Back to your course"</a> }
}

#[component]
fn Tab(view: View, glyph: Glyph, label: &'static str) -> impl IntoView {
    let workspace = Workspace::of_page();
    let address = view.address();
    let is_here =
        move || workspace.view.with(|now| *now == view || matches!((now, &view), (View::Task(_), View::Tasks)));
    view! {
        <a href=address class="tab" aria-current=move || is_here().then_some("page")>
            <Sign glyph />
            <span>{label}</span>
        </a>
    }
}

/// Progress and grade.
#[component]
fn Standing() -> impl IntoView {
    let workspace = Workspace::of_page();
    let progress = Memo::new(move |_| workspace.activity.with(|now| now.here().map(|now| now.progress)));
    let grade = Memo::new(move |_| workspace.activity.with(|now| now.here().map(|now| now.grade.clone())));
    let closed = move || progress.get().map_or(0, |progress| progress.closed);
    let total = move || progress.get().map_or(1, |progress| progress.total.max(1));
    view! {
        <div class="standing">
            <div class="progress">
                <progress aria-label="Project progress" value=closed max=total></progress>
                <span class="progress-words">{move || progress.get().map(words).unwrap_or_default()}</span>
            </div>
            <p class="grade" role="status" aria-label="Grade" data-state=move || grade.get().map(|grade| state_name(grade.state))>
                {move || grade.get().map(|grade| view! { <GradeWords grade /> })}
            </p>
        </div>
    }
}

#[component]
fn GradeWords(grade: Grade) -> impl IntoView {
    let glyph = match grade.state {
        GradeState::NotGraded | GradeState::NothingYet => Glyph::Open,
        GradeState::Waiting => Glyph::Clock,
        GradeState::Sent => Glyph::Check,
        GradeState::Refused => Glyph::Alert,
    };
    view! {
        <Sign glyph />
        <span class="grade-sentence">{grade.sentence}</span>
    }
}

fn words(progress: Progress) -> String {
    format!("{} of {} done", progress.closed, progress.total)
}

fn state_name(state: GradeState) -> &'static str {
    match state {
        GradeState::NotGraded => "not-graded",
        GradeState::NothingYet => "nothing-yet",
        GradeState::Waiting => "waiting",
        GradeState::Sent => "sent",
        GradeState::Refused => "refused",
    }
}
