//! The id token: taken apart, verified, and examined claim by claim. No network, no clock. (Security Framework 1.0 §5.1.3;
//! LTI Core 1.3 §5.3)

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use url::{Origin, Url};

use crate::{
    algorithm::Algorithm,
    claims::{Claims, MessageType, ResourceLink, names},
    deep_linking::DeepLinkingRequest,
    digest::Digest,
    fields::Fields,
    jwks::PlatformKey,
    launch::{Message, Warning},
    login::web_address,
    refusal::Refusal,
    review::{ForUser, SubmissionReview},
};

/// How far clocks may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(60);
/// How old a token may be when it arrives: the time a login has.
const OLDEST: TimeDelta = TimeDelta::minutes(10);
/// How old a notice may be when it arrives: a platform may try again for a while.
const OLDEST_NOTICE: TimeDelta = TimeDelta::hours(24);
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

    /// Itself, if it is signed in a way that was agreed with its platform.
    pub(crate) fn agreed(self, agreed: &[Algorithm]) -> Result<Self, Refusal> {
        if agreed.contains(&self.algorithm) {
            Ok(self)
        } else {
            Err(Refusal::AlgorithmRefused { found: self.algorithm.name().to_owned(), agreed: agreed.to_vec() })
        }
    }

    /// Who the token says it is from. Only good for refusing it early, or for finding out whose key to verify it by.
    pub(crate) fn claimed_issuer(&self) -> Option<&str> {
        self.payload.get("iss").and_then(Value::as_str)
    }

    /// For whom the token says it is, where that is one party.
    pub(crate) fn claimed_audience(&self) -> Option<&str> {
        match self.payload.get("aud")? {
            Value::Array(parties) => parties.first().filter(|_| parties.len() == 1)?.as_str(),
            party => party.as_str(),
        }
    }

    /// Verifies the signature; from here on, what the token says is what the platform says.
    pub(crate) fn verify(self, key: &PlatformKey) -> Result<Verified, Refusal> {
        if !key.fits(self.algorithm) {
            return Err(Refusal::KeyTypeMismatch { kid: shortened(&self.kid), algorithm: self.algorithm });
        }
        let algorithm = self.algorithm.for_verification();
        match jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), &key.decoding, algorithm) {
            Ok(true) => {
                let settings = self.payload.get(names::DEEP_LINKING_SETTINGS);
                let deep_linking_data = settings.and_then(|settings| settings.get("data")).cloned();
                Ok(Verified { claims: without_nul(self.payload), deep_linking_data })
            }
            Ok(false) | Err(_) => Err(Refusal::SignatureInvalid { kid: shortened(&self.kid) }),
        }
    }
}

/// The claims of a token with a good signature.
pub(crate) struct Verified {
    claims: Map<String, Value>,
    /// What goes back to the platform byte for byte, so even with what else is taken out of claims.
    deep_linking_data: Option<Value>,
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

/// What a good notice says.
pub(crate) struct ExaminedNotice {
    pub(crate) deployment_id: String,
    pub(crate) once: Digest,
    pub(crate) until: DateTime<Utc>,
    pub(crate) claims: Map<String, Value>,
}

impl Verified {
    /// How far the platform's clock is ahead of ours.
    pub(crate) fn clock_difference(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        Some(self.moment("iat").ok()?? - now)
    }

    /// Where the platform wants people to be sent: only from a token that was made for this login, and is not over.
    pub(crate) fn return_url(&self, expected: &Expected<'_>, now: DateTime<Utc>) -> Option<Url> {
        let is_for_this_login = self.check_parties(expected.issuer, expected.client_id).is_ok()
            && self.check_time(now, OLDEST).is_ok()
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
        self.check_parties(expected.issuer, expected.client_id)?;
        self.check_time(now, OLDEST)?;
        if !expected.nonce.matches(self.text("nonce").unwrap_or_default()) {
            return Err(Refusal::NonceMismatch);
        }
        self.check_version()?;
        let message = match MessageType::parse(self.text(names::MESSAGE_TYPE).unwrap_or_default()) {
            MessageType::ResourceLink => {
                Message::ResourceLink(self.resource_link()?.ok_or(Refusal::ClaimsMissing(vec!["resource_link.id"]))?)
            }
            MessageType::DeepLinking => Message::DeepLinking(Box::new(self.deep_linking_request()?)),
            MessageType::SubmissionReview => Message::SubmissionReview(Box::new(self.submission_review()?)),
            MessageType::Other(name) => return Err(Refusal::MessageUnsupported(MessageType::Other(shortened(&name)))),
            known @ MessageType::DataPrivacy => return Err(Refusal::MessageUnsupported(known)),
        };
        self.examined(message, expected)
    }

