//! `POST /lti/notices`: what platforms tell while nobody is looking. (Platform Notification Service 1.0)

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{State, rejection::BytesRejection},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;
use url::Url;

use super::Refused;
use crate::{
    launch::{
        notices,
        platform::Registration,
        protocol::{Launch, Notice, NoticeHandler, NoticeKind, NoticeRefused, NoticeService},
        storage::Storage,
    },
    store::StoreError,
    web::{refusal::RefusalResponse, services::Shared},
};

/// Where platforms post them.
pub(super) const ADDRESS: &str = "/lti/notices";

/// A list of notices. Good ones are acted on whatever is wrong with others; platforms send none of them again.
pub async fn by_post(State(services): State<Shared>, body: Result<Bytes, BytesRejection>) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(rejection) => {
            let refusal = services.refusals.say(rejection.status(), "request_unreadable", rejection.to_string());
            return RefusalResponse(refusal).into_response();
        }
    };
    let judged = match services.lti.notices(&body, services.clock.now()).await {
        Ok(judged) => judged,
        Err(refused) => return refusal(&services, &refused).await,
    };
    let (good, refused): (Vec<_>, Vec<_>) = judged.into_iter().partition(Result::is_ok);
    let good: Vec<Notice> = good.into_iter().flatten().collect();
    if let Err(error) = acted_on(&services, &good).await {
        return RefusalResponse(services.refusals.store(&error)).into_response();
    }
    let mut answer = Json(json!({ "taken": good.len() })).into_response();
    for refused in refused.into_iter().filter_map(Result::err) {
        let response = refusal(&services, &refused).await;
        if good.is_empty() {
            answer = response;
        }
    }
    answer
}

async fn acted_on(services: &Shared, good: &[Notice]) -> Result<(), StoreError> {
    let mut tx = services.db.begin().await?;
    for notice in good {
        notices::act_on(&mut tx, notice).await?;
    }
    tx.commit().await
}

/// Tells the platform no, and the administrator why.
async fn refusal(services: &Shared, refused: &NoticeRefused) -> Response {
    let explanation = format!("A notice was refused. {} ({})", refused.explanation(), refused.rule());
    let entry = Refused::entry(services, refused.code(), explanation);
    let status = match refused {
        NoticeRefused::NotNotices => StatusCode::BAD_REQUEST,
        NoticeRefused::TooMany => StatusCode::PAYLOAD_TOO_LARGE,
        NoticeRefused::RegistrationUnknown { .. } | NoticeRefused::Token(_) => StatusCode::UNAUTHORIZED,
    };
    let mut refusal = services.refusals.say(status, refused.code(), "This is no notice that LTT takes.");
    refusal.reference.clone_from(&entry.reference);
    Refused { status, page: crate::web::pages::Message::default(), entry }.note(services).await;
    RefusalResponse(refusal).into_response()
}

/// Asks the platform of a launch to tell of copied courses, where it offers that and has not been asked. Nobody waits for it.
pub(super) async fn ask_for(services: &Shared, launch: &Launch<Storage>) {
    let Some(service) = launch
        .claims
        .notice_service
        .as_ref()
        .filter(|service| service.notice_types_supported.iter().any(|kind| kind == NoticeKind::CONTEXT_COPY))
    else {
        return;
    };
    let (registration, deployment_id) = (&launch.registered.registration, &launch.claims.deployment_id);
    let should = async {
        let mut tx = services.db.begin().await?;
        let should = notices::should_ask(&mut tx, services.clock.now(), registration, deployment_id).await?;
        tx.commit().await?;
        Ok::<_, StoreError>(should)
    };
    match should.await {
        Ok(false) => {}
        Ok(true) => {
            let asking = asked(Arc::clone(services), registration.clone(), deployment_id.clone(), service.clone());
            tokio::spawn(asking);
        }
        Err(error) => tracing::warn!(cause = %error, "a platform was not asked for notices"),
    }
}

async fn asked(services: Shared, registration: Registration, deployment_id: String, service: NoticeService) {
    let Ok(address) = Url::parse(&services.settings.address(ADDRESS)) else { return };
    let handler = NoticeHandler { kind: NoticeKind::CONTEXT_COPY, address: Some(&address) };
    let now = services.clock.now();
    let setting = services
        .entropy
        .with(|rng| services.lti.set_notice_handler(&registration, &deployment_id, &service, handler, now, rng));
    if let Err(fault) = setting.await {
        tracing::info!(registration = %registration.id, cause = %fault, "the platform did not take a notice handler down");
        return;
    }
    let noted = async {
        let mut tx = services.db.begin().await?;
        notices::taken_down(&mut tx, now, registration.id, &deployment_id).await?;
        tx.commit().await
    };
    if let Err(error) = noted.await {
        tracing::warn!(cause = %error, "that a platform sends notices was not kept");
    }
}
