//! The members of a JSON object by their names, each still raw, without an allocation.

use std::fmt;

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserializer, de};
use serde_json::value::RawValue;

/// The members with these names, in the order of the names. If a name occurs twice, the later member counts.
///
/// `None` when the JSON is not an object.
pub(super) fn members<'a, const N: usize>(
    json: &'a RawValue,
    names: [&'static str; N],
) -> Option<[Option<&'a RawValue>; N]> {
    serde_json::Deserializer::from_str(json.get())
        .deserialize_map(Members(names))
        .ok()
}

struct Members<const N: usize>([&'static str; N]);

impl<'de, const N: usize> Visitor<'de> for Members<N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(place) = object.next_key_seed(Place(&self.0))? {
            match place.and_then(|place| found.get_mut(place)) {
                Some(member) => *member = Some(object.next_value()?),
                None => drop(object.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// Reads a member's name as its place among the names; `None` for another name.
struct Place<'n>(&'n [&'static str]);

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl de::Visitor<'_> for Place<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Option<[Option<String>; 2]> {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        members(raw, ["a", "b"]).map(|found| found.map(|member| member.map(|raw| raw.get().to_owned())))
    }

    #[test]
    fn a_member_is_raw_and_the_later_of_two_counts() {
        let found = of(r#"{ "b": null, "c": [1], "\u0061": { "x": 1.50 }, "b": 7 }"#).unwrap();
        assert_eq!(found, [Some(r#"{ "x": 1.50 }"#.into()), Some("7".into())]);
    }

    #[test]
    fn only_an_object_has_members() {
        assert_eq!(of("{}"), Some([None, None]));
        for other in ["null", "7", "[]", r#"[1, 2]"#, r#""a""#] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
