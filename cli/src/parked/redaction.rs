//! Redacts a parked message: keeps the names and types of attributes, removes their values.
//!
//! Only parts on a list are kept, so a message of an unexpected shape shows no value.

use serde_json::{Map, Value, json};
use user_events_core::{Parked, subject_from_keys};

use super::record::row_kind;

/// The metadata of a stream record (AWS Lambda Developer Guide, *Using AWS Lambda with Amazon DynamoDB*), including that in
/// its member `dynamodb`.
const METADATA: [&str; 10] = [
    "eventID",
    "eventName",
    "eventVersion",
    "eventSource",
    "eventSourceARN",
    "awsRegion",
    "ApproximateCreationDateTime",
    "SequenceNumber",
    "SizeBytes",
    "StreamViewType",
];
/// The longest metadata that is shown.
const LONGEST_METADATA: usize = 256;

/// The body of a message, with every value of its record redacted. A message that is not a parked record is redacted
/// completely; its description says what it is.
pub(super) fn redacted(body: &str) -> Value {
    let message = match Parked::read(body) {
        Ok(Parked::Record(_)) => serde_json::from_str(body).unwrap_or(Value::Null),
        _ => Value::Null,
    };
    let Value::Object(message) = message else {
        return Value::String(placeholder(body));
    };
    // The keys of a mapped table can hold secrets and addresses.
    let mapped = message
        .get("source")
        .is_some_and(|source| source["mapped"] == true);
    let part = |(name, value): (String, Value)| {
        let value = match name.as_str() {
            "parkedAt" | "firstParkedAt" | "reason" | "source" | "kept" => value,
            "record" if mapped => members(value, &record_of_mapped_table),
            "record" => members(value, &record_member),
            _ => blind(value),
        };
        (name, value)
    };
    Value::Object(message.into_iter().map(part).collect())
}

/// The body of a message, unchanged: as JSON if it is JSON, otherwise as a string.
pub(super) fn revealed(body: &str) -> Value {
    serde_json::from_str(body).unwrap_or_else(|_| Value::String(body.to_owned()))
}

fn record_member(name: &str, value: Value) -> Value {
    match name {
        "dynamodb" => members(value, &stream_member),
        _ => metadata(name, value),
    }
}

fn record_of_mapped_table(name: &str, value: Value) -> Value {
    match name {
        "dynamodb" => members(value, &metadata),
        _ => metadata(name, value),
    }
}

fn stream_member(name: &str, value: Value) -> Value {
    match name {
        "Keys" => keys(value),
        _ => metadata(name, value),
    }
}

/// Shows the partition key of a user or a role, because every event has their identifiers, and of a sort key only the kind of
/// the row: the rest can be a session token.
fn keys(value: Value) -> Value {
    let shown = |name: &str, attribute: Value| {
        let text = match &attribute {
            Value::Object(types) if types.len() == 1 => attribute["S"].as_str(),
            _ => None,
        };
        match (name, text) {
            ("pk", Some(pk)) if subject_from_keys(pk, None).is_some() => attribute,
            ("sk", Some(sk)) => match row_kind(sk) {
                Some(kind) if kind == sk => attribute,
                Some(kind) => json!({ "S": format!("{kind}{}", placeholder(&sk[kind.len()..])) }),
                None => blind(attribute),
            },
            _ => blind(attribute),
        }
    };
    members(value, &shown)
}

fn metadata(name: &str, value: Value) -> Value {
    let plain = match &value {
        Value::String(text) => {
            text.len() <= LONGEST_METADATA && text.chars().all(|letter| letter.is_ascii_graphic())
        }
        Value::Number(_) => true,
        _ => false,
    };
    if METADATA.contains(&name) && plain {
        value
    } else {
        blind(value)
    }
}

fn members(value: Value, shown: &dyn Fn(&str, Value) -> Value) -> Value {
    let Value::Object(members) = value else {
        return blind(value);
    };
    let member = |(name, value): (String, Value)| {
        let value = shown(&name, value);
        (name, value)
    };
    Value::Object(members.into_iter().map(member).collect::<Map<_, _>>())
}

/// Keeps structure and names, and redacts every value.
fn blind(value: Value) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Bool(_) => "[redacted, a boolean]".into(),
        Value::Number(_) => "[redacted, a number]".into(),
        Value::String(text) => placeholder(&text).into(),
        Value::Array(items) => items.into_iter().map(blind).collect(),
        Value::Object(_) => members(value, &|_, value| blind(value)),
    }
}

