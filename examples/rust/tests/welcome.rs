//! The vectors that every reader must pass, and the effects of an event. The inbox has its tests in the library. The
//! tests on the local engine cover the whole way.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "only tests; the allowance of clippy.toml does not reach their helper functions"
)]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use user_events_consumer::{
    Cause, KeyLimits, OpenError, Opened, Opener, ReceivedEvent, UnwrapKey, Unwrapped, WrappedKey,
};
use welcome_mail::{Failure, effects};

/// Unwraps every key to the vector's key and counts the calls. Denies every class if `granted` is false.
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

/// The test vectors: the copy next to these tests in a scaffolded project, otherwise the repository's shared ones.
fn vectors() -> Vec<Value> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = here.join("tests/vectors/opening.json");
    let shared = here.join("../../tests/vectors/opening.json");
    let file = if beside.is_file() { beside } else { shared };
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn keys(vector: &Value, granted: bool) -> Keys {
    Keys {
        key: BASE64_STANDARD.decode(vector["key"].as_str().unwrap()).unwrap(),
        granted,
        calls: Arc::default(),
    }
}

fn event(envelope: &Value) -> ReceivedEvent {
    ReceivedEvent::from_message_body(&envelope.to_string()).unwrap()
}

fn opener(keys: Keys) -> Opener<Keys> {
    Opener::from_source(keys, KeyLimits::default())
}

async fn open(vector: &Value, keys: Keys) -> Result<Value, &'static str> {
    let class = vector["class"].as_str().unwrap();
    let opened = opener(keys)
        .open_as::<Value>(&event(&vector["envelope"]), class)
        .await;
    match opened.map_err(|failure| failure.cause) {
        Ok(Some(Opened::Clear(content))) => Ok(content),
        Ok(_) => Err("not there"),
        Err(Cause::Refused(OpenError::Malformed)) => Err("malformed"),
        Err(Cause::Refused(OpenError::RefusedAlgorithm)) => Err("algorithm"),
        Err(Cause::Refused(OpenError::OtherEventOrClass)) => Err("moved"),
        Err(Cause::Refused(OpenError::DoesNotOpen)) => Err("does-not-open"),
        Err(_) => Err("another failure"),
    }
}

#[tokio::test]
async fn every_vector_gives_its_answer() {
    for vector in vectors() {
        let keys = keys(&vector, true);
        let answer = open(&vector, keys.clone()).await;
        let expected = match vector.get("opened") {
            Some(opened) => Ok(opened.clone()),
            None => Err(vector["refused"].as_str().unwrap()),
        };
        assert_eq!(answer, expected, "{}", vector["name"]);
        let asked = keys.calls.load(Ordering::Relaxed);
        let may_ask = matches!(expected, Ok(_) | Err("does-not-open"));
        assert_eq!(asked, usize::from(may_ask), "{}", vector["name"]);
    }
}

#[tokio::test]
async fn no_vector_opens_after_one_bit_of_any_byte_of_its_token_has_changed() {
    for vector in vectors().iter().filter(|vector| vector.get("opened").is_some()) {
        let class = vector["class"].as_str().unwrap();
        let token = vector["envelope"]["data"][class]["sealed"].as_str().unwrap();
        for place in 0..token.len() {
            let mut changed = token.as_bytes().to_vec();
            changed[place] ^= 1;
            let mut vector = vector.clone();
            vector["envelope"]["data"][class]["sealed"] = json!(String::from_utf8(changed).unwrap());
            assert!(open(&vector, keys(&vector, true)).await.is_err(), "{place}");
        }
    }
}

#[tokio::test]
async fn a_registration_becomes_a_row_of_the_outbox() {
    let vector = &vectors()[0];
    let registered = event(&vector["envelope"]);
    let effects = effects(&registered, &opener(keys(vector, true)), "inbox")
        .await
        .unwrap();
    assert_eq!((effects.opened, effects.denied), (Some("contact"), None));
    let [write] = effects.writes.as_slice() else {
        panic!("{} writes", effects.writes.len())
    };
    let put = write.put().unwrap();
    assert_eq!(put.table_name(), "inbox");
    let text = |value: &Value| AttributeValue::S(value.as_str().unwrap().to_owned());
    assert_eq!(put.item()["email"], text(&vector["opened"]["email"]));
    assert_eq!(put.item()["userId"], text(&vector["envelope"]["data"]["userId"]));
    assert_eq!(
        put.item()["sk"],
        AttributeValue::S(format!("WELCOME#{}", registered.id()))
    );
}

#[tokio::test]
async fn a_class_that_is_not_granted_is_not_a_failure_and_writes_nothing() {
    let vector = &vectors()[0];
    let opener = opener(keys(vector, false));
    let effects = effects(&event(&vector["envelope"]), &opener, "inbox")
        .await
        .unwrap();
    assert_eq!((effects.opened, effects.denied), (None, Some("contact")));
    assert!(effects.writes.is_empty());
}

#[tokio::test]
async fn other_and_unknown_events_write_nothing_and_ask_for_no_key() {
    let vector = &vectors()[0];
    for event_type in [
        "UserEmailChangedEventV1",
        "SomethingNewEventV1",
        "UserRegisteredEventV7",
    ] {
        let mut envelope = vector["envelope"].clone();
        envelope["type"] = json!(event_type);
        let keys = keys(vector, true);
        let effects = effects(&event(&envelope), &opener(keys.clone()), "inbox")
            .await
            .unwrap();
        assert!(effects.writes.is_empty(), "{event_type}");
        assert_eq!(keys.calls.load(Ordering::Relaxed), 0, "{event_type}");
    }
}

#[tokio::test]
async fn a_token_that_was_moved_is_a_failure_that_quotes_no_value() {
    let vector = &vectors()[0];
    let mut envelope = vector["envelope"].clone();
    envelope["id"] = json!("another");
    let failure = effects(&event(&envelope), &opener(keys(vector, true)), "inbox")
        .await
        .unwrap_err();
    assert!(matches!(failure, Failure::Open(_)));
    assert!(!failure.to_string().contains("example.com"), "{failure}");
}
