//! Stream records made from rows, for examples and tests.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use crate::stream::attribute::Image;
use crate::stream::change::StreamRecord;
use crate::stream::decode::decode;
use crate::stream::erasure::{KeyChange, key_change};
use crate::stream::raw::RawRecord;
use crate::stream::scan::ScannedItem;
use crate::time::Time;

/// 2026-03-01T12:00:00Z in milliseconds since 1970.
const FIRST_OF_MARCH_2026: i64 = 1_772_366_400_000;

/// The id of the run in samples of snapshots.
pub const SAMPLE_RUN: &str = "5f0c2b9e-0d6b-4c1e-9a57-1f6f0b8f3a11";

/// The region of samples.
const SAMPLE_REGION: &str = "eu-west-1";

/// The name of the table of persons' keys in samples.
const SUBJECT_KEYS: &str = "subject-keys";

/// A change of a row, for an example. Its rows are plain JSON, with `pk` and `sk`.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleChange {
    table: String,
    recorded: Time,
    old: Option<Value>,
    new: Option<Value>,
    by_ttl: bool,
    source: Source,
}

/// Where a sample comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Stream,
    SubjectKeys,
    Snapshot,
}

impl SampleChange {
    /// The row is new.
    pub fn inserted(table: &str, new: Value) -> Self {
        Self::new(table, None, Some(new))
    }

    /// The row existed and was written again.
    pub fn modified(table: &str, old: Value, new: Value) -> Self {
        Self::new(table, Some(old), Some(new))
    }

    /// The row was removed.
    pub fn removed(table: &str, old: Value) -> Self {
        Self::new(table, Some(old), None)
    }

    /// DynamoDB removed the row because its time to live (TTL) had passed.
    pub fn expired(table: &str, old: Value) -> Self {
        Self {
            by_ttl: true,
            ..Self::removed(table, old)
        }
    }

    /// A person's secret was replaced by this tombstone in the table of persons' keys, which has the name `subject-keys` in
    /// samples: [`sample_record`] reads its record.
    pub fn erased(tombstone: Value) -> Self {
        Self {
            source: Source::SubjectKeys,
            ..Self::new(SUBJECT_KEYS, None, Some(tombstone))
        }
    }

    /// No change: a backfill reads the row.
    pub fn read(table: &str, row: Value) -> Self {
        Self {
            source: Source::Snapshot,
            ..Self::new(table, None, Some(row))
        }
    }

    fn new(table: &str, old: Option<Value>, new: Option<Value>) -> Self {
        Self {
            table: table.to_owned(),
            recorded: Time::from_millisecond(FIRST_OF_MARCH_2026).unwrap_or(Time::UNIX_EPOCH),
            old,
            new,
            by_ttl: false,
            source: Source::Stream,
        }
    }

    /// Whether it is the row of a snapshot.
    pub fn is_of_snapshot(&self) -> bool {
        self.source == Source::Snapshot
    }

    /// Sets when DynamoDB recorded the change, or when the row was read, as RFC 3339, in place of `2026-03-01T12:00:00Z`. A text that is not a time
    /// changes nothing.
    #[must_use]
    pub fn recorded_at(mut self, time: &str) -> Self {
        self.recorded = Time::parse(time).unwrap_or(self.recorded);
        self
    }

    /// The row's table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// The row before; `None` for an insertion.
    pub fn old(&self) -> Option<&Value> {
        self.old.as_ref()
    }

    /// The row now; `None` for a removal.
    pub fn new_row(&self) -> Option<&Value> {
        self.new.as_ref()
    }

    /// The change as it is decoded. `None` when it cannot be, or is no change of a row.
    pub fn decoded(&self) -> Option<StreamRecord> {
        let json = to_raw_value(&self.record()).ok()?;
        let raw = RawRecord::read(&json);
        match self.source {
            Source::Stream => decode(&raw).ok(),
            Source::SubjectKeys => match key_change(&raw).ok()? {
                KeyChange::Erased(record) => Some(*record),
                KeyChange::Other(_) => None,
            },
            Source::Snapshot => {
                let image = Image::read(raw.stream?.new_image?)?;
                self.item(SAMPLE_RUN, image).into_record().ok()
            }
        }
    }

    /// The row as a run of a backfill reads it. `None` unless it is the row of a snapshot.
    pub fn scanned(&self, run: &str) -> Option<ScannedItem> {
        let row = self.new.as_ref().filter(|_| self.is_of_snapshot())?;
        let image = Image::read(&to_raw_value(&attributes(row)).ok()?)?;
        Some(self.item(run, image))
    }

    fn item(&self, run: &str, attributes: Image) -> ScannedItem {
        ScannedItem {
            run: run.to_owned(),
            table: self.table.clone(),
            region: SAMPLE_REGION.to_owned(),
            read_at: self.recorded,
            attributes,
        }
    }

    /// The stream record of the change, as Lambda delivers it (Amazon DynamoDB Streams API Reference, *Record*).
    pub fn record(&self) -> Value {
        let image = |row: &Option<Value>| row.as_ref().map(attributes);
        let mut record = stream_record(&self.table, image(&self.old), image(&self.new));
        if let Some(recorded) = record.pointer_mut("/dynamodb/ApproximateCreationDateTime") {
            *recorded = json!(self.recorded.as_millisecond() / 1_000);
        }
        if self.source == Source::SubjectKeys {
            // A person's secret is replaced, and the stream shows the tombstone alone.
            let changed = [
                ("/eventName", "MODIFY"),
                ("/dynamodb/StreamViewType", "NEW_IMAGE"),
            ];
            for (pointer, text) in changed {
                record
                    .pointer_mut(pointer)
                    .into_iter()
                    .for_each(|member| *member = json!(text));
            }
        }
        if let (Some(record), true) = (record.as_object_mut(), self.by_ttl) {
            let service = json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" });
            record.insert("userIdentity".to_owned(), service);
        }
        record
    }
}

/// Reads the record of a sample, as a deployment whose table of persons' keys has the name `subject-keys`.
pub fn sample_record(json: &RawValue) -> RawRecord<'_> {
    let raw = RawRecord::read(json);
    raw.of_subject_keys(raw.table().as_deref() == Some(SUBJECT_KEYS))
}

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
