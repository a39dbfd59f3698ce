//! What an administrator tells of a registration: checked field by field, then added or changed.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use super::{DeploymentPolicy, Family, GradeColumns, Registration, learn_deployment, registrations_of};
use crate::{
    entropy::Entropy,
    loopback::is_loopback,
    on_tx,
    store::{StoreError, Tx},
};

/// What an administrator tells of a registration, or the platform by itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewRegistration {
    /// What people call it.
    pub name: String,
    /// What tokens name as `iss`.
    pub issuer: String,
    /// What tokens name as `aud`.
    pub client_id: String,
    /// Where a login is answered.
    pub auth_url: String,
    /// Where access tokens are given out.
    pub token_url: String,
    /// The audience of LTT's assertions where it is not the token URL.
    pub token_audience: Option<String>,
    /// Where the platform publishes its keys.
    pub jwks_url: String,
    /// Which learning platform it is.
    pub family: Family,
    /// Which columns of the gradebook scores go to; `None`: as it is, and the activity's own where it is new.
    pub grade_columns: Option<GradeColumns>,
    /// Deployments that may launch.
    pub deployments: Vec<String>,
    /// What happens to other deployments; `None`: they are refused where any are given, else learnt.
    pub deployment_policy: Option<DeploymentPolicy>,
    /// Origins that may frame LTT, beside those of the addresses above.
    pub frame_ancestors: Vec<String>,
    /// Further hosts that may be sent the platform's tokens.
    pub service_hosts: Vec<String>,
    /// The organisation it belongs to; `None`: the installation. It never joins another organisation's platform.
    pub organisation_id: Option<Uuid>,
    /// The platform it joins; `None`: the one that its issuer and origins lead to.
    pub platform_id: Option<Uuid>,
    /// Whether it is a tenant of its own although another platform has the same issuer and origins.
    pub separate: bool,
}

/// A value that an administrator gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// What people call it.
    Name,
    /// What tokens name as `iss`.
    Issuer,
    /// What tokens name as `aud`.
    ClientId,
    /// Where a login is answered.
    AuthUrl,
    /// Where access tokens are given out.
    TokenUrl,
    /// The audience of LTT's assertions.
    TokenAudience,
    /// Where the platform publishes its keys.
    JwksUrl,
    /// The deployments that may launch.
    Deployments,
    /// Origins that may frame LTT.
    FrameAncestors,
    /// Hosts that may be sent the platform's tokens.
    ServiceHosts,
}

impl Field {
    /// Its option on the command line.
    pub fn option(self) -> &'static str {
        match self {
            Self::Name => "--name",
            Self::Issuer => "--issuer",
            Self::ClientId => "--client-id",
            Self::AuthUrl => "--auth-url",
            Self::TokenUrl => "--token-url",
            Self::TokenAudience => "--token-audience",
            Self::JwksUrl => "--jwks-url",
            Self::Deployments => "--deployment",
            Self::FrameAncestors => "--frame-ancestor",
            Self::ServiceHosts => "--service-host",
        }
    }

    /// The field that a refused launch speaks against, by the refusal's code.
    pub fn at_fault(code: &str) -> Option<Self> {
        Some(match code {
            "registration_mismatch" | "issuer_unknown" => Self::Issuer,
            "registration_unknown" | "audience_mismatch" | "azp_mismatch" => Self::ClientId,
            "auth_url_unusable" => Self::AuthUrl,
            "kid_unknown" | "key_set_unavailable" | "key_type_mismatch" | "signature_invalid" => Self::JwksUrl,
            "deployment_unknown" | "deployment_pending" => Self::Deployments,
            _ => return None,
        })
    }
}

/// What is wrong with one value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The value.
    pub field: Field,
    /// What is wrong, and what to do.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.field.option(), self.text)
    }
}

