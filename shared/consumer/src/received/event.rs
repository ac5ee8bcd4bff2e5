//! An event, read from a message.

use std::borrow::Cow;
use std::fmt;
use std::sync::OnceLock;

use serde_json::{Map, Value};
use user_events_core::Time;

use super::attributes::Attributes;
use super::body::{self, Parsed};
use super::classes::Classes;
use super::delivery::Delivery;
use super::error::ReceiveError;
use super::form::{Head, is_category};

/// An event as it was received. It keeps fields, event types and classes that this version does not know.
///
/// It owns the text of the event and parses `data` only when a caller asks for it.
#[derive(Clone)]
pub struct ReceivedEvent {
    text: String,
    head: Head,
    pub(super) classes: Classes,
    pub(super) attributes: Attributes,
    pub(super) delivery: Delivery,
    tree: OnceLock<Value>,
}

impl ReceivedEvent {
    /// Reads the body of an SQS message: the event itself if the subscription delivers raw messages, otherwise the
    /// notification that SNS wraps around it (Amazon SNS Developer Guide, *Raw message delivery*).
    ///
    /// Only a notification holds the message attributes. With raw delivery they belong to the SQS message: add them
    /// with [`with_attributes`](Self::with_attributes), or read the whole message.
    ///
    /// Fails when the body is neither an event nor a notification of one.
    pub fn from_message_body(body: &str) -> Result<Self, ReceiveError> {
        Self::from_body(Cow::Borrowed(body))
    }

    pub(super) fn from_body(body: Cow<'_, str>) -> Result<Self, ReceiveError> {
        let Parsed {
            text,
            head,
            classes,
            attributes,
        } = body::parse(body)?;
        Ok(Self {
            text,
            head,
            classes,
            attributes,
            delivery: Delivery::default(),
            tree: OnceLock::new(),
        })
    }

    /// Replaces the message attributes with these, as pairs of name and value.
    #[must_use]
    pub fn with_attributes<N: Into<String>, V: Into<String>>(
        mut self,
        attributes: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.attributes = attributes.into_iter().collect();
        self
    }

    /// The event's id, a UUID. It is the same in every delivery: use it to recognise duplicates.
    pub fn id(&self) -> &str {
        self.attribute("id").unwrap_or_default()
    }

    /// The service that owns the user: `/user-service` unless the deployment sets another name.
    pub fn source(&self) -> &str {
        self.attribute("source").unwrap_or_default()
    }

    /// The type on the wire: `UserRegisteredEventV1`.
    pub fn event_type(&self) -> &str {
        self.attribute("type").unwrap_or_default()
    }

    /// The subject of the event: `users/<userId>`, `roles/<roleId>` or `attempts/<attemptId>`.
    pub fn subject(&self) -> &str {
        self.attribute("subject").unwrap_or_default()
    }

    /// The place among the subject's events of one category: 40 digits, a dot and four digits. Text order is the order
    /// of the changes. Do not compare sequences of different categories or subjects.
    pub fn sequence(&self) -> &str {
        self.attribute("sequence").unwrap_or_default()
    }

    /// The category, and so the topic that the event was published to: the last folder of `dataschema`, or else the
    /// message attribute. `None` if neither is 1 to 64 lower-case letters, digits and hyphens.
    pub fn category(&self) -> Option<&str> {
        let folder = self.attribute("dataschema").and_then(|schema| {
            let (folders, _) = schema.rsplit_once('/')?;
            folders.rsplit(['/', ':']).next()
        });
        let named = || self.attributes.get("category").filter(|name| is_category(name));
        folder.filter(|folder| is_category(folder)).or_else(named)
    }

    /// The ordering key of the event, at most 128 characters: the subject, or its SHA-256 in hexadecimal. It is the
    /// FIFO message group. If the attribute is missing, this is the subject.
    pub fn partition_key(&self) -> &str {
        self.attribute("partitionkey").unwrap_or(self.subject())
    }

