//! Where a copied course or resource link comes from. Platforms tell by substitution variables, which a tool asks for as
//! custom parameters. (LTI Core 1.3, appendix B)
//!
//! ```
//! use lti::{ResourceLinkItem, history};
//!
//! let asked_for = [history::CONTEXT_HISTORY, history::RESOURCE_LINK_HISTORY];
//! let item = ResourceLinkItem {
//!     custom: asked_for.map(|(name, variable)| (name.to_owned(), variable.to_owned())).into(),
//!     ..ResourceLinkItem::default()
//! };
//! assert_eq!(item.custom["context_id_history"], "$Context.id.history");
//! ```

use percent_encoding::percent_decode_str;

use crate::claims::{Claims, Context};

/// The custom parameter to ask for, and its value: the contexts that this one was copied from.
pub const CONTEXT_HISTORY: (&str, &str) = ("context_id_history", "$Context.id.history");
/// The custom parameter to ask for, and its value: the resource links that this one was copied from.
pub const RESOURCE_LINK_HISTORY: (&str, &str) = ("resource_link_id_history", "$ResourceLink.id.history");

impl Claims {
    /// Ids of the contexts that this one was copied from, the latest first. Empty where it is no copy, where
    /// [`CONTEXT_HISTORY`] was not asked for, and where the platform does not know the variable.
    pub fn context_history(&self) -> Vec<String> {
        let own = self.context.as_ref().map(|Context { id, .. }| id.as_str());
        self.history(CONTEXT_HISTORY.0, own)
    }

    /// Ids of the resource links that this one, `own`, was copied from, the latest first; by [`RESOURCE_LINK_HISTORY`].
    pub fn resource_link_history(&self, own: &str) -> Vec<String> {
        self.history(RESOURCE_LINK_HISTORY.0, Some(own))
    }

    /// Ids are separated by commas, and encoded so that they hold none themselves. A variable that was not replaced begins
    /// with its dollar sign.
    fn history(&self, parameter: &str, own: Option<&str>) -> Vec<String> {
        let value = self.custom.get(parameter).map(String::as_str).unwrap_or_default();
        let ids = value.split(',').map(str::trim).filter(|id| !id.is_empty() && !id.starts_with('$'));
        ids.map(|id| percent_decode_str(id).decode_utf8_lossy().into_owned())
            .filter(|id| Some(id.as_str()) != own)
            .collect()
    }
}
