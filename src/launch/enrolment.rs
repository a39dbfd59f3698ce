//! Platforms that register LTT with themselves: what they are told, and what comes of it.
//!
//! A registration by an invitation that asks for it waits in a place of its own until an administrator approves it. Until
//! then it is no registration: nobody can launch by it.

use chrono::{DateTime, Utc};
use lti::{
    MessageType, NoticeService, history,
    registration::{Answer, PlatformConfiguration, ToolDescription, ToolMessage},
};
use sqlx::types::Json;
use url::Url;
use uuid::Uuid;

use super::{
    columns::{LINE_ITEM_SCOPE, RESULT_SCOPE, SCORE_SCOPE},
    invite::{self, Invite},
    platform::{self, DeploymentPolicy, Family, NewRegistration, PlatformError, Registration, Within},
    roster::{self, groups},
    setup,
};
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// LTT as it introduces itself, at `origin`.
pub fn description(origin: &Url) -> Result<ToolDescription, url::ParseError> {
    let launch = origin.join("/lti/launch")?;
    Ok(ToolDescription {
        name: "LTT".to_owned(),
        description: "An AI tutor with tasks, inside your course".to_owned(),
        login_url: origin.join("/lti/login")?,
        redirect_uris: vec![launch.clone()],
        target_link_uri: launch,
        jwks_url: origin.join("/lti/jwks")?,
        logo_url: None,
        scopes: [SCORE_SCOPE, LINE_ITEM_SCOPE, RESULT_SCOPE, roster::SCOPE, groups::SCOPE, NoticeService::SCOPE]
            .map(str::to_owned)
            .into(),
        claims: vec!["locale".to_owned()],
        // Where a copied course comes from. Nothing else: in Moodle a parameter of the tool's would win over the activity's.
        custom: [history::CONTEXT_HISTORY, history::RESOURCE_LINK_HISTORY]
            .map(|(name, variable)| (name.to_owned(), variable.to_owned()))
            .into(),
        messages: [MessageType::ResourceLink, MessageType::DeepLinking, MessageType::SubmissionReview]
            .map(message)
            .into(),
    })
}

/// Canvas' names of the places where activities are made; what is chosen there comes by Deep Linking.
fn message(kind: MessageType) -> ToolMessage {
    let placements = match kind {
        MessageType::DeepLinking => &["assignment_selection", "link_selection"][..],
        _ => &[],
    };
    ToolMessage {
        kind,
        label: "LTT".to_owned(),
        placements: placements.iter().map(|placement| (*placement).to_owned()).collect(),
    }
}

/// What came of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enrolled {
    /// People can launch by it.
    Active(Box<Registration>),
    /// It waits for an administrator.
    Pending(Box<Pending>),
}

/// A registration that waits for an administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its id, which the registration does not keep.
    pub id: Uuid,
    /// What the registration will be made of.
    pub proposal: NewRegistration,
    /// When the platform registered.
    pub created_at: DateTime<Utc>,
}

