//! LTT's own keys.

use chrono::{DateTime, Utc};

/// `/admin/keys`.
#[derive(Debug, Clone)]
pub struct KeysPage {
    /// Newest first.
    pub keys: Vec<KeyRow>,
    /// How private halves are kept.
    pub encryption: KeyEncryption,
    /// After how many days a key makes way by itself; `None`: only when somebody says so.
    pub rotation_days: Option<u64>,
}

/// A key as people may know it.
#[derive(Debug, Clone)]
pub struct KeyRow {
    /// By which platforms find it.
    pub kid: String,
    /// What it is used for.
    pub state: KeyState,
    /// The name of the one registration it signs for; `None`: all that have none of their own.
    pub registration: Option<String>,
    /// Since when it is published.
    pub published_since: DateTime<Utc>,
    /// Until when it is published, once it has ceased to sign.
    pub published_until: Option<DateTime<Utc>>,
    /// Since when it signs, or when it began to.
    pub signed_from: Option<DateTime<Utc>>,
    /// Whether its private half is encrypted.
    pub encrypted: bool,
}

/// What a key is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// Is published, and will sign.
    Next,
    /// Signs.
    Active,
    /// Has signed, and is still published.
    Retired,
}

/// How private halves are kept in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyEncryption {
    /// All are encrypted.
    All,
    /// There is a secret, but so many are not encrypted with it.
    AllBut(usize),
    /// No secret is set.
    NoSecret,
}

/// `/admin/keys/rotate`.
#[derive(Debug, Clone)]
pub struct KeyRotationPage {
    /// The key that signs.
    pub active: String,
    /// The key that will; `None`: one is made.
    pub next: Option<String>,
    /// When platforms can be expected to know it, where that is still to come.
    pub known_from: Option<DateTime<Utc>>,
    /// For how many days the former key stays published.
    pub days_published: i64,
}
