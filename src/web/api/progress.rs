//! `GET /api/progress`: how far the learner has come.

use app::model::{Activity, TaskState};
use axum::{Json, extract::State, http::HeaderMap};
use serde::Serialize;

use crate::web::{learner::SessionLearner, refusal::RefusalResponse, services::Shared, session::Session};

/// How far the learner has come in this launch.
#[derive(Debug, Serialize)]
pub struct Progress {
    /// Closed work over all work, from 0 to 1.
    completion: f64,
    /// Points earned over points possible, from 0 to 1.
    score: f64,
    /// Every task of this launch, parents before their children.
    tasks: Vec<Task>,
}

#[derive(Debug, Serialize)]
struct Task {
    id: String,
    title: String,
    state: TaskState,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
}

impl From<Activity> for Progress {
    fn from(activity: Activity) -> Self {
        let progress = activity.progress;
        let score = if progress.possible > 0.0 { progress.points / progress.possible } else { 0.0 };
        let tasks = activity.tasks.into_iter();
        Self {
            completion: progress.completion(),
            score,
            tasks: tasks
                .map(|row| Task { id: row.id, title: row.title, state: row.state, parent: row.parent })
                .collect(),
        }
    }
}

/// Answers with the progress.
pub async fn handler(State(services): State<Shared>, headers: HeaderMap) -> Result<Json<Progress>, RefusalResponse> {
    let session = Session::of_request(&services, &headers).await.map_err(RefusalResponse)?;
    let activity = SessionLearner::new(services, session).activity_now().await.map_err(RefusalResponse)?;
    Ok(Json(activity.into()))
}
