//! What a launch's claims mean: the rules, and what they make of the last launch.

use leptos::prelude::*;

use crate::{
    model::admin::launches::{Preview, RulesForm},
    pages::admin::{
        form::{Select, TextLines},
        moment::Moment,
    },
};

/// The section.
#[component]
pub fn RulesSection(form: RulesForm, address: String) -> impl IntoView {
    let rules = format!("{address}/rules");
    let problem = form.rules.problem.clone();
    view! {
        <section class="panel" aria-labelledby="rules-of">
            <h2 id="rules-of">"Context"</h2>
            <p class="quiet">"Rules make a context of each launch's claims and custom parameters. " {form.holding}</p>
            {(form.placements.len() > 1).then(move || view! {
                <form class="form" method="get" action=address>
                    <Select name="placement" label="Rules of" choices=form.placements />
                    <div class="actions"><button class="button">"Show"</button></div>
                </form>
            })}
            <form class="form" method="post" action=rules data-preview="preview">
                <input type="hidden" name="placement" value=form.placement />
                <TextLines
                    name="rules"
                    label="Mapping rules"
                    hint="Of the rules of one field, the first that finds something decides. Variables that the platform left unexpanded count as missing."
                    rows=14
                    field=form.rules
                />
                <div class="actions">
                    <button class="button primary" name="act" value="save">"Save rules"</button>
                    <button class="button" name="act" value="preview">"Try on the last launch"</button>
                    <button class="button button-quiet" name="act" value="reset">"Go back to LTT's own"</button>
                </div>
            </form>
            <div id="preview" aria-live="polite">
                {match (problem, form.preview) {
                    (Some(problem), _) => view! { <p class="form-problem">"Not yet: " {problem}</p> }.into_any(),
                    (None, Some(preview)) => view! { <Previewed preview /> }.into_any(),
                    (None, None) => view! { <p class="quiet">"There has been no launch lately to try rules on."</p> }.into_any(),
                }}
            </div>
        </section>
    }
}

#[component]
fn Previewed(preview: Preview) -> impl IntoView {
    let fields: Vec<_> = preview
        .fields
        .into_iter()
        .map(|field| {
            let value = match field.value {
                Some(value) => view! { <span class="break preview-value" dir="auto">{value}</span> }.into_any(),
                None => view! { <span class="quiet">"nothing"</span> }.into_any(),
            };
            let origin = field.origin.map(|origin| view! { <span class="quiet">" · " {origin}</span> });
            view! { <div><dt>{field.name}</dt><dd>{value} {origin}</dd></div> }
        })
        .collect();
    let notes: Vec<_> = preview.notes.into_iter().map(|note| view! { <li class="break">{note}</li> }).collect();
    view! {
        <h3>"The last launch, " <Moment at=preview.at /></h3>
        <dl class="values">{fields}</dl>
        {(!notes.is_empty()).then(|| view! { <ul class="bullets" aria-label="Rules that were skipped">{notes}</ul> })}
    }
}
