//! The id token: taken apart, verified, and examined claim by claim. No network, no clock. (Security Framework 1.0 §5.1.3;
//! LTI Core 1.3 §5.3)

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use url::{Origin, Url};

use crate::{
    algorithm::Algorithm,
    claims::{Claims, MessageType, ResourceLink, names},
    digest::Digest,
    jwks::PlatformKey,
    launch::{Message, Warning},
    login::web_address,
    refusal::Refusal,
};

/// How far clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// How old a token may be when it arrives: the time a login has.
const OLDEST: TimeDelta = TimeDelta::minutes(10);
/// The longest an identifier may be (LTI Core 1.3 §5.3).
const IDENTIFIER_LIMIT: usize = 255;

/// The longest name of a key; those that cannot be found are remembered for a while.
const KID_LIMIT: usize = 512;

/// A token taken apart. Nothing it says is known to be true yet.
pub(crate) struct Envelope<'a> {
    pub(crate) kid: String,
    pub(crate) algorithm: Algorithm,
    signed: &'a str,
    signature: &'a str,
    payload: Map<String, Value>,
}

impl<'a> Envelope<'a> {
    /// Takes a token apart. Of its header only `alg` and `kid` are read: a key that a token brings or points to (`jwk`,
    /// `jku`, `x5u`, `x5c`) proves nothing.
    pub(crate) fn open(token: &'a str, agreed: &[Algorithm]) -> Result<Self, Refusal> {
        let malformed = |part| Refusal::TokenMalformed { part };
        let mut parts = token.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed("form"));
        };
        let signed = &token[..header.len() + 1 + payload.len()];
        let header = object(header).ok_or(malformed("header"))?;
        let payload = object(payload).ok_or(malformed("body"))?;
        let found = header.get("alg").and_then(Value::as_str).ok_or(malformed("header"))?;
        let algorithm = found
            .parse()
            .ok()
            .filter(|algorithm| agreed.contains(algorithm))
            .ok_or_else(|| Refusal::AlgorithmRefused { found: shortened(found), agreed: agreed.to_vec() })?;
        let kid = match header.get("kid").and_then(Value::as_str) {
            Some(kid) if kid.len() > KID_LIMIT => return Err(malformed("header")),
            Some(kid) if !kid.is_empty() => kid.to_owned(),
            _ => return Err(Refusal::KidMissing),
        };
        Ok(Self { kid, algorithm, signed, signature, payload })
    }

    /// Who the token says it is from. Only good for refusing it early.
    pub(crate) fn claimed_issuer(&self) -> Option<&str> {
        self.payload.get("iss").and_then(Value::as_str)
    }

    /// Verifies the signature; from here on, what the token says is what the platform says.
    pub(crate) fn verify(self, key: &PlatformKey) -> Result<Verified, Refusal> {
        if !key.fits(self.algorithm) {
            return Err(Refusal::KeyTypeMismatch { kid: shortened(&self.kid), algorithm: self.algorithm });
        }
        let algorithm = self.algorithm.for_verification();
        match jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), &key.decoding, algorithm) {
            Ok(true) => Ok(Verified { claims: without_nul(self.payload) }),
            Ok(false) | Err(_) => Err(Refusal::SignatureInvalid { kid: shortened(&self.kid) }),
        }
    }
}

/// The claims of a token with a good signature.
pub(crate) struct Verified {
    claims: Map<String, Value>,
}

/// What a token must agree with.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) nonce: &'a Digest,
    pub(crate) login_target: &'a str,
    pub(crate) origins: &'a [Origin],
}

/// What a good token says.
pub(crate) struct Examined {
    pub(crate) message: Message,
    pub(crate) target_link_uri: Url,
    pub(crate) claims: Claims,
    pub(crate) warnings: Vec<Warning>,
}

impl Verified {
    /// How far the platform's clock is ahead of ours.
    pub(crate) fn clock_difference(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        Some(self.moment("iat").ok()?? - now)
    }

