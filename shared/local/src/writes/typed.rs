//! Reads items in DynamoDB's own JSON: `{"id":{"S":"1"},"roles":{"SS":["admin"]}}`.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::value::RawValue;

use super::attribute::{MAX_DEPTH, Members, TOO_LONG, item_of, number};
use super::write::Item;

/// The attributes of an item. Skips a value that DynamoDB cannot store, and adds its path to `misfits`, never the value.
pub(super) fn item(raw: &RawValue, path: &str, depth: usize, misfits: &mut Vec<String>) -> Item {
    item_of(raw, path, misfits, |value, path, misfits| {
        let read = attribute(value, path, depth, misfits);
        read.map_err(|misfit| misfits.push(misfit)).ok()
    })
}

fn attribute(
    raw: &RawValue,
    path: &str,
    depth: usize,
    misfits: &mut Vec<String>,
) -> Result<AttributeValue, String> {
    let unreadable =
        || format!("`{path}` is not an attribute value of DynamoDB's JSON, such as {{\"S\": \"text\"}}");
    if depth > MAX_DEPTH {
        return Err(format!("`{path}` is nested deeper than {MAX_DEPTH} levels"));
    }
    let Members(members) = serde_json::from_str(raw.get()).map_err(|_| unreadable())?;
    let [(kind, value)] = members.as_slice() else {
        return Err(unreadable());
    };
    let text = value.get();
    let digits = |text: &str| match text.parse::<serde_json::Number>() {
        Ok(_) => number(text).ok_or_else(|| format!("`{path}` is {TOO_LONG}")),
        Err(_) => Err(unreadable()),
    };
    let bytes = |text: &str| {
        BASE64_STANDARD
            .decode(text)
            .map(Blob::new)
            .map_err(|_| unreadable())
    };
    Ok(match kind.as_ref() {
        "S" => AttributeValue::S(read(text).ok_or_else(unreadable)?),
        "N" => AttributeValue::N(digits(&read::<String>(text).ok_or_else(unreadable)?)?),
        "B" => AttributeValue::B(bytes(&read::<String>(text).ok_or_else(unreadable)?)?),
        "BOOL" => AttributeValue::Bool(read(text).ok_or_else(unreadable)?),
        "NULL" => AttributeValue::Null(read(text).ok_or_else(unreadable)?),
        "M" => AttributeValue::M(item(value, path, depth + 1, misfits)),
        "L" => {
            let elements: Vec<&RawValue> = read(text).ok_or_else(unreadable)?;
            let mut list = Vec::with_capacity(elements.len());
            for (index, element) in elements.into_iter().enumerate() {
                list.push(attribute(
                    element,
                    &format!("{path}[{index}]"),
                    depth + 1,
                    misfits,
                )?);
            }
            AttributeValue::L(list)
        }
        "SS" => AttributeValue::Ss(set(text).ok_or_else(unreadable)?),
        "NS" => {
            let numbers: Vec<String> = set(text).ok_or_else(unreadable)?;
            AttributeValue::Ns(
                numbers
                    .iter()
                    .map(|text| digits(text))
                    .collect::<Result<_, _>>()?,
            )
        }
        "BS" => {
            let blobs: Vec<String> = set(text).ok_or_else(unreadable)?;
            AttributeValue::Bs(blobs.iter().map(|text| bytes(text)).collect::<Result<_, _>>()?)
        }
        _ => return Err(unreadable()),
    })
}

fn read<'a, T: serde::Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// The elements of a set; `None` if it is empty or has one twice, which DynamoDB refuses.
fn set(text: &str) -> Option<Vec<String>> {
    let elements: Vec<String> = read(text)?;
    let distinct: std::collections::HashSet<_> = elements.iter().collect();
    (!elements.is_empty() && distinct.len() == elements.len()).then_some(elements)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::writes::item_json;
    use serde_json::Value;

    fn read_item(json: &str) -> (Value, Vec<String>) {
        let mut misfits = Vec::new();
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let item = item(raw, "put", 1, &mut misfits);
        (item_json(&item), misfits)
    }

    #[test]
    fn every_type_is_read_as_it_is_written() {
        let json = r#"{"s":{"S":""},"n":{"N":"7"},"b":{"B":"AQI="},"f":{"BOOL":false},"z":{"NULL":true},
            "m":{"M":{"x":{"L":[{"N":"1"},{"S":"y"}]}}},"ss":{"SS":["a","b"]},"ns":{"NS":["1"]},"bs":{"BS":["AQI="]}}"#;
        let (item, misfits) = read_item(json);
        assert_eq!(misfits, Vec::<String>::new());
        assert_eq!(item, serde_json::from_str::<Value>(json).unwrap());
    }

    #[test]
    fn what_is_no_attribute_value_is_named_by_its_path_and_not_quoted() {
        for json in [
            r#"{"a":"secret"}"#,
            r#"{"a":{"S":7}}"#,
            r#"{"a":{"N":7}}"#,
            r#"{"a":{"N":"secret"}}"#,
            r#"{"a":{"SS":[]}}"#,
            r#"{"a":{"SS":["secret","secret"]}}"#,
            r#"{"a":{"B":"secret!"}}"#,
            r#"{"a":{"T":"secret"}}"#,
            r#"{"a":{"S":"secret","N":"1"}}"#,
            r#"{"a":{}}"#,
        ] {
            let (_, misfits) = read_item(json);
            assert_eq!(misfits.len(), 1, "{json}");
            assert!(
                misfits[0].starts_with("`put.a` is ") && !misfits[0].contains("secret"),
                "{misfits:?}"
            );
        }
        let (_, misfits) = read_item(&format!(
            r#"{{"a":{{"M":{{"n":{{"N":"{}"}}}}}}}}"#,
            "7".repeat(39)
        ));
        assert!(
            misfits[0].starts_with("`put.a.n` is a number that DynamoDB cannot hold"),
            "{misfits:?}"
        );
    }
}
