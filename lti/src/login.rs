//! Third-party initiated login: the platform says that somebody wants to launch, and is asked who it is.
//! (Security Framework 1.0 §5.1.1; LTI Core 1.3 §4.1)

use std::fmt;

use url::Url;

use crate::{
    parameters::{ParameterError, Parameters, Problem},
    storage::{Login, RegisteredIn, Registrations, StorageError},
};

/// Longest values taken. Hints are a platform's own business; the longest seen (Canvas, a token) has under 3 KB.
const IDENTIFIER_LIMIT: usize = 2 * 1024;
const HINT_LIMIT: usize = 16 * 1024;
const ADDRESS_LIMIT: usize = 4 * 1024;

/// What the platform sends to begin a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRequest {
    /// `iss`: the platform.
    pub issuer: String,
    /// `login_hint`: the platform's word for who it is; goes back unchanged.
    pub login_hint: String,
    /// `target_link_uri`: where the launch wants to go.
    pub target_link_uri: Url,
    /// `client_id`: which registration, where the platform has several.
    pub client_id: Option<String>,
    /// `lti_message_hint`: the platform's word for what is launched; goes back unchanged.
    pub lti_message_hint: Option<String>,
    /// `lti_deployment_id`: which deployment.
    pub deployment_id: Option<String>,
    /// `lti_storage_target`: the frame in which the platform keeps things for tools whose cookies are refused. A hint, and
    /// no more: some platforms name one and never answer.
    pub storage_target: Option<String>,
}

impl LoginRequest {
    /// Reads the query of a GET or the form body of a POST, as it came. Parameters it does not know are ignored.
    pub fn parse(encoded: &[u8]) -> Result<Self, ParameterError> {
        let parameters = Parameters::new(encoded);
        let target = parameters.required("target_link_uri", ADDRESS_LIMIT)?;
        Ok(Self {
            issuer: parameters.required("iss", IDENTIFIER_LIMIT)?,
            login_hint: parameters.required("login_hint", HINT_LIMIT)?,
            target_link_uri: web_address(&target)
                .ok_or(ParameterError { name: "target_link_uri", problem: Problem::NotAnAddress })?,
            client_id: parameters.optional("client_id", IDENTIFIER_LIMIT)?,
            lti_message_hint: parameters.optional("lti_message_hint", HINT_LIMIT)?,
            deployment_id: parameters.optional("lti_deployment_id", IDENTIFIER_LIMIT)?,
            storage_target: parameters.optional("lti_storage_target", IDENTIFIER_LIMIT).unwrap_or_default(),
        })
    }
}

/// An absolute http or https address with a host.
pub(crate) fn web_address(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// A login that has begun: the browser goes to the platform, and takes a secret along.
pub struct Begun<S: Registrations> {
    /// Where the browser goes next.
    pub redirect: Url,
    /// What the platform will hand back; [`crate::browser_key`] makes a cookie's name of it.
    pub state: String,
    /// What only this browser may know. The host keeps it there, best in a `__Host-` cookie that is `Secure`, `HttpOnly`,
    /// `SameSite=None` and `Partitioned`.
    pub browser_secret: String,
    /// What a browser that refuses the cookie may prove itself by, see [`crate::Tool::prove`]. The host's page keeps it in
    /// the frame's own storage or in the platform's, under the login's [`crate::browser_key`].
    pub storage_secret: String,
    /// The login as it is kept.
    pub login: Login,
    /// The registration that was found, and its platform.
    pub registered: RegisteredIn<S>,
}

impl<S: Registrations> fmt::Debug for Begun<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Begun").field("registered", &self.registered).finish_non_exhaustive()
    }
}

/// Why a login was refused.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explanation())]
pub enum LoginRefused {
    /// A parameter is missing, doubled, too long or unreadable.
    Parameter(#[from] ParameterError),
    /// Nobody registered this tool with that issuer and client id.
    RegistrationUnknown {
        /// The issuer that was named.
        issuer: String,
        /// The client id that was named.
        client_id: Option<String>,
        /// A registered issuer that differs only in case or by a slash at the end.
        near: Option<String>,
        /// Whether the issuer itself is known.
        issuer_known: bool,
    },
    /// The login names no client id, and the issuer has several.
    RegistrationAmbiguous {
        /// The issuer that was named.
        issuer: String,
        /// How many registrations it has.
        count: usize,
    },
    /// The login wants to go somewhere else than to this tool.
    TargetRefused {
        /// Where it wants to go.
        target: String,
    },
    /// The storage failed.
    Storage(#[from] StorageError),
}

impl LoginRefused {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Parameter(error) => error.code(),
            Self::RegistrationUnknown { .. } => "registration_unknown",
            Self::RegistrationAmbiguous { .. } => "registration_ambiguous",
            Self::TargetRefused { .. } => "target_refused",
            Self::Storage(_) => "storage_failed",
        }
    }

    /// The section of the specification whose rule was not kept.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Parameter(_) => "Security Framework 1.0 §5.1.1.1",
            Self::RegistrationUnknown { .. } | Self::RegistrationAmbiguous { .. } => "LTI Core 1.3 §4.1.3",
            Self::TargetRefused { .. } => "LTI Core 1.3 §5.3.4",
            Self::Storage(_) => "none: this tool's own fault",
        }
    }

    /// What is wrong and what to do, for the administrator.
    pub fn explanation(&self) -> String {
        match self {
            Self::Parameter(error) => error.explanation(),
            Self::RegistrationUnknown { issuer, near: Some(near), .. } => format!(
                "No platform is registered as `{issuer}`, but one is as `{near}`. The issuer must be the same to the letter: \
                 correct the registration."
            ),
            Self::RegistrationUnknown { issuer, client_id: Some(client_id), issuer_known: true, .. } => format!(
                "`{issuer}` is registered, but not with the client id `{client_id}`. Add a registration with that client id."
            ),
            Self::RegistrationUnknown { issuer, .. } => {
                format!("No platform is registered as `{issuer}`. Add a registration for it.")
            }
            Self::RegistrationAmbiguous { issuer, count } => format!(
                "`{issuer}` has {count} registrations and the platform did not send a client_id to tell which one is meant. \
                 Let the platform send it, or keep only one registration of that issuer."
            ),
            Self::TargetRefused { target } => format!(
                "The activity leads to `{target}`, which is not an address of this tool. Correct the launch address in the \
                 platform, or the tool's public address."
            ),
            Self::Storage(error) => format!("The tool's storage failed: {error}"),
        }
    }
}
