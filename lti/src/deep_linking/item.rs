//! What can be placed in a course. (Deep Linking 2.0 §3)

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use url::Url;

use crate::gradebook::number;

/// A kind of item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemKind {
    /// A link that launches the tool.
    ResourceLink,
    /// A link to any page.
    Link,
    /// A piece of HTML.
    Html,
    /// A picture.
    Image,
    /// A file that the platform fetches and keeps.
    File,
}

impl ItemKind {
    /// Its name in requests and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::ResourceLink => "ltiResourceLink",
            Self::Link => "link",
            Self::Html => "html",
            Self::Image => "image",
            Self::File => "file",
        }
    }
}

/// Something to place in a course.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type")]
pub enum ContentItem {
    /// A link that launches the tool.
    #[serde(rename = "ltiResourceLink")]
    ResourceLink(ResourceLinkItem),
    /// A link to any page.
    #[serde(rename = "link")]
    Link(LinkItem),
    /// A piece of HTML.
    #[serde(rename = "html")]
    Html(HtmlItem),
    /// A picture.
    #[serde(rename = "image")]
    Image(ImageItem),
    /// A file that the platform fetches and keeps.
    #[serde(rename = "file")]
    File(FileItem),
}

impl ContentItem {
    /// Which kind it is.
    pub fn kind(&self) -> ItemKind {
        match self {
            Self::ResourceLink(_) => ItemKind::ResourceLink,
            Self::Link(_) => ItemKind::Link,
            Self::Html(_) => ItemKind::Html,
            Self::Image(_) => ItemKind::Image,
            Self::File(_) => ItemKind::File,
        }
    }

    /// The line item to be made with it.
    pub fn line_item(&self) -> Option<&PlacedLineItem> {
        match self {
            Self::ResourceLink(link) => link.line_item.as_ref(),
            _ => None,
        }
    }
}

/// A link that launches the tool. (§3.2)
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ResourceLinkItem {
    /// Where it launches to; the tool's launch address where it is missing. Open edX and Moodle disagree on where a launch
    /// brings it back, so what is placed is best told by `custom`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Url>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is about, for everybody who sees it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A small picture beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Picture>,
    /// A picture to click on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Picture>,
    /// Custom parameters of its launches.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub custom: BTreeMap<String, String>,
    /// The column it gets in the gradebook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line_item: Option<PlacedLineItem>,
    /// How it opens in a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// How it opens in a frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iframe: Option<Frame>,
    /// When it can be opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<Period>,
    /// When something can be handed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub submission: Option<Period>,
}

/// A link to any page. (§3.1)
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LinkItem {
    /// Where it leads.
    pub url: Url,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A small picture beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Picture>,
    /// A picture to click on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Picture>,
    /// HTML to show in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub embed: Option<Embed>,
    /// How it opens in a window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// How it opens in a frame; there it has to have an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iframe: Option<Frame>,
}

/// A piece of HTML; the platform cleans it. (§3.4)
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HtmlItem {
    /// The HTML.
    pub html: String,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A picture. (§3.5)
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImageItem {
    /// Where it is, and its size in pixels.
    #[serde(flatten)]
    pub image: Picture,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A small picture beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Picture>,
    /// A picture to click on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Picture>,
}

/// A file that the platform fetches within minutes. (§3.3)
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FileItem {
    /// Where it is.
    pub url: Url,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// A small picture beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<Picture>,
    /// A picture to click on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thumbnail: Option<Picture>,
    /// Until when the address is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}

/// A picture's address, and its size in pixels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// Where it is.
    pub url: Url,
    /// Its width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Its height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// HTML to show in place of a link; the platform cleans it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Embed {
    /// The HTML.
    pub html: String,
}

/// How a link opens in a window, sizes in pixels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// The window's name; links with the same one share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_name: Option<String>,
    /// Its width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Its height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Features as `window.open` takes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub window_features: Option<String>,
}

/// How a link opens in a frame, sizes in pixels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// What the frame shows; for links to pages only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub src: Option<Url>,
    /// Its width.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Its height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// A time from and a time until.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Period {
    /// From when on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<DateTime<Utc>>,
    /// Until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date_time: Option<DateTime<Utc>>,
}

/// The column that a link gets in the gradebook. Open edX keeps it and makes none.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacedLineItem {
    /// The most points, more than zero.
    #[serde(serialize_with = "as_number")]
    pub score_maximum: f64,
    /// What people call it; the item's title where it is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The tool's own name for what is graded; kept when a course is copied.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
    /// The tool's own name for how it is graded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// Whether learners see their grades.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grades_released: Option<bool>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn as_number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    number(*value).serialize(serializer)
}
