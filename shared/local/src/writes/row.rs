//! Reads rows and keys, in plain JSON or in DynamoDB's own.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::value::RawValue;

use super::attribute::{self, Members, bytes};
use super::layout::KeyNames;
use super::typed;
use super::write::{Item, Key, KeyAttribute, KeyValue};

/// The largest row (Amazon DynamoDB Developer Guide, *Service quotas*).
pub(super) const MAX_ROW_BYTES: usize = 400 * 1024;
/// The longest keys (the same page).
const MAX_PARTITION_KEY_BYTES: usize = 2048;
const MAX_SORT_KEY_BYTES: usize = 1024;

/// How the rows of a line are written, and the keys of their table.
pub(super) struct Rows<'a> {
    keys: &'a KeyNames,
    typed: bool,
}

impl<'a> Rows<'a> {
    /// Takes the form of a line from a row of it that has the keys: a key is a string or a number in plain JSON, and an object
    /// such as `{"S": "USER#1"}` in DynamoDB's.
    pub(super) fn new(row: &RawValue, keys: &'a KeyNames) -> Self {
        let members: Option<Members<'_>> = serde_json::from_str(row.get()).ok();
        let typed = members.is_some_and(|Members(members)| {
            let is_object = |value: &RawValue| value.get().starts_with('{');
            members
                .iter()
                .any(|(name, value)| *name == keys.partition && is_object(value))
        });
        Self { keys, typed }
    }

    /// The attributes of a row.
    pub(super) fn item(&self, raw: &RawValue, path: &str, misfits: &mut Vec<String>) -> Item {
        let item = if self.typed {
            typed::item(raw, path, 1, misfits)
        } else {
            attribute::item(raw, path, misfits)
        };
        if bytes(&item) > MAX_ROW_BYTES {
            misfits.push(format!(
                "`{path}` is larger than the {} KB that a row may have",
                MAX_ROW_BYTES / 1024
            ));
        }
        item
    }

    /// A key without other attributes.
    pub(super) fn whole_key(&self, raw: &RawValue, path: &str, misfits: &mut Vec<String>) -> Option<Key> {
        let item = self.item(raw, path, misfits);
        let names: Vec<_> = self.keys.all().collect();
        for name in item.keys().filter(|name| !names.contains(&name.as_str())) {
            misfits.push(format!(
                "`{path}.{name}` is not a key attribute; a key has `{}`",
                names.join("` and `")
            ));
        }
        self.key(&item, path, misfits)
    }

    /// The key of a row.
    pub(super) fn key(&self, item: &Item, path: &str, misfits: &mut Vec<String>) -> Option<Key> {
        let mut part = |name: &str, max_bytes| part(item, name, max_bytes, self.keys.numbers, path, misfits);
        let partition = part(&self.keys.partition, MAX_PARTITION_KEY_BYTES);
        let sort = self.keys.sort.as_ref();
        let sort = sort.map(|name| part(name, MAX_SORT_KEY_BYTES));
        Some(Key {
            partition: partition?,
            // Without a sort key there is none to miss.
            sort: sort.map_or(Some(None), |found| found.map(Some))?,
        })
    }
}

fn part(
    item: &Item,
    name: &str,
    max_bytes: usize,
    numbers: bool,
    path: &str,
    misfits: &mut Vec<String>,
) -> Option<KeyAttribute> {
    let value = match item.get(name) {
        Some(AttributeValue::S(text)) if !text.is_empty() && text.len() <= max_bytes => {
            KeyValue::Text(text.clone())
        }
        Some(AttributeValue::N(digits)) if numbers => KeyValue::Number(digits.clone()),
        Some(_) => {
            let or = if numbers { " or a number" } else { "" };
            misfits.push(format!(
                "`{path}.{name}` is not a string of 1 to {max_bytes} bytes{or}"
            ));
            return None;
        }
        None => {
            misfits.push(format!("`{path}.{name}` is missing"));
            return None;
        }
    };
    Some(KeyAttribute {
        name: name.to_owned(),
        value,
    })
}
