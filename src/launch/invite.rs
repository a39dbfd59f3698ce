//! Invitations: links by which a platform may register LTT with itself, each once.
//!
//! The registration address is open to everybody, so the secret in the link is all that tells an invited platform from any
//! other. Only its hash is kept.

use chrono::{DateTime, TimeDelta, Utc};
use lti::Digest;
use uuid::Uuid;

use super::platform::Within;
use crate::{
    entropy::Entropy,
    on_tx,
    store::{StoreError, Tx},
};

/// How long an invitation is good where nothing else is said.
pub const LIFETIME: TimeDelta = TimeDelta::days(7);
/// The longest an invitation may be good.
pub const LONGEST_LIFETIME: TimeDelta = TimeDelta::days(90);
/// The longest name that can be given to a registration beforehand, in bytes.
pub const LONGEST_NAME: usize = 255;
/// After this time a registration that is under way has failed without saying so: the program was stopped.
const UNDER_WAY: TimeDelta = TimeDelta::minutes(2);

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Invite {
    /// Its id; not its secret.
    pub id: Uuid,
    /// What the registration will be called; `None`: what the platform calls itself.
    pub name: Option<String>,
    /// Whether what comes of it waits for an administrator.
    pub approve: bool,
    /// The organisation that the platform will belong to; `None`: the installation.
    pub organisation_id: Option<Uuid>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    taken_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
}

/// What an administrator tells of an invitation.
#[derive(Debug, Clone)]
pub struct NewInvite {
    /// What the registration will be called; `None`: what the platform calls itself.
    pub name: Option<String>,
    /// Whether what comes of it waits for an administrator.
    pub approve: bool,
    /// The organisation that the platform will belong to; `None`: the installation.
    pub organisation_id: Option<Uuid>,
    /// For how long it is good; at most [`LONGEST_LIFETIME`].
    pub lifetime: TimeDelta,
}

/// How an invitation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteState {
    /// It can be used.
    Open,
    /// A registration is under way.
    UnderWay,
    /// It has been used.
    Used,
    /// An administrator took it back.
    Revoked,
    /// Its time is over.
    Expired,
}

impl Invite {
    /// How it stands at that moment.
    pub fn state(&self, now: DateTime<Utc>) -> InviteState {
        if self.used_at.is_some() {
            InviteState::Used
        } else if self.revoked_at.is_some() {
            InviteState::Revoked
        } else if self.taken_at.is_some_and(|taken_at| now - taken_at < UNDER_WAY) {
            InviteState::UnderWay
        } else if self.expires_at <= now {
            InviteState::Expired
        } else {
            InviteState::Open
        }
    }
}

/// Why an invitation cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InviteRefused {
    /// There is none in the link.
    #[error(
        "The address holds no invitation. Ask the administrator of LTT for an invitation link, and paste all of it."
    )]
    Missing,
    /// It never was.
    #[error("The invitation is unknown. Paste the whole link, or ask the administrator of LTT for a new one.")]
    Unknown,
    /// It cannot be used any more, or not now.
    #[error("{}", .0.advice())]
    Not(InviteState),
}

impl InviteRefused {
    /// A stable name for logs and tests.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "invite_missing",
            Self::Unknown => "invite_unknown",
            Self::Not(state) => state.code(),
        }
    }
}

impl InviteState {
    fn code(self) -> &'static str {
        match self {
            Self::Open => "invite_open",
            Self::UnderWay => "invite_under_way",
            Self::Used => "invite_used",
            Self::Revoked => "invite_revoked",
            Self::Expired => "invite_expired",
        }
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::UnderWay => "under way",
            Self::Used => "used",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    fn advice(self) -> &'static str {
        match self {
            Self::Open => "The invitation can be used. Begin the registration again.",
            Self::UnderWay => {
                "A registration by this invitation is under way. Wait two minutes, and begin again if it failed."
            }
            Self::Used => "The invitation has been used. Ask the administrator of LTT for a new one.",
            Self::Revoked => "The invitation was taken back. Ask the administrator of LTT for a new one.",
            Self::Expired => "The invitation has expired. Ask the administrator of LTT for a new one.",
        }
    }
}

