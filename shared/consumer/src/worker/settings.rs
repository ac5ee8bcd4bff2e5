//! How a worker works.

use std::fmt;
use std::time::Duration;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerSettings {
    /// How many groups, or messages of a standard queue, are handled at once; 16 unless set.
    pub concurrency: usize,
    /// How long a received message stays invisible to others before that is renewed, 30 seconds unless set; 3 seconds to
    /// 12 hours, in whole seconds. It is renewed each third of it, so a handler may take longer.
    pub visibility: Duration,
    /// How long one call waits for messages, 20 seconds unless set, which is SQS' longest.
    pub wait: Duration,
    /// How long handlers that run may go on after the shutdown began, 25 seconds unless set. Orchestrators often kill
    /// after 30.
    pub grace: Duration,
    /// How long a message that failed stays invisible after the first failure, 1 second unless set; twice as long after
    /// each further one.
    pub retry_first: Duration,
    /// The longest that it stays so, 5 minutes unless set; 12 hours at most.
    pub retry_most: Duration,
}

/// Why a worker cannot be made of these settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerSettingsError {
    /// The concurrency is 0.
    Concurrency,
    /// The visibility is shorter than 3 seconds or longer than 12 hours.
    Visibility,
    /// The wait is longer than 20 seconds.
    Wait,
    /// `retry_first` is longer than `retry_most`, or that is longer than 12 hours.
    Retry,
}

/// The longest that SQS keeps a message invisible (Amazon SQS API Reference, *ChangeMessageVisibility*).
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

    /// How long a message stays invisible that failed when it had come so often.
    pub(super) fn retry_after(&self, receive_count: u32) -> Duration {
        let doublings = receive_count.saturating_sub(1).min(16);
        self.retry_first
            .saturating_mul(1 << doublings)
            .min(self.retry_most)
    }
}

impl fmt::Display for WorkerSettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Concurrency => "`concurrency` must be 1 or more",
            Self::Visibility => "`visibility` must be 3 seconds to 12 hours",
            Self::Wait => "`wait` must be 20 seconds at most",
            Self::Retry => "`retry_first` must be `retry_most` at most, and that 12 hours at most",
        })
    }
}

impl std::error::Error for WorkerSettingsError {}
