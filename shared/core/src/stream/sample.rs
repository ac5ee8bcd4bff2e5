//! Stream records made from rows, for examples and tests.

use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use crate::stream::attribute::Image;
use crate::stream::change::StreamRecord;
use crate::stream::decode::decode;
use crate::stream::erasure::{KeyChange, key_change};
use crate::stream::raw::RawRecord;
use crate::stream::sample_record::{FIRST_OF_MARCH_2026, SAMPLE_REGION, attributes, stream_record};
use crate::stream::scan::ScannedItem;
use crate::time::Time;

/// The id of the run in samples of snapshots.
pub const SAMPLE_RUN: &str = "5f0c2b9e-0d6b-4c1e-9a57-1f6f0b8f3a11";

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
