//! What readers of events ask KMS: `Decrypt`.

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
