//! `/admin/platforms/passports`: many Open edX blocks at once.

use leptos::prelude::*;

use super::form::{ErrorSummary, Line, Select, TextField, TextLines};
use crate::{
    model::admin::{PassportRow, PassportsPage, PassportsPreview},
    pages::glyph::{Glyph, Sign},
};

/// The page's content.
#[component]
pub fn Passports(page: PassportsPage) -> impl IntoView {
    let fields = vec![
        ("text", "Values of the blocks", page.text.clone()),
        ("name", "Name", page.name.clone()),
        ("frame_ancestor", "Learning front end", page.frame_ancestor.clone()),
    ];
    let addable = page.preview.as_ref().and_then(PassportsPreview::addable);
    let has_choice = !page.organisations.is_empty();
    view! {
        <ErrorSummary fields />
        <p class="lead">
            "Open edX gives each block a client id of its own. Paste what Studio shows for them, one block after the other; all "
            "are added at once, or none. Blocks of one site belong to one platform, and a learner in two of them is one person."
        </p>
        <form class="panel" method="post" action="/admin/platforms/passports">
            {page.preview.map(|preview| view! { <Preview preview /> })}
            <div class="form">
                <TextLines
                    name="text"
                    label="Values of the blocks"
                    hint="Client, Deployment ID, Keyset URL, OAuth Token URL and OIDC Callback URL of each, as they stand in Studio."
                    rows=12
                    field=page.text
                />
                <TextField
                    name="name"
                    label="Name"
                    hint="Stands in front of each block's client id, for example the course."
                    field=page.name
                />
                <TextField
                    name="frame_ancestor"
                    label="Learning front end"
                    hint="The site in the browser's address bar when a learner is in the course. Where you name none, any https \
                          site may show LTT."
                    line=Line::Address
                    is_optional=true
                    field=page.frame_ancestor
                />
                {has_choice.then(|| view! {
                    <Select name="organisation" label="Organisation" choices=page.organisations />
                })}
            </div>
            <div class="actions">
                {addable.map(|count| view! {
                    <button class="button primary" name="step" value="add">
                        {if count == 1 { "Add 1 registration".to_owned() } else { format!("Add {count} registrations") }}
                    </button>
                })}
                <button class="button" class:primary=addable.is_none() name="step" value="read">"Read"</button>
                <a class="button button-quiet" href="/admin/platforms">"Cancel"</a>
            </div>
        </form>
    }
}

#[component]
fn Preview(preview: PassportsPreview) -> impl IntoView {
    let unread: Vec<_> = preview
        .unread
        .into_iter()
        .map(|(line, text)| view! { <li>"Line " {line} ": " <code class="break">{text}</code></li> })
        .collect();
    let count = preview.blocks.len();
    let rows: Vec<_> = preview.blocks.into_iter().map(|block| view! { <Row block /> }).collect();
    view! {
        <section class="preview" aria-labelledby="preview" role="status">
            <h2 id="preview" class="card-title">
                {if count == 1 { "1 block was read".to_owned() } else { format!("{count} blocks were read") }}
            </h2>
            {(!unread.is_empty()).then(|| view! {
                <div class="card card-alert">
                    <p><Sign glyph=Glyph::Alert />"These lines were not understood. Correct or remove them below."</p>
                    <ul class="bullets">{unread}</ul>
                </div>
            })}
            {(count > 0).then(|| view! {
                <div class="table-scroll" role="region" tabindex="0" aria-label="Blocks that were read">
                    <table class="table">
                        <thead>
                            <tr>
                                <th scope="col">"Line"</th>
                                <th scope="col">"Name"</th>
                                <th scope="col">"Client id"</th>
                                <th scope="col">"Issuer"</th>
                                <th scope="col">"What comes of it"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            })}
        </section>
    }
}

#[component]
fn Row(block: PassportRow) -> impl IntoView {
    let outcome = if !block.problems.is_empty() {
        let problems: Vec<_> = block.problems.into_iter().map(|problem| view! { <li>{problem}</li> }).collect();
        view! { <ul class="row-problems break">{problems}</ul> }.into_any()
    } else if block.is_known {
        view! { <span class="quiet">"Is there already"</span> }.into_any()
    } else {
        view! { "Will be added" }.into_any()
    };
    view! {
        <tr>
            <td>{block.line}</td>
            <th scope="row">{block.name}</th>
            <td><code class="break">{block.client_id}</code></td>
            <td class="break">{block.issuer}</td>
            <td>{outcome}</td>
        </tr>
    }
}
