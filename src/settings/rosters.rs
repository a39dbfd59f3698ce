//! How often rosters are read.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

/// The shortest interval: platforms are asked for their members, and are not to be worn out by it.
const SHORTEST: Duration = Duration::from_mins(10);

/// How often rosters of courses that are in use are read by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterReading {
    /// Only when somebody asks.
    Off,
    /// When that long has passed since the last time.
    Every(Duration),
}

impl Default for RosterReading {
    fn default() -> Self {
        Self::Every(Duration::from_hours(6))
    }
}

impl<'de> Deserialize<'de> for RosterReading {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "off" {
            return Ok(Self::Off);
        }
        match humantime::parse_duration(&text) {
            Ok(interval) if interval >= SHORTEST => Ok(Self::Every(interval)),
            Ok(_) => {
                Err(D::Error::custom(format!("roster_interval: \"{text}\" is too often; give ten minutes or more")))
            }
            Err(error) => Err(D::Error::custom(format!(
                "roster_interval: \"{text}\" is neither `off` nor a time like `6h`: {error}"
            ))),
        }
    }
}
