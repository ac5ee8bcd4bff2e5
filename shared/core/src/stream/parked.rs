//! Messages of the parking-lot queue: records for an operator to look at ("parked"), and S3 notifications about
//! records that Lambda gave up and wrote to a bucket.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::Error;
use crate::stream::kept::Kept;
use crate::stream::origin::Coordinates;
use crate::stream::raw::RawRecord;
use crate::time::Time;
use crate::wire::acceptable_json;

/// A parked record: why it is parked, where it was found, and the record itself.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ParkedMessage<'a> {
    /// When it was parked.
    pub parked_at: Time,
    /// When it was parked for the first time. `None` when it was parked once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_parked_at: Option<Time>,
    /// Why.
    #[serde(borrow)]
    pub reason: Reason<'a>,
    /// Where it was found, as far as it could be read.
    pub source: Coordinates,
    /// How much of the record it holds.
    #[serde(default)]
    pub kept: Kept,
    /// The raw record.
    #[serde(borrow)]
    pub record: &'a RawValue,
}

/// Why a record was parked. It never holds a value of the record.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reason<'a> {
    /// The written form of a [`crate::Code`].
    #[serde(borrow)]
    pub code: Cow<'a, str>,
    /// Fields, row kinds and event types.
    #[serde(borrow)]
    pub message: Cow<'a, str>,
}

/// A message of the parking-lot queue.
#[derive(Debug)]
pub enum Parked<'a> {
    /// A record that a function parked.
    Record(ParkedMessage<'a>),
    /// Objects that were written to the bucket of failures. Each holds the records of one invocation.
    Failures(Vec<FailureObject>),
    /// The test event of an S3 notification. It holds nothing to redrive.
    Announcement,
}

/// An object in the bucket of failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureObject {
    /// The bucket.
    pub bucket: String,
    /// The key, still encoded as in the notification: like a URL's query, with `+` for a blank (Amazon S3 User Guide, *Event
    /// message structure*).
    pub encoded_key: String,
}

/// The text is neither a parked record nor an S3 notification; or it is not an object of the bucket of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotParked;

impl<'a> Reason<'a> {
    fn new(error: &'a Error) -> Self {
        Self {
            code: error.code().as_str().into(),
            message: error.message().into(),
        }
    }
}

impl ParkedMessage<'_> {
    /// When it was parked for the first time.
    pub fn since(&self) -> Time {
        self.first_parked_at.unwrap_or(self.parked_at)
    }
}

impl<'a> Parked<'a> {
    /// Reads the body of a message.
    ///
    /// Fails when it is neither a parked record nor an S3 notification.
    pub fn read(body: &'a str) -> Result<Self, NotParked> {
        if let Ok(message) = serde_json::from_str::<ParkedMessage>(body) {
            return Ok(Self::Record(message));
        }
        match serde_json::from_str::<Notification>(body).map_err(|_| NotParked)? {
            Notification::Announced { event } if event == "s3:TestEvent" => Ok(Self::Announcement),
            Notification::Announced { .. } => Err(NotParked),
            Notification::Received { records } => Ok(Self::Failures(
                records.into_iter().map(FailureObject::from).collect(),
            )),
        }
    }
}

/// The records of an object in the bucket of failures: Lambda's report of an invocation that it gave up (AWS Lambda
/// Developer Guide, *Retain discarded records for a DynamoDB event source*). The member `payload` is the event of that
/// invocation, as JSON or as a string of JSON.
///
/// Fails when the object is not such a report.
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

/// When the record in an object that [`stored_record`] made was parked for the first time. `None` for an object of Lambda.
pub fn stored_since(object: &str) -> Option<Time> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Stored {
        parked_at: Time,
        first_parked_at: Option<Time>,
    }
    let stored: Stored = serde_json::from_str(object).ok()?;
    Some(stored.first_parked_at.unwrap_or(stored.parked_at))
}

/// The message that parks a record: why, where the record was found, how much of it is kept, and the raw record itself.
/// Coordinates that cannot be read are absent.
///
/// Fails only when no memory is left for the text; the record is then not parked.
pub fn parked_message(record: &RawRecord, error: &Error, parked_at: Time) -> serde_json::Result<String> {
    let message = ParkedMessage {
        parked_at,
        first_parked_at: record.first_parked_at(),
        reason: Reason::new(error),
        source: record.coordinates(),
        kept: record.kept(),
        record: record.json(),
    };
    serde_json::to_string(&message).map(acceptable_json)
}

/// The object that keeps a record too large for the parking-lot queue: the message that would park it, with the record in
/// the member that [`failed_records`] reads. Lambda's own reports have this shape, too.
///
/// Fails only when no memory is left for the text; the record is then not kept.
pub fn stored_record(record: &RawRecord, error: &Error, parked_at: Time) -> serde_json::Result<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Stored<'a> {
        request_context: RequestContext,
        parked_at: Time,
        #[serde(skip_serializing_if = "Option::is_none")]
        first_parked_at: Option<Time>,
        reason: Reason<'a>,
        source: Coordinates,
        kept: Kept,
        payload: Payload<'a>,
    }
    #[derive(Serialize)]
    struct RequestContext {
        condition: &'static str,
    }
    #[derive(Serialize)]
    struct Payload<'a> {
        #[serde(rename = "Records")]
        records: [&'a RawValue; 1],
    }
    serde_json::to_string(&Stored {
        request_context: RequestContext {
            condition: "RecordTooLarge",
        },
        parked_at,
        first_parked_at: record.first_parked_at(),
        reason: Reason::new(error),
        source: record.coordinates(),
        kept: record.kept(),
        payload: Payload {
            records: [record.json()],
        },
    })
}

/// An S3 notification (Amazon S3 User Guide, *Event message structure*).
#[derive(Deserialize)]
#[serde(untagged)]
enum Notification {
    Received {
        #[serde(rename = "Records")]
        records: Vec<NotificationRecord>,
    },
    Announced {
        #[serde(rename = "Event")]
        event: String,
    },
}

#[derive(Deserialize)]
struct NotificationRecord {
    s3: NotificationObject,
}

#[derive(Deserialize)]
struct NotificationObject {
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

impl From<NotificationRecord> for FailureObject {
    fn from(record: NotificationRecord) -> Self {
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
        let message = parked_message(&RawRecord::read(&record), &error, Time::UNIX_EPOCH).unwrap();
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
    fn a_notification_names_its_objects_and_a_test_event_none() {
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
    fn a_record_that_was_stored_is_read_as_it_was() {
        let record: Box<RawValue> = serde_json::from_str(r#"{ "eventID": "e-1", "odd": "\u0001" }"#).unwrap();
        let error = Error::new(Code::EventTooLarge, "an event is too large");
        let object = stored_record(&RawRecord::read(&record), &error, Time::UNIX_EPOCH).unwrap();
        let records = failed_records(&object).unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].get(), record.get());
        assert!(
            object.contains("event-too-large") && object.contains("RecordTooLarge"),
            "{object}"
        );
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
