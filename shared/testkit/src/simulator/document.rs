//! Reads an event as a subscriber with all grants: with every class decrypted in its place.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use user_events_core::description::sample_data_key;
use user_events_core::{SealedMember, open_members};

/// The document with its classes opened.
///
/// Fails with the reason why it cannot be read.
pub(super) fn opened(body: &str, id: &str) -> Result<Value, String> {
    let mut document: Value = serde_json::from_str(body).map_err(|error| format!("not JSON: {error}"))?;
    let Some(data) = document.get_mut("data") else {
        return Err("no data".to_owned());
    };
    let members = open_members(data, id, data_key).map_err(|error| error.to_string())?;
    for (class, content) in members {
        if let Some(member) = data.get_mut(&class) {
            *member = content;
        }
    }
    Ok(document)
}

fn data_key(class: &str, member: &SealedMember) -> Option<Vec<u8>> {
    let key = BASE64_STANDARD.decode(&member.data_key).ok()?;
    // In the simulation, a wrapped key is the key itself. The stub on loopback has one fixed key instead.
    if key.len() == 32 {
        Some(key)
    } else {
        Some(sample_data_key(class).plaintext.to_vec())
    }
}
