//! The answers of the page's requests.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What a request cannot have: the status and the reason, for people.
pub(super) struct Refusal(StatusCode, String);

pub(super) type Answer = Result<Json<Value>, Refusal>;

impl Refusal {
    /// What is asked for does not exist.
    pub(super) fn not_found(why: &str) -> Self {
        Self(StatusCode::NOT_FOUND, why.to_owned())
    }

    /// What was sent cannot be used, for this reason.
    pub(super) fn unusable(why: String) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, why)
    }
}

/// What the engine refuses, and what a preset lacks.
impl From<anyhow::Error> for Refusal {
    fn from(error: anyhow::Error) -> Self {
        Self(StatusCode::CONFLICT, format!("{error:#}"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}