    /// Where the platform wants people to be sent: only from a token that was made for this login, and is not over.
    pub(crate) fn return_url(&self, expected: &Expected<'_>, now: DateTime<Utc>) -> Option<Url> {
        let is_for_this_login = self.check_parties(expected).is_ok()
            && self.check_time(now).is_ok()
            && expected.nonce.matches(self.text("nonce").unwrap_or_default());
        let address = self.claims.get(names::LAUNCH_PRESENTATION)?.get("return_url")?.as_str()?;
        web_address(address).filter(|_| is_for_this_login)
    }

    /// Examines every claim that something depends on.
    pub(crate) fn examine(self, expected: &Expected<'_>, now: DateTime<Utc>) -> Result<Examined, Refusal> {
        let missing = self.missing();
        if !missing.is_empty() {
            return Err(Refusal::ClaimsMissing(missing));
        }
        self.check_parties(expected)?;
        self.check_time(now)?;
        if !expected.nonce.matches(self.text("nonce").unwrap_or_default()) {
            return Err(Refusal::NonceMismatch);
        }
        match self.text(names::VERSION) {
            Some("1.3.0") => {}
            other => return Err(Refusal::VersionUnsupported { found: shortened(other.unwrap_or("?")) }),
        }
        match MessageType::parse(self.text(names::MESSAGE_TYPE).unwrap_or_default()) {
            MessageType::ResourceLink => self.resource_link_request(expected),
            MessageType::Other(name) => Err(Refusal::MessageUnsupported(MessageType::Other(shortened(&name)))),
            other => Err(Refusal::MessageUnsupported(other)),
        }
    }

    /// The required claims that are not there. `sub` may be missing (an anonymous launch), but not empty.
    fn missing(&self) -> Vec<&'static str> {
        let mut required = vec![
            ("iss", "iss"),
            ("aud", "aud"),
            ("exp", "exp"),
            ("iat", "iat"),
            ("nonce", "nonce"),
            ("message_type", names::MESSAGE_TYPE),
            ("version", names::VERSION),
            ("deployment_id", names::DEPLOYMENT_ID),
        ];
        let kind = self.text(names::MESSAGE_TYPE).map(MessageType::parse);
        let is_resource_link = matches!(kind, None | Some(MessageType::ResourceLink));
        if is_resource_link {
            required.extend([("roles", names::ROLES), ("target_link_uri", names::TARGET_LINK_URI)]);
        }
        let mut missing: Vec<_> =
            required.into_iter().filter(|(_, claim)| !self.has(claim)).map(|(name, _)| name).collect();
        let link_id = self.claims.get(names::RESOURCE_LINK).and_then(|link| link.get("id"));
        if is_resource_link && link_id.is_none_or(says_nothing) {
            missing.push("resource_link.id");
        }
        if self.text("sub").is_some_and(str::is_empty) {
            missing.push("sub");
        }
        missing
    }

    fn check_parties(&self, expected: &Expected<'_>) -> Result<(), Refusal> {
        let issuer = self.text("iss").unwrap_or_default();
        if issuer != expected.issuer {
            return Err(Refusal::RegistrationMismatch {
                expected: expected.issuer.to_owned(),
                found: shortened(issuer),
            });
        }
        let audience: Vec<&str> = match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().map(|one| one.as_str().unwrap_or("?")).collect(),
            _ => Vec::new(),
        };
        if audience.is_empty() || audience.iter().any(|one| *one != expected.client_id) {
            return Err(Refusal::AudienceMismatch {
                expected: expected.client_id.to_owned(),
                found: audience.into_iter().take(5).map(shortened).collect(),
            });
        }
        match self.claims.get("azp").filter(|party| !party.is_null()) {
            Some(party) if party.as_str() != Some(expected.client_id) => Err(Refusal::AuthorizedPartyMismatch {
                expected: expected.client_id.to_owned(),
                found: shortened(party.as_str().unwrap_or("?")),
            }),
            _ => Ok(()),
        }
    }

    fn check_time(&self, now: DateTime<Utc>) -> Result<(), Refusal> {
        let required = |claim| self.moment(claim)?.ok_or(Refusal::ClaimMalformed { claim, problem: "is not a time" });
        let (expires, issued) = (required("exp")?, required("iat")?);
        if expires + LEEWAY <= now {
            return Err(Refusal::TokenExpired { at: expires });
        }
        if issued + OLDEST + LEEWAY < now {
            return Err(Refusal::TokenTooOld { issued_at: issued });
        }
        if issued > now + LEEWAY {
            return Err(Refusal::TokenFromFuture { at: issued });
        }
        if expires < issued {
            return Err(Refusal::ClaimMalformed { claim: "exp", problem: "lies before its iat" });
        }
        match self.moment("nbf")? {
            Some(begins) if begins > now + LEEWAY => Err(Refusal::TokenFromFuture { at: begins }),
            _ => Ok(()),
        }
    }

    fn resource_link_request(self, expected: &Expected<'_>) -> Result<Examined, Refusal> {
        let mut warnings = Vec::new();
        let deployment_id = identifier("deployment_id", self.claims.get(names::DEPLOYMENT_ID))?.unwrap_or_default();
        let subject = identifier("sub", self.claims.get("sub"))?;
        if subject.as_deref().is_some_and(|subject| !subject.is_ascii()) {
            warnings.push(Warning::SubjectNotAscii);
        }
        let context = self.claims.get(names::CONTEXT).and_then(|context| context.get("id"));
        let context_id = identifier("context.id", context)?.filter(|id| !id.is_empty());
        let link = self.claims.get(names::RESOURCE_LINK);
        let link_id = identifier("resource_link.id", link.and_then(|link| link.get("id")))?.unwrap_or_default();
        let link = ResourceLink::read(link_id, &self.claims);
        let target = self.text(names::TARGET_LINK_URI).unwrap_or_default();
        let target_link_uri = web_address(target)
            .filter(|target| expected.origins.contains(&target.origin()))
            .ok_or_else(|| Refusal::TargetRefused { target: shortened(target) })?;
        if target_link_uri.as_str() != expected.login_target {
            warnings.push(Warning::TargetDiffersFromLogin);
        }
        let claims = Claims::read(subject, deployment_id, context_id, self.claims);
        Ok(Examined { message: Message::ResourceLink(link), target_link_uri, claims, warnings })
    }

    /// Whether a claim is there and says something; a list may be empty.
    fn has(&self, claim: &str) -> bool {
        self.claims.get(claim).is_some_and(|value| !says_nothing(value))
    }

    fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// A moment in seconds since 1970, whole or not.
    fn moment(&self, claim: &'static str) -> Result<Option<DateTime<Utc>>, Refusal> {
        match self.claims.get(claim) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => value
                .as_f64()
                .filter(|seconds| seconds.abs() < 1e11)
                .and_then(|seconds| {
                    #[expect(clippy::cast_possible_truncation, reason = "fits, by the line above")]
                    DateTime::from_timestamp_millis((seconds * 1000.0).round() as i64)
                })
                .map(Some)
                .ok_or(Refusal::ClaimMalformed { claim, problem: "is not a time" }),
        }
    }
}

