//! Passwords: Argon2id, off the threads that answer requests, and no faster for a name that nobody has.

use std::sync::OnceLock;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use rand::RngCore as _;
use tokio::{sync::Semaphore, task};

use crate::entropy::Entropy;

/// The fewest characters of a password.
pub const SHORTEST: usize = 12;
/// The most characters of a password; what is longer would only keep the machine busy.
pub const LONGEST: usize = 200;

/// Each takes 19 MiB and a core for a moment, so that only so many are worked on at once.
static WORKERS: Semaphore = Semaphore::const_new(2);

/// Why a password is not taken.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Too short to withstand guessing, or too long to be worked on.
    #[error("a password has {SHORTEST} to {LONGEST} characters; a few unrelated words are good")]
    Length,
    /// Anybody would try it first.
    #[error("the name is the first thing that anybody would try; choose something else")]
    SameAsName,
    /// It could not be worked on.
    #[error("the password could not be worked on: {0}")]
    Failed(String),
}

/// Checks a new password for an account and gives what is kept of it.
pub async fn hash(entropy: &Entropy, name: &str, password: String) -> Result<String, PasswordError> {
    if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
        return Err(PasswordError::Length);
    }
    if password.to_lowercase() == name {
        return Err(PasswordError::SameAsName);
    }
    let salt = salt(entropy);
    apart(move || hashed_with(&password, salt)).await?
}

/// Whether this is the password behind the hash. Where there is no hash, the same work is done for nothing, so that the
/// time tells nobody whether an account exists.
pub async fn verify(entropy: &Entropy, password: String, hash: Option<String>) -> Result<bool, PasswordError> {
    if password.chars().count() > LONGEST {
        return Ok(false);
    }
    let salt = salt(entropy);
    apart(move || {
        let known = hash.is_some();
        let hash = match hash {
            Some(hash) => hash,
            None => nobodys(salt)?,
        };
        let parsed = PasswordHash::new(&hash).map_err(|error| PasswordError::Failed(error.to_string()))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known)
    })
    .await?
}

/// The hash of a password that is not kept; made once.
fn nobodys(salt: [u8; 16]) -> Result<String, PasswordError> {
    static HASH: OnceLock<String> = OnceLock::new();
    if let Some(hash) = HASH.get() {
        return Ok(hash.clone());
    }
    let made = hashed_with("nobody's", salt)?;
    Ok(HASH.get_or_init(|| made).clone())
}

fn salt(entropy: &Entropy) -> [u8; 16] {
    let mut salt = [0; 16];
    entropy.with(|rng| rng.fill_bytes(&mut salt));
    salt
}

fn hashed_with(password: &str, salt: [u8; 16]) -> Result<String, PasswordError> {
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).map_err(|error| PasswordError::Failed(error.to_string()))
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, PasswordError> {
    let _worker = WORKERS.acquire().await.map_err(|error| PasswordError::Failed(error.to_string()))?;
    task::spawn_blocking(work).await.map_err(|error| PasswordError::Failed(error.to_string()))
}
