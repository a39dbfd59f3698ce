//! All tasks as plain reading, for browsers that cannot run the pages.

use leptos::prelude::*;

use super::{DocumentHead, Files};
use crate::model::{Activity, TaskPage, TaskState};

/// What there is to read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// What surrounds the tasks.
    pub activity: Activity,
    /// Every task, in the author's order.
    pub tasks: Vec<TaskPage>,
}

/// The whole page. The start script takes its `main` over where only WebAssembly is missing.
#[component]
pub fn ReadingDocument(
    /// What it loads.
    files: Files,
    /// What there is to read.
    reading: Reading,
) -> impl IntoView {
    let Reading { activity, tasks } = reading;
    let progress = format!("{} of {} tasks done.", activity.progress.closed, activity.progress.total);
    let tasks: Vec<_> = tasks.into_iter().map(|task| view! { <Task task /> }).collect();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <DocumentHead title=format!("{} · LTT", activity.title) files />
            </head>
            <body>
                <main class="reading">
                    <p class="banner" role="status">
                        "This browser cannot run the tutor, so this is for reading only. To work on the tasks, use a current "
                        "browser, or ask whoever looks after this computer to allow WebAssembly for this site."
                    </p>
                    <h1>{activity.title}</h1>
                    <p class="quiet">{progress}</p>
                    <div class="prose" dir="auto" inner_html=activity.introduction_html></div>
                    {tasks}
                </main>
            </body>
        </html>
    }
}

#[component]
fn Task(task: TaskPage) -> impl IntoView {
    let state = match task.row.state {
        TaskState::Open => "Open",
        TaskState::InProgress => "Started",
        TaskState::Closed => "Done",
        TaskState::Blocked => "Waits for other tasks",
    };
    view! {
        <article class="reading-task" id=task.row.id>
            <h2 dir="auto">{task.row.title}</h2>
            <p class="quiet">{state}</p>
            <div class="prose" dir="auto" inner_html=task.body_html></div>
        </article>
    }
}
