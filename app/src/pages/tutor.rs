//! The conversation with the tutor.

use leptos::{either::Either, prelude::*};

use super::{
    composer::Composer,
    glyph::{Glyph, Sign},
    notices::RefusalNote,
};
use crate::{
    browser,
    model::{TurnState, TutorNotice},
    workspace::{Loaded, Pending, Reply, Workspace},
};

/// The id of the element that scrolls the conversation.
pub const SCROLL: &str = "conversation-scroll";

/// First messages to choose from.
const SUGGESTIONS: [&str; 3] =
    ["What is this task asking me to do?", "How do I get started?", "I tried something. Can you look at my idea?"];

/// Conversation and message box.
#[component]
pub fn TutorPane() -> impl IntoView {
    let workspace = Workspace::of_page();
    let talk = workspace.talk;
    let turns = move || talk.turns.with(|turns| turns.here().cloned().unwrap_or_default());
    let is_empty = Memo::new(move |_| {
        let is_off = workspace.activity.with(|now| now.here().is_some_and(|now| now.tutor.off.is_some()));
        !is_off
            && talk.pending.with(Option::is_none)
            && talk.turns.with(|turns| turns.here().is_some_and(Vec::is_empty))
    });
    let refused = Memo::new(move |_| match &*talk.turns.read() {
        Loaded::Refused(refusal) => Some(refusal.clone()),
        Loaded::Waiting | Loaded::Here(_) => None,
    });
    view! {
        <section class="tutor" aria-labelledby="tutor-heading">
            <h2 id="tutor-heading" class="tutor-heading" tabindex="-1"><Sign glyph=Glyph::Bubble />"Tutor"</h2>
            // The newest end is where scrolling begins, so that the browser itself keeps it in sight.
            <div class="conversation-scroll" id=SCROLL>
                // A screen reader hears the answer by sentence from the region below, not token by token from here.
                <div class="conversation" role="log" aria-label="Conversation" aria-live="off" tabindex="0" data-natural="">
                    <Introduction />
                    {move || is_empty.get().then(|| view! { <Suggestions /> })}
                    <For each=turns key=|reply| reply.id() let:reply><Exchange reply /></For>
                    {move || talk.pending.get().map(|pending| view! { <OnItsWay pending /> })}
                    {move || refused.get().map(|refusal| view! {
                        <RefusalNote refusal />
                        <button class="button" on:click=move |_| talk.load(workspace)>"Try again"</button>
                    })}
                </div>
            </div>
            <p class="visually-hidden" aria-live="polite">{talk.announcement}</p>
            <Composer />
        </section>
    }
}

/// Said before the first message: this is a program, which one, and who can read along.
#[component]
fn Introduction() -> impl IntoView {
    let workspace = Workspace::of_page();
    let notice = Memo::new(move |_| workspace.activity.with(|now| now.here().map(|now| now.tutor.clone())));
    view! { {move || notice.get().map(|notice| view! { <Notice notice /> })} }
}

#[component]
fn Notice(notice: TutorNotice) -> impl IntoView {
    let who = match notice.model {
        Some(model) => Either::Left(view! {
            <p>"I am a program, not a person. The language model "<strong>{model}</strong>" writes my answers, and it can be wrong."</p>
        }),
        None => Either::Right(view! {
            <p>"I am a program, not a person, and no language model: I work from the hints and checks your teacher wrote."</p>
        }),
    };
    view! {
        <div class="introduction">
            {who}
            <p>{notice.readers}</p>
        </div>
    }
}

#[component]
fn Suggestions() -> impl IntoView {
    let workspace = Workspace::of_page();
    let say = move |text: &str| {
        workspace.talk.deliver(workspace, text.to_owned());
        browser::focus::to(browser::focus::MESSAGE);
    };
    let buttons: Vec<_> = SUGGESTIONS
        .into_iter()
        .map(|text| view! { <li><button type="button" class="suggestion" on:click=move |_| say(text)>{text}</button></li> })
        .collect();
    view! { <div class="suggestions"><p>"You could begin with:"</p><ul>{buttons}</ul></div> }
}

