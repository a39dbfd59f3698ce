//! `/admin/keys`: LTT's own keys, and letting the next one sign.

use leptos::prelude::*;

use super::moment::Moment;
use crate::{
    model::admin::{KeyEncryption, KeyRotationPage, KeyRow, KeyState, KeysPage},
    pages::glyph::{Glyph, Sign},
};

/// The page's content.
#[component]
pub fn Keys(page: KeysPage) -> impl IntoView {
    let rows: Vec<_> = page.keys.into_iter().map(|row| view! { <Row row /> }).collect();
    let rotation = match page.rotation_days {
        Some(days) => format!("It takes over by itself when the one that signs has done so for {days} days."),
        None => "It takes over when you say so; LTT_KEY_ROTATION is off.".to_owned(),
    };
    view! {
        <section class="panel" aria-labelledby="keys">
            <h2 id="keys">"Keys that platforms verify by"</h2>
            <p>
                "LTT signs with one key and publishes the next one long before it is needed, so that every platform knows it. " {rotation}
            </p>
            <div class="table-scroll" role="region" tabindex="0" aria-label="Keys">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"State"</th>
                            <th scope="col">"Key"</th>
                            <th scope="col">"Signs for"</th>
                            <th scope="col">"Published"</th>
                            <th scope="col">"Signs since"</th>
                            <th scope="col">"In the database"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <div class="actions">
                <a class="button" href="/admin/keys/rotate">"Let the next key sign…"</a>
            </div>
        </section>
        <Encryption encryption=page.encryption />
    }
}

#[component]
fn Row(row: KeyRow) -> impl IntoView {
    let (glyph, name, word) = match row.state {
        KeyState::Next => (Glyph::Open, "new", "Next"),
        KeyState::Active => (Glyph::Check, "working", "Signs"),
        KeyState::Retired => (Glyph::Lock, "disabled", "Retired"),
    };
    view! {
        <tr>
            <td><span class="state-word" data-state=name><Sign glyph />{word}</span></td>
            <th scope="row"><code class="break">{row.kid}</code></th>
            <td>{row.registration.unwrap_or_else(|| "all registrations".to_owned())}</td>
            <td>
                "since " <Moment at=row.published_since />
                {row.published_until.map(|until| view! { ", until " <Moment at=until /> })}
            </td>
            <td>
                {match row.signed_from {
                    Some(at) => view! { <Moment at /> }.into_any(),
                    None => view! { <span class="quiet">"not yet"</span> }.into_any(),
                }}
            </td>
            <td>{if row.encrypted { "encrypted" } else { "as it is" }}</td>
        </tr>
    }
}

#[component]
fn Encryption(encryption: KeyEncryption) -> impl IntoView {
    let text = match encryption {
        KeyEncryption::All => view! { <p>"All private keys are encrypted in the database."</p> }.into_any(),
        KeyEncryption::AllBut(count) => view! {
            <p>{format!("{count} private key(s) are not encrypted yet. On a machine that LTT runs on, with its settings:")}</p>
            <pre><code>"ltt keys encrypt"</code></pre>
        }
        .into_any(),
        KeyEncryption::NoSecret => view! {
            <p>
                "Private keys stand in the database as they are: whoever reads it, or a backup of it, can sign as LTT. Make a secret with "
                <code>"openssl rand -base64 32"</code> ", start LTT with it as " <code>"LTT_KEY_ENCRYPTION_SECRET"</code> ", and run:"
            </p>
            <pre><code>"ltt keys encrypt"</code></pre>
        }
        .into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="encryption">
            <h2 id="encryption">"Encryption"</h2>
            {text}
        </section>
    }
}

/// What a rotation means, and whether it is meant.
#[component]
pub fn KeyRotation(page: KeyRotationPage) -> impl IntoView {
    let next = page.next.map_or_else(
        || view! { "A new key signs from then on." }.into_any(),
        |kid| view! { <code class="break">{kid}</code> " signs from then on." }.into_any(),
    );
    let published = format!(" stays published for {} days, for what it has signed.", page.days_published);
    view! {
        <section class="panel" aria-labelledby="rotation">
            <h2 id="rotation">"What happens"</h2>
            <ul class="bullets">
                <li>{next}</li>
                <li><code class="break">{page.active.clone()}</code> {published}</li>
                <li>"A new key is made and published as the next one. Nothing has to be restarted."</li>
            </ul>
            {page.known_from.map(|from| view! {
                <p>
                    <strong>"The next key is young. "</strong>
                    "A platform that keeps LTT's key set for a day may not know it before " <Moment at=from />
                    ", and refuse it until then. Grades wait meanwhile and are sent later."
                </p>
            })}
            <p class="quiet">
                "Where a platform was given a key itself in place of the key set's address, paste the next one there first. If somebody else has the keys, "
                "run " <code>"ltt keys rotate --leaked"</code> " on the machine LTT runs on."
            </p>
            <form class="form" method="post" action="/admin/keys/rotate">
                <input type="hidden" name="active" value=page.active />
                <div class="actions">
                    <button class="button primary">"Let the next key sign"</button>
                    <a class="button button-quiet" href="/admin/keys">"Leave it"</a>
                </div>
            </form>
        </section>
    }
}
