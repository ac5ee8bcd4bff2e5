//! What an inbox is told: whose it is, how long a lease is, how long it remembers.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

const DAY: Duration = Duration::from_secs(86_400);
/// What is added to the retention, so that a row outlives the last message that it must tell of.
const MARGIN: Duration = DAY;
/// The bounds of a queue's retention (Amazon SQS API Reference, *SetQueueAttributes*, `MessageRetentionPeriod`).
const RETENTION: std::ops::RangeInclusive<Duration> =
    Duration::from_secs(60)..=Duration::from_secs(14 * 86_400);
/// Beyond half a day SQS gives a message to another receiver in any case (Amazon SQS Developer Guide, *Amazon SQS
/// visibility timeout*).
const LEASE: std::ops::RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(12 * 3_600);
const NAME_CHARACTERS: std::ops::RangeInclusive<usize> = 1..=64;

/// What an inbox is told.
#[derive(Debug, Clone)]
pub struct InboxSettings {
    /// The consumer's name, 1 to 64 of `A-Z a-z 0-9 - _ .`: each consumer handles each event once. Two services that
    /// share a table have two names; the instances of one service share one.
    pub consumer: String,
    /// How long a claim holds while it is neither completed nor given back, 5 minutes unless set: longer than a handler
    /// ever takes. 1 second to 12 hours.
    pub lease: Duration,
    /// How long the queue keeps a message, 14 days unless set.
    pub queue_retention: Duration,
    /// How long its dead-letter queue keeps one, 14 days unless set.
    pub dead_letter_retention: Duration,
    /// How long rows are kept. Unless set, both retentions and a day: a message that waited in the queue, then in the
    /// dead-letter queue, and was moved back is still known. Set more where archives are replayed.
    pub keep: Option<Duration>,
    /// What time it is.
    pub clock: Clock,
}

/// What time it is. The machines of a consumer must agree to within a few seconds, which a lease's length has to
/// allow for.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

/// Why an inbox cannot be made of these settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsError {
    /// The consumer's name is empty, too long or has other characters.
    Consumer,
    /// The lease is shorter than a second or longer than 12 hours.
    Lease,
    /// A retention is not one that SQS has: 60 seconds to 14 days.
    Retention,
    /// Rows would be kept no longer than queue and dead-letter queue keep a message: a duplicate could outlive what
    /// tells that it is one.
    Keep,
}

impl InboxSettings {
    /// The settings of a consumer of that name, everything else as it is unless set.
    pub fn of(consumer: impl Into<String>) -> Self {
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

impl Clock {
    /// Whatever this says, for tests.
    pub fn of(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Milliseconds since 1970.
    pub(super) fn milliseconds(&self) -> u64 {
        let since = (self.0)()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        since.as_millis().try_into().unwrap_or(u64::MAX)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::of(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Consumer => {
                "`consumer` must be 1 to 64 letters, digits, hyphens, underscores or dots, all of them ASCII"
            }
            Self::Lease => "`lease` must be 1 second to 12 hours",
            Self::Retention => {
                "`queue_retention` and `dead_letter_retention` must be 60 seconds to 14 days each"
            }
            Self::Keep => "`keep` must be longer than `queue_retention` and `dead_letter_retention` together",
        })
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_kept_longer_than_both_queues_keep_a_message_or_refused() {
        let mut settings = InboxSettings::of("welcome-mail");
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
        let check = |consumer: &str| InboxSettings::of(consumer).check();
        assert_eq!(check(&"n".repeat(64)), Ok(()));
        for name in ["", "a#b", "a b", "ä", &"n".repeat(65)] {
            assert_eq!(check(name), Err(SettingsError::Consumer), "{name}");
        }
        let lease = |lease| {
            InboxSettings {
                lease,
                ..InboxSettings::of("n")
            }
            .check()
        };
        assert_eq!(lease(Duration::from_secs(1)), Ok(()));
        assert_eq!(lease(Duration::from_millis(999)), Err(SettingsError::Lease));
        assert_eq!(lease(Duration::from_secs(43_200)), Ok(()));
        assert_eq!(lease(Duration::from_secs(43_201)), Err(SettingsError::Lease));
    }
}
