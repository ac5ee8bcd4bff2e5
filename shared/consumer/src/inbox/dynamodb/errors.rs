//! The errors of DynamoDB: which of them is a failed condition, and which one ends after a short pause.

use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::error::ConditionalCheckFailedException;

use super::terms::row;
use crate::inbox::store::{Row, StoreError};

/// The codes of cancellation reasons (Amazon DynamoDB API Reference, *TransactWriteItems*), and of the error of a single
/// write, for writes that a transaction or the throughput has hindered for a moment.
const MOMENTARY: [&str; 4] = [
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
    "TransactionConflictException",
];
const MOST_RETRIES: u32 = 5;
const LONGEST_FIRST_PAUSE: Duration = Duration::from_millis(50);

/// Counts the retries of one write.
#[derive(Default)]
pub(super) struct Retries(u32);

impl Retries {
    /// Whether the write should be tried again. Returns after the pause if it should.
    pub(super) async fn may_mend(&mut self, error: &StoreError) -> bool {
        if self.0 == MOST_RETRIES || !is_momentary(error) {
            return false;
        }
        let longest = LONGEST_FIRST_PAUSE * (1 << self.0);
        self.0 += 1;
        tokio::time::sleep(longest.mul_f64(fastrand::f64())).await;
        true
    }
}

fn is_momentary(error: &StoreError) -> bool {
    match error {
        StoreError::Unavailable { code: Some(code) } => MOMENTARY.contains(&code.as_str()),
        StoreError::Unavailable { code: None } | StoreError::Limit(_) => false,
    }
}

/// The first of these codes that a retry in place may mend.
pub(super) fn momentary<'a>(codes: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    codes.into_iter().find(|code| MOMENTARY.contains(code))
}

/// `None` if the write was made, otherwise the existing row, if the answer contains it.
pub(super) fn refusal<T, E: ProvideErrorMetadata>(
    answer: Result<T, SdkError<E>>,
    condition_failed: impl Fn(&E) -> Option<&ConditionalCheckFailedException>,
) -> Result<Option<Option<Row>>, StoreError> {
    let Err(error) = answer else {
        return Ok(None);
    };
    match error.as_service_error().and_then(condition_failed) {
        Some(failed) => Ok(Some(failed.item().and_then(row))),
        None => Err(store_error(error)),
    }
}

pub(super) fn store_error<E: ProvideErrorMetadata>(error: SdkError<E>) -> StoreError {
    StoreError::Unavailable {
        code: error.code().map(str::to_owned),
    }
}
