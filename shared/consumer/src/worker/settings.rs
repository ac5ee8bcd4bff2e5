//! The settings of a worker.

use std::time::Duration;

use crate::clock::Clock;

/// The settings of a worker.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// How many groups, or messages of a standard queue, are handled at once; 16 by default, at least 1.
    pub concurrency: usize,
    /// How long a received message stays invisible to other receivers: 30 seconds by default, 3 seconds to 12 hours, in
    /// whole seconds. The worker renews it after each third of that time, so a handler may take longer.
    pub visibility: Duration,
    /// How long one call waits for messages: 20 seconds by default, which is the most that SQS allows.
    pub wait: Duration,
    /// How long running handlers may continue after the shutdown began: 25 seconds by default. Orchestrators often kill
    /// a process after 30.
    pub grace: Duration,
    /// How long a failed message stays invisible after its first failure: 1 second by default. The time doubles with
    /// each further failure.
    pub retry_first: Duration,
    /// The longest time that a failed message stays invisible: 5 minutes by default, at most 12 hours.
    pub retry_most: Duration,
    /// The seed for the random part of the pauses after a call to the queue fails, so that a simulation can repeat
    /// them. Random by default.
    pub jitter_seed: Option<u64>,
    /// The clock by which a failure says until when its message is hidden, the system's by default.
    pub clock: Clock,
}

/// The setting of a worker that is out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WorkerSettingsError {
    /// The concurrency is 0.
    #[error("`concurrency` must be at least 1")]
    Concurrency,
    /// The visibility is shorter than 3 seconds or longer than 12 hours.
    #[error("`visibility` must be 3 seconds to 12 hours")]
    Visibility,
    /// The wait is longer than 20 seconds.
    #[error("`wait` must be at most 20 seconds")]
    Wait,
    /// `retry_first` is longer than `retry_most`, or `retry_most` is longer than 12 hours.
    #[error("`retry_first` must be at most `retry_most`, and `retry_most` at most 12 hours")]
    Retry,
}

/// The longest time that SQS keeps a message invisible (Amazon SQS API Reference, *ChangeMessageVisibility*).
const LONGEST_INVISIBLE: Duration = Duration::from_secs(43_200);

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            concurrency: 16,
            visibility: Duration::from_secs(30),
            wait: Duration::from_secs(20),
            grace: Duration::from_secs(25),
            retry_first: Duration::from_secs(1),
            retry_most: Duration::from_secs(300),
            jitter_seed: None,
            clock: Clock::default(),
        }
    }
}

impl WorkerSettings {
    pub(super) fn check(&self) -> Result<(), WorkerSettingsError> {
        if self.concurrency == 0 {
            return Err(WorkerSettingsError::Concurrency);
        }
        if !(Duration::from_secs(3)..=LONGEST_INVISIBLE).contains(&self.visibility) {
            return Err(WorkerSettingsError::Visibility);
        }
        if self.wait > Duration::from_secs(20) {
            return Err(WorkerSettingsError::Wait);
        }
        if self.retry_first > self.retry_most || self.retry_most > LONGEST_INVISIBLE {
            return Err(WorkerSettingsError::Retry);
        }
        Ok(())
    }

    /// How long a message stays invisible that failed at its `receive_count`th delivery.
    pub(super) fn retry_after(&self, receive_count: u32) -> Duration {
        let doublings = receive_count.saturating_sub(1).min(16);
        self.retry_first
            .saturating_mul(1 << doublings)
            .min(self.retry_most)
    }
}
