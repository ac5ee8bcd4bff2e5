//! When a batch must be answered.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Clock;

/// The time that is kept free at the end of the invocation for the answer.
const MARGIN: Duration = Duration::from_millis(500);

/// When a batch must be answered.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// Half a second before the end of an invocation: `Deadline::from_invocation(event.context.deadline)`, which is in
    /// milliseconds since 1970.
    pub fn from_invocation(deadline_milliseconds: u64) -> Self {
        let left = deadline_milliseconds.saturating_sub(Clock::default().milliseconds());
        Self::after(Duration::from_millis(left).saturating_sub(MARGIN))
    }

    /// This long from now.
    pub fn after(left: Duration) -> Self {
        // `Instant` cannot hold every duration; a year is longer than any invocation.
        Self(Instant::now() + left.min(Duration::from_secs(31_536_000)))
    }

    pub(super) fn instant(self) -> Instant {
        self.0
    }
}
