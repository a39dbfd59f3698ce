//! Reads the fields of one object, noting every mistake with its path.

use std::cell::RefCell;

use super::{
    mistake::{Report, did_you_mean, quoted},
    source::Value,
};

/// The longest text of a field, in bytes.
const TEXT_LIMIT: usize = 100_000;
/// The longest title, in characters.
const LINE_LIMIT: usize = 500;
/// The most fields of one object.
const FIELD_LIMIT: usize = 200;
/// The most values in one list.
const LIST_LIMIT: usize = 1000;

/// The fields of one object that have not been read yet.
pub(super) struct Fields<'r> {
    path: String,
    report: &'r Report,
    rest: RefCell<Vec<(String, Value)>>,
    known: RefCell<Vec<&'static str>>,
}

impl<'r> Fields<'r> {
    /// The fields of `value`; notes a mistake where it is no object.
    pub fn open(value: Value, path: &str, report: &'r Report) -> Option<Self> {
        let Value::Object(entries) = value else {
            report.add(path, format!("this is {}; it must be an object with fields", value.kind()));
            return None;
        };
        if entries.len() > FIELD_LIMIT {
            report.add(path, format!("there are too many fields here: {FIELD_LIMIT} at most"));
        }
        let mut rest: Vec<(String, Value)> = Vec::new();
        for (name, value) in entries.into_iter().take(FIELD_LIMIT) {
            if rest.iter().any(|(other, _)| *other == name) {
                report.add(&join(path, &name), "this field stands here twice");
            } else {
                rest.push((name, value));
            }
        }
        Some(Self { path: path.to_owned(), report, rest: RefCell::new(rest), known: RefCell::default() })
    }

    /// The path of a field of this object.
    pub fn path(&self, name: &str) -> String {
        join(&self.path, name)
    }

    /// Notes a mistake in a field.
    pub fn wrong(&self, name: &str, message: impl Into<String>) {
        self.report.add(&self.path(name), message);
    }

    /// Notes a mistake at a path below this object.
    pub fn wrong_at(&self, path: &str, message: impl Into<String>) {
        self.report.add(path, message);
    }

    /// Whether a mistake in this field, or below it, has been noted.
    pub fn knows_mistake(&self, name: &str) -> bool {
        self.report.has_at(&self.path(name))
    }

    /// Whether further mistakes would not be reported.
    pub fn has_enough_mistakes(&self) -> bool {
        self.report.is_full()
    }

    /// Whether the field is there, and not yet read.
    pub fn has(&self, name: &str) -> bool {
        self.rest.borrow().iter().any(|(other, value)| other == name && *value != Value::Null)
    }

    /// Takes a field's value; `null` is none.
    pub fn take(&self, name: &'static str) -> Option<Value> {
        self.known.borrow_mut().push(name);
        let mut rest = self.rest.borrow_mut();
        let index = rest.iter().position(|(other, _)| other == name)?;
        Some(rest.remove(index).1).filter(|value| *value != Value::Null)
    }

    /// A text.
    pub fn text(&self, name: &'static str) -> Option<String> {
        let value = self.take(name)?;
        self.as_text(&self.path(name), value)
    }

    /// A text that must be there and not be blank; a mistake is noted otherwise.
    pub fn required_text(&self, name: &'static str) -> String {
        let there = self.has(name);
        let text = self.text(name).unwrap_or_default();
        if !there {
            self.wrong(name, "this field is missing");
        } else if text.trim().is_empty() && !self.knows_mistake(name) {
            self.wrong(name, "this is empty");
        }
        text
    }

    /// A text of one line that must be there.
    pub fn required_line(&self, name: &'static str) -> String {
        let line = self.required_text(name).trim().to_owned();
        if line.chars().count() > LINE_LIMIT {
            self.wrong(name, format!("this is too long: {LINE_LIMIT} characters at most"));
        }
        if line.contains('\n') {
            self.wrong(name, "this must be one line");
        }
        line
    }

    /// An id that must be there: `a-z`, `0-9` and `-`, at most 64.
    pub fn id(&self, name: &'static str) -> String {
        let id = self.required_text(name);
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if !id.trim().is_empty() && (id.len() > 64 || !id.bytes().all(allowed)) {
            self.wrong(name, format!("{} may only have a-z, 0-9 and -, and at most 64 of them", quoted(&id)));
        }
        id
    }

    /// A whole number within a range.
    pub fn whole(&self, name: &'static str, least: u32, most: u32) -> Option<u32> {
        let number = self.number(name)?;
        let fits = number.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&number);
        if !fits {
            self.wrong(name, format!("this must be a whole number from {least} to {most}"));
            return None;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was found to fit")]
        Some(number as u32)
    }

