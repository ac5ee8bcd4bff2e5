//! DynamoDB with one table, that of persons' keys: `GetItem`, `BatchGetItem`, and `PutItem` on the condition that there is no
//! such row.

use std::collections::btree_map::Entry;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::behaviour::Endpoint;
use super::response::{json_error, json_response};
use super::state::{State, lock};

pub(super) fn get_item(request: &[u8], state: &State) -> Response<Full<Bytes>> {
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    // Only a consistent read sees the rows for certain.
    let is_consistent = request["ConsistentRead"] == true;
    let reading = lock(&state.reading);
    let row = reading.subject_keys.get(name(&request["Key"]));
    match row.filter(|_| is_consistent) {
        Some(row) => json_response(&json!({ "Item": row })),
        None => json_response(&json!({})),
    }
}

pub(super) async fn batch_get_item(request: &[u8], state: &State) -> Response<Full<Bytes>> {
    if let Some(code) = state.failure(Endpoint::DynamoDb).await {
        return json_error(code);
    }
    let request: Value = serde_json::from_slice(request).unwrap_or_default();
    let rows = &lock(&state.reading).subject_keys;
    let tables = request["RequestItems"].as_object().into_iter().flatten();
    let responses = tables.map(|(table, wanted)| {
        let keys = wanted["Keys"].as_array().into_iter().flatten();
        let found: Vec<_> = keys.filter_map(|key| rows.get(name(key))).collect();
        (table.clone(), json!(found))
    });
    let responses: serde_json::Map<_, _> = responses.collect();
    json_response(&json!({ "Responses": responses, "UnprocessedKeys": {} }))
}

pub(super) async fn put_item(request: &[u8], state: &State) -> Response<Full<Bytes>> {
    if let Some(code) = state.failure(Endpoint::DynamoDb).await {
        return json_error(code);
    }
    let mut request: Value = serde_json::from_slice(request).unwrap_or_default();
    let item = request["Item"].take();
    match lock(&state.reading).subject_keys.entry(name(&item).to_owned()) {
        Entry::Vacant(row) => {
            row.insert(item);
            json_response(&json!({}))
        }
        Entry::Occupied(row) => {
            let mut refused = json_response(&json!({
                "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
                "message": "The conditional request failed",
                "Item": row.get(),
            }));
            *refused.status_mut() = hyper::StatusCode::BAD_REQUEST;
            refused
        }
    }
}

fn name(row: &Value) -> &str {
    row["pk"]["S"].as_str().unwrap_or_default()
}
