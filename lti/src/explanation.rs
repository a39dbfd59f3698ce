//! What an administrator is told about a refused launch: what is wrong, and what to do.

use crate::{claims::MessageType, refusal::Refusal};

impl Refusal {
    /// What is wrong and what to do, for the administrator.
    pub fn explanation(&self) -> String {
        match self {
            Self::Parameter(error) => error.explanation(),
            Self::PlatformError { error, description } => format!(
                "The platform refused to log this person in: {error}{}. Open the activity again from the course; if it stays, \
                 look into the platform's log.",
                description.as_ref().map(|text| format!(" ({text})")).unwrap_or_default()
            ),
            Self::StateUnknown => "This launch was used before, or it was not begun here. Open the activity again from the \
                                   course, without Back or Reload on the way."
                .to_owned(),
            Self::StateExpired { expired_at } => format!(
                "The platform took too long: this launch had to arrive before {expired_at}. Open the activity again from the \
                 course."
            ),
            Self::TicketUnknown => "This launch has been proved already, or it was not begun here. Open the activity again \
                                    from the course."
                .to_owned(),
            Self::TicketExpired { expired_at } => format!(
                "The browser took too long to prove that it began this launch: until {expired_at} it could. Open the activity \
                 again from the course."
            ),
            Self::BrowserMismatch { secret_sent: false } => {
                "The browser did not keep this tool's cookie inside the platform's page. Open the activity in a new window."
                    .to_owned()
            }
            Self::BrowserMismatch { secret_sent: true } => {
                "This launch was begun in another browser or window. Open the activity again from the course.".to_owned()
            }
            Self::RegistrationRemoved => {
                "The registration was removed while the launch was under way. Add it again, or open the activity from another \
                 placement."
                    .to_owned()
            }
            Self::KidMissing
            | Self::KidUnknown { .. }
            | Self::KeyTypeMismatch { .. }
            | Self::KeySetUnavailable { .. }
            | Self::SignatureInvalid { .. }
            | Self::AlgorithmRefused { .. }
            | Self::TokenMalformed { .. } => self.explain_signature(),
            Self::TokenExpired { .. } | Self::TokenTooOld { .. } | Self::TokenFromFuture { .. } => self.explain_time(),
            _ => self.explain_claims(),
        }
    }

    fn explain_signature(&self) -> String {
        match self {
            Self::TokenMalformed { part } => {
                format!(
                    "What the platform sent is not an id token: its {part} cannot be read. Check the platform's LTI version."
                )
            }
            Self::AlgorithmRefused { found, agreed } => {
                let agreed: Vec<_> = agreed.iter().map(|algorithm| algorithm.name()).collect();
                format!(
                    "The id token is signed with `{found}`; this registration takes {}. Set the platform to sign with RS256.",
                    agreed.join(", ")
                )
            }
            Self::KidMissing => {
                "The id token does not name the key it was signed with (no kid in its header). Update the platform."
                    .to_owned()
            }
            Self::KidUnknown { kid, jwks_url } => format!(
                "The id token was signed with the key `{kid}`, which {jwks_url} does not list. Check that the registration has \
                 the key set address of this client."
            ),
            Self::KeyTypeMismatch { kid, algorithm } => format!(
                "The id token says {algorithm}, but the platform's key `{kid}` is of another kind. The platform's key set is \
                 wrong, or somebody tampered with the token."
            ),
            Self::KeySetUnavailable { jwks_url, cause } => {
                format!(
                    "The platform's keys could not be fetched from {jwks_url}: {cause}. Check the address and try again."
                )
            }
            Self::SignatureInvalid { kid } => format!(
                "The id token's signature does not fit the platform's key `{kid}`. Somebody tampered with the token, or the \
                 registration has another platform's key set address."
            ),
            other => other.code().to_owned(),
        }
    }

    fn explain_time(&self) -> String {
        match self {
            Self::TokenExpired { at } => format!(
                "The id token was good until {at}, and that is over. Compare the clocks of the platform and of this server."
            ),
            Self::TokenTooOld { issued_at } => format!(
                "The id token was issued at {issued_at}, too long ago. Compare the clocks of the platform and of this server."
            ),
            Self::TokenFromFuture { at } => format!(
                "The id token is good from {at} on, which is yet to come. Compare the clocks of the platform and of this server."
            ),
            other => other.code().to_owned(),
        }
    }

    fn explain_claims(&self) -> String {
        match self {
            Self::RegistrationMismatch { expected, found } => {
                format!("The login came from `{expected}`, but the id token from `{found}`. Correct the issuer of the registration.")
            }
            Self::AudienceMismatch { expected, found } => format!(
                "The id token is for `{}`, but this registration's client id is `{expected}`. Correct the client id.",
                found.join("`, `")
            ),
            Self::AuthorizedPartyMismatch { expected, found } => format!(
                "The id token was asked for by `{found}`, but this registration's client id is `{expected}`. Correct the client id."
            ),
            Self::NonceMismatch => {
                "The id token belongs to another login. Open the activity again from the course.".to_owned()
            }
            Self::ClaimsMissing(claims) => format!(
                "The id token lacks {}, which LTI 1.3 requires. Check how the tool is set up in the platform.",
                claims.join(", ")
            ),
            Self::ClaimMalformed { claim, problem } => {
                format!("The id token's {claim} {problem}. The platform has to correct that.")
            }
            Self::VersionUnsupported { found } => {
                format!("The platform speaks LTI `{found}`; this tool speaks 1.3.0. Set the tool up as LTI 1.3.")
            }
            Self::MessageUnsupported(MessageType::DeepLinking) => {
                "The platform opened the tool to choose content, which it does not offer. Add the activity as a plain LTI link."
                    .to_owned()
            }
            Self::MessageUnsupported(message) => format!(
                "The platform sent the message `{}`, which this tool does not take. Add the activity as a plain LTI link.",
                message.name()
            ),
            Self::TargetRefused { target } => format!(
                "The launch leads to `{target}`, which is not an address of this tool. Correct the launch address in the \
                 platform, or the tool's public address."
            ),
            Self::DeploymentUnknown { deployment_id } => format!(
                "The deployment `{deployment_id}` is not known, and this registration takes only those that are listed. Add it."
            ),
            Self::DeploymentPending { deployment_id } => format!(
                "The deployment `{deployment_id}` is new and waits for an administrator of this tool. Approve it, and people \
                 can come in."
            ),
            Self::Storage(error) => format!("The tool's storage failed: {error}"),
            other => other.code().to_owned(),
        }
    }
}
