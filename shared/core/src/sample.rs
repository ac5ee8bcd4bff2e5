//! Sample changes: rows and stream records written out, for examples, tests and trying things.

use serde_json::{Map, Value, json};

use crate::time::Time;

/// 2026-03-01T12:00:00Z in milliseconds since 1970.
const FIRST_OF_MARCH_2026: i64 = 1_772_366_400_000;

/// A change of a row, with its rows in plain JSON, `pk` and `sk` included.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleChange {
    table: String,
    recorded: Time,
    event_name: &'static str,
    old: Option<Value>,
    new: Option<Value>,
    by_ttl: bool,
}

impl SampleChange {
    /// The row was written where there was none.
    pub fn inserted(table: &str, new: Value) -> Self {
        Self::new(table, "INSERT", None, Some(new))
    }

    /// The row was written over.
    pub fn modified(table: &str, old: Value, new: Value) -> Self {
        Self::new(table, "MODIFY", Some(old), Some(new))
    }

    /// The row was removed.
    pub fn removed(table: &str, old: Value) -> Self {
        Self::new(table, "REMOVE", Some(old), None)
    }

    /// DynamoDB removed the row because its time to live had passed.
    pub fn expired(table: &str, old: Value) -> Self {
        Self {
            by_ttl: true,
            ..Self::removed(table, old)
        }
    }

    fn new(table: &str, event_name: &'static str, old: Option<Value>, new: Option<Value>) -> Self {
        Self {
            table: table.to_owned(),
            recorded: Time::from_millisecond(FIRST_OF_MARCH_2026).unwrap_or(Time::UNIX_EPOCH),
            event_name,
            old,
            new,
            by_ttl: false,
        }
    }

    /// When DynamoDB recorded the change, as RFC 3339, instead of `2026-03-01T12:00:00Z`. What is no time changes
    /// nothing.
    #[must_use]
    pub fn recorded_at(mut self, time: &str) -> Self {
        self.recorded = Time::parse(time).unwrap_or(self.recorded);
        self
    }

    /// The table that the row belongs to.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The row before; none where it was inserted.
    pub fn old(&self) -> Option<&Value> {
        self.old.as_ref()
    }

    /// The row now; none where it was removed.
    pub fn new_row(&self) -> Option<&Value> {
        self.new.as_ref()
    }

    /// The stream record of the change, as Lambda delivers it (Amazon DynamoDB Streams API Reference, *Record*).
    pub fn record(&self) -> Value {
        let keys = self
            .new
            .as_ref()
            .or(self.old.as_ref())
            .map(|row| json!({ "pk": row["pk"], "sk": row["sk"] }))
            .unwrap_or_default();
        let mut record = json!({
            "eventID": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "eventName": self.event_name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-1",
            "dynamodb": {
                "ApproximateCreationDateTime": self.recorded.as_millisecond() / 1_000,
                "Keys": attributes(&keys),
                "SequenceNumber": "4421584500000000017450439091",
                "SizeBytes": 512,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
            "eventSourceARN": format!(
                "arn:aws:dynamodb:eu-west-1:123456789012:table/{}/stream/2026-03-01T00:00:00.000",
                self.table
            ),
        });
        if let Some(stream) = record.get_mut("dynamodb").and_then(Value::as_object_mut) {
            for (name, image) in [("OldImage", &self.old), ("NewImage", &self.new)] {
                stream.extend(image.as_ref().map(|image| (name.to_owned(), attributes(image))));
            }
        }
        if let (Some(record), true) = (record.as_object_mut(), self.by_ttl) {
            let service = json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" });
            record.insert("userIdentity".to_owned(), service);
        }
        record
    }
}

/// The row with some attributes set to other values; `null` takes one away.
pub fn with(mut row: Value, changes: Value) -> Value {
    if let (Some(row), Value::Object(changes)) = (row.as_object_mut(), changes) {
        for (name, value) in changes {
            if value.is_null() {
                row.remove(&name);
            } else {
                row.insert(name, value);
            }
        }
    }
    row
}

/// A row in plain JSON as DynamoDB attribute values: texts are `S`, numbers `N`, booleans `BOOL`, nulls `NULL`, arrays
/// `L`, objects `M`.
pub fn attributes(row: &Value) -> Value {
    let members = row.as_object().cloned().unwrap_or_default();
    Value::Object(
        members
            .iter()
            .map(|(name, value)| (name.clone(), attribute(value)))
            .collect::<Map<_, _>>(),
    )
}

fn attribute(value: &Value) -> Value {
    match value {
        Value::Null => json!({ "NULL": true }),
        Value::Bool(flag) => json!({ "BOOL": flag }),
        Value::Number(number) => json!({ "N": number.to_string() }),
        Value::String(text) => json!({ "S": text }),
        Value::Array(items) => json!({ "L": items.iter().map(attribute).collect::<Vec<_>>() }),
        Value::Object(_) => json!({ "M": attributes(value) }),
    }
}
