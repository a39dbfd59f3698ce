//! Which sites show LTT in a frame, and which may.

use leptos::prelude::*;

use crate::{
    model::admin::launches::{FrameSeen, FramesShown},
    pages::{
        admin::moment::Moment,
        glyph::{Glyph, Sign},
    },
};

/// The section.
#[component]
pub fn FramesSection(frames: FramesShown, address: String) -> impl IntoView {
    let allow = address + "/frames";
    let sentence = if frames.is_open {
        "You have named no site yet, so every https site may show LTT in a frame. Allow the sites below that are your platform's; \
         from then on only the named ones may."
    } else {
        "Only these sites may show LTT in a frame. Where a course stands in several frames, each of their sites has to be named."
    };
    let named: Vec<_> = frames.named.into_iter().map(|origin| view! { <li class="break">{origin}</li> }).collect();
    let seen: Vec<_> = frames.seen.into_iter().map(|seen| view! { <Seen seen allow=allow.clone() /> }).collect();
    view! {
        <section class="panel" aria-labelledby="frames">
            <h2 id="frames">"Sites that show LTT in a frame"</h2>
            <p class="quiet">{sentence}</p>
            <ul class="bullets" aria-label="Named sites">{named}</ul>
            {(!seen.is_empty()).then(|| view! {
                <h3>"Seen, and not named"</h3>
                <ul class="log" aria-label="Sites that are not named">{seen}</ul>
            })}
        </section>
    }
}

#[component]
fn Seen(seen: FrameSeen, allow: String) -> impl IntoView {
    let glyph = if seen.is_blocked { Glyph::Alert } else { Glyph::Open };
    let said = if seen.is_blocked { "was refused by the browser" } else { "shows LTT" };
    let site = seen
        .origin
        .clone()
        .unwrap_or_else(|| "A site that the browser did not name; the next launch finds it out".into());
    let allow = seen.origin.map(move |origin| {
        let label = format!("Allow {origin}");
        view! {
            <form method="post" action=allow>
                <input type="hidden" name="origin" value=origin />
                <button class="button" aria-label=label>"Allow"</button>
            </form>
        }
    });
    view! {
        <li class="log-entry">
            <p class="log-head"><Sign glyph /><strong class="break">{site}</strong><span class="quiet">{said}</span><Moment at=seen.at /></p>
            {allow}
        </li>
    }
}
