//! The stream record of a sample, and the event that it becomes.

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;
use serde_json::value::to_raw_value;
use user_events_catalog::CATEGORIES;
use user_events_core::{
    Derivation, Envelope, Publication, Registration, SealedEnvelope, decode, derive, sample_data_key,
    sample_nonce,
};

/// The places of the user ID in a record.
const KEYS: [&str; 3] = [
    "/dynamodb/Keys/pk/S",
    "/dynamodb/NewImage/pk/S",
    "/dynamodb/OldImage/pk/S",
];
const USER: &str = "USER#";

/// The record of the event's sample change, with another user in it. It is another change: it has another event id.
///
/// Fails when the event is about no user.
pub(super) fn for_user(registration: &Registration, user: &str) -> Result<Value> {
    let mut record = registration.sample_change().record();
    let mut found = false;
    for pointer in KEYS {
        let key = record
            .pointer_mut(pointer)
            .filter(|key| key.as_str().is_some_and(|key| key.starts_with(USER)));
        if let Some(key) = key {
            *key = Value::from(format!("{USER}{user}"));
            found = true;
        }
    }
    if !found {
        bail!(
            "{} is about no user; leave --user away",
            registration.event_type()
        );
    }
    record["eventID"] = Value::from(format!("{:032x}", fingerprint(user)));
    Ok(record)
}

/// The event of that type that the record becomes, derived and placed as the publisher does it, and sealed with the
/// example key.
///
/// Fails when the record is not that event: an identifier in it is none.
pub(super) fn published(record: &Value, event_type: &str) -> Result<SealedEnvelope> {
    let decoded = decode(&to_raw_value(record)?)?;
    let Derivation::Events(facts) = derive(CATEGORIES, &decoded)? else {
        bail!("the record is no event");
    };
    let mut placed = facts.into_iter().enumerate();
    let (position, fact) = placed
        .find(|(_, fact)| fact.event_type().as_str() == event_type)
        .with_context(|| format!("the record is not {event_type}"))?;
    let envelope = Envelope::new(fact, position, &decoded, &Publication::default());
    let keys = envelope
        .classes()
        .iter()
        .map(|class| (*class, sample_data_key(class).into()));
    let keys = keys.collect();
    envelope
        .seal(&keys, &mut sample_nonce)
        .map_err(|error| anyhow!(error))
}

/// A number that is another one for another text (FNV-1a, 128 bits): the same everywhere and at any time.
fn fingerprint(text: &str) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.bytes()
        .fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}
