//! Builds the stream record of a sample, and the event that the publisher makes from it.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use serde_json::value::to_raw_value;
use user_events_catalog::{CATEGORIES, SNAPSHOTS, snapshot};
use user_events_core::description::{sample_events, sample_snapshot};
use user_events_core::{
    Attribute, Category, Publication, Registration, SealedEnvelope, Subject, sample_record, subject_key_name,
};

/// JSON pointers to the user ID in a record.
const KEYS: [&str; 3] = [
    "/dynamodb/Keys/pk/S",
    "/dynamodb/NewImage/pk/S",
    "/dynamodb/OldImage/pk/S",
];
const USER: &str = "USER#";

/// The stream record of the event's sample change, with another user ID. Its event ID differs too.
///
/// Fails when the event is not about a user.
pub(crate) fn for_user(registration: &Registration, user: &str) -> Result<Value> {
    let mut record = registration.sample_change().record();
    let mut found = registration.is_from_subject_keys();
    if found {
        let subject = Subject::User(user).to_string();
        let pk = subject_key_name(&Publication::default().source, &subject);
        record["dynamodb"]["Keys"]["pk"]["S"] = pk.clone().into();
        record["dynamodb"]["NewImage"]["pk"]["S"] = pk.into();
        record["dynamodb"]["NewImage"]["subject"]["S"] = subject.into();
    }
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
        bail!("{} is not about a user; omit --user", registration.event_type());
    }
    record["eventID"] = Value::from(format!("{:032x}", fingerprint(user)));
    Ok(record)
}

/// The event of this type that the publisher makes from the record, encrypted with the sample key.
///
/// Fails when the record does not cause that event, for instance because the user ID is not a valid identifier.
pub(crate) fn published(record: &Value, event_type: &str) -> Result<SealedEnvelope> {
    let json = to_raw_value(record)?;
    let events = sample_events(CATEGORIES, &sample_record(&json), &Publication::default())?;
    events
        .unwrap_or_default()
        .into_iter()
        .find(|event| event.attribute("eventType") == Some(event_type))
        .with_context(|| format!("the record does not cause {event_type}"))
}

/// The event of a snapshot that a backfill makes from the sample row, encrypted with the sample key; of another user, if one is
/// given.
///
/// Fails when a user is given and the event is not about a user, or the ID is not a valid identifier.
pub(crate) fn snapshot(registration: &Registration, user: Option<&str>, run: &str) -> Result<SealedEnvelope> {
    let event_type = registration.event_type();
    let change = registration.sample_change();
    let mut item = change
        .scanned(run)
        .with_context(|| format!("{event_type} has no row"))?;
    if let Some(user) = user {
        if !item.attributes.text("pk").is_some_and(|pk| pk.starts_with(USER)) {
            bail!("{event_type} is not about a user; omit --user");
        }
        item.attributes.set("pk", Attribute::S(format!("{USER}{user}")));
    }
    let categories: Vec<&Category> = SNAPSHOTS.iter().copied().chain([&snapshot::CATEGORY]).collect();
    let events = sample_snapshot(&categories, item, &Publication::default())?;
    events
        .into_iter()
        .find(|event| event.attribute("eventType") == Some(event_type.as_str()))
        .with_context(|| format!("the row is no {event_type}"))
}

/// A 128-bit hash of the text (FNV-1a), the same on every machine.
fn fingerprint(text: &str) -> u128 {
    const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    text.bytes()
        .fold(BASIS, |hash, byte| (hash ^ u128::from(byte)).wrapping_mul(PRIME))
}
