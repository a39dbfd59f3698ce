//! What the server says when it will not.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// An answer that says what is wrong and what to do next; the same shape from `/api` and from server functions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A stable word for programs.
    pub error: String,
    /// A sentence for the person who reads it.
    pub message: String,
    /// Finds the case in the log.
    pub reference: String,
    /// The HTTP status it is sent with; not part of the body.
    #[serde(skip, default)]
    pub status: u16,
}

impl Refusal {
    /// The session has ended, or there never was one; sent with status 401. The pages then ask to open the activity again.
    pub const SESSION_EXPIRED: &'static str = "session_expired";
    /// The teacher has not chosen what is to be done here.
    pub const NOT_SET_UP: &'static str = "not_set_up";
    /// Those who teach open it later.
    pub const NOT_OPEN_YET: &'static str = "not_open_yet";
    /// The browser could not reach the server; never sent by it.
    pub const CONNECTION_LOST: &'static str = "connection_lost";
    /// The server answered something that the page cannot read; it may be older or newer than the page.
    pub const UNREADABLE: &'static str = "unreadable";

    /// Whether the work can only go on after the activity was opened again.
    pub fn ends_session(&self) -> bool {
        self.error == Self::SESSION_EXPIRED
    }

    /// Whether trying the same once more makes sense.
    pub fn is_passing(&self) -> bool {
        self.error == Self::CONNECTION_LOST
    }

    /// The browser could not reach the server.
    pub fn connection_lost() -> Self {
        Self {
            error: Self::CONNECTION_LOST.into(),
            message: "The connection to the server is lost. Check your network; what you wrote is kept.".into(),
            reference: String::new(),
            status: 0,
        }
    }

    fn unreadable() -> Self {
        Self {
            error: Self::UNREADABLE.into(),
            message: "The server gave an answer this page does not understand. Reload the page and try again.".into(),
            reference: String::new(),
            status: 500,
        }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

impl FromServerFnError for Refusal {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::connection_lost(),
            _ => Self::unreadable(),
        }
    }
}
