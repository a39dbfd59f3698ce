//! Deep Linking: an author chooses in the tool what to place in a course. (Deep Linking 2.0)

mod answer;
mod item;
mod request;

pub use answer::{DeepLinkingAnswer, DeepLinkingRefused, SignedAnswer};
pub use item::{
    ContentItem, Embed, FileItem, Frame, HtmlItem, ImageItem, ItemKind, LinkItem, Period, Picture, PlacedLineItem,
    ResourceLinkItem, Window,
};
pub use request::DeepLinkingRequest;