    /// Examines a notice, which belongs to no login and may be on its way for a day. (Platform Notification Service 1.0)
    pub(crate) fn examine_notice(
        self,
        issuer: &str,
        client_id: &str,
        now: DateTime<Utc>,
    ) -> Result<ExaminedNotice, Refusal> {
        let required = ["iss", "aud", "exp", "iat", "nonce", names::VERSION, names::DEPLOYMENT_ID]
            .map(|claim| (claim, self.has(claim)));
        let members = [("notice.id", "id"), ("notice.type", "type")]
            .map(|(name, member)| (name, self.member(names::NOTICE, member).is_some_and(|value| !says_nothing(value))));
        let missing: Vec<_> =
            required.into_iter().chain(members).filter(|(_, is_there)| !is_there).map(|(name, _)| name).collect();
        if !missing.is_empty() {
            return Err(Refusal::ClaimsMissing(missing));
        }
        self.check_parties(issuer, client_id)?;
        self.check_time(now, OLDEST_NOTICE)?;
        self.check_version()?;
        let nonce = identifier("nonce", self.claims.get("nonce"))?.unwrap_or_default();
        let expires = self.moment("exp")?.unwrap_or(now).min(now + OLDEST_NOTICE);
        Ok(ExaminedNotice {
            deployment_id: self.deployment_id()?,
            once: Digest::of(&format!("{issuer}\n{client_id}\n{nonce}")),
            until: expires + LEEWAY + LEEWAY,
            claims: self.claims,
        })
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
        if matches!(kind, None | Some(MessageType::ResourceLink | MessageType::SubmissionReview)) {
            required.extend([("roles", names::ROLES), ("target_link_uri", names::TARGET_LINK_URI)]);
        }
        let members: &[_] = match kind {
            None | Some(MessageType::ResourceLink) => &[("resource_link.id", names::RESOURCE_LINK, "id")],
            Some(MessageType::DeepLinking) => &[
                ("deep_linking_settings.deep_link_return_url", names::DEEP_LINKING_SETTINGS, "deep_link_return_url"),
                ("deep_linking_settings.accept_types", names::DEEP_LINKING_SETTINGS, "accept_types"),
            ],
            Some(MessageType::SubmissionReview) => {
                &[("for_user.user_id", names::FOR_USER, "user_id"), ("endpoint.lineitem", names::AGS, "lineitem")]
            }
            Some(_) => &[],
        };
        let mut missing: Vec<_> =
            required.into_iter().filter(|(_, claim)| !self.has(claim)).map(|(name, _)| name).collect();
        let absent = members.iter().filter(|(_, claim, member)| self.member(claim, member).is_none_or(says_nothing));
        missing.extend(absent.map(|(name, ..)| *name));
        if self.text("sub").is_some_and(str::is_empty) {
            missing.push("sub");
        }
        missing
    }

    fn check_parties(&self, issuer: &str, client_id: &str) -> Result<(), Refusal> {
        let found = self.text("iss").unwrap_or_default();
        if found != issuer {
            return Err(Refusal::RegistrationMismatch { expected: issuer.to_owned(), found: shortened(found) });
        }
        let audience: Vec<&str> = match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().map(|one| one.as_str().unwrap_or("?")).collect(),
            _ => Vec::new(),
        };
        if audience.is_empty() || audience.iter().any(|one| *one != client_id) {
            return Err(Refusal::AudienceMismatch {
                expected: client_id.to_owned(),
                found: audience.into_iter().take(5).map(shortened).collect(),
            });
        }
        match self.claims.get("azp").filter(|party| !party.is_null()) {
            Some(party) if party.as_str() != Some(client_id) => Err(Refusal::AuthorizedPartyMismatch {
                expected: client_id.to_owned(),
                found: shortened(party.as_str().unwrap_or("?")),
            }),
            _ => Ok(()),
        }
    }

