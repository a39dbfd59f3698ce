//! The gradebook, and the services by which tools read and fill it (Assignment and Grade Services 2.0).

use std::{collections::BTreeMap, convert::Infallible};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use chrono::{DateTime, FixedOffset};
use futures::{Stream, stream};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use super::{
    Addresses, Lms, Parameters,
    course::{self, Activity},
    pages,
    token::{LINE_ITEM_READ, RESULT_READ, SCORE},
};

/// Where the columns are.
pub(super) const LINE_ITEMS: &str = "/lti/lineitems";

/// The media types of AGS 2.0 §3.2.5, 3.3.5 and 3.4.7.
const LINE_ITEM_CONTAINER: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
const LINE_ITEM: &str = "application/vnd.ims.lis.v2.lineitem+json";
const RESULT_CONTAINER: &str = "application/vnd.ims.lis.v2.resultcontainer+json";
const SCORE_TYPE: &str = "application/vnd.ims.lis.v1.score+json";

/// What every column counts up to.
const COLUMN_MAXIMUM: f64 = 100.0;

pub(super) fn router() -> Router<Lms> {
    Router::new()
        .route("/gradebook/events", get(events))
        .route(LINE_ITEMS, get(line_items))
        .route("/lti/lineitems/{activity}", get(line_item))
        .route("/lti/lineitems/{activity}/results", get(results))
        .route("/lti/lineitems/{activity}/scores", post(receive_score))
}

/// The address of an activity's column.
pub(super) fn line_item_url(addresses: &Addresses, activity: &Activity) -> Url {
    addresses.at(&format!("{LINE_ITEMS}/{}", activity.id))
}

/// How far the learner's work has come (AGS 2.0 §3.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum ActivityProgress {
    Initialized,
    Started,
    InProgress,
    Submitted,
    Completed,
}

/// How far the grading has come (AGS 2.0 §3.4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum GradingProgress {
    FullyGraded,
    Pending,
    PendingManual,
    Failed,
    NotReady,
}

/// A score as a tool sends it, and as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Score {
    user_id: String,
    timestamp: DateTime<FixedOffset>,
    #[serde(rename = "scoreGiven")]
    given: Option<f64>,
    #[serde(rename = "scoreMaximum")]
    maximum: Option<f64>,
    activity_progress: ActivityProgress,
    grading_progress: GradingProgress,
    comment: Option<String>,
}

/// Why a score is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum ScoreRefusal {
    #[error("scoreGiven needs a scoreMaximum above zero, and neither may be negative")]
    Points,
    #[error("userId is no learner of this course")]
    UnknownLearner,
    #[error("timestamp must be later than that of the score which is there")]
    Outdated,
}

impl ScoreRefusal {
    fn status(self) -> StatusCode {
        match self {
            Self::Points => StatusCode::BAD_REQUEST,
            Self::UnknownLearner => StatusCode::NOT_FOUND,
            Self::Outdated => StatusCode::CONFLICT,
        }
    }
}

impl Score {
    /// Earned points over possible ones; `None` until it is fully graded.
    pub(super) fn share(&self) -> Option<f64> {
        let graded = self.grading_progress == GradingProgress::FullyGraded;
        let (given, maximum) = (self.given?, self.maximum?);
        graded.then_some((given / maximum).min(1.0))
    }

    /// Points as the tool counts them.
    pub(super) fn points(&self) -> Option<(f64, f64)> {
        Some((self.given?, self.maximum?))
    }

    fn check(&self) -> Result<(), ScoreRefusal> {
        let sound = match (self.given, self.maximum) {
            (None, None) => true,
            (None, Some(maximum)) => maximum >= 0.0,
            (Some(given), Some(maximum)) => given >= 0.0 && maximum > 0.0,
            (Some(_), None) => false,
        };
        if !sound {
            return Err(ScoreRefusal::Points);
        }
        course::learner(&self.user_id).map(drop).ok_or(ScoreRefusal::UnknownLearner)
    }
}

/// The newest score of each learner, by activity and learner.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Gradebook(BTreeMap<String, BTreeMap<String, Score>>);

impl Gradebook {
    /// The newest score of a learner in an activity.
    pub(super) fn score(&self, activity: &str, learner: &str) -> Option<&Score> {
        self.0.get(activity)?.get(learner)
    }

