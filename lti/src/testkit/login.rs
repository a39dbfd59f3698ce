//! Opening the tool: login initiation, and the authorization endpoint that answers with a signed id token.
//! (LTI Core 1.3 §4.1; Security Framework 1.0 §5.1.1)

use chrono::{DateTime, Utc};
use rand::RngCore;
use serde_json::Value;
use url::Url;

use super::{
    Platform,
    family::{self, Hints},
    people::Visit,
};
use crate::{
    digest::{browser_key, secret},
    keys::KeyError,
    parameters::Parameters,
};

/// The longest parameter read, in bytes.
const PARAMETER_LIMIT: usize = 16 * 1024;

/// The hints that are out.
#[derive(Debug, Clone)]
pub(super) struct Hint {
    visit: Visit,
    /// For an author who comes to choose: what the tool is asked for.
    settings: Option<Value>,
    client_id: String,
    expires_at: DateTime<Utc>,
}

/// A login as the platform begins it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Initiation {
    /// The tool's login address.
    pub login: Url,
    /// What it is told, by query or by form.
    pub parameters: Vec<(&'static str, String)>,
}

impl Initiation {
    /// The whole as an address, for a GET.
    pub fn address(&self) -> Url {
        let mut address = self.login.clone();
        address.query_pairs_mut().extend_pairs(&self.parameters);
        address
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }
}

/// What comes of an authorization request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorized {
    /// The browser posts this to the tool.
    Posted {
        /// The tool's launch address.
        action: Url,
        /// The form's fields.
        fields: Vec<(&'static str, String)>,
    },
    /// The person is told; nothing goes to an address that cannot be trusted.
    Shown(AuthorizationRefusal),
}

/// Why an authorization request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuthorizationRefusal {
    /// The client is not known.
    #[error("client_id is not the one this platform gave to the tool")]
    UnknownClient,
    /// The answer would go to a foreign address.
    #[error("redirect_uri is not the one registered for the tool")]
    UnregisteredRedirect,
    /// See Security Framework 1.0 §5.1.1.2, as for the next ones.
    #[error("scope must be openid")]
    Scope,
    /// Not an implicit flow.
    #[error("response_type must be id_token")]
    ResponseType,
    /// Not by form.
    #[error("response_mode must be form_post")]
    ResponseMode,
    /// The platform may not ask.
    #[error("prompt must be none")]
    Prompt,
    /// Nothing to sign.
    #[error("nonce is missing")]
    Nonce,
    /// Nothing to hand back.
    #[error("state is missing")]
    State,
    /// The hints lead to no visit.
    #[error("the hints name nobody who opened an activity in the last minutes; open it again from the course")]
    Hint,
    /// Somebody else is signed in.
    #[error("the hints name somebody else than the person who is signed in here")]
    SomebodyElse,
}

impl AuthorizationRefusal {
    /// The word for it in `OpenID` Connect Core 1.0 (§3.1.2.6); `None` where the tool's address cannot be trusted.
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::UnknownClient | Self::UnregisteredRedirect => None,
            Self::Scope => Some("invalid_scope"),
            Self::ResponseType => Some("unsupported_response_type"),
            Self::ResponseMode | Self::Prompt | Self::Nonce | Self::State => Some("invalid_request"),
            Self::Hint | Self::SomebodyElse => Some("login_required"),
        }
    }
}

impl Platform {
    /// Begins a login: somebody opens a link that leads to the tool under its first client id.
    pub fn open(&self, visit: &Visit, now: DateTime<Utc>, rng: &mut dyn RngCore) -> Initiation {
        let client_id = self.clients[0].clone();
        self.open_as(&client_id, visit, now, rng)
    }

    /// Begins a login under that client id.
    pub fn open_as(&self, client_id: &str, visit: &Visit, now: DateTime<Utc>, rng: &mut dyn RngCore) -> Initiation {
        self.begin(client_id, visit, None, now, rng)
    }

    /// Begins a login: of a launch, or of an author's request to choose.
    pub(super) fn begin(
        &self,
        client_id: &str,
        visit: &Visit,
        settings: Option<Value>,
        now: DateTime<Utc>,
        rng: &mut dyn RngCore,
    ) -> Initiation {
        let key = match self.quirks.hints {
            Hints::PerVisit | Hints::Once => secret(rng),
            Hints::PerPersonAndLink => browser_key(&format!("{client_id} {} {}", visit.link.id, visit.person.id)),
        };
        let hint = Hint {
            visit: visit.clone(),
            settings,
            client_id: client_id.to_owned(),
            expires_at: now + self.quirks.hint_lifetime,
        };
        let mut state = self.state();
        state.hints.retain(|_, hint| hint.expires_at > now);
        state.hints.insert(key.clone(), hint);
        drop(state);
        let mut parameters = vec![
            ("iss", self.addresses.issuer.clone()),
            ("login_hint", self.login_hint_of(&visit.person.id)),
            ("target_link_uri", self.placement.target_link_uri.to_string()),
            ("lti_message_hint", key),
            ("lti_deployment_id", self.placement.deployment_id.clone()),
            ("client_id", client_id.to_owned()),
        ];
        parameters.extend(self.quirks.storage_target.map(|target| ("lti_storage_target", target.to_owned())));
        parameters.extend(self.quirks.login_extras.iter().map(|(name, value)| (*name, (*value).to_owned())));
        Initiation { login: self.placement.login.clone(), parameters }
    }

