//! Stream records, as Lambda delivers them.

use serde_json::value::RawValue;
use serde_json::{Value, json};
use user_events_core::{RawRecord, SampleChange, StreamRecord, decode};

/// A stream record to be, from rows in plain JSON.
#[derive(Debug, Clone)]
pub struct Record {
    json: Value,
}

impl Record {
    /// Any JSON in a record's place.
    pub fn of(json: Value) -> Self {
        Self { json }
    }

    /// The row was written where there was none.
    pub fn inserted(table: &str, new: &Value) -> Self {
        Self::of(SampleChange::inserted(table, new.clone()).record())
    }

    /// The row was written over.
    pub fn modified(table: &str, old: &Value, new: &Value) -> Self {
        Self::of(SampleChange::modified(table, old.clone(), new.clone()).record())
    }

    /// The row was removed.
    pub fn removed(table: &str, old: &Value) -> Self {
        Self::of(SampleChange::removed(table, old.clone()).record())
    }

    /// DynamoDB removed the row because its time to live had passed.
    pub fn expired(table: &str, old: &Value) -> Self {
        Self::of(SampleChange::expired(table, old.clone()).record())
    }

    /// Another place in the stream: another sequence number and another event id.
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

    /// The record as the handler gets it.
    pub fn raw(&self) -> Box<RawValue> {
        serde_json::value::to_raw_value(&self.json).unwrap_or_default()
    }

    /// The record, decoded.
    pub fn decoded(&self) -> Result<StreamRecord, user_events_core::Error> {
        decode(&RawRecord::read(&self.raw()))
    }
}
