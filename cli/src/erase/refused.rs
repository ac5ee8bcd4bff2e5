//! What to do when a table refuses a request.

use std::fmt;

use anyhow::anyhow;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use user_events_local::failure::explained;

/// A table, as an error names it.
pub(super) struct RefusingTable<'a> {
    /// What it is: `table` or `ledger`.
    pub(super) kind: &'static str,
    pub(super) name: &'a str,
    /// The options that decide which table it is.
    pub(super) options: &'static str,
}

impl RefusingTable<'_> {
    /// The error of a request that needs this permission.
    pub(super) fn error<E, R>(&self, what: &str, permission: &str, error: &SdkError<E, R>) -> anyhow::Error
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
        R: fmt::Debug,
    {
        let Self { kind, name, options } = self;
        match error.code() {
            Some("ResourceNotFoundException") => anyhow!(
                "this account and region have no table {name}; check {options}, AWS_PROFILE and AWS_REGION"
            ),
            _ => explained(
                format_args!("the {kind} {name} {what}"),
                &format!("{permission} on it and kms:Decrypt with the key that encrypts it"),
                error,
            ),
        }
    }
}
