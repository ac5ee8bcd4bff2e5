//! Pauses between calls that fail.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// Exponential backoff with jitter: the longest possible pause doubles with every failure, and each pause is a random time
/// from half of it to all of it. The random part spreads the calls of many workers that failed at the same time.
pub(super) struct Backoff {
    most: Duration,
    random: fastrand::Rng,
}

impl Backoff {
    pub(super) fn new(seed: Option<u64>) -> Self {
        Self {
            most: Duration::ZERO,
            random: seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed),
        }
    }

    /// The pause after a call that failed.
    pub(super) fn next(&mut self) -> Duration {
        self.most = (self.most * 2).clamp(FIRST, LONGEST);
        let half = self.most / 2;
        half + half.mul_f64(self.random.f64())
    }

    /// Starts again with the shortest pause, after a call that succeeded.
    pub(super) fn reset(&mut self) {
        self.most = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_never_fall_below_half() {
        let mut backoff = Backoff::new(Some(1));
        for most in [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000] {
            let (most, pause) = (Duration::from_millis(most), backoff.next());
            assert!(most / 2 <= pause && pause <= most, "{pause:?} of {most:?}");
        }
        backoff.reset();
        assert!(backoff.next() <= FIRST);
    }

    #[test]
    fn the_same_seed_gives_the_same_pauses_and_another_seed_gives_others() {
        let pauses = |seed| {
            let mut backoff = Backoff::new(Some(seed));
            (0..10).map(|_| backoff.next()).collect::<Vec<_>>()
        };
        assert_eq!(pauses(1), pauses(1));
        assert_ne!(pauses(1), pauses(2));
    }
}