/// Why a registration was not added or changed.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// Values are empty or malformed: all of them are named.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Invalid(Vec<Problem>),
    /// Issuer and client id together name a registration, and this one is already there.
    #[error(
        "client id \"{client_id}\" of {issuer} is already registered; \
         see `ltt platform list`, or remove it first with `ltt platform remove`"
    )]
    Duplicate {
        /// The issuer.
        issuer: String,
        /// The client id.
        client_id: String,
    },
    /// The database did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The addresses of a registration, checked.
struct Addresses {
    auth: Url,
    token: Url,
    jwks: Url,
}

/// The longest text of a registration, in bytes.
const LONGEST: usize = 255;
/// The longest address of a registration, in bytes.
const LONGEST_ADDRESS: usize = 2000;

impl NewRegistration {
    /// Everything that is wrong with the values, whatever the database holds. `loopback` says whether plain http to this
    /// machine is allowed.
    pub fn problems(&self, loopback: bool) -> Vec<Problem> {
        match self.clone().validated(loopback) {
            Err(PlatformError::Invalid(problems)) => problems,
            Ok(_) | Err(_) => Vec::new(),
        }
    }

    /// Brings every value into its one spelling, or says what is wrong with each.
    fn validated(mut self, loopback: bool) -> Result<(Self, Addresses), PlatformError> {
        let mut problems = Problems::default();
        for (field, value) in
            [(Field::Name, &mut self.name), (Field::Issuer, &mut self.issuer), (Field::ClientId, &mut self.client_id)]
        {
            *value = value.trim().to_owned();
            problems.check_text(field, value);
        }
        self.token_audience = self.token_audience.map(|audience| audience.trim().to_owned());
        self.token_audience = self.token_audience.filter(|audience| !audience.is_empty());
        if let Some(audience) = &self.token_audience {
            problems.check_text(Field::TokenAudience, audience);
        }
        for deployment in &self.deployments {
            problems.check_text(Field::Deployments, deployment);
        }
        for origin in &mut self.frame_ancestors {
            if let Some(address) = problems.address(Field::FrameAncestors, origin, true) {
                *origin = address.origin().ascii_serialization();
            }
        }
        for host in &self.service_hosts {
            if url::Host::parse(host).is_err() {
                let text = format!("\"{host}\" is no host name; give it without https://");
                problems.note(Field::ServiceHosts, text);
            }
        }
        let auth = problems.address(Field::AuthUrl, &self.auth_url, loopback);
        let token = problems.address(Field::TokenUrl, &self.token_url, loopback);
        let jwks = problems.address(Field::JwksUrl, &self.jwks_url, loopback);
        match (auth, token, jwks) {
            (Some(auth), Some(token), Some(jwks)) if problems.0.is_empty() => {
                Ok((self, Addresses { auth, token, jwks }))
            }
            _ => Err(PlatformError::Invalid(problems.0)),
        }
    }
}

/// What has been found wrong so far.
#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn note(&mut self, field: Field, text: impl Into<String>) {
        self.0.push(Problem { field, text: text.into() });
    }

    fn check_text(&mut self, field: Field, value: &str) {
        if value.is_empty() || value.len() > LONGEST || value.contains(char::is_control) {
            self.note(field, format!("give a text of 1 to {LONGEST} characters"));
        }
    }

    fn address(&mut self, field: Field, value: &str, loopback: bool) -> Option<Url> {
        let value = value.trim();
        let problem = match Url::parse(value) {
            _ if value.is_empty() => "give an address that begins with https://".to_owned(),
            _ if value.len() > LONGEST_ADDRESS => format!("give an address of at most {LONGEST_ADDRESS} characters"),
            Err(error) => format!("\"{value}\" is no address: {error}"),
            Ok(url) if url.scheme() == "https" => return Some(url),
            Ok(url) if url.scheme() == "http" && is_loopback(&url) => {
                if loopback {
                    return Some(url);
                }
                "http on this machine is allowed only with LTT_OUTBOUND_ALLOW=loopback".to_owned()
            }
            Ok(_) => format!("\"{value}\" must begin with https://"),
        };
        self.note(field, problem);
        None
    }
}

