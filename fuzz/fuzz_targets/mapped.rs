//! A mapping applied to a record: every pair becomes events, nothing or an error, without a panic, and the same each time.
//!
//! The input is a mapping file, a line `---` and a record.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use serde_json::value::RawValue;
use user_events_catalog::CATEGORIES;
use user_events_core::description::sample_key_ring;
use user_events_core::pipeline::{MAX_EVENTS, sealed_events};
use user_events_core::{
    Disposition, Error, KeyRing, Mapping, NONCE_BYTES, Publication, RawRecord, RowShape, SealedEnvelope,
    shapes,
};

fuzz_target!(|input: &[u8]| {
    let Some((mapping, record)) = std::str::from_utf8(input)
        .ok()
        .and_then(|text| text.split_once("\n---\n"))
    else {
        return;
    };
    let (Ok(mapping), Ok(record)) = (
        Mapping::read(mapping, &SHAPES),
        serde_json::from_str::<&RawValue>(record),
    ) else {
        return;
    };
    let first = events(&mapping, record);
    match &first {
        Ok(events) => events.iter().flatten().for_each(check),
        Err(error) => assert_eq!(error.disposition(), Disposition::Park),
    }
    let count = first.as_ref().ok().and_then(Option::as_ref).map_or(0, Vec::len);
    assert!(count <= MAX_EVENTS, "a record became too many events");
    let again = events(&mapping, record);
    assert_eq!(
        first.ok(),
        again.ok(),
        "the same record became other events at the second time"
    );
});

fn events(mapping: &Mapping, record: &RawValue) -> Result<Option<Vec<SealedEnvelope>>, Error> {
    let nonce = &mut || Ok([7; NONCE_BYTES]);
    sealed_events(
        CATEGORIES,
        Some(mapping),
        &RawRecord::read(record),
        &PUBLICATION,
        |_| KEYS.clone(),
        nonce,
    )
}

fn check(event: &SealedEnvelope) {
    assert!(
        (1..=128).contains(&event.partition_key.len()),
        "the message group ID does not have 1 to 128 characters"
    );
    assert!(
        serde_json::from_str::<Value>(&event.body).is_ok(),
        "the body is not JSON"
    );
}

static SHAPES: LazyLock<Vec<&RowShape>> = LazyLock::new(|| shapes(CATEGORIES));

static PUBLICATION: LazyLock<Publication> = LazyLock::new(Publication::default);

static KEYS: LazyLock<KeyRing> =
    LazyLock::new(|| sample_key_ring(&["contact", "identity", "address", "network"]));
