//! A project file as a form sends it.

use axum::{
    extract::{FromRequest, Multipart, Request},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use crate::web::{
    pages::{Message, admin::message},
    services::Shared,
};

/// The text of the file that was chosen, else the text that was typed.
pub struct SentProject(pub String);

impl FromRequest<Shared> for SentProject {
    type Rejection = Response;

    async fn from_request(request: Request, services: &Shared) -> Result<Self, Response> {
        let mut form = match Multipart::from_request(request, services).await {
            Ok(form) => form,
            Err(rejection) => return Err(refused(rejection.status())),
        };
        let (mut file, mut text) = (Vec::new(), String::new());
        loop {
            let field = match form.next_field().await {
                Ok(Some(field)) => field,
                Ok(None) => break,
                Err(error) => return Err(refused(error.status())),
            };
            let name = field.name().unwrap_or_default().to_owned();
            let content = field.bytes().await.map_err(|error| refused(error.status()))?;
            match name.as_str() {
                "file" => file = content.to_vec(),
                "text" => text = String::from_utf8_lossy(&content).replace("\r\n", "\n"),
                _ => {}
            }
        }
        if file.is_empty() {
            return Ok(Self(text));
        }
        // What is no UTF-8 is wrong at its first odd sign, where it shows as one.
        Ok(Self(String::from_utf8_lossy(&file).into_owned()))
    }
}

fn refused(status: StatusCode) -> Response {
    let (title, sentence) = if status == StatusCode::PAYLOAD_TOO_LARGE {
        ("This file is too large", "A project file may have 1 MB, and a form with one 2 MB.")
    } else {
        ("This form could not be read", "It was sent in a way that LTT does not understand.")
    };
    let page = Message {
        title: title.to_owned(),
        sentence: sentence.to_owned(),
        advice: "Nothing was imported. Go one page back: your browser has kept what you typed. Long texts of a project can be \
                 made shorter, or the project be made two."
            .to_owned(),
        ..Message::default()
    };
    message(status, page).into_response()
}
