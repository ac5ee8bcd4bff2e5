//! The end of an event type that has a successor.

/// When an event type is published for the last time, and which type is already published in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sunset {
    /// The last day in UTC, an RFC 3339 full date: `2027-06-30`. A release can put it off, but not bring it forward.
    pub date: &'static str,
    /// The type that replaces this one: the next major version of the same name, in the same category.
    pub successor: &'static str,
}
