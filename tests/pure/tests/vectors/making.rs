//! Makes vectors and their parts.

use anyhow::{Context, Result};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use user_events_core::description::sample_data_key;
use user_events_core::{DataKey, NONCE_BYTES};
use zeroize::Zeroizing;

pub(super) const CLASSES: [&str; 4] = ["contact", "identity", "address", "network"];

/// A vector that opens, and the parts of its token.
pub(super) struct Base {
    pub(super) vector: Value,
    pub(super) header: String,
    pub(super) nonce: String,
    pub(super) ciphertext: String,
    pub(super) tag: String,
}

impl Base {
    pub(super) fn new(vector: &Value) -> Result<Self> {
        let token = token_of(vector);
        let parts: Vec<_> = token.split('.').map(str::to_owned).collect();
        let [header, _, nonce, ciphertext, tag]: [String; 5] =
            parts.try_into().ok().context("a token has five parts")?;
        Ok(Self {
            vector: vector.clone(),
            header,
            nonce,
            ciphertext,
            tag,
        })
    }

    pub(super) fn id(&self) -> &str {
        self.vector["envelope"]["id"].as_str().unwrap_or_default()
    }

    /// The token without its header.
    pub(super) fn rest(&self) -> String {
        format!(".{}.{}.{}", self.nonce, self.ciphertext, self.tag)
    }

    /// A vector with another token.
    pub(super) fn token(&self, name: &str, refused: &str, token: &str) -> Value {
        named(name, refused, with_token(&self.vector, token))
    }

    /// A vector with another header, under which the same content is sealed.
    pub(super) fn header(&self, name: &str, refused: &str, header: &str) -> Result<Value> {
        let content = self.vector["opened"].to_string();
        let sealed = sealed_under(
            header,
            content.as_bytes(),
            &key_of(&self.vector),
            [255; NONCE_BYTES],
        )?;
        Ok(self.token(&format!("{name}, sealed under that header"), refused, &sealed))
    }

    /// A vector with other content under the right header.
    pub(super) fn content(&self, name: &str, refused: &str, content: &[u8]) -> Result<Value> {
        let header = BASE64_URL_SAFE_NO_PAD.decode(&self.header)?;
        let sealed = sealed_under(
            std::str::from_utf8(&header)?,
            content,
            &key_of(&self.vector),
            [254; NONCE_BYTES],
        )?;
        Ok(self.token(name, refused, &sealed))
    }

    /// A vector with a changed envelope.
    pub(super) fn envelope(&self, name: &str, refused: &str, change: impl FnOnce(&mut Value)) -> Value {
        let mut vector = self.vector.clone();
        change(&mut vector["envelope"]);
        named(name, refused, vector)
    }

    /// A vector with a body that is no JSON value.
    pub(super) fn body(&self, name: &str, refused: &str, body: String) -> Value {
        with_body(named(name, refused, self.vector.clone()), body)
    }

    /// A vector that still opens after a change of its envelope.
    pub(super) fn still_opens(&self, name: &str, change: impl FnOnce(&mut Value)) -> Value {
        let mut vector = self.vector.clone();
        change(&mut vector["envelope"]);
        vector["name"] = json!(name);
        vector
    }

    /// A vector that still opens from another text.
    pub(super) fn body_that_opens(&self, name: &str, body: String) -> Value {
        let mut vector = with_body(self.vector.clone(), body);
        vector["name"] = json!(name);
        vector
    }

    /// The body with one part replaced.
    pub(super) fn replaced(&self, from: &str, to: &str) -> String {
        let body = body_of(&self.vector);
        assert!(body.contains(from), "the body has no {from}");
        body.replacen(from, to, 1)
    }
}

/// The vector under another name, with a refusal instead of its answer.
pub(super) fn named(name: &str, refused: &str, mut vector: Value) -> Value {
    vector["name"] = json!(name);
    if let Some(members) = vector.as_object_mut() {
        members.shift_remove("opened");
    }
    vector["refused"] = json!(refused);
    vector
}

fn with_body(mut vector: Value, body: String) -> Value {
    if let Some(members) = vector.as_object_mut() {
        members.shift_remove("envelope");
        members.shift_insert(1, "body".to_owned(), json!(body));
    }
    vector
}

/// The body of the message: the text of the envelope, or the body itself.
pub(super) fn body_of(vector: &Value) -> String {
    match vector["body"].as_str() {
        Some(body) => body.to_owned(),
        None => vector["envelope"].to_string(),
    }
}

pub(super) fn token_of(vector: &Value) -> String {
    let class = vector["class"].as_str().unwrap_or_default();
    let token = vector["envelope"]["data"][class]["sealed"].as_str();
    token.unwrap_or_default().to_owned()
}

pub(super) fn key_of(vector: &Value) -> Vec<u8> {
    BASE64_STANDARD
        .decode(vector["key"].as_str().unwrap_or_default())
        .unwrap_or_default()
}

pub(super) fn with_token(vector: &Value, token: &str) -> Value {
    let mut vector = vector.clone();
    let class = vector["class"].as_str().unwrap_or_default().to_owned();
    vector["envelope"]["data"][class]["sealed"] = json!(token);
    vector
}

/// One key for each class, all different.
pub(super) fn data_key(class: &str) -> DataKey {
    let place = CLASSES
        .iter()
        .position(|known| *known == class)
        .unwrap_or_default();
    DataKey {
        plaintext: Zeroizing::new(std::array::from_fn(|byte| (byte + 64 * place) as u8)),
        ..sample_data_key(class)
    }
}

/// Seals a token under any header, also one that the core would not write.
pub(crate) fn sealed_under(
    header: &str,
    content: &[u8],
    key: &[u8],
    nonce: [u8; NONCE_BYTES],
) -> Result<String> {
    let header = BASE64_URL_SAFE_NO_PAD.encode(header);
    let cipher = UnboundKey::new(&AES_256_GCM, key).ok().context("no key")?;
    let mut ciphertext = content.to_vec();
    let tag = LessSafeKey::new(cipher)
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(header.as_bytes()),
            &mut ciphertext,
        )
        .ok()
        .context("it could not be sealed")?;
    let parts = [&nonce[..], &ciphertext, tag.as_ref()].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part));
    Ok(format!("{header}..{}", parts.join(".")))
}
