//! `GET /health/live`, `GET /health/ready`: for load balancers.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};

use super::services::Shared;

/// The process answers.
pub async fn live() -> Json<Value> {
    Json(json!({ "status": "alive" }))
}

/// The database answers too, so requests may be sent here.
pub async fn ready(State(services): State<Shared>) -> (StatusCode, Json<Value>) {
    match services.db.ping().await {
        Ok(()) => (StatusCode::OK, Json(json!({ "status": "ready" }))),
        Err(error) => {
            tracing::error!(cause = %error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "not ready" })))
        }
    }
}
