//! The learning platforms that are known by name.

use serde::{Deserialize, Serialize};

/// Which learning platform a registration is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, sqlx::Type, Serialize, Deserialize)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Open edX.
    OpenEdx,
    /// Moodle.
    Moodle,
    /// Instructure Canvas.
    Canvas,
    /// D2L Brightspace.
    Brightspace,
    /// Blackboard Learn.
    Blackboard,
    /// Sakai.
    Sakai,
    /// Any other.
    #[default]
    Other,
}

impl Family {
    /// Every family, in the order they are offered.
    pub const ALL: [Self; 7] =
        [Self::OpenEdx, Self::Moodle, Self::Canvas, Self::Brightspace, Self::Blackboard, Self::Sakai, Self::Other];

    /// Its word in addresses and forms.
    pub fn key(self) -> &'static str {
        match self {
            Self::OpenEdx => "open_edx",
            Self::Moodle => "moodle",
            Self::Canvas => "canvas",
            Self::Brightspace => "brightspace",
            Self::Blackboard => "blackboard",
            Self::Sakai => "sakai",
            Self::Other => "other",
        }
    }

    /// The family of that word; what is unknown is any other platform.
    pub fn of_key(key: &str) -> Self {
        Self::ALL.into_iter().find(|family| family.key() == key).unwrap_or_default()
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenEdx => "Open edX",
            Self::Moodle => "Moodle",
            Self::Canvas => "Canvas",
            Self::Brightspace => "Brightspace",
            Self::Blackboard => "Blackboard Learn",
            Self::Sakai => "Sakai",
            Self::Other => "Another platform",
        }
    }

    /// Sites of the platform's own that show its courses and stand in no address of LTI, as sources of `frame-ancestors`:
    /// where one issuer serves many schools, each has a host of its own. A host under a name of the school's is not among
    /// them.
    pub fn frame_sources(self) -> &'static [&'static str] {
        match self {
            Self::Canvas => &["https://*.instructure.com"],
            Self::Blackboard => &["https://*.blackboard.com"],
            Self::OpenEdx | Self::Moodle | Self::Brightspace | Self::Sakai | Self::Other => &[],
        }
    }
}
