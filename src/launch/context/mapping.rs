//! Applies mapping rules to claims. A rule that finds nothing of use is skipped, and the next one of its field is tried.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

use super::{
    Origin,
    claims::{Found, at_path, of_parameter},
    rules::{Field, Rule, Rules, Source},
    text::cleaned,
};

/// What the rules found.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    values: BTreeMap<Field, Vec<String>>,
    pub(super) origins: BTreeMap<Field, Origin>,
    pub(super) notes: Vec<String>,
}

impl Mapping {
    /// Applies every rule, in order; the first of a field that finds something decides.
    pub(super) fn of(rules: &Rules, claims: &Map<String, Value>) -> Self {
        let mut mapping = Self::default();
        for (at, rule) in rules.iter().enumerate() {
            if !mapping.values.contains_key(&rule.field) {
                mapping.apply(at + 1, rule, claims);
            }
        }
        mapping
    }

    fn apply(&mut self, number: usize, rule: &Rule, claims: &Map<String, Value>) {
        let found = match &rule.source {
            Source::Claim(path) => at_path(path, claims),
            Source::Custom(name) => of_parameter(name, claims),
            Source::None => Found::Nothing,
        };
        let mut problem = None;
        if let Found::Unusable(why) = &found {
            problem = Some(why.clone());
        }
        if let Found::Texts(texts) = found {
            match fitted(rule.field, &texts, rule.separator.as_deref()) {
                Ok(values) if !values.is_empty() => {
                    let origin = Origin { rule: number, source: rule.source.to_string() };
                    self.origins.insert(rule.field, origin);
                    self.values.insert(rule.field, values);
                    return;
                }
                Ok(_) => {}
                Err(why) => problem = Some(why),
            }
        }
        if let Some(why) = problem {
            self.notes.push(format!("rule {number} ({} from {}) was skipped: {why}", rule.field, rule.source));
        }
        let Some(default) = &rule.default else { return };
        if let Ok(values) = fitted(rule.field, std::slice::from_ref(default), rule.separator.as_deref()) {
            self.origins.insert(rule.field, Origin { rule: number, source: "its default".to_owned() });
            self.values.insert(rule.field, values);
        }
    }

    /// The one value of a field.
    pub(super) fn take(&mut self, field: Field) -> Option<String> {
        self.values.remove(&field)?.into_iter().next()
    }

    /// All values of a field.
    pub(super) fn take_all(&mut self, field: Field) -> Vec<String> {
        self.values.remove(&field).unwrap_or_default()
    }
}

/// Texts as a field takes them, or why it does not.
fn fitted(field: Field, texts: &[String], separator: Option<&str>) -> Result<Vec<String>, String> {
    let limit = field.longest();
    if field == Field::Objectives {
        let several = texts.iter().flat_map(|text| split(text, separator));
        return Ok(several.filter_map(|text| cleaned(&text, limit, false)).take(Field::MOST_OBJECTIVES).collect());
    }
    let Some(whole) = cleaned(&texts.join("\n"), limit, field.has_lines()) else { return Ok(Vec::new()) };
    match field {
        Field::Locale => language(&whole).map(|language| vec![language]),
        Field::ReturnUrl => web_address(&whole).map(|address| vec![address]),
        _ => Ok(vec![whole]),
    }
}

/// Several values that stand in one text: a JSON list, else what the separator separates, else lines, else what semicolons
/// separate.
fn split(text: &str, separator: Option<&str>) -> Vec<String> {
    let in_list = text.starts_with('[').then(|| serde_json::from_str::<Value>(text).ok()).flatten();
    if let Some(list) = in_list {
        let wrapped = Map::from_iter([("list".to_owned(), list)]);
        let found = super::claims::ClaimPath::parse("list").map(|path| at_path(&path, &wrapped));
        return if let Ok(Found::Texts(texts)) = found { texts } else { Vec::new() };
    }
    let by = |separator: &str| text.split(separator).map(str::to_owned).collect();
    match separator {
        Some(separator) => by(separator),
        None if text.contains('\n') => by("\n"),
        None => by(";"),
    }
}

/// A language tag (BCP 47), with the hyphens that some platforms write as underscores.
fn language(text: &str) -> Result<String, String> {
    let tag = text.split('.').next().unwrap_or_default().replace('_', "-");
    let is_part =
        |part: &str| (1..=8).contains(&part.len()) && part.chars().all(|letter| letter.is_ascii_alphanumeric());
    let primary = tag.split('-').next().unwrap_or_default();
    let is_tag = tag.split('-').all(is_part)
        && (2..=3).contains(&primary.len())
        && primary.chars().all(|letter| letter.is_ascii_alphabetic());
    if is_tag { Ok(tag) } else { Err("it is no language tag, such as de or pt-BR".to_owned()) }
}

/// An address that a browser may be sent to.
fn web_address(text: &str) -> Result<String, String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.map(String::from).ok_or_else(|| "it is no http or https address".to_owned())
}
