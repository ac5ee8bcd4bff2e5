//! The catalogue's examples as they are published, with a key that is no secret.

use std::sync::Arc;

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use user_events_catalog::CATEGORIES;
use user_events_core::{
    Change, DataKey, Envelope, Image, KeyRing, Keys, NONCE_BYTES, Origin, Publication, Registration,
    SealedEnvelope, StreamRecord, Time,
};

/// Every event type with the name of its category, in the order of the documentation.
pub fn registrations() -> impl Iterator<Item = (&'static str, &'static Registration)> {
    let of = |category: &&'static user_events_core::Category| {
        let name = category.name;
        category
            .events
            .iter()
            .map(move |registration| (name, registration))
    };
    CATEGORIES.iter().flat_map(of)
}

/// The message that an event type's example is published as, sealed with [`data_key`]; `replay` makes it one of a
/// redriven record.
///
/// Fails only when the example cannot be written.
pub fn published(
    category: &'static str,
    registration: &Registration,
    replay: bool,
) -> Result<SealedEnvelope> {
    let publication = Publication {
        source: "/user-service".to_owned(),
        schema_base_uri: crate::schemas::ID_BASE.to_owned(),
        replay,
    };
    let envelope = Envelope::new(registration.example(category), 0, &record(), &publication);
    Ok(envelope.seal(&key_ring(), &mut || Ok(NONCE))?)
}

/// The nonce of the examples; nothing else may ever use one twice.
const NONCE: [u8; NONCE_BYTES] = [7; NONCE_BYTES];

/// The data key of the examples: its bytes count from 0 to 31. It is wrapped by nothing, so no KMS opens it.
pub fn data_key(class: &str) -> DataKey {
    DataKey {
        plaintext: zeroize::Zeroizing::new(std::array::from_fn(|place| place as u8)),
        wrapped: BASE64_STANDARD.encode(format!("wrapped data key of {class}")),
        key_arn: "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000".to_owned(),
    }
}

fn key_ring() -> KeyRing {
    registrations()
        .flat_map(|(_, registration)| registration.classes())
        .map(|class| (class, Arc::new(data_key(class))))
        .collect()
}

fn record() -> StreamRecord {
    StreamRecord {
        origin: Origin {
            table: "accounts".to_owned(),
            region: "eu-west-1".to_owned(),
            event_id: "0a1b2c3d4e5f60718293a4b5c6d7e8f9".to_owned(),
            sequence_number: "4421584500000000017450439091".to_owned(),
            recorded: Time::UNIX_EPOCH,
        },
        keys: Keys {
            pk: String::new(),
            sk: String::new(),
        },
        change: Change::Inserted {
            new: Image::default(),
        },
        last_change: None,
        last_change_malformed: false,
    }
}
