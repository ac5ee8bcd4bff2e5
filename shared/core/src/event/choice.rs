//! A value of an enumeration that can grow.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::stream::attribute::choose;

/// A known value, or one that a later version of the catalogue added. A publisher writes only known values; a reader
/// may receive unknown ones and continues.
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
        let text = Cow::<str>::deserialize(deserializer)?;
        Ok(match choose(&text) {
            Some(value) => Self::Known(value),
            None => Self::Unknown(text.into_owned()),
        })
    }
}

impl<T: JsonSchema> JsonSchema for Choice<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
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
}
