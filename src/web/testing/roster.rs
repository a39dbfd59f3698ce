//! The platform's roster service, and what can go wrong with it.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{Request, StatusCode, header, request::Parts},
    response::{Html, IntoResponse, Redirect, Response},
};
use futures::stream;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    TestApp,
    platform::{Served, TestPlatform},
};
use crate::launch::roster::{
    self, Member,
    sync::{Outcome, Rosters},
};

/// What goes wrong where the platform lists its members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterFault {
    /// It answers with 503.
    Down,
    /// It lets nobody in.
    Forbidden,
    /// It asks to wait.
    Throttled,
    /// It has more members than it hands out, as Open edX says it.
    TooMany,
    /// Its answer breaks off.
    Half,
    /// It answers with 10 MB.
    Huge,
    /// It answers with a page.
    Page,
    /// It sends on to another address.
    Redirect,
    /// Its list goes on at another host.
    Elsewhere,
    /// Its list begins anew after its end.
    Endless,
    /// The second page cannot be had.
    SecondPage,
    /// It knows no limit, and refuses the word.
    NoLimit,
    /// It tells where changes are to be had.
    Differences,
}

impl TestPlatform {
    /// From now on the roster is told wrongly, or rightly again.
    pub fn disturb_roster(&self, fault: Option<RosterFault>) {
        *self.0.roster_fault.lock().unwrap() = fault;
    }

    /// The addresses at which the roster was asked for, oldest first.
    pub fn roster_asked(&self) -> Vec<String> {
        self.0.roster_asked.lock().unwrap().clone()
    }
}

/// A learner as the service spells them.
pub fn enrolled(id: &str, name: &str) -> Value {
    json!({"user_id": id, "name": name, "status": "Active",
        "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"]})
}

pub(super) async fn members(State(served): State<Arc<Served>>, parts: Parts, body: Bytes) -> Response {
    served.roster_asked.lock().unwrap().push(parts.uri.to_string());
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let here = served.platform.addresses().members.clone();
    let rightly = || {
        let answer = served.platform.services(&Request::from_parts(parts, body), served.now());
        answer.map_or_else(|| StatusCode::NOT_FOUND.into_response(), |answer| answer.map(Body::from))
    };
    let linked = |mut answer: Response, link: String| {
        answer.headers_mut().insert(header::LINK, link.parse().unwrap());
        answer
    };
    let fault = *served.roster_fault.lock().unwrap();
    match fault {
        Some(RosterFault::Down) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some(RosterFault::Forbidden) => (StatusCode::FORBIDDEN, "not for you").into_response(),
        Some(RosterFault::Throttled) => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3600")]).into_response(),
        Some(RosterFault::TooMany) => {
            (StatusCode::FORBIDDEN, axum::Json(json!({"error": "above_response_limit"}))).into_response()
        }
        Some(RosterFault::Half) => {
            let beginning = Ok(Bytes::from_static(b"{\"id\": \"x\", \"members\": [{\"user_id\": \"1\""));
            let broken: [Result<Bytes, std::io::Error>; 2] = [beginning, Err(std::io::Error::other("broken off"))];
            Body::from_stream(stream::iter(broken)).into_response()
        }
        Some(RosterFault::Huge) => format!("{{\"members\": [{}]}}", " ".repeat(10 * 1024 * 1024)).into_response(),
        Some(RosterFault::Page) => Html("<html><body>Sign in</body></html>").into_response(),
        Some(RosterFault::Redirect) => Redirect::temporary("http://127.0.0.1:9/members").into_response(),
        Some(RosterFault::Elsewhere) => linked(rightly(), "<http://localhost:9/members?page=2>; rel=\"next\"".into()),
        Some(RosterFault::Endless) => linked(rightly(), format!("<{here}?limit=100&groups=no>; rel=\"next\"")),
        Some(RosterFault::SecondPage) if query.contains("page=2") => StatusCode::BAD_GATEWAY.into_response(),
        Some(RosterFault::NoLimit) if query.contains("limit") => StatusCode::BAD_REQUEST.into_response(),
        Some(RosterFault::Differences) => linked(rightly(), format!("<{here}?since=7>; rel=\"differences\"")),
        Some(RosterFault::SecondPage | RosterFault::NoLimit) | None => rightly(),
    }
}

impl TestApp {
    /// Reads the roster of the course of the usual launches.
    pub async fn sync_roster(&self) -> Outcome {
        let services = &self.services;
        let rosters = Rosters::new(services.db.clone(), services.entropy.clone(), Arc::clone(&services.lti));
        rosters.sync(services.clock.as_ref(), self.course().await).await.unwrap()
    }

    /// Who is in that course.
    pub async fn members(&self) -> Vec<Member> {
        let course = self.course().await;
        roster::members(&mut self.services.db.read().await.unwrap(), course).await.unwrap()
    }

    /// The one course whose launches brought a roster.
    pub async fn course(&self) -> Uuid {
        let mut tx = self.services.db.read().await.unwrap();
        roster::all(&mut tx).await.unwrap()[0].course
    }
}
