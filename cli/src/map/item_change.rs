//! Makes the stream record of a change of an item.

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use user_events_core::{TableMapping, Time, stream_record};

use super::item::Item;

/// A change of an item.
#[derive(Debug, Clone, Copy)]
pub(super) struct ItemChange<'i> {
    pub(super) old: Option<&'i Item>,
    pub(super) new: Option<&'i Item>,
    pub(super) by_ttl: bool,
    pub(super) recorded: Time,
}

impl ItemChange<'_> {
    /// The stream record of the change, as Lambda delivers it. `name` is the table's.
    ///
    /// Fails when the items have no such keys, or different ones.
    pub(super) fn record(&self, table: &TableMapping, name: &str) -> Result<Value> {
        let image = |item: Option<&Item>| item.map(|item| item.json().clone());
        let mut record = stream_record(name, image(self.old), image(self.new));
        let keys = [Some(table.partition_key()), table.sort_key()];
        let keys = self.keys(keys.into_iter().flatten())?;
        if let Some(stream) = record.get_mut("dynamodb").and_then(Value::as_object_mut) {
            stream.insert("Keys".to_owned(), Value::Object(keys));
            let seconds = self.recorded.as_millisecond() / 1_000;
            stream.insert("ApproximateCreationDateTime".to_owned(), json!(seconds));
        }
        if self.by_ttl {
            record["userIdentity"] = json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" });
        }
        Ok(record)
    }

    fn keys<'k>(&self, names: impl Iterator<Item = &'k str>) -> Result<Map<String, Value>> {
        let mut keys = Map::new();
        for name in names {
            let sides = [self.old, self.new].into_iter().flatten();
            let mut values = sides.map(|item| item.json().get(name).filter(|_| item.get(name).is_some()));
            let first = values.next().flatten();
            let key = first.with_context(|| {
                format!("the item has no key `{name}`, which the mapping names in `keys`")
            })?;
            if values.any(|other| other != Some(key)) {
                bail!(
                    "the old and the new item have different keys `{name}`; a change keeps the keys of its item"
                );
            }
            keys.insert(name.to_owned(), key.clone());
        }
        Ok(keys)
    }
}
