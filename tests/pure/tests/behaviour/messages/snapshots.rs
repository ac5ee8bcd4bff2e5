//! Snapshot events and the markers of their runs.

use anyhow::Result;
use serde_json::{Map, Value, json};

use super::{message, sealed_contact};

const READ: &str = "2026-03-01T12:00:00.000Z";
/// The run with an event in every partition.
const SIXTEEN: &str = "run-16";

/// An event that says what a row of this user is like.
fn snapshot(run: &str, user: &str, id: &str) -> Result<Value> {
    let subject = format!("users/{user}");
    let contact = sealed_contact(id, None, &format!("{user}@example.com"), 50)?;
    Ok(json!({
        "specversion": "1.0",
        "id": id,
        "source": "/user-service",
        "type": "UserAccountSnapshotEventV1",
        "subject": subject,
        "time": READ,
        "datacontenttype": "application/json",
        "dataschema": "urn:user-events:schemas/account/UserAccountSnapshotEventV1.json",
        "partitionkey": subject,
        "sequence": zeros(),
        "recordedtime": READ,
        "snapshotrun": run,
        "data": { "userId": user, "status": "ACTIVE", "contact": contact },
    }))
}

/// The marker of a run that sent so many events.
fn marker(run: &str, events: &Value) -> Value {
    let number: u8 = run.bytes().fold(0, u8::wrapping_add);
    let subject = format!("snapshots/{run}");
    json!({
        "specversion": "1.0",
        "id": format!("3a{number:02x}0000-0000-5000-8000-000000000000"),
        "source": "/user-service",
        "type": "SnapshotCompletedEventV1",
        "subject": subject,
        "time": READ,
        "datacontenttype": "application/json",
        "dataschema": "urn:user-events:schemas/snapshot/SnapshotCompletedEventV1.json",
        "partitionkey": subject,
        "sequence": zeros(),
        "recordedtime": READ,
        "snapshotrun": run,
        "data": {
            "run": run,
            "startedAt": READ,
            "completedAt": READ,
            "events": events,
            "categories": ["account"],
        },
    })
}

fn zeros() -> String {
    format!("{}.0000", "0".repeat(40))
}

fn id(prefix: &str) -> String {
    format!("{prefix:0<8}-0000-5000-8000-000000000000")
}

/// Adds the messages by name.
pub(super) fn add(messages: &mut Map<String, Value>) -> Result<()> {
    let mut add = |name: &str, body: &str| messages.insert(name.to_owned(), message(body));
    let first = snapshot("run-1", "a", &id("a5"))?;
    add("a-snapshot", &first.to_string());
    add("b-snapshot", &snapshot("run-1", "b", &id("b5"))?.to_string());
    add(
        "a-snapshot-of-run-2",
        &snapshot("run-2", "a", &id("a6"))?.to_string(),
    );
    for digit in "0123456789abcdef".chars() {
        let event = snapshot(SIXTEEN, "s", &id(&format!("{digit}7")))?;
        add(&format!("s{digit}"), &event.to_string());
    }
    add("s0-other", &snapshot(SIXTEEN, "s", &id("08"))?.to_string());

    let changed = |event: &Value, change: &dyn Fn(&mut Value)| {
        let mut event = event.clone();
        change(&mut event);
        event.to_string()
    };
    add(
        "a-snapshot-other-content",
        &changed(&first, &|event| event["data"]["status"] = json!("LOCKED")),
    );
    add(
        "a-snapshot-of-no-run",
        &changed(&first, &|event| event["snapshotrun"] = json!("Run-1")),
    );
    add(
        "a-snapshot-with-a-place",
        &changed(&first, &|event| {
            event["sequence"] = json!(format!("{:040}.0000", 9_000))
        }),
    );

    let last = marker("run-1", &json!(2));
    add("m-of-run-1", &last.to_string());
    add("m-of-run-2", &marker("run-2", &json!(1)).to_string());
    add("m-of-run-16", &marker(SIXTEEN, &json!(17)).to_string());
    add("m-of-no-event", &marker("run-0", &json!(0)).to_string());
    let as_float = last.to_string().replacen(r#""events":2,"#, r#""events":2.0,"#, 1);
    add("m-as-a-float", &as_float);
    add(
        "m-without-a-run",
        &changed(&last, &|event| event["snapshotrun"] = Value::Null),
    );
    add(
        "m-of-another-run",
        &changed(&last, &|event| event["data"]["run"] = json!("run-2")),
    );
    for (name, events) in [
        ("m-of-a-text", json!("2")),
        ("m-of-a-boolean", json!(true)),
        ("m-of-nothing", Value::Null),
        ("m-of-a-fraction", json!(1.5)),
        ("m-below-zero", json!(-1)),
        ("m-beyond-a-float", json!(9_007_199_254_740_992_u64)),
    ] {
        add(name, &marker("run-1", &events).to_string());
    }
    messages.insert(
        "m-test".to_owned(),
        json!({ "body": last.to_string(), "attributes": { "test": "true" } }),
    );
    Ok(())
}
