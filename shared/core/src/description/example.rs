//! Examples of events as they are published: from a sample change, sealed with the public sample key.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::description::sample_key::{open_sample_members, sample_key_ring, sample_nonce};
use crate::envelope::envelope::Envelope;
use crate::envelope::message::SealedEnvelope;
use crate::envelope::publication::Publication;
use crate::error::Error;
use crate::event::registry::{Category, Registration};
use crate::pipeline::{Envelopes, decode_scanned, envelopes, sealed_events};
use crate::sealing::seal::KeyRing;
use crate::stream::raw::RawRecord;
use crate::stream::scan::ScannedItem;

/// An event as it is published.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The stream record that causes it, as Lambda delivers it.
    pub record: Value,
    /// The event as it leaves, with its message attributes.
    pub event: SealedEnvelope,
    /// The body of the event, parsed.
    pub document: Value,
    /// The content of its sealed members, by class.
    pub opened: BTreeMap<String, Value>,
}

/// The event of the sample change, as a deployment with this publication publishes it.
pub fn published_example(
    registration: &Registration,
    category: &'static str,
    publication: &Publication,
) -> Example {
    match published(registration, category, publication) {
        Some(example) => example,
        None => unreachable!(
            "a test checks that every sample change is its event: {}",
            registration.event_type()
        ),
    }
}

/// The events of a record, sealed with the sample key. `None` when no event of the categories reads rows of this kind.
///
/// Fails as [`sealed_events`] does.
pub fn sample_events(
    categories: &[&'static Category],
    record: &RawRecord,
    publication: &Publication,
) -> Result<Option<Vec<SealedEnvelope>>, Error> {
    sealed_events(
        categories,
        None,
        record,
        publication,
        sample_keys,
        &mut sample_nonce,
    )
}

/// The snapshot events of an item that a backfill read, sealed with the sample key.
///
/// Fails when the item does not fit its kind, or an event cannot be sealed.
pub fn sample_snapshot(
    categories: &[&'static Category],
    item: ScannedItem,
    publication: &Publication,
) -> Result<Vec<SealedEnvelope>, Error> {
    let decoded = decode_scanned(None, item)?;
    let Some(envelopes) = envelopes(categories, &decoded, publication)? else {
        return Ok(Vec::new());
    };
    let sealed = envelopes.map(|envelope| {
        let envelope = envelope?;
        let keys = sample_keys(&envelope);
        envelope.seal(&keys, &mut sample_nonce)
    });
    sealed.collect()
}

fn sample_keys(envelope: &Envelope) -> KeyRing {
    sample_key_ring(envelope.classes())
}

fn published(
    registration: &Registration,
    category: &'static str,
    publication: &Publication,
) -> Option<Example> {
    let change = registration.sample_change();
    let decoded = change.decoded()?;
    let events = registration.example(category).into();
    let envelope = Envelopes::new(events, std::slice::from_ref(&decoded), publication)
        .next()?
        .ok()?;
    let keys = sample_keys(&envelope);
    let event = envelope.seal(&keys, &mut sample_nonce).ok()?;
    let document: Value = serde_json::from_str(&event.body).ok()?;
    let opened = open_sample_members(document.get("data")?, &event.id).ok()?;
    Some(Example {
        record: change.record(),
        event,
        document,
        opened,
    })
}
