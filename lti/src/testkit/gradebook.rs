//! The gradebook, and the services by which tools read and fill it (Assignment and Grade Services 2.0).

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, DurationRound as _, FixedOffset, TimeDelta, Utc};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Platform,
    access::{LINE_ITEM_READ, RESULT_READ, SCORE},
    answers,
    family::{Family, Fault, Publishing, Scores},
    people::{Link, Part},
};
use crate::parameters::Parameters;

/// The media types of AGS 2.0 §3.2.5, 3.3.5 and 3.4.7.
const LINE_ITEM_CONTAINER: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
const LINE_ITEM: &str = "application/vnd.ims.lis.v2.lineitem+json";
const RESULT_CONTAINER: &str = "application/vnd.ims.lis.v2.resultcontainer+json";
const SCORE_TYPE: &str = "application/vnd.ims.lis.v1.score+json";

/// What every column counts up to.
const COLUMN_MAXIMUM: f64 = 100.0;

/// How far the learner's work has come (AGS 2.0 §3.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActivityProgress {
    /// Not begun.
    Initialized,
    /// Begun.
    Started,
    /// Under way.
    InProgress,
    /// Handed in, to be handed in again perhaps.
    Submitted,
    /// Done.
    Completed,
}

/// How far the grading has come (AGS 2.0 §3.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GradingProgress {
    /// The score is the grade.
    FullyGraded,
    /// Not yet.
    Pending,
    /// A person has to look.
    PendingManual,
    /// It could not be graded.
    Failed,
    /// There is nothing to grade.
    NotReady,
}

/// A score as a tool sent it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Scored {
    /// Whose.
    pub user_id: String,
    /// When it came about.
    pub timestamp: DateTime<FixedOffset>,
    /// Points earned.
    #[serde(rename = "scoreGiven")]
    pub given: Option<f64>,
    /// Points that can be earned.
    #[serde(rename = "scoreMaximum")]
    pub maximum: Option<f64>,
    /// How far the work has come.
    pub activity_progress: ActivityProgress,
    /// How far the grading has come.
    pub grading_progress: GradingProgress,
    /// Words to it.
    pub comment: Option<String>,
}

impl Scored {
    /// Points as the tool counts them.
    pub fn points(&self) -> Option<(f64, f64)> {
        Some((self.given?, self.maximum?))
    }

    /// Whether its points make sense.
    fn is_sound(&self) -> bool {
        match (self.given, self.maximum) {
            (None, None) => true,
            (None, Some(maximum)) => maximum >= 0.0,
            (Some(given), Some(maximum)) => given >= 0.0 && maximum > 0.0,
            (Some(_), None) => false,
        }
    }

    /// What the gradebook shows for it, as a share of what can be earned.
    fn grade(&self, publishing: Publishing) -> Option<f64> {
        let graded = self.grading_progress == GradingProgress::FullyGraded;
        let (given, maximum) = self.points()?;
        let shown = graded && (publishing != Publishing::WhenGradedAndNotZero || given > 0.0);
        shown.then_some((given / maximum).min(1.0))
    }
}

/// The newest score of each learner, by link and learner.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Gradebook(BTreeMap<String, BTreeMap<String, Scored>>);

impl Gradebook {
    /// The newest score of a learner in a column.
    pub fn score(&self, link_id: &str, person_id: &str) -> Option<&Scored> {
        self.0.get(link_id)?.get(person_id)
    }

    /// Whether a score is later than the one that is there.
    fn is_news(&self, link_id: &str, score: &Scored, grain: TimeDelta) -> bool {
        let told_apart = |time: DateTime<FixedOffset>| time.to_utc().duration_trunc(grain).unwrap_or(time.to_utc());
        let known = self.score(link_id, &score.user_id);
        known.is_none_or(|known| told_apart(score.timestamp) > told_apart(known.timestamp))
    }
}

impl Platform {
    /// The newest scores.
    pub fn gradebook(&self) -> Gradebook {
        self.state().gradebook.clone()
    }

    /// The grade that people see for a learner in a column, as a share of what can be earned.
    pub fn grade(&self, link_id: &str, person_id: &str) -> Option<f64> {
        self.state().gradebook.score(link_id, person_id)?.grade(self.quirks.scores.publishing)
    }

    /// All scores that were posted with a good token, oldest first, taken or not.
    pub fn scores_received(&self) -> Vec<Value> {
        self.state().received.clone()
    }

    /// Answers the next scores as a platform that has enough for a while.
    pub fn throttle_next(&self, scores: usize) {
        self.state().throttled = scores;
    }

