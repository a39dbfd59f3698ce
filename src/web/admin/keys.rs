//! `/admin/keys`: LTT's own keys. They sign for everybody's platforms, so they are the installation's administrators' alone.

use std::collections::HashMap;

use app::model::admin::{KeyEncryption, KeyRotationPage, KeyRow, KeyState as Shown, KeysPage, Section};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::not_found;
use crate::{
    launch::{
        keys::{KeyRecord, Keyring, OwnKeyError, PUBLISHED_AFTER, PUBLISHED_BEFORE},
        platform::{self, Within},
        protocol::KeyState,
    },
    settings::KeyRotation,
    store::StoreError,
    web::{
        pages::admin::{Content, Shell, page},
        services::{Services, Shared},
        visitor::{Administrator, Refused, Sent},
    },
};

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// The page.
pub async fn show(State(services): State<Shared>, administrator: Administrator) -> Result<Response, Refused> {
    let keyring = keyring(&services, &administrator)?;
    let content = read(&services, keyring).await.map_err(|error| services.refusals.store(&error))?;
    let shell = shell(&administrator, "Keys", Vec::new());
    Ok(page(StatusCode::OK, shell, Content::Keys(content)))
}

/// The keys, if they are this administrator's to see.
fn keyring<'a>(services: &'a Services, administrator: &Administrator) -> Result<&'a Keyring, Refused> {
    match administrator.0.within() {
        Within::Installation => Ok(services.lti.storage().keyring()),
        Within::Organisation(_) => Err(not_found(services).into()),
    }
}

fn shell(administrator: &Administrator, title: &str, trail: Vec<(String, String)>) -> Shell {
    Shell { frame: administrator.0.frame(), title: title.to_owned(), section: Section::Keys, trail }
}

async fn read(services: &Services, keyring: &Keyring) -> Result<KeysPage, StoreError> {
    let records = keyring.records().await?;
    let mut tx = services.db.read().await?;
    let names: HashMap<Uuid, String> =
        platform::registrations(&mut tx).await?.into_iter().map(|one| (one.id, one.name)).collect();
    let plain = records.iter().filter(|record| !record.encrypted).count();
    let encryption = match (keyring.seals(), plain) {
        (_, 0) => KeyEncryption::All,
        (true, plain) => KeyEncryption::AllBut(plain),
        (false, _) => KeyEncryption::NoSecret,
    };
    let rotation_days = match services.settings.key_rotation {
        KeyRotation::Off => None,
        KeyRotation::After(age) => Some(age.as_secs().div_ceil(SECONDS_OF_A_DAY)),
    };
    Ok(KeysPage { keys: records.into_iter().map(|record| shown(record, &names)).collect(), encryption, rotation_days })
}

fn shown(record: KeyRecord, names: &HashMap<Uuid, String>) -> KeyRow {
    KeyRow {
        state: match record.state {
            KeyState::Next => Shown::Next,
            KeyState::Active => Shown::Active,
            KeyState::Retired => Shown::Retired,
        },
        registration: record.registration.and_then(|id| names.get(&id).cloned()),
        published_since: record.created_at,
        published_until: record.published_until(),
        signed_from: record.activated_at,
        encrypted: record.encrypted,
        kid: record.kid,
    }
}

/// What a rotation means, and whether it is meant.
pub async fn ask(State(services): State<Shared>, administrator: Administrator) -> Result<Response, Refused> {
    let keyring = keyring(&services, &administrator)?;
    let records = keyring.records().await.map_err(|error| services.refusals.store(&error))?;
    let of = |state| records.iter().find(|record| record.registration.is_none() && record.state == state);
    let Some(active) = of(KeyState::Active) else { return Err(not_found(&services).into()) };
    let (next, now) = (of(KeyState::Next), services.clock.now());
    let published_since = next.map_or(now, |next| next.created_at);
    let content = KeyRotationPage {
        active: active.kid.clone(),
        next: next.map(|next| next.kid.clone()),
        known_from: Some(published_since + PUBLISHED_BEFORE).filter(|from| *from > now),
        days_published: PUBLISHED_AFTER.num_days(),
    };
    let trail = vec![("/admin/keys".to_owned(), "Keys".to_owned())];
    Ok(page(StatusCode::OK, shell(&administrator, "Let the next key sign", trail), Content::KeyRotation(content)))
}