/// Adds a registration to the platform it belongs to, which is made where there is none. `loopback` says whether plain
/// http to this machine is allowed.
pub async fn add(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    new: NewRegistration,
    loopback: bool,
) -> Result<Registration, PlatformError> {
    const SQL: &str = "
        INSERT INTO registration (id, platform_id, name, issuer, client_id, auth_url, token_url, token_audience,
                                  jwks_url, family, deployment_policy, grade_columns, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (issuer, client_id) DO NOTHING";
    let (new, addresses) = new.validated(loopback)?;
    let known = match new.platform_id {
        None if !new.separate => platform_of(tx, &new, &addresses).await?,
        decided => decided,
    };
    let platform_id = match known {
        Some(platform) => platform,
        None => insert_platform(tx, entropy, now, &new).await?,
    };
    let usual = if new.deployments.is_empty() { DeploymentPolicy::Learn } else { DeploymentPolicy::Closed };
    let deployment_policy = new.deployment_policy.unwrap_or(usual);
    let registration = completed(entropy.id(now), platform_id, deployment_policy, new, addresses);
    let added = on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration.id)
        .bind(registration.platform_id)
        .bind(&registration.name)
        .bind(&registration.issuer)
        .bind(&registration.client_id)
        .bind(registration.auth_url.as_str())
        .bind(registration.token_url.as_str())
        .bind(&registration.token_audience)
        .bind(registration.jwks_url.as_str())
        .bind(registration.family)
        .bind(registration.deployment_policy)
        .bind(registration.grade_columns)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))?;
    if added == 0 {
        return Err(PlatformError::Duplicate { issuer: registration.issuer, client_id: registration.client_id });
    }
    insert_lists(tx, entropy, now, &registration).await?;
    Ok(registration)
}

/// Changes every value of a registration but its deployment policy, and the list of deployments with it. It stays with its
/// platform, and so do its learners; the platform's issuer changes only where no other registration shares it.
pub async fn update(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    known: &Registration,
    new: NewRegistration,
    loopback: bool,
) -> Result<Registration, PlatformError> {
    const SQL: &str = "
        UPDATE registration SET name = $2, issuer = $3, client_id = $4, auth_url = $5, token_url = $6,
                                token_audience = $7, jwks_url = $8, family = $9, grade_columns = $10
        WHERE id = $1";
    let (mut new, addresses) = new.validated(loopback)?;
    new.grade_columns = new.grade_columns.or(Some(known.grade_columns));
    let siblings = registrations_of(tx, &new.issuer, Some(&new.client_id)).await?;
    if siblings.iter().any(|other| other.id != known.id) {
        return Err(PlatformError::Duplicate { issuer: new.issuer, client_id: new.client_id });
    }
    if new.issuer != known.issuer {
        move_issuer(tx, known, &new.issuer).await?;
    }
    let mut registration = completed(known.id, known.platform_id, known.deployment_policy, new, addresses);
    registration.disabled_at = known.disabled_at;
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(registration.id)
        .bind(&registration.name)
        .bind(&registration.issuer)
        .bind(&registration.client_id)
        .bind(registration.auth_url.as_str())
        .bind(registration.token_url.as_str())
        .bind(&registration.token_audience)
        .bind(registration.jwks_url.as_str())
        .bind(registration.family)
        .bind(registration.grade_columns)
        .execute(connection)
        .await
        .map(drop))?;
    delete_lists(tx, registration.id).await?;
    insert_lists(tx, entropy, now, &registration).await?;
    Ok(registration)
}

