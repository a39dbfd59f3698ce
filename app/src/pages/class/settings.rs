//! What is decided for a whole course.

use leptos::prelude::*;

use crate::model::{
    admin::{Choice, Field},
    class::SettingsPage,
};

/// What the tutor may do.
const TUTOR: [(&str, &str, &str); 3] = [
    ("on", "On", "Learners talk with the tutor."),
    ("hints", "Hints only", "The guide answers from the project’s own hints; nothing is sent to a language model."),
    ("off", "Off", "There is no conversation. What was said stays to be read."),
];

/// The page's content.
#[component]
pub fn Settings(page: SettingsPage) -> impl IntoView {
    let choices = TUTOR.map(|(value, label, hint)| {
        let (id, about) = (format!("tutor-{value}"), format!("tutor-{value}-about"));
        view! {
            <div class="form-field form-check">
                <input type="radio" id=id.clone() name="tutor" value=value checked=page.tutor == value aria-describedby=about.clone() />
                <label for=id>{label}</label>
                <p class="form-hint" id=about>{hint}</p>
            </div>
        }
    });
    let has_problem =
        page.project_problem.is_some() || page.opens_at.problem.is_some() || page.due_at.problem.is_some();
    view! {
        <form class="form" method="post" action=format!("{}/settings", page.base)>
            {has_problem.then(|| view! {
                <p class="form-problem" id="class-problem" role="alert" tabindex="-1">"This was not saved; please correct what is marked."</p>
            })}
            <section class="panel"><AssignedProject projects=page.projects problem=page.project_problem /></section>
            <fieldset class="panel">
                <legend class="form-label">"Tutor"</legend>
                {choices.into_iter().collect_view()}
            </fieldset>
            <fieldset class="panel">
                <legend class="form-label">"Time, in UTC"</legend>
                <Moment name="opens_at" label="Opens" hint="Before that, learners see when it opens. Empty: it is open." field=page.opens_at />
                <Moment
                    name="due_at" label="Due"
                    hint="After that, no answers are taken. What learners wrote is kept, and they can still read everything. Empty: there is no end."
                    field=page.due_at
                />
            </fieldset>
            <div class="actions">
                <button class="button primary">"Save"</button>
                <a class="button button-quiet" href=page.base.clone()>"Cancel"</a>
            </div>
        </form>
    }
}

/// What activities open that name nothing.
#[component]
fn AssignedProject(projects: Vec<Choice>, problem: Option<String>) -> impl IntoView {
    let is_wrong = problem.is_some();
    let options: Vec<_> = projects
        .into_iter()
        .map(|choice| view! { <option value=choice.value selected=choice.chosen>{choice.label}</option> })
        .collect();
    view! {
        <div class="form-field" data-problem=is_wrong.then_some("")>
            <label class="form-label" for="project">"Project of this course"</label>
            <div id="project-about">
                <p class="form-hint">"Opens in activities that name no project, and for which nobody has chosen one."</p>
                {problem.map(|problem| view! { <p class="form-problem">{problem}</p> })}
            </div>
            <select class="field" id="project" name="project" aria-describedby="project-about" aria-invalid=is_wrong.then_some("true")>
                {options}
            </select>
        </div>
    }
}

#[component]
fn Moment(name: &'static str, label: &'static str, hint: &'static str, field: Field) -> impl IntoView {
    let about = format!("{name}-about");
    let Field { value, problem } = field;
    let is_wrong = problem.is_some();
    view! {
        <div class="form-field" data-problem=is_wrong.then_some("")>
            <label class="form-label" for=name>{label}</label>
            <div id=about.clone()>
                <p class="form-hint">{hint}</p>
                {problem.map(|problem| view! { <p class="form-problem">{problem}</p> })}
            </div>
            <input
                class="field" type="datetime-local" id=name name=name value=value
                aria-describedby=about aria-invalid=is_wrong.then_some("true")
            />
        </div>
    }
}
