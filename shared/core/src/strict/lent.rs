//! Makes values of strings without copying the strings.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Reads a string, and makes a value of it.
///
/// Fails when the next value is no string, and with `refusal` when the function makes no value of it.
pub(crate) fn with_text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    refusal: &'static str,
    make: impl FnOnce(&str) -> Option<T>,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(Lent { make, refusal })
}

struct Lent<F> {
    make: F,
    refusal: &'static str,
}

impl<T, F: FnOnce(&str) -> Option<T>> Visitor<'_> for Lent<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    #[inline]
    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.make)(text).ok_or_else(|| E::custom(self.refusal))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq)]
    struct Length(usize);

    impl<'de> Deserialize<'de> for Length {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            with_text(deserializer, "not short", |text| {
                (text.len() < 4).then_some(Self(text.len()))
            })
        }
    }

    #[test]
    fn a_string_with_escapes_and_one_without_are_read_and_nothing_else_is() {
        for (json, length) in [(r#""abc""#, 3), (r#""\u0061b""#, 2), (r#""""#, 0)] {
            assert_eq!(serde_json::from_str::<Length>(json).ok(), Some(Length(length)));
            assert_eq!(
                serde_json::from_reader::<_, Length>(json.as_bytes()).ok(),
                Some(Length(length))
            );
        }
        for json in ["1", "null", "true", "[]", "{}"] {
            assert!(serde_json::from_str::<Length>(json).is_err(), "{json}");
        }
        let error = serde_json::from_str::<Length>(r#""secret""#)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("not short") && !error.contains("secret"),
            "{error}"
        );
    }
}