/// Makes an invitation; its secret is shown once and not kept.
pub async fn create(
    tx: &mut Tx,
    entropy: &Entropy,
    now: DateTime<Utc>,
    new: NewInvite,
) -> Result<(Invite, String), StoreError> {
    const SQL: &str = "
        INSERT INTO invite (id, secret_hash, name, approve, organisation_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let secret = entropy.secret();
    let invite = Invite {
        id: entropy.id(now),
        name: new.name,
        approve: new.approve,
        organisation_id: new.organisation_id,
        created_at: now,
        expires_at: now + new.lifetime.min(LONGEST_LIFETIME),
        taken_at: None,
        used_at: None,
        revoked_at: None,
    };
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(invite.id)
        .bind(Digest::of(&secret).as_bytes())
        .bind(&invite.name)
        .bind(invite.approve)
        .bind(invite.organisation_id)
        .bind(invite.created_at)
        .bind(invite.expires_at)
        .execute(connection)
        .await
        .map(drop))?;
    Ok((invite, secret))
}

/// The link of an invitation, with LTT at `origin`.
pub fn link(origin: &str, secret: &str) -> String {
    format!("{origin}/lti/register?invite={secret}")
}

/// The invitations that are seen, newest first.
pub async fn all(tx: &mut Tx, within: Within) -> Result<Vec<Invite>, StoreError> {
    const SQL: &str = "
        SELECT id, name, approve, organisation_id, created_at, expires_at, taken_at, used_at, revoked_at
        FROM invite ORDER BY created_at DESC, id";
    let invites: Vec<Invite> = on_tx!(tx, |connection| sqlx::query_as(SQL).fetch_all(connection).await)?;
    Ok(invites.into_iter().filter(|invite| within.includes(invite.organisation_id)).collect())
}

/// Takes an invitation back; `false` where there is none to take back.
pub async fn revoke(tx: &mut Tx, within: Within, now: DateTime<Utc>, id: Uuid) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE invite SET revoked_at = $2
        WHERE id = $1 AND used_at IS NULL AND revoked_at IS NULL AND ($3 IS NULL OR organisation_id = $3)";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(id)
        .bind(now)
        .bind(within.organisation())
        .execute(connection)
        .await
        .map(|done| done.rows_affected() > 0))
}

/// Takes the invitation of that secret for a registration that begins now. Of any number who try at once one gets it, until
/// it is [given back](give_back).
pub async fn take(tx: &mut Tx, now: DateTime<Utc>, secret: &str) -> Result<Result<Invite, InviteRefused>, StoreError> {
    const TAKE: &str = "
        UPDATE invite SET taken_at = $2
        WHERE secret_hash = $1 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $2
              AND (taken_at IS NULL OR taken_at <= $3)
        RETURNING id, name, approve, organisation_id, created_at, expires_at, taken_at, used_at, revoked_at";
    const FIND: &str = "
        SELECT id, name, approve, organisation_id, created_at, expires_at, taken_at, used_at, revoked_at
        FROM invite WHERE secret_hash = $1";
    let hash = Digest::of(secret);
    let taken: Option<Invite> = on_tx!(tx, |connection| sqlx::query_as(TAKE)
        .bind(hash.as_bytes())
        .bind(now)
        .bind(now - UNDER_WAY)
        .fetch_optional(connection)
        .await)?;
    if let Some(invite) = taken {
        return Ok(Ok(invite));
    }
    let known: Option<Invite> =
        on_tx!(tx, |connection| sqlx::query_as(FIND).bind(hash.as_bytes()).fetch_optional(connection).await)?;
    Ok(Err(known.map_or(InviteRefused::Unknown, |invite| InviteRefused::Not(invite.state(now)))))
}

/// Makes an invitation usable again whose registration came to nothing.
pub async fn give_back(tx: &mut Tx, invite: &Invite) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE invite SET taken_at = NULL WHERE id = $1 AND taken_at = $2 AND used_at IS NULL";
    on_tx!(tx, |connection| sqlx::query(SQL).bind(invite.id).bind(invite.taken_at).execute(connection).await.map(drop))
}

