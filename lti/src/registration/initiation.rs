use std::fmt;

use http::HeaderValue;
use url::Url;

use super::refused::RegistrationRefused;
use crate::{
    login::web_address,
    parameters::{ParameterError, Parameters, Problem},
};

const ADDRESS_LIMIT: usize = 4 * 1024;
/// The longest token seen (Moodle, a signed one) has under 1 KB.
const TOKEN_LIMIT: usize = 16 * 1024;

/// What the platform brings to the tool's registration address (§3.4).
#[derive(Clone, PartialEq, Eq)]
pub struct Initiation {
    /// Where the platform says about itself what it is.
    pub configuration_url: Url,
    /// What lets the bearer register one tool.
    token: Option<String>,
}

impl Initiation {
    /// Reads the query as it came. Parameters it does not know are ignored.
    pub fn parse(encoded: &[u8]) -> Result<Self, RegistrationRefused> {
        let parameters = Parameters::new(encoded);
        let address = parameters.required("openid_configuration", ADDRESS_LIMIT)?;
        let malformed = ParameterError { name: "openid_configuration", problem: Problem::NotAnAddress };
        Ok(Self {
            configuration_url: web_address(&address).ok_or(malformed)?,
            token: parameters.optional("registration_token", TOKEN_LIMIT)?,
        })
    }

    /// The token as a header. What no header can hold is no token.
    pub(super) fn authorization(&self) -> Option<HeaderValue> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.token.as_ref()?)).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Initiation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.configuration_url.host_str();
        formatter.debug_struct("Initiation").field("host", &host).finish_non_exhaustive()
    }
}
