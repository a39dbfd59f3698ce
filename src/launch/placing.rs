//! Placing: somebody chooses what to place in a course or what a link of it opens, or waits for that choice.
//!
//! Each comes by a launch and gets a page before any session. The page's address holds a secret that is good for an hour, and only
//! in the browser that it was given to; whatever comes of the page, the secret is taken by it once.

use chrono::{DateTime, TimeDelta, Utc};
use lti::{DeepLinkingRequest, Digest};
use sqlx::types::Json;
use uuid::Uuid;

use super::{opening::Choice, session::Bringer};
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

mod items;
mod late;

pub use items::{Placeable, item, points};
pub use late::{is_ready, open_late};

/// How long somebody may take to choose.
pub const LIFE: TimeDelta = TimeDelta::hours(1);

/// What somebody came for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Errand {
    /// They choose what to place; the platform waits for the answer.
    Place(Box<DeepLinkingRequest>),
    /// They choose what the link of this launch opens.
    SetUp {
        /// The launch, which goes on there.
        launch: Uuid,
    },
    /// They wait until somebody else has chosen.
    Wait {
        /// The launch, which goes on then.
        launch: Uuid,
    },
}

impl Errand {
    fn kind(&self) -> Kind {
        match self {
            Self::Place(_) => Kind::DeepLinking,
            Self::SetUp { .. } => Kind::SetUp,
            Self::Wait { .. } => Kind::Waiting,
        }
    }

    fn launch(&self) -> Option<Uuid> {
        match self {
            Self::Place(_) => None,
            Self::SetUp { launch } | Self::Wait { launch } => Some(*launch),
        }
    }

    fn request(&self) -> Result<Option<String>, StoreError> {
        let Self::Place(request) = self else { return Ok(None) };
        serde_json::to_string(request).map(Some).map_err(|error| odd_request(&error))
    }
}

/// An errand, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placing {
    /// By which registration they came.
    pub registration: Uuid,
    /// In which deployment.
    pub deployment_id: String,
    /// What they came for.
    pub errand: Errand,
    /// What the choice begins with; for somebody who waits, what their launch names.
    pub suggestion: Option<Choice>,
}

/// What leads to the page.
#[derive(Clone)]
pub struct Issued {
    /// What stands in the address.
    pub secret: String,
    /// What the browser's cookie holds meanwhile.
    pub browser_secret: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
enum Kind {
    DeepLinking,
    SetUp,
    Waiting,
}

#[derive(sqlx::FromRow)]
struct Row {
    registration_id: Uuid,
    deployment_id: String,
    kind: Kind,
    request: Option<String>,
    launch_id: Option<Uuid>,
    suggestion: Option<Json<Choice>>,
}

impl TryFrom<Row> for Placing {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let errand = match (row.kind, row.request, row.launch_id) {
            (Kind::DeepLinking, Some(request), _) => {
                Errand::Place(serde_json::from_str(&request).map_err(|error| odd_request(&error))?)
            }
            (Kind::SetUp, _, Some(launch)) => Errand::SetUp { launch },
            (Kind::Waiting, _, Some(launch)) => Errand::Wait { launch },
            (kind, ..) => {
                let cause = format!("{kind:?} without what belongs to it");
                return Err(StoreError::Inconsistent { table: "errand", column: "kind", cause });
            }
        };
        let suggestion = row.suggestion.map(|Json(choice)| choice);
        Ok(Self { registration: row.registration_id, deployment_id: row.deployment_id, errand, suggestion })
    }
}

fn odd_request(error: &serde_json::Error) -> StoreError {
    StoreError::Inconsistent { table: "errand", column: "request", cause: error.to_string() }
}

/// Gives somebody a page.
pub async fn issue(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    placing: &Placing,
) -> Result<Issued, StoreError> {
    const SQL: &str = "
        INSERT INTO errand (secret_hash, browser_hash, registration_id, deployment_id, kind, request, launch_id,
                            suggestion, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let request = placing.errand.request()?;
    let issued = Issued { secret: entropy.secret(), browser_secret: entropy.secret() };
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(Digest::of(&issued.secret).as_bytes().to_vec())
        .bind(Digest::of(&issued.browser_secret).as_bytes().to_vec())
        .bind(placing.registration)
        .bind(&placing.deployment_id)
        .bind(placing.errand.kind())
        .bind(request)
        .bind(placing.errand.launch())
        .bind(placing.suggestion.as_ref().map(Json))
        .bind(now + LIFE)
        .execute(connection)
        .await
        .map(drop))?;
    Ok(issued)
}

/// The errand of a secret; `None` where it is unknown, taken or too old, or the browser is not the one that it was given to.
pub async fn find(
    tx: &mut Tx,
    now: DateTime<Utc>,
    secret: &str,
    bringer: Bringer<'_>,
) -> Result<Option<Placing>, StoreError> {
    const SQL: &str = "
        SELECT registration_id, deployment_id, kind, request, launch_id, suggestion
        FROM errand WHERE secret_hash = $1 AND expires_at > $2 AND ($3 OR browser_hash = $4)";
    let row: Option<Row> = on_tx!(tx, |connection| sqlx::query_as(SQL)
        .bind(Digest::of(secret).as_bytes().to_vec())
        .bind(now)
        .bind(bringer == Bringer::Itself)
        .bind(bringer.browser_hash())
        .fetch_optional(connection)
        .await)?;
    row.map(Placing::try_from).transpose()
}

/// Takes a secret. `false`: somebody was faster.
pub async fn take(tx: &mut Tx, now: DateTime<Utc>, secret: &str) -> Result<bool, StoreError> {
    const SQL: &str = "DELETE FROM errand WHERE secret_hash = $1 AND expires_at > $2";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(Digest::of(secret).as_bytes().to_vec())
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() > 0))
}

/// Forgets pages whose time is over, and says how many.
pub(super) async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM errand WHERE expires_at <= $1";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(now).execute(connection).await.map(|done| done.rows_affected()))
}
