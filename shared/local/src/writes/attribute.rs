//! Converts between plain JSON and DynamoDB's attribute values.

use std::borrow::Cow;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::write::Item;

/// The limits of a number (Amazon DynamoDB Developer Guide, *Data types*).
const MAX_NUMBER_DIGITS: usize = 38;
const MAGNITUDES: std::ops::RangeInclusive<i32> = -130..=125;
/// The deepest nesting of lists and maps (the same page).
pub(super) const MAX_DEPTH: usize = 32;
/// What a number is that DynamoDB refuses, for messages.
pub(super) const TOO_LONG: &str =
    "a number that DynamoDB cannot hold (at most 38 digits, from 1E-130 to 9.9E+125)";

/// The members of a JSON object in their order, duplicates included.
pub(super) struct Members<'a>(pub(super) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    members.push((name.into(), value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// The attributes of a JSON object. Skips a value that DynamoDB cannot store, and adds its path to `misfits`, never the value.
pub(super) fn item(raw: &RawValue, path: &str, misfits: &mut Vec<String>) -> Item {
    item_at_depth(raw, path, 1, misfits)
}

/// The attributes of a JSON object in plain JSON.
///
/// Fails with the paths of the values that DynamoDB cannot store. They begin with `item`.
pub fn plain_item(raw: &RawValue) -> Result<Item, Vec<String>> {
    let mut misfits = Vec::new();
    let item = item(raw, "item", &mut misfits);
    if misfits.is_empty() {
        Ok(item)
    } else {
        Err(misfits)
    }
}

fn item_at_depth(raw: &RawValue, path: &str, depth: usize, misfits: &mut Vec<String>) -> Item {
    item_of(raw, path, misfits, |value, path, misfits| {
        attribute(value, path, depth, misfits)
    })
}

/// The attributes of a JSON object, each read by `attribute`, which adds to `misfits` what it cannot read.
pub(super) fn item_of(
    raw: &RawValue,
    path: &str,
    misfits: &mut Vec<String>,
    attribute: impl Fn(&RawValue, &str, &mut Vec<String>) -> Option<AttributeValue>,
) -> Item {
    let Ok(Members(members)) = serde_json::from_str(raw.get()) else {
        misfits.push(format!("`{path}` is not an object"));
        return Item::new();
    };
    let mut item = Item::new();
    for (name, value) in members {
        let path = format!("{path}.{name}");
        if name.is_empty() {
            misfits.push(format!("`{path}` has no name"));
        }
        if let Some(value) = attribute(value, &path, misfits)
            && item.insert(name.into_owned(), value).is_some()
        {
            misfits.push(format!("`{path}` is given twice"));
        }
    }
    item
}

fn attribute(raw: &RawValue, path: &str, depth: usize, misfits: &mut Vec<String>) -> Option<AttributeValue> {
    if depth > MAX_DEPTH {
        misfits.push(format!("`{path}` is nested deeper than {MAX_DEPTH} levels"));
        return None;
    }
    let text = raw.get();
    Some(match text.as_bytes().first()? {
        b'{' => AttributeValue::M(item_at_depth(raw, path, depth + 1, misfits)),
        b'[' => {
            let elements: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            let element = |(index, raw): (usize, &&RawValue)| {
                attribute(raw, &format!("{path}[{index}]"), depth + 1, misfits)
            };
            AttributeValue::L(elements.iter().enumerate().filter_map(element).collect())
        }
        b'"' => match serde_json::from_str(text) {
            Ok(text) => AttributeValue::S(text),
            Err(_) => {
                misfits.push(format!("`{path}` has half a surrogate pair; write both halves"));
                return None;
            }
        },
        b't' => AttributeValue::Bool(true),
        b'f' => AttributeValue::Bool(false),
        b'n' => AttributeValue::Null(true),
        _ if let Some(number) = number(text) => AttributeValue::N(number),
        _ => {
            misfits.push(format!("`{path}` is {TOO_LONG}"));
            return None;
        }
    })
}

/// A number as DynamoDB stores it, without an exponent and without insignificant zeros. No digit is rounded. `None` if
/// DynamoDB cannot store it.
pub(super) fn number(text: &str) -> Option<String> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (sign, mantissa) = mantissa
        .strip_prefix('-')
        .map_or(("", mantissa), |mantissa| ("-", mantissa));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all_digits = format!("{whole}{fraction}");
    let digits = all_digits.trim_start_matches('0');
    let leading_zeros = all_digits.len() - digits.len();
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return Some("0".to_owned());
    }
    // The position of the point, counted from the first digit that is not zero.
    let point = exponent
        .parse::<i32>()
        .ok()?
        .checked_add(whole.len() as i32 - leading_zeros as i32)?;
    if digits.len() > MAX_NUMBER_DIGITS || !MAGNITUDES.contains(&point.checked_sub(1)?) {
        return None;
    }
    let zeros = |count: i32| "0".repeat(count.unsigned_abs() as usize);
    let length = digits.len() as i32;
    Some(if point <= 0 {
        format!("{sign}0.{}{digits}", zeros(point))
    } else if point >= length {
        format!("{sign}{digits}{}", zeros(point - length))
    } else {
        let (whole, fraction) = digits.split_at(point as usize);
        format!("{sign}{whole}.{fraction}")
    })
}