    /// The run of the snapshot that the event belongs to. `None` for every other event.
    ///
    /// An event of a snapshot says what a row is like. It is no change, and has no place among the events of its lane.
    pub fn snapshot_run(&self) -> Option<&str> {
        self.attribute("snapshotrun")
    }

    /// When the change happened, by the writer's clock. `None` if it is missing or not an RFC 3339 time. Do not order
    /// events by it.
    pub fn time(&self) -> Option<Time> {
        self.attribute("time").and_then(Time::parse)
    }

    /// When DynamoDB recorded the change. `None` if it is missing or not an RFC 3339 time.
    pub fn recorded_time(&self) -> Option<Time> {
        self.attribute("recordedtime").and_then(Time::parse)
    }

    /// The request or process that the change belongs to. `None` if the writer did not record it.
    pub fn correlation_id(&self) -> Option<&str> {
        self.attribute("correlationid")
    }

    /// The message that caused the change. `None` if the writer did not record it.
    pub fn causation_id(&self) -> Option<&str> {
        self.attribute("causationid")
    }

    /// The trace that the change belongs to (W3C Trace Context). `None` if the writer did not record it.
    pub fn traceparent(&self) -> Option<&str> {
        self.attribute("traceparent")
    }

    /// The identifier of the party that made the change. `None` if the writer did not record it.
    pub fn initiator(&self) -> Option<&str> {
        self.attribute("initiator")
    }

    /// The kind of the initiator: `USER`, `ADMIN` or `SYSTEM`. Later versions may add others. `None` if the writer did
    /// not record it.
    pub fn initiator_type(&self) -> Option<&str> {
        self.attribute("initiatortype")
    }

    #[inline]
    fn attribute(&self, name: &str) -> Option<&str> {
        self.head.get(&self.text, name)
    }

    /// The event's own fields, sealed classes included.
    pub fn data(&self) -> &Map<String, Value> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        self.envelope()["data"].as_object().unwrap_or(&EMPTY)
    }

    /// The whole CloudEvents document, parsed at the first call.
    pub fn envelope(&self) -> &Value {
        self.tree
            .get_or_init(|| serde_json::from_str(&self.text).unwrap_or_default())
    }

    /// The text of the whole CloudEvents document as it was received, without the notification of SNS.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The JSON text of `data`.
    pub fn data_text(&self) -> &str {
        self.text.get(self.head.data.clone()).unwrap_or("{}")
    }

    /// The message attributes. Empty if the message was read without them.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Whether the event is thin (an event notification): it holds no state, only the URL to get it from.
    pub fn is_thin(&self) -> bool {
        self.head.is_thin
    }

    /// Whether the event was redriven or replayed, so that later events of its subject may have arrived before it.
    /// `false` if the message was read without its attributes. The `sequence` gives the order in any case.
    pub fn is_replay(&self) -> bool {
        self.attributes.get("replay") == Some("true")
    }

    /// Whether the event was made for a test: the message attribute `test` is `true`. `false` if the message was read
    /// without its attributes.
    pub fn is_test(&self) -> bool {
        self.attributes.get("test") == Some("true")
    }

    /// The queue's data about this delivery. Empty if the event was read from a body alone.
    pub fn delivery(&self) -> &Delivery {
        &self.delivery
    }
}

impl fmt::Debug for ReceivedEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedEvent")
            .field("id", &self.id())
            .field("event_type", &self.event_type())
            .field("subject", &self.subject())
            .field("sequence", &self.sequence())
            .finish_non_exhaustive()
    }
}

/// An event of this type with this data, for tests. Its subject is no user, so that the data needs no `userId`.
#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "used by tests only; the allowance of clippy.toml does not reach it"
)]
pub(crate) fn event_of_type(event_type: &str, data: &str) -> ReceivedEvent {
    let body = format!(
        r#"{{"specversion":"1.0","id":"11111111-1111-5111-8111-111111111111","source":"/user-service","type":"{event_type}",
        "subject":"roles/role-1","sequence":"0000000000004421584500000000017450439091.0000","data":{data}}}"#
    );
    ReceivedEvent::from_message_body(&body).unwrap()
}
