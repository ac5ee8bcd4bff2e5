//! The clock: the only place where a function reads the time of day.

use std::time::{Duration, SystemTime};

use user_events_core::Time;

/// The time since 1970-01-01T00:00:00Z. Zero for a clock before that.
pub(crate) fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

/// The milliseconds since 1970-01-01T00:00:00Z.
pub(crate) fn milliseconds_since_1970() -> i64 {
    i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX)
}

/// Now. A clock beyond the year 9999 is broken: it counts as 1970.
pub fn now() -> Time {
    Time::from_millisecond(milliseconds_since_1970()).unwrap_or(Time::UNIX_EPOCH)
}
