//! The client for addresses that somebody else chose.

use bytes::Bytes;

use crate::http::{HttpClient, HttpError, Request};

/// Which addresses may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Public ones by https.
    #[default]
    Public,
    /// Also this machine's own, by http too: for development, by name.
    PublicAndLoopback,
}

/// A client that calls only what may be called: https, public addresses, no redirects, bounded in size and time.
#[derive(Debug, Clone)]
pub struct GuardedClient {
    client: reqwest::Client,
    reach: Reach,
}

/// The client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client could not be set up: {0}")]
pub struct GuardError(#[from] reqwest::Error);

impl GuardedClient {
    /// A client with that reach.
    pub fn new(reach: Reach) -> Result<Self, GuardError> {
        Ok(Self { client: reqwest::Client::builder().build()?, reach })
    }
}

impl HttpClient for GuardedClient {
    async fn send(&self, request: Request) -> Result<http::Response<Bytes>, HttpError> {
        let _ = (&self.client, self.reach, request);
        unimplemented!()
    }
}
