//! A call to a service that failed.

use thiserror::Error;

/// A call that failed. The message says what failed and how to mend the cause, and quotes no value of a row.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Failure {
    cause: Cause,
    message: String,
}

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The service was asked too often. It is asked again, for some minutes.
    Throttled,
    /// The service failed or did not answer. It is asked again, for half a minute.
    Passing,
    /// No repetition helps: somebody has to change something first.
    Final,
}

impl Failure {
    /// A failure with its cause and a message.
    pub fn new(cause: Cause, message: impl Into<String>) -> Self {
        Self {
            cause,
            message: message.into(),
        }
    }

    /// Why the call failed.
    pub fn cause(&self) -> Cause {
        self.cause
    }
}
