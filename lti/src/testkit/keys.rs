//! Keys that a simulated platform signs with, and the key sets it publishes.

use std::sync::OnceLock;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::DateTime;
use jsonwebtoken::{Algorithm, EncodingKey};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::{Value, json};

use crate::keys::{KeyError, KeyState, OwnKey, public_document};

/// Three RSA keys, made once a process, for making them takes a moment. They are the same in every run, so they protect
/// nothing.
pub fn sample_keys() -> &'static [OwnKey; 3] {
    static KEYS: OnceLock<[OwnKey; 3]> = OnceLock::new();
    KEYS.get_or_init(|| {
        let mut rng = StdRng::seed_from_u64(1);
        [(); 3].map(|()| generate(&mut rng))
    })
}

#[expect(clippy::expect_used, reason = "a seeded generator makes the same good keys each time")]
fn generate(rng: &mut StdRng) -> OwnKey {
    OwnKey::generate(rng, KeyState::Active, DateTime::UNIX_EPOCH).expect("a key")
}

/// A key on P-256 that has never been used for anything else; everybody knows its private half.
const ELLIPTIC_PRIVATE: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgN7MReKHIFmdQ1JHVyNK1TgatBn3Xk3dTg1_3i1-lpZChRANCAAT5-1O4-ZSKIzbwerBBdL-zsE9kQ230UoQk6zohtrDpcRRymnTrk0Crh4TQg1KAWEgotgTL2MMe4-YhcUBCdmO5";
const ELLIPTIC_X: &str = "-ftTuPmUiiM28HqwQXS_s7BPZENt9FKEJOs6Ibaw6XE";
const ELLIPTIC_Y: &str = "FHKadOuTQKuHhNCDUoBYSCi2BMvYwx7j5iFxQEJ2Y7k";

/// A key pair of a platform.
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    algorithm: Algorithm,
    private: EncodingKey,
    public: Value,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// An RSA key, under its own name.
    pub fn rsa(key: &OwnKey) -> Result<Self, KeyError> {
        let private = EncodingKey::from_rsa_pem(key.private_key.as_bytes())
            .map_err(|_| KeyError::Unreadable { kid: key.kid.clone() })?;
        let public = public_document(std::slice::from_ref(key))?["keys"][0].take();
        Ok(Self { kid: key.kid.clone(), algorithm: Algorithm::RS256, private, public })
    }

    /// An RSA key that was written down as PKCS#8 in PEM, under its thumbprint.
    pub fn from_pem(private_key: &str) -> Result<Self, KeyError> {
        let nameless = OwnKey {
            kid: String::new(),
            private_key: private_key.to_owned(),
            state: KeyState::Active,
            created_at: DateTime::UNIX_EPOCH,
        };
        let mut key = Self::rsa(&nameless)?;
        key.kid = key.public["kid"].as_str().unwrap_or_default().to_owned();
        Ok(key)
    }

    /// One of the [`sample_keys`].
    ///
    /// # Panics
    ///
    /// If there is no key of that number: there are three, counted from zero.
    pub fn sample(number: usize) -> Self {
        static KEYS: OnceLock<[SigningKey; 3]> = OnceLock::new();
        KEYS.get_or_init(|| sample_keys().each_ref().map(readable))[number].clone()
    }

    /// The one key on P-256 of this kit, named `elliptic`.
    #[expect(clippy::expect_used, reason = "the constant above is base64")]
    pub fn elliptic() -> Self {
        let private = EncodingKey::from_ec_der(&URL_SAFE_NO_PAD.decode(ELLIPTIC_PRIVATE).expect("base64"));
        let public = json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "elliptic",
            "x": ELLIPTIC_X, "y": ELLIPTIC_Y});
        Self { kid: "elliptic".to_owned(), algorithm: Algorithm::ES256, private, public }
    }

    /// Its name.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its public half, with `alg` and `use`.
    pub fn public(&self) -> &Value {
        &self.public
    }

    /// Its public half as some platforms publish it (Open edX): without `alg` and `use`.
    pub fn public_bare(&self) -> Value {
        let mut bare = self.public.clone();
        if let Some(members) = bare.as_object_mut() {
            members.remove("alg");
            members.remove("use");
        }
        bare
    }

    /// The header of an honest token.
    pub fn header(&self) -> Value {
        json!({"alg": format!("{:?}", self.algorithm), "kid": self.kid})
    }

    /// An honest token.
    pub fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        self.sign_as(&self.header(), claims)
    }

    /// A token with any header, signed by this key whatever the header says.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> Result<String, KeyError> {
        sign(header, claims, &self.private, self.algorithm)
    }
}

#[expect(clippy::expect_used, reason = "the samples can be read")]
fn readable(key: &OwnKey) -> SigningKey {
    SigningKey::rsa(key).expect("a key that can be read")
}

/// A token with any header, signed by any key.
pub(crate) fn sign(
    header: &Value,
    claims: &Value,
    key: &EncodingKey,
    algorithm: Algorithm,
) -> Result<String, KeyError> {
    let unsigned = format!("{}.{}", encoded(header), encoded(claims));
    let signature = jsonwebtoken::crypto::sign(unsigned.as_bytes(), key, algorithm)?;
    Ok(format!("{unsigned}.{signature}"))
}

/// One part of a token.
pub fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}
