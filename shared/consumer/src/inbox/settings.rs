//! The settings of an inbox: its consumer, the length of a lease, and how long rows are kept.

use std::time::Duration;

use crate::clock::Clock;

/// How long a message can come again: 30 days from the publisher's bucket of failures, 14 in a queue and 14 in its
/// dead-letter queue; and two days to spare.
const LEAST_KEEP: Duration = Duration::from_secs(60 * 86_400);
/// Added to `keep` for the rows of lanes, so that the last duplicate of an event finds the order of its lane.
const LANES_KEPT_LONGER: Duration = Duration::from_secs(30 * 86_400);
/// After 12 hours SQS gives a message to another receiver in any case (Amazon SQS Developer Guide, *Amazon SQS
/// visibility timeout*).
const LEASE: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(12 * 3_600);
const NAME_CHARACTERS: std::ops::RangeInclusive<usize> = 1..=64;

/// The settings of an inbox.
#[derive(Debug, Clone)]
pub struct InboxSettings {
    /// The consumer's name, 1 to 64 of `A-Z a-z 0-9 - _ .`. Each consumer handles each event once. Two services that
    /// share a table need two names; the instances of one service share one.
    pub consumer: String,
    /// How long a lease lasts unless it is renewed, completed or released: 30 seconds by default, 1 second to 12 hours.
    /// [`process`](super::Inbox::process) renews it after each third, so it may be shorter than a handler takes. After a
    /// crash the event waits for at most this long.
    pub lease: Duration,
    /// How long the row of an event is kept, 60 days by default and at least. Set more if you replay archives, or if
    /// the publisher keeps its bucket of failures (`FailureRetentionDays`) for longer than 30 days. The rows of lanes are
    /// kept for 30 days more.
    pub keep: Duration,
    /// The clock, the system's by default.
    pub clock: Clock,
}

/// The setting of an inbox that is out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The consumer's name is empty, too long, or has a character that is not allowed.
    #[error("`consumer` must be 1 to 64 letters, digits, hyphens, underscores or dots, all of them ASCII")]
    Consumer,
    /// The lease is shorter than a second or longer than 12 hours.
    #[error("`lease` must be 1 second to 12 hours")]
    Lease,
    /// A message could come again after its row expired, so that a duplicate would not be recognised.
    #[error("`keep` must be at least 60 days")]
    Keep,
}

impl InboxSettings {
    /// The default settings of a consumer with this name.
    pub fn new(consumer: impl Into<String>) -> Self {
        Self {
            consumer: consumer.into(),
            lease: Duration::from_secs(30),
            keep: LEAST_KEEP,
            clock: Clock::default(),
        }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if !NAME_CHARACTERS.contains(&self.consumer.len()) || !self.consumer.chars().all(is_plain) {
            return Err(SettingsError::Consumer);
        }
        if !LEASE.contains(&self.lease) {
            return Err(SettingsError::Lease);
        }
        if self.keep < LEAST_KEEP {
            return Err(SettingsError::Keep);
        }
        Ok(())
    }

    /// How long the row of a lane is kept.
    pub(super) fn keep_lane(&self) -> Duration {
        self.keep.saturating_add(LANES_KEPT_LONGER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn rows_are_kept_for_sixty_days_or_refused_and_those_of_lanes_for_thirty_more() {
        let mut settings = InboxSettings::new("welcome-mail");
        assert_eq!((settings.check(), settings.keep), (Ok(()), 60 * DAY));
        assert_eq!(settings.keep_lane(), 90 * DAY);
        settings.keep = 60 * DAY - Duration::from_secs(1);
        assert_eq!(settings.check(), Err(SettingsError::Keep));
    }

    #[test]
    fn names_and_leases_are_taken_at_their_bounds_and_not_beyond() {
        let check = |consumer: &str| InboxSettings::new(consumer).check();
        assert_eq!(check(&"n".repeat(64)), Ok(()));
        for name in ["", "a#b", "a b", "ä", &"n".repeat(65)] {
            assert_eq!(check(name), Err(SettingsError::Consumer), "{name}");
        }
        let lease = |lease| {
            InboxSettings {
                lease,
                ..InboxSettings::new("n")
            }
            .check()
        };
        assert_eq!(lease(Duration::from_secs(1)), Ok(()));
        assert_eq!(lease(Duration::from_millis(999)), Err(SettingsError::Lease));
        assert_eq!(lease(Duration::from_secs(43_200)), Ok(()));
        assert_eq!(lease(Duration::from_secs(43_201)), Err(SettingsError::Lease));
    }
}
