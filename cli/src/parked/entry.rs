//! The description of a message in the parked queue, without any value of its record.

use serde::{Deserialize, Serialize};
use user_events_core::{FailureObject, Parked, Time};

use super::record::Record;

/// A message without its values.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Entry {
    /// Its message ID.
    pub(crate) message_id: String,
    /// The time at which the record was parked; for other messages, at which they were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parked_at: Option<Time>,
    /// The first time, if the record was parked more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_parked_at: Option<Time>,
    /// What it is.
    #[serde(flatten)]
    pub(crate) content: Content,
}

/// What a message is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Content {
    /// A parked record.
    Record(Record),
    /// An S3 notification: the failure bucket received these objects.
    Failures {
        /// Each object holds the records of one invocation that Lambda gave up on.
        objects: Vec<Object>,
    },
    /// The test notification of the failure bucket.
    Announcement,
    /// Anything else.
    Foreign,
}

/// An object in the failure bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Object {
    /// The bucket.
    pub(super) bucket: String,
    /// The key, decoded.
    pub(super) key: String,
    /// The size, if the notification has it. Only the object itself has the number of records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) bytes: Option<u64>,
}

impl Entry {
    /// Describes a message with that body, sent at that time.
    pub(super) fn new(message_id: &str, sent_at: Option<Time>, body: &str) -> Self {
        let mut first_parked_at = None;
        let (parked_at, content) = match Parked::read(body) {
            Ok(Parked::Record(message)) => {
                first_parked_at = message.first_parked_at;
                (Some(message.parked_at), Content::Record(Record::new(&message)))
            }
            Ok(Parked::Failures(objects)) => (sent_at, Content::failures(objects, body)),
            Ok(Parked::Announcement) => (sent_at, Content::Announcement),
            Err(_) => (sent_at, Content::Foreign),
        };
        Self {
            message_id: message_id.to_owned(),
            parked_at,
            first_parked_at,
            content,
        }
    }

    /// Since when it waits: the time at which the record was parked for the first time.
    pub(crate) fn since(&self) -> Option<Time> {
        self.first_parked_at.or(self.parked_at)
    }

    /// Whether it can be redriven.
    pub(crate) fn can_be_redriven(&self) -> bool {
        self.content != Content::Foreign
    }

    /// Orders by time, then by the order of the stream.
    pub(super) fn order(&self) -> impl Ord + use<> {
        let place = match &self.content {
            Content::Record(record) => record.sequence_number.clone().unwrap_or_default(),
            _ => String::new(),
        };
        // Numbers without leading zeros: the shorter is the smaller.
        (self.since(), place.len(), place, self.message_id.clone())
    }
}

impl Content {
    fn failures(objects: Vec<FailureObject>, notice: &str) -> Self {
        let mut bytes = sizes(notice).into_iter();
        let objects = objects.into_iter().map(|object| Object {
            bytes: bytes.next().flatten(),
            // Alone in a query, the key's `+` and `%xx` are decoded, and its `=` and `&` are encoded.
            key: form_urlencoded::parse(object.encoded_key.as_bytes())
                .next()
                .map(|(key, _)| key.into_owned())
                .unwrap_or_default(),
            bucket: object.bucket,
        });
        Self::Failures {
            objects: objects.collect(),
        }
    }
}

/// The sizes of the objects in an S3 notification (Amazon S3 User Guide, *Event message structure*). Empty if the
/// notification has another structure.
fn sizes(notice: &str) -> Vec<Option<u64>> {
    #[derive(Deserialize)]
    struct Notice {
        #[serde(rename = "Records")]
        records: Vec<Received>,
    }
    #[derive(Deserialize)]
    struct Received {
        s3: S3,
    }
    #[derive(Deserialize)]
    struct S3 {
        object: Size,
    }
    #[derive(Deserialize)]
    struct Size {
        size: Option<u64>,
    }
    let notice = serde_json::from_str::<Notice>(notice);
    notice
        .map(|notice| {
            notice
                .records
                .into_iter()
                .map(|record| record.s3.object.size)
                .collect()
        })
        .unwrap_or_default()
}
