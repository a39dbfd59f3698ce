//! The answer: a box, a number, a choice, several, or an exchange with the tutor.

use leptos::{either::EitherOf4, ev, html, prelude::*};

use super::{
    glyph::{Glyph, Sign},
    task::AskTutor,
};
use crate::{
    browser::fields::{as_content, keep_text, keep_ticks, ticked},
    model::{AnswerForm, ChoiceOption},
    workspace::{Act, Saving, TaskWork, Workspace},
};

/// The form in which an answer is written and handed in.
#[component]
pub fn AnswerPart(work: TaskWork, form: AnswerForm) -> impl IntoView {
    let workspace = Workspace::of_page();
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        work.submit(workspace);
    };
    let is_submitting = move || work.doing.get() == Some(Act::Submit);
    view! {
        <form class="answer" on:submit=submit on:focusout=move |_| work.flush(workspace) data-answer="">
            <Fields work form />
            <NewerDraft work />
            <div class="actions">
                <button
                    class="button primary"
                    aria-busy=move || is_submitting().then_some("true")
                >
                    {move || if is_submitting() { "Checking…" } else { "Submit" }}
                </button>
                <AskTutor />
                <SavingWords work />
            </div>
        </form>
    }
}

#[component]
fn Fields(work: TaskWork, form: AnswerForm) -> impl IntoView {
    match form {
        AnswerForm::Text { long, placeholder } => {
            let rows = if long { 7 } else { 2 };
            EitherOf4::A(view! { <TextBox work rows note="" placeholder=placeholder.unwrap_or_default() /> })
        }
        AnswerForm::Set { options } if options.is_empty() => {
            let note = "One a line, in any order.";
            EitherOf4::A(view! { <TextBox work rows=4 note placeholder=String::new() /> })
        }
        AnswerForm::Number { unit } => EitherOf4::B(view! { <NumberField work unit=unit.unwrap_or_default() /> }),
        AnswerForm::Choice { options } => {
            EitherOf4::C(view! { <Options work kind="radio" note="Choose one." options /> })
        }
        AnswerForm::Set { options } => {
            EitherOf4::C(view! { <Options work kind="checkbox" note="Choose all that apply." options /> })
        }
        AnswerForm::Conversation { .. } | AnswerForm::Children => EitherOf4::D(()),
    }
}

#[component]
fn TextBox(work: TaskWork, rows: u32, note: &'static str, placeholder: String) -> impl IntoView {
    let workspace = Workspace::of_page();
    let field = NodeRef::<html::Textarea>::new();
    keep_text(move || field.get(), work.answering.typed, move || work.changed(workspace));
    let typed = move |event: ev::Event| {
        work.answering.typed.set(event_target_value(&event));
        work.changed(workspace);
    };
    let content = as_content(&work.answering.typed.get_untracked());
    view! {
        <label class="answer-label" for="answer">"Your answer"</label>
        {(!note.is_empty()).then(|| view! { <p class="answer-note" id="answer-note">{note}</p> })}
        <textarea
            id="answer"
            class="field"
            dir="auto"
            rows=rows
            placeholder=placeholder
            aria-describedby=(!note.is_empty()).then_some("answer-note")
            autocomplete="off"
            node_ref=field
            on:input=typed
            inner_html=content
        ></textarea>
    }
}

#[component]
fn NumberField(work: TaskWork, unit: String) -> impl IntoView {
    let workspace = Workspace::of_page();
    let field = NodeRef::<html::Input>::new();
    keep_text(move || field.get(), work.answering.typed, move || work.changed(workspace));
    let typed = move |event: ev::Event| {
        work.answering.typed.set(event_target_value(&event));
        work.changed(workspace);
    };
    let has_unit = !unit.is_empty();
    view! {
        <label class="answer-label" for="answer">"Your answer"</label>
        <div class="number">
            // Not type="number": it hides what it cannot read, and each language writes numbers in its own way.
            <input
                id="answer"
                class="field"
                type="text"
                inputmode="decimal"
                autocomplete="off"
                aria-describedby=has_unit.then_some("answer-unit")
                value=work.answering.typed.get_untracked()
                node_ref=field
                on:input=typed
            />
            {has_unit.then(|| view! { <span id="answer-unit" class="unit">{unit}</span> })}
        </div>
    }
}