/// Why nothing came of a registration that the platform took.
#[derive(Debug, thiserror::Error)]
pub enum EnrolmentError {
    /// The invitation was taken back meanwhile.
    #[error("the invitation was taken back while the registration was under way")]
    InviteGone,
    /// The same client waits already.
    #[error("client id \"{client_id}\" of {issuer} already waits for approval")]
    AlreadyPending {
        /// The issuer.
        issuer: String,
        /// The client id.
        client_id: String,
    },
    /// What the platform says cannot be a registration.
    #[error(transparent)]
    Platform(#[from] PlatformError),
}

impl From<StoreError> for EnrolmentError {
    fn from(error: StoreError) -> Self {
        Self::Platform(error.into())
    }
}

/// The registration that a platform's words come to.
pub fn proposal(invite: &Invite, platform: &PlatformConfiguration, answer: &Answer) -> NewRegistration {
    let family = Family::guess(platform.product_family_code.as_deref(), &platform.authorization_endpoint);
    let of_application = (family == Family::Blackboard).then(|| setup::blackboard_keys(&answer.client_id)).flatten();
    let host = Url::parse(&platform.issuer).ok().and_then(|issuer| issuer.host_str().map(str::to_owned));
    let name = invite.name.clone().or_else(|| platform.account_name.clone()).or(host);
    NewRegistration {
        name: name.unwrap_or_else(|| platform.issuer.clone()),
        issuer: platform.issuer.clone(),
        client_id: answer.client_id.clone(),
        auth_url: platform.authorization_endpoint.to_string(),
        token_url: platform.token_endpoint.to_string(),
        token_audience: audience(family, platform),
        jwks_url: of_application.unwrap_or_else(|| platform.jwks_uri.to_string()),
        family,
        deployments: answer.deployment_id.iter().cloned().collect(),
        deployment_policy: Some(if invite.approve { DeploymentPolicy::Approve } else { DeploymentPolicy::Learn }),
        frame_ancestors: own_frame(family, platform),
        organisation_id: invite.organisation_id,
        ..NewRegistration::default()
    }
}

/// The audience that the platform names, where it is not the token endpoint. Canvas names its issuer, and checks for the
/// endpoint all the same.
fn audience(family: Family, platform: &PlatformConfiguration) -> Option<String> {
    let named = platform.authorization_server.as_ref().filter(|server| **server != platform.token_endpoint);
    named.filter(|_| family != Family::Canvas).map(Url::to_string)
}

/// Where the frame is known to stand on the issuer's own host, no other site may frame LTT.
fn own_frame(family: Family, platform: &PlatformConfiguration) -> Vec<String> {
    match family {
        Family::Moodle | Family::Sakai | Family::Brightspace => vec![platform.issuer.clone()],
        _ => Vec::new(),
    }
}

/// Uses the invitation up and writes down what came of it.
pub async fn conclude(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    invite: &Invite,
    proposal: NewRegistration,
    loopback: bool,
) -> Result<Enrolled, EnrolmentError> {
    if !invite::use_up(tx, now, invite).await? {
        return Err(EnrolmentError::InviteGone);
    }
    if !invite.approve {
        let registration = platform::add(tx, entropy, now, proposal, loopback).await?;
        return Ok(Enrolled::Active(Box::new(registration)));
    }
    let problems = proposal.problems(loopback);
    if !problems.is_empty() {
        return Err(PlatformError::Invalid(problems).into());
    }
    if !platform::registrations_of(tx, &proposal.issuer, Some(&proposal.client_id)).await?.is_empty() {
        let NewRegistration { issuer, client_id, .. } = proposal;
        return Err(PlatformError::Duplicate { issuer, client_id }.into());
    }
    let pending = Pending { id: entropy.id(now), proposal, created_at: now };
    insert(tx, &pending).await?;
    Ok(Enrolled::Pending(Box::new(pending)))
}

async fn insert(tx: &mut Tx, pending: &Pending) -> Result<(), EnrolmentError> {
    const SQL: &str = "
        INSERT INTO pending_registration (id, issuer, client_id, organisation_id, proposal, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (issuer, client_id) DO NOTHING";
    let proposal = &pending.proposal;
    let added = on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(pending.id)
        .bind(&proposal.issuer)
        .bind(&proposal.client_id)
        .bind(proposal.organisation_id)
        .bind(Json(proposal))
        .bind(pending.created_at)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    if added == 0 {
        let (issuer, client_id) = (proposal.issuer.clone(), proposal.client_id.clone());
        return Err(EnrolmentError::AlreadyPending { issuer, client_id });
    }
    Ok(())
}

/// The registrations that wait, those that came first first.
pub async fn pending(tx: &mut Tx, within: Within) -> Result<Vec<Pending>, StoreError> {
    const SQL: &str = "SELECT id, proposal, created_at FROM pending_registration ORDER BY created_at, id";
    let rows: Vec<(Uuid, Json<NewRegistration>, DateTime<Utc>)> =
        on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)?;
    let pending = rows.into_iter().map(|(id, Json(proposal), created_at)| Pending { id, proposal, created_at });
    Ok(pending.filter(|pending| within.includes(pending.proposal.organisation_id)).collect())
}

/// Whether a registration with that client id, or of that issuer where no client id is known, waits.
pub async fn is_pending(tx: &mut Tx, issuer: &str, client_id: Option<&str>) -> Result<bool, StoreError> {
    const SQL: &str =
        "SELECT COUNT(*) > 0 FROM pending_registration WHERE issuer = $1 AND ($2 IS NULL OR client_id = $2)";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL).bind(issuer).bind(client_id).fetch_one(connection).await)
}

/// Makes a registration of one that waits. `None`: it waits no more.
pub async fn approve(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    within: Within,
    id: Uuid,
    loopback: bool,
) -> Result<Option<Registration>, PlatformError> {
    let Some(found) = pending(tx, within).await?.into_iter().find(|pending| pending.id == id) else { return Ok(None) };
    if !delete(tx, id).await? {
        return Ok(None);
    }
    platform::add(tx, entropy, now, found.proposal, loopback).await.map(Some)
}

/// Forgets a registration that waits; `false` where there is none.
pub async fn reject(tx: &mut Tx, within: Within, id: Uuid) -> Result<bool, StoreError> {
    let seen = pending(tx, within).await?.iter().any(|pending| pending.id == id);
    Ok(seen && delete(tx, id).await?)
}

async fn delete(tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM pending_registration WHERE id = $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(id).execute(connection).await.map(|done| done.rows_affected() > 0))
}