/// The key that signed when the administrator decided.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Decided {
    active: String,
}

/// Lets the next key sign, unless that has been done since the page was opened: a form that is sent twice rotates once.
pub async fn rotate(
    State(services): State<Shared>,
    administrator: Administrator,
    Sent(Decided { active }): Sent<Decided>,
) -> Result<Response, Refused> {
    let keyring = keyring(&services, &administrator)?;
    let records = keyring.records().await.map_err(|error| services.refusals.store(&error))?;
    let signs = |record: &KeyRecord| record.registration.is_none() && record.state == KeyState::Active;
    if records.iter().any(|record| signs(record) && record.kid == active) {
        match keyring.rotate(None, services.clock.now()).await {
            Ok(rotation) => {
                let account = administrator.0.account.id;
                tracing::info!(active = rotation.active, %account, "the keys were rotated");
            }
            Err(OwnKeyError::Raced) => {}
            Err(error) => return Err(services.refusals.fault(&error).into()),
        }
    }
    Ok(Redirect::to("/admin/keys?done=rotated").into_response())
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::web::testing::{Browser, TestApp};

    async fn signing(app: &TestApp) -> String {
        app.services.lti.storage().keyring().signing("", "").await.unwrap().unwrap().kid
    }

    /// What stands behind the button of the page.
    async fn confirmed(browser: &mut Browser<'_>, active: &str) {
        let answer = browser.post("/admin/keys/rotate", &[("active", active)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }

    #[tokio::test]
    async fn keys_are_shown_and_rotated_once_after_a_question() {
        let app = TestApp::new().await;
        app.services.lti.storage().keyring().upkeep(app.now(), None).await.unwrap();
        let mut browser = app.administrator(None).await;
        let before = signing(&app).await;
        let page = browser.get("/admin/keys").await;
        assert_eq!(page.status, StatusCode::OK);
        for told in [&before, "LTT_KEY_ENCRYPTION_SECRET", "ltt keys encrypt", "for 90 days", "aria-current=\"page\""] {
            assert!(page.body.contains(told), "{told} in {}", page.body);
        }
        assert!(!page.body.contains("PRIVATE KEY"));

        let question = browser.get("/admin/keys/rotate").await;
        assert!(
            question.body.contains(&before) && question.body.contains("The next key is young"),
            "{}",
            question.body
        );
        app.clock.advance(TimeDelta::minutes(50));
        confirmed(&mut browser, &before).await;
        let after = signing(&app).await;
        assert_ne!(after, before);
        let page = browser.get("/admin/keys?done=rotated").await;
        assert!(page.body.contains("The next key signs now") && page.body.contains("Retired"), "{}", page.body);
        for stale in [before.as_str(), "", "nothing"] {
            confirmed(&mut browser, stale).await;
        }
        assert_eq!(signing(&app).await, after, "a form that is sent again changes nothing");
    }

    #[tokio::test]
    async fn keys_are_not_there_for_administrators_of_an_organisation() {
        let app = TestApp::new().await;
        let active = signing(&app).await;
        let mut browser = app.administrator(Some("North School")).await;
        for address in ["/admin/keys", "/admin/keys/rotate"] {
            assert_eq!(browser.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
        }
        let sent = browser.post("/admin/keys/rotate", &[("active", &active)]).await;
        assert_eq!(sent.status, StatusCode::NOT_FOUND);
        assert_eq!(signing(&app).await, active);
        assert!(!browser.get("/admin").await.body.contains("/admin/keys"), "the navigation does not lead there");
    }

    #[tokio::test]
    async fn a_form_of_another_site_rotates_nothing() {
        let app = TestApp::new().await;
        let active = signing(&app).await;
        let mut browser = app.administrator(None).await;
        let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
        let sent = browser.post_from(&foreign, "/admin/keys/rotate", &[("active", &active)]).await;
        assert_eq!(sent.status, StatusCode::FORBIDDEN);
        assert_eq!(signing(&app).await, active);
    }
}
