//! The settings of an inbox: its consumer, the length of a lease, and how long rows are kept.

use std::time::Duration;

use crate::clock::Clock;

const DAY: Duration = Duration::from_secs(86_400);
/// Added to the retention, so that a row outlives the last duplicate of its event.
const MARGIN: Duration = DAY;
/// The bounds of a queue's retention period (Amazon SQS API Reference, *SetQueueAttributes*, `MessageRetentionPeriod`).
const RETENTION: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(14 * 86_400);
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
    /// How long a lease lasts unless it is completed or released: 5 minutes by default, 1 second to 12 hours. Make it
    /// longer than a handler ever takes.
    pub lease: Duration,
    /// How long the queue keeps a message, 14 days by default.
    pub queue_retention: Duration,
    /// How long its dead-letter queue keeps a message, 14 days by default.
    pub dead_letter_retention: Duration,
    /// How long rows are kept. The default is both retentions and a day, so that a message is still recognised after it
    /// waited in the queue, then in the dead-letter queue, and was moved back. Set more if you replay archives.
    pub keep: Option<Duration>,
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
    /// SQS does not allow one of the retentions: they are 60 seconds to 14 days.
    #[error("`queue_retention` and `dead_letter_retention` must be 60 seconds to 14 days each")]
    Retention,
    /// The queue and its dead-letter queue would keep a message longer than the inbox keeps its row, so that a
    /// duplicate would not be recognised.
    #[error("`keep` must be longer than `queue_retention` and `dead_letter_retention` together")]
    Keep,
}

impl InboxSettings {
    /// The default settings of a consumer with this name.
    pub fn new(consumer: impl Into<String>) -> Self {
        Self {
            consumer: consumer.into(),
            lease: Duration::from_secs(300),
            queue_retention: 14 * DAY,
            dead_letter_retention: 14 * DAY,
            keep: None,
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
        if !RETENTION.contains(&self.queue_retention) || !RETENTION.contains(&self.dead_letter_retention) {
            return Err(SettingsError::Retention);
        }
        if self.keep() <= self.queue_retention + self.dead_letter_retention {
            return Err(SettingsError::Keep);
        }
        Ok(())
    }

    pub(super) fn keep(&self) -> Duration {
        let both = self.queue_retention + self.dead_letter_retention;
        self.keep.unwrap_or(both + MARGIN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_kept_longer_than_both_queues_keep_a_message_or_refused() {
        let mut settings = InboxSettings::new("welcome-mail");
        assert_eq!((settings.check(), settings.keep()), (Ok(()), 29 * DAY));
        settings.keep = Some(28 * DAY);
        assert_eq!(settings.check(), Err(SettingsError::Keep));
        settings.keep = Some(28 * DAY + Duration::from_secs(1));
        assert_eq!(settings.check(), Ok(()));
        settings.queue_retention = 14 * DAY + Duration::from_secs(1);
        assert_eq!(settings.check(), Err(SettingsError::Retention));
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
