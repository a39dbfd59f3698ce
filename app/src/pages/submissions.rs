//! Everything handed in.

use leptos::{either::EitherOf4, prelude::*};

use super::{
    attempts::told,
    glyph::{Glyph, Sign},
    moment::Moment,
    notices::RefusalNote,
};
use crate::{
    address::View,
    model::Submission,
    workspace::{Loaded, Workspace},
};

/// The list of submissions, newest first.
#[component]
pub fn SubmissionsPane() -> impl IntoView {
    let workspace = Workspace::of_page();
    view! {
        <section class="submissions" aria-labelledby="submissions-heading">
            <h2 id="submissions-heading" tabindex="-1">"Submissions"</h2>
            {move || match workspace.submissions.get() {
                Loaded::Waiting => EitherOf4::A(view! {
                    <div class="skeleton" role="status" aria-label="Loading"><span></span><span></span><span></span></div>
                }),
                Loaded::Refused(refusal) => EitherOf4::B(view! {
                    <RefusalNote refusal />
                    <button class="button" on:click=move |_| workspace.load_submissions()>"Try again"</button>
                }),
                Loaded::Here(submissions) if submissions.is_empty() => EitherOf4::C(view! { <Nothing /> }),
                Loaded::Here(submissions) => {
                    let items: Vec<_> = submissions.into_iter().map(|submission| view! { <Item submission /> }).collect();
                    EitherOf4::D(view! { <ul class="submission-list" data-natural="">{items}</ul> })
                }
            }}
        </section>
    }
}

#[component]
fn Nothing() -> impl IntoView {
    let workspace = Workspace::of_page();
    let next = move || workspace.activity.with(|now| now.here().and_then(|now| now.next.clone()));
    view! {
        <div class="empty">
            <Sign glyph=Glyph::Page />
            <p class="empty-title">"Nothing handed in yet"</p>
            <p>"What you submit appears here, with what came of it."</p>
            {move || next().map(|id| view! {
                <a href=View::Task(id).address() class="button primary">"Go to the next task"</a>
            })}
        </div>
    }
}

#[component]
fn Item(submission: Submission) -> impl IntoView {
    let (name, word, glyph) = told(submission.verdict);
    view! {
        <li class="submission" data-verdict=name>
            <p class="submission-head">
                <a href=View::Task(submission.task).address() dir="auto">{submission.task_title}</a>
                <span class="quiet">{format!("Attempt {}", submission.attempt)}</span>
                <Moment at=submission.submitted_at />
            </p>
            <p class="verdict-word"><Sign glyph />{word}</p>
            <details>
                <summary>"Answer and feedback"</summary>
                <pre class="handed-in" dir="auto">{submission.answer}</pre>
                <div class="prose" dir="auto" inner_html=submission.feedback_html></div>
            </details>
        </li>
    }
}
