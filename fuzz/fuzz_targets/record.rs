//! The pipeline from the record decoder to the published message: every input becomes events, nothing or an error,
//! without a panic.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;
use user_events_catalog::CATEGORIES;
use user_events_core::description::sample_key_ring;
use user_events_core::pipeline::{Decoded, decode, envelopes};
use user_events_core::{Disposition, KeyRing, NONCE_BYTES, Publication, RawRecord, SealedEnvelope};

fuzz_target!(|input: &[u8]| {
    let Ok(raw) = serde_json::from_slice::<&RawValue>(input) else {
        return;
    };
    let raw = RawRecord::read(raw);
    match decode(None, &raw) {
        Ok(record) => {
            let number = Some(record.origin().sequence_number.as_str());
            assert_eq!(raw.coordinates().sequence_number.as_deref(), number);
            publish(&record);
        }
        Err(error) => assert_eq!(error.disposition(), Disposition::Park),
    }
});

fn publish(record: &Decoded) {
    match envelopes(CATEGORIES, record, &PUBLICATION) {
        Ok(envelopes) => {
            for envelope in envelopes.into_iter().flatten() {
                let sealed = envelope.and_then(|envelope| envelope.seal(&KEYS, &mut || Ok([7; NONCE_BYTES])));
                sealed.map_or_else(|error| panic!("a derived event was not sealed: {error}"), check);
            }
        }
        Err(error) => assert_eq!(error.disposition(), Disposition::Park),
    }
}

fn check(event: SealedEnvelope) {
    assert!(
        (1..=128).contains(&event.partition_key.len()),
        "the message group ID does not have 1 to 128 characters"
    );
    assert!(
        !event.body.contains(['\u{FFFE}', '\u{FFFF}']),
        "the body has a character that SQS refuses"
    );
    match serde_json::from_str::<Value>(&event.body) {
        Ok(document) => assert!(!has_null(&document), "an absent value is null"),
        Err(_) => panic!("the body is not JSON"),
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

static PUBLICATION: LazyLock<Publication> = LazyLock::new(Publication::default);

static KEYS: LazyLock<KeyRing> =
    LazyLock::new(|| sample_key_ring(&["contact", "identity", "address", "network"]));