#[component]
fn Options(work: TaskWork, kind: &'static str, note: &'static str, options: Vec<ChoiceOption>) -> impl IntoView {
    let workspace = Workspace::of_page();
    let group = NodeRef::<html::Fieldset>::new();
    keep_ticks(move || group.get(), work.answering.chosen, move || work.changed(workspace));
    let changed = move |_: ev::Event| {
        if let Some(group) = group.get() {
            work.answering.chosen.set(ticked(&group));
            work.changed(workspace);
        }
    };
    let chosen = work.answering.chosen.get_untracked();
    let items: Vec<_> = options
        .into_iter()
        .map(|option| {
            let is_chosen = chosen.contains(&option.id);
            view! {
                <label class="option">
                    <input type=kind name="answer" value=option.id checked=is_chosen />
                    <span class="option-text" dir="auto" inner_html=option.html></span>
                </label>
            }
        })
        .collect();
    let role = (kind == "radio").then_some("radiogroup");
    view! {
        <fieldset class="options" role=role aria-labelledby="answer-legend" node_ref=group on:change=changed>
            <legend class="answer-label" id="answer-legend">"Your answer"</legend>
            <p class="answer-note">{note}</p>
            {items}
        </fieldset>
    }
}

/// Whether the draft is safe.
#[component]
fn SavingWords(work: TaskWork) -> impl IntoView {
    let words = move || match work.saving.get() {
        Saving::Untouched => "",
        Saving::Saving => "Saving…",
        Saving::Saved => "Saved",
        Saving::Retrying => "Not saved – trying again",
        Saving::Failed => "Not saved",
    };
    view! { <span class="saving" role="status" aria-label="Draft">{words}</span> }
}

/// Another window wrote a newer draft.
#[component]
fn NewerDraft(work: TaskWork) -> impl IntoView {
    let workspace = Workspace::of_page();
    view! {
        {move || work.newer.get().map(|draft| {
            let text = match draft.answer {
                crate::model::Answer::One(text) => text,
                crate::model::Answer::Many(values) => values.join("\n"),
            };
            view! {
                <div class="card card-alert" role="alert">
                    <p class="card-title"><Sign glyph=Glyph::Alert />"You wrote something else in another window"</p>
                    <pre class="other-draft" dir="auto">{text}</pre>
                    <div class="actions">
                        <button type="button" class="button" on:click=move |_| work.keep_mine(workspace)>"Keep this one here"</button>
                        <button type="button" class="button" on:click=move |_| work.take_newer()>"Use the other one"</button>
                    </div>
                </div>
            }
        })}
    }
}

/// A task that is done by talking with the tutor.
#[component]
pub fn ConversationPart(work: TaskWork) -> impl IntoView {
    let workspace = Workspace::of_page();
    let exchange = work.part(|page| match page.answer {
        AnswerForm::Conversation { needed, had } => (needed, had),
        _ => (0, 0),
    });
    let missing = move || exchange.get().map_or(0, |(needed, had)| needed.saturating_sub(had));
    let words = move || match (missing(), exchange.get()) {
        (0, _) => "You have talked this through. Mark it as done when you are ready.".to_owned(),
        (1, _) => "Talk with the tutor about this: 1 more message from you.".to_owned(),
        (missing, _) => format!("Talk with the tutor about this: {missing} more messages from you."),
    };
    let finish = move |_: ev::MouseEvent| {
        if missing() == 0 {
            work.finish(workspace);
        }
    };
    let busy = move || work.doing.get() == Some(Act::Finish);
    view! {
        <div class="card card-talk">
            <p class="card-title"><Sign glyph=Glyph::Bubble />"Done by talking"</p>
            <p id="exchange">{words}</p>
            <div class="actions">
                <button
                    type="button"
                    class="button primary"
                    aria-describedby="exchange"
                    aria-disabled=move || (missing() > 0).then_some("true")
                    aria-busy=move || busy().then_some("true")
                    on:click=finish
                >
                    "Mark as done"
                </button>
            </div>
        </div>
    }
}
