//! An event as it was received.

mod attributes;
mod body;
mod messages;
mod sealed;

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use serde_json::{Map, Value};
use user_events_core::Time;

pub use attributes::Attributes;
use body::Head;
pub use body::ReceiveError;
pub use messages::Delivery;
pub(crate) use sealed::SealedRef;

/// An event as it was received. Fields, event types and classes that this version does not know are kept.
///
/// It owns the text of the event and little else: what is not asked for is not parsed.
#[derive(Clone)]
pub struct ReceivedEvent {
    text: String,
    head: Head,
    data: Range<usize>,
    attributes: Attributes,
    delivery: Delivery,
    tree: OnceLock<Value>,
}

impl ReceivedEvent {
    /// Reads the body of an SQS message: the event itself where the subscription delivers raw messages, else
    /// the notification that SNS wraps around it (Amazon SNS Developer Guide, *Raw message delivery*).
    ///
    /// The message attributes are in the notification only. With raw delivery they are the SQS message's own: add
    /// them by [`with_attributes`](Self::with_attributes), or read the whole message.
    ///
    /// Fails when the body is neither.
    pub fn from_message_body(body: &str) -> Result<Self, ReceiveError> {
        Self::from_owned_body(body.to_owned())
    }

    /// The same with these message attributes, name and value, in place of those in the body.
    #[must_use]
    pub fn with_attributes<N: Into<String>, V: Into<String>>(
        mut self,
        attributes: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.attributes = attributes.into_iter().collect();
        self
    }

    /// The event's id, a UUID: the same in every delivery, so it is what to deduplicate by.
    pub fn id(&self) -> &str {
        &self.head.id
    }

    /// The service whose users the event is about: `/user-service` unless the deployment says otherwise.
    pub fn source(&self) -> &str {
        &self.head.source
    }

    /// The type on the wire: `UserRegisteredEventV1`.
    pub fn event_type(&self) -> &str {
        &self.head.event_type
    }

    /// Whom or what the event is about: `users/<userId>`, `roles/<roleId>` or `attempts/<attemptId>`.
    pub fn subject(&self) -> &str {
        &self.head.subject
    }

    /// The place among the subject's events of one category, 40 digits, a dot and two digits: text order is the
    /// order of the changes. It says nothing across categories, nor across subjects.
    pub fn sequence(&self) -> &str {
        &self.head.sequence
    }

    /// The category, whose topic the event came through: the last folder of `dataschema`, else the message
    /// attribute. `None` where neither is there.
    pub fn category(&self) -> Option<&str> {
        let folder = self.head.dataschema.as_deref().and_then(|schema| {
            let (folders, _) = schema.rsplit_once('/')?;
            folders.rsplit(['/', ':']).next()
        });
        folder
            .filter(|folder| !folder.is_empty())
            .or_else(|| self.attributes.get("category"))
    }

    /// The lane in which order is kept, at most 128 characters: the subject, or its SHA-256 in hexadecimal. It is the
    /// FIFO message group. The subject where the attribute is missing.
    pub fn partition_key(&self) -> &str {
        self.head.partitionkey.as_deref().unwrap_or(&self.head.subject)
    }

    /// When it happened, by the writer's word. `None` where it is missing or no RFC 3339 time. Do not order by it.
    pub fn time(&self) -> Option<Time> {
        self.head.time.as_deref().and_then(Time::parse)
    }

    /// When DynamoDB recorded the change. `None` where it is missing or no RFC 3339 time.
    pub fn recorded_time(&self) -> Option<Time> {
        self.head.recordedtime.as_deref().and_then(Time::parse)
    }

    /// The request or process that the change belongs to.
    pub fn correlation_id(&self) -> Option<&str> {
        self.head.correlationid.as_deref()
    }

    /// The message that caused the change.
    pub fn causation_id(&self) -> Option<&str> {
        self.head.causationid.as_deref()
    }

    /// The trace that the change belongs to (W3C Trace Context).
    pub fn traceparent(&self) -> Option<&str> {
        self.head.traceparent.as_deref()
    }

    /// Who made the change, an identifier.
    pub fn initiator(&self) -> Option<&str> {
        self.head.initiator.as_deref()
    }

    /// What kind of party the initiator is: `USER`, `ADMIN` or `SYSTEM`, and perhaps others one day.
    pub fn initiator_type(&self) -> Option<&str> {
        self.head.initiatortype.as_deref()
    }

    /// The event's own fields, sealed classes included. Empty where a number in the event is beyond what a 64-bit
    /// float can hold.
    pub fn data(&self) -> &Map<String, Value> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        self.envelope()["data"].as_object().unwrap_or(&EMPTY)
    }

    /// The whole CloudEvents document, parsed when it is first asked for. `Null` where a number in it is beyond what a
    /// 64-bit float can hold.
    pub fn envelope(&self) -> &Value {
        self.tree
            .get_or_init(|| serde_json::from_str(&self.text).unwrap_or_default())
    }

    /// The whole CloudEvents document as it was received, without what SNS wrapped around it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The JSON text of `data`.
    pub fn data_text(&self) -> &str {
        self.text.get(self.data.clone()).unwrap_or("{}")
    }

    /// The message attributes. Empty where they did not come along.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Whether it is a redriven or replayed event: later events of its subject may have come before it. `false` where
    /// the message attributes did not come along; the `sequence` tells in any case.
    pub fn is_replay(&self) -> bool {
        self.attributes.get("replay") == Some("true")
    }

    /// What the queue said of this delivery. Empty where the event was read from a body alone.
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

/// An event of that type with that data, for tests.
#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test's own; the allowance does not reach it")]
pub(crate) fn event_of_type(event_type: &str, data: &str) -> ReceivedEvent {
    let body = format!(
        r#"{{"specversion":"1.0","id":"id-1","source":"/user-service","type":"{event_type}","subject":"users/user-1",
        "sequence":"0000000000004421584500000000017450439091.00","data":{data}}}"#
    );
    ReceivedEvent::from_message_body(&body).unwrap()
}
