//! Results: what the gradebook says of a learner, whoever wrote it there. (Assignment and Grade Services 2.0 §3.3)

use chrono::{DateTime, Utc};

use crate::{
    fields::Fields,
    http::HttpClient,
    id_token::identifier,
    services::{Caller, Cursor, Entries, Entry, ServiceFault, json},
    storage::Storage,
};

/// One cell of the gradebook.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnerResult {
    /// The platform's id of the learner.
    pub user_id: String,
    /// Points, out of `maximum`; `None` where there is no grade.
    pub score: Option<f64>,
    /// The most points; 1 where the platform does not say, as the specification has it.
    pub maximum: f64,
    /// What is written beside it.
    pub comment: Option<String>,
    /// The platform's id of the person who graded.
    pub scoring_user_id: Option<String>,
}

impl Entry for LearnerResult {
    fn read(fields: Fields<'_>) -> Option<Self> {
        Some(Self {
            user_id: identifier("userId", fields.value("userId")).ok()??,
            score: fields.number("resultScore"),
            maximum: fields.number("resultMaximum").filter(|maximum| *maximum > 0.0).unwrap_or(1.0),
            comment: fields.text("comment"),
            scoring_user_id: fields.exact("scoringUserId"),
        })
    }
}

/// Results, page by page.
pub struct Results<'g, S: Storage, H> {
    pub(super) caller: &'g Caller<'g, S, H>,
    pub(super) cursor: Cursor,
    /// Whose are wanted; Open edX sends everybody's whatever is asked.
    pub(super) user_id: Option<&'g str>,
}

impl<S: Storage, H: HttpClient> Results<'_, S, H> {
    /// The next page; `None` after the last. After a fault the same page can be asked for again.
    pub async fn next_page(&mut self, now: DateTime<Utc>) -> Result<Option<Vec<LearnerResult>>, ServiceFault> {
        let page = self.cursor.advance(self.caller, now, json::<Entries<LearnerResult>>).await?;
        Ok(page.map(|page| {
            let mut results = page.content.read;
            results.retain(|result| self.user_id.is_none_or(|wanted| wanted == result.user_id));
            results
        }))
    }
}
