//! Verdicts: the newest one, told at once, and those before it.

use leptos::{either::Either, prelude::*};

use super::{
    glyph::{Glyph, Sign},
    moment::Moment,
};
use crate::{
    address::View,
    model::{Submission, TaskState, Verdict},
    workspace::{TaskWork, Workspace},
};

/// The words and the sign of a verdict.
pub fn told(verdict: Verdict) -> (&'static str, &'static str, Glyph) {
    match verdict {
        Verdict::Accepted => ("accepted", "Accepted", Glyph::Check),
        Verdict::NotYet => ("not-yet", "Not yet", Glyph::Again),
        Verdict::Pending => ("pending", "A person will look at it", Glyph::Clock),
    }
}

/// The verdict on the newest submission. The status stands there from the start, so that a change is read out.
#[component]
pub fn VerdictCard(work: TaskWork) -> impl IntoView {
    let newest = work.part(|page| page.attempts.first().cloned());
    let verdict = move || work.verdict.get().or_else(|| newest.get().flatten());
    let following = work.part(|page| (page.row.state, page.following.clone()));
    let way_on = move || match following.get() {
        Some((TaskState::Closed, following)) => Some(following),
        _ => None,
    };
    view! {
        <div class="verdict" role="status" aria-label="Verdict" id="verdict" tabindex="-1">
            {move || verdict().map(|submission| view! { <Told submission /> })}
            {move || {
                let unlocked = work.unlocked.get();
                (!unlocked.is_empty()).then(|| view! {
                    <p class="unlocked"><Sign glyph=Glyph::Open />"Now open: "{unlocked.join(", ")}</p>
                })
            }}
        </div>
        {move || way_on().map(|following| view! { <WayOn following /> })}
    }
}

#[component]
fn Told(submission: Submission) -> impl IntoView {
    let (name, word, glyph) = told(submission.verdict);
    let word = if submission.unchecked { format!("{word} – not checked") } else { word.to_owned() };
    view! {
        <div class="verdict-card" data-verdict=name>
            <p class="verdict-word"><Sign glyph />{word}</p>
            <div class="prose" dir="auto" inner_html=submission.feedback_html></div>
        </div>
    }
}

/// Where to go when a task is done.
#[component]
fn WayOn(following: Option<String>) -> impl IntoView {
    let workspace = Workspace::of_page();
    let next = move || {
        let next = workspace.activity.with(|now| now.here().and_then(|now| now.next.clone()));
        let id = next.or_else(|| following.clone())?;
        workspace.row(&id)
    };
    view! {
        <p class="way-on">
            {move || match next() {
                Some(row) => Either::Left(view! {
                    <a href=View::Task(row.id).address() class="button primary">
                        <span dir="auto">"Next: "{row.title}</span><Sign glyph=Glyph::Next />
                    </a>
                }),
                None => Either::Right(view! {
                    <a href=View::Submissions.address() class="button">"Look back at what you handed in"</a>
                }),
            }}
        </p>
    }
}

/// What was handed in before.
#[component]
pub fn Attempts(work: TaskWork) -> impl IntoView {
    let attempts = work.part(|page| page.attempts.clone());
    view! {
        {move || attempts.get().filter(|attempts| !attempts.is_empty()).map(|attempts| {
            let count = attempts.len();
            let items: Vec<_> = attempts.into_iter().map(|submission| view! { <Attempt submission /> }).collect();
            view! {
                <details class="attempts">
                    <summary>{if count == 1 { "1 attempt".to_owned() } else { format!("{count} attempts") }}</summary>
                    <ol class="attempt-list" reversed>{items}</ol>
                </details>
            }
        })}
    }
}

#[component]
fn Attempt(submission: Submission) -> impl IntoView {
    let (name, word, glyph) = told(submission.verdict);
    view! {
        <li class="attempt" data-verdict=name>
            <p class="attempt-head"><Sign glyph /><span>{word}</span><Moment at=submission.submitted_at /></p>
            <pre class="handed-in" dir="auto">{submission.answer}</pre>
        </li>
    }
}
