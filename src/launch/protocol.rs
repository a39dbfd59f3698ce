//! The LTI protocol as this server speaks it: over its own database, by a guarded client.

use url::Url;

use super::storage::Storage;

pub use lti::{
    AddressRefused, Begun, Completed, ContentItem, DeepLinkingAnswer, DeepLinkingRefused, DeepLinkingRequest,
    GuardError, GuardedClient, HttpClient, HttpError, ItemKind, KeyState, Launch, LaunchForm, LaunchRefused, Login,
    LoginRefused, LoginRequest, Logins, Lookup, Message, NoticeHandler, NoticeKind, NoticeRefused, NoticeService,
    OwnKey, OwnKeys, Reach, Refusal, Registration, Registrations, Request, ResourceLink, SignedAnswer,
    SubmissionReview, Unproven, browser_key, public_document,
};

pub use lti::registration::{
    Answer as RegistrationAnswer, Initiation, PlatformConfiguration, RegistrationRefused,
    configuration as registering_platform, register as register_tool,
};

/// A notice of a platform.
pub type Notice = lti::Notice<Storage>;

/// LTT as a tool of all its platforms.
pub type Tool = lti::Tool<Storage, GuardedClient>;

/// The tool whose launches are posted to `launch_address`, and whose own requests reach as far as `reach`.
pub fn tool(launch_address: Url, storage: Storage, reach: Reach) -> Result<Tool, GuardError> {
    Ok(Tool::new(launch_address, storage, GuardedClient::new(reach)?))
}
