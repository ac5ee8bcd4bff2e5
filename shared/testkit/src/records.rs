//! Builds stream records as Lambda delivers them.

use serde_json::value::RawValue;
use serde_json::{Value, json};
use user_events_core::{RawRecord, SampleChange, StreamRecord, attributes, decode};

/// A stream record, built from rows in plain JSON.
#[derive(Debug, Clone)]
pub struct Record {
    json: Value,
}

impl Record {
    /// Any JSON instead of a record.
    pub fn from_json(json: Value) -> Self {
        Self { json }
    }

    /// A new row was written.
    pub fn inserted(table: &str, new: &Value) -> Self {
        Self::from_json(SampleChange::inserted(table, new.clone()).record())
    }

    /// A row was replaced.
    pub fn modified(table: &str, old: &Value, new: &Value) -> Self {
        Self::from_json(SampleChange::modified(table, old.clone(), new.clone()).record())
    }

    /// A row was deleted.
    pub fn removed(table: &str, old: &Value) -> Self {
        Self::from_json(SampleChange::removed(table, old.clone()).record())
    }

    /// DynamoDB deleted a row after its time to live.
    pub fn expired(table: &str, old: &Value) -> Self {
        Self::from_json(SampleChange::expired(table, old.clone()).record())
    }

    /// A tombstone was written into the table of persons' keys, whose name is `subject-keys`:
    /// [`sample_record`](user_events_core::sample_record) reads the record.
    pub fn erased(subject: &str) -> Self {
        Self::of_subject_keys(&json!({ "erasedAt": "2026-03-01T12:00:00.000Z", "subject": subject }))
    }

    /// A row of the table of persons' keys was replaced by one with these attributes.
    pub fn of_subject_keys(row: &Value) -> Self {
        let pk = json!({ "S": "0a".repeat(32) });
        Self::from_json(SampleChange::erased(row.clone()).record())
            .with("/dynamodb/NewImage", attributes(row))
            .with("/dynamodb/NewImage/pk", pk.clone())
            .with("/dynamodb/Keys/pk", pk)
    }

    /// The same change at another place in the stream: with another sequence number and another event id.
    #[must_use]
    pub fn at(self, place: u64) -> Self {
        self.with(
            "/dynamodb/SequenceNumber",
            json!(format!(
                "{}",
                4_421_584_500_000_000_000_000_u128 + u128::from(place)
            )),
        )
        .with("/eventID", json!(format!("{place:032x}")))
    }

    /// The same record with another value at a JSON pointer; `null` removes the member.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: Value) -> Self {
        if let Some((parent, name)) = pointer.rsplit_once('/')
            && let Some(object) = self.json.pointer_mut(parent).and_then(Value::as_object_mut)
        {
            if value.is_null() {
                object.remove(name);
            } else {
                object.insert(name.to_owned(), value);
            }
        }
        self
    }

    /// The record's JSON.
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// The record as the handler receives it.
    pub fn raw(&self) -> Box<RawValue> {
        serde_json::value::to_raw_value(&self.json).unwrap_or_default()
    }

    /// The decoded record.
    ///
    /// Fails like [`decode`].
    pub fn decoded(&self) -> Result<StreamRecord, user_events_core::Error> {
        decode(&RawRecord::read(&self.raw()))
    }
}
