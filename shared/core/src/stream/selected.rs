//! Those members of a JSON object that have one of a few names, each still raw.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserializer;
use serde::de::{self, DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of an object with one of these names, each still raw. Other members are skipped.
///
/// `None` when the JSON is not an object.
pub(super) fn selected<'a>(
    json: &'a RawValue,
    names: &BTreeSet<String>,
) -> Option<BTreeMap<String, &'a RawValue>> {
    serde_json::Deserializer::from_str(json.get())
        .deserialize_map(Selected(names))
        .ok()
}

struct Selected<'n>(&'n BTreeSet<String>);

impl<'de> Visitor<'de> for Selected<'_> {
    type Value = BTreeMap<String, &'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut found = BTreeMap::new();
        while let Some(name) = object.next_key_seed(Known(self.0))? {
            match name {
                Some(name) => drop(found.insert(name.to_owned(), object.next_value()?)),
                None => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// Reads a member's name as one of the names; `None` for another.
struct Known<'n>(&'n BTreeSet<String>);

impl<'de, 'n> DeserializeSeed<'de> for Known<'n> {
    type Value = Option<&'n String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'n> de::Visitor<'_> for Known<'n> {
    type Value = Option<&'n String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.get(name))
    }
}
