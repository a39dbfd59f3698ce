//! People who are new where not everybody is let in: a page for them, and the code that lets them in.

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;

use super::{Refused, launch::TurnedAway};
use crate::{
    launch::{
        log::Entry,
        protocol::Launch,
        provisioning::{self, NotAdmitted, Shown},
        storage::Storage,
    },
    store::StoreError,
    web::{
        pages::{Message, Question, message_page},
        services::Shared,
    },
};

/// Where a code is shown.
pub(super) const ADDRESS: &str = "/lti/invitation";

/// The page of somebody who is not let in; where a code would let them in, it asks for one.
pub(super) async fn turned_away(services: &Shared, launch: &Launch<Storage>, reason: NotAdmitted) -> TurnedAway {
    let registration = &launch.registered.registration;
    let entry = Entry {
        registration_id: Some(registration.id),
        issuer: Some(registration.issuer.clone()),
        client_id: Some(registration.client_id.clone()),
        ..Refused::entry(services, reason.code(), format!("The launch was good, but {reason}."))
    };
    let status = StatusCode::FORBIDDEN;
    let Some(subject) = launch.claims.subject.as_deref().filter(|_| reason == NotAdmitted::NotInvited) else {
        let page = closed_page();
        let return_url = launch.claims.launch_presentation.return_url.clone();
        return TurnedAway { refused: Refused { status, page, entry }, return_url };
    };
    let page = match ticket(services, registration.id, subject).await {
        Ok(ticket) => invitation_page(&ticket),
        Err(error) => {
            tracing::error!(reference = entry.reference, cause = %error, "no ticket for a code could be made");
            closed_page()
        }
    };
    Refused { status, page, entry }.into()
}

async fn ticket(services: &Shared, registration: uuid::Uuid, subject: &str) -> Result<String, StoreError> {
    let mut tx = services.db.begin().await?;
    let now = services.clock.now();
    let ticket = provisioning::knock(&mut tx, &services.entropy, now, registration, subject).await?;
    tx.commit().await?;
    Ok(ticket)
}

fn closed_page() -> Message {
    Message {
        title: "You are not on the list for this activity".to_owned(),
        sentence: "Only people who have been invited can open this activity.".to_owned(),
        advice: "Ask your teacher to put you on the list, and tell them the reference below.".to_owned(),
        ..Message::default()
    }
}

fn invitation_page(ticket: &str) -> Message {
    Message {
        title: "You need an invitation".to_owned(),
        sentence: "This activity is open to people with an invitation.".to_owned(),
        advice: "Type the code that your teacher gave you. You need it only this once.".to_owned(),
        question: Some(Question {
            label: "Invitation code".to_owned(),
            name: "code".to_owned(),
            button: "Use this code".to_owned(),
            address: ADDRESS.to_owned(),
            fields: vec![("ticket".to_owned(), ticket.to_owned())],
        }),
        ..Message::default()
    }
}

/// What the page of an invitation sends.
#[derive(Deserialize)]
pub struct Invitation {
    ticket: String,
    #[serde(default)]
    code: String,
}

/// A code, shown with the ticket of the page that asked for it.
pub async fn by_post(State(services): State<Shared>, form: Result<Form<Invitation>, FormRejection>) -> Response {
    let Ok(Form(invitation)) = form else { return message_page(StatusCode::BAD_REQUEST, over_page()) };
    match show(&services, &invitation).await {
        Ok(Shown::LetIn) => message_page(StatusCode::OK, let_in_page()),
        Ok(Shown::WrongCode) => {
            let again = Message {
                sentence: "This code is not good: it may be mistyped, used up or too old.".to_owned(),
                ..invitation_page(&invitation.ticket)
            };
            message_page(StatusCode::UNPROCESSABLE_ENTITY, again)
        }
        Ok(Shown::TicketOver) => message_page(StatusCode::FORBIDDEN, over_page()),
        Err(error) => {
            let refusal = services.refusals.store(&error);
            let page = Message { reference: refusal.reference, sentence: refusal.message, ..over_page() };
            message_page(StatusCode::SERVICE_UNAVAILABLE, page)
        }
    }
}

async fn show(services: &Shared, invitation: &Invitation) -> Result<Shown, StoreError> {
    let mut tx = services.db.begin().await?;
    let shown = provisioning::show_code(&mut tx, services.clock.now(), &invitation.ticket, &invitation.code).await?;
    tx.commit().await?;
    Ok(shown)
}

fn let_in_page() -> Message {
    Message {
        title: "You are invited".to_owned(),
        sentence: "The code was good.".to_owned(),
        advice: "Go back to your course and open the activity again.".to_owned(),
        ..Message::default()
    }
}

fn over_page() -> Message {
    Message {
        title: "This did not work".to_owned(),
        sentence: "The page was open for too long, or a code was tried too often.".to_owned(),
        advice: "Go back to your course, open the activity again, and type the code once more.".to_owned(),
        ..Message::default()
    }
}

#[cfg(test)]
mod tests;
