//! A whole consumer with rows in memory, no keys, and a log that the tests read.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::*;
use crate::failure::Disposition;
use crate::inbox::{Effect, InboxSettings, MemoryStore};
use crate::metric::Metric;
use crate::opener::{Cause, KeyLimits, Unwrapped, WrappedKey};
use crate::received::event_of_type;

const SEAL_KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000";

/// Denies every class.
struct NoGrants;

impl UnwrapKey for NoGrants {
    async fn unwrap_key(&self, _: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        Ok(Unwrapped::NotGranted)
    }
}

type Lines = Arc<Mutex<Vec<Value>>>;

fn consumer() -> (Consumer<MemoryStore, NoGrants>, Lines) {
    let inbox = Inbox::new(MemoryStore::default(), InboxSettings::new("welcome")).unwrap();
    let lines = Lines::default();
    let sink = Arc::clone(&lines);
    let write = move |line: &str| sink.lock().unwrap().push(serde_json::from_str(line).unwrap());
    let opener = Opener::from_source(NoGrants, [SEAL_KEY], KeyLimits::default());
    (Consumer::new(opener, inbox).log_to(write), lines)
}

fn event() -> ReceivedEvent {
    event_of_type("UserRegisteredEventV1", r#"{"userId":"user-1"}"#)
}

async fn no_effects(_: &Incoming<'_, NoGrants>) -> Result<Vec<Effect>, Failure> {
    Ok(Vec::new())
}

/// The counted metrics in these lines.
fn metrics(lines: &Lines) -> Vec<String> {
    let lines = lines.lock().unwrap();
    let names = lines
        .iter()
        .filter_map(|line| line["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Name"].as_str());
    names.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_handled_event_is_a_line_and_a_stale_one_is_also_a_count() {
    let (consumer, lines) = consumer();
    consumer.handle(event(), &no_effects).await.unwrap();
    let line = |outcome| {
        json!({ "event": event().id(), "type": "UserRegisteredEventV1", "outcome": outcome,
            "opened": [], "denied": [], "erased": [] })
    };
    assert_eq!(*lines.lock().unwrap(), [line("done")]);
    consumer.handle(event(), &no_effects).await.unwrap();
    assert_eq!(lines.lock().unwrap()[1], line("duplicate"));

    // The row of the event is gone, and its lane is further on.
    let mut lane = consumer.inbox.advance_write(&event());
    lane.rule = crate::inbox::Rule::Advance {
        sequence: "9".repeat(40) + ".0000",
    };
    crate::inbox::Store::write(consumer.inbox.store(), &lane)
        .await
        .unwrap();
    consumer
        .inbox
        .store()
        .remove(&consumer.inbox.record(&event()).key);
    consumer.handle(event(), &no_effects).await.unwrap();
    assert_eq!(lines.lock().unwrap()[2], line("stale"));
    assert_eq!(metrics(&lines), ["Stale"]);
    let count = lines.lock().unwrap()[3].clone();
    assert_eq!(
        (&count["Consumer"], &count["Stale"]),
        (&json!("welcome"), &json!(1))
    );
    let directive = &count["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Namespace"], "UserEvents/Consumer");
    assert_eq!(directive["Dimensions"], json!([["Consumer"]]));
    assert!(count["_aws"]["Timestamp"].is_u64());

    // It is recorded, so it is stale only once.
    consumer.handle(event(), &no_effects).await.unwrap();
    assert_eq!(lines.lock().unwrap()[4], line("duplicate"));
}

#[tokio::test]
async fn an_event_that_is_marked_as_a_test_is_refused_unless_tests_are_accepted() {
    let (consumer, lines) = consumer();
    let test = || event().with_attributes([("test", "true")]);
    let failure = consumer.handle(test(), &no_effects).await.unwrap_err();
    assert_eq!(
        (failure.disposition(), failure.reason()),
        (Disposition::SetAside, "test-event")
    );
    assert!(
        lines.lock().unwrap().is_empty(),
        "the failure is logged at its end"
    );
    consumer.accept_tests().handle(test(), &no_effects).await.unwrap();
    assert_eq!(lines.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_class_that_is_denied_is_a_value_unless_it_is_required() {
    let id = event().id().to_owned();
    let sealed = sealed_data(&id);
    let event = || event_of_type("UserRegisteredEventV1", &sealed);
    let opens = async |incoming: &Incoming<'_, NoGrants>| {
        incoming.open_as::<Value>("contact").await?;
        Ok(Vec::new())
    };
    let (consumer, lines) = consumer();
    consumer.handle(event(), &opens).await.unwrap();
    assert_eq!(lines.lock().unwrap()[0]["denied"], json!(["contact"]));

    let (consumer, _) = self::consumer();
    let failure = consumer
        .require(["contact"])
        .handle(event(), &opens)
        .await
        .unwrap_err();
    assert_eq!(failure.disposition(), Disposition::Retry { until: None });
    assert_eq!(
        (failure.reason(), failure.metric()),
        ("denied", Some(Metric::Denied))
    );
    #[cfg(any(feature = "lambda", feature = "worker"))]
    assert_eq!(failure.classes().denied, ["contact"]);
}

/// Data with a token of this event that has the right form.
fn sealed_data(event_id: &str) -> String {
    use base64::Engine;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    let header = format!(r#"{{"alg":"dir","enc":"A256GCM","kid":"{event_id}/contact"}}"#);
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let token = format!(
        "{}..{}.{}.{}",
        encode(header.as_bytes()),
        encode(&[1; 12]),
        encode(b"ciphertext"),
        encode(&[2; 16])
    );
    json!({ "userId": "user-1", "contact": { "sealed": token, "dataKey": "d3JhcHBlZA==",
        "keyArn": SEAL_KEY } })
    .to_string()
}
