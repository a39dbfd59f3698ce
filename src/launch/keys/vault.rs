//! Private keys at rest: sealed under the administrator's secret, or as they are where there is none.
//!
//! An envelope is `ltt1.SALT.NONCE.SEALED`, each part in base64url. Its key is made of the secret and the salt by Argon2id,
//! so that a passphrase may be a human one; the cipher is AES-256-GCM, and bound to the key's id, so that two envelopes
//! cannot be exchanged.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use argon2::Argon2;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rand::RngCore as _;
use secrecy::{ExposeSecret as _, SecretString};

use crate::entropy::Entropy;

/// What an envelope of this version begins with.
const VERSION: &str = "ltt1";
/// What a key begins with that stands as it is.
const PLAIN: &str = "-----BEGIN";
const SALT_LEN: usize = 16;

type Salt = [u8; SALT_LEN];

/// Why a private key does not come out of its envelope, or into one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// The administrator has to say the secret.
    #[error(
        "the key {kid} is encrypted: set LTT_KEY_ENCRYPTION_SECRET to the secret it was encrypted with \
         (if that is lost for good, `ltt keys rotate --leaked` makes new keys)"
    )]
    SecretMissing {
        /// The key's id.
        kid: String,
    },
    /// The administrator said another secret.
    #[error(
        "the key {kid} is encrypted with another secret than LTT_KEY_ENCRYPTION_SECRET: set that to the right one, or \
         give the former one as LTT_KEY_ENCRYPTION_SECRET_OLD and run `ltt keys encrypt`"
    )]
    WrongSecret {
        /// The key's id.
        kid: String,
    },
    /// The envelope is of no kind known here.
    #[error("the key {kid} is stored in a way that this LTT does not know; run the version that stored it")]
    UnknownEnvelope {
        /// The key's id.
        kid: String,
    },
    /// There is nothing to encrypt with.
    #[error("set LTT_KEY_ENCRYPTION_SECRET first; `openssl rand -base64 32` makes a good one")]
    NoSecret,
    /// The cipher failed, which it only does for want of memory.
    #[error("a key could not be encrypted or decrypted: {0}")]
    Cipher(&'static str),
}

/// Opens and seals private keys. Clones share what they have derived.
#[derive(Clone, Default)]
pub struct Vault {
    current: Option<Arc<Lock>>,
    former: Option<Arc<Lock>>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Vault").field("seals", &self.seals()).finish_non_exhaustive()
    }
}

/// A secret, and what has been derived from it: that takes long enough to be done once only.
struct Lock {
    secret: SecretString,
    derived: Mutex<HashMap<Salt, Arc<LessSafeKey>>>,
}

/// The parts of an envelope.
struct Envelope {
    salt: Salt,
    nonce: [u8; NONCE_LEN],
    sealed: Vec<u8>,
}

impl Vault {
    /// Seals with `current`, and opens with either; without a current secret keys stand as they are.
    pub fn new(current: Option<SecretString>, former: Option<SecretString>) -> Self {
        let lock = |secret: Option<SecretString>| {
            let secret = secret.filter(|secret| !secret.expose_secret().is_empty())?;
            Some(Arc::new(Lock { secret, derived: Mutex::default() }))
        };
        Self { current: lock(current), former: lock(former) }
    }

    /// Whether what is stored from now on is encrypted.
    pub fn seals(&self) -> bool {
        self.current.is_some()
    }

    /// Whether a stored key is encrypted.
    pub fn is_sealed(stored: &str) -> bool {
        !stored.starts_with(PLAIN)
    }

    /// The private key in what is stored.
    pub fn open(&self, kid: &str, stored: &str) -> Result<String, VaultError> {
        if !Self::is_sealed(stored) {
            return Ok(stored.to_owned());
        }
        let envelope = Envelope::read(stored).ok_or_else(|| VaultError::UnknownEnvelope { kid: kid.to_owned() })?;
        let locks = [&self.current, &self.former];
        if locks.iter().all(|lock| lock.is_none()) {
            return Err(VaultError::SecretMissing { kid: kid.to_owned() });
        }
        for lock in locks.into_iter().flatten() {
            if let Some(private_key) = lock.open(kid, &envelope)? {
                return Ok(private_key);
            }
        }
        Err(VaultError::WrongSecret { kid: kid.to_owned() })
    }

    /// What to store of a private key.
    pub fn seal(&self, kid: &str, private_key: &str, entropy: &Entropy) -> Result<String, VaultError> {
        match &self.current {
            Some(lock) => lock.seal(kid, private_key, entropy),
            None => Ok(private_key.to_owned()),
        }
    }

    /// What to store in place of what is stored, so that the current secret opens it; `None` where it does already.
    pub fn reseal(&self, kid: &str, stored: &str, entropy: &Entropy) -> Result<Option<String>, VaultError> {
        let current = self.current.as_ref().ok_or(VaultError::NoSecret)?;
        if let Some(envelope) = Envelope::read(stored)
            && current.open(kid, &envelope)?.is_some()
        {
            return Ok(None);
        }
        let private_key = self.open(kid, stored)?;
        current.seal(kid, &private_key, entropy).map(Some)
    }
}

impl Lock {
    fn key(&self, salt: &Salt) -> Result<Arc<LessSafeKey>, VaultError> {
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = derived.get(salt) {
            return Ok(Arc::clone(key));
        }
        let mut bytes = [0; 32];
        Argon2::default()
            .hash_password_into(self.secret.expose_secret().as_bytes(), salt, &mut bytes)
            .map_err(|_| VaultError::Cipher("no key could be derived from the secret"))?;
        let key =
            UnboundKey::new(&AES_256_GCM, &bytes).map_err(|_| VaultError::Cipher("the derived key is unusable"))?;
        let key = Arc::new(LessSafeKey::new(key));
        derived.insert(*salt, Arc::clone(&key));
        Ok(key)
    }

