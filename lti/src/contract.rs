//! What every [`Storage`] must do. A host runs [`verify`] on its own in a test.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;

use crate::{
    digest::Digest,
    keys::KeyState,
    storage::{DeploymentDecision, HeldLaunch, Login, Lookup, Registration as _, Storage, StorageError},
};

/// How many callers race for one login or held launch.
const RACERS: usize = 16;

/// What the host has put into the storage before.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<'a> {
    /// An issuer with exactly one registration, which takes only deployments that are listed.
    pub issuer: &'a str,
    /// That registration's client id.
    pub client_id: &'a str,
    /// A deployment listed for it; with at least one letter in it.
    pub deployment_id: &'a str,
    /// Another issuer, with two registrations that take over deployments at their first launch.
    pub shared_issuer: &'a str,
    /// Their client ids.
    pub shared_client_ids: [&'a str; 2],
    /// An issuer with exactly one registration, whose new deployments wait for an administrator; `None` where the host
    /// lets none wait.
    pub waiting_issuer: Option<&'a str>,
}

/// A rule that a storage does not keep.
#[derive(Debug, thiserror::Error)]
pub enum ContractBroken {
    /// It does something else than it should.
    #[error("the storage breaks its contract: {0}")]
    Rule(&'static str),
    /// It failed.
    #[error(transparent)]
    Failed(#[from] StorageError),
}

/// Finds out whether a storage keeps the contract. It leaves rows behind.
pub async fn verify<S: Storage>(
    storage: &S,
    prepared: &Prepared<'_>,
    now: DateTime<Utc>,
) -> Result<(), ContractBroken> {
    registrations_are_found(storage, prepared).await?;
    deployments_are_decided(storage, prepared, now).await?;
    deployments_wait(storage, prepared, now).await?;
    a_login_comes_back_unchanged_and_once(storage, prepared, now).await?;
    exactly_one_of_racing_launches_gets_the_login(storage, prepared, now).await?;
    a_held_launch_comes_back_unchanged_and_once(storage, prepared, now).await?;
    exactly_one_of_racing_proofs_gets_the_launch(storage, prepared, now).await?;
    what_has_expired_is_swept(storage, prepared, now).await?;
    the_key_that_signs_is_published(storage, prepared).await
}

fn rule(kept: bool, rule: &'static str) -> Result<(), ContractBroken> {
    if kept { Ok(()) } else { Err(ContractBroken::Rule(rule)) }
}

async fn registrations_are_found<S: Storage>(storage: &S, prepared: &Prepared<'_>) -> Result<(), ContractBroken> {
    let Prepared { issuer, client_id, shared_issuer, shared_client_ids, .. } = *prepared;
    for asked in [None, Some(client_id)] {
        let found = storage.find(issuer, asked).await?;
        let is_it = matches!(&found, Lookup::One(one)
            if one.registration.issuer() == issuer && one.registration.client_id() == client_id);
        rule(is_it, "the only registration of an issuer is found, with and without its client id")?;
    }
    let several = storage.find(shared_issuer, None).await?;
    rule(matches!(several, Lookup::Many(2)), "an issuer's registrations are counted where no client id is given")?;
    for client_id in shared_client_ids {
        let found = storage.find(shared_issuer, Some(client_id)).await?;
        let is_it = matches!(&found, Lookup::One(one) if one.registration.client_id() == client_id);
        rule(is_it, "one of several registrations is found by its client id")?;
    }
    for (issuer, client_id) in [(issuer, "no such client"), ("no such issuer", client_id), (shared_issuer, client_id)] {
        let found = storage.find(issuer, Some(client_id)).await?;
        rule(matches!(found, Lookup::Unknown), "issuer and client id must both be the same")?;
    }
    let in_capitals = issuer.to_uppercase();
    let near = storage.find(&in_capitals, None).await?;
    rule(in_capitals == issuer || matches!(near, Lookup::Unknown), "an issuer is compared to the letter")?;
    let issuers = storage.issuers().await?;
    let has = |issuer: &str| issuers.iter().any(|one| one == issuer);
    rule(has(issuer) && has(shared_issuer), "all issuers are listed")
}

async fn deployments_are_decided<S: Storage>(
    storage: &S,
    prepared: &Prepared<'_>,
    now: DateTime<Utc>,
) -> Result<(), ContractBroken> {
    let Lookup::One(closed) = storage.find(prepared.issuer, None).await? else {
        return rule(false, "the only registration of an issuer is found");
    };
    let listed = storage.decide_deployment(&closed, prepared.deployment_id, now).await?;
    rule(matches!(listed, DeploymentDecision::Known(_)), "a listed deployment is known")?;
    let swapped: String = prepared.deployment_id.chars().map(swap_case).collect();
    for unlisted in [swapped.as_str(), "no such deployment"] {
        let decision = storage.decide_deployment(&closed, unlisted, now).await?;
        rule(matches!(decision, DeploymentDecision::Unknown), "a deployment is compared to the letter")?;
    }
    let Lookup::One(open) = storage.find(prepared.shared_issuer, Some(prepared.shared_client_ids[0])).await? else {
        return rule(false, "one of several registrations is found by its client id");
    };
    let first = storage.decide_deployment(&open, "learnt by the contract", now).await?;
    rule(matches!(first, DeploymentDecision::Learnt(_)), "a deployment is taken over where the policy says so")?;
    let again = storage.decide_deployment(&open, "learnt by the contract", now).await?;
    rule(matches!(again, DeploymentDecision::Known(_)), "what was taken over is known from then on")
}

async fn deployments_wait<S: Storage>(
    storage: &S,
    prepared: &Prepared<'_>,
    now: DateTime<Utc>,
) -> Result<(), ContractBroken> {
    let Some(issuer) = prepared.waiting_issuer else { return Ok(()) };
    let Lookup::One(careful) = storage.find(issuer, None).await? else {
        return rule(false, "the only registration of an issuer is found");
    };
    for _ in 0..2 {
        let decision = storage.decide_deployment(&careful, "noted by the contract", now).await?;
        rule(
            matches!(decision, DeploymentDecision::Waiting),
            "a deployment that waits goes on waiting when it comes again",
        )?;
    }
    Ok(())
}

fn swap_case(letter: char) -> char {
    if letter.is_ascii_lowercase() { letter.to_ascii_uppercase() } else { letter.to_ascii_lowercase() }
}

fn login(prepared: &Prepared<'_>, name: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> Login {
    Login {
        state_hash: Digest::of(&format!("contract {name} state {now}")),
        nonce_hash: Digest::of(&format!("contract {name} nonce {now}")),
        browser_hash: Digest::of(&format!("contract {name} browser {now}")),
        storage_hash: Digest::of(&format!("contract {name} storage {now}")),
        issuer: prepared.issuer.to_owned(),
        client_id: prepared.client_id.to_owned(),
        deployment_id: Some(prepared.deployment_id.to_owned()),
        login_hint: "hint with ünïcode & signs".to_owned(),
        lti_message_hint: None,
        storage_target: None,
        target_link_uri: "https://tool.example/activity".to_owned(),
        created_at: now,
        expires_at: now + lifetime,
    }
}

async fn a_login_comes_back_unchanged_and_once<S: Storage>(
    storage: &S,
    prepared: &Prepared<'_>,
    now: DateTime<Utc>,
) -> Result<(), ContractBroken> {
    let plain = login(prepared, "plain", now, TimeDelta::minutes(10));
    let full = Login {
        lti_message_hint: Some("m".repeat(4000)),
        storage_target: Some("_parent".to_owned()),
        ..login(prepared, "full", now, TimeDelta::minutes(10))
    };
    for login in [plain, full] {
        storage.save_login(&login).await?;
        let taken = storage.take_login(&login.state_hash).await?;
        rule(taken.as_ref() == Some(&login), "a login comes back as it was saved")?;
        let again = storage.take_login(&login.state_hash).await?;
        rule(again.is_none(), "a login is taken once")?;
    }
    let unknown = storage.take_login(&Digest::of("never saved")).await?;
    rule(unknown.is_none(), "a state that was never saved takes nothing")?;
    let expired = login(prepared, "expired", now, TimeDelta::minutes(-1));
    storage.save_login(&expired).await?;
    let taken = storage.take_login(&expired.state_hash).await?;
    rule(taken == Some(expired), "an expired login is taken too, so that it can be told from one that never was")
}

async fn exactly_one_of_racing_launches_gets_the_login<S: Storage>(
    storage: &S,
    prepared: &Prepared<'_>,
    now: DateTime<Utc>,
) -> Result<(), ContractBroken> {
    for round in 0..5 {
        let login = login(prepared, &format!("race {round}"), now, TimeDelta::minutes(10));
        storage.save_login(&login).await?;
        let taken = join_all((0..RACERS).map(|_| storage.take_login(&login.state_hash))).await;
        let taken = taken.into_iter().collect::<Result<Vec<_>, _>>()?;
        rule(taken.iter().flatten().count() == 1, "exactly one of racing launches gets the login")?;
    }
    Ok(())
}

fn held(prepared: &Prepared<'_>, name: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> HeldLaunch {
    HeldLaunch {
        ticket_hash: Digest::of(&format!("contract {name} ticket {now}")),
        login: Login {
            lti_message_hint: Some("hint".to_owned()),
            storage_target: Some("frame".to_owned()),
            ..login(prepared, name, now - TimeDelta::minutes(3), TimeDelta::minutes(10))
        },
        id_token: "t".repeat(64 * 1024),
        arrived_at: now,
        expires_at: now + lifetime,
    }
}

async fn a_held_launch_comes_back_unchanged_and_once<S: Storage>(
    storage: &S,
    prepared: &Prepared<'_>,
    now: DateTime<Utc>,
) -> Result<(), ContractBroken> {
    for lifetime in [TimeDelta::minutes(2), TimeDelta::minutes(-1)] {
        let held = held(prepared, &format!("held for {lifetime}"), now, lifetime);
        storage.hold_launch(&held).await?;
        let by_state = storage.take_login(&held.login.state_hash).await?;
        rule(by_state.is_none(), "a held launch is no login any more")?;
        let taken = storage.take_held_launch(&held.ticket_hash).await?;
        rule(taken.as_ref() == Some(&held), "a held launch comes back as it was kept, expired or not")?;
        let again = storage.take_held_launch(&held.ticket_hash).await?;
        rule(again.is_none(), "a held launch is taken once")?;
    }
    let unknown = storage.take_held_launch(&Digest::of("never given out")).await?;
    rule(unknown.is_none(), "a ticket that was never given out takes nothing")
}

async fn exactly_one_of_racing_proofs_gets_the_launch<S: Storage>(
    storage: &S,
    prepared: &Prepared<'_>,
    now: DateTime<Utc>,
) -> Result<(), ContractBroken> {
    for round in 0..5 {
        let held = held(prepared, &format!("proof race {round}"), now, TimeDelta::minutes(2));
        storage.hold_launch(&held).await?;
        let taken = join_all((0..RACERS).map(|_| storage.take_held_launch(&held.ticket_hash))).await;
        let taken = taken.into_iter().collect::<Result<Vec<_>, _>>()?;
        rule(taken.iter().flatten().count() == 1, "exactly one of racing proofs gets the launch")?;
    }
    Ok(())
}

async fn what_has_expired_is_swept<S: Storage>(
    storage: &S,
    prepared: &Prepared<'_>,
    now: DateTime<Utc>,
) -> Result<(), ContractBroken> {
    let (past, future) = (TimeDelta::minutes(-1), TimeDelta::minutes(10));
    let (old, young) = (login(prepared, "old", now, past), login(prepared, "young", now, future));
    let (old_held, young_held) = (held(prepared, "old held", now, past), held(prepared, "young held", now, future));
    storage.save_login(&old).await?;
    storage.save_login(&young).await?;
    storage.hold_launch(&old_held).await?;
    storage.hold_launch(&young_held).await?;
    let swept = storage.sweep(now).await?;
    rule(swept >= 2, "a sweep tells how much it removed")?;
    let removed = storage.take_login(&old.state_hash).await?.is_none()
        && storage.take_held_launch(&old_held.ticket_hash).await?.is_none();
    rule(removed, "a sweep removes what has expired")?;
    let left = storage.take_login(&young.state_hash).await?.is_some()
        && storage.take_held_launch(&young_held.ticket_hash).await?.is_some();
    rule(left, "a sweep leaves what has not expired")
}

async fn the_key_that_signs_is_published<S: Storage>(
    storage: &S,
    prepared: &Prepared<'_>,
) -> Result<(), ContractBroken> {
    let Prepared { issuer, client_id, shared_issuer, shared_client_ids: [one, other], .. } = *prepared;
    for (issuer, client_id) in [(issuer, client_id), (shared_issuer, one), (shared_issuer, other)] {
        let Some(signing) = storage.signing_key(issuer, client_id).await? else { continue };
        rule(signing.state == KeyState::Active, "only an active key signs")?;
        rule(storage.own_keys().await?.contains(&signing), "the key that signs is among those to publish")?;
    }
    Ok(())
}
