//! Parses the body of a message.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::attributes::Attributes;

/// Why a message body is not an event. No error quotes the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiveError {
    /// The body is not a JSON object, or it has the same member twice (RFC 7493, section 2.3).
    #[error("the message body is not a JSON object with each member once")]
    NotJson,
    /// The body is not a CloudEvents 1.0 document: `specversion` is missing or has another value.
    #[error("the message body is not a CloudEvents 1.0 document")]
    NotACloudEvent,
    /// The CloudEvents document lacks this attribute, or the attribute has another type.
    #[error("the event has no `{0}` of the right type")]
    Lacks(&'static str),
}

/// The attributes of the envelope, without `data`.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) source: String,
    pub(super) event_type: String,
    pub(super) subject: String,
    pub(super) sequence: String,
    pub(super) dataschema: Option<String>,
    pub(super) partitionkey: Option<String>,
    pub(super) time: Option<String>,
    pub(super) recordedtime: Option<String>,
    pub(super) correlationid: Option<String>,
    pub(super) causationid: Option<String>,
    pub(super) traceparent: Option<String>,
    pub(super) initiator: Option<String>,
    pub(super) initiatortype: Option<String>,
}

/// Either an event or the notification of one. CloudEvents names are lower case and SNS names are not, so one pass can
/// read both.
#[derive(Deserialize)]
struct Body<'a> {
    specversion: Option<String>,
    id: Option<String>,
    source: Option<String>,
    r#type: Option<String>,
    subject: Option<String>,
    sequence: Option<String>,
    dataschema: Option<String>,
    partitionkey: Option<String>,
    time: Option<String>,
    recordedtime: Option<String>,
    correlationid: Option<String>,
    causationid: Option<String>,
    traceparent: Option<String>,
    initiator: Option<String>,
    initiatortype: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(rename = "Type")]
    notification: Option<String>,
    #[serde(rename = "Message")]
    message: Option<String>,
    #[serde(rename = "MessageAttributes", borrow)]
    message_attributes: Option<&'a RawValue>,
}

/// The required attributes, in the order of the envelope.
const REQUIRED: [&str; 5] = ["id", "source", "type", "subject", "sequence"];
/// The optional attributes, all of them strings.
const OPTIONAL: [&str; 9] = [
    "dataschema",
    "partitionkey",
    "time",
    "recordedtime",
    "correlationid",
    "causationid",
    "traceparent",
    "initiator",
    "initiatortype",
];

/// An event's text and what was read from it.
pub(super) struct Parsed {
    pub(super) text: String,
    pub(super) head: Head,
    /// Where `data` is in the text.
    pub(super) data: Range<usize>,
    pub(super) attributes: Attributes,
}

/// Reads an event, or the notification of one.
///
/// Fails when the body is neither.
pub(super) fn parse(body: String) -> Result<Parsed, ReceiveError> {
    let read: Body<'_> = serde_json::from_str(&body).map_err(|_| diagnose(&body))?;
    match (read.notification.as_deref(), read.message) {
        (Some("Notification"), Some(message)) => {
            let attributes = read.message_attributes.map(notified).unwrap_or_default();
            let inner: Body<'_> = serde_json::from_str(&message).map_err(|_| diagnose(&message))?;
            let (head, data) = split(inner, &message)?;
            Ok(Parsed {
                text: message,
                head,
                data,
                attributes,
            })
        }
        (_, message) => {
            let (head, data) = split(Body { message, ..read }, &body)?;
            Ok(Parsed {
                text: body,
                head,
                data,
                attributes: Attributes::default(),
            })
        }
    }
}