    /// The services: the gradebook's columns, their results, and scores; who is in the course. `None` where the address is not
    /// one of theirs.
    pub fn services(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Option<Response<Bytes>> {
        self.people_services(request, now).or_else(|| self.gradebook_services(request, now))
    }

    fn gradebook_services(&self, request: &Request<Bytes>, now: DateTime<Utc>) -> Option<Response<Bytes>> {
        let rest = request.uri().path().strip_prefix(self.addresses.line_items.path())?;
        let query = Parameters::new(request.uri().query().unwrap_or_default().as_bytes());
        let asked = |name| query.optional(name, 4096).ok().flatten();
        if rest.is_empty() {
            return Some(self.guarded(request, LINE_ITEM_READ, now, || {
                let link = asked("resource_link_id");
                let links = self.links();
                let listed = links.iter().filter(|one| link.as_ref().is_none_or(|link| *link == one.id));
                let columns: Vec<_> = listed.map(|link| self.described(link)).collect();
                answers::json(StatusCode::OK, LINE_ITEM_CONTAINER, &json!(columns))
            }));
        }
        let mut segments = rest.strip_prefix('/')?.split('/').filter(|segment| *segment != "lineitem");
        let id = percent_encoding::percent_decode_str(segments.next()?).decode_utf8_lossy().into_owned();
        let links = self.links();
        let Some(link) = links.iter().find(|link| link.id == id) else {
            return Some(answers::text(StatusCode::NOT_FOUND, "there is no such column"));
        };
        Some(match (request.method(), segments.next()) {
            (&Method::GET, None) => self.guarded(request, LINE_ITEM_READ, now, || {
                answers::json(StatusCode::OK, LINE_ITEM, &self.described(link))
            }),
            (&Method::GET, Some("results")) => self.guarded(request, RESULT_READ, now, || {
                answers::json(StatusCode::OK, RESULT_CONTAINER, &self.results(link, asked("user_id").as_deref()))
            }),
            (&Method::POST, Some("scores")) => {
                self.guarded(request, SCORE, now, || self.receive(link, request.headers(), request.body()))
            }
            _ => answers::text(StatusCode::NOT_FOUND, "there is nothing here"),
        })
    }

    pub(super) fn guarded(
        &self,
        request: &Request<Bytes>,
        scope: &str,
        now: DateTime<Utc>,
        answer: impl FnOnce() -> Response<Bytes>,
    ) -> Response<Bytes> {
        match self.demand(request.headers(), scope, now) {
            Ok(()) => answer(),
            Err(refused) => *refused,
        }
    }

    fn described(&self, link: &Link) -> Value {
        json!({
            "id": self.addresses.line_item(&link.id),
            "label": link.title,
            "scoreMaximum": COLUMN_MAXIMUM,
            "resourceLinkId": link.id,
        })
    }

    fn results(&self, link: &Link, person_id: Option<&str>) -> Value {
        let column = self.addresses.line_item(&link.id);
        let state = self.state();
        let scores = state.gradebook.0.get(&link.id).into_iter().flatten();
        let results =
            scores.filter(|(id, _)| person_id.is_none_or(|wanted| wanted == *id)).filter_map(|(id, score)| {
                Some(json!({
                    "id": format!("{column}/results/{id}"),
                    "scoreOf": column,
                    "userId": id,
                    "resultScore": score.grade(self.quirks.scores.publishing)? * COLUMN_MAXIMUM,
                    "resultMaximum": COLUMN_MAXIMUM,
                    "comment": score.comment,
                }))
            });
        results.collect()
    }

    /// Takes a score or says why not; it is kept before it is acknowledged.
    fn receive(&self, link: &Link, headers: &HeaderMap, body: &Bytes) -> Response<Bytes> {
        let Scores { taken, outdated, unknown_learner, nonsense, grain, publishing, any_media_type, .. } =
            self.quirks.scores;
        let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let is_score = media_type.and_then(|value| value.split(';').next()).map(str::trim) == Some(SCORE_TYPE);
        if !is_score && !any_media_type {
            return answers::text(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("send the score as {SCORE_TYPE}"));
        }
        let mut state = self.state();
        let sent: Result<Value, _> = serde_json::from_slice(body);
        state.received.extend(sent.as_ref().ok().cloned());
        if state.throttled > 0 {
            state.throttled -= 1;
            return self.throttled();
        }
        let mut score: Scored = match sent.and_then(serde_json::from_value) {
            Ok(score) => score,
            Err(error) if body.is_empty() || serde_json::from_slice::<Value>(body).is_err() => {
                return answers::text(StatusCode::BAD_REQUEST, format!("this is no score: {error}"));
            }
            Err(error) => return fault(nonsense, &format!("this is no score: {error}")),
        };
        if !score.is_sound() {
            let reason = "scoreGiven needs a scoreMaximum above zero, and neither may be negative";
            return fault(nonsense, reason);
        }
        if !self.people.iter().any(|person| person.id == score.user_id && person.part == Part::Learner) {
            return fault(unknown_learner, "userId is no learner of this course");
        }
        if !state.gradebook.is_news(&link.id, &score, grain) {
            let reason = json!({"timestamp": ["The timestamp must be later than that of the score which is there"]});
            return answers::json(outdated, "application/json", &reason);
        }
        if publishing == Publishing::OrCleared && score.grading_progress != GradingProgress::FullyGraded {
            score.given = None;
        }
        let mut changed = state.gradebook.clone();
        changed.0.entry(link.id.clone()).or_default().insert(score.user_id.clone(), score);
        if let Some(Err(error)) = self.keep.as_ref().map(|keep| keep(&changed)) {
            return answers::text(StatusCode::SERVICE_UNAVAILABLE, error);
        }
        state.gradebook = changed;
        self.took(taken, link, body)
    }

    fn took(&self, status: StatusCode, link: &Link, body: &Bytes) -> Response<Bytes> {
        match self.quirks.family {
            Some(Family::OpenEdx) => answers::typed(status, SCORE_TYPE, String::from_utf8_lossy(body)),
            Some(Family::Canvas) => {
                let result = format!("{}/results/1", self.addresses.line_item(&link.id));
                answers::json(status, "application/json", &json!({"resultUrl": result}))
            }
            _ => answers::text(status, ""),
        }
    }

    fn throttled(&self) -> Response<Bytes> {
        let status = self.quirks.scores.throttled;
        let mut answer = answers::text(status, format!("{status} (Rate Limit Exceeded)"));
        let (name, value) = match status {
            StatusCode::FORBIDDEN => ("x-rate-limit-remaining", "0.0"),
            _ => ("retry-after", "30"),
        };
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
        answer
    }
}

fn fault(kind: Fault, reason: &str) -> Response<Bytes> {
    match kind {
        Fault::Said(status) => answers::text(status, reason),
        Fault::Breakdown => answers::breakdown(),
    }
}
