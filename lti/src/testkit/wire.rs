//! A network that is only in memory: simulated platforms, answers that were prepared, and a list of what was asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use rand::{SeedableRng as _, rngs::StdRng};
use serde_json::Value;

use super::Platform;
use crate::http::{HttpClient, HttpError, Request};

type Answer = Result<http::Response<Bytes>, HttpError>;

/// A network in memory. What was prepared for an address comes first, then the platform that is there.
#[derive(Debug)]
pub struct Wire(Mutex<Inside>);

#[derive(Debug)]
struct Inside {
    platforms: Vec<Arc<Platform>>,
    prepared: HashMap<String, VecDeque<Answer>>,
    asked: Vec<Request>,
    tool_keys: Option<Value>,
    now: DateTime<Utc>,
    rng: StdRng,
}

impl Wire {
    /// A network where it is `now`, until it is [told otherwise](Wire::set_time).
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(Inside {
            platforms: Vec::new(),
            prepared: HashMap::new(),
            asked: Vec::new(),
            tool_keys: None,
            now,
            rng: StdRng::seed_from_u64(4),
        }))
    }

    /// Puts a platform on the network.
    pub fn connect(&self, platform: Arc<Platform>) {
        self.inside().platforms.push(platform);
    }

    /// Moves its clock.
    pub fn set_time(&self, now: DateTime<Utc>) {
        self.inside().now = now;
    }

    /// The key set by which platforms verify the tool's assertions.
    pub fn set_tool_keys(&self, document: Value) {
        self.inside().tool_keys = Some(document);
    }

    /// Prepares an answer for an address. Several are given in turn; the last one stays.
    #[expect(clippy::needless_pass_by_value, reason = "the calls read better")]
    pub fn answer(&self, url: &str, status: u16, headers: &[(&'static str, &str)], body: impl ToString) {
        let mut response = http::Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(*name, *value);
        }
        let answer =
            response.body(Bytes::from(body.to_string())).map_err(|error| HttpError::Connection(error.to_string()));
        self.prepare(url, answer);
    }

    /// Prepares a failure for an address.
    pub fn fail(&self, url: &str, error: HttpError) {
        self.prepare(url, Err(error));
    }

    fn prepare(&self, url: &str, answer: Answer) {
        self.inside().prepared.entry(url.to_owned()).or_default().push_back(answer);
    }

    /// Forgets what was prepared for an address.
    pub fn forget(&self, url: &str) {
        self.inside().prepared.remove(url);
    }

    /// Everything that was asked, in order.
    pub fn asked(&self) -> Vec<Request> {
        self.inside().asked.clone()
    }

    /// How often an address was asked.
    pub fn times_asked(&self, url: &str) -> usize {
        self.inside().asked.iter().filter(|request| request.url.as_str() == url).count()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpClient for Wire {
    async fn send(&self, request: Request) -> Answer {
        // Lets everybody else run meanwhile, as a network does.
        tokio::task::yield_now().await;
        self.inside().reply(&request)
    }
}

impl Inside {
    fn reply(&mut self, request: &Request) -> Answer {
        self.asked.push(request.clone());
        if let Some(prepared) = self.prepared.get_mut(request.url.as_str()) {
            let last = prepared.len() == 1;
            let answer = if last { prepared.front().cloned() } else { prepared.pop_front() };
            return answer.unwrap_or(Err(HttpError::TimedOut));
        }
        let limit = request.limit;
        let nobody = || HttpError::Connection(format!("nobody is at {}", request.url));
        let found = self
            .platforms
            .iter()
            .find_map(|platform| platform.serve(request, self.tool_keys.as_ref(), self.now, &mut self.rng));
        let answer = found.ok_or_else(nobody)?;
        if answer.body().len() > limit { Err(HttpError::TooLarge { limit }) } else { Ok(answer) }
    }
}
