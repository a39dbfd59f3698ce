//! The hints of a task, one at a time, gentlest first.

use leptos::{either::EitherOf3, prelude::*};

use super::glyph::{Glyph, Sign};
use crate::{
    model::{HintState, TaskState},
    workspace::{Act, TaskWork, Workspace},
};

/// The hints shown so far, and the way to the next one.
#[component]
pub fn Hints(work: TaskWork) -> impl IntoView {
    let workspace = Workspace::of_page();
    let hints = work.part(|page| page.hints.clone());
    let state = work.part(|page| (page.hint, page.row.state));
    let busy = move || work.doing.get() == Some(Act::Hint);
    let shown = move || hints.get().unwrap_or_default();
    let is_open = move || matches!(state.get(), Some((_, TaskState::Open | TaskState::InProgress)));
    let is_first = move || hints.with(|hints| hints.as_ref().is_none_or(Vec::is_empty));
    view! {
        <div class="hints" id="hints" tabindex="-1" aria-live="polite">
            <For each=shown key=|hint| hint.level let:hint>
                <div class="hint">
                    <p class="hint-title"><Sign glyph=Glyph::Hint />{format!("Hint {}", hint.level)}</p>
                    <div class="prose" dir="auto" inner_html=hint.html></div>
                </div>
            </For>
        </div>
        {move || match state.get().filter(|_| is_open()) {
            Some((HintState::Ready, _)) => EitherOf3::A(view! {
                <button
                    type="button"
                    class="button button-quiet"
                    aria-busy=move || busy().then_some("true")
                    on:click=move |_| work.hint(workspace)
                >
                    <Sign glyph=Glyph::Hint />
                    {move || if is_first() { "Show a hint" } else { "Show another hint" }}
                </button>
            }),
            Some((HintState::AfterAnotherTry, _)) => EitherOf3::B(view! {
                <p class="quiet hint-later"><Sign glyph=Glyph::Hint />"The next hint opens after another try, or when you tell the tutor your own thoughts."</p>
            }),
            _ => EitherOf3::C(()),
        }}
    }
}
