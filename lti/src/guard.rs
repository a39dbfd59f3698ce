//! The client for addresses that somebody else chose: it can reach public servers, and nothing inside our own network.

use std::{
    error::Error,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use url::{Host, Url};

use crate::http::{AddressRefused, HttpClient, HttpError, Request};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(15);

/// Which addresses may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Public ones by https.
    #[default]
    Public,
    /// Also this machine's own as `127.0.0.1`, `[::1]` or `localhost`, by http too: for development.
    PublicAndLoopback,
}

/// A client that calls only what may be called: https, public addresses, no redirects, bounded in size and time. A name is
/// resolved once, what it resolves to is checked, and the connection goes there.
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
    /// A client with that reach. It uses no proxy: a proxy would resolve names by itself.
    pub fn new(reach: Reach) -> Result<Self, GuardError> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .dns_resolver(CheckedResolver { reach })
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .build()?;
        Ok(Self { client, reach })
    }

    /// Whether an address may be called, as far as can be told without resolving its name.
    pub fn check(&self, url: &Url) -> Result<(), AddressRefused> {
        let shown = || shown(url);
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressRefused::Credentials(shown()));
        }
        let is_loopback = is_named_loopback(url);
        let is_near = self.reach == Reach::PublicAndLoopback && is_loopback;
        match url.scheme() {
            "https" => {}
            "http" if is_near => {}
            _ => return Err(AddressRefused::NotHttps(shown())),
        }
        let is_public = match url.host() {
            Some(Host::Ipv4(address)) => is_public_v4(address),
            Some(Host::Ipv6(address)) => is_public_v6(address),
            Some(Host::Domain(_)) => !is_loopback,
            None => false,
        };
        if is_public || is_near { Ok(()) } else { Err(AddressRefused::NotPublic(shown())) }
    }
}

impl HttpClient for GuardedClient {
    async fn send(&self, request: Request) -> Result<http::Response<Bytes>, HttpError> {
        self.check(&request.url)?;
        let limit = request.limit;
        let sent = self.client.request(request.method, request.url.clone()).headers(request.headers).body(request.body);
        let mut response = sent.send().await.map_err(|error| translate(&error))?;
        if response.status().is_redirection() {
            return Err(AddressRefused::Redirect(shown(&request.url)).into());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| translate(&error))? {
            if body.len() + chunk.len() > limit {
                return Err(HttpError::TooLarge { limit });
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = http::Response::new(body.freeze());
        *answer.status_mut() = response.status();
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

/// An address without its query, which may hold what is nobody's business.
fn shown(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

fn translate(error: &reqwest::Error) -> HttpError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    let mut innermost = error.to_string();
    while let Some(current) = cause {
        if let Some(refused) = current.downcast_ref::<AddressRefused>() {
            return HttpError::Refused(refused.clone());
        }
        innermost = current.to_string();
        cause = current.source();
    }
    if error.is_timeout() { HttpError::TimedOut } else { HttpError::Connection(innermost) }
}

/// Resolves names, and refuses those of which any address is not public: an answer that mixes both is an attack.
#[derive(Debug)]
struct CheckedResolver {
    reach: Reach,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.reach;
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let is_near = reach == Reach::PublicAndLoopback && is_localhost(&name);
            let may_be_called = |address: IpAddr| is_public(address) || is_near && address.is_loopback();
            if found.is_empty() || !found.iter().all(|address| may_be_called(address.ip())) {
                return Err(AddressRefused::NotPublic(name).into());
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn is_named_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
        None => false,
    }
}

fn is_localhost(name: &str) -> bool {
    name.trim_end_matches('.').eq_ignore_ascii_case("localhost")
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Everything but the ranges of the IANA special-purpose registry (RFC 6890).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (198, 18..=19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    )
}

/// Global unicast (`2000::/3`) without what is special in it, and addresses that stand for a public one of IPv4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let segments = address.segments();
    match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            is_public_v4(Ipv4Addr::new(a, b, c, d))
        }
        // Protocol assignments (Teredo among them), documentation, 6to4.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}
