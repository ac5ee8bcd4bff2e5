//! Stream records, as Lambda delivers them.

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use user_events_core::{StreamRecord, decode};

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
        Self::new(table, "INSERT", None, Some(new))
    }

    /// The row was written over.
    pub fn modified(table: &str, old: &Value, new: &Value) -> Self {
        Self::new(table, "MODIFY", Some(old), Some(new))
    }

    /// The row was removed.
    pub fn removed(table: &str, old: &Value) -> Self {
        Self::new(table, "REMOVE", Some(old), None)
    }

    /// DynamoDB removed the row because its time to live had passed.
    pub fn expired(table: &str, old: &Value) -> Self {
        let identity = json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" });
        Self::removed(table, old).with("/userIdentity", identity)
    }

    fn new(table: &str, event_name: &str, old: Option<&Value>, new: Option<&Value>) -> Self {
        let keys = new
            .or(old)
            .map(|row| json!({ "pk": row["pk"], "sk": row["sk"] }))
            .unwrap_or_default();
        let mut json = json!({
            "eventID": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "eventName": event_name,
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "eu-west-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 1_772_366_400,
                "Keys": attributes(&keys),
                "SequenceNumber": "4421584500000000017450439091",
                "SizeBytes": 512,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
            "eventSourceARN":
                format!("arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/2026-03-01T00:00:00.000"),
        });
        for (name, image) in [("OldImage", old), ("NewImage", new)] {
            if let Some(image) = image {
                json["dynamodb"][name] = attributes(image);
            }
        }
        Self { json }
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
        decode(&self.raw())
    }
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
