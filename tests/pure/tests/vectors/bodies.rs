//! Bodies and envelopes that are events, and others that must be refused.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::making::{Base, body_of};

const NOT_AN_EVENT: &str = "not-an-event";
/// The sequence of every event of a snapshot.
const BEFORE_ALL: &str = "0000000000000000000000000000000000000000.0000";
const UPPER_ID: &str = "3057899A-A0ED-5BA6-918D-2FA680F6DEF6";

/// The notification of SNS around a text.
fn wrapped(message: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
        "TopicArn": "arn:aws:sns:eu-west-1:123456789012:user-events-dev-account.fifo",
        "Message": message,
        "Timestamp": "2026-03-01T12:00:00.000Z",
        "MessageAttributes": { "category": { "Type": "String", "Value": "account" } },
    })
}

fn nested(depth: usize) -> String {
    format!("{}{}", "[".repeat(depth), "]".repeat(depth))
}

pub(super) fn that_open(base: &Base) -> Result<Vec<Value>> {
    let body = body_of(&base.vector);
    let long_key = "k".repeat(128);
    let pretty = serde_json::to_string_pretty(&base.vector["envelope"])?;
    let mut vectors = vec![
        base.body_that_opens("wrapped by SNS", wrapped(&body).to_string()),
        base.body_that_opens(
            "with white space between its tokens",
            format!("\n{pretty}\r\n\t "),
        ),
        base.body_that_opens(
            "with escapes in a name and in a value",
            base.replaced(r#""id":"3"#, r#""\u0069d":"\u0033"#),
        ),
        base.body_that_opens(
            "nested 32 deep",
            base.replaced(r#""data":{"#, &format!(r#""deep":{},"data":{{"#, nested(31))),
        ),
        base.body_that_opens(
            "with an integer of 23 digits",
            base.replaced(r#""data":{"#, r#""data":{"count":12345678901234567890123,"#),
        ),
        base.still_opens("with an unknown attribute", |event| {
            event["newattribute"] = json!({ "a": [1, 2] })
        }),
        base.still_opens("with an unknown field", |event| {
            event["data"]["shoeSize"] = json!(42)
        }),
        base.still_opens("with an unknown member in its class", |event| {
            event["data"]["contact"]["version"] = json!(2);
        }),
        base.still_opens("of an unknown type", |event| {
            event["type"] = json!("SomethingNewEventV7")
        }),
        base.still_opens("with optional attributes that are null", |event| {
            event["correlationid"] = Value::Null;
            event["time"] = Value::Null;
        }),
        base.still_opens("without its optional attributes", |event| {
            for name in ["time", "dataschema", "partitionkey", "recordedtime"] {
                event.as_object_mut().and_then(|event| event.shift_remove(name));
            }
        }),
        base.still_opens("with a partition key of 128 characters", |event| {
            event["partitionkey"] = json!(long_key)
        }),
        base.still_opens("with members of JavaScript's objects", |event| {
            event["data"]["constructor"] = json!({ "prototype": 1 });
            event["data"]["__proto__"] = json!({ "userId": "user-2" });
        }),
        base.still_opens("with Type, which is not that of a notification", |event| {
            event["Type"] = json!("Other")
        }),
        base.still_opens("of a snapshot", |event| {
            event["snapshotrun"] = json!("0b7f2a4e-6f0d-4a53-9c1b-2f1f7a1f2d10");
            event["sequence"] = json!(BEFORE_ALL);
        }),
        base.still_opens("of a snapshot with a run of 64 characters", |event| {
            event["snapshotrun"] = json!(format!("a{}", "-".repeat(63)));
            event["sequence"] = json!(BEFORE_ALL);
        }),
        base.still_opens("with a snapshot that is null", |event| {
            event["snapshotrun"] = Value::Null;
        }),
        base.still_opens("of no snapshot, before every other event of its lane", |event| {
            event["sequence"] = json!(BEFORE_ALL);
        }),
        base.still_opens("with a subject that is no user's", |event| {
            event["subject"] = json!("roles/role-1");
            event["data"]["userId"] = json!("user-2");
        }),
        base.still_opens("with a user name that needs a partition key", |event| {
            event["subject"] = json!("users/Zoë Ünal");
            event["data"]["userId"] = json!("Zoë Ünal");
        }),
    ];
    let mut absent = base.still_opens("without the class", |event| {
        event["data"]
            .as_object_mut()
            .and_then(|data| data.shift_remove("contact"));
    });
    let mut null = base.still_opens("with a class that is null", |event| {
        event["data"]["contact"] = Value::Null
    });
    for vector in [&mut absent, &mut null] {
        let members = vector.as_object_mut().context("a vector is an object")?;
        members.shift_remove("opened");
        members.insert("absent".to_owned(), json!(true));
    }
    vectors.extend([absent, null]);
    Ok(vectors)
}

pub(super) fn refused(base: &Base) -> Result<Vec<Value>> {
    let mut vectors = texts(base)?;
    vectors.extend(twice(base));
    vectors.extend(notifications(base));
    vectors.extend(attributes(base));
    vectors.extend(snapshots(base));
    Ok(vectors)
}

/// Texts that are not one strict JSON object.
fn texts(base: &Base) -> Result<Vec<Value>> {
    let body = body_of(&base.vector);
    let field = |value: &str| base.replaced(r#""data":{"#, &format!(r#""data":{{"more":{value},"#));
    Ok([
        ("a body that is empty", String::new()),
        ("a body that is a text", "hello".to_owned()),
        ("a body that is a list", format!("[{body}]")),
        ("a body that is null", "null".to_owned()),
        ("a body with a byte order mark", format!("\u{feff}{body}")),
        ("a body that is cut off", body[..body.len() - 1].to_owned()),
        ("two events in a body", format!("{body}{body}")),
        (
            "a comma before the end",
            format!("{},}}", &body[..body.len() - 1]),
        ),
        ("a comment", format!("/* */{body}")),
        (
            "nested 33 deep",
            base.replaced(r#""data":{"#, &format!(r#""deep":{},"data":{{"#, nested(32))),
        ),
        ("data nested 33 deep", field(&nested(31))),
        ("nested 10,000 deep", field(&nested(10_000))),
        ("a number beyond a float", field("1e400")),
        ("an integer beyond a float", field(&"9".repeat(400))),
        ("NaN", field("NaN")),
        ("Infinity", field("-Infinity")),
        ("a number with a leading zero", field("007")),
        ("an unpaired high surrogate", field(r#""\ud800""#)),
        ("an unpaired low surrogate", field(r#""\udc00\ud800""#)),
        (
            "an unpaired surrogate in a name",
            base.replaced(r#""data":{"#, r#""data":{"\udfff":1,"#),
        ),
        ("a raw control character", field("\"\u{1}\"")),
        ("single quotes", field("'a'")),
    ]
    .map(|(name, body)| base.body(name, NOT_AN_EVENT, body))
    .into())
}

/// Objects with a member that is there twice.
fn twice(base: &Base) -> Vec<Value> {
    let id = base.id();
    [
        (
            "id twice",
            base.replaced(r#""id":"#, &format!(r#""id":"{id}","id":"#)),
        ),
        (
            "id twice, once with an escape",
            base.replaced(r#""id":"#, &format!(r#""i\u0064":"{id}","id":"#)),
        ),
        (
            "an unknown attribute twice",
            base.replaced(r#""id":"#, r#""x":1,"x":1,"id":"#),
        ),
        ("data twice", base.replaced(r#""data":"#, r#""data":{},"data":"#)),
        (
            "the user twice",
            base.replaced(r#""userId":"#, r#""userId":"user-1","userId":"#),
        ),
        (
            "the class twice",
            base.replaced(r#""contact":"#, r#""contact":{},"contact":"#),
        ),
        (
            "an unknown field twice",
            base.replaced(r#""data":{"#, r#""data":{"x":1,"x":2,"#),
        ),
        (
            "the token twice",
            base.replaced(r#""sealed":"#, r#""sealed":"","sealed":"#),
        ),
        (
            "the wrapped key twice",
            base.replaced(r#""dataKey":"#, r#""dataKey":"AAAA","dataKey":"#),
        ),
        (
            "a member twice, deep inside",
            base.replaced(r#""data":{"#, r#""data":{"x":[{"y":{"z":1,"z":1}}],"#),
        ),
    ]
    .map(|(name, body)| base.body(&format!("{name}, in a raw body"), NOT_AN_EVENT, body))
    .into()
}

fn notifications(base: &Base) -> Vec<Value> {
    let body = body_of(&base.vector);
    let good = wrapped(&body);
    let with = |name: &str, value: Value| {
        let mut notification = good.clone();
        notification[name] = value;
        notification.to_string()
    };
    let without_message = good.to_string().replacen("\"Message\":", "\"Massage\":", 1);
    let mut both: Value = base.vector["envelope"].clone();
    both["Type"] = json!("Notification");
    [
        ("a notification without a message", without_message),
        ("a notification of a number", with("Message", json!(7))),
        (
            "a notification of an object",
            with("Message", base.vector["envelope"].clone()),
        ),
        ("a notification of nothing", with("Message", json!(""))),
        ("a notification of another text", with("Message", json!("hello"))),
        (
            "a notification in a notification",
            wrapped(&good.to_string()).to_string(),
        ),
        ("an event with the type of a notification", both.to_string()),
        (
            "a notification of another type",
            with("Type", json!("SubscriptionConfirmation")),
        ),
        (
            "a notification with two messages",
            good.to_string()
                .replacen("\"Message\":", "\"Message\":\"\",\"Message\":", 1),
        ),
        (
            "a notification of an event with a member twice",
            with(
                "Message",
                json!(base.replaced(r#""id":"#, r#""x":1,"x":1,"id":"#)),
            ),
        ),
        (
            "a notification with an attribute twice",
            good.to_string()
                .replacen("{\"category\":", "{\"category\":{},\"category\":", 1),
        ),
    ]
    .map(|(name, body)| base.body(name, NOT_AN_EVENT, body))
    .into()
}

/// Attributes that are missing or not in their form.
fn attributes(base: &Base) -> Vec<Value> {
    let mut vectors = Vec::new();
    for name in [
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "sequence",
        "data",
    ] {
        vectors.push(base.envelope(&format!("no {name}"), NOT_AN_EVENT, |event| {
            event.as_object_mut().and_then(|event| event.shift_remove(name));
        }));
        vectors.push(base.envelope(&format!("{name} is null"), NOT_AN_EVENT, |event| {
            event[name] = Value::Null
        }));
        vectors.push(
            base.envelope(&format!("{name} is a number"), NOT_AN_EVENT, |event| {
                event[name] = json!(7)
            }),
        );
    }
    for name in [
        "partitionkey",
        "dataschema",
        "time",
        "correlationid",
        "initiatortype",
    ] {
        vectors.push(
            base.envelope(&format!("{name} is a list"), NOT_AN_EVENT, |event| {
                event[name] = json!([])
            }),
        );
    }
    let nines = format!("{}.0000", "9".repeat(41));
    for (what, name, value) in [
        ("version 0.3 of CloudEvents", "specversion", "0.3"),
        ("an id that is no UUID", "id", "event-1"),
        ("an id in upper case", "id", UPPER_ID),
        ("an id in braces", "id", "{3057899a-a0ed-5ba6-918d-2fa680f6def6}"),
        (
            "an id and a line feed",
            "id",
            "3057899a-a0ed-5ba6-918d-2fa680f6def6\n",
        ),
        ("an empty id", "id", ""),
        ("an empty source", "source", ""),
        ("a source with a blank", "source", "/user service"),
        ("a source with a line feed", "source", "/user-service\n"),
        ("a source of 257 characters", "source", &"s".repeat(257)),
        ("an empty type", "type", ""),
        (
            "a type that turns the direction of text",
            "type",
            "User\u{202e}EventV1",
        ),
        ("a type with a hyphen", "type", "User-EventV1"),
        ("a type of 129 characters", "type", &"T".repeat(129)),
        ("an empty subject", "subject", ""),
        ("a subject of 4,097 bytes", "subject", &"s".repeat(4_097)),
        ("a subject of another user", "subject", "users/user-2"),
        ("a subject of a user in upper case", "subject", "users/USER-1"),
        ("an empty user", "subject", "users/"),
        ("a sequence of 41 digits", "sequence", &nines),
        (
            "a sequence of 39 digits",
            "sequence",
            "000000000000442158450000000001745043909.0000",
        ),
        (
            "a sequence without its place",
            "sequence",
            "0000000000004421584500000000017450439091",
        ),
        (
            "a sequence with a letter",
            "sequence",
            "000000000000442158450000000001745043909a.0000",
        ),
        (
            "a sequence in other digits",
            "sequence",
            "٠٠٠٠٠٠٠٠٠٠٠٠٤٤٢١٥٨٤٥٠٠٠٠٠٠٠٠٠١٧٤٥٠٤٣٩٠٩١.٠٠٠٠",
        ),
        (
            "a sequence and a line feed",
            "sequence",
            "0000000000004421584500000000017450439091.0000\n",
        ),
        ("an empty partition key", "partitionkey", ""),
        (
            "a partition key of 129 characters",
            "partitionkey",
            &"k".repeat(129),
        ),
        ("a partition key with a blank", "partitionkey", "users/user 1"),
        ("a partition key in another alphabet", "partitionkey", "users/é"),
    ] {
        vectors.push(base.envelope(what, NOT_AN_EVENT, |event| event[name] = json!(value)));
    }
    vectors.push(base.envelope("no user in data", NOT_AN_EVENT, |event| {
        event["data"]
            .as_object_mut()
            .and_then(|data| data.shift_remove("userId"));
    }));
    vectors.push(base.envelope("a user that is a number", NOT_AN_EVENT, |event| {
        event["data"]["userId"] = json!(7)
    }));
    vectors.push(base.envelope("a user that is null", NOT_AN_EVENT, |event| {
        event["data"]["userId"] = Value::Null
    }));
    vectors.push(base.envelope("another user in data", NOT_AN_EVENT, |event| {
        event["data"]["userId"] = json!("user-2");
    }));
    vectors.push(base.envelope(
        "no partition key, and a subject that is none",
        NOT_AN_EVENT,
        |event| {
            event["subject"] = json!("users/é");
            event["data"]["userId"] = json!("é");
            event
                .as_object_mut()
                .and_then(|event| event.shift_remove("partitionkey"));
        },
    ));
    vectors.push(base.envelope("data that is a list", NOT_AN_EVENT, |event| {
        event["data"] = json!([])
    }));
    vectors
}

/// Events of a snapshot that are not in their form.
fn snapshots(base: &Base) -> Vec<Value> {
    let mut vectors: Vec<_> = [
        ("an empty run of a snapshot", json!("")),
        ("a run of a snapshot of 65 characters", json!("r".repeat(65))),
        ("a run of a snapshot in upper case", json!("Run-1")),
        ("a run of a snapshot that begins with a hyphen", json!("-run")),
        ("a run of a snapshot with a sharp", json!("run#1")),
        ("a run of a snapshot with an underscore", json!("run_1")),
        ("a run of a snapshot and a line feed", json!("run-1\n")),
        ("a run of a snapshot in other digits", json!("run-١")),
        ("a run of a snapshot that is a number", json!(7)),
        ("a run of a snapshot that is a list", json!(["run-1"])),
    ]
    .map(|(name, run)| {
        base.envelope(name, NOT_AN_EVENT, |event| {
            event["snapshotrun"] = run;
            event["sequence"] = json!(BEFORE_ALL);
        })
    })
    .into();
    vectors.push(base.envelope(
        "a snapshot with the sequence of a change",
        NOT_AN_EVENT,
        |event| event["snapshotrun"] = json!("run-1"),
    ));
    vectors.push(
        base.envelope("a snapshot with a place after the first", NOT_AN_EVENT, |event| {
            event["snapshotrun"] = json!("run-1");
            event["sequence"] = json!(BEFORE_ALL.replace(".0000", ".0001"));
        }),
    );
    vectors
}
