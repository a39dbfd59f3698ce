use crate::{http::HttpError, parameters::ParameterError};

/// Why a registration failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explanation())]
pub enum RegistrationRefused {
    /// What the platform brought is missing, doubled, too long or unreadable.
    Parameter(#[from] ParameterError),
    /// The platform's configuration cannot be had.
    ConfigurationUnavailable(HttpError),
    /// There is none at its address.
    ConfigurationStatus {
        /// What the server answered.
        status: u16,
    },
    /// It is not a JSON object.
    ConfigurationUnreadable,
    /// It lacks what no registration can do without.
    FieldMissing(&'static str),
    /// One of its values cannot be used.
    FieldMalformed(&'static str),
    /// It speaks for an issuer of another host.
    IssuerMismatch {
        /// The issuer it names.
        issuer: String,
        /// The host it stands on.
        host: String,
    },
    /// It wants the tool, and the token, to go to another host.
    EndpointMismatch {
        /// Where the registration endpoint stands.
        host: String,
        /// Where it should.
        expected: String,
    },
    /// The platform does not sign with RS256.
    AlgorithmNotOffered {
        /// What it signs with.
        offered: String,
    },
    /// The registration endpoint cannot be reached.
    EndpointUnavailable(HttpError),
    /// The platform did not register the tool.
    NotRegistered {
        /// What it answered.
        status: u16,
        /// The beginning of what it said.
        excerpt: String,
    },
    /// The platform's answer is not a JSON object.
    AnswerUnreadable,
    /// The platform's answer names no client id.
    NoClientId,
}

impl RegistrationRefused {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Parameter(error) => error.code(),
            Self::ConfigurationUnavailable(_) => "configuration_unavailable",
            Self::ConfigurationStatus { .. } => "configuration_missing",
            Self::ConfigurationUnreadable => "configuration_unreadable",
            Self::FieldMissing(_) => "configuration_incomplete",
            Self::FieldMalformed(_) => "configuration_malformed",
            Self::IssuerMismatch { .. } => "issuer_mismatch",
            Self::EndpointMismatch { .. } => "registration_endpoint_mismatch",
            Self::AlgorithmNotOffered { .. } => "alg_not_offered",
            Self::EndpointUnavailable(_) => "registration_endpoint_unavailable",
            Self::NotRegistered { .. } => "not_registered",
            Self::AnswerUnreadable => "registration_answer_unreadable",
            Self::NoClientId => "client_id_missing",
        }
    }

    /// The section of the specification whose rule was not kept.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Parameter(_) => "LTI Dynamic Registration 1.0 §3.4",
            Self::IssuerMismatch { .. } => "LTI Dynamic Registration 1.0 §3.5.1",
            Self::ConfigurationUnavailable(_)
            | Self::ConfigurationStatus { .. }
            | Self::ConfigurationUnreadable
            | Self::FieldMissing(_)
            | Self::FieldMalformed(_)
            | Self::EndpointMismatch { .. } => "LTI Dynamic Registration 1.0 §3.5",
            Self::AlgorithmNotOffered { .. } => "Security Framework 1.0 §5.1.3, step 6",
            Self::EndpointUnavailable(_) | Self::NotRegistered { .. } => "LTI Dynamic Registration 1.0 §3.6",
            Self::AnswerUnreadable | Self::NoClientId => "LTI Dynamic Registration 1.0 §3.6.1",
        }
    }

    /// Whether the platform may know the tool although the registration failed: it then has to be deleted there first.
    pub fn may_be_registered(&self) -> bool {
        match self {
            Self::EndpointUnavailable(error) => !matches!(error, HttpError::Refused(_)),
            Self::AnswerUnreadable | Self::NoClientId => true,
            _ => false,
        }
    }

    /// What is wrong and what to do, for the administrator.
    pub fn explanation(&self) -> String {
        match self {
            Self::Parameter(error) if error.name == "openid_configuration" => format!(
                "{} This address is opened by the learning platform: paste it where the platform asks for a registration \
                 address.",
                error.explanation()
            ),
            Self::Parameter(error) => error.explanation(),
            Self::ConfigurationUnavailable(error) => {
                format!("The platform's configuration could not be fetched: {error}. Check that this server can reach it.")
            }
            Self::ConfigurationStatus { status } => format!(
                "The platform answered {status} in place of its configuration. Begin the registration again in the platform; \
                 the address may have expired."
            ),
            Self::ConfigurationUnreadable => {
                "The platform answered with something that is not its configuration, perhaps a page to sign in. Its \
                 configuration must be there for everyone to read."
                    .to_owned()
            }
            Self::FieldMissing(name) => {
                format!("The platform's configuration has no `{name}`. Enter the platform's values by hand.")
            }
            Self::FieldMalformed(name) => format!(
                "`{name}` in the platform's configuration is not a complete http or https address. Enter the platform's \
                 values by hand."
            ),
            Self::IssuerMismatch { issuer, host } => format!(
                "The configuration came from {host}, but speaks for `{issuer}`. A platform can only speak for itself: let it \
                 give its own address as issuer, or enter its values by hand."
            ),
            Self::EndpointMismatch { host, expected } => format!(
                "The platform wants the tool registered at {host}, but its configuration came from {expected}. Enter the \
                 platform's values by hand."
            ),
            Self::AlgorithmNotOffered { offered } => {
                format!("The platform signs with {offered}; LTI asks for RS256. Let the platform sign with RS256.")
            }
            Self::EndpointUnavailable(error) => {
                format!("The platform's registration endpoint could not be reached: {error}. Try again.")
            }
            Self::NotRegistered { status, excerpt } if excerpt.is_empty() => {
                format!("The platform did not register the tool; it answered {status}. Begin again in the platform.")
            }
            Self::NotRegistered { status, excerpt } => format!(
                "The platform did not register the tool; it answered {status}: {excerpt}. Begin again in the platform."
            ),
            Self::AnswerUnreadable => {
                "The platform took the registration, but its answer cannot be read. Delete the tool there and begin again."
                    .to_owned()
            }
            Self::NoClientId => {
                "The platform took the registration, but named no client id. Delete the tool there and begin again."
                    .to_owned()
            }
        }
    }
}