/// Uses an invitation up; `false` where it was taken back meanwhile.
pub async fn use_up(tx: &mut Tx, now: DateTime<Utc>, invite: &Invite) -> Result<bool, StoreError> {
    const SQL: &str = "
        UPDATE invite SET used_at = $3
        WHERE id = $1 AND taken_at = $2 AND used_at IS NULL AND revoked_at IS NULL";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(invite.id)
        .bind(invite.taken_at)
        .bind(now)
        .execute(connection)
        .await
        .map(|done| done.rows_affected() > 0))
}

/// Removes invitations that have been of no use for 30 days, and says how many.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    const SQL: &str = "DELETE FROM invite WHERE expires_at <= $1";
    on_tx!(tx, |connection| sqlx::query(SQL)
        .bind(now - TimeDelta::days(30))
        .execute(connection)
        .await
        .map(|done| done.rows_affected()))
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;
    use crate::{database_test, store::Db};

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 21, 9, 0, 0).unwrap()
    }

    async fn invited(db: &Db) -> (Invite, String) {
        let mut tx = db.begin().await.unwrap();
        let new = NewInvite { name: None, approve: false, organisation_id: None, lifetime: LIFETIME };
        let made = create(&mut tx, &Entropy::system(), now(), new).await.unwrap();
        tx.commit().await.unwrap();
        made
    }

    async fn taken(db: &Db, now: DateTime<Utc>, secret: &str) -> Result<Invite, InviteRefused> {
        let mut tx = db.begin().await.unwrap();
        let taken = take(&mut tx, now, secret).await.unwrap();
        tx.commit().await.unwrap();
        taken
    }

    database_test!(
        async fn of_many_who_use_an_invitation_at_once_one_gets_it(db: Db) {
            let (_, secret) = invited(&db).await;
            let attempts = futures::future::join_all((0..8).map(|_| taken(&db, now(), &secret))).await;
            assert_eq!(attempts.iter().filter(|attempt| attempt.is_ok()).count(), 1);
            let refused = attempts.into_iter().filter_map(Result::err);
            assert!(refused.into_iter().all(|refused| refused == InviteRefused::Not(InviteState::UnderWay)));
        }
    );

    database_test!(
        async fn an_invitation_is_used_once_and_given_back_until_then(db: Db) {
            let (_, secret) = invited(&db).await;
            let first = taken(&db, now(), &secret).await.unwrap();
            let mut tx = db.begin().await.unwrap();
            give_back(&mut tx, &first).await.unwrap();
            tx.commit().await.unwrap();
            let second = taken(&db, now() + TimeDelta::seconds(1), &secret).await.unwrap();
            let mut tx = db.begin().await.unwrap();
            assert!(!use_up(&mut tx, now(), &first).await.unwrap(), "what was given back is used by nobody");
            assert!(use_up(&mut tx, now(), &second).await.unwrap());
            tx.commit().await.unwrap();
            let late = now() + TimeDelta::hours(1);
            assert_eq!(taken(&db, late, &secret).await, Err(InviteRefused::Not(InviteState::Used)));
        }
    );

    database_test!(
        async fn a_registration_that_was_cut_off_does_not_keep_its_invitation(db: Db) {
            let (_, secret) = invited(&db).await;
            assert!(taken(&db, now(), &secret).await.is_ok());
            assert!(taken(&db, now() + TimeDelta::minutes(1), &secret).await.is_err());
            assert!(taken(&db, now() + TimeDelta::minutes(3), &secret).await.is_ok());
        }
    );

    database_test!(
        async fn expired_revoked_and_unknown_invitations_say_so(db: Db) {
            let (invite, secret) = invited(&db).await;
            let late = now() + LIFETIME;
            assert_eq!(taken(&db, late, &secret).await, Err(InviteRefused::Not(InviteState::Expired)));
            assert_eq!(taken(&db, now(), "never made").await, Err(InviteRefused::Unknown));
            let mut tx = db.begin().await.unwrap();
            let stranger = Within::Organisation(Entropy::system().id(now()));
            assert!(!revoke(&mut tx, stranger, now(), invite.id).await.unwrap());
            assert!(all(&mut tx, stranger).await.unwrap().is_empty());
            assert!(revoke(&mut tx, Within::Installation, now(), invite.id).await.unwrap());
            tx.commit().await.unwrap();
            assert_eq!(taken(&db, now(), &secret).await, Err(InviteRefused::Not(InviteState::Revoked)));
        }
    );
}
