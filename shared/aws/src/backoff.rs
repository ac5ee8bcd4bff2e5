//! The pause before entries are sent again: exponential, with jitter, so that instances do not retry in step.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;

/// The longest first pause before an entry is sent again. It doubles with every attempt.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// The longest pause of all.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// Draws the pauses between attempts: exponential, with jitter.
#[derive(Debug)]
pub struct Backoff(Mutex<Rng>);

impl Default for Backoff {
    fn default() -> Self {
        Self(Mutex::new(Rng::new()))
    }
}

impl Backoff {
    /// The same seed gives the same pauses.
    pub fn from_seed(seed: u64) -> Self {
        Self(Mutex::new(Rng::with_seed(seed)))
    }

    /// The pause after this many attempts: between half of its limit and its limit ("equal jitter").
    pub fn pause(&self, attempts: u32) -> Duration {
        let limit = FIRST_BACKOFF
            .saturating_mul(1 << attempts.saturating_sub(1).min(16))
            .min(LONGEST_BACKOFF);
        let half = limit / 2;
        let mut random = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        half + Duration::from_micros(random.u64(0..=half.as_micros() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_its_limit_and_is_never_shorter_than_half_of_it() {
        let backoff = Backoff::default();
        for (attempts, limit) in [
            (1, 50),
            (2, 100),
            (5, 800),
            (7, 3_200),
            (8, 5_000),
            (u32::MAX, 5_000),
        ] {
            let limit = Duration::from_millis(limit);
            for _ in 0..100 {
                let pause = backoff.pause(attempts);
                assert!((limit / 2..=limit).contains(&pause), "{attempts}: {pause:?}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_pauses_and_another_seed_others() {
        let pauses = |seed| {
            let backoff = Backoff::from_seed(seed);
            (1..20)
                .map(|attempts| backoff.pause(attempts))
                .collect::<Vec<_>>()
        };
        assert_eq!(pauses(1), pauses(1));
        assert_ne!(pauses(1), pauses(2));
    }
}
