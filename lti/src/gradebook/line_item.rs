//! Line items: the columns of a gradebook. (Assignment and Grade Services 2.0 §3.2)

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};
use url::Url;

use super::{ask, number};
use crate::{
    fields::Fields,
    http::HttpClient,
    services::{Caller, Cursor, Entries, Entry, ServiceFault, json},
    storage::Storage,
};

/// A column of the platform's gradebook.
#[derive(Debug, Clone, PartialEq)]
pub struct LineItem {
    /// Its address, by which it is known. Platforms may change it; resource id and tag stay.
    pub id: Url,
    /// What it is.
    pub definition: LineItemDefinition,
}

/// What a line item is. Platforms leave members out, or send null or nothing in them; all that counts as missing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LineItemDefinition {
    /// What people call it; has to be there to be sent. Open edX takes at most 100 characters.
    pub label: String,
    /// The most points; has to be there and more than zero to be sent. Open edX takes whole numbers only, and may itself say 0.
    /// Never scale by it: a score carries a maximum of its own.
    pub score_maximum: Option<f64>,
    /// The tool's own name for what is graded; kept when a course is copied.
    pub resource_id: Option<String>,
    /// The tool's own name for how it is graded; kept when a course is copied.
    pub tag: Option<String>,
    /// The resource link it belongs to, as a launch named it.
    pub resource_link_id: Option<String>,
    /// From when on something can be handed in.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when something can be handed in.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether learners see their grades.
    pub grades_released: Option<bool>,
    /// Members beyond these, such as `submissionReview`; sent as they are.
    pub further: Map<String, Value>,
}

/// Names of the members that have a field of their own.
const KNOWN: [&str; 9] = [
    "id",
    "label",
    "scoreMaximum",
    "resourceId",
    "tag",
    "resourceLinkId",
    "startDateTime",
    "endDateTime",
    "gradesReleased",
];

impl Entry for LineItem {
    fn read(fields: Fields<'_>) -> Option<Self> {
        let further = fields.members().filter(|(name, _)| !KNOWN.contains(&name.as_str()));
        Some(Self {
            id: fields.address("id")?,
            definition: LineItemDefinition {
                label: fields.text("label").unwrap_or_default(),
                score_maximum: fields.number("scoreMaximum"),
                resource_id: fields.exact("resourceId"),
                tag: fields.exact("tag"),
                resource_link_id: fields.exact("resourceLinkId"),
                starts_at: fields.moment("startDateTime"),
                ends_at: fields.moment("endDateTime"),
                grades_released: fields.flag("gradesReleased"),
                further: further.map(|(name, value)| (name.clone(), value.clone())).collect(),
            },
        })
    }
}

impl LineItemDefinition {
    /// What is sent; what is missing is left out.
    pub(super) fn body(&self) -> Result<Bytes, ServiceFault> {
        let invalid = |problem| Err(ServiceFault::Invalid { problem });
        if self.label.trim().is_empty() {
            return invalid("a line item must have a label");
        }
        let Some(maximum) = self.score_maximum.filter(|maximum| maximum.is_finite() && *maximum > 0.0) else {
            return invalid("a line item's maximum must be more than zero");
        };
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let moment = |moment: Option<DateTime<Utc>>| {
            moment.map(|moment| Value::from(moment.to_rfc3339_opts(SecondsFormat::Millis, true)))
        };
        let members = [
            ("label", Some(Value::from(self.label.as_str()))),
            ("scoreMaximum", Some(number(maximum))),
            ("resourceId", text(&self.resource_id)),
            ("tag", text(&self.tag)),
            ("resourceLinkId", text(&self.resource_link_id)),
            ("startDateTime", moment(self.starts_at)),
            ("endDateTime", moment(self.ends_at)),
            ("gradesReleased", self.grades_released.map(Value::from)),
        ];
        let mut body = self.further.clone();
        body.extend(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Ok(Bytes::from(Value::Object(body).to_string()))
    }
}

/// Which line items are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineItemFilter<'f> {
    /// Of this resource link.
    pub resource_link_id: Option<&'f str>,
    /// Of this resource of the tool's.
    pub resource_id: Option<&'f str>,
    /// With this tag.
    pub tag: Option<&'f str>,
    /// About so many on a page; platforms take it as a hint.
    pub limit: Option<u32>,
}

impl LineItemFilter<'_> {
    /// The address with these filters behind the query that it has already.
    pub(super) fn ask(&self, container: &Url) -> Url {
        let mut address = container.clone();
        ask(&mut address, "resource_link_id", self.resource_link_id);
        ask(&mut address, "resource_id", self.resource_id);
        ask(&mut address, "tag", self.tag);
        ask(&mut address, "limit", self.limit.map(|limit| limit.to_string()).as_deref());
        address
    }

    /// Whether a line item is wanted, for platforms that send more than was asked for. They keep resource id and tag to the
    /// letter, but may not say which link an item belongs to.
    fn wants(&self, item: &LineItemDefinition) -> bool {
        let same = |wanted: Option<&str>, is: &Option<String>| wanted.is_none() || wanted == is.as_deref();
        same(self.resource_id, &item.resource_id)
            && same(self.tag, &item.tag)
            && (item.resource_link_id.is_none() || same(self.resource_link_id, &item.resource_link_id))
    }
}

/// Line items, page by page.
pub struct LineItems<'g, S: Storage, H> {
    pub(super) caller: &'g Caller<'g, S, H>,
    pub(super) cursor: Cursor,
    pub(super) filter: LineItemFilter<'g>,
}

impl<S: Storage, H: HttpClient> LineItems<'_, S, H> {
    /// The next page; `None` after the last. After a fault the same page can be asked for again.
    pub async fn next_page(&mut self, now: DateTime<Utc>) -> Result<Option<Vec<LineItem>>, ServiceFault> {
        let page = self.cursor.advance(self.caller, now, json::<Entries<LineItem>>).await?;
        Ok(page.map(|page| {
            let mut items = page.content.read;
            items.retain(|item| self.filter.wants(&item.definition));
            items
        }))
    }
}
