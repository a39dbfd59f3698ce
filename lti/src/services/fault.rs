//! Why a call to a platform's service failed: one variant a cause, each with a code, the rule behind it, and a sentence.

use chrono::TimeDelta;

use crate::{
    http::{AddressRefused, HttpError},
    service_token::TokenError,
};

/// Why a call to a platform's service failed. What the platform answered is kept for whoever looks into it.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explanation())]
pub enum ServiceFault {
    /// The launch brought no address for this.
    NotOffered {
        /// What was wanted.
        service: &'static str,
    },
    /// The launch does not let the tool do this; nothing was sent.
    ScopeNotGranted {
        /// What it would have to grant.
        scope: &'static str,
    },
    /// What was to be sent is not what the specification takes; nothing was sent.
    Invalid {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The address is not one that may be sent this platform's token; nothing was sent.
    ForeignHost {
        /// The address.
        address: String,
    },
    /// No token could be had.
    Token(#[from] TokenError),
    /// No answer came.
    Http(#[from] HttpError),
    /// The platform does not let the tool in, a fresh token notwithstanding.
    Forbidden {
        /// The answer's status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The platform asks to wait.
    Throttled {
        /// The answer's status: 429, or Canvas' 403.
        status: u16,
        /// How long, where it says so.
        retry_after: Option<TimeDelta>,
    },
    /// The course has more members than the platform hands out.
    TooManyMembers {
        /// The answer's status.
        status: u16,
    },
    /// There is nothing at this address any more.
    Gone {
        /// The answer's status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// Refused for another reason; the same will be refused again.
    Refused {
        /// The answer's status.
        status: u16,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The platform failed; it may work later.
    PlatformFailed {
        /// The answer's status.
        status: u16,
        /// How long to wait, where it says so.
        retry_after: Option<TimeDelta>,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The answer is something else than JSON, such as a page for people.
    NotJson {
        /// Its media type.
        found: String,
    },
    /// The answer cannot be read.
    Unreadable {
        /// Where and why.
        problem: String,
        /// The beginning of the answer.
        excerpt: String,
    },
    /// The next page is said to be somewhere else than the first.
    ForeignPage {
        /// Where.
        address: String,
    },
    /// The pages come round again, or do not end.
    EndlessPages {
        /// How many there were.
        pages: usize,
    },
}

impl ServiceFault {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOffered { .. } => "service_not_offered",
            Self::ScopeNotGranted { .. } => "scope_not_granted",
            Self::Invalid { .. } => "invalid",
            Self::ForeignHost { .. } => "foreign_host",
            Self::Token(error) => error.code(),
            Self::Http(error) => error.code(),
            Self::Forbidden { .. } => "forbidden",
            Self::Throttled { .. } => "throttled",
            Self::TooManyMembers { .. } => "too_many_members",
            Self::Gone { .. } => "gone",
            Self::Refused { .. } => "refused",
            Self::PlatformFailed { .. } => "platform_failed",
            Self::NotJson { .. } => "not_json",
            Self::Unreadable { .. } => "unreadable",
            Self::ForeignPage { .. } => "foreign_page",
            Self::EndlessPages { .. } => "endless_pages",
        }
    }

    /// The section of the specification behind it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::NotOffered { .. } | Self::ScopeNotGranted { .. } => {
                "LTI Core 1.3 §5.2; Security Framework 1.0 §4.1.1"
            }
            Self::Invalid { .. } => "Assignment and Grade Services 2.0 §3.2, §3.4",
            Self::ForeignHost { .. } | Self::ForeignPage { .. } => {
                "RFC 6750 §5.2: a token is shown to its platform only"
            }
            Self::Token(error) => error.rule(),
            Self::Http(error) => error.rule(),
            Self::Forbidden { .. } => "RFC 6750 §3.1",
            Self::Throttled { .. } => "RFC 6585 §4",
            Self::TooManyMembers { .. } => "Names and Role Provisioning Services 2.0 §2.4.2",
            Self::Gone { .. } => "RFC 9110 §15.5.5",
            Self::Refused { .. } => "RFC 9110 §15.5",
            Self::PlatformFailed { .. } => "RFC 9110 §15.6",
            Self::NotJson { .. } => "RFC 9110 §8.3",
            Self::Unreadable { .. } => "RFC 8259 §2",
            Self::EndlessPages { .. } => "RFC 8288 §3",
        }
    }

    /// What is wrong and what to do, for the administrator.
    pub fn explanation(&self) -> String {
        match self {
            Self::NotOffered { service } => {
                format!("The platform offers no {service} here. Switch the service on for this tool in the platform.")
            }
            Self::ScopeNotGranted { scope } => {
                format!("The platform does not grant `{scope}` to this tool. Allow it where the tool is set up in the platform.")
            }
            Self::Invalid { problem } => format!("Nothing was sent, because {problem}."),
            Self::ForeignHost { address } => format!(
                "The address {address} is not on a host of this platform, so it is not sent the platform's token. If it is the \
                 platform's, add its host to the registration's service hosts."
            ),
            Self::Token(error) => error.explanation(),
            Self::Http(error) => error.explanation(),
            Self::Forbidden { status, excerpt } => format!(
                "The platform does not let this tool in ({status}: {excerpt}). Check what the tool may do in the platform."
            ),
            Self::Throttled { retry_after: Some(wait), .. } => {
                format!("The platform is busy and asks to wait for {} seconds.", wait.num_seconds())
            }
            Self::Throttled { retry_after: None, .. } => "The platform is busy. Try again in a while.".to_owned(),
            Self::TooManyMembers { .. } => {
                "The course has more members than the platform hands out. Raise its limit (in Open edX \
                 COURSE_MEMBER_API_ENROLLMENT_LIMIT), or go without the roster: members appear as they open the activity."
                    .to_owned()
            }
            Self::Gone { status, excerpt } => format!(
                "What the platform had here is gone ({status}: {excerpt}). It was deleted, or belongs to a course that is closed."
            ),
            Self::Refused { status, excerpt } => format!("The platform refused the request ({status}: {excerpt})."),
            Self::PlatformFailed { status, excerpt, .. } => {
                format!("The platform failed ({status}: {excerpt}). Try again later; if it stays, look into its log.")
            }
            Self::NotJson { found } => format!(
                "The platform answered with `{found}` instead of JSON. A login or error page stands where the service should be: \
                 check the platform's address."
            ),
            Self::Unreadable { problem, excerpt } => {
                format!("The platform's answer cannot be read: {problem}. It begins with `{excerpt}`.")
            }
            Self::ForeignPage { address } => format!(
                "The platform says that its list goes on at {address}, which is another host. The platform's own address is \
                 probably set up wrongly there."
            ),
            Self::EndlessPages { pages } => {
                format!("The platform's list did not end after {pages} pages, or began anew. The platform has to correct that.")
            }
        }
    }
}

impl HttpError {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(AddressRefused::Redirect(_)) => "redirected",
            Self::Refused(_) => "address_refused",
            Self::TimedOut => "timed_out",
            Self::TooLarge { .. } => "answer_too_large",
            Self::BrokenOff => "answer_broken_off",
            Self::Connection(_) => "connection_failed",
        }
    }

