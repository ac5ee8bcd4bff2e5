//! Reads single values: a text, or a sealed class. Any other value is checked and dropped.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use user_events_core::strict::{MemberNames, Name, Strict, is_number};

/// A value that should be a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Member<'a> {
    Text(Cow<'a, str>),
    Null,
    /// A number, a boolean, an array or an object.
    Other,
}

/// A sealed class: the token, the wrapped data key and the ARN of the KMS key.
pub(super) struct Sealed<'a> {
    pub(super) sealed: Cow<'a, str>,
    pub(super) data_key: Cow<'a, str>,
    pub(super) key_arn: Cow<'a, str>,
}

/// A check of the members of a class.
const IN_CLASS: Strict = Strict::at_depth(3);

/// Reads a value as a text, and checks any other value.
pub(super) struct Text(pub(super) Strict);

/// Reads a member of `data` as a sealed class, and checks any other value.
pub(super) struct MaybeSealed(pub(super) Strict);

/// What a visitor does with a value of another kind: it becomes this value, and an array is checked with `strict`.
macro_rules! other_values {
    ($value:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("JSON")
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Self::Value, A::Error> {
            self.strict().visit_seq(elements).map(|()| $value)
        }
    };
}

pub(super) use other_values;

impl Text {
    fn strict(self) -> Strict {
        self.0
    }
}

impl MaybeSealed {
    fn strict(self) -> Strict {
        self.0
    }
}

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Member<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Member<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Member<'de>;

    other_values!(Member::Other);

    fn visit_unit<E>(self) -> Result<Member<'de>, E> {
        Ok(Member::Null)
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Member<'de>, E> {
        Ok(Member::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Member<'de>, E> {
        Ok(Member::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Member<'de>, A::Error> {
        self.0.visit_map(members).map(|()| Member::Other)
    }
}

impl<'de> DeserializeSeed<'de> for MaybeSealed {
    type Value = Option<Sealed<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for MaybeSealed {
    type Value = Option<Sealed<'de>>;

    other_values!(None);

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut names = MemberNames::default();
        let [mut sealed, mut data_key, mut key_arn] = [None, None, None];
        while let Some(Name(name)) = members.next_key()? {
            if is_number(&name, &mut members)? {
                return Ok(None);
            }
            let place = match name.as_ref() {
                "sealed" => &mut sealed,
                "dataKey" => &mut data_key,
                "keyArn" => &mut key_arn,
                _ => {
                    members.next_value_seed(IN_CLASS)?;
                    names.add::<A::Error>(name)?;
                    continue;
                }
            };
            let value = members.next_value_seed(Text(IN_CLASS))?;
            if place.replace(value).is_some() {
                return Err(serde::de::Error::custom("a class has the same member twice"));
            }
        }
        let (Some(Member::Text(sealed)), Some(Member::Text(data_key)), Some(Member::Text(key_arn))) =
            (sealed, data_key, key_arn)
        else {
            return Ok(None);
        };
        Ok(Some(Sealed {
            sealed,
            data_key,
            key_arn,
        }))
    }
}
