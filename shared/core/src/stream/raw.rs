//! A stream record before it is decoded: its JSON, taken apart once.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::stream::attribute::{Attribute, Image};
use crate::stream::kept::Kept;
use crate::stream::key_names::KeyNames;
use crate::stream::members::members;
use crate::stream::origin::{Coordinates, Origin};
use crate::time::Time;

/// A stream record as Lambda delivered it. Its JSON is read once, into members that are still raw; decoding,
/// reporting and parking take what they need from them.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    json: &'a RawValue,
    /// `None` when the record is not a JSON object.
    pub(super) record: Option<RecordMembers<'a>>,
    /// `None` when `dynamodb` is missing or is not a JSON object.
    pub(super) stream: Option<StreamMembers<'a>>,
    mapped: bool,
    of_subject_keys: bool,
    kept: Kept,
    first_parked_at: Option<Time>,
}

/// The members of a record that matter.
#[derive(Debug, Clone, Copy)]
pub(super) struct RecordMembers<'a> {
    pub(super) event_id: Option<&'a RawValue>,
    pub(super) event_name: Option<&'a RawValue>,
    pub(super) stream_arn: Option<&'a RawValue>,
    pub(super) user_identity: Option<&'a RawValue>,
    pub(super) dynamodb: Option<&'a RawValue>,
}

/// The members of a record's `dynamodb` that matter.
#[derive(Debug, Clone, Copy)]
pub(super) struct StreamMembers<'a> {
    pub(super) recorded: Option<&'a RawValue>,
    pub(super) keys: Option<&'a RawValue>,
    pub(super) sequence_number: Option<&'a RawValue>,
    pub(super) view_type: Option<&'a RawValue>,
    pub(super) new_image: Option<&'a RawValue>,
    pub(super) old_image: Option<&'a RawValue>,
}

/// The namespace of the records' identities: the UUIDv5 of `urn:user-events:records` in the URL namespace (RFC 9562,
/// section 5.5).
const RECORD_NAMESPACE: Uuid = Uuid::from_u128(0xb123435cba415c0585fabfdc86fd1569);

/// A JSON string, borrowed if it has no escapes.
#[derive(Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> RawRecord<'a> {
    /// Splits the record into its members. It never fails: decoding reports what is wrong.
    pub fn read(json: &'a RawValue) -> Self {
        let record = record_members(json);
        let stream = record.and_then(|record| stream_members(record.dynamodb?));
        Self {
            json,
            record,
            stream,
            mapped: false,
            of_subject_keys: false,
            kept: Kept::Whole,
            first_parked_at: None,
        }
    }

    /// The same record, which says of itself whether a mapping is for its table.
    #[must_use]
    pub fn mapped(self, mapped: bool) -> Self {
        Self { mapped, ..self }
    }

    /// The same record, which says of itself whether its table is that of persons' keys. Of such a record only a tombstone
    /// becomes an event, and no mapping is for it.
    #[must_use]
    pub fn of_subject_keys(self, of_subject_keys: bool) -> Self {
        Self {
            of_subject_keys,
            ..self
        }
    }

    /// The same record, which was parked before, the first time then.
    #[must_use]
    pub fn parked_before(self, first_parked_at: Option<Time>) -> Self {
        Self {
            first_parked_at,
            ..self
        }
    }

    /// When the record was parked for the first time. `None` when it never was.
    pub fn first_parked_at(&self) -> Option<Time> {
        self.first_parked_at
    }

    /// Whether its table is that of persons' keys.
    pub fn is_of_subject_keys(&self) -> bool {
        self.of_subject_keys
    }

    /// What [`known`](crate::known) keeps of this record, with the same marks.
    pub fn known<'b>(&self, json: &'b RawValue) -> RawRecord<'b> {
        RawRecord {
            kept: Kept::Known,
            first_parked_at: self.first_parked_at,
            ..RawRecord::read(json)
                .mapped(self.mapped)
                .of_subject_keys(self.of_subject_keys)
        }
    }

    /// How much of the record this is.
    pub fn kept(&self) -> Kept {
        self.kept
    }

    /// The record, as it was delivered or as far as it is kept.
    pub fn json(&self) -> &'a RawValue {
        self.json
    }

    /// The record's sequence number. `None` when it is missing or malformed.
    pub fn sequence_number(&self) -> Option<String> {
        let number = text(self.stream?.sequence_number?)?;
        Origin::is_sequence_number(&number).then(|| number.into_owned())
    }

    /// Where the record was found, as far as it can be read.
    pub fn coordinates(&self) -> Coordinates {
        let own = |member: Option<&'a RawValue>| text(member?).map(Cow::into_owned);
        Coordinates {
            stream_arn: own(self.record.and_then(|record| record.stream_arn)),
            event_id: own(self.record.and_then(|record| record.event_id)),
            sequence_number: self.sequence_number(),
            mapped: self.mapped,
        }
    }

    /// The record's identity: equal for every delivery of the record, and different for every other record. It is made
    /// from the coordinates; if one is missing, from the whole JSON.
    pub fn identity(&self) -> Uuid {
        let stream_arn = self.record.and_then(|record| record.stream_arn);
        let event_id = self.record.and_then(|record| record.event_id);
        let sequence_number = self.stream.and_then(|stream| stream.sequence_number);
        match (stream_arn, event_id, sequence_number) {
            (Some(arn), Some(id), Some(number)) => {
                let name = [arn.get(), id.get(), number.get()].join("/");
                Uuid::new_v5(&RECORD_NAMESPACE, name.as_bytes())
            }
            _ => Uuid::new_v5(&RECORD_NAMESPACE, self.json.get().as_bytes()),
        }
    }

    /// The row's partition key and sort key, which decide the lane of a record that cannot be decoded. `None` when the
    /// partition key is missing or not text.
    pub fn keys(&self) -> Option<(String, Option<String>)> {
        let [pk, sk] = members(self.stream?.keys?, ["pk", "sk"])?;
        let text = |key: Option<&RawValue>| match serde_json::from_str(key?.get()).ok()? {
            Attribute::S(key) => Some(key),
            _ => None,
        };
        Some((text(pk)?, text(sk)))
    }

    /// The keys of an item under these names, strings or the digits of numbers. `None` when the partition key is neither.
    pub(crate) fn keys_with(&self, names: &KeyNames) -> Option<(String, Option<String>)> {
        let wanted = names.sort.iter().chain([&names.partition]).cloned().collect();
        let keys = Image::read_selected(self.stream?.keys?, &wanted)?;
        let text = |name: &str| match keys.get(name)? {
            Attribute::S(text) | Attribute::N(text) => Some(text.clone()),
            _ => None,
        };
        Some((text(&names.partition)?, names.sort.as_deref().and_then(text)))
    }

    /// The item as far as it can be read: now, or before a removal.
    pub(crate) fn image(&self, wanted: &BTreeSet<String>) -> Option<Image> {
        let stream = self.stream?;
        Image::read_selected(stream.new_image.or(stream.old_image)?, wanted)
    }

    /// The name of the stream's table, as far as it can be read.
    pub fn table(&self) -> Option<String> {
        table_name(&text(self.record?.stream_arn?)?)
    }
}

