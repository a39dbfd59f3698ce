//! `GET /lti/config.json`: what an administrator pastes elsewhere, in the shape that Canvas reads and people understand.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::web::services::Shared;

/// All addresses, scopes and placements.
pub async fn handler(State(services): State<Shared>) -> Json<Value> {
    let address = |path: &str| services.settings.address(path);
    Json(json!({
        "title": "LTT",
        "description": "An AI tutor with tasks, inside your course",
        "oidc_initiation_url": address("/lti/login"),
        "target_link_uri": address("/lti/launch"),
        "redirect_uris": [address("/lti/launch")],
        "public_jwk_url": address("/lti/jwks"),
        "scopes": [
            "https://purl.imsglobal.org/spec/lti-ags/scope/score",
        ],
        "custom_fields": { "project": "" },
        "extensions": [{
            "platform": "canvas.instructure.com",
            "privacy_level": "anonymous",
            "settings": { "placements": [{
                "placement": "assignment_selection",
                "message_type": "LtiResourceLinkRequest",
                "target_link_uri": address("/lti/launch"),
            }] },
        }],
    }))
}
