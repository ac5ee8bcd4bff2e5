//! A value of an enumeration that can grow.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::IntoDeserializer;
use serde::de::value::{Error as Refusal, StrDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use crate::strict::with_text;
use crate::wire::is_plain_text;

/// The longest unknown value that is published, in characters.
const MAX_CHARACTERS: usize = 128;

/// A value of an open enumeration: a known one, or one that the User Service or a later version of the catalogue added.
/// A publisher writes an unknown value as the row holds it; a reader may receive it and continues.
///
/// On the wire, it is a string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice<T> {
    /// A value that this version of the catalogue knows.
    Known(T),
    /// The text of a value that this version does not know.
    Unknown(String),
}

impl<T> Choice<T> {
    /// The value; `None` when it is unknown.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }
}

impl<T: for<'value> Deserialize<'value>> Choice<T> {
    /// The value that a row holds. `None` when it is unknown and not plain text of 1 to 128 characters: it is published
    /// unencrypted and as it is.
    pub(crate) fn from_row(text: &str) -> Option<Self> {
        let published = || {
            let short = (1..=MAX_CHARACTERS).contains(&text.chars().take(MAX_CHARACTERS + 1).count());
            (short && is_plain_text(text)).then(|| Self::Unknown(text.to_owned()))
        };
        choose(text).map(Self::Known).or_else(published)
    }
}

/// The value with this name; `None` when it is unknown.
fn choose<T: for<'value> Deserialize<'value>>(name: &str) -> Option<T> {
    let deserializer: StrDeserializer<'_, Refusal> = name.into_deserializer();
    T::deserialize(deserializer).ok()
}

impl<T> From<T> for Choice<T> {
    fn from(value: T) -> Self {
        Self::Known(value)
    }
}

impl<T: PartialEq> PartialEq<T> for Choice<T> {
    fn eq(&self, other: &T) -> bool {
        self.known() == Some(other)
    }
}

impl<T: Serialize> Serialize for Choice<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Unknown(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de, T: for<'value> Deserialize<'value>> Deserialize<'de> for Choice<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        with_text(deserializer, "not a string", |text| {
            Some(choose(text).map_or_else(|| Self::Unknown(text.to_owned()), Self::Known))
        })
    }
}

impl<T: JsonSchema> JsonSchema for Choice<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    /// The known values, each with its description, or any other short text.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let known = T::json_schema(generator);
        let described = known.get("oneOf").and_then(Value::as_array).cloned();
        let mut values = described.unwrap_or_else(|| vec![known.into()]);
        values.push(json!({
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_CHARACTERS,
            "description": "A value that this version does not know. Treat it as none of the others.",
        }));
        json_schema!({ "anyOf": values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    enum Light {
        DeepRed,
    }

    #[test]
    fn an_unknown_value_keeps_its_text() {
        let read = |text: &str| serde_json::from_str::<Choice<Light>>(text).unwrap();
        assert_eq!(read(r#""DEEP_RED""#), Light::DeepRed);
        let unknown = read(r#""ULTRAVIOLET""#);
        assert_eq!(unknown, Choice::Unknown("ULTRAVIOLET".to_owned()));
        assert_eq!(serde_json::to_string(&unknown).unwrap(), r#""ULTRAVIOLET""#);
        assert!(serde_json::from_str::<Choice<Light>>("7").is_err());
    }

    #[test]
    fn an_unknown_value_of_a_row_is_plain_text_of_1_to_128_characters() {
        let read = Choice::<Light>::from_row;
        assert_eq!(read("DEEP_RED"), Some(Choice::Known(Light::DeepRed)));
        for text in ["?", &"é".repeat(128)] {
            assert_eq!(read(text), Some(Choice::Unknown(text.to_owned())));
        }
        for text in ["", "A\n", "A\u{FFFF}", &"x".repeat(129)] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
