//! One learner: what they handed in, what they talked about, and where their grade is.

use leptos::prelude::*;

use super::{
    ago::Ago,
    class_table::{GradeState, points},
    strip::Strip,
};
use crate::{
    browser::fields::as_content,
    model::{
        Verdict,
        class::{Attempt, Decided, DecisionForm, LearnerPage, TurnShown},
    },
    pages::{attempts::told, glyph::Sign},
};

/// The page's content.
#[component]
pub fn Learner(page: LearnerPage) -> impl IntoView {
    let attempts = page.attempts.len();
    let address = page.address.clone();
    let items: Vec<_> =
        page.attempts.into_iter().map(|attempt| view! { <AttemptItem attempt address=address.clone() /> }).collect();
    let turns: Vec<_> = page.turns.into_iter().map(|turn| view! { <Turn turn /> }).collect();
    let is_silent = turns.is_empty();
    view! {
        <p class="class-learner-lead">
            <span dir="auto">{page.project}</span>
            <Strip cells=page.cells done=page.done total=page.total />
            {page.last_seen.map(|ago| view! { <span class="quiet">"Last seen " <Ago ago /></span> })}
        </p>
        <section class="panel" aria-labelledby="grade">
            <h2 id="grade">"Grade"</h2>
            <p class="class-points">{points(page.points)} " points"</p>
            {match page.grade {
                Some(grade) => {
                    let sentence = grade.sentence.clone();
                    view! {
                        <p><GradeState grade /> {page.sent_at.map(|ago| view! { <span class="quiet">" Last arrived " <Ago ago /></span> })}</p>
                        {(!sentence.is_empty()).then(|| view! { <p>{sentence}</p> })}
                    }
                    .into_any()
                }
                None => view! { <p class="quiet">"The course has no gradebook column for it, so nothing is sent."</p> }.into_any(),
            }}
            {page.can_resend.then(|| view! {
                <form method="post" action=format!("{}/resend", page.address)><button class="button">"Send again"</button></form>
            })}
        </section>
        <section class="panel" aria-labelledby="attempts">
            <h2 id="attempts">"Attempts" {(attempts > 0).then(|| view! { " " <span class="quiet">{attempts}</span> })}</h2>
            {if attempts == 0 {
                view! { <p class="quiet">"Nothing has been handed in yet."</p> }.into_any()
            } else {
                view! { <ul class="submission-list">{items}</ul> }.into_any()
            }}
        </section>
        <section class="panel" aria-labelledby="conversation">
            <h2 id="conversation">"Conversation"</h2>
            {if is_silent {
                view! { <p class="quiet">"Nothing has been said to the tutor yet."</p> }.into_any()
            } else {
                view! { <div class="class-conversation" role="region" tabindex="0" aria-label="The conversation">{turns}</div> }.into_any()
            }}
        </section>
    }
}

#[component]
fn AttemptItem(attempt: Attempt, address: String) -> impl IntoView {
    let (name, word, glyph) = told(attempt.verdict);
    let word = if attempt.is_unchecked { format!("{word} – not checked") } else { word.to_owned() };
    let has_problem =
        attempt.form.as_ref().is_some_and(|form| form.points_problem.is_some() || form.reason_problem.is_some());
    let undo = attempt.decision.is_some() && attempt.form.is_some();
    view! {
        <li class="submission" data-verdict=name>
            <p class="submission-head">
                <strong dir="auto">{attempt.task}</strong>
                <span class="quiet">{format!("Attempt {}", attempt.number)}</span>
                <Ago ago=attempt.at />
            </p>
            <p class="verdict-word"><Sign glyph />{word}</p>
            {attempt.decision.map(|decision| view! { <Decision decision /> })}
            <pre class="handed-in" dir="auto">{attempt.answer}</pre>
            <div class="prose class-feedback" dir="auto" inner_html=attempt.feedback_html></div>
            <div class="class-decide">
                {attempt.form.map(|form| {
                    let label = if attempt.verdict == Verdict::Pending { "Decide …" } else { "Decide otherwise …" };
                    view! {
                        <details open=has_problem>
                            <summary>{label}</summary>
                            <Decide id=attempt.id.clone() form address=address.clone() />
                        </details>
                    }
                })}
                {undo.then(|| view! {
                    <form method="post" action=format!("{address}/undo")>
                        <input type="hidden" name="submission" value=attempt.id.clone() />
                        <button class="button button-quiet">"Undo the decision"</button>
                    </form>
                })}
            </div>
        </li>
    }
}

