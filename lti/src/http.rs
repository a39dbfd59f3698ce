//! The one thing this library asks of a network: to send a request and bring back an answer of a bounded size.

use bytes::Bytes;
use http::{HeaderMap, Method};
use url::Url;

/// A request to a platform.
#[derive(Debug, Clone)]
pub struct Request {
    /// GET, POST, PUT or DELETE.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// Headers.
    pub headers: HeaderMap,
    /// Body; empty for GET and DELETE.
    pub body: Bytes,
    /// The most bytes an answer may have.
    pub limit: usize,
}

/// Why no answer came. A status like 404 or 500 is an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address may not be called.
    #[error("{0}")]
    Refused(#[from] AddressRefused),
    /// Nothing came in time.
    #[error("no answer came in time")]
    TimedOut,
    /// The answer is larger than it may be.
    #[error("the answer has more than {limit} bytes")]
    TooLarge {
        /// The most it may have.
        limit: usize,
    },
    /// The answer ended before it was whole.
    #[error("the answer broke off")]
    BrokenOff,
    /// The connection failed.
    #[error("the connection failed: {0}")]
    Connection(String),
}

/// Why an address may not be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressRefused {
    /// Not https.
    #[error("`{0}` is not an https address")]
    NotHttps(String),
    /// It leads into a private or otherwise special network.
    #[error("`{0}` does not lead to a public address")]
    NotPublic(String),
    /// It carries a user name or password.
    #[error("`{0}` carries a user name or password")]
    Credentials(String),
    /// The answer leads to another address, and redirects are not followed.
    #[error("`{0}` redirects to another address; enter the address it leads to")]
    Redirect(String),
}

/// Sends requests. [`crate::GuardedClient`] is the one for production.
pub trait HttpClient: Send + Sync {
    /// Sends a request and reads the whole answer.
    fn send(&self, request: Request) -> impl Future<Output = Result<http::Response<Bytes>, HttpError>> + Send;
}

impl<T: HttpClient> HttpClient for std::sync::Arc<T> {
    async fn send(&self, request: Request) -> Result<http::Response<Bytes>, HttpError> {
        T::send(self, request).await
    }
}

impl<T: HttpClient> HttpClient for &T {
    async fn send(&self, request: Request) -> Result<http::Response<Bytes>, HttpError> {
        T::send(self, request).await
    }
}

/// The beginning of an answer, for whoever looks into it.
pub(crate) fn excerpt(body: &[u8]) -> String {
    let beginning = String::from_utf8_lossy(&body[..body.len().min(600)]);
    let words: Vec<&str> = beginning.split(|letter: char| letter.is_whitespace() || letter.is_control()).collect();
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