/// The attributes, and where `data` is in the text.
fn split(read: Body<'_>, text: &str) -> Result<(Head, Range<usize>), ReceiveError> {
    if read.specversion.as_deref() != Some("1.0") {
        return Err(ReceiveError::NotACloudEvent);
    }
    let lacks = ReceiveError::Lacks;
    let head = Head {
        id: read.id.ok_or(lacks("id"))?,
        source: read.source.ok_or(lacks("source"))?,
        event_type: read.r#type.ok_or(lacks("type"))?,
        subject: read.subject.ok_or(lacks("subject"))?,
        sequence: read.sequence.ok_or(lacks("sequence"))?,
        dataschema: read.dataschema,
        partitionkey: read.partitionkey,
        time: read.time,
        recordedtime: read.recordedtime,
        correlationid: read.correlationid,
        causationid: read.causationid,
        traceparent: read.traceparent,
        initiator: read.initiator,
        initiatortype: read.initiatortype,
    };
    let data = read.data.map(RawValue::get).filter(|data| data.starts_with('{'));
    let data = data.ok_or(lacks("data"))?;
    // `data` is a slice of the text, so the difference of their addresses is its offset.
    let begin = (data.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    Ok((head, begin..begin + data.len()))
}

/// Finds out why a body is not an event. It is slow, but only invalid bodies need it.
fn diagnose(text: &str) -> ReceiveError {
    let Ok(Value::Object(envelope)) = serde_json::from_str(text) else {
        return ReceiveError::NotJson;
    };
    if envelope.get("specversion").and_then(Value::as_str) != Some("1.0") {
        return ReceiveError::NotACloudEvent;
    }
    let is_text = |name: &&str| envelope.get(*name).is_some_and(Value::is_string);
    let is_text_or_absent = |name: &&str| {
        envelope
            .get(*name)
            .is_none_or(|value| value.is_string() || value.is_null())
    };
    let required = REQUIRED.iter().find(|name| !is_text(name));
    let misfit = required.or_else(|| OPTIONAL.iter().find(|name| !is_text_or_absent(name)));
    misfit.map_or(ReceiveError::NotJson, |name| ReceiveError::Lacks(name))
}

/// The message attributes of a notification. Malformed ones are left out, because they must not fail an event.
fn notified(attributes: &RawValue) -> Attributes {
    #[derive(Deserialize)]
    struct Attribute {
        #[serde(rename = "Value")]
        value: String,
    }
    if let Ok(read) = serde_json::from_str::<BTreeMap<String, Attribute>>(attributes.get()) {
        return read
            .into_iter()
            .map(|(name, attribute)| (name, attribute.value))
            .collect();
    }
    let read: BTreeMap<String, Value> = serde_json::from_str(attributes.get()).unwrap_or_default();
    read.into_iter()
        .filter_map(|(name, value)| Some((name, Attribute::deserialize(value).ok()?.value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::received::ReceivedEvent;

    fn envelope() -> Value {
        json!({ "specversion": "1.0", "id": "1", "source": "/s", "type": "NewEventV1", "subject": "users/1",
            "sequence": "0.0000", "dataschema": "urn:user-events:schemas/account/NewEventV1.json",
            "data": { "unknown": 1, "contact": { "sealed": "a", "dataKey": "b", "keyArn": "c" } } })
    }

    fn refused(body: &Value) -> ReceiveError {
        ReceivedEvent::from_message_body(&body.to_string()).unwrap_err()
    }

    #[test]
    fn a_list_of_three_names_is_no_sealed_class() {
        let mut body = envelope();
        body["data"]["changedFields"] = json!(["addressType", "label", "line1"]);
        let event = ReceivedEvent::from_message_body(&body.to_string()).unwrap();
        let classes: Vec<_> = event.sealed().map(|(name, _)| name).collect();
        assert_eq!(classes, ["contact"]);
    }

    #[test]
    fn a_raw_body_and_a_wrapped_one_are_the_same_event() {
        let raw = envelope().to_string();
        let wrapped = json!({ "Type": "Notification", "Message": raw }).to_string();
        for body in [raw.clone(), wrapped] {
            let event = ReceivedEvent::from_message_body(&body).unwrap();
            assert_eq!(
                (event.id(), event.event_type(), event.subject()),
                ("1", "NewEventV1", "users/1")
            );
            assert_eq!((event.category(), event.text()), (Some("account"), raw.as_str()));
            assert_eq!(event.data()["unknown"], 1);
            assert_eq!(
                serde_json::from_str::<Value>(event.data_text()).unwrap(),
                event.envelope()["data"]
            );
            let classes: Vec<_> = event.sealed().map(|(class, _)| class.to_owned()).collect();
            assert_eq!(classes, ["contact"]);
        }
    }

    #[test]
    fn the_attributes_of_a_notification_are_the_events() {
        let wrapped = json!({ "Type": "Notification", "Message": envelope().to_string(), "MessageAttributes": {
            "eventType": { "Type": "String", "Value": "NewEventV1" },
            "dataClasses": { "Type": "String.Array", "Value": "[\"contact\"]" },
            "replay": { "Type": "String", "Value": "true" },
            "odd": 7,
        } });
        let event = ReceivedEvent::from_message_body(&wrapped.to_string()).unwrap();
        assert!(event.is_replay());
        assert_eq!(event.attributes().get("eventType"), Some("NewEventV1"));
        assert_eq!(event.attributes().data_classes(), ["contact"]);
        assert_eq!(event.attributes().get("odd"), None);
    }

    #[test]
    fn the_error_for_a_body_that_is_not_an_event_names_what_it_lacks() {
        let not_json = ReceivedEvent::from_message_body("hello").unwrap_err();
        assert_eq!(not_json, ReceiveError::NotJson);
        assert_eq!(refused(&json!([])), ReceiveError::NotJson);
        assert_eq!(refused(&json!({ "id": "1" })), ReceiveError::NotACloudEvent);
        let nothing = json!({ "Type": "Notification", "Message": "hello" });
        assert_eq!(refused(&nothing), ReceiveError::NotJson);
        for name in REQUIRED.into_iter().chain(["data"]) {
            let (mut without, mut other) = (envelope(), envelope());
            without.as_object_mut().unwrap().remove(name);
            other[name] = json!(7);
            assert_eq!(refused(&without), ReceiveError::Lacks(name));
            assert_eq!(refused(&other), ReceiveError::Lacks(name));
        }
        for name in OPTIONAL {
            let mut other = envelope();
            other[name] = json!(7);
            assert_eq!(refused(&other), ReceiveError::Lacks(name));
        }
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused() {
        let twice = envelope()
            .to_string()
            .replacen("\"id\":\"1\"", "\"id\":\"1\",\"id\":\"2\"", 1);
        assert_eq!(
            ReceivedEvent::from_message_body(&twice).unwrap_err(),
            ReceiveError::NotJson
        );
    }
}
