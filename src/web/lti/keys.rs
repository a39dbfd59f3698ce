//! `GET /lti/jwks`, `GET /.well-known/jwks.json`: LTT's public keys.

use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    launch::protocol::{OwnKeys as _, public_document},
    web::{refusal::RefusalResponse, services::Shared},
};

/// Every key that may still have to be verified by.
pub async fn handler(State(services): State<Shared>) -> Response {
    let keys = match services.lti.storage().own_keys().await {
        Ok(keys) => keys,
        Err(error) => return RefusalResponse(services.refusals.fault(&error)).into_response(),
    };
    match public_document(&keys) {
        Ok(document) => ([(header::CACHE_CONTROL, "public, max-age=300")], Json(document)).into_response(),
        Err(error) => RefusalResponse(services.refusals.fault(&error)).into_response(),
    }
}
