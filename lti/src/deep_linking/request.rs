//! What the platform asks for. (Deep Linking 2.0 §4.4)

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::ItemKind;
use crate::fields::Fields;

/// What an author may place, and where the choice goes. A host keeps it while the author chooses: it can be written down as
/// JSON and read again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeepLinkingRequest {
    /// Where the answer is posted to, exactly.
    pub return_url: Url,
    /// Names of the kinds that are taken; [`DeepLinkingRequest::accepts`] knows those of the specification.
    pub accept_types: Vec<String>,
    /// Media types of files that are taken, such as `image/*`; empty where the platform does not say.
    pub accept_media_types: Vec<String>,
    /// How items may be shown: `iframe`, `window`, `embed`; empty where the platform does not say.
    pub accept_targets: Vec<String>,
    /// Whether more than one item is taken; not, where the platform does not say.
    pub accept_multiple: bool,
    /// Whether a line item is made from what an item says of one; `None` where the platform does not say.
    pub accept_line_item: Option<bool>,
    /// Whether what is chosen is placed without being asked about once more.
    pub auto_create: bool,
    /// A title to begin with.
    pub title: Option<String>,
    /// A description to begin with.
    pub text: Option<String>,
    /// The platform's own, which goes back as it came.
    pub data: Option<Value>,
}

impl DeepLinkingRequest {
    /// Reads the settings; `None` without an address to answer to.
    pub(crate) fn read(settings: Fields<'_>, data: Option<Value>) -> Option<Self> {
        let media_types = settings.texts("accept_media_types");
        let media_types = media_types.iter().flat_map(|list| list.split(',')).map(str::trim);
        Some(Self {
            return_url: settings.address("deep_link_return_url")?,
            accept_types: settings.texts("accept_types"),
            accept_media_types: media_types.filter(|name| !name.is_empty()).map(str::to_owned).collect(),
            accept_targets: settings.texts("accept_presentation_document_targets"),
            accept_multiple: settings.flag("accept_multiple").unwrap_or(false),
            accept_line_item: settings.flag("accept_lineitem"),
            auto_create: settings.flag("auto_create").unwrap_or(false),
            title: settings.text("title"),
            text: settings.text("text"),
            data: data.filter(|data| !data.is_null()),
        })
    }

    /// Whether items of this kind are taken.
    pub fn accepts(&self, kind: ItemKind) -> bool {
        self.accept_types.iter().any(|name| name == kind.name())
    }

    /// Whether files of this media type are taken: `text/html` by `text/html`, `text/*` or `*/*`.
    pub fn accepts_media_type(&self, media_type: &str) -> bool {
        let is_taken = |accepted: &String| match accepted.strip_suffix('*') {
            Some("*/" | "") => true,
            Some(beginning) => media_type.to_ascii_lowercase().starts_with(&beginning.to_ascii_lowercase()),
            None => accepted.eq_ignore_ascii_case(media_type),
        };
        self.accept_media_types.is_empty() || self.accept_media_types.iter().any(is_taken)
    }
}