/// Corrects the issuer of a platform along with its only registration's.
async fn move_issuer(tx: &mut Tx, known: &Registration, issuer: &str) -> Result<(), PlatformError> {
    const SHARED: &str = "SELECT COUNT(*) > 1 FROM registration WHERE platform_id = $1";
    const MOVE: &str = "UPDATE platform SET issuer = $2 WHERE id = $1";
    let shared: bool =
        on_tx!(tx, |connection| sqlx::query_scalar(SHARED).bind(known.platform_id).fetch_one(connection).await)?;
    if shared {
        let text = format!(
            "this platform has other registrations, and their issuer is \"{}\"; add a new registration for another issuer",
            known.issuer
        );
        return Err(PlatformError::Invalid(vec![Problem { field: Field::Issuer, text }]));
    }
    on_tx!(tx, |connection| sqlx::query(MOVE)
        .bind(known.platform_id)
        .bind(issuer)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(())
}

fn completed(
    id: Uuid,
    platform_id: Uuid,
    deployment_policy: DeploymentPolicy,
    new: NewRegistration,
    addresses: Addresses,
) -> Registration {
    Registration {
        id,
        platform_id,
        name: new.name,
        issuer: new.issuer,
        client_id: new.client_id,
        auth_url: addresses.auth,
        token_url: addresses.token,
        token_audience: new.token_audience,
        jwks_url: addresses.jwks,
        family: new.family,
        grade_columns: new.grade_columns.unwrap_or_default(),
        deployment_policy,
        deployments: new.deployments,
        frame_ancestors: new.frame_ancestors,
        service_hosts: new.service_hosts,
        disabled_at: None,
    }
}

/// The platform of the same issuer and organisation whose registrations have their authorization and key-set addresses on
/// the same origins.
async fn platform_of(tx: &mut Tx, new: &NewRegistration, addresses: &Addresses) -> Result<Option<Uuid>, StoreError> {
    for known in registrations_of(tx, &new.issuer, None).await? {
        let same_origins =
            known.auth_url.origin() == addresses.auth.origin() && known.jwks_url.origin() == addresses.jwks.origin();
        let platform = super::find(tx, known.platform_id).await?;
        if same_origins && platform.is_some_and(|platform| platform.organisation_id == new.organisation_id) {
            return Ok(Some(known.platform_id));
        }
    }
    Ok(None)
}

async fn insert_platform(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    new: &NewRegistration,
) -> Result<Uuid, StoreError> {
    const SQL: &str = "
        INSERT INTO platform (id, issuer, name, organisation_id, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id";
    on_tx!(tx, |connection| sqlx::query_scalar(SQL)
        .bind(entropy.id(now))
        .bind(&new.issuer)
        .bind(&new.name)
        .bind(new.organisation_id)
        .bind(now)
        .fetch_one(connection)
        .await)
}

async fn insert_lists(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    registration: &Registration,
) -> Result<(), StoreError> {
    const ANCESTOR: &str =
        "INSERT INTO frame_ancestor (registration_id, origin) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    const HOST: &str = "INSERT INTO service_host (registration_id, host) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    for deployment in &registration.deployments {
        learn_deployment(tx, entropy, now, registration.id, deployment).await?;
    }
    let ancestors = registration.frame_ancestors.iter().map(|origin| (ANCESTOR, origin));
    let hosts = registration.service_hosts.iter().map(|host| (HOST, host));
    for (sql, value) in ancestors.chain(hosts) {
        on_tx!(tx, |connection| sqlx::query(sql)
            .bind(registration.id)
            .bind(value)
            .execute(connection)
            .await
            .map(drop))?;
    }
    Ok(())
}

async fn delete_lists(tx: &mut Tx, registration: Uuid) -> Result<(), StoreError> {
    const DEPLOYMENTS: &str = "DELETE FROM deployment WHERE registration_id = $1";
    const ANCESTORS: &str = "DELETE FROM frame_ancestor WHERE registration_id = $1";
    const HOSTS: &str = "DELETE FROM service_host WHERE registration_id = $1";
    for sql in [DEPLOYMENTS, ANCESTORS, HOSTS] {
        on_tx!(tx, |connection| sqlx::query(sql).bind(registration).execute(connection).await.map(drop))?;
    }
    Ok(())
}
