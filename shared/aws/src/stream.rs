//! The payload of an invocation and its answer.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The answer to an invocation: the record from which Lambda delivers again, if any (AWS Lambda Developer
/// Guide, *Configuring partial batch response with DynamoDB*).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

/// The payload is not a Lambda event with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl BatchResponse {
    /// The answer that names the first record that is not settled. An empty identifier would fail the whole
    /// batch, so there is none.
    pub fn from_first_unsettled(sequence_number: Option<String>) -> Self {
        Self {
            batch_item_failures: sequence_number
                .map(|item_identifier| BatchItemFailure { item_identifier })
                .into_iter()
                .collect(),
        }
    }

    /// The sequence number of the record from which Lambda delivers again.
    pub fn first_unsettled(&self) -> Option<&str> {
        self.batch_item_failures
            .first()
            .map(|failure| failure.item_identifier.as_str())
    }
}

/// The records of a payload, each still raw: one that cannot be read must not hide the others.
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

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the payload has no list `Records` of the right kind; is the function invoked by its own stream or queue?")
    }
}

impl std::error::Error for Malformed {}
