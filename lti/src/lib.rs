//! LTI 1.3 Advantage for tools: logins, launches, keys, deep linking, the gradebook, the roster, groups and notices.
//!
//! A host brings a [`Storage`] with records of its own and an [`HttpClient`] ([`GuardedClient`] is one), makes a [`Tool`] of
//! them, and calls [`Tool::begin`] at its login address and [`Tool::complete`] at its launch address; and [`Tool::prove`],
//! where it wants to launch in browsers that refuse its cookies. There is no database and no web framework in here, and time
//! and randomness are arguments.

mod algorithm;
mod claims;
pub mod contract;
mod deep_linking;
mod digest;
mod explanation;
mod fields;
mod gradebook;
mod groups;
mod guard;
pub mod history;
mod http;
mod id_token;
mod jwks;
mod keys;
mod launch;
mod login;
pub mod memory;
mod notices;
mod parameters;
mod refusal;
pub mod registration;
mod review;
pub mod roles;
mod roster;
mod score;
mod service_token;
mod services;
mod storage;
#[cfg(any(test, feature = "testkit"))]
pub mod testkit;
#[cfg(test)]
mod tests;
mod tool;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use claims::{
    Claims, Context, GradeService, LaunchPresentation, Lis, MessageType, Person, ResourceLink, RosterService,
    ToolPlatform,
};
pub use deep_linking::{
    ContentItem, DeepLinkingAnswer, DeepLinkingRefused, DeepLinkingRequest, Embed, FileItem, Frame, HtmlItem,
    ImageItem, ItemKind, LinkItem, Period, Picture, PlacedLineItem, ResourceLinkItem, SignedAnswer, Window,
};
pub use digest::{Digest, browser_key};
pub use gradebook::{Gradebook, LearnerResult, LineItem, LineItemDefinition, LineItemFilter, LineItems, Results};
pub use groups::{Group, GroupService, GroupSet, GroupSets, Groups};
pub use guard::{GuardError, GuardedClient, Reach};
pub use http::{AddressRefused, HttpClient, HttpError, Request};
pub use jwks::{KeySetError, KeySetStatus};
pub use keys::{KeyError, KeyState, OwnKey, public_document};
pub use launch::{Completed, Launch, LaunchForm, LaunchRefused, Message, Unproven, Warning};
pub use login::{Begun, LoginRefused, LoginRequest};
pub use notices::{Notice, NoticeHandler, NoticeKind, NoticeRefused, NoticeService};
pub use parameters::{ParameterError, Problem};
pub use refusal::Refusal;
pub use review::{ForUser, SubmissionReview};
pub use roster::{Member, MemberMessage, MembershipStatus, Roster, RosterPage, RosterQuery};
pub use score::{Score, ScoreNotTaken, ScoreTaken};
pub use service_token::TokenError;
pub use services::ServiceFault;
pub use storage::{
    DeploymentDecision, HeldLaunch, HeldLaunches, Login, Logins, Lookup, OwnKeys, Registered, RegisteredIn,
    Registration, Registrations, Storage, StorageError,
};
pub use tool::{OwnKeysError, Tool};

/// The example in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
