//! The metrics of a consumer.

/// A metric in the namespace `UserEvents/Consumer` with the dimension `Consumer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Metric {
    /// Events that a later one of their lane overtook, so that their effect was left out.
    Stale,
    /// Messages that were set aside.
    SetAside,
    /// Denials of a required class.
    Denied,
    /// Events with the id of another event.
    OtherContent,
    /// Persons without a key and without a tombstone.
    SubjectKeyMissing,
}

impl Metric {
    /// The name of the metric in CloudWatch.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stale => "Stale",
            Self::SetAside => "SetAside",
            Self::Denied => "Denied",
            Self::OtherContent => "OtherContent",
            Self::SubjectKeyMissing => "SubjectKeyMissing",
        }
    }
}
