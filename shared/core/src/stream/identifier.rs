//! Identifiers in keys.

use std::borrow::Cow;

/// The identifier in the part of a key after its prefix. `None` when that part holds a `#`: the key then goes deeper, and
/// belongs to another kind of row.
///
/// A `#` that belongs to the identifier is written `%23`, and a `%` that is followed by `23` or `25` is written `%25`, as
/// in RFC 3986, section 2.1. Nothing else is decoded, so an identifier without `%` stays byte for byte.
pub(crate) fn identifier(part: &str) -> Option<Cow<'_, str>> {
    if part.contains('#') {
        return None;
    }
    if part.contains("%23") || part.contains("%25") {
        // In this order: a `%` that was decoded begins no other sequence.
        return Some(Cow::Owned(part.replace("%23", "#").replace("%25", "%")));
    }
    Some(Cow::Borrowed(part))
}

/// The form of an identifier in a key: [`identifier`] reads it back.
pub(crate) fn encoded(identifier: &str) -> Cow<'_, str> {
    if identifier.contains('#') || identifier.contains("%23") || identifier.contains("%25") {
        // In this order: the `%` of an encoded sign is not encoded again.
        return Cow::Owned(identifier.replace('%', "%25").replace('#', "%23"));
    }
    Cow::Borrowed(identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_encoded_sign_is_decoded_and_only_once() {
        for (part, expected) in [
            ("a-1", "a-1"),
            ("a%23b", "a#b"),
            ("%25", "%"),
            ("%2523", "%23"),
            ("%25%23%25", "%#%"),
            ("100%", "100%"),
            ("%2", "%2"),
            ("%41%2f", "%41%2f"),
            ("", ""),
        ] {
            assert_eq!(identifier(part).as_deref(), Some(expected));
        }
        for text in ["a-1", "a#b", "100%", "%23", "%25#", "%", "#%#", ""] {
            assert_eq!(identifier(&encoded(text)).as_deref(), Some(text));
        }
        for deeper in ["#", "a#", "#a", "a#b%23"] {
            assert_eq!(identifier(deeper), None);
        }
    }
}
