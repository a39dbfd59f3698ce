//! Lists in answers: read entry by entry, so that the whole never stands in memory as a tree of values, and so that an entry
//! which cannot be read does not cost the others.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::Value;

use crate::{fields::Fields, id_token::without_nul};

/// Something that a list holds.
pub(crate) trait Entry: Sized {
    /// Reads it; `None` where it lacks what makes it one.
    fn read(fields: Fields<'_>) -> Option<Self>;
}

/// The entries of a list.
pub(crate) struct Entries<T> {
    pub(crate) read: Vec<T>,
    /// How many more there were.
    pub(crate) unreadable: usize,
}

/// A single entry, as an answer of its own.
pub(crate) struct Single<T>(pub(crate) Option<T>);

fn read<T: Entry>(value: Value) -> Option<T> {
    match value {
        Value::Object(members) => T::read(Fields::new(&without_nul(members))),
        _ => None,
    }
}

impl<'de, T: Entry> Deserialize<'de> for Single<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(read(Value::deserialize(deserializer)?)))
    }
}

impl<'de, T: Entry> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Entry> Visitor<'de> for ListVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut entries = Entries { read: Vec::new(), unreadable: 0 };
        while let Some(value) = list.next_element::<Value>()? {
            match read(value) {
                Some(entry) => entries.read.push(entry),
                None => entries.unreadable += 1,
            }
        }
        Ok(entries)
    }
}
