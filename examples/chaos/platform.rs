//! A platform with a gradebook that takes what is newer, remembers all that was posted, and starts anew now and then: whoever
//! is connected is cut off, and its tokens are forgotten. Tokens are given out by the LTI library's test kit, for assertions
//! that hold.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use anyhow::{Result, anyhow};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse as _, Response},
    routing::post,
};
use chrono::{DateTime, Utc};
use futures::stream;
use lti::testkit::{self, Placement, Quirks};
use ltt::{
    clock::{Clock as _, SystemClock},
    entropy::Entropy,
    launch::platform::NewRegistration,
};
use rand::Rng as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime, time::sleep};
use url::Url;

use crate::{
    faults::{Fault, Faults},
    free_port,
};

const CLIENT: &str = "chaos";
/// The one deployment.
pub const DEPLOYMENT: &str = "1";
const COLUMN: &str = "/lti/lineitems/1";
const ERROR_PAGE: &str = "<!doctype html><title>Sorry</title><h1>Something went wrong</h1>";
/// After that LTT no longer waits.
const ENDLESS: Duration = Duration::from_secs(18);

/// A score that was posted, and what became of it.
#[derive(Debug, Clone)]
pub struct Post {
    /// The time it says.
    pub timestamp: DateTime<Utc>,
    /// Points.
    pub given: f64,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// Whether it came into the gradebook.
    pub taken: bool,
}

#[derive(Debug, Default)]
struct Book {
    tokens: HashSet<String>,
    tokens_asked: u64,
    /// All posts, in the order in which they were decided on.
    posts: HashMap<String, Vec<Post>>,
    given: BTreeMap<Fault, u64>,
}

/// The platform.
pub struct Platform {
    number: usize,
    base: Url,
    kit: testkit::Platform,
    faults: Faults,
    entropy: Entropy,
    tool_keys: OnceLock<Value>,
    book: Mutex<Book>,
    restarts: AtomicUsize,
}

/// A score as LTT sends it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    user_id: String,
    timestamp: DateTime<Utc>,
    score_given: f64,
}

/// A platform that lives.
pub struct Life {
    stop: mpsc::Sender<Infallible>,
    thread: thread::JoinHandle<Result<()>>,
}

impl Life {
    /// Ends it.
    pub fn end(self) -> Result<()> {
        drop(self.stop);
        self.thread.join().map_err(|_| anyhow!("a platform broke down"))?
    }
}

impl Platform {
    /// A platform on a free port, where nobody answers yet.
    pub fn new(number: usize, faults: Faults) -> Result<Self> {
        let base = Url::parse(&format!("http://127.0.0.1:{}", free_port()?))?;
        let placement = Placement::at("http://127.0.0.1", CLIENT, DEPLOYMENT)?;
        Ok(Self {
            number,
            kit: testkit::Platform::new(Quirks::default(), &base, placement),
            base,
            faults,
            entropy: Entropy::seeded(faults.seed),
            tool_keys: OnceLock::new(),
            book: Mutex::default(),
            restarts: AtomicUsize::new(0),
        })
    }

    /// What LTT is told of it.
    pub fn registration(&self) -> NewRegistration {
        let known = self.kit.registration();
        NewRegistration {
            name: format!("Platform {}", self.number),
            issuer: known.issuer,
            client_id: known.client_id,
            auth_url: known.auth_url.into(),
            token_url: known.token_url.into(),
            jwks_url: known.jwks_url.into(),
            deployments: vec![DEPLOYMENT.to_owned()],
            ..NewRegistration::default()
        }
    }

    /// The address of its one column.
    pub fn column(&self) -> Result<Url> {
        Ok(self.base.join(COLUMN)?)
    }

    /// How often it started anew.
    pub fn restarts(&self) -> usize {
        self.restarts.load(Ordering::Relaxed)
    }

    /// All that was posted for a learner, in order.
    pub fn posts(&self, subject: &str) -> Vec<Post> {
        self.book().posts.get(subject).cloned().unwrap_or_default()
    }

    /// Begins to live, and starts anew at times.
    pub fn live(self: Arc<Self>, tool_keys: Value) -> Result<Life> {
        self.tool_keys.set(tool_keys).map_err(|_| anyhow!("a platform lives once"))?;
        let (stop, stopped) = mpsc::channel();
        let thread = thread::spawn(move || self.live_until(&stopped));
        Ok(Life { stop, thread })
    }

