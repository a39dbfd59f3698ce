//! The tool's own keys: made here, signed with here, published for platforms to verify by.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use jsonwebtoken::EncodingKey;
use rand::{CryptoRng, RngCore};
use rsa::{
    RsaPrivateKey,
    pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, LineEnding},
    traits::PublicKeyParts as _,
};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const BITS: usize = 2048;

/// What a key is used for. All are published, since all may have to be verified by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyState {
    /// Will sign one day; platforms may already learn it.
    Next,
    /// Signs.
    Active,
    /// Signed once; something it signed may still be under way.
    Retired,
}

/// One of the tool's keys.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnKey {
    /// Its thumbprint (RFC 7638), by which a platform finds it.
    pub kid: String,
    /// The private key, PKCS#8 in PEM.
    pub private_key: String,
    /// What it is used for.
    pub state: KeyState,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

impl std::fmt::Debug for OwnKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("OwnKey").field("kid", &self.kid).field("state", &self.state).finish_non_exhaustive()
    }
}

/// Why a key cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// No key could be made.
    #[error("a key could not be made: {0}")]
    Generate(#[from] rsa::Error),
    /// A key could not be written down.
    #[error("a key could not be written: {0}")]
    Export(#[from] rsa::pkcs8::Error),
    /// A stored key cannot be read.
    #[error("the stored key `{kid}` cannot be read; make a new one")]
    Unreadable {
        /// The key's id.
        kid: String,
    },
    /// No key is there to sign with.
    #[error("no key is active; make one")]
    NoneActive,
    /// The signature failed.
    #[error("a token could not be signed: {0}")]
    Sign(#[from] jsonwebtoken::errors::Error),
}

impl OwnKey {
    /// Makes a key of 2048 bits. It takes a good part of a second, so not on a thread that others wait for.
    pub fn generate(rng: &mut impl CryptoRng, state: KeyState, now: DateTime<Utc>) -> Result<Self, KeyError> {
        let private = RsaPrivateKey::new(&mut Older(rng), BITS)?;
        let private_key = private.to_pkcs8_pem(LineEnding::LF)?.to_string();
        Ok(Self { kid: PublicKey::of(&private).kid, private_key, state, created_at: now })
    }

    /// Its public half.
    fn public(&self) -> Result<PublicKey, KeyError> {
        RsaPrivateKey::from_pkcs8_pem(&self.private_key)
            .map(|private| PublicKey::of(&private))
            .map_err(|_| KeyError::Unreadable { kid: self.kid.clone() })
    }
}

/// A public key as a key set holds it (RFC 7517).
#[derive(Serialize)]
struct PublicKey {
    kty: &'static str,
    alg: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    kid: String,
    n: String,
    e: String,
}

impl PublicKey {
    fn of(private: &RsaPrivateKey) -> Self {
        let n = URL_SAFE_NO_PAD.encode(private.n().to_bytes_be());
        let e = URL_SAFE_NO_PAD.encode(private.e().to_bytes_be());
        // RFC 7638 §3: the required members in the order of the alphabet, without spaces.
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical));
        Self { kty: "RSA", alg: "RS256", usage: "sig", kid, n, e }
    }
}

/// The key set to publish: every key that may still have to be verified by.
pub fn public_document(keys: &[OwnKey]) -> Result<Value, KeyError> {
    let public = keys.iter().map(OwnKey::public).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({ "keys": public }))
}

/// Signs claims with a key, RS256.
pub(crate) fn sign(key: &OwnKey, claims: &impl Serialize) -> Result<String, KeyError> {
    let private = EncodingKey::from_rsa_pem(key.private_key.as_bytes())
        .map_err(|_| KeyError::Unreadable { kid: key.kid.clone() })?;
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::RS256);
    header.kid = Some(key.kid.clone());
    Ok(jsonwebtoken::encode(&header, claims, &private)?)
}

/// Lends a generator to `rsa`, which knows an older edition of the same trait.
struct Older<'a, R>(&'a mut R);

impl<R: RngCore> rsa::rand_core::RngCore for Older<'_, R> {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl<R: CryptoRng> rsa::rand_core::CryptoRng for Older<'_, R> {}
