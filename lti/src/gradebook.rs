//! The platform's gradebook: line items, scores and results. (Assignment and Grade Services 2.0)

mod line_item;
mod result;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Method, Response};
use rand::RngCore;
use serde_json::Value;
use url::Url;

pub use line_item::{LineItem, LineItemDefinition, LineItemFilter, LineItems};
pub use result::{LearnerResult, Results};

use crate::{
    claims::GradeService,
    http::HttpClient,
    score::{self, Score, ScoreNotTaken, ScoreTaken},
    services::{Call, Caller, Cursor, SIZE_LIMIT, ServiceFault, Single, json, judged, with_last_segment},
    storage::Storage,
    tool::Tool,
};

/// What a tool may be allowed to do with a gradebook. (§3.2, §3.3.2, §3.4.2)
pub(crate) mod scopes {
    pub(crate) const LINE_ITEM: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
    pub(crate) const LINE_ITEM_READ: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
    pub(crate) const RESULT_READ: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
    pub(crate) const SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
}

/// Media types. (§3.2.1, §3.3.4)
mod media {
    pub(super) const LINE_ITEM: &str = "application/vnd.ims.lis.v2.lineitem+json";
    pub(super) const LINE_ITEMS: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
    pub(super) const RESULTS: &str = "application/vnd.ims.lis.v2.resultcontainer+json";
}

/// Reads a line item (§3.2); where a launch grants more than reading, that does as well.
const READING: [&str; 2] = [scopes::LINE_ITEM_READ, scopes::LINE_ITEM];
const WRITING: [&str; 1] = [scopes::LINE_ITEM];

/// The gradebook of one course, as far as a launch let the tool in. What its [`GradeService`] does not grant is not tried.
///
/// ```
/// # use lti::{GradeService, HttpClient, LineItemDefinition, Score, ScoreNotTaken, Storage, Tool};
/// # use chrono::{DateTime, Utc};
/// # async fn example<S: Storage, H: HttpClient>(
/// #     tool: &Tool<S, H>, registration: &S::Registration, service: &GradeService, now: DateTime<Utc>,
/// #     rng: &mut (dyn rand::RngCore + Send),
/// # ) -> Result<(), ScoreNotTaken> {
/// let gradebook = tool.gradebook(registration, "1", service, rng);
/// let essay = LineItemDefinition {
///     label: "Essay".to_owned(),
///     score_maximum: Some(12.0),
///     resource_id: Some("essay-1".to_owned()),
///     ..LineItemDefinition::default()
/// };
/// let line_item = gradebook.find_or_create_line_item(&essay, now).await?;
/// let score = Score {
///     user_id: "99".to_owned(),
///     given: Some(9.5),
///     maximum: 12.0,
///     completed: true,
///     comment: None,
///     timestamp: now,
/// };
/// gradebook.post_score(&line_item.id, &score, now).await?;
/// # Ok(())
/// # }
/// ```
pub struct Gradebook<'a, S: Storage, H> {
    caller: Caller<'a, S, H>,
    service: &'a GradeService,
}

impl<S: Storage, H: HttpClient> Tool<S, H> {
    /// The gradebook that a launch gave access to. `rng` makes the assertions unique by which tokens are asked for.
    pub fn gradebook<'a>(
        &'a self,
        registration: &'a S::Registration,
        deployment_id: &'a str,
        service: &'a GradeService,
        rng: &mut dyn RngCore,
    ) -> Gradebook<'a, S, H> {
        Gradebook { caller: Caller::new(self, registration, deployment_id, rng), service }
    }
}