    /// Each life is a runtime of its own, so that its end cuts whatever is under way.
    fn live_until(self: Arc<Self>, stopped: &mpsc::Receiver<Infallible>) -> Result<()> {
        let mut rng = self.faults.rng(("lives", self.number));
        let lasts = |span: Duration| stopped.recv_timeout(span) == Err(mpsc::RecvTimeoutError::Timeout);
        loop {
            let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
            runtime.spawn(serve(Arc::clone(&self)));
            let life = if self.faults.calm { u64::MAX } else { rng.random_range(1000..6000) };
            let lives_on = lasts(Duration::from_millis(life.min(86_400_000)));
            runtime.shutdown_timeout(Duration::from_secs(1));
            self.book().tokens.clear();
            if !lives_on || !lasts(Duration::from_millis(rng.random_range(20..800))) {
                return Ok(());
            }
            self.restarts.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a post, and says what goes wrong with it; it comes into the gradebook later, if at all.
    fn note(&self, sent: &Sent, knows_token: bool) -> (usize, Option<Fault>) {
        let mut book = self.book();
        let posts = book.posts.entry(sent.user_id.clone()).or_default();
        let nth = posts.iter().filter(|post| post.given.to_bits() == sent.score_given.to_bits()).count();
        let fault = if knows_token {
            self.faults.of_post(&sent.user_id, sent.score_given, nth)
        } else {
            Some(Fault::ForgottenToken)
        };
        posts.push(Post { timestamp: sent.timestamp, given: sent.score_given, fault, taken: false });
        let place = posts.len() - 1;
        if let Some(fault) = fault {
            *book.given.entry(fault).or_default() += 1;
        }
        (place, fault)
    }

    /// Takes a score that is later than what is there.
    fn take(&self, sent: &Sent, place: usize) -> bool {
        let mut book = self.book();
        let posts = book.posts.entry(sent.user_id.clone()).or_default();
        let is_news = posts.iter().filter(|post| post.taken).all(|post| post.timestamp < sent.timestamp);
        posts[place].taken = is_news;
        is_news
    }
}

/// What went wrong how often, at all of them.
pub fn given(platforms: &[Arc<Platform>]) -> BTreeMap<Fault, u64> {
    let mut sum = BTreeMap::new();
    for platform in platforms {
        for (fault, times) in &platform.book().given {
            *sum.entry(*fault).or_default() += times;
        }
    }
    sum
}

async fn serve(platform: Arc<Platform>) {
    let address = SocketAddr::from(([127, 0, 0, 1], platform.base.port().unwrap_or_default()));
    let router = Router::new()
        .route("/lti/token", post(grant))
        .route(&format!("{COLUMN}/scores"), post(receive))
        .with_state(platform);
    let served = async { axum::serve(TcpListener::bind(address).await?, router).await };
    if let Err(error) = served.await {
        eprintln!("a platform cannot live at {address}: {error}");
    }
}

async fn grant(State(platform): State<Arc<Platform>>, form: Bytes) -> Response {
    let asked = {
        let mut book = platform.book();
        book.tokens_asked += 1;
        book.tokens_asked
    };
    if platform.faults.of_token(platform.number, asked) {
        *platform.book().given.entry(Fault::NoToken).or_default() += 1;
        return (StatusCode::INTERNAL_SERVER_ERROR, "no token today").into_response();
    }
    let now = SystemClock.now();
    let granted = platform.entropy.with(|rng| platform.kit.grant_access(&form, platform.tool_keys.get(), now, rng));
    let answer: Option<Value> = serde_json::from_slice(granted.body()).ok();
    if let Some(token) = answer.as_ref().and_then(|answer| answer["access_token"].as_str()) {
        platform.book().tokens.insert(token.to_owned());
    }
    granted.map(Body::from)
}

async fn receive(State(platform): State<Arc<Platform>>, headers: HeaderMap, body: Bytes) -> Response {
    let Ok(sent) = serde_json::from_slice::<Sent>(&body) else {
        return (StatusCode::BAD_REQUEST, "this is no score").into_response();
    };
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let knows_token = shown.is_some_and(|token| platform.book().tokens.contains(token));
    let (place, fault) = platform.note(&sent, knows_token);
    match fault {
        Some(Fault::ForgottenToken | Fault::Forbidden) => {
            return (StatusCode::FORBIDDEN, r#"{"detail":"Invalid token."}"#).into_response();
        }
        Some(Fault::Failed | Fault::NoToken) => {
            return (StatusCode::INTERNAL_SERVER_ERROR, r#"{"detail":"failed"}"#).into_response();
        }
        Some(Fault::ErrorPage) => return page(StatusCode::INTERNAL_SERVER_ERROR),
        Some(Fault::Unavailable) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(Fault::Busy) => return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response(),
        Some(Fault::Refused) => return (StatusCode::BAD_REQUEST, "not this one").into_response(),
        Some(Fault::BrokenOff) => return broken_off(StatusCode::OK),
        Some(Fault::Slow) => {
            let pause = platform.faults.rng((&sent.user_id, place)).random_range(50..800);
            sleep(Duration::from_millis(pause)).await;
        }
        Some(Fault::Endless) => sleep(ENDLESS).await,
        Some(Fault::HalfAnswer | Fault::OddAnswer) | None => {}
    }
    if !platform.take(&sent, place) {
        let reason = json!({"timestamp": ["The timestamp must be later than that of the score which is there"]});
        return (StatusCode::CONFLICT, reason.to_string()).into_response();
    }
    match fault {
        Some(Fault::HalfAnswer) => broken_off(StatusCode::CREATED),
        Some(Fault::OddAnswer) => page(StatusCode::OK),
        _ => StatusCode::CREATED.into_response(),
    }
}

fn page(status: StatusCode) -> Response {
    (status, [(header::CONTENT_TYPE, "text/html")], ERROR_PAGE).into_response()
}

/// An answer that ends before it is whole.
fn broken_off(status: StatusCode) -> Response {
    let pieces = [Ok(Bytes::from_static(b"{\"resultUrl\": ")), Err(io::Error::other("gone"))];
    (status, [(header::CONTENT_LENGTH, "4096")], Body::from_stream(stream::iter(pieces))).into_response()
}