/// The approximate size of an item, as DynamoDB counts it: names and values in UTF-8 bytes.
pub(super) fn bytes(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value_bytes(value))
        .sum()
}

fn value_bytes(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len() / 2 + 1,
        AttributeValue::B(blob) => blob.as_ref().len(),
        AttributeValue::Ss(texts) => texts.iter().map(String::len).sum(),
        AttributeValue::Ns(numbers) => numbers.iter().map(|digits| digits.len() / 2 + 1).sum(),
        AttributeValue::M(members) => 3 + members.len() + bytes(members),
        AttributeValue::L(elements) => {
            3 + elements
                .iter()
                .map(|element| 1 + value_bytes(element))
                .sum::<usize>()
        }
        _ => 1,
    }
}

/// An attribute value in DynamoDB's JSON, as in a stream record. A type that is newer than this command becomes null.
pub fn to_json(value: &AttributeValue) -> Value {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    let binary = |blob: &aws_sdk_dynamodb::primitives::Blob| BASE64_STANDARD.encode(blob.as_ref());
    match value {
        AttributeValue::S(text) => json!({ "S": text }),
        AttributeValue::N(digits) => json!({ "N": digits }),
        AttributeValue::B(blob) => json!({ "B": binary(blob) }),
        AttributeValue::Bool(flag) => json!({ "BOOL": flag }),
        AttributeValue::Null(is_null) => json!({ "NULL": is_null }),
        AttributeValue::M(members) => json!({ "M": item_json(members) }),
        AttributeValue::L(elements) => json!({ "L": elements.iter().map(to_json).collect::<Vec<_>>() }),
        AttributeValue::Ss(texts) => json!({ "SS": texts }),
        AttributeValue::Ns(numbers) => json!({ "NS": numbers }),
        AttributeValue::Bs(blobs) => json!({ "BS": blobs.iter().map(binary).collect::<Vec<_>>() }),
        _ => Value::Null,
    }
}

/// A whole item in DynamoDB's own JSON.
pub fn item_json(item: &Item) -> Value {
    item.iter()
        .map(|(name, value)| (name.clone(), to_json(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> (Item, Vec<String>) {
        let mut misfits = Vec::new();
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let item = item(raw, "put", &mut misfits);
        (item, misfits)
    }

    #[test]
    fn plain_json_becomes_attribute_values_and_no_digit_is_lost() {
        let (item, misfits) = read(
            r#"{"s":"a","n":12345678901234567890123456789012345678,"f":1.10,"b":true,"z":null,"m":{"x":[1,"y"]}}"#,
        );
        assert!(misfits.is_empty());
        assert_eq!(
            item_json(&item),
            json!({
                "s": { "S": "a" },
                "n": { "N": "12345678901234567890123456789012345678" },
                "f": { "N": "1.1" },
                "b": { "BOOL": true },
                "z": { "NULL": true },
                "m": { "M": { "x": { "L": [{ "N": "1" }, { "S": "y" }] } } },
            })
        );
    }

    #[test]
    fn a_number_has_38_digits_at_most() {
        assert!(number(&"9".repeat(38)).is_some() && number(&"9".repeat(39)).is_none());
        assert!(number("9.9E+125").is_some() && number("1E126").is_none());
        assert!(number("1e-130").is_some() && number("0.1e-130").is_none());
        assert_eq!(number("1e99999999999"), None);
    }

    #[test]
    fn a_number_is_written_as_dynamodb_keeps_it() {
        for (written, kept) in [
            ("3", "3"),
            ("3.0", "3"),
            ("3e1", "30"),
            ("-0.00", "0"),
            ("-1.50E-3", "-0.0015"),
            ("120.5e-1", "12.05"),
            ("1000000", "1000000"),
        ] {
            assert_eq!(number(written).as_deref(), Some(kept), "{written}");
        }
    }

    #[test]
    fn a_doubled_member_and_a_number_too_long_are_named_by_their_path() {
        let (_, misfits) = read(&format!(r#"{{"a":1,"a":2,"m":{{"n":{}}}}}"#, "7".repeat(39)));
        assert_eq!(misfits[0], "`put.a` is given twice");
        assert!(misfits[1].starts_with("`put.m.n` is a number that DynamoDB cannot hold"));
        assert!(!misfits[1].contains("777"));
    }

    #[test]
    fn maps_nest_32_levels_deep_and_no_deeper() {
        let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        assert!(read(&nested(32)).1.is_empty());
        assert_eq!(read(&nested(33)).1.len(), 1);
    }
}
