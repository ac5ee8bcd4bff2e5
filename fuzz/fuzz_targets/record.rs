//! The pipeline from the record decoder to the published message: every input becomes events, nothing or an error,
//! without a panic. A record of the table of persons' keys is never parked with its secret.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;
use user_events_catalog::CATEGORIES;
use user_events_core::description::sample_key_ring;
use user_events_core::pipeline::{Decoded, decode, envelopes};
use user_events_core::{
    Disposition, KeyRing, NONCE_BYTES, Place, Publication, RawRecord, SealedEnvelope, known,
};

fuzz_target!(|input: &[u8]| {
    let Ok(raw) = serde_json::from_slice::<&RawValue>(input) else {
        return;
    };
    let raw = RawRecord::read(raw);
    for raw in [raw, raw.of_subject_keys(true)] {
        match decode(None, &raw) {
            Ok(record) => {
                let Place::Stream { sequence_number, .. } = &record.origin().place else {
                    panic!("a record of a stream became a row of a snapshot");
                };
                assert_eq!(raw.coordinates().sequence_number.as_ref(), Some(sequence_number));
                publish(&record);
            }
            Err(error) => assert_eq!(error.disposition(), Disposition::Park),
        }
        keep(&raw);
    }
});

/// What is kept of a record is the same record and becomes the same events.
fn keep(raw: &RawRecord) {
    let Some(json) = known(CATEGORIES, None, raw, None) else {
        return;
    };
    let kept = raw.known(&json);
    let bodies = |raw| {
        let decoded = decode(None, raw).ok()?;
        let envelopes = envelopes(CATEGORIES, &decoded, &PUBLICATION).ok()??;
        let sealed = envelopes.map(|envelope| envelope?.seal(&KEYS, &mut || Ok([7; NONCE_BYTES])));
        sealed.collect::<Result<Vec<_>, _>>().ok()
    };
    assert_eq!(bodies(&kept), bodies(raw), "what is kept became other events");
    if raw.is_of_subject_keys() {
        assert!(!names_a_secret(&json), "a parked record has a secret");
    } else {
        assert_eq!(kept.identity(), raw.identity(), "what is kept is another record");
    }
}

/// Whether an image of the record has an attribute that is not on the list.
fn names_a_secret(json: &RawValue) -> bool {
    let Ok(record) = serde_json::from_str::<Value>(json.get()) else {
        return false;
    };
    let images = ["NewImage", "OldImage"].map(|image| record["dynamodb"][image].as_object().cloned());
    let mut names = images.into_iter().flatten().flatten().map(|(name, _)| name);
    names.any(|name| name != "erasedAt" && name != "subject")
}

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