    /// A finite number.
    pub fn number(&self, name: &'static str) -> Option<f64> {
        match self.take(name)? {
            Value::Number(number) if number.is_finite() => Some(number),
            Value::Number(_) => {
                self.wrong(name, "this is no finite number");
                None
            }
            other => {
                self.wrong(name, format!("this is {}; it must be a number", other.kind()));
                None
            }
        }
    }

    /// True or false; false where it is not said.
    pub fn flag(&self, name: &'static str) -> bool {
        self.optional_flag(name).unwrap_or_default()
    }

    /// True or false, where it is said.
    pub fn optional_flag(&self, name: &'static str) -> Option<bool> {
        match self.take(name)? {
            Value::Flag(flag) => Some(flag),
            other => {
                self.wrong(name, format!("this is {}; it must be true or false", other.kind()));
                None
            }
        }
    }

    /// One of several words.
    pub fn word<T: Copy>(&self, name: &'static str, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
            let hint = did_you_mean(&text, known.iter().copied());
            self.wrong(name, format!("{} must be one of: {}{hint}", quoted(&text), known.join(", ")));
        }
        found
    }

    /// Texts, or one text instead of a list of one.
    pub fn texts(&self, name: &'static str) -> Vec<String> {
        let path = self.path(name);
        match self.take(name) {
            None => vec![],
            Some(Value::List(values)) => {
                let texts = self.within_limit(&path, values).into_iter().enumerate();
                texts.filter_map(|(index, value)| self.required_item(&format!("{path}[{index}]"), value)).collect()
            }
            Some(single) => self.required_item(&path, single).into_iter().collect(),
        }
    }

    /// The values of a list, each with its path.
    pub fn list(&self, name: &'static str) -> Vec<(String, Value)> {
        let path = self.path(name);
        match self.take(name) {
            None => vec![],
            Some(Value::List(values)) => {
                let values = self.within_limit(&path, values).into_iter().enumerate();
                values.map(|(index, value)| (format!("{path}[{index}]"), value)).collect()
            }
            Some(other) => {
                self.report.add(&path, format!("this is {}; it must be a list", other.kind()));
                vec![]
            }
        }
    }

    /// A value that should be a text. A whole number is one too; what YAML would write otherwise than the author did is
    /// none.
    pub fn as_text(&self, path: &str, value: Value) -> Option<String> {
        match value {
            Value::Text(text) if text.contains('\0') => {
                self.report.add(path, "this has a NUL character in it");
                None
            }
            Value::Text(text) if text.len() > TEXT_LIMIT => {
                self.report.add(path, format!("this is too long: {} KB at most", TEXT_LIMIT / 1000));
                None
            }
            Value::Text(text) => Some(text),
            Value::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => Some(format!("{number}")),
            Value::Number(_) | Value::Flag(_) => {
                self.report.add(path, format!("this is {}; it must be a text: put it in quotes", value.kind()));
                None
            }
            other => {
                self.report.add(path, format!("this is {}; it must be a text", other.kind()));
                None
            }
        }
    }

    /// Notes every field that nobody asked for.
    pub fn finish(self) {
        for (name, hint) in self.unknown() {
            self.report.add(&self.path, format!("there is no field {} here{hint}", quoted(&name)));
        }
    }

    /// Notes those fields that nobody asked for and that look like a known one misspelt; lets the others be, and those
    /// that are known to have no use.
    pub fn finish_leniently(self, unused: &[&str]) {
        let misspelt = |(name, hint): &(String, String)| !hint.is_empty() && !unused.contains(&name.as_str());
        for (name, hint) in self.unknown().into_iter().filter(misspelt) {
            self.report.add(&self.path, format!("there is no field {} here{hint}", quoted(&name)));
        }
    }

    /// The fields that nobody asked for, each with what was probably meant.
    fn unknown(&self) -> Vec<(String, String)> {
        let known = self.known.borrow();
        let named = |(name, _): &(String, Value)| (name.clone(), did_you_mean(name, known.iter().copied()));
        self.rest.borrow().iter().map(named).collect()
    }

    fn required_item(&self, path: &str, value: Value) -> Option<String> {
        let text = self.as_text(path, value)?;
        if text.trim().is_empty() {
            self.report.add(path, "this is empty");
            return None;
        }
        Some(text)
    }

    fn within_limit(&self, path: &str, mut values: Vec<Value>) -> Vec<Value> {
        if values.len() > LIST_LIMIT {
            self.report.add(path, format!("there are too many here: {LIST_LIMIT} at most"));
            values.truncate(LIST_LIMIT);
        }
        values
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
