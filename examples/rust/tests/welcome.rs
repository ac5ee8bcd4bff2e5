//! The effects of an event. The library has tests of its own, and the tests on the local engine cover the whole way.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only tests; the allowance of clippy.toml does not reach their helper functions"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use serde_json::{Value, json};
use user_events_catalog::registrations;
use user_events_consumer::{
    Cause, Disposition, Failure, Incoming, KeyLimits, Opener, ReceivedEvent, UnwrapKey, Unwrapped, WrappedKey,
};
use user_events_core::Publication;
use user_events_core::description::{published_example, sample_data_key};
use welcome_mail::effects;

/// Unwraps every key to the key of the examples and counts the calls. Denies every class if `granted` is false.
#[derive(Clone)]
struct Keys {
    key: Vec<u8>,
    granted: bool,
    calls: Arc<AtomicUsize>,
}

impl UnwrapKey for Keys {
    async fn unwrap_key(&self, _: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(if self.granted {
            Unwrapped::Key(self.key.clone().into())
        } else {
            Unwrapped::NotGranted
        })
    }
}

/// The example of `UserRegisteredEventV1` in the catalogue, really sealed, with the content of its class.
fn example() -> (Value, Value) {
    let (document, contact) = example_of("UserRegisteredEventV1");
    (document, contact.unwrap())
}

/// The example of an event type in the catalogue, with the content of its class `contact`.
fn example_of(event_type: &str) -> (Value, Option<Value>) {
    let (category, registration) = registrations()
        .find(|(_, registration)| registration.event_type().as_str() == event_type)
        .unwrap();
    let published = published_example(registration, category, &Publication::default());
    (published.document, published.opened.get("contact").cloned())
}

fn keys(granted: bool) -> Keys {
    Keys {
        key: sample_data_key("contact").plaintext.to_vec(),
        granted,
        calls: Arc::default(),
    }
}

fn event(envelope: &Value) -> ReceivedEvent {
    ReceivedEvent::from_message_body(&envelope.to_string()).unwrap()
}

async fn effects_of(envelope: &Value, keys: Keys) -> Result<Vec<TransactWriteItem>, Failure> {
    let opener = Opener::from_source(keys, [sample_data_key("contact").key_arn], KeyLimits::default());
    effects(&Incoming::new(event(envelope), &opener), "inbox").await
}

#[tokio::test]
async fn a_registration_becomes_a_row_of_the_outbox() {
    let (envelope, contact) = example();
    let writes = effects_of(&envelope, keys(true)).await.unwrap();
    let [write] = writes.as_slice() else {
        panic!("{} writes", writes.len())
    };
    let put = write.put().unwrap();
    assert_eq!(put.table_name(), "inbox");
    let text = |value: &Value| AttributeValue::S(value.as_str().unwrap().to_owned());
    assert_eq!(put.item()["email"], text(&contact["email"]));
    assert_eq!(put.item()["userId"], text(&envelope["data"]["userId"]));
    let user = envelope["data"]["userId"].as_str().unwrap();
    assert_eq!(put.item()["sk"], AttributeValue::S(format!("WELCOME#{user}")));
    assert_eq!(
        put.condition_expression(),
        Some("attribute_not_exists(erasedAt)"),
        "a late registration does not bring back what was erased"
    );
}

#[tokio::test]
async fn an_erasure_puts_a_marker_in_the_place_of_the_row_and_asks_for_no_key() {
    let (registered, _) = example();
    let registered = effects_of(&registered, keys(true)).await.unwrap();
    let (envelope, _) = example_of("UserErasedEventV1");
    let keys = keys(true);
    let writes = effects_of(&envelope, keys.clone()).await.unwrap();
    let [write] = writes.as_slice() else {
        panic!("{} writes", writes.len())
    };
    let put = write.put().unwrap();
    assert_eq!((put.table_name(), put.condition_expression()), ("inbox", None));
    let row = registered[0].put().unwrap().item();
    assert_eq!(
        (&put.item()["pk"], &put.item()["sk"]),
        (&row["pk"], &row["sk"]),
        "the same row"
    );
    let mut names: Vec<_> = put.item().keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["erasedAt", "pk", "sk"], "nothing of the copy is left");
    assert_eq!(keys.calls.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_class_that_is_not_granted_is_not_a_failure_and_writes_nothing() {
    let (envelope, _) = example();
    let writes = effects_of(&envelope, keys(false)).await.unwrap();
    assert!(writes.is_empty());
}

#[tokio::test]
async fn other_and_unknown_events_write_nothing_and_ask_for_no_key() {
    let (envelope, _) = example();
    for event_type in [
        "UserAccountSnapshotEventV1",
        "UserEmailChangedEventV1",
        "SomethingNewEventV1",
        "UserRegisteredEventV7",
    ] {
        let mut envelope = envelope.clone();
        envelope["type"] = json!(event_type);
        let keys = keys(true);
        let writes = effects_of(&envelope, keys.clone()).await.unwrap();
        assert!(writes.is_empty(), "{event_type}");
        assert_eq!(keys.calls.load(Ordering::Relaxed), 0, "{event_type}");
    }
}

#[tokio::test]
async fn a_token_that_was_moved_is_set_aside_and_the_failure_quotes_no_value() {
    let (envelope, _) = example();
    let mut envelope = envelope;
    envelope["id"] = json!("00000000-0000-4000-8000-000000000000");
    let failure = effects_of(&envelope, keys(true)).await.unwrap_err();
    assert_eq!(
        (failure.disposition(), failure.reason()),
        (Disposition::SetAside, "moved")
    );
    assert!(!failure.to_string().contains("example.com"), "{failure}");
}
