//! The change of a row that causes an event.

use serde_json::{Map, Value};
use user_events_core::SampleChange;

use super::model::{Cause, ChangeKind, Difference};

pub(super) fn cause(change: &SampleChange, record: Value) -> Cause {
    let kind = match (change.old(), change.new_row()) {
        _ if change.is_of_snapshot() => ChangeKind::Read,
        (None, _) => ChangeKind::Inserted,
        (Some(_), Some(_)) => ChangeKind::WrittenOver,
        (Some(_), None) if record.get("userIdentity").is_some() => ChangeKind::Expired,
        (Some(_), None) => ChangeKind::Removed,
    };
    Cause {
        table: change.table().to_owned(),
        change: kind,
        before: change.old().cloned(),
        after: change.new_row().cloned(),
        differences: match (change.old(), change.new_row()) {
            (Some(Value::Object(old)), Some(Value::Object(new))) => differences(old, new),
            _ => Vec::new(),
        },
        record,
    }
}

fn differences(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<Difference> {
    let gone = old.keys().filter(|name| !new.contains_key(*name));
    new.keys()
        .chain(gone)
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| Difference {
            attribute: name.clone(),
            before: old.get(name).cloned(),
            after: new.get(name).cloned(),
        })
        .collect()
}
