//! The key the demo LMS signs with, and its public half for tools.

use axum::{Json, Router, extract::State, routing::get};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use rsa::{
    RsaPrivateKey,
    pkcs8::{EncodePrivateKey as _, LineEnding},
    rand_core::{CryptoRng, RngCore},
};
use serde::{Serialize, de::DeserializeOwned};

use super::Lms;
use crate::entropy::Entropy;

/// Where the public keys are.
pub(super) const JWKS: &str = "/lti/jwks";

/// The length of a new key, in bits.
const KEY_BITS: usize = 2048;

/// Why a key cannot be made or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It could not be made.
    #[error("no RSA key could be made: {0}")]
    Generate(#[from] rsa::Error),
    /// It could not be written as PEM.
    #[error("the new RSA key could not be written down: {0}")]
    Export(#[from] rsa::pkcs8::Error),
    /// It cannot sign or be read.
    #[error("the demo LMS's key cannot be used: {0}")]
    Unusable(#[from] jsonwebtoken::errors::Error),
}

/// An RSA key with what is published of it.
pub(super) struct KeyPair {
    private_pem: String,
    signing: EncodingKey,
    verifying: DecodingKey,
    id: String,
    public: JwkSet,
}

impl KeyPair {
    /// A new key; takes a moment.
    pub(super) fn generate(entropy: &Entropy) -> Result<Self, KeyError> {
        let key = RsaPrivateKey::new(&mut Draw(entropy), KEY_BITS)?;
        Self::from_pem(&key.to_pkcs8_pem(LineEnding::LF)?)
    }

    /// The key that was written down as PKCS#8.
    pub(super) fn from_pem(private_pem: &str) -> Result<Self, KeyError> {
        let signing = EncodingKey::from_rsa_pem(private_pem.as_bytes())?;
        let mut jwk = Jwk::from_encoding_key(&signing, Algorithm::RS256)?;
        let id = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        let verifying = DecodingKey::from_jwk(&jwk)?;
        Ok(Self { private_pem: private_pem.to_owned(), signing, verifying, id, public: JwkSet { keys: vec![jwk] } })
    }

    /// The private key as PEM, to be kept over a restart.
    pub(super) fn private_pem(&self) -> &str {
        &self.private_pem
    }

    /// The public half, as it is published.
    pub(super) fn public(&self) -> &JwkSet {
        &self.public
    }

    /// `claims` as a token signed by this key.
    pub(super) fn sign(&self, claims: &impl Serialize) -> Result<String, KeyError> {
        let header = Header { kid: Some(self.id.clone()), ..Header::new(Algorithm::RS256) };
        Ok(encode(&header, claims, &self.signing)?)
    }

    /// The claims of a token that this key signed. When it ends is the caller's to check.
    pub(super) fn read_own<T: DeserializeOwned>(&self, token: &str) -> Option<T> {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        decode(token, &self.verifying, &validation).ok().map(|token| token.claims)
    }
}

pub(super) fn router() -> Router<Lms> {
    Router::new().route(JWKS, get(jwks))
}

async fn jwks(State(lms): State<Lms>) -> Json<JwkSet> {
    Json(lms.0.keys.public().clone())
}

/// [`Entropy`] in the shape that `rsa` draws from.
struct Draw<'a>(&'a Entropy);

impl RngCore for Draw<'_> {
    fn next_u32(&mut self) -> u32 {
        self.0.with(rand::RngCore::next_u32)
    }

    fn next_u64(&mut self) -> u64 {
        self.0.with(rand::RngCore::next_u64)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.with(|rng| rand::RngCore::fill_bytes(rng, bytes));
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Draw<'_> {}
