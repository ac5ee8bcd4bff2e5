//! The queues of a consumer: the one that it reads, and the dead-letter queue.

mod dead_letters;
#[cfg(feature = "lambda")]
mod sources;
#[cfg(feature = "sqs")]
mod sqs;
#[cfg(feature = "sqs")]
mod sqs_dead_letters;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

pub use dead_letters::{AttributeContent, AttributeValue, DeadLetter, DeadLetters};
#[cfg(feature = "lambda")]
pub(crate) use sources::Sources;
#[cfg(feature = "sqs")]
pub use sqs::{Queue, SqsQueue};
#[cfg(feature = "sqs")]
pub use sqs_dead_letters::SqsDeadLetters;

/// A call to a queue. It is boxed, so that a consumer can hold queues of any kind.
pub type QueueCall<'a> = Pin<Box<dyn Future<Output = Result<(), QueueError>> + Send + 'a>>;

/// The queue could not be reached, or refused the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueError {
    /// The queue's error code, if it sent one.
    pub code: Option<String>,
}

/// A queue that can hide a received message for a time of its own. Without it, a message of Lambda's trigger becomes
/// visible again when the queue's visibility timeout ends.
pub trait Hide: Send + Sync {
    /// The name of the queue: the last part of its URL and of its ARN.
    fn name(&self) -> &str;

    /// Hides the message with this receipt from now on, for whole seconds.
    ///
    /// Fails when the queue does not answer.
    fn hide<'a>(&'a self, receipt: &'a str, time: Duration) -> QueueCall<'a>;
}
