//! From a queue message's body to an event.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};
use user_events_core::SealedMember;

/// An event as it was received. Fields, event types and classes that this version does not know are kept.
#[derive(Debug, Clone)]
pub struct ReceivedEvent {
    envelope: Value,
}

/// Why a message body is no event. Nothing of the body is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiveError {
    /// The body is no JSON object.
    NotJson,
    /// It is not a CloudEvents 1.0 document: `specversion` is missing or another one.
    NotACloudEvent,
    /// The CloudEvents document lacks the named attribute, or it has another type.
    Lacks(&'static str),
}

impl ReceivedEvent {
    /// Reads the body of an SQS message: the event itself where the subscription delivers raw messages, else
    /// the notification that SNS wraps around it (Amazon SNS Developer Guide, *Raw message delivery*).
    ///
    /// Fails when the body is neither.
    pub fn from_message_body(body: &str) -> Result<Self, ReceiveError> {
        #[derive(Deserialize)]
        struct Notification {
            #[serde(rename = "Type")]
            r#type: String,
            #[serde(rename = "Message")]
            message: String,
        }
        match serde_json::from_str::<Notification>(body) {
            Ok(notification) if notification.r#type == "Notification" => {
                Self::from_envelope(&notification.message)
            }
            _ => Self::from_envelope(body),
        }
    }

    fn from_envelope(body: &str) -> Result<Self, ReceiveError> {
        let envelope: Value = serde_json::from_str(body).map_err(|_| ReceiveError::NotJson)?;
        if envelope["specversion"] != "1.0" {
            return Err(ReceiveError::NotACloudEvent);
        }
        for attribute in ["id", "source", "type", "subject", "sequence"] {
            if !envelope[attribute].is_string() {
                return Err(ReceiveError::Lacks(attribute));
            }
        }
        if !envelope["data"].is_object() {
            return Err(ReceiveError::Lacks("data"));
        }
        Ok(Self { envelope })
    }

    /// The event's id: the same in every delivery, so it is what to deduplicate by.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// The type on the wire: `UserRegisteredEventV1`.
    pub fn event_type(&self) -> &str {
        self.text("type")
    }

    /// Whom or what the event is about: `users/<userId>`.
    pub fn subject(&self) -> &str {
        self.text("subject")
    }

    /// The place among the subject's events of one table: text order is the order of the changes.
    pub fn sequence(&self) -> &str {
        self.text("sequence")
    }

    /// The event's own fields, sealed classes included.
    pub fn data(&self) -> &Map<String, Value> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        self.envelope["data"].as_object().unwrap_or(&EMPTY)
    }

    /// The whole CloudEvents document.
    pub fn envelope(&self) -> &Value {
        &self.envelope
    }

    /// The sealed classes in the event, each with its name.
    pub fn sealed(&self) -> impl Iterator<Item = (&str, SealedMember)> {
        self.data().iter().filter_map(|(name, member)| {
            let sealed = SealedMember::deserialize(member).ok()?;
            Some((name.as_str(), sealed))
        })
    }

    fn text(&self, attribute: &str) -> &str {
        self.envelope[attribute].as_str().unwrap_or_default()
    }
}

impl fmt::Display for ReceiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("the message body is not JSON"),
            Self::NotACloudEvent => f.write_str("the message body is not a CloudEvents 1.0 document"),
            Self::Lacks(attribute) => write!(f, "the event has no `{attribute}` of the right type"),
        }
    }
}

impl std::error::Error for ReceiveError {}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn envelope() -> Value {
        json!({ "specversion": "1.0", "id": "1", "source": "/s", "type": "NewEventV1", "subject": "users/1",
            "sequence": "0.00", "data": { "unknown": 1, "contact": { "sealed": "a", "dataKey": "b", "keyArn": "c" } } })
    }

    #[test]
    fn a_raw_body_and_a_wrapped_one_are_the_same_event() {
        let raw = envelope().to_string();
        let wrapped = json!({ "Type": "Notification", "Message": raw }).to_string();
        for body in [raw, wrapped] {
            let event = ReceivedEvent::from_message_body(&body).unwrap();
            assert_eq!(
                (event.id(), event.event_type(), event.subject()),
                ("1", "NewEventV1", "users/1")
            );
            assert_eq!(
                event.sealed().map(|(class, _)| class).collect::<Vec<_>>(),
                ["contact"]
            );
        }
    }

    #[test]
    fn a_body_that_is_no_event_is_told_apart_by_what_it_lacks() {
        let refused = |body: &Value| ReceivedEvent::from_message_body(&body.to_string()).unwrap_err();
        assert_eq!(
            ReceivedEvent::from_message_body("hello").unwrap_err(),
            ReceiveError::NotJson
        );
        assert_eq!(refused(&json!({ "id": "1" })), ReceiveError::NotACloudEvent);
        let mut without_id = envelope();
        without_id["id"] = json!(7);
        assert_eq!(refused(&without_id), ReceiveError::Lacks("id"));
    }
}
