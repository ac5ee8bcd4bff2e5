//! An item of a user table, in DynamoDB's own types.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use user_events_core::{Attribute, Image};
use user_events_local::writes;

/// The names of DynamoDB's types (Amazon DynamoDB API Reference, *AttributeValue*).
const TYPES: [&str; 10] = ["S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"];

/// All attributes of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    json: Value,
    attributes: BTreeMap<String, Attribute>,
}

impl Item {
    /// Reads an item in DynamoDB's JSON, or in plain JSON.
    ///
    /// Fails when a value cannot be stored in DynamoDB. The error names its path.
    pub(super) fn read(raw: &RawValue) -> Result<Self, String> {
        match serde_json::from_str(raw.get()) {
            Ok(Value::Object(members)) if is_typed(&members) => Ok(Self::from_typed(members)),
            Ok(Value::Object(_)) => match writes::plain_item(raw) {
                Ok(item) => match writes::item_json(&item) {
                    Value::Object(members) => Ok(Self::from_typed(members)),
                    _ => Err("it is not a JSON object".to_owned()),
                },
                Err(misfits) => Err(misfits.join("; ")),
            },
            _ => Err("it is not a JSON object".to_owned()),
        }
    }

    /// An item with members in DynamoDB's JSON.
    pub(super) fn from_typed(members: Map<String, Value>) -> Self {
        let attribute = |value: &Value| {
            serde_json::from_value(value.clone()).unwrap_or_else(|_| Attribute::Unknown(value.to_string()))
        };
        let attributes = members
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)));
        Self {
            attributes: attributes.collect(),
            json: Value::Object(members),
        }
    }

    /// The item in DynamoDB's JSON, as in a stream record.
    pub(super) fn json(&self) -> &Value {
        &self.json
    }

    /// The attributes by name. An attribute of type `NULL` counts as absent.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &Attribute)> {
        present(&self.attributes)
    }

    /// The attribute with this name; `None` when it is absent or `NULL`.
    pub(super) fn get(&self, name: &str) -> Option<&Attribute> {
        self.attributes
            .get(name)
            .filter(|attribute| !matches!(attribute, Attribute::Null(_)))
    }

    /// A key: the text of an `S`, or the digits of an `N`.
    pub(super) fn key(&self, name: &str) -> Option<&str> {
        digits_or_text(self.get(name)?)
    }

    /// The attributes as the mapping reads them.
    pub(super) fn image(&self) -> Image {
        self.attributes.clone().into_iter().collect()
    }
}

/// The members of a map that are not `NULL`.
pub(super) fn present(members: &BTreeMap<String, Attribute>) -> impl Iterator<Item = (&str, &Attribute)> {
    let members = members.iter().map(|(name, value)| (name.as_str(), value));
    members.filter(|(_, value)| !matches!(value, Attribute::Null(_)))
}

/// The text of an `S` or the digits of an `N`; `None` for another type.
pub(super) fn digits_or_text(attribute: &Attribute) -> Option<&str> {
    match attribute {
        Attribute::S(text) | Attribute::N(text) => Some(text),
        _ => None,
    }
}

/// Whether every member is an object with one member, which is named after a type and holds what the type can hold.
fn is_typed(members: &Map<String, Value>) -> bool {
    !members.is_empty() && members.values().all(is_typed_value)
}

fn is_typed_value(value: &Value) -> bool {
    let Some((name, content)) = value.as_object().and_then(|value| {
        let mut members = value.iter();
        members.next().filter(|_| members.next().is_none())
    }) else {
        return false;
    };
    TYPES.contains(&name.as_str())
        && match name.as_str() {
            "S" | "N" | "B" => content.is_string(),
            "BOOL" | "NULL" => content.is_boolean(),
            "M" => content
                .as_object()
                .is_some_and(|members| members.values().all(is_typed_value)),
            "L" => content
                .as_array()
                .is_some_and(|list| list.iter().all(is_typed_value)),
            _ => content
                .as_array()
                .is_some_and(|list| list.iter().all(Value::is_string)),
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: &Value) -> Result<Item, String> {
        let raw: Box<RawValue> = serde_json::value::to_raw_value(value).unwrap();
        Item::read(&raw)
    }

    #[test]
    fn plain_json_and_dynamodbs_json_are_the_same_item() {
        let plain =
            read(&json!({ "pk": "USER#1", "n": 3, "b": true, "m": { "x": ["a"] }, "z": null })).unwrap();
        let typed = read(&json!({
            "pk": { "S": "USER#1" }, "n": { "N": "3" }, "b": { "BOOL": true },
            "m": { "M": { "x": { "L": [{ "S": "a" }] } } }, "z": { "NULL": true },
        }));
        assert_eq!(plain, typed.unwrap());
        assert_eq!(
            (plain.key("pk"), plain.key("n"), plain.key("b")),
            (Some("USER#1"), Some("3"), None)
        );
        assert!(plain.get("z").is_none() && plain.attributes().count() == 4);
    }

    #[test]
    fn an_item_with_one_plain_member_is_plain() {
        let item = read(&json!({ "pk": "a", "m": { "S": "x" } })).unwrap();
        assert!(matches!(item.get("m"), Some(Attribute::M(_))));
        let item = read(&json!({ "roles": { "SS": ["a", "b"] } })).unwrap();
        assert!(matches!(item.get("roles"), Some(Attribute::TextSet(_))));
    }

    #[test]
    fn what_dynamodb_cannot_store_is_named_without_its_value() {
        let raw: &RawValue =
            serde_json::from_str(r#"{"a":{"b":7777777777777777777777777777777777777777}}"#).unwrap();
        let error = Item::read(raw).unwrap_err();
        assert!(error.contains("`item.a.b`") && !error.contains("777"), "{error}");
        assert!(read(&json!([1])).is_err() && read(&json!("x")).is_err());
    }
}
