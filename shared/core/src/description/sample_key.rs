//! The data key and the nonce of the examples. Both are public, so they protect nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::sealing::content_key::NONCE_BYTES;
use crate::sealing::open::open_members;
use crate::sealing::refusal::OpenError;
use crate::sealing::seal::{DataKey, KeyRing};

/// The data key that seals examples only: its bytes are 0 to 31. KMS does not know it.
pub fn sample_data_key(class: &str) -> DataKey {
    DataKey {
        plaintext: Zeroizing::new(std::array::from_fn(|place| place as u8)),
        wrapped: BASE64_STANDARD.encode(format!("wrapped data key of {class}")),
        key_arn: "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000".to_owned(),
    }
}

/// The sample keys of some classes.
pub fn sample_key_ring(classes: &[&'static str]) -> KeyRing {
    let classes = classes.iter();
    classes
        .map(|class| (*class, Arc::new(sample_data_key(class))))
        .collect()
}

/// The nonce that seals examples. Never seal real data with it: a nonce must not be used twice.
///
/// It never fails; it has the signature of [`crate::random_nonce`].
pub fn sample_nonce() -> Result<[u8; NONCE_BYTES], Error> {
    Ok([7; NONCE_BYTES])
}

/// The content of every sealed member in the `data` of an example, by class.
///
/// Fails when a member was not sealed with the sample key.
pub fn open_sample_members(data: &Value, event_id: &str) -> Result<BTreeMap<String, Value>, OpenError> {
    open_members(data, event_id, |class, _| Some(*sample_data_key(class).plaintext))
}
