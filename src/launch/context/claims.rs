//! Finds values in a launch's claims.

use std::fmt;

use serde_json::{Map, Value};

use super::text::{cleaned, is_unexpanded};
use crate::launch::personal;

/// What begins the names of LTI's own claims.
const LTI: &str = "https://purl.imsglobal.org/spec/lti/claim/";

/// The most characters of one value that are looked at; what is kept of it is shorter.
const LONGEST: usize = 20_000;
/// The most values of one list that are looked at.
const MOST: usize = 200;
/// Most platforms' ids have 36 characters.
const LONGEST_ID: usize = 255;

/// Where a claim stands: `context.title`, `locale`, or a JSON pointer for names that have dots of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClaimPath {
    written: String,
    steps: Vec<String>,
}

impl ClaimPath {
    /// Reads a path; the error says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > 500 || text.contains(char::is_control) {
            return Err("write where the claim stands, such as context.title, in 1 to 500 characters".to_owned());
        }
        let steps: Vec<String> = match text.strip_prefix('/') {
            Some(pointer) => pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect(),
            None => text.split('.').map(str::to_owned).collect(),
        };
        if steps.iter().any(String::is_empty) {
            return Err(format!("\"{text}\" has an empty name in it"));
        }
        if let Some(step) = steps.iter().find(|step| personal::says_who(step)) {
            return Err(format!("\"{step}\" says who the person is, and that has no place in a context"));
        }
        if matches!(steps.as_slice(), [only] if personal::names_the_person(only)) {
            return Err(format!("\"{text}\" says who the person is, and that has no place in a context"));
        }
        Ok(Self { written: text.to_owned(), steps })
    }

    /// The value, where there is one. LTI's own claims are found by the end of their names.
    fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        let (first, rest) = self.steps.split_first()?;
        let start = claims.get(&format!("{LTI}{first}")).or_else(|| claims.get(first))?;
        rest.iter().try_fold(start, |value, step| match value {
            Value::Object(members) => members.get(step),
            Value::Array(values) => step.parse::<usize>().ok().and_then(|at| values.get(at)),
            _ => None,
        })
    }
}

impl fmt::Display for ClaimPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// Texts, in order.
    Texts(Vec<String>),
    /// Something that is no text, or only a variable's name; why.
    Unusable(String),
}

/// The texts at a path.
pub(super) fn at_path(path: &ClaimPath, claims: &Map<String, Value>) -> Found {
    path.find(claims).map_or(Found::Nothing, texts)
}

/// The texts of a custom parameter. Some platforms put `custom_` before its name; and one that stands for several may be
/// numbered: `objective_1`, `objective[0].text`.
pub(super) fn of_parameter(name: &str, claims: &Map<String, Value>) -> Found {
    let Some(custom) = claims.get(&format!("{LTI}custom")).and_then(Value::as_object) else { return Found::Nothing };
    let prefixed = format!("custom_{name}");
    let names = [name, prefixed.as_str()];
    let own = names.iter().filter_map(|name| custom.get(*name)).find(|value| !value.is_null());
    if let Some(value) = own {
        return texts(value);
    }
    let mut numbered: Vec<(u32, &Value)> = custom
        .iter()
        .filter_map(|(parameter, value)| {
            let number = names.iter().find_map(|name| number(parameter.strip_prefix(name)?))?;
            Some((number, value))
        })
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    let several: Vec<Value> = numbered.into_iter().map(|(_, value)| value.clone()).collect();
    if several.is_empty() { Found::Nothing } else { texts(&Value::Array(several)) }
}

/// The number in `_1`, `[0]` or `[0].text`.
fn number(ending: &str) -> Option<u32> {
    let number = match ending.strip_prefix('[') {
        Some(index) => {
            let (number, member) = index.split_once(']')?;
            matches!(member, "" | ".text" | ".description").then_some(number)?
        }
        None => ending.strip_prefix('_')?,
    };
    number.parse().ok()
}

/// A value as texts.
fn texts(value: &Value) -> Found {
    let values = match value {
        Value::Array(values) => values.as_slice(),
        value => std::slice::from_ref(value),
    };
    let (mut found, mut unusable) = (Vec::new(), None);
    for value in values.iter().take(MOST) {
        match text(value) {
            Ok(None) => {}
            Ok(Some(text)) if is_unexpanded(&text) => {
                let name: String = text.trim().chars().take(80).collect();
                unusable = Some(format!("the platform put no value for {name}"));
            }
            Ok(Some(text)) => found.push(text),
            Err(kind) => unusable = Some(format!("it is {kind}, which is no text")),
        }
    }
    match unusable {
        Some(why) if found.is_empty() => Found::Unusable(why),
        _ if found.is_empty() => Found::Nothing,
        _ => Found::Texts(found),
    }
}

/// One value as a text; an object is what it calls its text.
fn text(value: &Value) -> Result<Option<String>, &'static str> {
    let text = match value {
        Value::Null => return Ok(None),
        Value::String(text) => text.as_str(),
        Value::Bool(_) | Value::Number(_) => return Ok(Some(value.to_string())),
        Value::Array(_) => return Err("a list in a list"),
        Value::Object(members) => {
            let named = ["text", "description", "title"].iter().find_map(|name| members.get(*name)?.as_str());
            named.ok_or("an object")?
        }
    };
    Ok(cleaned(text, LONGEST, true))
}

/// Whether the platform says that it opened a window.
pub(super) fn presented_in_window(claims: &Map<String, Value>) -> bool {
    let presentation = claims.get(&format!("{LTI}launch_presentation"));
    presentation.and_then(|presentation| presentation.get("document_target")?.as_str()) == Some("window")
}

/// Whom a mentor looks after.
pub(super) fn mentored(claims: &Map<String, Value>) -> Vec<String> {
    let ids = claims.get(&format!("{LTI}role_scope_mentor")).and_then(Value::as_array);
    let ids = ids.into_iter().flatten().filter_map(Value::as_str);
    ids.filter_map(|id| cleaned(id, LONGEST_ID, false)).take(MOST).collect()
}
