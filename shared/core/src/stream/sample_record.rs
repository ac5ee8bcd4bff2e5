//! Rows and stream records in JSON, from plain JSON.

use serde_json::{Map, Value, json};

/// 2026-03-01T12:00:00Z in milliseconds since 1970.
pub(super) const FIRST_OF_MARCH_2026: i64 = 1_772_366_400_000;

/// The region of samples.
pub(super) const SAMPLE_REGION: &str = "eu-west-1";

/// A stream record as Lambda delivers it, from the images of a row as DynamoDB attribute values: an insertion without an
/// old image, a removal without a new one. DynamoDB recorded it at `2026-03-01T12:00:00Z`.
pub fn stream_record(table: &str, old: Option<Value>, new: Option<Value>) -> Value {
    let event_name = match (&old, &new) {
        (None, _) => "INSERT",
        (_, None) => "REMOVE",
        _ => "MODIFY",
    };
    let keys = new.as_ref().or(old.as_ref()).map(|image| {
        let key = |name: &str| Some((name.to_owned(), image.get(name)?.clone()));
        Value::Object(["pk", "sk"].into_iter().filter_map(key).collect())
    });
    let mut stream = json!({
        "ApproximateCreationDateTime": FIRST_OF_MARCH_2026 / 1_000,
        "Keys": keys.unwrap_or_default(),
        "SequenceNumber": "4421584500000000017450439091",
        "SizeBytes": 512,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    });
    if let Some(stream) = stream.as_object_mut() {
        for (name, image) in [("OldImage", old), ("NewImage", new)] {
            stream.extend(image.map(|image| (name.to_owned(), image)));
        }
    }
    json!({
        "eventID": "0a1b2c3d4e5f60718293a4b5c6d7e8f9",
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": SAMPLE_REGION,
        "dynamodb": stream,
        "eventSourceARN": format!(
            "arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/2026-03-01T00:00:00.000"
        ),
    })
}

/// The row with some attributes set to other values. `null` removes an attribute.
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

/// A row in plain JSON as DynamoDB attribute values: strings become `S`, numbers `N`, booleans `BOOL`, nulls `NULL`,
/// arrays `L`, objects `M`.
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
