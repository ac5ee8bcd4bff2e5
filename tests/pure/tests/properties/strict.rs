//! The strict reader of JSON agrees with a slow one on any text.

use std::collections::BTreeSet;
use std::fmt;

use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Value, json};
use user_events_core::strict::{MAX_DEPTH, Reader, from_strict, is_strict_object, strict_object};

proptest! {
    #[test]
    fn a_text_is_strict_exactly_if_a_slow_reader_finds_it_so(text in document()) {
        agrees(&text)?;
    }

    #[test]
    fn a_text_that_was_changed_is_strict_exactly_if_a_slow_reader_finds_it_so(
        text in document(),
        places in prop::collection::vec((any::<prop::sample::Index>(), "[{}\\[\\]\",:\\\\0aeEu1 \\-\u{1}\u{1f}é]?"), 1..4),
    ) {
        let mut characters: Vec<String> = text.chars().map(String::from).collect();
        for (place, other) in places {
            let place = place.index(characters.len());
            characters[place] = other;
        }
        agrees(&characters.concat())?;
    }

    #[test]
    fn any_text_has_its_value_after_it_was_wrapped(text in "(\\PC|[\"\\\\\u{0}-\u{1f}é😀]){0,300}", after in "[a-z]{0,150}") {
        let wrapped = json!({ "Message": text, "after": after }).to_string();
        for is_long in [false, true] {
            let mut message = None;
            let read = Reader::new(&wrapped).object(|reader, name| {
                if name != "Message" {
                    return reader.skip();
                }
                message = Some(if is_long { reader.long_text()? } else { reader.text()? }.into_owned());
                Ok(())
            });
            prop_assert!(read.is_ok());
            prop_assert_eq!(message.as_deref(), Some(text.as_str()));
        }
    }
}

fn agrees(text: &str) -> TestCaseResult {
    prop_assert_eq!(is_strict_object(text), is_strict_slowly(text), "{}", text);
    prop_assert_eq!(
        strict_object::<IgnoredAny>(text).is_ok(),
        is_strict_object(text),
        "{}",
        text
    );
    let object = strict_object::<Value>(text).ok();
    prop_assert_eq!(object.is_some(), is_strict_object(text), "{}", text);
    if is_strict_object(text) {
        prop_assert_eq!(object, Some(from_strict(text)));
        let value = from_strict::<Value>(text).ok().map(|value| value.to_string());
        let by_serde = serde_json::from_str::<Value>(text)
            .ok()
            .map(|value| value.to_string());
        prop_assert_eq!(value, by_serde);
    }
    Ok(())
}

/// A JSON object, most likely with an oddity.
fn document() -> impl Strategy<Value = String> {
    let string = "\"([a-c]|\\\\[\"\\\\/bfnrt]|\\\\u0061|\\\\ud83d\\\\ude00|é|😀|\\\\ud83d|\u{7f}){0,80}\"";
    let number = "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?";
    let leaf = prop_oneof![string, number, "true|false|null"];
    let value = leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|elements| format!("[{}]", elements.join(" , "))),
            members(inner),
        ]
    });
    members(value)
}

fn members(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let name = "\"([a-d]{1,2}|\\\\u0061|[a-z]{30})\"";
    let member = (name, value).prop_map(|(name, value)| format!("{name}:{value}"));
    prop::collection::vec(member, 0..5).prop_map(|members| format!("{{{}}}", members.join(",")))
}

/// The rules of `docs/reading.md`, on top of `serde_json`.
fn is_strict_slowly(text: &str) -> bool {
    let mut reader = serde_json::Deserializer::from_str(text);
    text.trim_start_matches([' ', '\t', '\n', '\r']).starts_with('{')
        && Slow(MAX_DEPTH).deserialize(&mut reader).is_ok()
        && reader.end().is_ok()
}

/// A check of a value that may open this many levels.
struct Slow(usize);

impl Slow {
    fn inside<E: Error>(&self) -> Result<Self, E> {
        self.0
            .checked_sub(1)
            .map(Self)
            .ok_or_else(|| E::custom("too deep"))
    }
}

impl<'de> DeserializeSeed<'de> for Slow {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Slow {
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
        while elements.next_element_seed(self.inside()?)?.is_some() {}
        self.inside().map(drop)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut names = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            // A crate of these tests turns on `arbitrary_precision`: numbers come as objects with this member.
            if name == "$serde_json::private::Number" {
                let number: String = members.next_value()?;
                let fits = number.parse().is_ok_and(f64::is_finite);
                return fits
                    .then_some(())
                    .ok_or_else(|| A::Error::custom("beyond a float"));
            }
            if !names.insert(name) {
                return Err(A::Error::custom("twice"));
            }
            members.next_value_seed(self.inside()?)?;
        }
        self.inside().map(drop)
    }
}
