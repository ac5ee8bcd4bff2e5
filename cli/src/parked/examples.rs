//! Test messages with a canary (a recognisable value) in every attribute.

use serde_json::{Value, json};
use user_events_catalog::account::AccountRow;
use user_events_core::{Time, attributes, stream_record};

use super::entry::Entry;

/// Two parked records, an S3 notification, an S3 test event and a foreign message, one minute apart.
pub(super) fn entries() -> Vec<Entry> {
    let at = |minute: u32| Time::parse(&format!("2026-03-01T12:0{minute}:00Z"));
    let entry = |id: &str, minute: u32, body: &str| Entry::new(id, at(minute), body);
    vec![
        entry("aaaa0001", 0, &record(0, "shop-accounts", "user-1", "ACCOUNT")),
        entry(
            "aaaa0002",
            1,
            &record(1, "shop-profiles", "user-2", "ADDRESS#address-1"),
        ),
        entry(
            "bbbb0003",
            2,
            r#"{"Records":[{"s3":{"bucket":{"name":"failures"},"object":{"key":"aws%2Flambda/a+b","size":1234}}}]}"#,
        ),
        entry("cccc0004", 3, r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#),
        entry("dddd0005", 4, "hello, canary"),
    ]
}

/// A parked insertion of an account with canaries, with these attributes set, or removed if they are `null`.
pub(super) fn account(changes: Value) -> String {
    let mut image = json!(attributes(&AccountRow::sample("42")));
    image["email"] = json!({ "S": "canary@example.com" });
    image["passwordHash"] = json!({ "S": "canary" });
    if let (Some(image), Value::Object(changes)) = (image.as_object_mut(), changes) {
        image.extend(changes);
        image.retain(|_, value| !value.is_null());
    }
    let record = stream_record("shop-accounts", None, Some(image));
    json!({
        "parkedAt": "2026-03-01T12:00:00Z",
        "reason": { "code": "row-does-not-fit", "message": "account row: required attribute `status` is missing" },
        "source": {
            "streamArn": record["eventSourceARN"], "eventID": record["eventID"],
            "sequenceNumber": record["dynamodb"]["SequenceNumber"],
        },
        "record": record,
    })
    .to_string()
}

/// A parked record with a canary in every attribute.
pub(super) fn record(minute: u32, table: &str, user: &str, sk: &str) -> String {
    let image = r#"{"pk":{"S":"USER#canary"},"email":{"S":"canary"},"age":{"N":"4711"},"ok":{"BOOL":true},
        "photo":{"B":"Y2FuYXJ5"},"names":{"SS":["canary","canary"]},"odd":{"X":"canary"},"none":{"NULL":true},
        "deep":{"M":{"list":{"L":[{"S":"canary"},{"N":"4711"}]}}}}"#;
    format!(
        r#"{{"parkedAt":"2026-03-01T12:0{minute}:00Z",
            "reason":{{"code":"row-does-not-fit","message":"account row: required attribute `status` is missing"}},
            "source":{{"streamArn":"arn:aws:dynamodb:eu-west-1:1:table/{table}/stream/s","eventID":"e-{minute}","sequenceNumber":"{minute}"}},
            "record":{{"eventID":"e-{minute}","eventName":"MODIFY","userIdentity":{{"principalId":"canary"}},"extra":"canary",
                "dynamodb":{{"Keys":{{"pk":{{"S":"USER#{user}"}},"sk":{{"S":"{sk}"}}}},"SequenceNumber":"{minute}",
                    "NewImage":{image},"OldImage":{image},"canary-less":["canary"]}}}}}}"#
    )
}
