//! The clock, in milliseconds since 1970.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A clock; the default is the system's. The clocks of a consumer's machines must agree to within a few seconds: choose
/// a lease that is long enough to allow for the difference.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Clock {
    /// A clock that shows what this function returns, for tests.
    pub fn from_fn(now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// The time from now until then, in whole seconds and rounded up; at most 12 hours, the longest time that SQS hides a
    /// message (Amazon SQS API Reference, *ChangeMessageVisibility*).
    #[cfg(any(feature = "lambda", feature = "worker"))]
    pub(crate) fn time_until(&self, until: SystemTime) -> Duration {
        let left = until.duration_since((self.0)()).unwrap_or_default();
        let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
        Duration::from_secs(seconds.min(43_200))
    }

    /// The current time in milliseconds since 1970; 0 before that.
    pub(crate) fn milliseconds(&self) -> u64 {
        let since = (self.0)().duration_since(SystemTime::UNIX_EPOCH);
        milliseconds(since.unwrap_or_default())
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::from_fn(SystemTime::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// A duration in whole milliseconds, at most `u64::MAX`.
pub(crate) fn milliseconds(duration: Duration) -> u64 {
    duration.as_millis().try_into().unwrap_or(u64::MAX)
}

/// A time in milliseconds since 1970.
pub(crate) fn time(milliseconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds)
}
