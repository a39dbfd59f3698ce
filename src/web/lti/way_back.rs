//! Refusals that go back to the platform, where it asked for that. (LTI Core 1.3 §5.4.4, `launch_presentation.return_url`)
//!
//! The address comes from a token that the platform signed for this very login, so nobody else can send people anywhere by it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use url::Url;

use super::Refused;
use crate::web::services::Shared;

impl Refused {
    /// Writes the entry, and sends the person back to `return_url` with what to tell them; shows the page where there is none.
    pub(super) async fn answer_at(self, services: &Shared, return_url: Option<&Url>) -> Response {
        let Some(location) = return_url.and_then(|address| self.location(address)) else {
            return self.answer(services).await;
        };
        self.note(services).await;
        let headers = [
            (header::LOCATION, location),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        ];
        (StatusCode::SEE_OTHER, headers).into_response()
    }

    /// The person reads a sentence and a reference; the platform's log gets the code, and nothing that only the
    /// administrator of LTT should know.
    fn location(&self, return_url: &Url) -> Option<HeaderValue> {
        let (page, entry) = (&self.page, &self.entry);
        let mut address = return_url.clone();
        address
            .query_pairs_mut()
            .append_pair("lti_errormsg", &format!("{}. {} (Reference {})", page.title, page.sentence, entry.reference))
            .append_pair("lti_errorlog", &format!("{} (reference {})", entry.outcome, entry.reference));
        HeaderValue::from_str(address.as_str()).ok()
    }
}

#[cfg(test)]
mod tests;
