//! A project as learners see it: its tree, each task to be opened.

use leptos::prelude::*;

use crate::model::library::{ProjectShown, TaskShown};

/// The whole project.
#[component]
pub fn Shown(shown: ProjectShown) -> impl IntoView {
    let tasks = if shown.tasks == 1 { "1 task".to_owned() } else { format!("{} tasks", shown.tasks) };
    view! {
        <section class="panel" aria-labelledby="as-learners-see-it">
            <h2 id="as-learners-see-it">"As learners see it"</h2>
            <p class="quiet">
                {format!("Version {}: {tasks}, {} points. ", shown.version, shown.points)}
                "Answers, hints and solutions are not shown here."
            </p>
            <div class="prose" inner_html=shown.introduction_html></div>
            <Branch parts=shown.parts />
        </section>
    }
}

#[component]
fn Branch(parts: Vec<TaskShown>) -> impl IntoView {
    let items: Vec<_> = parts.into_iter().map(|task| view! { <Task task /> }).collect();
    // A branch holds branches: only an erased type can name itself.
    view! { <ul class="project-tree">{items}</ul> }.into_any()
}

#[component]
fn Task(task: TaskShown) -> impl IntoView {
    let TaskShown { title, body_html, answer, waits_for, hints, parts } = task;
    let hints = match hints {
        0 => String::new(),
        1 => " 1 hint.".to_owned(),
        count => format!(" {count} hints."),
    };
    let waits = (!waits_for.is_empty()).then(|| format!(" Waits for: {}.", waits_for.join(", ")));
    view! {
        <li>
            <details>
                <summary>{title}</summary>
                <div class="prose" inner_html=body_html></div>
                <p class="quiet">{answer} {hints} {waits}</p>
            </details>
            {(!parts.is_empty()).then(move || view! { <Branch parts /> })}
        </li>
    }
}
