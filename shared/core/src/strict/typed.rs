//! Reads strict JSON as types.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

use crate::strict::reader::{Kind, Members, NotStrict, Reader, is_strict_object};

/// Reads JSON as a type, for a text that was found strict before. The result is that of `serde_json`, in less time.
///
/// Fails when the text does not fit the type, and when it is not JSON. It does not find all that is not strict, such as a
/// member that is there twice.
pub fn from_strict<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Misfit> {
    let mut reader = Reader::again(text);
    match T::deserialize(&mut reader) {
        Ok(value) if reader.end().is_ok() => Ok(value),
        // Some types read JSON in ways of `serde_json` alone, such as enumerations with data, floats and raw values.
        _ => serde_json::from_str(text).map_err(|_| Misfit),
    }
}

/// Reads one JSON object as a type, and checks at once that the whole text is strict. The inner result is that of
/// [`from_strict`].
///
/// Fails when the text is not one strict JSON object.
pub fn strict_object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<Result<T, Misfit>, NotStrict> {
    let mut reader = Reader::new(text);
    if reader.kind() == Some(Kind::Object)
        && let Ok(value) = T::deserialize(&mut reader)
        && reader.end().is_ok()
    {
        return Ok(Ok(value));
    }
    // Either the text is not strict, or it does not fit the type as this reader reads it.
    if is_strict_object(text) {
        Ok(from_strict(text))
    } else {
        Err(NotStrict)
    }
}

/// The text does not fit the type. The error has no cause, because that may quote a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfit;

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the JSON does not fit the type")
    }
}

impl std::error::Error for Misfit {}

impl serde::de::Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl From<NotStrict> for Misfit {
    fn from(_: NotStrict) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self.kind().ok_or(Misfit)? {
            Kind::Text => match self.plain_text() {
                Some(text) => visitor.visit_borrowed_str(text),
                None => visitor.visit_string(self.text()?.into_owned()),
            },
            Kind::Object => {
                let members = self.open_object()?;
                let mut object = ObjectAccess {
                    reader: self,
                    members,
                    is_closed: false,
                };
                let value = visitor.visit_map(&mut object)?;
                object.close()?;
                Ok(value)
            }
            Kind::Array => {
                self.open_array()?;
                let mut array = ArrayAccess {
                    reader: self,
                    is_first: true,
                    is_closed: false,
                };
                let value = visitor.visit_seq(&mut array)?;
                array.close()?;
                Ok(value)
            }
            Kind::Null | Kind::Other => match self.scalar()? {
                "null" => visitor.visit_unit(),
                "true" => visitor.visit_bool(true),
                "false" => visitor.visit_bool(false),
                number => integer(number, visitor),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.kind() == Some(Kind::Null) {
            self.skip()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.skip()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct enum identifier
    }
}

/// An integer of 64 bits. Other numbers are rare, and left to `serde_json`: its features decide how exact they are.
fn integer<'de, V: Visitor<'de>>(number: &str, visitor: V) -> Result<V::Value, Misfit> {
    if let Ok(number) = number.parse() {
        return visitor.visit_u64(number);
    }
    match number.parse() {
        Ok(negative) if negative != 0 => visitor.visit_i64(negative),
        // `-0` is a float.
        _ => Err(Misfit),
    }
}

struct ObjectAccess<'r, 'de> {
    reader: &'r mut Reader<'de>,
    members: Members<'de>,
    is_closed: bool,
}

impl<'de> ObjectAccess<'_, 'de> {
    #[inline]
    fn name(&mut self) -> Result<Option<&str>, NotStrict> {
        let name = self.reader.name(&mut self.members)?;
        self.is_closed = name.is_none();
        Ok(name)
    }

    /// Fails when the visitor left members unread.
    fn close(mut self) -> Result<(), NotStrict> {
        if self.is_closed || self.name()?.is_none() {
            Ok(())
        } else {
            Err(NotStrict)
        }
    }
}

impl<'de> MapAccess<'de> for ObjectAccess<'_, 'de> {
    type Error = Misfit;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let name = self.name()?;
        name.map(|name| seed.deserialize(StrDeserializer::new(name)))
            .transpose()
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        seed.deserialize(&mut *self.reader)
    }
}

