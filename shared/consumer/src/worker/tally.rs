//! What a worker did, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// What a worker has done from its start to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Worked {
    /// Events that the handler took.
    pub handled: u64,
    /// Times that the handler failed.
    pub failed: u64,
    /// Messages that were no events, each time they came.
    pub not_events: u64,
}

/// The counts while they grow.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) handled: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) not_events: AtomicU64,
}

impl Tally {
    pub(super) fn count(&self, what: impl Fn(&Self) -> &AtomicU64) {
        what(self).fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn worked(&self) -> Worked {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Worked {
            handled: read(&self.handled),
            failed: read(&self.failed),
            not_events: read(&self.not_events),
        }
    }
}