fn placeholder(text: &str) -> String {
    match text.chars().count() {
        1 => "[redacted, 1 character]".to_owned(),
        count => format!("[redacted, {count} characters]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parked::examples;

    #[test]
    fn no_value_of_any_attribute_is_shown_and_every_name_and_type_is() {
        let shown = redacted(&examples::record(0, "accounts", "user-1", "ACCOUNT"));
        let text = shown.to_string();
        for value in ["\"canary\"", "USER#canary", "4711", "Y2FuYXJ5"] {
            assert!(!text.contains(value), "{value} in {text}");
        }
        let image = &shown["record"]["dynamodb"]["NewImage"];
        assert_eq!(image["email"]["S"], "[redacted, 6 characters]");
        assert_eq!(image["age"]["N"], "[redacted, 4 characters]");
        assert_eq!(image["ok"]["BOOL"], "[redacted, a boolean]");
        assert_eq!(image["names"]["SS"].as_array().unwrap().len(), 2);
        assert_eq!(
            image["deep"]["M"]["list"]["L"][0]["S"],
            "[redacted, 6 characters]"
        );
        assert_eq!(image["odd"]["X"], "[redacted, 6 characters]");
    }

    #[test]
    fn the_reason_the_metadata_and_known_keys_are_shown() {
        let shown = redacted(&examples::record(7, "accounts", "user-1", "ACCOUNT"));
        assert_eq!(shown["reason"]["code"], "row-does-not-fit");
        assert_eq!(shown["record"]["eventName"], "MODIFY");
        assert_eq!(shown["record"]["dynamodb"]["SequenceNumber"], "7");
        assert_eq!(shown["record"]["dynamodb"]["Keys"]["pk"]["S"], "USER#user-1");
        assert_eq!(shown["record"]["dynamodb"]["Keys"]["sk"]["S"], "ACCOUNT");
        let again = r#"{"firstParkedAt":"2026-02-28T12:00:00Z","parkedAt""#;
        let again = examples::record(7, "accounts", "user-1", "ACCOUNT").replacen(r#"{"parkedAt""#, again, 1);
        assert_eq!(redacted(&again)["firstParkedAt"], "2026-02-28T12:00:00Z");
    }

    #[test]
    fn a_sort_key_shows_the_kind_of_the_row_and_never_an_identifier() {
        for (pk, sk, shown_pk, shown_sk) in [
            (
                "USER#u",
                "SESSION#canary",
                "USER#u",
                "SESSION#[redacted, 6 characters]",
            ),
            (
                "USER#u",
                "SESSION#s#REFRESH#canary",
                "USER#u",
                "SESSION#[redacted, 16 characters]",
            ),
            (
                "USER#u",
                "ADDRESS#canary",
                "USER#u",
                "ADDRESS#[redacted, 6 characters]",
            ),
            ("USER#u", "ROLE#canary", "USER#u", "ROLE#[redacted, 6 characters]"),
            ("ROLE#r", "ROLE", "ROLE#r", "ROLE"),
            (
                "UNKNOWN#canary@example.com",
                "ATTEMPT#a",
                "[redacted, 26 characters]",
                "ATTEMPT#[redacted, 1 character]",
            ),
        ] {
            let shown = keys(json!({ "pk": { "S": pk }, "sk": { "S": sk } }));
            assert_eq!(shown["pk"]["S"], shown_pk);
            assert_eq!(shown["sk"]["S"], shown_sk);
        }
    }

    #[test]
    fn keys_of_an_unknown_kind_or_form_are_not_shown() {
        for keys in [
            r#"{"pk":{"S":"EMAIL#canary"},"sk":{"S":"canary"}}"#,
            r#"{"pk":{"S":"USER#1","X":"canary"},"sk":{"S":"ACCOUNT","X":"canary"}}"#,
            r#"{"pk":"canary","sk":["canary"],"gsi":{"S":"canary"}}"#,
            r#""canary""#,
        ] {
            let body = examples::record(0, "accounts", "user-1", "ACCOUNT")
                .replace(r#"{"pk":{"S":"USER#user-1"},"sk":{"S":"ACCOUNT"}}"#, keys);
            let shown = redacted(&body)["record"]["dynamodb"]["Keys"].to_string();
            assert!(shown.contains("redacted") && !shown.contains("canary"), "{shown}");
        }
    }

    #[test]
    fn no_key_of_a_mapped_table_is_shown_even_if_it_looks_known() {
        let body = examples::record(0, "accounts", "user-1", "SESSION#canary");
        let native = redacted(&body)["record"]["dynamodb"]["Keys"]["sk"]["S"].clone();
        assert_eq!(native, "SESSION#[redacted, 6 characters]");
        let mapped = body.replace(r#""source":{"#, r#""source":{"mapped":true,"#);
        let shown = redacted(&mapped);
        let keys = &shown["record"]["dynamodb"]["Keys"];
        assert_eq!(keys["sk"]["S"], "[redacted, 14 characters]");
        assert_eq!(keys["pk"]["S"], "[redacted, 11 characters]");
        assert_eq!(shown["record"]["dynamodb"]["SequenceNumber"], "0");
    }

    #[test]
    fn a_record_of_any_other_shape_shows_nothing() {
        for record in [
            "\"canary\"",
            "[\"canary\"]",
            "{\"dynamodb\":\"canary\",\"eventName\":[\"canary\"]}",
            "{\"eventName\":\"canary with blanks\"}",
        ] {
            let body = format!(
                r#"{{"parkedAt":"2026-03-01T12:00:00Z","reason":{{"code":"c","message":"m"}},"source":{{}},"record":{record},"more":"canary"}}"#
            );
            let shown = redacted(&body).to_string();
            assert!(shown.contains("redacted") && !shown.contains("canary"), "{shown}");
        }
    }

    #[test]
    fn a_message_that_is_not_a_parked_record_is_redacted_completely() {
        for body in [
            "canary",
            "{\"canary\":1}",
            "{\"Event\":\"s3:TestEvent\",\"more\":\"canary\"}",
        ] {
            let shown = redacted(body).to_string();
            assert!(
                shown.starts_with("\"[redacted, ") && !shown.contains("canary"),
                "{shown}"
            );
        }
        assert_eq!(revealed("canary"), "canary");
        assert_eq!(revealed("{\"a\":1}")["a"], 1);
    }
}
