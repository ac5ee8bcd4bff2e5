//! KMS: `GenerateDataKey`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::behaviour::Endpoint;
use super::response::{json_error, json_response};
use super::state::State;
use crate::simulator::KeyConduct;
use user_events_core::description::sample_data_key;

pub(super) async fn generate_data_key(request: &[u8], state: &State) -> Response<Full<Bytes>> {
    if let Some(code) = state.failure(Endpoint::Kms).await {
        return json_error(code);
    }
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let class = request["EncryptionContext"]["class"].as_str().unwrap_or_default();
    match state.world.key_conduct(class).0 {
        KeyConduct::Denies => return json_error("AccessDeniedException"),
        KeyConduct::Throttles => return json_error("ThrottlingException"),
        KeyConduct::IsSilent => return std::future::pending().await,
        KeyConduct::Gives(after) => tokio::time::sleep(after).await,
    }
    let key = sample_data_key(class);
    json_response(&json!({
        "KeyId": request["KeyId"],
        "Plaintext": BASE64_STANDARD.encode(key.plaintext.as_slice()),
        "CiphertextBlob": key.wrapped,
    }))
}
