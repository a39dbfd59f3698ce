//! The client for addresses that somebody else chose: it can reach public servers, and nothing inside our own network.

use std::{
    error::Error,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
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
        Self::with(CheckedResolver { reach, lookup }, TOTAL_TIMEOUT)
    }

    /// A client that asks that resolver, and waits so long for a whole answer.
    fn with(resolver: CheckedResolver, total_timeout: Duration) -> Result<Self, GuardError> {
        let reach = resolver.reach;
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .dns_resolver(resolver)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(total_timeout)
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
        if response.content_length().is_some_and(|length| length > limit as u64) {
            return Err(HttpError::TooLarge { limit });
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| translate_body(&error))? {
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

/// Once an answer has begun, all that can fail is the rest of it.
fn translate_body(error: &reqwest::Error) -> HttpError {
    if error.is_timeout() { HttpError::TimedOut } else { HttpError::BrokenOff }
}

/// Asks the system what a name resolves to.
fn lookup(name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
    Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
}

/// Resolves names, and refuses those of which any address is not public: an answer that mixes both is an attack. What it
/// answers is what is connected to, so a name that leads elsewhere a moment later gains nothing.
#[derive(Debug)]
struct CheckedResolver {
    reach: Reach,
    lookup: fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>>,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (reach, lookup) = (self.reach, self.lookup);
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found = lookup(name.clone()).await?;
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

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::{TcpListener, TcpStream},
        sync::atomic::{AtomicUsize, Ordering},
        thread,
    };

    use http::{HeaderMap, Method};
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

    use super::*;

    fn get(url: &str) -> Request {
        let url = Url::parse(url).expect("an address");
        Request { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new(), limit: 1000 }
    }

    async fn server(answer: ResponseTemplate) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        server
    }

    #[tokio::test]
    async fn addresses_that_are_not_public_are_refused() {
        let client = GuardedClient::new(Reach::Public).unwrap();
        for address in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "0x7f.1",
            "2130706433",
            "017700000001",
            "[::1]",
            "[::]",
            "[::ffff:10.0.0.1]",
            "[::ffff:7f00:1]",
            "[64:ff9b::a00:1]",
            "[64:ff9b:1::1]",
            "[fc00::1]",
            "[fd12::1]",
            "[fe80::1]",
            "[fec0::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[2001::1]",
            "[2002:a00:1::]",
            "[100::1]",
            "[::7f00:1]",
            "[3fff::1]",
            "localhost",
            "localhost.",
            "LOCALHOST",
        ] {
            let refused = client.send(get(&format!("https://{address}/jwks"))).await;
            assert!(matches!(refused, Err(HttpError::Refused(AddressRefused::NotPublic(_)))), "{address}: {refused:?}");
        }
    }

    #[test]
    fn public_addresses_are_not_refused() {
        let client = GuardedClient::new(Reach::Public).unwrap();
        for address in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "[2606:4700::1111]", "[::ffff:8.8.8.8]", "lms.example"]
        {
            assert_eq!(client.check(&Url::parse(&format!("https://{address}/")).unwrap()), Ok(()), "{address}");
        }
    }

    #[tokio::test]
    async fn only_https_is_called_and_never_with_a_password() {
        let client = GuardedClient::new(Reach::Public).unwrap();
        for address in ["http://lms.example/", "ftp://lms.example/", "file:///etc/passwd", "data:text/plain,x"] {
            let refused = client.send(get(address)).await;
            assert!(matches!(refused, Err(HttpError::Refused(AddressRefused::NotHttps(_)))), "{address}: {refused:?}");
        }
        let refused = client.send(get("https://user:word@lms.example/")).await.unwrap_err();
        assert_eq!(refused, AddressRefused::Credentials("https://lms.example/".to_owned()).into());
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_when_it_is_resolved() {
        let resolve = |reach| CheckedResolver { reach, lookup }.resolve("localhost".parse().unwrap());
        let refused = resolve(Reach::Public).await.err().expect("a refusal");
        assert!(refused.downcast_ref::<AddressRefused>().is_some());
        assert!(resolve(Reach::PublicAndLoopback).await.is_ok());
    }

    fn answering(addresses: &[[u8; 4]]) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        let addresses = addresses.iter().map(|octets| SocketAddr::from((*octets, 0))).collect();
        Box::pin(async { Ok(addresses) })
    }

    /// Leads to a public address the first time, and to this machine from then on.
    fn rebinding(_name: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let again = ASKED.fetch_add(1, Ordering::SeqCst) > 0;
        answering(if again { &[[127, 0, 0, 1]] } else { &[[8, 8, 8, 8]] })
    }

    #[tokio::test]
    async fn a_name_that_leads_elsewhere_when_it_is_asked_again_is_checked_again() {
        let resolver = CheckedResolver { reach: Reach::Public, lookup: rebinding };
        let mut first = resolver.resolve("rebinding.example".parse().unwrap()).await.expect("a public address");
        assert_eq!(first.next().unwrap().ip(), Ipv4Addr::new(8, 8, 8, 8));
        let inside = TcpListener::bind("127.0.0.1:0").unwrap();
        inside.set_nonblocking(true).unwrap();
        let port = inside.local_addr().unwrap().port();
        let client = GuardedClient::with(resolver, TOTAL_TIMEOUT).unwrap();
        let refused = client.send(get(&format!("https://rebinding.example:{port}/"))).await;
        assert!(matches!(refused, Err(HttpError::Refused(AddressRefused::NotPublic(_)))), "{refused:?}");
        assert!(inside.accept().is_err(), "nobody even connected");
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_too_or_nowhere_is_refused() {
        let mixed: fn(String) -> _ = |_| answering(&[[8, 8, 8, 8], [10, 0, 0, 1]]);
        let nowhere: fn(String) -> _ = |_| answering(&[]);
        let inside: fn(String) -> _ = |_| answering(&[[192, 168, 0, 1]]);
        for lookup in [mixed, nowhere, inside] {
            for reach in [Reach::Public, Reach::PublicAndLoopback] {
                let client = GuardedClient::with(CheckedResolver { reach, lookup }, TOTAL_TIMEOUT).unwrap();
                let refused = client.send(get("https://lms.example/")).await;
                assert!(matches!(refused, Err(HttpError::Refused(AddressRefused::NotPublic(_)))), "{refused:?}");
            }
        }
    }

    #[tokio::test]
    async fn a_foreign_name_that_leads_to_this_machine_is_refused_even_where_loopback_is_allowed() {
        let here: fn(String) -> _ = |_| answering(&[[127, 0, 0, 1]]);
        let resolver = CheckedResolver { reach: Reach::PublicAndLoopback, lookup: here };
        let client = GuardedClient::with(resolver, TOTAL_TIMEOUT).unwrap();
        let refused = client.send(get("https://evil.example/")).await;
        assert!(matches!(refused, Err(HttpError::Refused(AddressRefused::NotPublic(_)))), "{refused:?}");
    }

    /// A server on loopback that treats its one visitor as it likes.
    fn hostile(act: impl FnOnce(TcpStream) -> io::Result<()> + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let (mut visitor, _) = listener.accept()?;
            let _asked = visitor.read(&mut [0; 4096])?;
            act(visitor)
        });
        format!("http://{address}/")
    }

    fn impatient() -> GuardedClient {
        let resolver = CheckedResolver { reach: Reach::PublicAndLoopback, lookup };
        GuardedClient::with(resolver, Duration::from_millis(300)).unwrap()
    }

    #[tokio::test]
    async fn an_answer_that_comes_in_drops_is_given_up_in_time() {
        let drip: fn(TcpStream) -> io::Result<()> = |mut visitor| {
            visitor.set_read_timeout(Some(Duration::from_millis(20)))?;
            visitor.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n")?;
            while visitor.write_all(b"x").is_ok() {
                // Returns after 20 ms; the visitor says nothing more.
                let _ = visitor.read(&mut [0; 1]);
            }
            Ok(())
        };
        let in_the_head: fn(TcpStream) -> io::Result<()> = |mut visitor| {
            visitor.set_read_timeout(Some(Duration::from_millis(20)))?;
            visitor.write_all(b"HTTP/1.1 200 OK\r\nx: ")?;
            while visitor.write_all(b"x").is_ok() {
                let _ = visitor.read(&mut [0; 1]);
            }
            Ok(())
        };
        let silent: fn(TcpStream) -> io::Result<()> = |mut visitor| visitor.read(&mut [0; 1]).map(drop);
        for act in [drip, in_the_head, silent] {
            assert_eq!(impatient().send(get(&hostile(act))).await.unwrap_err(), HttpError::TimedOut);
        }
    }

    #[tokio::test]
    async fn an_answer_that_lies_about_its_length_gains_nothing() {
        let near = GuardedClient::new(Reach::PublicAndLoopback).unwrap();
        let huge = hostile(|mut visitor| visitor.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\nx"));
        assert_eq!(near.send(get(&huge)).await.unwrap_err(), HttpError::TooLarge { limit: 1000 });
        let cut = hostile(|mut visitor| visitor.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nx"));
        assert_eq!(near.send(get(&cut)).await.unwrap_err(), HttpError::BrokenOff);
        let more = hostile(|mut visitor| visitor.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxyz"));
        assert_eq!(near.send(get(&more)).await.unwrap().body().as_ref(), b"x");
        let endless = hostile(|mut visitor| {
            visitor.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")?;
            while visitor.write_all(b"64\r\n").and_then(|()| visitor.write_all(&[b'x'; 100])).is_ok() {
                visitor.write_all(b"\r\n")?;
            }
            Ok(())
        });
        assert_eq!(near.send(get(&endless)).await.unwrap_err(), HttpError::TooLarge { limit: 1000 });
    }

    #[tokio::test]
    async fn a_head_without_end_is_refused() {
        let near = GuardedClient::new(Reach::PublicAndLoopback).unwrap();
        let long = hostile(|mut visitor| {
            visitor.write_all(b"HTTP/1.1 200 OK\r\nx: ")?;
            while visitor.write_all(&[b'x'; 4096]).is_ok() {}
            Ok(())
        });
        let many = hostile(|mut visitor| {
            visitor.write_all(b"HTTP/1.1 200 OK\r\n")?;
            while visitor.write_all(b"x: y\r\n").is_ok() {}
            Ok(())
        });
        for address in [long, many] {
            let outcome = near.send(get(&address)).await;
            assert!(matches!(outcome, Err(HttpError::Connection(_))), "{outcome:?}");
        }
    }

    #[tokio::test]
    async fn loopback_is_called_only_where_that_was_said_and_then_by_http_too() {
        let server = server(ResponseTemplate::new(200).set_body_string("hello")).await;
        let near = GuardedClient::new(Reach::PublicAndLoopback).unwrap();
        let answer = near.send(get(&server.uri())).await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.body().as_ref()), (200, b"hello".as_ref()));
        let by_name = server.uri().replace("127.0.0.1", "localhost");
        assert!(near.send(get(&by_name)).await.is_ok());
        let far = GuardedClient::new(Reach::Public).unwrap();
        assert!(matches!(far.send(get(&server.uri())).await, Err(HttpError::Refused(_))));
        for private in ["http://10.0.0.1/", "https://10.0.0.1/", "http://lms.example/", "https://127.0.0.2/"] {
            assert!(matches!(near.send(get(private)).await, Err(HttpError::Refused(_))), "{private}");
        }
    }

    #[tokio::test]
    async fn redirects_are_not_followed() {
        let inside = server(ResponseTemplate::new(200)).await;
        let server = server(ResponseTemplate::new(302).insert_header("location", inside.uri())).await;
        let near = GuardedClient::new(Reach::PublicAndLoopback).unwrap();
        let refused = near.send(get(&server.uri())).await.unwrap_err();
        assert!(matches!(refused, HttpError::Refused(AddressRefused::Redirect(_))));
        assert_eq!(inside.received_requests().await.unwrap().len(), 0);
    }

    #[tokio::test]
    async fn an_answer_larger_than_it_may_be_is_refused() {
        let server = server(ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 1001])).await;
        let near = GuardedClient::new(Reach::PublicAndLoopback).unwrap();
        assert_eq!(near.send(get(&server.uri())).await.unwrap_err(), HttpError::TooLarge { limit: 1000 });
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_is_a_failed_connection() {
        let near = GuardedClient::new(Reach::PublicAndLoopback).unwrap();
        let outcome = near.send(get("http://127.0.0.1:9/")).await;
        assert!(matches!(outcome, Err(HttpError::Connection(_))), "{outcome:?}");
    }
}