    /// The authorization endpoint: judges the query or form that the browser brings. `signed_in` is the id of whoever is
    /// signed in at the platform, where it keeps that; another person's launch is then refused.
    pub fn authorize(
        &self,
        encoded: &[u8],
        signed_in: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Authorized, KeyError> {
        let request = Parameters::new(encoded);
        let refusal = match self.visit(&request, signed_in, now) {
            Ok((hint, nonce, action)) => {
                let mut claims = self.claims(&hint.visit, &hint.client_id, &nonce, now);
                if let Some(settings) = hint.settings {
                    claims = Self::as_request_to_choose(claims, settings);
                }
                return Ok(self.posted(&request, action, vec![("id_token", self.sign(&claims)?)]));
            }
            Err(refusal) => refusal,
        };
        let strict = self.quirks.authorization == family::Authorization::Strict;
        Ok(match (refusal.code().filter(|_| strict), self.redirect(&request)) {
            (Some(code), Some(action)) => {
                let fields = vec![("error", code.to_owned()), ("error_description", refusal.to_string())];
                self.posted(&request, action, fields)
            }
            _ => Authorized::Shown(refusal),
        })
    }

    fn posted(&self, request: &Parameters<'_>, action: Url, mut fields: Vec<(&'static str, String)>) -> Authorized {
        fields.extend(read(request, "state").map(|state| ("state", state)));
        fields.extend(self.quirks.storage_target.map(|target| ("lti_storage_target", target.to_owned())));
        Authorized::Posted { action, fields }
    }

    fn redirect(&self, request: &Parameters<'_>) -> Option<Url> {
        let wanted = read(request, "redirect_uri")?;
        self.placement.redirect_uris.iter().find(|registered| registered.as_str() == wanted).cloned()
    }

    /// What is launched, the nonce to sign, and where the answer goes.
    fn visit(
        &self,
        request: &Parameters<'_>,
        signed_in: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<(Hint, String, Url), AuthorizationRefusal> {
        use AuthorizationRefusal as Refusal;
        let client = read(request, "client_id").filter(|id| self.clients.contains(id)).ok_or(Refusal::UnknownClient)?;
        let action = self.redirect(request).ok_or(Refusal::UnregisteredRedirect)?;
        let strict = self.quirks.authorization == family::Authorization::Strict;
        let demand = |name, expected: &str, refusal| {
            if !strict || read(request, name).as_deref() == Some(expected) { Ok(()) } else { Err(refusal) }
        };
        demand("scope", "openid", Refusal::Scope)?;
        demand("response_type", "id_token", Refusal::ResponseType)?;
        demand("response_mode", "form_post", Refusal::ResponseMode)?;
        demand("prompt", "none", Refusal::Prompt)?;
        let nonce = read(request, "nonce").ok_or(Refusal::Nonce)?;
        read(request, "state").ok_or(Refusal::State)?;
        let login_hint = read(request, "login_hint").ok_or(Refusal::Hint)?;
        let key = read(request, "lti_message_hint").ok_or(Refusal::Hint)?;
        let hint = self.hint(&key, now).filter(|hint| hint.client_id == client).ok_or(Refusal::Hint)?;
        let person = &hint.visit.person.id;
        if strict && self.login_hint_of(person) != login_hint {
            return Err(Refusal::Hint);
        }
        if strict && signed_in.is_some_and(|id| id != person) {
            return Err(Refusal::SomebodyElse);
        }
        Ok((hint, nonce, action))
    }

    fn login_hint_of(&self, person_id: &str) -> String {
        if self.quirks.login_hint_encoded_twice {
            percent_encoding::utf8_percent_encode(person_id, percent_encoding::NON_ALPHANUMERIC).to_string()
        } else {
            person_id.to_owned()
        }
    }

    /// Looks a hint up, and spends it where hints are for once.
    fn hint(&self, key: &str, now: DateTime<Utc>) -> Option<Hint> {
        let mut state = self.state();
        let hint = match self.quirks.hints {
            Hints::Once => state.hints.remove(key),
            Hints::PerVisit | Hints::PerPersonAndLink => state.hints.get(key).cloned(),
        };
        hint.filter(|hint| now < hint.expires_at)
    }

    /// Signs claims as this platform signs them at present.
    pub fn sign(&self, claims: &Value) -> Result<String, KeyError> {
        let key = self.signing_key();
        let mut header = key.header();
        if let Some(kind) = self.quirks.token_type_header {
            header["typ"] = kind.into();
        }
        key.sign_as(&header, claims)
    }
}

fn read(request: &Parameters<'_>, name: &'static str) -> Option<String> {
    request.optional(name, PARAMETER_LIMIT).ok().flatten()
}
