//! What a launch tells about where it came from, in one shape whatever the platform.

use lti::{Claims, ResourceLink};
use serde::{Deserialize, Serialize};

/// The version of [`Context`]'s shape that this program writes.
const VERSION: u32 = 1;

/// The launch's surroundings, as they are kept with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The version of this shape.
    pub version: u32,
    /// The course's title, or its label where it has none.
    pub course: Option<String>,
    /// The title of the activity in its course.
    pub activity: Option<String>,
    /// The language the platform asks for, as a language tag.
    pub locale: Option<String>,
    /// Where the platform wants people to be sent when they are done.
    pub return_url: Option<String>,
}

impl Context {
    /// Reads the usual claims.
    pub fn of(claims: &Claims, resource_link: &ResourceLink) -> Self {
        let course = claims.context.as_ref();
        Self {
            version: VERSION,
            course: course.and_then(|context| context.title.clone().or_else(|| context.label.clone())),
            activity: resource_link.title.clone(),
            locale: claims.launch_presentation.locale.clone().or_else(|| claims.person.locale.clone()),
            return_url: claims.launch_presentation.return_url.as_ref().map(ToString::to_string),
        }
    }
}
