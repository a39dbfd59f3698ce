//! Why a launch is refused: one variant a rule.

use chrono::{DateTime, Utc};

use crate::{
    algorithm::Algorithm, claims::MessageType, jwks::KeySetError, parameters::ParameterError, storage::StorageError,
};

/// Why a launch is refused.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explanation())]
pub enum Refusal {
    /// A form field is missing, doubled, too long or unreadable.
    Parameter(#[from] ParameterError),
    /// The platform did not log the person in.
    PlatformError {
        /// Its error code.
        error: String,
        /// What it says about it.
        description: Option<String>,
    },
    /// No login waits for this state: it was used before, or never given out.
    StateUnknown,
    /// The login is too long ago.
    StateExpired {
        /// When its time was over.
        expired_at: DateTime<Utc>,
    },
    /// No launch waits for this ticket: it was used before, or never given out.
    TicketUnknown,
    /// The proof came too late.
    TicketExpired {
        /// When its time was over.
        expired_at: DateTime<Utc>,
    },
    /// The browser does not prove that it began this login.
    BrowserMismatch {
        /// Whether it brought any secret at all.
        secret_sent: bool,
    },
    /// The login's registration has been removed meanwhile.
    RegistrationRemoved,
    /// Not a token that can be read.
    TokenMalformed {
        /// What part of it.
        part: &'static str,
    },
    /// Signed in a way that was not agreed with this platform.
    AlgorithmRefused {
        /// What the token says.
        found: String,
        /// What was agreed.
        agreed: Vec<Algorithm>,
    },
    /// The token does not say which key signed it.
    KidMissing,
    /// The platform publishes no key of that name.
    KidUnknown {
        /// The name in the token.
        kid: String,
        /// Where the platform publishes its keys.
        jwks_url: String,
    },
    /// The key of that name is of another kind than the token's algorithm.
    KeyTypeMismatch {
        /// The key's name.
        kid: String,
        /// The token's algorithm.
        algorithm: Algorithm,
    },
    /// The platform's keys cannot be had.
    KeySetUnavailable {
        /// Where the platform publishes its keys.
        jwks_url: String,
        /// What went wrong there.
        cause: KeySetError,
    },
    /// The signature is not the key's.
    SignatureInvalid {
        /// The key's name.
        kid: String,
    },
    /// From another platform than the login.
    RegistrationMismatch {
        /// The login's issuer.
        expected: String,
        /// The token's.
        found: String,
    },
    /// For somebody else, or for others too.
    AudienceMismatch {
        /// The tool's client id.
        expected: String,
        /// For whom it is.
        found: Vec<String>,
    },
    /// Asked for by somebody else.
    AuthorizedPartyMismatch {
        /// The tool's client id.
        expected: String,
        /// Who asked for it.
        found: String,
    },
    /// Its time is over.
    TokenExpired {
        /// When that was.
        at: DateTime<Utc>,
    },
    /// Issued too long ago to belong to this login.
    TokenTooOld {
        /// When that was.
        issued_at: DateTime<Utc>,
    },
    /// Its time has not come.
    TokenFromFuture {
        /// When it will be good.
        at: DateTime<Utc>,
    },
    /// Made for another login.
    NonceMismatch,
    /// Claims are missing: all of them are named.
    ClaimsMissing(Vec<&'static str>),
    /// A claim that has to be exact is not.
    ClaimMalformed {
        /// Its name.
        claim: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Not LTI 1.3.0.
    VersionUnsupported {
        /// What it says.
        found: String,
    },
    /// A message that this tool does not take.
    MessageUnsupported(MessageType),
    /// Wants to go somewhere else than to this tool.
    TargetRefused {
        /// Where.
        target: String,
    },
    /// The deployment is not known.
    DeploymentUnknown {
        /// Its id.
        deployment_id: String,
    },
    /// The deployment waits until an administrator approves it.
    DeploymentPending {
        /// Its id.
        deployment_id: String,
    },
    /// The storage failed.
    Storage(#[from] StorageError),
}

impl Refusal {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Parameter(error) => error.code(),
            Self::PlatformError { .. } => "platform_error",
            Self::StateUnknown => "state_unknown",
            Self::StateExpired { .. } => "state_expired",
            Self::TicketUnknown => "ticket_unknown",
            Self::TicketExpired { .. } => "ticket_expired",
            Self::BrowserMismatch { .. } => "browser_mismatch",
            Self::RegistrationRemoved => "registration_removed",
            Self::TokenMalformed { .. } => "token_malformed",
            Self::AlgorithmRefused { .. } => "alg_refused",
            Self::KidMissing => "kid_missing",
            Self::KidUnknown { .. } => "kid_unknown",
            Self::KeyTypeMismatch { .. } => "key_type_mismatch",
            Self::KeySetUnavailable { .. } => "key_set_unavailable",
            Self::SignatureInvalid { .. } => "signature_invalid",
            Self::RegistrationMismatch { .. } => "registration_mismatch",
            Self::AudienceMismatch { .. } => "audience_mismatch",
            Self::AuthorizedPartyMismatch { .. } => "azp_mismatch",
            Self::TokenExpired { .. } => "token_expired",
            Self::TokenTooOld { .. } => "token_too_old",
            Self::TokenFromFuture { .. } => "token_from_future",
            Self::NonceMismatch => "nonce_mismatch",
            Self::ClaimsMissing(_) => "claim_missing",
            Self::ClaimMalformed { .. } => "claim_malformed",
            Self::VersionUnsupported { .. } => "version_unsupported",
            Self::MessageUnsupported(_) => "message_unsupported",
            Self::TargetRefused { .. } => "target_refused",
            Self::DeploymentUnknown { .. } => "deployment_unknown",
            Self::DeploymentPending { .. } => "deployment_pending",
            Self::Storage(_) => "storage_failed",
        }
    }

    /// The section of the specification whose rule was not kept.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Parameter(_) => "Security Framework 1.0 §5.1.1.3",
            Self::PlatformError { .. } => "OpenID Connect Core 1.0 §3.1.2.6",
            Self::StateUnknown
            | Self::StateExpired { .. }
            | Self::TicketUnknown
            | Self::TicketExpired { .. }
            | Self::BrowserMismatch { .. } => "Security Framework 1.0 §5.1.1.5",
            Self::RegistrationRemoved => "LTI Core 1.3 §3.1.3",
            Self::TokenMalformed { .. } => "RFC 7519 §7.2",
            Self::KidMissing | Self::KidUnknown { .. } | Self::KeySetUnavailable { .. } => {
                "Security Framework 1.0 §6.3"
            }
            Self::KeyTypeMismatch { .. } | Self::SignatureInvalid { .. } => "Security Framework 1.0 §5.1.3, step 1",
            Self::RegistrationMismatch { .. } => "Security Framework 1.0 §5.1.3, step 2",
            Self::AudienceMismatch { .. } => "Security Framework 1.0 §5.1.3, step 3",
            Self::AuthorizedPartyMismatch { .. } => "Security Framework 1.0 §5.1.3, step 5",
            Self::AlgorithmRefused { .. } => "Security Framework 1.0 §5.1.3, step 6",
            Self::TokenExpired { .. } => "Security Framework 1.0 §5.1.3, step 7",
            Self::TokenTooOld { .. } | Self::TokenFromFuture { .. } => "Security Framework 1.0 §5.1.3, step 8",
            Self::NonceMismatch => "Security Framework 1.0 §5.1.3, step 9",
            Self::ClaimsMissing(_) | Self::ClaimMalformed { .. } => "LTI Core 1.3 §5.3",
            Self::MessageUnsupported(_) => "LTI Core 1.3 §5.3.1",
            Self::VersionUnsupported { .. } => "LTI Core 1.3 §5.3.2",
            Self::DeploymentUnknown { .. } | Self::DeploymentPending { .. } => "LTI Core 1.3 §5.3.3",
            Self::TargetRefused { .. } => "LTI Core 1.3 §5.3.4",
            Self::Storage(_) => "none: this tool's own fault",
        }
    }
}
