use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use url::Url;

use super::configuration::PlatformConfiguration;
use crate::claims::MessageType;

/// Where the tool says what of LTI it wants.
pub(super) const LTI: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";

/// What a tool says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolDescription {
    /// What people call it.
    pub name: String,
    /// What it is for, in a sentence.
    pub description: String,
    /// Where logins begin.
    pub login_url: Url,
    /// Where launches are posted.
    pub redirect_uris: Vec<Url>,
    /// Where a launch leads that names no other place.
    pub target_link_uri: Url,
    /// Where its keys are published.
    pub jwks_url: Url,
    /// Its picture.
    pub logo_url: Option<Url>,
    /// What it wants to do by the platform's services.
    pub scopes: Vec<String>,
    /// What it wants to be told about the person, beside `iss` and `sub`.
    pub claims: Vec<String>,
    /// Parameters that every launch is to carry.
    pub custom: BTreeMap<String, String>,
    /// The messages it takes.
    pub messages: Vec<ToolMessage>,
}

/// A message that a tool takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolMessage {
    /// Which one.
    pub kind: MessageType,
    /// What people see where it can be chosen.
    pub label: String,
    /// Where it should be offered, in the platforms' own words; those that a platform does not know are left out.
    pub placements: Vec<String>,
}

impl ToolDescription {
    /// What the platform is sent (§3.6; `OpenID` Connect Dynamic Client Registration 1.0 §3.1).
    pub fn request(&self, platform: &PlatformConfiguration) -> Value {
        let mut request = json!({
            "application_type": "web",
            "response_types": ["id_token"],
            "grant_types": ["implicit", "client_credentials"],
            "token_endpoint_auth_method": "private_key_jwt",
            "id_token_signed_response_alg": "RS256",
            "client_name": self.name,
            "initiate_login_uri": self.login_url,
            "redirect_uris": self.redirect_uris,
            "jwks_uri": self.jwks_url,
            "scope": self.scopes.join(" "),
            LTI: self.lti(platform),
        });
        if let Some(logo) = &self.logo_url {
            request["logo_uri"] = json!(logo);
        }
        request
    }

    fn lti(&self, platform: &PlatformConfiguration) -> Value {
        let claims: Vec<&str> = ["iss", "sub"].into_iter().chain(self.claims.iter().map(String::as_str)).collect();
        let messages: Vec<Value> = self.messages.iter().map(|message| self.message(message, platform)).collect();
        let mut configuration = json!({
            "domain": self.domain(),
            "description": self.description,
            "target_link_uri": self.target_link_uri,
            "claims": claims,
            "messages": messages,
        });
        if !self.custom.is_empty() {
            configuration["custom_parameters"] = json!(self.custom);
        }
        configuration
    }

    fn message(&self, message: &ToolMessage, platform: &PlatformConfiguration) -> Value {
        let mut members = Map::new();
        members.insert("type".to_owned(), json!(message.kind.name()));
        members.insert("target_link_uri".to_owned(), json!(self.target_link_uri));
        members.insert("label".to_owned(), json!(message.label));
        if let Some(known) = platform.placements(&message.kind) {
            let wanted: Vec<&String> =
                message.placements.iter().filter(|placement| known.contains(placement)).collect();
            members.insert("placements".to_owned(), json!(wanted));
        }
        Value::Object(members)
    }

    /// Host, and port where there is one: platforms find a tool for a pasted link by it.
    fn domain(&self) -> String {
        let host = self.target_link_uri.host_str().unwrap_or_default();
        self.target_link_uri.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}
