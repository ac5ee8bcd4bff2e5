//! Counts the work of a worker.

use std::ops::Add;
use std::sync::atomic::{AtomicU64, Ordering};

/// The work of a worker from its start to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Worked {
    /// Events that the handler handled.
    pub handled: u64,
    /// Messages that returned to the queue after a failure.
    pub failed: u64,
    /// Messages that the dead-letter queue accepted.
    pub set_aside: u64,
}

impl Add for Worked {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            handled: self.handled + other.handled,
            failed: self.failed + other.failed,
            set_aside: self.set_aside + other.set_aside,
        }
    }
}

/// The counts of a running worker.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) handled: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) set_aside: AtomicU64,
}

impl Tally {
    pub(super) fn count(&self, counter: impl Fn(&Self) -> &AtomicU64) {
        counter(self).fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn worked(&self) -> Worked {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Worked {
            handled: read(&self.handled),
            failed: read(&self.failed),
            set_aside: read(&self.set_aside),
        }
    }
}