    /// What is behind it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Refused(AddressRefused::NotHttps(_)) => "Security Framework 1.0 §3",
            Self::Refused(_) => "this tool calls public addresses only, and follows no redirect",
            Self::TimedOut | Self::Connection(_) => "none: no answer came",
            Self::TooLarge { .. } => "this tool bounds what it reads",
            Self::BrokenOff => "RFC 9112 §8",
        }
    }

    /// What is wrong and what to do, for the administrator.
    pub fn explanation(&self) -> String {
        match self {
            Self::Refused(refused) => format!("The platform's address is not used: {refused}. Correct the address."),
            Self::TooLarge { .. } => format!("The platform's answer was not read: {self}."),
            Self::TimedOut | Self::BrokenOff | Self::Connection(_) => format!(
                "The platform gave no answer: {self}. Try again later; if it stays, check the address, and that the platform \
                 is up."
            ),
        }
    }
}

impl TokenError {
    /// A stable name for logs and tests.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Key(_) => "own_key",
            Self::Storage(_) => "storage_failed",
            Self::Http(error) => error.code(),
            Self::Refused { .. } => "token_refused",
            Self::NoToken => "token_missing",
            Self::ScopeDenied(_) => "scope_denied",
        }
    }

    /// The section of the specification behind it.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Key(_) | Self::Storage(_) => "none: this tool's own fault",
            Self::Http(error) => error.rule(),
            Self::Refused { .. } | Self::NoToken | Self::ScopeDenied(_) => "Security Framework 1.0 §4.1.1",
        }
    }
    /// What is wrong and what to do, for the administrator.
    pub fn explanation(&self) -> String {
        match self {
            Self::Key(error) => format!("The tool cannot sign: {error}."),
            Self::Storage(error) => format!("The tool's storage failed: {error}."),
            Self::Http(error) => error.explanation(),
            Self::Refused { status, excerpt } => format!(
                "The platform gives this tool no access token ({status}: {excerpt}). Check the client id, the token address and \
                 its audience, and that the platform has this tool's key set address."
            ),
            Self::NoToken => {
                "What answers at the platform's token address gives no access token. Check the address.".to_owned()
            }
            Self::ScopeDenied(scope) => format!(
                "The platform does not grant `{scope}` to this tool. Allow it where the tool is set up in the platform."
            ),
        }
    }
}
