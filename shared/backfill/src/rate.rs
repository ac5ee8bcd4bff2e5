//! The limit of rows in a second: a token bucket that all segments share.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Limits the rows that are read in a second, over all segments.
#[derive(Debug)]
pub(crate) struct Rate {
    /// The time that one row takes; `None` without a limit.
    each: Option<Duration>,
    /// When the next row may be read.
    free: Mutex<Option<Instant>>,
}

impl Rate {
    pub(crate) fn new(rows_per_second: Option<u32>) -> Self {
        let each = rows_per_second.map(|rows| Duration::from_secs(1) / rows.max(1));
        Self {
            each,
            free: Mutex::default(),
        }
    }

    /// Reserves this many rows. Returns when they may be read; `None` at once.
    pub(crate) fn reserve(&self, rows: u32) -> Option<Instant> {
        let each = self.each?;
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let begin = free.map_or(now, |free| free.max(now));
        *free = Some(begin + each * rows);
        (begin > now).then_some(begin)
    }

    /// Gives back rows that were reserved and not read.
    pub(crate) fn give_back(&self, rows: u32) {
        let Some(each) = self.each else { return };
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = free.and_then(|free| free.checked_sub(each * rows));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn rows_are_read_no_faster_than_the_rate() {
        let rate = Rate::new(Some(100));
        let begun = Instant::now();
        for _ in 0..10 {
            if let Some(at) = rate.reserve(50) {
                tokio::time::sleep_until(at).await;
            }
        }
        // 500 rows at 100 a second: the first 50 are free, and the last 50 are read after 4.5 s.
        assert_eq!(begun.elapsed(), Duration::from_millis(4_500));
        rate.give_back(50);
        rate.give_back(50);
        assert_eq!(rate.reserve(1), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_idle_second_is_not_saved_up() {
        let rate = Rate::new(Some(10));
        rate.reserve(10);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(rate.reserve(10), None);
        assert_eq!(rate.reserve(10), Some(Instant::now() + Duration::from_secs(1)));
    }

    #[test]
    fn without_a_rate_nothing_waits() {
        let rate = Rate::new(None);
        assert_eq!(rate.reserve(u32::MAX), None);
        assert_eq!(rate.reserve(u32::MAX), None);
    }
}
