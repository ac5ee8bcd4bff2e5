//! What the examples of the events are made of.

use user_events_core::Time;

/// A time that is written out in an example.
#[allow(
    clippy::expect_used,
    reason = "a literal of this crate; every example is made in a test"
)]
pub(crate) fn example_time(text: &str) -> Time {
    Time::parse(text).expect("an RFC 3339 date-time")
}
