//! What readers of events ask: KMS `Decrypt`, and `GetItem` of the table of persons' keys.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::response::{json_error, json_response};
use super::state::{State, lock};

pub(super) fn decrypt(request: &[u8], state: &State) -> Response<Full<Bytes>> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let mut reading = lock(&state.reading);
    reading.decrypts += 1;
    if reading.denies {
        return json_error("AccessDeniedException");
    }
    json_response(&json!({ "KeyId": request["KeyId"], "Plaintext": reading.data_key }))
}

pub(super) fn get_item(request: &[u8], state: &State) -> Response<Full<Bytes>> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let name = request["Key"]["pk"]["S"].as_str().unwrap_or_default();
    // Only a consistent read sees the rows for certain.
    let is_consistent = request["ConsistentRead"] == true;
    match lock(&state.reading)
        .subject_keys
        .get(name)
        .filter(|_| is_consistent)
    {
        Some(row) => json_response(&json!({ "Item": row })),
        None => json_response(&json!({})),
    }
}
