use serde_json::{Map, Value};
use url::Url;

use super::refused::RegistrationRefused;
use crate::{algorithm::Algorithm, claims::MessageType, fields::Fields};

/// Where the platform says what of LTI it knows.
const LTI: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";
/// Canvas' name for the account of a school.
const CANVAS_ACCOUNT: &str = "https://canvas.instructure.com/lti/account_name";
/// An issuer longer than this cannot stand in a token's claim.
const ISSUER_LIMIT: usize = 255;

/// What a platform says about itself (§3.5). A value of the wrong kind in an optional field counts as missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformConfiguration {
    /// What its tokens will name as `iss`, to the letter.
    pub issuer: String,
    /// Where logins are answered.
    pub authorization_endpoint: Url,
    /// Where access tokens are given out.
    pub token_endpoint: Url,
    /// Where its keys are published.
    pub jwks_uri: Url,
    /// Where a tool is registered; may hold a secret.
    pub registration_endpoint: Url,
    /// The audience of a tool's assertions, where the platform says that it is not the token endpoint.
    pub authorization_server: Option<Url>,
    /// Its product family: `moodle`, `canvas`, …
    pub product_family_code: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// The school's name, where the platform tells it.
    pub account_name: Option<String>,
    /// The messages it can send.
    pub messages: Vec<SupportedMessage>,
}

/// A message that a platform can send, and the places it can be sent from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportedMessage {
    /// Which one.
    pub kind: MessageType,
    /// From where; empty where the platform does not say.
    pub placements: Vec<String>,
}

impl PlatformConfiguration {
    /// Reads the document.
    pub fn parse(document: &[u8]) -> Result<Self, RegistrationRefused> {
        let Ok(Value::Object(document)) = serde_json::from_slice(document) else {
            return Err(RegistrationRefused::ConfigurationUnreadable);
        };
        let fields = Fields::new(&document);
        let issuer = fields.text("issuer").ok_or(RegistrationRefused::FieldMissing("issuer"))?;
        if issuer.len() > ISSUER_LIMIT || issuer.contains(char::is_control) {
            return Err(RegistrationRefused::FieldMalformed("issuer"));
        }
        let lti = Fields::of(&document, LTI);
        let configuration = Self {
            issuer,
            authorization_endpoint: address(&document, "authorization_endpoint")?,
            token_endpoint: address(&document, "token_endpoint")?,
            jwks_uri: address(&document, "jwks_uri")?,
            registration_endpoint: address(&document, "registration_endpoint")?,
            authorization_server: fields.address("authorization_server"),
            product_family_code: lti.text("product_family_code"),
            version: lti.text("version"),
            account_name: lti.text(CANVAS_ACCOUNT),
            messages: lti.value("messages_supported").map(messages).unwrap_or_default(),
        };
        agreeable(&fields.texts("id_token_signing_alg_values_supported"))?;
        Ok(configuration)
    }

    /// The places a message can be sent from; `None` where the platform does not say.
    pub(super) fn placements(&self, kind: &MessageType) -> Option<&[String]> {
        let says = self.messages.iter().any(|message| !message.placements.is_empty());
        let of_kind = self.messages.iter().find(|message| message.kind == *kind);
        says.then(|| of_kind.map_or(&[][..], |message| &message.placements))
    }
}

fn address(document: &Map<String, Value>, name: &'static str) -> Result<Url, RegistrationRefused> {
    match document.get(name) {
        None | Some(Value::Null) => Err(RegistrationRefused::FieldMissing(name)),
        Some(_) => Fields::new(document).address(name).ok_or(RegistrationRefused::FieldMalformed(name)),
    }
}

/// RS256 is what is agreed on, whatever else is offered.
fn agreeable(offered: &[String]) -> Result<(), RegistrationRefused> {
    if offered.is_empty() || offered.iter().any(|name| name == Algorithm::Rs256.name()) {
        return Ok(());
    }
    Err(RegistrationRefused::AlgorithmNotOffered { offered: offered.join(", ") })
}

/// Objects as the specification has them, or bare names as Moodle has.
fn messages(listed: &Value) -> Vec<SupportedMessage> {
    let entries = listed.as_array().into_iter().flatten();
    entries
        .filter_map(|entry| match entry {
            Value::String(name) => Some(SupportedMessage { kind: MessageType::parse(name), placements: Vec::new() }),
            Value::Object(message) => {
                let fields = Fields::new(message);
                let kind = MessageType::parse(&fields.text("type")?);
                Some(SupportedMessage { kind, placements: fields.texts("placements") })
            }
            _ => None,
        })
        .collect()
}
