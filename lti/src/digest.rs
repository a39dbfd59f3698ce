//! Secrets and the hashes that are kept of them.

use std::fmt::{self, Write as _};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// SHA-256 of a secret: all that is ever stored of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of a secret.
    pub fn of(secret: &str) -> Self {
        Self(Sha256::digest(secret.as_bytes()).into())
    }

    /// Whether it is the digest of `secret`, found out in a time that tells nothing about where they differ.
    pub fn matches(&self, secret: &str) -> bool {
        self.0.ct_eq(&Self::of(secret).0).into()
    }

    /// Its bytes, as a database column holds them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A name for what was hashed, short enough for a cookie's.
    pub(crate) fn short_name(&self) -> String {
        hex(&self.0[..8])
    }

    /// A digest from a database column; `None` where the length is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({}…)", hex(&self.0[..4]))
    }
}

/// A secret of 256 bits, in characters that may stand in a URL.
pub(crate) fn secret(rng: &mut (impl RngCore + ?Sized)) -> String {
    let mut random = [0; 32];
    rng.fill_bytes(&mut random);
    URL_SAFE_NO_PAD.encode(random)
}

/// A short public name for a state, under which the host keeps the browser's secret of that login (as part of a cookie's
/// name), so that logins in several tabs do not overwrite each other.
pub fn browser_key(state: &str) -> String {
    Digest::of(state).short_name()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
