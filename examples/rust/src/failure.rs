//! Why an event was not handled.

use std::fmt;

use user_events_consumer::{OpenFailure, ReadError, StoreError};

/// Why an event was not handled. No text quotes a value of the event.
#[derive(Debug)]
pub enum Failure {
    /// The event does not fit its type. No retry can help.
    Read(ReadError),
    /// A class could not be opened.
    Open(OpenFailure),
    /// The inbox did not answer.
    Store(StoreError),
    /// Another instance is handling the event.
    InProgress,
    /// DynamoDB refused a write of the effects, or a write lacks a required field.
    Incomplete,
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<OpenFailure> for Failure {
    fn from(failure: OpenFailure) -> Self {
        Self::Open(failure)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::Open(failure) => failure.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::InProgress => f.write_str("another instance is handling the event"),
            Self::Incomplete => f.write_str("a write of the effect was refused"),
        }
    }
}

impl std::error::Error for Failure {}
