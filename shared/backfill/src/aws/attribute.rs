//! Attribute values of the SDK as those of the core, and keys as JSON.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use user_events_core::{Attribute, Image};

/// An item of the SDK.
pub(super) type Row = HashMap<String, AttributeValue>;

/// The attributes of an item.
pub(super) fn image(row: Row) -> Image {
    row.into_iter()
        .map(|(name, value)| (name, attribute(value)))
        .collect()
}

fn attribute(value: AttributeValue) -> Attribute {
    let binary = |blob: Blob| BASE64_STANDARD.encode(blob.into_inner());
    match value {
        AttributeValue::S(text) => Attribute::S(text),
        AttributeValue::N(digits) => Attribute::N(digits),
        AttributeValue::B(blob) => Attribute::B(binary(blob)),
        AttributeValue::Bool(flag) => Attribute::Bool(flag),
        AttributeValue::Null(null) => Attribute::Null(null),
        AttributeValue::M(members) => {
            let members = members.into_iter();
            Attribute::M(members.map(|(name, value)| (name, attribute(value))).collect())
        }
        AttributeValue::L(values) => Attribute::L(values.into_iter().map(attribute).collect()),
        AttributeValue::Ss(texts) => Attribute::TextSet(texts.into_iter().collect()),
        AttributeValue::Ns(numbers) => Attribute::NumberSet(numbers.into_iter().collect()),
        AttributeValue::Bs(blobs) => Attribute::BinarySet(blobs.into_iter().map(binary).collect()),
        _ => Attribute::Unknown(String::new()),
    }
}

/// Keys in DynamoDB's JSON: `{"pk":{"S":"USER#42"}}`. `None` when one is no key: neither text, number nor binary.
pub(super) fn keys_to_json(keys: &Row) -> Option<Value> {
    let mut members = Map::new();
    for (name, value) in keys {
        let value = match value {
            AttributeValue::S(text) => json!({ "S": text }),
            AttributeValue::N(digits) => json!({ "N": digits }),
            AttributeValue::B(blob) => json!({ "B": BASE64_STANDARD.encode(blob) }),
            _ => return None,
        };
        members.insert(name.clone(), value);
    }
    Some(Value::Object(members))
}

/// Keys from DynamoDB's JSON. `None` for anything else.
pub(super) fn keys_from_json(json: &Value) -> Option<Row> {
    let key = |value: &Value| {
        let text = |kind: &str| value.get(kind)?.as_str();
        let binary = || BASE64_STANDARD.decode(text("B")?).ok();
        text("S")
            .map(|text| AttributeValue::S(text.to_owned()))
            .or_else(|| text("N").map(|digits| AttributeValue::N(digits.to_owned())))
            .or_else(|| binary().map(|bytes| AttributeValue::B(Blob::new(bytes))))
    };
    let members = json.as_object()?.iter();
    members
        .map(|(name, value)| Some((name.clone(), key(value)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_every_type_come_back_from_a_checkpoint() {
        let keys = Row::from([
            ("a".to_owned(), AttributeValue::S("USER#ä".to_owned())),
            (
                "b".to_owned(),
                AttributeValue::N("1234567890123456789012345678901234567".to_owned()),
            ),
            ("c".to_owned(), AttributeValue::B(Blob::new([0, 255]))),
        ]);
        assert_eq!(keys_from_json(&keys_to_json(&keys).unwrap()), Some(keys));
        assert_eq!(
            keys_to_json(&Row::from([("a".to_owned(), AttributeValue::Bool(true))])),
            None
        );
        for other in [json!(1), json!({ "a": { "S": 1 } }), json!({ "a": { "B": "%" } })] {
            assert_eq!(keys_from_json(&other), None, "{other}");
        }
    }

    #[test]
    fn nothing_of_a_value_is_lost() {
        let row = Row::from([(
            "m".to_owned(),
            AttributeValue::M(HashMap::from([
                (
                    "l".to_owned(),
                    AttributeValue::L(vec![
                        AttributeValue::N("1.50".to_owned()),
                        AttributeValue::Null(true),
                    ]),
                ),
                ("b".to_owned(), AttributeValue::B(Blob::new([1]))),
                (
                    "ss".to_owned(),
                    AttributeValue::Ss(vec!["b".to_owned(), "a".to_owned()]),
                ),
            ])),
        )]);
        let json = r#"{"l":{"L":[{"N":"1.50"},{"NULL":true}]},"b":{"B":"AQ=="},"ss":{"SS":["a","b"]}}"#;
        let wanted: Attribute = serde_json::from_str(&format!(r#"{{"M":{json}}}"#)).unwrap();
        assert_eq!(image(row).get("m"), Some(&wanted));
    }
}
