//! The promises that a run can break.

use std::fmt;

/// A way to break a promise; the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breach {
    /// A change was neither published, nor parked, nor given to `OnFailure`.
    Lost,
    /// The first deliveries of a lane (message group) are not in stream order.
    Reordered,
    /// A process sent an event again although it knew that the topic had accepted it.
    NeedlessDuplicate,
    /// Two deliveries of an event have different contents.
    DuplicateDiffers,
    /// One call carried two events of a lane.
    TwoOfALane,
    /// An event was sent while an earlier one of its lane was not acknowledged.
    PastUnsettled,
    /// The topic received an event that belongs to no change.
    Invented,
    /// The document of an event does not describe its change, or does not open.
    Misdescribed,
    /// Data of a person who was erased can be read.
    Readable,
    /// Data of a person who was not erased can be read by nobody.
    Unreadable,
    /// A record was parked although it could have been published.
    ParkedNeedlessly,
    /// A process parked a record again although it knew that the record is parked.
    ParkedTwice,
    /// A parked message does not hold all of a record of the stream that a redrive needs.
    NotParkedWhole,
    /// A good record was published later than its lane and the load can explain.
    Delayed,
    /// An event waited for a service that it does not need.
    Withheld,
    /// The mapping gave up a record because the function had answered too early, and so used up the retries.
    GivenUpEarly,
    /// A function answered although it had time to await calls under way, and so did not hear what the topic took.
    Unheard,
    /// An invocation worked past its deadline, or started a call when the time for calls was over.
    Overran,
    /// Long after the last fault, records were still delivered again and again.
    NeverSettled,
}

/// A broken promise, and how it was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which promise was broken.
    pub breach: Breach,
    /// How the run broke it.
    pub explanation: String,
}

impl Violation {
    pub(super) fn new(breach: Breach, explanation: impl Into<String>) -> Self {
        Self {
            breach,
            explanation: explanation.into(),
        }
    }
}

impl Breach {
    /// Every way to break a promise.
    pub const ALL: [Self; 19] = [
        Self::Lost,
        Self::Reordered,
        Self::NeedlessDuplicate,
        Self::DuplicateDiffers,
        Self::TwoOfALane,
        Self::PastUnsettled,
        Self::Invented,
        Self::Misdescribed,
        Self::Readable,
        Self::Unreadable,
        Self::ParkedNeedlessly,
        Self::ParkedTwice,
        Self::NotParkedWhole,
        Self::Delayed,
        Self::Withheld,
        Self::GivenUpEarly,
        Self::Unheard,
        Self::Overran,
        Self::NeverSettled,
    ];
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Lost => "lost",
            Self::Reordered => "reordered",
            Self::NeedlessDuplicate => "duplicate of known outcome",
            Self::DuplicateDiffers => "duplicate differs",
            Self::PastUnsettled => "sent past an unsettled event",
            Self::TwoOfALane => "two of a lane in a call",
            Self::Invented => "invented event",
            Self::Misdescribed => "misdescribed event",
            Self::Readable => "readable after an erasure",
            Self::Unreadable => "unreadable without an erasure",
            Self::ParkedNeedlessly => "parked needlessly",
            Self::ParkedTwice => "parked twice knowingly",
            Self::NotParkedWhole => "not parked whole",
            Self::Delayed => "delayed",
            Self::Withheld => "withheld by a service it does not need",
            Self::GivenUpEarly => "given up early",
            Self::Unheard => "answers not awaited",
            Self::Overran => "past the deadline",
            Self::NeverSettled => "never settled",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.breach, self.explanation)
    }
}