    fn check_time(&self, now: DateTime<Utc>, oldest: TimeDelta) -> Result<(), Refusal> {
        let required = |claim| self.moment(claim)?.ok_or(Refusal::ClaimMalformed { claim, problem: "is not a time" });
        let (expires, issued) = (required("exp")?, required("iat")?);
        if expires + LEEWAY <= now {
            return Err(Refusal::TokenExpired { at: expires });
        }
        if issued + oldest + LEEWAY < now {
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

    fn check_version(&self) -> Result<(), Refusal> {
        match self.text(names::VERSION) {
            Some("1.3.0") => Ok(()),
            other => Err(Refusal::VersionUnsupported { found: shortened(other.unwrap_or("?")) }),
        }
    }

    fn resource_link(&self) -> Result<Option<ResourceLink>, Refusal> {
        let id = identifier("resource_link.id", self.member(names::RESOURCE_LINK, "id"))?;
        Ok(id.map(|id| ResourceLink::read(id, &self.claims)))
    }

    fn deep_linking_request(&self) -> Result<DeepLinkingRequest, Refusal> {
        let settings = Fields::of(&self.claims, names::DEEP_LINKING_SETTINGS);
        DeepLinkingRequest::read(settings, self.deep_linking_data.clone()).ok_or(Refusal::ClaimMalformed {
            claim: "deep_linking_settings.deep_link_return_url",
            problem: "is not a complete http or https address",
        })
    }

    fn submission_review(&self) -> Result<SubmissionReview, Refusal> {
        let user_id = identifier("for_user.user_id", self.member(names::FOR_USER, "user_id"))?.unwrap_or_default();
        let line_item = Fields::of(&self.claims, names::AGS).address("lineitem").ok_or(Refusal::ClaimMalformed {
            claim: "endpoint.lineitem",
            problem: "is not a complete http or https address",
        })?;
        let for_user = ForUser::read(user_id, Fields::of(&self.claims, names::FOR_USER));
        Ok(SubmissionReview { for_user, line_item, resource_link: self.resource_link()? })
    }

    /// What all messages have in common.
    fn examined(self, message: Message, expected: &Expected<'_>) -> Result<Examined, Refusal> {
        let mut warnings = Vec::new();
        let deployment_id = self.deployment_id()?;
        let subject = identifier("sub", self.claims.get("sub"))?;
        if subject.as_deref().is_some_and(|subject| !subject.is_ascii()) {
            warnings.push(Warning::SubjectNotAscii);
        }
        let context_id = identifier("context.id", self.member(names::CONTEXT, "id"))?.filter(|id| !id.is_empty());
        let target = self.text(names::TARGET_LINK_URI).unwrap_or(expected.login_target);
        let target_link_uri = web_address(target)
            .filter(|target| expected.origins.contains(&target.origin()))
            .ok_or_else(|| Refusal::TargetRefused { target: shortened(target) })?;
        if target_link_uri.as_str() != expected.login_target {
            warnings.push(Warning::TargetDiffersFromLogin);
        }
        let claims = Claims::read(subject, deployment_id, context_id, self.claims);
        Ok(Examined { message, target_link_uri, claims, warnings })
    }

    fn deployment_id(&self) -> Result<String, Refusal> {
        Ok(identifier("deployment_id", self.claims.get(names::DEPLOYMENT_ID))?.unwrap_or_default())
    }

    /// Whether a claim is there and says something; a list may be empty.
    fn has(&self, claim: &str) -> bool {
        self.claims.get(claim).is_some_and(|value| !says_nothing(value))
    }

    /// A member of a claim that is an object.
    fn member(&self, claim: &str, name: &str) -> Option<&Value> {
        self.claims.get(claim)?.get(name)
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
pub(crate) fn identifier(claim: &'static str, value: Option<&Value>) -> Result<Option<String>, Refusal> {
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

pub(crate) fn without_nul(claims: Map<String, Value>) -> Map<String, Value> {
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