    fn open(&self, kid: &str, envelope: &Envelope) -> Result<Option<String>, VaultError> {
        let key = self.key(&envelope.salt)?;
        let mut bytes = envelope.sealed.clone();
        let nonce = Nonce::assume_unique_for_key(envelope.nonce);
        let opened = key.open_in_place(nonce, bound_to(kid), &mut bytes).ok();
        Ok(opened.and_then(|opened| String::from_utf8(opened.to_vec()).ok()))
    }

    fn seal(&self, kid: &str, private_key: &str, entropy: &Entropy) -> Result<String, VaultError> {
        let mut nonce = [0; NONCE_LEN];
        let mut salt = [0; SALT_LEN];
        entropy.with(|rng| {
            rng.fill_bytes(&mut nonce);
            rng.fill_bytes(&mut salt);
        });
        // One salt does for all keys under one secret, and spares every replica a derivation for each.
        let known = self.derived.lock().unwrap_or_else(PoisonError::into_inner).keys().next().copied();
        let salt = known.unwrap_or(salt);
        let mut sealed = private_key.as_bytes().to_vec();
        self.key(&salt)?
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), bound_to(kid), &mut sealed)
            .map_err(|_| VaultError::Cipher("the cipher failed"))?;
        Ok(Envelope { salt, nonce, sealed }.to_string())
    }
}

fn bound_to(kid: &str) -> Aad<String> {
    Aad::from(format!("{VERSION}.{kid}"))
}

impl Envelope {
    fn read(stored: &str) -> Option<Self> {
        let mut parts = stored.strip_prefix(VERSION)?.strip_prefix('.')?.split('.');
        let mut bytes = || URL_SAFE_NO_PAD.decode(parts.next()?).ok();
        let (salt, nonce, sealed) = (bytes()?, bytes()?, bytes()?);
        let is_whole = parts.next().is_none();
        is_whole.then_some(Self { salt: salt.try_into().ok()?, nonce: nonce.try_into().ok()?, sealed })
    }
}

impl fmt::Display for Envelope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{VERSION}")?;
        for part in [&self.salt[..], &self.nonce[..], &self.sealed[..]] {
            write!(formatter, ".{}", URL_SAFE_NO_PAD.encode(part))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n";

    fn vault(current: &str, former: &str) -> Vault {
        Vault::new(Some(SecretString::from(current)), Some(SecretString::from(former)))
    }

    fn sealed(secret: &str) -> String {
        vault(secret, "").seal("one", KEY, &Entropy::seeded(1)).unwrap()
    }

    #[test]
    fn a_sealed_key_shows_nothing_and_opens_with_its_secret() {
        let stored = sealed("right");
        assert!(Vault::is_sealed(&stored) && !stored.contains("secret"));
        assert_eq!(vault("right", "").open("one", &stored).unwrap(), KEY);
        assert_eq!(vault("new", "right").open("one", &stored).unwrap(), KEY);
        assert_eq!(format!("{:?}", vault("right", "")), "Vault { seals: true, .. }");
    }

    #[test]
    fn one_key_is_never_sealed_twice_alike() {
        let (vault, entropy) = (vault("right", ""), Entropy::seeded(1));
        let seal = || vault.seal("one", KEY, &entropy).unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn a_wrong_or_missing_secret_names_the_setting() {
        let stored = sealed("right");
        let wrong = vault("wrong", "").open("one", &stored).unwrap_err();
        assert_eq!(wrong, VaultError::WrongSecret { kid: "one".to_owned() });
        let missing = vault("", "").open("one", &stored).unwrap_err();
        assert_eq!(missing, VaultError::SecretMissing { kid: "one".to_owned() });
        for error in [wrong, missing] {
            assert!(error.to_string().contains("set LTT_KEY_ENCRYPTION_SECRET") || error.to_string().contains("_OLD"));
        }
    }

    #[test]
    fn an_envelope_that_was_changed_moved_or_cut_does_not_open() {
        let stored = sealed("right");
        let vault = vault("right", "");
        let moved = vault.open("another", &stored).unwrap_err();
        assert!(matches!(moved, VaultError::WrongSecret { .. }));
        let mut changed = stored.clone().into_bytes();
        let at = changed.len() - 10;
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(matches!(vault.open("one", &changed), Err(VaultError::WrongSecret { .. })));
        for odd in ["", "ltt1", "ltt1.", "ltt1.a.b.c", "ltt2.AAAA.AAAA.AAAA", &stored[..60], &format!("{stored}.AA")] {
            assert!(matches!(vault.open("one", odd), Err(VaultError::UnknownEnvelope { .. })), "{odd}");
        }
    }

    #[test]
    fn a_key_is_sealed_anew_from_plain_and_from_the_former_secret_and_only_once() {
        let (vault, entropy) = (vault("new", "old"), Entropy::seeded(1));
        for stored in [KEY.to_owned(), sealed("old")] {
            let anew = vault.reseal("one", &stored, &entropy).unwrap().expect("a new envelope");
            assert_eq!(self::vault("new", "").open("one", &anew).unwrap(), KEY);
            assert_eq!(vault.reseal("one", &anew, &entropy).unwrap(), None);
        }
        assert_eq!(Vault::default().reseal("one", KEY, &entropy), Err(VaultError::NoSecret));
        assert!(matches!(vault.reseal("one", &sealed("third"), &entropy), Err(VaultError::WrongSecret { .. })));
    }
}