#[component]
fn Exchange(reply: Reply) -> impl IntoView {
    let turn = reply.turn.get_untracked();
    view! {
        <div class="said">
            {turn.task_title.map(|title| view! { <p class="said-about" dir="auto">{title}</p> })}
            <p class="visually-hidden">"You said:"</p>
            <p class="bubble" dir="auto">{turn.message}</p>
        </div>
        <Answered reply />
    }
}

#[component]
fn Answered(reply: Reply) -> impl IntoView {
    let workspace = Workspace::of_page();
    let state = Memo::new(move |_| reply.turn.with(|turn| turn.state));
    let has_live =
        Memo::new(move |_| reply.blocks.with(|blocks| !blocks.is_empty()) || reply.tail.with(|tail| !tail.is_empty()));
    let so_far = Memo::new(move |_| reply.turn.with(|turn| turn.reply_html.clone()));
    let by = Memo::new(move |_| {
        reply.turn.with(|turn| (turn.state != TurnState::Running).then(|| turn.answered_by.clone()))
    });
    let model = Memo::new(move |_| workspace.activity.with(|now| now.here().and_then(|now| now.tutor.model.clone())));
    let can_repeat = move || matches!(state.get(), TurnState::Interrupted | TurnState::Failed);
    let repeat = move |_| {
        workspace.talk.deliver(workspace, reply.turn.with_untracked(|turn| turn.message.clone()));
        browser::focus::to(browser::focus::MESSAGE);
    };
    let note = move || match state.get() {
        TurnState::Stopped => Some("You stopped this answer."),
        TurnState::Interrupted => Some("This answer was interrupted."),
        TurnState::Failed => Some("No answer came. Your message is kept."),
        TurnState::Running | TurnState::Done => None,
    };
    view! {
        <div class="reply" data-running=move || (state.get() == TurnState::Running).then_some("")>
            <p class="visually-hidden">"The tutor answered:"</p>
            {move || if has_live.get() {
                Either::Left(view! { <Live reply /> })
            } else {
                Either::Right(view! { <div class="prose" dir="auto" inner_html=so_far></div> })
            }}
            {move || (state.get() == TurnState::Running).then(|| view! {
                <p class="thinking"><span></span><span></span><span></span><span class="visually-hidden">"The tutor is writing"</span></p>
            })}
            {move || by.get().filter(|by| by.is_none() && model.get().is_some()).map(|_| view! {
                <p class="reply-note">"Answered by the guide, without the language model."</p>
            })}
            {move || note().map(|note| view! { <p class="reply-note">{note}</p> })}
            {move || can_repeat().then(|| view! {
                <p><button type="button" class="button" on:click=repeat><Sign glyph=Glyph::Again />"Ask again"</button></p>
            })}
            {move || reply.failure.get().map(|refusal| view! { <RefusalNote refusal /> })}
        </div>
    }
}

/// An answer while it comes: finished blocks, and the text after them.
#[component]
fn Live(reply: Reply) -> impl IntoView {
    let tail = Memo::new(move |_| reply.tail.get());
    view! {
        <div class="prose" dir="auto">
            <For each=move || reply.blocks.get() key=|block| (block.id.clone(), block.html.len()) let:block>
                <div inner_html=block.html></div>
            </For>
            {move || (!tail.with(String::is_empty)).then(|| view! { <p class="tail">{move || tail.get()}</p> })}
        </div>
    }
}

/// A message that the server does not have yet.
#[component]
fn OnItsWay(pending: Pending) -> impl IntoView {
    view! {
        <div class="said said-pending">
            <p class="bubble" dir="auto">{pending.message}</p>
            <p class="said-about">{if pending.retrying { "Not sent yet – trying again" } else { "Sending…" }}</p>
        </div>
    }
}
