//! The Lambda Runtime API: invocations and their answers.

use std::time::{Instant, SystemTime};

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::json;

use super::response::json_response;
use super::state::{Answer, State, lock};

/// Waits for an invocation and hands it to the process.
pub(super) async fn next_invocation(state: &State, process: u64) -> Response<Full<Bytes>> {
    state.mark_ready(process);
    let (id, payload) = state.next_invocation().await;
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let deadline = (now + state.function_timeout).as_millis();
    Response::builder()
        .header("lambda-runtime-aws-request-id", id.to_string())
        .header("lambda-runtime-deadline-ms", deadline.to_string())
        .header(
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:stubbed",
        )
        .body(Full::new(Bytes::from(payload)))
        .unwrap_or_default()
}

/// Takes the function's answer to an invocation, or its error report.
pub(super) fn take_answer(state: &State, id: &str, outcome: &str, body: &[u8]) -> Response<Full<Bytes>> {
    let answer = Answer {
        body: serde_json::from_slice(body).unwrap_or_default(),
        failed: outcome == "error",
        at: Instant::now(),
    };
    lock(&state.answers).insert(id.parse().unwrap_or_default(), answer);
    state.answered.notify_all();
    json_response(&json!({}))
}
