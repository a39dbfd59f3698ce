//! A project file as a tree of values, before anything is known about their meaning.
//!
//! Files are hostile: size, depth and number of values are capped, and so is what YAML's aliases can make of a few bytes.

use std::{cell::Cell, fmt};

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

/// The largest project file, in bytes.
pub const FILE_LIMIT: usize = 1 << 20;
/// The most values in a file.
const VALUE_LIMIT: usize = 100_000;
/// The most text in a file's values, in bytes; more than a file's size only where aliases repeat it.
const TEXT_LIMIT: usize = 4 << 20;
/// How deep brackets may be open; the YAML scanner takes quadratic time in it.
const BRACKET_LIMIT: usize = 500;

/// A value in a project file.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// Any number.
    Number(f64),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Value>),
    /// Named values in order; a name may wrongly stand twice.
    Object(Vec<(String, Value)>),
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
}

impl Value {
    /// What kind of value it is, with its article.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object with fields",
        }
    }

    /// The value of this name, in an object.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let Self::Object(entries) = self else { return None };
        entries.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// Reads a file; the error says what stopped the reader, and where.
pub fn read(text: &str, format: Format) -> Result<Value, String> {
    if text.len() > FILE_LIMIT {
        return Err(format!("the file is larger than {} KB", FILE_LIMIT / 1024));
    }
    if bracket_depth(text) > BRACKET_LIMIT {
        return Err("brackets are nested too deep".to_owned());
    }
    let budget = Budget { values: Cell::new(VALUE_LIMIT), text: Cell::new(TEXT_LIMIT) };
    match format {
        Format::Json => {
            let mut reader = serde_json::Deserializer::from_str(text);
            let value = budget.deserialize(&mut reader).map_err(|error| error.to_string())?;
            reader.end().map_err(|error| error.to_string())?;
            Ok(value)
        }
        Format::Yaml => {
            budget.deserialize(serde_yaml_ng::Deserializer::from_str(text)).map_err(|error| error.to_string())
        }
    }
}

/// How many brackets are open at most, wherever they stand.
fn bracket_depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// What may still be read.
struct Budget {
    values: Cell<usize>,
    text: Cell<usize>,
}

impl Budget {
    fn spend<E: serde::de::Error>(&self, text: usize) -> Result<(), E> {
        let rest = self.values.get().checked_sub(1).zip(self.text.get().checked_sub(text));
        let (values, text) = rest.ok_or_else(|| E::custom("there is too much in this file"))?;
        self.values.set(values);
        self.text.set(text);
        Ok(())
    }

    fn text<E: serde::de::Error>(&self, text: String) -> Result<Value, E> {
        self.spend(text.len())?;
        Ok(Value::Text(text))
    }

    fn number<E: serde::de::Error>(&self, number: f64) -> Result<Value, E> {
        self.spend(0)?;
        Ok(Value::Number(number))
    }
}

impl<'de> DeserializeSeed<'de> for &Budget {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Budget {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a plain value, without a YAML tag")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        self.spend(0)?;
        Ok(Value::Null)
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_bool<E: serde::de::Error>(self, flag: bool) -> Result<Value, E> {
        self.spend(0)?;
        Ok(Value::Flag(flag))
    }

    #[expect(clippy::cast_precision_loss, reason = "no field of a project holds integers of that size")]
    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Value, E> {
        self.number(number as f64)
    }

    #[expect(clippy::cast_precision_loss, reason = "no field of a project holds integers of that size")]
    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Value, E> {
        self.number(number as f64)
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<Value, E> {
        self.number(number)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.text(text.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Value, E> {
        self.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        self.spend(0)?;
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.spend(0)?;
        let mut entries = Vec::new();
        while let Some(name) = map.next_key_seed(self)? {
            let Value::Text(name) = name else {
                return Err(A::Error::custom(format!("a field's name is {}; put it in quotes", name.kind())));
            };
            entries.push((name, map.next_value_seed(self)?));
        }
        Ok(Value::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn json_and_yaml_make_the_same_tree() {
        let yaml = read("a: [1, x, null]\nb: {c: true}\n", Format::Yaml).expect("YAML");
        assert_eq!(yaml, read(r#"{"a": [1, "x", null], "b": {"c": true}}"#, Format::Json).expect("JSON"));
        assert_eq!(yaml.get("b").and_then(|b| b.get("c")), Some(&Value::Flag(true)));
    }

    #[test]
    fn a_broken_file_says_where_it_is_broken() {
        insta::assert_snapshot!(read("a: [1\nb: 2", Format::Yaml).expect_err("broken"), @"did not find expected ',' or ']' at line 2 column 2, while parsing a flow sequence at line 1 column 4");
        insta::assert_snapshot!(read(r#"{"a": 1"#, Format::Json).expect_err("broken"), @"EOF while parsing an object at line 1 column 7");
        insta::assert_snapshot!(read("1: x", Format::Yaml).expect_err("broken"), @"a field's name is a number; put it in quotes");
        insta::assert_snapshot!(read("a: !secret x", Format::Yaml).expect_err("broken"), @"a: invalid type: enum, expected a plain value, without a YAML tag at line 1 column 4");
    }

    #[test]
    fn a_file_made_to_exhaust_the_reader_is_refused() {
        let level = |level: usize| {
            let below = format!("*a{}", level - 1);
            format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", "))
        };
        let bomb: Vec<_> = std::iter::once("a0: &a0 [x, x, x]\n".to_owned()).chain((1..10).map(level)).collect();
        assert!(read(&bomb.concat(), Format::Yaml).is_err());
        let shared = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a, ".repeat(100));
        assert!(read(&shared, Format::Yaml).is_err());
        for format in [Format::Json, Format::Yaml] {
            assert!(read(&"[".repeat(FILE_LIMIT), format).is_err());
            assert!(read(&"[".repeat(BRACKET_LIMIT), format).is_err());
            assert!(read(&format!("{}{}", "[".repeat(200), "]".repeat(200)), format).is_err());
            assert!(read(&" ".repeat(FILE_LIMIT + 1), format).is_err());
        }
        assert!(read(&"- ".repeat(FILE_LIMIT / 2), Format::Yaml).is_err());
        assert!(read(&"? ".repeat(FILE_LIMIT / 2), Format::Yaml).is_err());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "([a-z]: ?|[-?] |[\\[\\]{}&*!|>'\"%@`#,\n\t x\\\\]|\\PC){0,60}") {
            let _ = read(&text, Format::Yaml);
            let _ = read(&text, Format::Json);
        }
    }
}