/// The table's name in `arn:aws:dynamodb:<region>:<account>:table/<name>/stream/<label>`.
pub(super) fn table_name(stream_arn: &str) -> Option<String> {
    let resource = stream_arn.splitn(6, ':').nth(5)?;
    let name = resource.strip_prefix("table/")?.split('/').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The text of a JSON string; `None` for any other value.
pub(super) fn text(json: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text>(json.get()).ok().map(|text| text.0)
}

fn record_members(json: &RawValue) -> Option<RecordMembers<'_>> {
    let names = [
        "eventID",
        "eventName",
        "eventSourceARN",
        "userIdentity",
        "dynamodb",
    ];
    let [event_id, event_name, stream_arn, user_identity, dynamodb] = members(json, names)?;
    Some(RecordMembers {
        event_id,
        event_name,
        stream_arn,
        user_identity,
        dynamodb,
    })
}

fn stream_members(json: &RawValue) -> Option<StreamMembers<'_>> {
    let names = [
        "ApproximateCreationDateTime",
        "Keys",
        "SequenceNumber",
        "StreamViewType",
        "NewImage",
        "OldImage",
    ];
    let [recorded, keys, sequence_number, view_type, new_image, old_image] = members(json, names)?;
    Some(StreamMembers {
        recorded,
        keys,
        sequence_number,
        view_type,
        new_image,
        old_image,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_the_one_that_its_documentation_names() {
        assert_eq!(
            RECORD_NAMESPACE,
            Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:user-events:records")
        );
    }

    #[test]
    fn the_identity_is_that_of_the_coordinates_and_else_of_the_whole_record() {
        let identity = |json: &str| {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            RawRecord::read(raw).identity()
        };
        let at = |id: &str, rest: &str| {
            identity(&format!(
                r#"{{"eventID":"{id}","eventSourceARN":"arn","dynamodb":{{"SequenceNumber":"9"{rest}}}}}"#
            ))
        };
        assert_eq!(at("1", ""), at("1", r#","SizeBytes":7"#));
        assert_ne!(at("1", ""), at("2", ""));
        assert_eq!(identity(r#"{"a":1}"#), identity(r#"{"a":1}"#));
        assert_ne!(identity(r#"{"a":1}"#), identity(r#"{"a":2}"#));
    }

    #[test]
    fn a_malformed_record_keeps_the_coordinates_it_has() {
        let read = |json: &str| {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            let record = RawRecord::read(raw);
            (record.coordinates(), record.keys())
        };
        let json = r#"{"eventID":7,"eventSourceARN":"arn","dynamodb":{"SequenceNumber":"9","Keys":{"pk":{"S":"USER#1"}}}}"#;
        let (coordinates, keys) = read(json);
        assert_eq!(coordinates.event_id, None);
        assert_eq!(coordinates.stream_arn.as_deref(), Some("arn"));
        assert_eq!(coordinates.sequence_number.as_deref(), Some("9"));
        assert_eq!(keys, Some(("USER#1".to_owned(), None)));
        for json in [
            "null",
            "[]",
            "{}",
            r#"{"dynamodb":[]}"#,
            r#"{"dynamodb":{"SequenceNumber":"12x"}}"#,
            r#"{"dynamodb":{"SequenceNumber":"","Keys":{"pk":{"N":"1"}}}}"#,
        ] {
            assert_eq!(read(json), (Coordinates::default(), None), "{json}");
        }
    }
}
