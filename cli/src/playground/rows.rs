//! Rows as the page shows them.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde_json::{Map, Number, Value};
use user_events_local::writes::{Item, KeyNames, Layout, to_json};

use super::place::Place;

/// The page lists at most so many rows of a table.
const LISTED: i32 = 200;

/// An attribute before and after a write.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Compared {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
    change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    Same,
    Added,
    Removed,
    Changed,
}

/// A row that exists.
#[derive(Debug, Serialize)]
pub(super) struct Existing {
    /// Its key, for people.
    key: String,
    /// The row as text for the editor.
    row: String,
}

/// The rows of a table, in the order of their keys.
///
/// Fails when there is no such table, and when it cannot be read.
pub(super) async fn list(place: &Place, table: &str) -> Result<Vec<Existing>> {
    let layout = place.layout();
    let scan = place.clients.dynamodb.scan().table_name(place.deployed(table)?);
    let answer = scan.limit(LISTED).consistent_read(true).send().await;
    let items = answer
        .context("the rows of the table cannot be read")?
        .items
        .unwrap_or_default();
    let keys = layout.keys(table);
    let key = |item: &Item| {
        let parts = keys
            .iter()
            .flat_map(KeyNames::all)
            .filter_map(|name| item.get(name))
            .map(|value| match value {
                AttributeValue::S(text) | AttributeValue::N(text) => text.clone(),
                other => to_json(other).to_string(),
            });
        parts.collect::<Vec<_>>().join(" ")
    };
    let mut rows: Vec<_> = items
        .iter()
        .map(|item| Existing {
            key: key(item),
            row: text(layout, table, item),
        })
        .collect();
    rows.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(rows)
}

/// The attributes of both, the keys first.
pub(super) fn compared(
    layout: Layout<'_>,
    table: &str,
    before: Option<&Item>,
    after: Option<&Item>,
) -> Vec<Compared> {
    let compare = |name: String| {
        let one = |item: Option<&Item>| {
            item.and_then(|item| item.get(&name))
                .map(|value| shown(layout, value))
        };
        let (before, after) = (one(before), one(after));
        let change = match (&before, &after) {
            (None, _) => Change::Added,
            (_, None) => Change::Removed,
            (before, after) if before == after => Change::Same,
            _ => Change::Changed,
        };
        Compared {
            name,
            before,
            after,
            change,
        }
    };
    let names: BTreeSet<&str> = [before, after]
        .into_iter()
        .flatten()
        .flat_map(|item| item.keys().map(String::as_str))
        .collect();
    ordered(layout.keys(table), names).map(compare).collect()
}

/// The row as text for the editor: plain JSON in the native shape, DynamoDB's JSON with a mapping, the keys first.
pub(super) fn text(layout: Layout<'_>, table: &str, item: &Item) -> String {
    let names = item.keys().map(String::as_str).collect();
    let members: Map<_, _> = ordered(layout.keys(table), names)
        .filter_map(|name| {
            let value = shown(layout, item.get(&name)?);
            Some((name, value))
        })
        .collect();
    serde_json::to_string_pretty(&Value::Object(members)).unwrap_or_default()
}

fn ordered(keys: Option<KeyNames>, names: BTreeSet<&str>) -> impl Iterator<Item = String> {
    let keys: Vec<String> = keys.iter().flat_map(KeyNames::all).map(str::to_owned).collect();
    let others: Vec<String> = names
        .iter()
        .filter(|name| !keys.iter().any(|key| key == *name))
        .map(|name| (*name).to_owned())
        .collect();
    let present: Vec<String> = keys
        .into_iter()
        .filter(|key| names.contains(key.as_str()))
        .collect();
    present.into_iter().chain(others)
}

fn shown(layout: Layout<'_>, value: &AttributeValue) -> Value {
    match layout {
        Layout::Native => plain(value),
        Layout::Mapped(_) => to_json(value),
    }
}

/// An attribute value in plain JSON. Of a type that plain JSON does not have, in DynamoDB's.
fn plain(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::from(text.as_str()),
        AttributeValue::N(digits) => match digits.parse::<Number>() {
            // A number that would lose digits stays a text in DynamoDB's JSON.
            Ok(number) if number.to_string() == *digits => Value::Number(number),
            _ => to_json(value),
        },
        AttributeValue::Bool(flag) => Value::from(*flag),
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::L(elements) => elements.iter().map(plain).collect(),
        AttributeValue::M(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            members
                .into_iter()
                .map(|(name, value)| (name.clone(), plain(value)))
                .collect()
        }
        other => to_json(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use serde_json::value::RawValue;
    use user_events_local::writes::plain_item;

    use super::*;

    fn item(row: &Value) -> Item {
        let raw: Box<RawValue> = serde_json::value::to_raw_value(row).unwrap();
        plain_item(&raw).unwrap()
    }

    #[test]
    fn attributes_are_compared_by_name_and_the_keys_come_first() {
        let before = item(
            &json!({ "pk": "USER#1", "sk": "ACCOUNT", "email": "a@example.com", "locale": "en", "a": 1 }),
        );
        let after = item(
            &json!({ "pk": "USER#1", "sk": "ACCOUNT", "email": "b@example.com", "a": 1, "status": "ACTIVE" }),
        );
        let compared = compared(Layout::Native, "accounts", Some(&before), Some(&after));
        let seen: Vec<_> = compared
            .iter()
            .map(|one| (one.name.as_str(), one.change))
            .collect();
        assert_eq!(
            seen,
            [
                ("pk", Change::Same),
                ("sk", Change::Same),
                ("a", Change::Same),
                ("email", Change::Changed),
                ("locale", Change::Removed),
                ("status", Change::Added),
            ]
        );
    }

    #[test]
    fn a_row_in_the_editor_is_the_row() {
        let row = json!({ "pk": "USER#1", "sk": "ACCOUNT", "m": { "x": [1, null, true] }, "n": 1.5 });
        let text = text(Layout::Native, "accounts", &item(&row));
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), row);
        assert!(text.starts_with("{\n  \"pk\""), "{text}");
    }
}
