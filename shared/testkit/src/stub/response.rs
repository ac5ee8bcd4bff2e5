//! The HTTP responses of the stub.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

/// The fault plan breaks the connection instead of sending an answer.
#[derive(Debug, thiserror::Error)]
#[error("the fault plan breaks the connection")]
pub(super) struct Broken;

pub(super) fn json_response(body: &Value) -> Response<Full<Bytes>> {
    Response::builder()
        .header("content-type", "application/x-amz-json-1.1")
        .body(Full::new(Bytes::from(body.to_string())))
        .unwrap_or_default()
}

pub(super) fn json_error(code: &str) -> Response<Full<Bytes>> {
    let mut response = json_response(&json!({ "__type": code, "message": "injected" }));
    *response.status_mut() = status_of(code);
    response
}

/// The status of an error code. An unknown code is the service's fault.
pub(super) fn status_of(code: &str) -> StatusCode {
    match code {
        "Throttled" => StatusCode::TOO_MANY_REQUESTS,
        "AccessDenied"
        | "AccessDeniedException"
        | "InvalidParameter"
        | "InvalidParameterValue"
        | "RequestThrottled"
        | "ThrottlingException" => StatusCode::BAD_REQUEST,
        "NoSuchKey" => StatusCode::NOT_FOUND,
        "ServiceUnavailable" => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub(super) fn xml_response(status: StatusCode, xml: String) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", "text/xml")
        .body(Full::new(Bytes::from(xml)))
        .unwrap_or_default()
}
