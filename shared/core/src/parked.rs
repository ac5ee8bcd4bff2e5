//! What waits in the parked queue: whole records, set aside for a person to look at, and notices of records that
//! Lambda gave up and wrote to a bucket.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::decode::Coordinates;
use crate::error::Error;
use crate::time::Time;
use crate::wire::acceptable_json;

/// A parked record: why, where it stands in its stream, and the record itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedMessage<'a> {
    /// When it was set aside.
    pub parked_at: Time,
    /// Why.
    #[serde(borrow)]
    pub reason: Reason<'a>,
    /// Where it stands in its stream, as far as it could be read.
    pub source: Source,
    /// The raw record.
    #[serde(borrow)]
    pub record: &'a RawValue,
}

/// Why a record was set aside. It never holds a value of the record.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reason<'a> {
    /// A [`crate::Code`] in its written form.
    #[serde(borrow)]
    pub code: Cow<'a, str>,
    /// Fields, row kinds and event types.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
}

/// Where a record stands in its stream. What could not be read is absent.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The ARN of the stream.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream_arn: Option<String>,
    /// The record's `eventID`.
    #[serde(rename = "eventID", default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The record's sequence number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

/// A message of the parked queue.
#[derive(Debug)]
pub enum Parked<'a> {
    /// A record that a function set aside.
    Record(ParkedMessage<'a>),
    /// The bucket of failures received these objects; each holds the records of one invocation.
    Failures(Vec<FailureObject>),
    /// The bucket said that it may send here. It holds nothing to redrive.
    Announcement,
}

/// An object in the bucket of failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureObject {
    /// The bucket.
    pub bucket: String,
    /// The key, still encoded as in the notice: as in a URL's query, with `+` for a blank (Amazon S3 User Guide,
    /// *Event message structure*).
    pub encoded_key: String,
}

/// A text is none of the messages that belong into the parked queue, or no object of the bucket of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotParked;

impl<'a> Parked<'a> {
    /// Reads the body of a message.
    ///
    /// Fails when it is neither a parked record nor a notice of the bucket.
    pub fn read(body: &'a str) -> Result<Self, NotParked> {
        if let Ok(message) = serde_json::from_str::<ParkedMessage>(body) {
            return Ok(Self::Record(message));
        }
        match serde_json::from_str::<Notice>(body).map_err(|_| NotParked)? {
            Notice::Announced { event } if event == "s3:TestEvent" => Ok(Self::Announcement),
            Notice::Announced { .. } => Err(NotParked),
            Notice::Received { records } => Ok(Self::Failures(
                records.into_iter().map(FailureObject::from).collect(),
            )),
        }
    }
}

/// The records of an object in the bucket of failures: the event of an invocation that Lambda gave up (AWS Lambda
/// Developer Guide, *Retain discarded records for a DynamoDB event source*). Its `payload` is that event, as JSON or as
/// the text of it.
///
/// Fails when the object is none of that kind.
pub fn failed_records(object: &str) -> Result<Vec<Box<RawValue>>, NotParked> {
    #[derive(Deserialize)]
    struct Invocation<'a> {
        #[serde(borrow)]
        payload: &'a RawValue,
    }
    #[derive(Deserialize)]
    struct Event {
        #[serde(rename = "Records")]
        records: Vec<Box<RawValue>>,
    }
    let invocation: Invocation = serde_json::from_str(object).map_err(|_| NotParked)?;
    let payload = invocation.payload.get();
    let event: Event = match serde_json::from_str::<String>(payload) {
        Ok(text) => serde_json::from_str(&text),
        Err(_) => serde_json::from_str(payload),
    }
    .map_err(|_| NotParked)?;
    Ok(event.records)
}

/// The message that parks a record: why, where it stands in its stream, and the raw record itself. What
/// cannot be read of its coordinates is absent.
///
/// Fails only when memory for the text cannot be had; the record is then not parked.
pub fn parked_message(record: &RawValue, error: &Error, parked_at: Time) -> serde_json::Result<String> {
    let Coordinates {
        stream_arn,
        event_id,
        sequence_number,
        ..
    } = Coordinates::read(record);
    let message = ParkedMessage {
        parked_at,
        reason: Reason {
            code: error.code().as_str().into(),
            message: error.message().into(),
        },
        source: Source {
            stream_arn,
            event_id,
            sequence_number,
        },
        record,
    };
    serde_json::to_string(&message).map(acceptable_json)
}

/// What a bucket sends (Amazon S3 User Guide, *Event message structure*).
#[derive(Deserialize)]
#[serde(untagged)]
enum Notice {
    Received {
        #[serde(rename = "Records")]
        records: Vec<NoticeRecord>,
    },
    Announced {
        #[serde(rename = "Event")]
        event: String,
    },
}

#[derive(Deserialize)]
struct NoticeRecord {
    s3: NoticeObject,
}

#[derive(Deserialize)]
struct NoticeObject {
    bucket: Bucket,
    object: Object,
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
}

#[derive(Deserialize)]
struct Object {
    key: String,
}

impl From<NoticeRecord> for FailureObject {
    fn from(record: NoticeRecord) -> Self {
        Self {
            bucket: record.s3.bucket.name,
            encoded_key: record.s3.object.key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_parked_record_is_read_as_it_was_written() {
        let record: Box<RawValue> = serde_json::from_str(r#"{ "eventID": "e-1", "odd": "\u0001" }"#).unwrap();
        let error = Error::new(
            Code::RowDoesNotFit,
            "account row: required attribute `email` is missing",
        );
        let message = parked_message(&record, &error, Time::UNIX_EPOCH).unwrap();
        let Ok(Parked::Record(read)) = Parked::read(&message) else {
            panic!("{message}")
        };
        assert_eq!(read.record.get(), record.get());
        assert_eq!(
            (read.reason.code.as_ref(), read.parked_at),
            ("row-does-not-fit", Time::UNIX_EPOCH)
        );
        assert_eq!(read.source.event_id.as_deref(), Some("e-1"));
    }

    #[test]
    fn a_notice_names_its_objects_and_an_announcement_none() {
        let notice = r#"{"Records":[{"eventSource":"aws:s3","s3":{"bucket":{"name":"b"},"object":{"key":"a%2Fb+c","size":1}}}]}"#;
        let Ok(Parked::Failures(objects)) = Parked::read(notice) else {
            panic!("no failures")
        };
        assert_eq!(
            objects,
            [FailureObject {
                bucket: "b".into(),
                encoded_key: "a%2Fb+c".into()
            }]
        );
        let announcement = r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#;
        assert!(matches!(Parked::read(announcement), Ok(Parked::Announcement)));
        for other in ["", "{}", "[]", r#"{"Event":"other"}"#, r#"{"Records":[{}]}"#] {
            assert_eq!(Parked::read(other).unwrap_err(), NotParked, "{other}");
        }
    }

    #[test]
    fn the_records_of_a_failure_are_read_from_either_form_of_its_payload() {
        for object in [
            r#"{"requestContext":{},"payload":"{\"Records\":[{\"a\":1},{\"b\":2}]}"}"#,
            r#"{"requestContext":{},"payload":{"Records":[{"a":1},{"b":2}]}}"#,
        ] {
            let records: Vec<_> = failed_records(object)
                .unwrap()
                .iter()
                .map(|raw| raw.get().to_owned())
                .collect();
            assert_eq!(records, [r#"{"a":1}"#, r#"{"b":2}"#]);
        }
        for other in ["", "{}", r#"{"payload":7}"#, r#"{"payload":"{}"}"#] {
            assert!(failed_records(other).is_err(), "{other}");
        }
    }
}