struct ArrayAccess<'r, 'de> {
    reader: &'r mut Reader<'de>,
    is_first: bool,
    is_closed: bool,
}

impl ArrayAccess<'_, '_> {
    fn has_element(&mut self) -> Result<bool, NotStrict> {
        let is_first = std::mem::take(&mut self.is_first);
        let has_element = self.reader.has_element(is_first)?;
        self.is_closed = !has_element;
        Ok(has_element)
    }

    /// Fails when the visitor left elements unread.
    fn close(mut self) -> Result<(), NotStrict> {
        if self.is_closed || !self.has_element()? {
            Ok(())
        } else {
            Err(NotStrict)
        }
    }
}

impl<'de> SeqAccess<'de> for ArrayAccess<'_, 'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        if !self.has_element()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.reader).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Sample {
        first_name: String,
        count: Option<u32>,
        ratio: Option<f64>,
        #[serde(default)]
        pair: (i8, bool),
        kind: Option<Kind>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    enum Kind {
        Plain,
        With { data: u8 },
    }

    /// Reads a text, and compares with what `serde_json` reads.
    fn same<T: for<'a> Deserialize<'a> + PartialEq + fmt::Debug>(text: &str) -> Result<T, Misfit> {
        let own = from_strict::<T>(text);
        assert_eq!(
            own.as_ref().ok(),
            serde_json::from_str(text).ok().as_ref(),
            "{text}"
        );
        let object = strict_object::<T>(text);
        assert_eq!(object.is_ok(), is_strict_object(text), "{text}");
        if let Ok(object) = object {
            assert_eq!(object, own, "{text}");
        }
        own
    }

    #[test]
    fn a_type_is_read_as_by_serde_json() {
        let text = r#"{"firstName":"A\u0064a","count":7,"more":[{"x":[]}],"ratio":1.5e2,"pair":[-1,true],"kind":"Plain"}"#;
        assert!(same::<Sample>(text).is_ok());
        for (from, to, fits) in [
            ("7", "null", true),
            ("7", "-1", false),
            ("7", "1.0", false),
            ("7", "4294967296", false),
            ("1.5e2", "3", true),
            ("[-1,true]", "[-1]", false),
            ("[-1,true]", "[-1,true,1]", false),
            ("\"Plain\"", "{\"With\":{\"data\":1}}", true),
            ("\"Plain\"", "\"Other\"", false),
            ("firstName", "lastName", false),
            ("\"more\"", "\"count\"", false),
            ("}]", "}],", false),
        ] {
            assert_eq!(same::<Sample>(&text.replacen(from, to, 1)).is_ok(), fits, "{to}");
        }
        assert_eq!(
            same::<BTreeMap<u8, char>>(r#"{"1":"a","2":"\n"}"#).map(|map| map.len()),
            Ok(2)
        );
        assert_eq!(
            from_strict::<Box<RawValue>>("{ }").map(|raw| raw.get().len()),
            Ok(3)
        );
        assert_eq!(from_strict::<&str>(r#""borrowed""#), Ok("borrowed"));
    }

    #[test]
    fn any_value_is_read_as_by_serde_json() {
        for text in [
            "null",
            "true",
            " [ ] ",
            "{}",
            "0",
            "-0",
            "-1",
            "18446744073709551615",
            "18446744073709551616",
            "-9223372036854775808",
            "-9223372036854775809",
            "1.0",
            "0.1",
            "1e-7",
            "123456.789e3",
            r#""\"\u00e9""#,
            r#"{"a":[1,{"b":[[],[null,false]]}],"c":"d"}"#,
        ] {
            assert_eq!(
                same::<Value>(text).map(|value| value.to_string()).ok(),
                serde_json::from_str::<Value>(text)
                    .ok()
                    .map(|value| value.to_string())
            );
        }
        for text in ["", "nul", "[1,]", "{\"a\"}", "1 2", "[", "\"", "tru"] {
            assert!(same::<Value>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_error_quotes_nothing() {
        let error = from_strict::<bool>("\"secret\"").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
