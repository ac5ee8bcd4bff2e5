//! The payload of an invocation.

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

/// The payload is not a Lambda event with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the payload has no list `Records` of the right kind; is the function invoked by its own stream or queue?"
)]
pub struct Malformed;

/// The records of a payload. Each stays raw, so that one malformed record does not hide the others.
///
/// Fails when the payload has no list of records.
pub fn records(payload: &RawValue) -> Result<Vec<&RawValue>, Malformed> {
    #[derive(Deserialize)]
    struct Payload<'a> {
        #[serde(rename = "Records", borrow)]
        records: Vec<&'a RawValue>,
    }
    let payload: Payload = serde_json::from_str(payload.get()).map_err(|_| Malformed)?;
    Ok(payload.records)
}
