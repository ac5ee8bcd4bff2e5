//! When an invocation stops its work.

use std::time::Duration;

use tokio::time::Instant;

/// The two ends of an invocation: no call starts after the first, and nothing is awaited after the second.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until then calls start, and what failed is tried again.
    pub start_until: Instant,
    /// Until then the answers of calls under way are awaited.
    pub answer_by: Instant,
}

/// The part of the margin that is left for the answer itself: a fifth.
const ANSWER_SHARE: u32 = 5;

impl Limits {
    /// The limits of an invocation that Lambda ends at this deadline: calls stop a margin before it, and most of the
    /// margin is for the answers of those under way.
    pub fn new(deadline: Instant, margin: Duration) -> Self {
        let before = |time| deadline.checked_sub(time).unwrap_or(deadline);
        Self {
            start_until: before(margin),
            answer_by: before(margin / ANSWER_SHARE),
        }
    }
}