fn says_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// An identifier, compared to the letter everywhere, so nothing about it is mended here.
fn identifier(claim: &'static str, value: Option<&Value>) -> Result<Option<String>, Refusal> {
    let malformed = |problem| Err(Refusal::ClaimMalformed { claim, problem });
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.chars().count() > IDENTIFIER_LIMIT => {
            malformed("has more than 255 characters")
        }
        Some(Value::String(text)) if text.chars().any(|letter| letter.is_control() || letter == NUL_MARK) => {
            malformed("has control characters in it")
        }
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => malformed("is not a text"),
    }
}

/// Reads one part of a token: a JSON object in base64.
fn object(part: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// What is shown to people of a value that a stranger chose.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

/// Stands where a NUL stood. Databases refuse NUL in text; left out, two identifiers could become the same one.
const NUL_MARK: char = '\u{fffd}';

fn without_nul(claims: Map<String, Value>) -> Map<String, Value> {
    claims.into_iter().map(|(name, value)| (mark_nul(name), clean(value))).collect()
}

fn clean(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(mark_nul(text)),
        Value::Array(values) => Value::Array(values.into_iter().map(clean).collect()),
        Value::Object(members) => Value::Object(without_nul(members)),
        other => other,
    }
}

fn mark_nul(text: String) -> String {
    if text.contains('\0') { text.replace('\0', &NUL_MARK.to_string()) } else { text }
}
