//! The top of every view: where one is, where one can go, how far one has come, and where the grade is.

use leptos::prelude::*;

use super::glyph::{Glyph, Sign};
use crate::{
    address::View,
    browser,
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
    let teaches = Memo::new(move |_| workspace.activity.with(|now| now.here().is_some_and(|now| now.role.teaches())));
    let may_change = Memo::new(move |_| workspace.activity.with(|now| now.here().is_some_and(|now| now.may_change)));
    let back = Memo::new(move |_| workspace.activity.with(|now| now.here().and_then(|now| now.back.clone())));
    view! {
        <header class="header">
            <div class="header-title">
                {move || title.get().map(|(course, title)| view! {
                    {course.map(|course| view! { <p class="header-course" dir="auto">{course}</p> })}
                    <h1 dir="auto">{title}</h1>
                })}
                <div class="header-ways">
                    {move || back.get().map(|back| view! { <WayBack back /> })}
                    {move || may_change.get().then(|| view! { <ChangeWay /> })}
                </div>
            </div>
            <nav class="views" aria-label="Activity">
                <Tab view=View::Tutor glyph=Glyph::Bubble label="Tutor" />
                <Tab view=View::Tasks glyph=Glyph::List label="Tasks" />
                <Tab view=View::Submissions glyph=Glyph::Page label="Submissions" />
                {move || teaches.get().then(|| view! {
                    <Tab view=View::Class(String::new()) glyph=Glyph::People label="Class" />
                })}
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

/// Leads whoever set this activity up to choosing once more. That page stands outside of the activity, so the form takes the
/// session along.
#[component]
fn ChangeWay() -> impl IntoView {
    let token = RwSignal::new(String::new());
    Effect::new(move || token.set(browser::session::token().unwrap_or_default()));
    view! {
        <form method="post" action="/lti/place/change">
            <input type="hidden" name="token" prop:value=token />
            <button class="header-way">"Change what opens here"</button>
        </form>
    }
}

#[component]
fn Tab(view: View, glyph: Glyph, label: &'static str) -> impl IntoView {
    let workspace = Workspace::of_page();
    let address = view.address();
    let is_here = move || {
        workspace.view.with(|now| {
            *now == view || matches!((now, &view), (View::Task(_), View::Tasks) | (View::Class(_), View::Class(_)))
        })
    };
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
