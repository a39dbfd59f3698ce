//! Deep Linking from the platform's side: an author is sent to the tool to choose, and what comes back is judged and placed.
//! (Deep Linking 2.0 §4)

use chrono::{DateTime, Utc};
use jsonwebtoken::Validation;
use rand::RngCore;
use serde_json::{Value, json};
use url::Url;

use super::{
    Platform,
    access::{LEEWAY, tool_key},
    login::Initiation,
    people::{Course, Link, Person, Visit},
};
use crate::{claims::names, digest::secret, parameters::Parameters};

const RESPONSE: &str = "https://purl.imsglobal.org/spec/lti-dl/claim";
/// The longest answer read, in bytes.
const ANSWER_LIMIT: usize = 256 * 1024;
/// How long an author's answer may be good. (Security Framework 1.0 §5.2.3)
const LONGEST_LIFE: i64 = 300;

/// An author who is sent to choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who.
    pub person: Person,
    /// In which course.
    pub course: Course,
    /// Where the tool's answer is posted to.
    pub return_url: Url,
    /// What comes back with the answer.
    pub data: String,
}

/// What an author chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The links to place, each with an id that the platform gave it.
    pub links: Vec<Link>,
    /// What the tool wants the author to be told.
    pub message: Option<String>,
    /// What was sent along with the author.
    pub data: String,
}

/// Why an answer is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacingRefusal {
    /// The form has no field `JWT`.
    #[error("the form has no field JWT")]
    NoAnswer,
    /// The signature is not the tool's.
    #[error("the answer is not signed by the tool: {0}")]
    Signature(String),
    /// A claim is not what it has to be.
    #[error("{0} is not what it has to be")]
    Claim(&'static str),
    /// An item is of a kind that was not asked for.
    #[error("only items of the type ltiResourceLink are taken")]
    Kind,
}

impl Platform {
    /// Begins a login by which an author comes to the tool to choose.
    pub fn send_to_choose(&self, author: &Author, now: DateTime<Utc>, rng: &mut dyn RngCore) -> Initiation {
        let visit =
            Visit { person: author.person.clone(), course: author.course.clone(), link: Link::new("", "", &[]) };
        let settings = json!({
            "deep_link_return_url": author.return_url,
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": true,
            "accept_lineitem": true,
            "data": author.data,
        });
        self.begin(&self.clients[0], &visit, Some(settings), now, rng)
    }

    /// A launch's claims as those of a request to choose.
    pub(super) fn as_request_to_choose(mut claims: Value, settings: Value) -> Value {
        if let Some(claims) = claims.as_object_mut() {
            for unsaid in [names::RESOURCE_LINK, names::CUSTOM, names::AGS] {
                claims.remove(unsaid);
            }
            claims.insert(names::MESSAGE_TYPE.to_owned(), json!("LtiDeepLinkingRequest"));
            claims.insert(names::DEEP_LINKING_SETTINGS.to_owned(), settings);
        }
        claims
    }

    /// Judges the form that an author's browser brings from the tool. `tool_keys` is the key set that the tool publishes.
    pub fn placed(
        &self,
        encoded: &[u8],
        tool_keys: &Value,
        now: DateTime<Utc>,
        rng: &mut dyn RngCore,
    ) -> Result<Placed, PlacingRefusal> {
        let answer = Parameters::new(encoded).optional("JWT", ANSWER_LIMIT).ok().flatten();
        let token = answer.ok_or(PlacingRefusal::NoAnswer)?;
        let key = tool_key(&token, tool_keys).map_err(PlacingRefusal::Signature)?;
        let mut signature_only = Validation::new(jsonwebtoken::Algorithm::RS256);
        // The library would ask the system's clock; what is claimed is compared below.
        signature_only.validate_exp = false;
        signature_only.validate_aud = false;
        signature_only.required_spec_claims.clear();
        let claims = jsonwebtoken::decode::<Value>(&token, &key, &signature_only)
            .map_err(|error| PlacingRefusal::Signature(error.to_string()))?
            .claims;
        self.examine_placed(&claims, now)?;
        let items = claims[format!("{RESPONSE}/content_items")].as_array().cloned().unwrap_or_default();
        let links = items.iter().map(|item| link(item, rng)).collect::<Option<_>>().ok_or(PlacingRefusal::Kind)?;
        let text = |name: &str| claims[format!("{RESPONSE}/{name}")].as_str().map(str::to_owned);
        Ok(Placed { links, message: text("msg"), data: text("data").unwrap_or_default() })
    }

    fn examine_placed(&self, claims: &Value, now: DateTime<Utc>) -> Result<(), PlacingRefusal> {
        let is = |name: &'static str, holds: bool| if holds { Ok(()) } else { Err(PlacingRefusal::Claim(name)) };
        let number = |name: &str| claims[name].as_i64().unwrap_or_default();
        let (issued, expires) = (number("iat"), number("exp"));
        is("iss", self.clients.iter().any(|client| claims["iss"] == **client))?;
        is("aud", claims["aud"] == *self.addresses.issuer)?;
        is("iat", issued > 0 && issued <= now.timestamp() + LEEWAY.num_seconds())?;
        is("exp", expires > now.timestamp() && expires - issued <= LONGEST_LIFE)?;
        is("nonce", claims["nonce"].as_str().is_some_and(|nonce| !nonce.is_empty()))?;
        is("message_type", claims[names::MESSAGE_TYPE] == "LtiDeepLinkingResponse")?;
        is("version", claims[names::VERSION] == "1.3.0")?;
        is("deployment_id", claims[names::DEPLOYMENT_ID] == *self.placement.deployment_id)
    }
}

fn link(item: &Value, rng: &mut dyn RngCore) -> Option<Link> {
    if item["type"] != "ltiResourceLink" {
        return None;
    }
    let title = item["title"].as_str().unwrap_or("Untitled");
    let mut link = Link::new(&format!("placed-{}", secret(rng)), title, &[]);
    let custom = item["custom"].as_object().into_iter().flatten();
    link.custom = custom.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect();
    Some(link)
}
