//! Who belongs to the course, as its platform tells; and asking it again.

use leptos::prelude::*;

use super::ago::Ago;
use crate::{
    model::roster::RosterShown,
    pages::glyph::{Glyph, Sign},
};

/// The sentence, and the button.
#[component]
pub fn Roster(base: String, roster: RosterShown) -> impl IntoView {
    let RosterShown { members, read, problem, is_running } = roster;
    let action = base + "/roster";
    let belong = if members == 1 { "1 person belongs".to_owned() } else { format!("{members} people belong") };
    view! {
        <section class="class-grades" aria-label="Roster of this course">
            {match read {
                Some(read) => view! {
                    <p>{belong} " to this course. The list of members was read " <Ago ago=read /> "."</p>
                }
                .into_any(),
                None => view! { <p>"The list of members of this course has not been read yet."</p> }.into_any(),
            }}
            {problem.map(|problem| view! {
                <p class="class-stuck"><Sign glyph=Glyph::Alert /><span>"It could not be read the last time. " {problem}</span></p>
            })}
            <div class="actions">
                {if is_running {
                    view! { <p class="quiet">"It is being read. Open this page again in a minute."</p> }.into_any()
                } else {
                    view! {
                        <form method="post" action=action>
                            <button class="button button-quiet">"Update roster"</button>
                        </form>
                    }
                    .into_any()
                }}
            </div>
        </section>
    }
}
