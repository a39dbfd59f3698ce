//! One JSON object from outside, read leniently: a member of the wrong shape counts as missing.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use url::Url;

use crate::login::web_address;

/// The members of an object that may not even be there.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a>(Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    /// The members of that object.
    pub(crate) fn new(object: &'a Map<String, Value>) -> Self {
        Self(Some(object))
    }

    /// The members of the object of that name.
    pub(crate) fn of(object: &'a Map<String, Value>, name: &str) -> Self {
        Self(object.get(name).and_then(Value::as_object))
    }

    pub(crate) fn is_there(self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn members(self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.0.into_iter().flatten()
    }

    pub(crate) fn value(self, name: &str) -> Option<&'a Value> {
        self.0?.get(name)
    }

    /// A text that says something, for people.
    pub(crate) fn text(self, name: &str) -> Option<String> {
        let text = self.value(name)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A text that is compared to the letter.
    pub(crate) fn exact(self, name: &str) -> Option<String> {
        self.value(name)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    }

    pub(crate) fn address(self, name: &str) -> Option<Url> {
        self.value(name)?.as_str().and_then(web_address)
    }

    /// Texts in a list; a single text counts as a list of one.
    pub(crate) fn texts(self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(Value::Array(values)) => values.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(text)) => vec![text.clone()],
            _ => Vec::new(),
        }
    }

    /// A size in pixels; some platforms send numbers as text.
    pub(crate) fn pixels(self, name: &str) -> Option<u32> {
        match self.value(name)? {
            Value::Number(number) => number.as_u64().and_then(|pixels| pixels.try_into().ok()),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A number; some platforms send numbers as text.
    pub(crate) fn number(self, name: &str) -> Option<f64> {
        let value = self.value(name)?;
        value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite())
    }

    /// A truth value; some platforms send it as text.
    pub(crate) fn flag(self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A moment in ISO 8601 with a zone.
    pub(crate) fn moment(self, name: &str) -> Option<DateTime<Utc>> {
        DateTime::parse_from_rfc3339(self.value(name)?.as_str()?.trim()).ok().map(|moment| moment.to_utc())
    }
}
