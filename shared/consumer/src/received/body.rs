//! Parses the body of a message, by the rules of `docs/reading.md`.

use std::borrow::Cow;

use super::attributes::Attributes;
use super::classes::Classes;
use super::document::Document;
use super::error::ReceiveError;
use super::form::Head;
use super::member::Member;

/// An event's text and what was read from it.
pub(super) struct Parsed {
    pub(super) text: String,
    pub(super) head: Head,
    pub(super) classes: Classes,
    pub(super) attributes: Attributes,
}

/// Reads an event, or the notification of one.
///
/// Fails when the body is neither.
pub(super) fn parse(body: Cow<'_, str>) -> Result<Parsed, ReceiveError> {
    let mut document = Document::read(&body)?;
    if !matches!(&document.notification, Member::Text(kind) if kind == "Notification") {
        let (head, classes) = document.take_event(&body)?;
        return Ok(Parsed {
            text: body.into_owned(),
            head,
            classes,
            attributes: Attributes::default(),
        });
    }
    let Member::Text(message) = document.message else {
        return Err(ReceiveError::EmptyNotification);
    };
    let attributes = document.message_attributes.into_iter().collect();
    let text = message.into_owned();
    let (head, classes) = Document::read(&text)?.take_event(&text)?;
    Ok(Parsed {
        text,
        head,
        classes,
        attributes,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::document::{NAMES, place};
    use super::*;
    use crate::received::ReceivedEvent;
    use crate::received::error::MAX_BYTES;

    const ID: &str = "11111111-1111-5111-8111-111111111111";
    /// How many of the names are required.
    const REQUIRED: usize = 6;

    fn envelope() -> Value {
        json!({ "specversion": "1.0", "id": ID, "source": "/s", "type": "NewEventV1",
            "subject": "roles/1", "sequence": format!("{}.0000", "0".repeat(40)), "dataschema": "urn:user-events:schemas/account/NewEventV1.json",
            "data": { "unknown": 1, "contact": { "sealed": "a", "dataKey": "b", "keyArn": "c" } } })
    }

    fn refused(body: &Value) -> ReceiveError {
        ReceivedEvent::from_message_body(&body.to_string()).unwrap_err()
    }

    #[test]
    fn every_name_is_found_at_its_place() {
        let places: Vec<_> = NAMES.into_iter().map(place).collect();
        let expected: Vec<_> = (0..NAMES.len()).map(Some).collect();
        assert_eq!(places, expected);
        assert_eq!(place("data"), None);
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
                (ID, "NewEventV1", "roles/1")
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
        let empty = json!({ "Type": "Notification" });
        assert_eq!(refused(&empty), ReceiveError::EmptyNotification);
        let (required, optional) = NAMES.split_at(REQUIRED);
        for name in required.iter().skip(1).copied().chain(["data"]) {
            let (mut without, mut other) = (envelope(), envelope());
            without.as_object_mut().unwrap().remove(name);
            other[name] = json!(7);
            assert_eq!(refused(&without), ReceiveError::Lacks(name));
            assert_eq!(refused(&other), ReceiveError::Lacks(name));
        }
        for name in optional {
            let mut other = envelope();
            other[*name] = json!(7);
            assert_eq!(refused(&other), ReceiveError::Lacks(name));
        }
    }

    #[test]
    fn a_body_is_taken_up_to_one_mebibyte_and_not_beyond() {
        let body = envelope().to_string();
        let of_bytes = |bytes: usize| format!("{body}{}", " ".repeat(bytes - body.len()));
        assert!(ReceivedEvent::from_message_body(&of_bytes(MAX_BYTES)).is_ok());
        let larger = ReceivedEvent::from_message_body(&of_bytes(MAX_BYTES + 1));
        assert_eq!(larger.unwrap_err(), ReceiveError::TooLarge);
    }

    #[test]
    fn the_user_of_the_data_must_be_the_subject() {
        let user = |subject: &str, data: Value| {
            let mut body = envelope();
            body["subject"] = json!(subject);
            body["data"] = data;
            ReceivedEvent::from_message_body(&body.to_string()).map(|_| ())
        };
        assert_eq!(user("users/u", json!({ "userId": "u" })), Ok(()));
        assert_eq!(user("attempts/a", json!({ "userId": "u" })), Ok(()));
        for data in [json!({}), json!({ "userId": "v" }), json!({ "userId": null })] {
            assert_eq!(user("users/u", data), Err(ReceiveError::OtherUser));
        }
    }

    #[test]
    fn the_text_of_data_is_found_wherever_it_is() {
        let data = r#"{ "a" : {"b":"}{"} , "c": [ {} ] }"#;
        let head = format!(
            r#""specversion":"1.0","id":"{ID}","source":"/s","type":"NewEventV1","subject":"roles/1","sequence":"{}.0000""#,
            "0".repeat(40)
        );
        for body in [
            format!(r#"{{{head},"data" : {data} }} "#),
            format!(r#"{{"data":{data},{head}}}"#),
            format!(r#"{{"data":{data} , "\u0078":"}}",{head}}}"#),
            format!(r#"{{"d\u0061ta":{data},{head}}}"#),
            format!(r#"{{"x":"data","data":{data},"y":{{}},{head}}}"#),
        ] {
            let event = ReceivedEvent::from_message_body(&body).unwrap();
            assert_eq!(event.data_text(), data, "{body}");
        }
    }

    #[test]
    fn a_category_that_is_none_is_not_used() {
        let category = |schema: &str| {
            let mut body = envelope();
            body["dataschema"] = json!(schema);
            let event = ReceivedEvent::from_message_body(&body.to_string()).unwrap();
            event.category().map(str::to_owned)
        };
        assert_eq!(
            category("urn:s:profile/NewEventV1.json").as_deref(),
            Some("profile")
        );
        assert_eq!(
            category("https://example.com/s/account/x.json").as_deref(),
            Some("account")
        );
        for schema in [
            "",
            "account",
            "/x.json",
            "urn:s/Account/x.json",
            "urn:s/a b/x.json",
        ] {
            assert_eq!(category(schema), None, "{schema}");
        }
    }
}
