//! Strict JSON: text that parsers of all languages read alike (RFC 7493, I-JSON). No object has a member twice, nesting
//! is bounded, every string is Unicode, and every number fits a 64-bit float.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// How deep objects and arrays may be nested; the outermost one counts as 1.
pub const MAX_DEPTH: usize = 32;

/// Checks a value and keeps nothing of it. It is a [`DeserializeSeed`], so that a caller can check parts of a document
/// while it reads others.
#[derive(Debug, Clone, Copy)]
pub struct Strict {
    /// How many more levels of objects and arrays may be opened.
    levels: usize,
}

/// Whether the text is one JSON object that keeps the rules.
pub fn is_strict_object(text: &str) -> bool {
    text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{') && {
        let mut reader = serde_json::Deserializer::from_str(text);
        Strict::at_depth(0).deserialize(&mut reader).is_ok() && reader.end().is_ok()
    }
}

impl Strict {
    /// A check of a value that is inside this many objects and arrays.
    pub const fn at_depth(depth: usize) -> Self {
        let levels = MAX_DEPTH.saturating_sub(depth);
        Self { levels }
    }

    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let levels = self.levels.checked_sub(1);
        let levels = levels.ok_or_else(|| E::custom("the JSON is nested too deep"))?;
        Ok(Self { levels })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let inside = self.deeper()?;
        while elements.next_element_seed(inside)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = MemberNames::default();
        while let Some(Name(name)) = members.next_key()? {
            if is_number(&name, &mut members)? {
                return Ok(());
            }
            names.add(name)?;
            members.next_value_seed(self.deeper()?)?;
        }
        self.deeper().map(|_| ())
    }
}

/// Whether the member with this name is the whole of a number, which is then checked. If some crate of the build turns on
/// `arbitrary_precision` of `serde_json`, numbers come as objects with one member of a private name.
///
/// Fails when the number is beyond a 64-bit float.
pub fn is_number<'de, A: MapAccess<'de>>(name: &str, members: &mut A) -> Result<bool, A::Error> {
    const NUMBER: &str = "$serde_json::private::Number";
    if name != NUMBER {
        return Ok(false);
    }
    let Name(number) = members.next_value()?;
    match number.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(true),
        _ => Err(serde::de::Error::custom("a number is beyond a 64-bit float")),
    }
}

/// The name of a member, borrowed from the text if it has no escapes.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct Name<'a>(#[serde(borrow)] pub Cow<'a, str>);

/// The names of an object's members so far.
#[derive(Debug, Default)]
pub struct MemberNames<'a> {
    few: Vec<Cow<'a, str>>,
    many: HashSet<Cow<'a, str>>,
}

impl<'a> MemberNames<'a> {
    /// An event has few members in each object, and comparing them all is faster than hashing.
    const FEW: usize = 24;

    /// Fails when the object has the member already.
    pub fn add<E: serde::de::Error>(&mut self, name: Cow<'a, str>) -> Result<(), E> {
        if self.few.contains(&name) || self.many.contains(&name) {
            return Err(E::custom("an object has the same member twice"));
        }
        if self.few.len() < Self::FEW {
            if self.few.is_empty() {
                self.few.reserve(8);
            }
            self.few.push(name);
        } else {
            self.many.insert(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_with_each_member_once_is_strict_and_other_texts_are_not() {
        for text in [
            "{}",
            " \r\n\t{\"a\":[1,-2,0.5,1e300,true,false,null,\"\\ud83d\\ude00\"],\"b\":{\"a\":{}}} ",
            "{\"a\":12345678901234567890123}",
        ] {
            assert!(is_strict_object(text), "{text}");
        }
        for text in [
            "",
            "[]",
            "1",
            "\u{feff}{}",
            "{} {}",
            "{\"a\":1,\"a\":1}",
            "{\"a\":1,\"\\u0061\":1}",
            "{\"a\":[{\"b\":{\"c\":1,\"c\":2}}]}",
            "{\"a\":\"\\ud800\"}",
            "{\"\\udc00\":1}",
            "{\"a\":1e400}",
            "{\"a\":NaN}",
            "{\"a\":01}",
            "{\"a\":1,}",
            "{'a':1}",
            "{\"a\":\"\u{1}\"}",
            "\u{a0}{}",
        ] {
            assert!(!is_strict_object(text), "{text}");
        }
    }

    #[test]
    fn nesting_is_allowed_up_to_the_limit_and_not_beyond() {
        let nested = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth - 1), "]".repeat(depth - 1));
        assert!(is_strict_object(&nested(MAX_DEPTH)));
        assert!(!is_strict_object(&nested(MAX_DEPTH + 1)));
        assert!(!is_strict_object(&nested(100_000)));
    }

    #[test]
    fn a_member_that_comes_twice_is_found_among_many() {
        let members = |last: usize| {
            let members: Vec<_> = (0..1_000).chain([last]).map(|n| format!("\"m{n}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(is_strict_object(&members(1_000)));
        for twice in [0, MemberNames::FEW - 1, MemberNames::FEW, 999] {
            assert!(!is_strict_object(&members(twice)), "{twice}");
        }
    }
}
