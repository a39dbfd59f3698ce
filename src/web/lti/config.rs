//! `GET /lti/config.json`: what an administrator pastes elsewhere, in the shape that Canvas reads and people understand.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    launch::enrolment,
    web::{refusal::RefusalResponse, services::Shared},
};

/// All addresses, scopes and placements.
pub async fn handler(State(services): State<Shared>) -> Response {
    let tool = match enrolment::description(&services.settings.public_url) {
        Ok(tool) => tool,
        Err(error) => return RefusalResponse(services.refusals.fault(&error)).into_response(),
    };
    let placements: Vec<Value> = tool
        .messages
        .iter()
        .flat_map(|message| message.placements.iter().map(move |placement| (message, placement)))
        .map(|(message, placement)| {
            json!({
                "placement": placement,
                "message_type": message.kind.name(),
                "target_link_uri": tool.target_link_uri,
                "text": message.label,
            })
        })
        .collect();
    let document = json!({
        "title": tool.name,
        "description": tool.description,
        "oidc_initiation_url": tool.login_url,
        "target_link_uri": tool.target_link_uri,
        "redirect_uris": tool.redirect_uris,
        "public_jwk_url": tool.jwks_url,
        "scopes": tool.scopes,
        "custom_fields": { "project": "" },
        "extensions": [{
            "platform": "canvas.instructure.com",
            "domain": services.settings.public_url.host_str(),
            "privacy_level": "anonymous",
            "settings": { "platform": "canvas.instructure.com", "text": tool.name, "placements": placements },
        }],
    });
    Json(document).into_response()
}