#[component]
fn Decision(decision: Decided) -> impl IntoView {
    view! {
        <p class="class-decision">
            "Decided by a teacher " <Ago ago=decision.at /> ": " <span dir="auto">{decision.reason}</span>
        </p>
    }
}

/// A person decides in place of the check.
#[component]
fn Decide(id: String, form: DecisionForm, address: String) -> impl IntoView {
    let DecisionForm { is_accepted, points, points_problem, possible, reason, reason_problem } = form;
    let [verdict_id, points_id, reason_id, points_about, reason_about] =
        ["verdict", "points", "reason", "points-about", "reason-about"].map(|part| format!("{part}-{id}"));
    let most = super::class_table::points((possible, 0.0));
    let most = most.split(' ').next().unwrap_or_default().to_owned();
    let (wrong_points, wrong_reason) = (points_problem.is_some(), reason_problem.is_some());
    let is_wrong = wrong_points || wrong_reason;
    view! {
        <form class="form class-decide-form" method="post" action=format!("{address}/decide")>
            {is_wrong.then(|| view! {
                <p class="form-problem" id="class-problem" role="alert" tabindex="-1">"This was not saved; please correct what is marked."</p>
            })}
            <input type="hidden" name="submission" value=id />
            <div class="form-field">
                <label class="form-label" for=verdict_id.clone()>"Verdict"</label>
                <select class="field" id=verdict_id name="verdict">
                    <option value="accepted" selected=is_accepted>"Accepted"</option>
                    <option value="not_yet" selected=!is_accepted>"Not yet: the task opens again"</option>
                </select>
            </div>
            <div class="form-field" data-problem=wrong_points.then_some("")>
                <label class="form-label" for=points_id.clone()>{format!("Points, 0 to {most}")}</label>
                <p class="form-hint" id=points_about.clone()>
                    {points_problem.unwrap_or_else(|| "They count only if it is accepted.".to_owned())}
                </p>
                <input
                    class="field" id=points_id name="points" inputmode="decimal" autocomplete="off" value=points
                    aria-describedby=points_about aria-invalid=wrong_points.then_some("true")
                />
            </div>
            <div class="form-field" data-problem=wrong_reason.then_some("")>
                <label class="form-label" for=reason_id.clone()>"Reason"</label>
                <p class="form-hint" id=reason_about.clone()>
                    {reason_problem.unwrap_or_else(|| "The learner reads it, without your name.".to_owned())}
                </p>
                <textarea
                    class="field" id=reason_id name="reason" rows="4" maxlength="500" required
                    aria-describedby=reason_about aria-invalid=wrong_reason.then_some("true")
                >
                    {format!("\n{}", as_content(&reason))}
                </textarea>
            </div>
            <button class="button primary">"Save the decision"</button>
        </form>
    }
}

#[component]
fn Turn(turn: TurnShown) -> impl IntoView {
    view! {
        <div class="said">
            {turn.task.map(|title| view! { <p class="said-about" dir="auto">{title}</p> })}
            <p class="visually-hidden">"The learner said:"</p>
            <p class="bubble" dir="auto">{turn.message}</p>
            <p class="said-about"><Ago ago=turn.at /></p>
        </div>
        <div class="reply">
            <p class="visually-hidden">"The tutor answered:"</p>
            <div class="prose" dir="auto" inner_html=turn.reply_html></div>
            <p class="reply-note">{turn.by} {turn.note.map(|note| format!(" – {note}"))}</p>
        </div>
    }
}
