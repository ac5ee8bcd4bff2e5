//! Reads an event as a subscriber with all grants: with every class decrypted in its place.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use user_events_core::description::sample_data_key;
use user_events_core::{ContentKey, OpenError, SealedMember, Token, subject_key_name};

use super::seen_keys::{Keys, Seals};

/// The document with its classes opened, and how they were sealed. A person's key is any that was ever in the table.
///
/// Fails with the reason why it cannot be read.
pub(super) fn opened(body: &str, id: &str, keys: &Keys) -> Result<(Value, Seals), String> {
    let mut document: Value = serde_json::from_str(body).map_err(|error| format!("not JSON: {error}"))?;
    let text = |name: &str| document[name].as_str().unwrap_or_default();
    let row = subject_key_name(text("source"), text("subject"));
    let Some(data) = document.get_mut("data").and_then(Value::as_object_mut) else {
        return Err("no data".to_owned());
    };
    let mut seals = Seals::default();
    for (class, member) in data {
        let Some(sealed) = SealedMember::from_member(member) else {
            continue;
        };
        let (content, key_id) = open(class, &sealed, id, &row, keys).map_err(|error| error.to_string())?;
        seals.classes += 1;
        seals.key_ids.extend(key_id);
        *member = content;
    }
    Ok((document, seals))
}

/// The content of a class, and the name of the person's key that it needed.
fn open(
    class: &str,
    member: &SealedMember,
    id: &str,
    row: &str,
    keys: &Keys,
) -> Result<(Value, Option<String>), OpenError> {
    let token = Token::read(&member.sealed, id, class)?;
    let data_key = data_key(class, member)?;
    let key_id = token.key_id().map(str::to_owned);
    let key = match &key_id {
        None => ContentKey::from_data_key(&data_key)?,
        Some(key_id) => {
            let person = keys.ever.get(&(row.to_owned(), key_id.clone()));
            let person = person.ok_or(OpenError::DoesNotOpen)?;
            token.content_key(&data_key, person.secret.as_slice())?
        }
    };
    let content = token.open_with(&key)?;
    let content = serde_json::from_slice(&content).map_err(|_| OpenError::NotAnObject)?;
    Ok((content, key_id))
}

fn data_key(class: &str, member: &SealedMember) -> Result<Vec<u8>, OpenError> {
    let key = BASE64_STANDARD
        .decode(&member.data_key)
        .map_err(|_| OpenError::Malformed)?;
    // In the simulation, a wrapped key is the key itself. The stub on loopback has one fixed key instead.
    if key.len() == 32 {
        Ok(key)
    } else {
        Ok(sample_data_key(class).plaintext.to_vec())
    }
}
