//! `/admin`: the way from nothing to a first launch, and later what wants attention.

use leptos::prelude::*;

use super::registration::LogTable;
use crate::{
    model::admin::{StartPage, Steps},
    pages::glyph::{Glyph, Sign},
};

/// The page's content.
#[component]
pub fn Start(page: StartPage) -> impl IntoView {
    let StartPage { steps, platforms, registrations, waiting, refused } = page;
    let waiting: Vec<_> =
        waiting.into_iter().map(|(sentence, address)| view! { <li><a href=address>{sentence}</a></li> }).collect();
    let waiting = (!waiting.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="waiting">
                <h2 id="waiting">"Waiting for you"</h2>
                <ul class="bullets">{waiting}</ul>
            </section>
        }
    });
    let overview = steps.are_done().then(|| {
        view! {
            <div class="tiles">
                <a class="tile" href="/admin/platforms">
                    <span class="tile-number">{platforms}</span>
                    <span>{if platforms == 1 { "platform" } else { "platforms" }}</span>
                </a>
                <a class="tile" href="/admin/platforms">
                    <span class="tile-number">{registrations}</span>
                    <span>{if registrations == 1 { "registration" } else { "registrations" }}</span>
                </a>
            </div>
        }
    });
    let attention = (!refused.is_empty()).then(|| {
        view! {
            <section class="panel" aria-labelledby="refused">
                <h2 id="refused">"Launches that were refused lately"</h2>
                <LogTable entries=refused shows_registration=true label="Refused launches" />
            </section>
        }
    });
    view! {
        {waiting}
        {(!steps.are_done()).then(|| view! { <FirstSteps steps /> })}
        {overview}
        {attention}
    }
}

/// What is left to do until a learner can come.
#[component]
fn FirstSteps(steps: Steps) -> impl IntoView {
    view! {
        <p class="lead">"Four steps until the first learner can come. Each is ticked when it is done."</p>
        <ol class="steps">
            <Step title="An administrator" is_done=true>
                <p>"That is you. Others are let in the same way: " <code>"ltt user invite"</code> "."</p>
            </Step>
            <Step title="A platform" is_done=steps.platform>
                <p>"Tell the learning platform LTT's addresses, and LTT the platform's."</p>
                <a class="button" class:primary=!steps.platform href="/admin/platforms/new">"Add a platform"</a>
            </Step>
            <Step title="A project" is_done=steps.project>
                <p>"What is to be learnt is a file that a teacher writes. Bring one in on the machine LTT runs on:"</p>
                <pre><code>"ltt project import FILE"</code></pre>
            </Step>
            <Step title="A test launch" is_done=steps.launch>
                <p>
                    "Place an activity in a course, set its custom parameter " <code>"project"</code>
                    " to the project's name, and open it. The platform's page here then shows what came of it."
                </p>
                {steps.platform.then(|| view! { <a class="button" href="/admin/platforms">"Go to your platforms"</a> })}
            </Step>
        </ol>
    }
}

#[component]
fn Step(title: &'static str, is_done: bool, children: Children) -> impl IntoView {
    let (glyph, word) = if is_done { (Glyph::Check, "Done") } else { (Glyph::Open, "To do") };
    view! {
        <li class="step" data-done=is_done.then_some("")>
            <span class="step-sign" class:sign-done=is_done><Sign glyph /></span>
            <div class="step-body">
                <h2>{title} <span class="step-word">{word}</span></h2>
                {children()}
            </div>
        </li>
    }
}