impl<S: Storage, H: HttpClient> Gradebook<'_, S, H> {
    /// The line items of the course that are this tool's, page by page. (§3.2.4)
    pub fn line_items<'g>(&'g self, filter: LineItemFilter<'g>) -> Result<LineItems<'g, S, H>, ServiceFault> {
        let scope = self.granted(&READING)?;
        let first = filter.ask(self.container()?);
        Ok(LineItems { caller: &self.caller, cursor: Cursor::new(first, scope, media::LINE_ITEMS), filter })
    }

    /// One line item. (§3.2.3)
    pub async fn line_item(&self, id: &Url, now: DateTime<Utc>) -> Result<LineItem, ServiceFault> {
        let call = Call::get(id, self.granted(&READING)?, media::LINE_ITEM);
        line_item_in(&judged(self.caller.send(&call, now).await?, now)?)
    }

    /// Makes a line item, and returns it as the platform made it. (§3.2.5)
    ///
    /// Where no answer comes, it may have been made all the same; [`Gradebook::find_or_create_line_item`] makes no second one.
    pub async fn create_line_item(
        &self,
        definition: &LineItemDefinition,
        now: DateTime<Utc>,
    ) -> Result<LineItem, ServiceFault> {
        let container = self.container()?;
        self.write(Method::POST, container, definition, now).await
    }

    /// The first line item of that resource id, tag and resource link, or a new one where there is none. Course copies keep
    /// resource ids and tags, so this also finds what a copy brought along; at least one of the three has to be there. (§3.2.15)
    pub async fn find_or_create_line_item(
        &self,
        definition: &LineItemDefinition,
        now: DateTime<Utc>,
    ) -> Result<LineItem, ServiceFault> {
        let wanted = LineItemFilter {
            resource_id: definition.resource_id.as_deref(),
            tag: definition.tag.as_deref(),
            resource_link_id: definition.resource_link_id.as_deref(),
            limit: None,
        };
        if wanted == LineItemFilter::default() {
            return Err(ServiceFault::Invalid { problem: "a line item that names nothing cannot be found again" });
        }
        let mut found = self.line_items(wanted)?;
        while let Some(page) = found.next_page(now).await? {
            if let Some(first) = page.into_iter().next() {
                return Ok(first);
            }
        }
        self.create_line_item(definition, now).await
    }

    /// Replaces a line item's definition, and returns it as the platform applied it. Begin with what [`Gradebook::line_item`]
    /// says, so that nothing gets lost which this library does not know. (§3.2.6)
    pub async fn update_line_item(
        &self,
        id: &Url,
        definition: &LineItemDefinition,
        now: DateTime<Utc>,
    ) -> Result<LineItem, ServiceFault> {
        self.write(Method::PUT, id, definition, now).await
    }

    /// Deletes a line item with all its results; one that is gone already counts as deleted. Open edX never allows it. (§3.2)
    pub async fn delete_line_item(&self, id: &Url, now: DateTime<Utc>) -> Result<(), ServiceFault> {
        let call = Call { method: Method::DELETE, ..Call::get(id, self.granted(&WRITING)?, media::LINE_ITEM) };
        match judged(self.caller.send(&call, now).await?, now) {
            Ok(_) | Err(ServiceFault::Gone { .. }) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    /// Sends a score. (§3.4)
    pub async fn post_score(
        &self,
        line_item: &Url,
        score: &Score,
        now: DateTime<Utc>,
    ) -> Result<ScoreTaken, ScoreNotTaken> {
        self.granted(&[scopes::SCORE])?;
        score::post(&self.caller, line_item, score, now).await
    }

    /// What the gradebook says of a line item, page by page; of one learner, where `user_id` names one. (§3.3)
    pub fn results<'g>(
        &'g self,
        line_item: &Url,
        user_id: Option<&'g str>,
        limit: Option<u32>,
    ) -> Result<Results<'g, S, H>, ServiceFault> {
        let scope = self.granted(&[scopes::RESULT_READ])?;
        let mut first = with_last_segment(line_item, "results");
        ask(&mut first, "user_id", user_id);
        ask(&mut first, "limit", limit.map(|limit| limit.to_string()).as_deref());
        Ok(Results { caller: &self.caller, cursor: Cursor::new(first, scope, media::RESULTS), user_id })
    }

    /// What the gradebook says of one learner; `None` where it says nothing.
    pub async fn result_of(
        &self,
        line_item: &Url,
        user_id: &str,
        now: DateTime<Utc>,
    ) -> Result<Option<LearnerResult>, ServiceFault> {
        let mut results = self.results(line_item, Some(user_id), None)?;
        while let Some(page) = results.next_page(now).await? {
            if let Some(result) = page.into_iter().next() {
                return Ok(Some(result));
            }
        }
        Ok(None)
    }

    async fn write(
        &self,
        method: Method,
        url: &Url,
        definition: &LineItemDefinition,
        now: DateTime<Utc>,
    ) -> Result<LineItem, ServiceFault> {
        let scope = self.granted(&WRITING)?;
        let call = Call {
            method,
            url,
            scope,
            accept: media::LINE_ITEM,
            content: Some((media::LINE_ITEM, definition.body()?)),
            limit: SIZE_LIMIT,
        };
        line_item_in(&judged(self.caller.send(&call, now).await?, now)?)
    }

    /// The first of these scopes that the launch grants; any of them will do.
    fn granted(&self, scopes: &[&'static str]) -> Result<&'static str, ServiceFault> {
        let granted = scopes.iter().find(|scope| self.service.scopes.iter().any(|granted| granted == **scope));
        granted.copied().ok_or(ServiceFault::ScopeNotGranted { scope: scopes[0] })
    }

    fn container(&self) -> Result<&Url, ServiceFault> {
        self.service.lineitems.as_ref().ok_or(ServiceFault::NotOffered { service: "list of line items" })
    }
}

fn line_item_in(answer: &Response<Bytes>) -> Result<LineItem, ServiceFault> {
    json::<Single<LineItem>>(answer)?.0.ok_or_else(|| ServiceFault::Unreadable {
        problem: "it is no line item".to_owned(),
        excerpt: crate::http::excerpt(answer.body()),
    })
}

/// Adds a parameter to what the address has already.
fn ask(address: &mut Url, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        address.query_pairs_mut().append_pair(name, value);
    }
}

/// A number for a platform: whole ones without a fraction, since Open edX takes no other as a maximum.
pub(crate) fn number(value: f64) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range where every whole number is exact")]
    if value.fract() == 0.0 && value.abs() < 1e15 { Value::from(value as i64) } else { Value::from(value) }
}
