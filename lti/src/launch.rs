//! A launch: what the platform posts, and what comes of it. (Security Framework 1.0 §5.1.1.3–5.1.3; LTI Core 1.3 §5)

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

use crate::{
    claims::{Claims, MessageType, ResourceLink},
    deep_linking::DeepLinkingRequest,
    digest::browser_key,
    parameters::{ParameterError, Parameters},
    refusal::Refusal,
    review::SubmissionReview,
    storage::{Login, RegisteredIn, Registrations},
};

/// The largest id token taken; Canvas sends some of 64 KB to people with many roles.
const TOKEN_LIMIT: usize = 256 * 1024;
/// Our own states have 43 characters.
const STATE_LIMIT: usize = 256;
const TEXT_LIMIT: usize = 4 * 1024;

/// The form that a platform posts to the launch address. Reading it never fails as a whole: a login whose state can be
/// read is used up even where the rest cannot.
#[derive(Clone)]
pub struct LaunchForm {
    pub(crate) state: Result<String, ParameterError>,
    pub(crate) answer: Result<Answer, ParameterError>,
}

/// What the platform answers to a login.
#[derive(Clone)]
pub(crate) enum Answer {
    /// An id token, still to be verified.
    Token(String),
    /// It refused (OpenID Connect Core §3.1.2.6).
    Refused { error: String, description: Option<String> },
}

impl LaunchForm {
    /// Reads a form body, as it came.
    pub fn parse(encoded: &[u8]) -> Self {
        let parameters = Parameters::new(encoded);
        Self { state: parameters.required("state", STATE_LIMIT), answer: Answer::parse(&parameters) }
    }

    /// Under which name the host keeps the browser's secret of this login; `None` without a state.
    pub fn browser_key(&self) -> Option<String> {
        self.state.as_deref().ok().map(browser_key)
    }
}

impl fmt::Debug for LaunchForm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LaunchForm").finish_non_exhaustive()
    }
}

impl Answer {
    fn parse(parameters: &Parameters<'_>) -> Result<Self, ParameterError> {
        if let Some(error) = parameters.optional("error", TEXT_LIMIT)? {
            let description = parameters.optional("error_description", TEXT_LIMIT).unwrap_or_default();
            return Ok(Self::Refused { error, description });
        }
        parameters.required("id_token", TOKEN_LIMIT).map(Self::Token)
    }
}

/// What is launched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Somebody opens a resource link.
    ResourceLink(ResourceLink),
    /// An author chooses what to place in a course; [`crate::Tool::answer_deep_linking`] sends it back.
    DeepLinking(Box<DeepLinkingRequest>),
    /// Somebody looks at what a learner handed in.
    SubmissionReview(Box<SubmissionReview>),
}

impl Message {
    /// Which kind it is, for a host that refuses some with [`Refusal::MessageUnsupported`].
    pub fn kind(&self) -> MessageType {
        match self {
            Self::ResourceLink(_) => MessageType::ResourceLink,
            Self::DeepLinking(_) => MessageType::DeepLinking,
            Self::SubmissionReview(_) => MessageType::SubmissionReview,
        }
    }
}

/// Something about a good launch that an administrator may want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The learner's id has characters beyond ASCII, which the specification does not allow.
    SubjectNotAscii,
    /// The signed target is not the login's (Open edX after deep linking); the signed one counts.
    TargetDiffersFromLogin,
}

/// A launch that was found good in every respect.
#[derive(Debug)]
pub struct Launch<S: Registrations> {
    /// The registration it came through, and its platform.
    pub registered: RegisteredIn<S>,
    /// The deployment.
    pub deployment: S::Deployment,
    /// Whether the deployment was taken over by this launch.
    pub deployment_learnt: bool,
    /// What is launched.
    pub message: Message,
    /// Where it goes: the signed address, which wins over the login's. Deep linking may sign none; then it is the login's.
    pub target_link_uri: Url,
    /// Everything else the platform says.
    pub claims: Claims,
    /// The login it belongs to.
    pub login: Login,
    /// How far the platform's clock is ahead of ours (behind, where negative), the way of the token included.
    pub clock_difference: TimeDelta,
    /// What is odd about it.
    pub warnings: Vec<Warning>,
}

impl<S: Registrations> Launch<S> {
    /// The same launch, refused by the host: for a message that it does not take.
    pub fn refused(self, refusal: Refusal) -> LaunchRefused<S> {
        LaunchRefused {
            refusal,
            login: Some(self.login),
            registered: Some(self.registered),
            clock_difference: Some(self.clock_difference),
            return_url: self.claims.launch_presentation.return_url,
        }
    }
}

/// What comes of a token that is good in every respect.
#[derive(Debug)]
pub enum Completed<S: Registrations> {
    /// The browser proved that it began the login.
    Launched(Box<Launch<S>>),
    /// It brought no proof; it may have one where the launch's form cannot carry it.
    Unproven(Box<Unproven<S>>),
}

/// A launch that waits for its proof; [`crate::Tool::prove`] takes it.
///
/// The host answers with a page of its own that holds the ticket. The page finds the login's storage secret in the frame's
/// own storage or asks the platform for it, and sends both by a same-origin `fetch`. The host takes no other way for them: a
/// form or an address could come from anybody's page, and log this browser in as somebody else.
pub struct Unproven<S: Registrations> {
    /// Good for one proof.
    pub ticket: String,
    /// The login it belongs to, which is used up; to start again from, where there is no proof.
    pub login: Login,
    /// The login's registration, and its platform.
    pub registered: RegisteredIn<S>,
    /// How far the platform's clock is ahead of ours.
    pub clock_difference: TimeDelta,
    /// Until when the proof has to come.
    pub expires_at: DateTime<Utc>,
}

impl<S: Registrations> fmt::Debug for Unproven<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unproven").field("registered", &self.registered).finish_non_exhaustive()
    }
}

impl<S: Registrations> Unproven<S> {
    /// The refusal that it is for a host that asks for no proof but the cookie.
    pub fn refused(self) -> LaunchRefused<S> {
        LaunchRefused {
            refusal: Refusal::BrowserMismatch { secret_sent: false },
            login: Some(self.login),
            registered: Some(self.registered),
            clock_difference: Some(self.clock_difference),
            return_url: None,
        }
    }
}

/// A launch that was refused, with what was known of it by then.
#[derive(Debug, thiserror::Error)]
#[error("{refusal}")]
pub struct LaunchRefused<S: Registrations> {
    /// Why.
    #[source]
    pub refusal: Refusal,
    /// The login that was used up by it; `None` where no login was found.
    pub login: Option<Login>,
    /// The login's registration, and its platform.
    pub registered: Option<RegisteredIn<S>>,
    /// How far the platform's clock is ahead of ours, by a token whose signature was good.
    pub clock_difference: Option<TimeDelta>,
    /// Where the platform wants people to be sent, `lti_errormsg` and all. Only where the platform signed it for this very
    /// login of this very browser, so that nobody else can send people anywhere by it.
    pub return_url: Option<Url>,
}

impl<S: Registrations> LaunchRefused<S> {
    /// The login to start again from, where all that failed is the proof that this browser began it: the host may offer to
    /// begin anew in a window of its own, which keeps its cookies.
    pub fn restart(&self) -> Option<&Login> {
        self.login.as_ref().filter(|_| matches!(self.refusal, Refusal::BrowserMismatch { .. }))
    }
}