    /// Takes a score, if it is later than the one that is there.
    fn take(&mut self, activity: &Activity, score: Score) -> Result<(), ScoreRefusal> {
        score.check()?;
        let column = self.0.entry(activity.id.to_owned()).or_default();
        if column.get(&score.user_id).is_some_and(|known| score.timestamp <= known.timestamp) {
            return Err(ScoreRefusal::Outdated);
        }
        column.insert(score.user_id.clone(), score);
        Ok(())
    }
}

/// Keeps open pages up to date: the table's body now, and again after every score.
async fn events(State(lms): State<Lms>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut changes = lms.0.scores_received.subscribe();
    changes.mark_changed();
    let tables = stream::unfold((lms, changes), |(lms, mut changes)| async move {
        changes.changed().await.ok()?;
        let rows = pages::gradebook_rows(&lms.gradebook());
        Some((Ok(Event::default().event("gradebook").data(rows)), (lms, changes)))
    });
    Sse::new(tables).keep_alive(KeepAlive::default())
}

fn described(addresses: &Addresses, activity: &Activity) -> Value {
    json!({
        "id": line_item_url(addresses, activity),
        "label": activity.title,
        "scoreMaximum": COLUMN_MAXIMUM,
        "resourceLinkId": activity.id,
    })
}

fn typed(media_type: &'static str, body: Value) -> Response {
    ([(header::CONTENT_TYPE, media_type)], Json(body).into_response().into_body()).into_response()
}

async fn line_items(State(lms): State<Lms>, headers: HeaderMap, Query(filter): Query<Parameters>) -> Response {
    if let Err(refusal) = lms.demand(&headers, LINE_ITEM_READ) {
        return refusal.into_response();
    }
    let link = filter.get("resource_link_id");
    let listed = course::activities().filter(|activity| link.is_none_or(|link| link == activity.id));
    typed(LINE_ITEM_CONTAINER, listed.map(|activity| described(&lms.0.addresses, activity)).collect())
}

async fn line_item(State(lms): State<Lms>, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if let Err(refusal) = lms.demand(&headers, LINE_ITEM_READ) {
        return refusal.into_response();
    }
    match course::activity(&id) {
        Some(activity) => typed(LINE_ITEM, described(&lms.0.addresses, activity)),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn results(
    State(lms): State<Lms>,
    headers: HeaderMap,
    Path(id): Path<String>,
    Query(filter): Query<Parameters>,
) -> Response {
    if let Err(refusal) = lms.demand(&headers, RESULT_READ) {
        return refusal.into_response();
    }
    let Some(activity) = course::activity(&id) else { return StatusCode::NOT_FOUND.into_response() };
    let column = line_item_url(&lms.0.addresses, activity);
    let gradebook = lms.gradebook();
    let learners = course::LEARNERS.iter().filter(|person| filter.get("user_id").is_none_or(|id| id == person.id));
    let results = learners.filter_map(|person| {
        let score = gradebook.score(activity.id, person.id)?;
        Some(json!({
            "id": format!("{column}/results/{}", person.id),
            "scoreOf": column,
            "userId": person.id,
            "resultScore": score.share()? * COLUMN_MAXIMUM,
            "resultMaximum": COLUMN_MAXIMUM,
            "comment": score.comment,
        }))
    });
    typed(RESULT_CONTAINER, results.collect())
}

async fn receive_score(State(lms): State<Lms>, headers: HeaderMap, Path(id): Path<String>, body: Bytes) -> Response {
    if let Err(refusal) = lms.demand(&headers, SCORE) {
        return refusal.into_response();
    }
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media_type.and_then(|value| value.split(';').next()).map(str::trim) != Some(SCORE_TYPE) {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("send the score as {SCORE_TYPE}")).into_response();
    }
    let Some(activity) = course::activity(&id) else { return StatusCode::NOT_FOUND.into_response() };
    let score = match serde_json::from_slice(&body) {
        Ok(score) => score,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("this is no score: {error}")).into_response(),
    };
    keep_score(&lms, activity, score)
}

/// Writes the score down before it is shown or acknowledged.
fn keep_score(lms: &Lms, activity: &Activity, score: Score) -> Response {
    let mut gradebook = lms.gradebook();
    let mut changed = gradebook.clone();
    if let Err(refusal) = changed.take(activity, score) {
        return (refusal.status(), refusal.to_string()).into_response();
    }
    if let Err(error) = lms.0.data_file.write(lms.0.keys.private_pem(), &changed) {
        tracing::error!(%error, "the demo LMS cannot keep a score");
        return (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response();
    }
    *gradebook = changed;
    drop(gradebook);
    lms.0.scores_received.send_modify(|count| *count += 1);
    StatusCode::NO_CONTENT.into_response()
}
