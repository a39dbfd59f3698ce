//! On which line of a project file a mistake stands.
//!
//! A parsed file has forgotten its lines, but the parsers tell the line at which reading was stopped. So the file is read
//! again as far as the path of the mistake, and stopped there.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{
    Mistake,
    source::{Format, Value},
};

/// The most bytes that are read again for all mistakes of a file together.
const READ_AGAIN: usize = 16 << 20;

/// The line of each mistake, from 1; `None` where it is of the file as a whole, or would take too long to find.
pub(super) fn of_mistakes(
    text: &str,
    format: Format,
    value: Option<&Value>,
    mistakes: &[Mistake],
) -> Vec<Option<usize>> {
    let most = READ_AGAIN / text.len().max(1);
    let line = |(at, mistake): (usize, &Mistake)| match value {
        // The file cannot be read at all: the parser's own words tell where.
        None => told(&mistake.message),
        Some(_) if mistake.path.is_empty() || at >= most => None,
        Some(value) => line_of(text, format, &existing(value, steps(&mistake.path))),
    };
    mistakes.iter().enumerate().map(line).collect()
}

/// `line 7` in a parser's message.
fn told(message: &str) -> Option<usize> {
    let (_, after) = message.split_once("line ")?;
    after.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// A step on the way from the top of a file to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Element(usize),
}

/// `epics[2].title` as steps.
fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let mut pieces = part.split('[');
        steps.extend(pieces.next().filter(|name| !name.is_empty()).map(|name| Step::Member(name.to_owned())));
        let places = pieces.filter_map(|piece| piece.strip_suffix(']')?.parse().ok());
        steps.extend(places.map(Step::Element));
    }
    steps
}

/// The steps as far as the file goes: what is missing stands nowhere, but what it is missing in does.
fn existing(mut value: &Value, steps: Vec<Step>) -> Vec<Step> {
    let mut there = Vec::new();
    for step in steps {
        let next = match (&step, value) {
            (Step::Member(name), Value::Object(_)) => value.get(name),
            (Step::Element(at), Value::List(values)) => values.get(*at),
            _ => None,
        };
        let Some(next) = next else { break };
        value = next;
        there.push(step);
    }
    there
}

fn line_of(text: &str, format: Format, steps: &[Step]) -> Option<usize> {
    if steps.is_empty() {
        return None;
    }
    match format {
        Format::Json => {
            let mut reader = serde_json::Deserializer::from_str(text);
            Way(steps).deserialize(&mut reader).err().map(|stopped| stopped.line())
        }
        Format::Yaml => {
            let stopped = Way(steps).deserialize(serde_yaml_ng::Deserializer::from_str(text)).err()?;
            stopped.location().map(|place| place.line())
        }
    }
}

/// Reads as far as these steps lead, and stops with an error.
struct Way<'s>(&'s [Step]);

impl<'de> DeserializeSeed<'de> for Way<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// The way has led here.
fn here<E: Error>() -> Result<(), E> {
    Err(E::custom("here"))
}

impl<'de> Visitor<'de> for Way<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        here()
    }

    fn visit_none<E: Error>(self) -> Result<(), E> {
        here()
    }

    fn visit_bool<E: Error>(self, _flag: bool) -> Result<(), E> {
        here()
    }

    fn visit_i64<E: Error>(self, _number: i64) -> Result<(), E> {
        here()
    }

    fn visit_u64<E: Error>(self, _number: u64) -> Result<(), E> {
        here()
    }

    fn visit_f64<E: Error>(self, _number: f64) -> Result<(), E> {
        here()
    }

    fn visit_str<E: Error>(self, _text: &str) -> Result<(), E> {
        here()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Some((Step::Element(at), rest)) = self.0.split_first() else { return here() };
        for _ in 0..*at {
            list.next_element::<IgnoredAny>()?;
        }
        list.next_element_seed(Way(rest)).map(drop)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Some((Step::Member(wanted), rest)) = self.0.split_first() else { return here() };
        while let Some(name) = map.next_key::<String>()? {
            if name == *wanted {
                return map.next_value_seed(Way(rest));
            }
            map.next_value::<IgnoredAny>()?;
        }
        here()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "\
slug: one
# a comment
epics:
  - id: a
    title: A
    tasks:
      - id: b
        depends_on:
          - x
          - nowhere
  - {id: c,
     title: 7}
";

    fn yaml(path: &str) -> Option<usize> {
        let value = super::super::source::read(YAML, Format::Yaml).expect("YAML");
        let mistake = Mistake { path: path.to_owned(), message: "wrong".to_owned() };
        of_mistakes(YAML, Format::Yaml, Some(&value), &[mistake]).remove(0)
    }

    #[test]
    fn every_mistake_has_the_line_that_it_stands_on() {
        assert_eq!(yaml("slug"), Some(1));
        assert_eq!(yaml("epics[0].title"), Some(5));
        assert_eq!(yaml("epics[0].tasks[0].depends_on[1]"), Some(10));
        assert_eq!(yaml("epics[1].title"), Some(12));
        assert_eq!(yaml("epics[0].tasks[0].title"), Some(7), "what is missing is missing in the task of line 7");
        assert_eq!(yaml(""), None);
        assert_eq!(yaml("version"), None);

        let json = "{\n \"slug\": \"one\",\n \"epics\": [\n  {\"id\": 1},\n  {\n   \"id\": 2}\n ]\n}";
        let value = super::super::source::read(json, Format::Json).expect("JSON");
        let mistakes = ["slug", "epics[0].id", "epics[1].id", "epics[1].title"]
            .map(|path| Mistake { path: path.to_owned(), message: String::new() });
        let lines = of_mistakes(json, Format::Json, Some(&value), &mistakes);
        assert_eq!(
            lines,
            [Some(2), Some(4), Some(6), Some(6)],
            "what is missing is missing where its object begins to say something"
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_wrong_where_the_reader_stopped() {
        for (text, format) in [("a: b\nc: [d\ne: f\n", Format::Yaml), ("{\n\"a\": 1,\n}", Format::Json)] {
            let message = super::super::source::read(text, format).expect_err("a mistake");
            let mistake = Mistake { path: String::new(), message };
            assert_eq!(of_mistakes(text, format, None, &[mistake]), [Some(3)], "{text}");
        }
    }
}
