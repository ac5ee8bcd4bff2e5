//! What can be wrong with a run.

use std::fmt;

/// The promise that was broken, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Breach {
    /// A change was neither published nor parked nor given to `OnFailure`.
    Lost,
    /// The first deliveries of a lane are not in stream order.
    Reordered,
    /// An event was sent again by a process that had been told of its acceptance.
    NeedlessDuplicate,
    /// Two deliveries of an event differ in what they say.
    DuplicateDiffers,
    /// One call carried two events of a lane.
    TwoOfALane,
    /// An event was sent while an earlier one of its lane was not settled.
    PastUnsettled,
    /// The topic was given an event that no change is.
    Invented,
    /// An event's document does not say what its change was, or does not open.
    Misdescribed,
    /// A record was parked that could have been published.
    ParkedNeedlessly,
    /// A parked message does not hold a record of the stream whole.
    NotParkedWhole,
    /// A good record was published later than its lane and the load explain.
    Delayed,
    /// An invocation worked past its deadline.
    Overran,
    /// Long after the last fault, records were still delivered again and again.
    NeverSettled,
}

/// A promise broken, with what a reader needs to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The promise.
    pub breach: Breach,
    /// What happened.
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
    /// Every promise.
    pub const ALL: [Self; 13] = [
        Self::Lost,
        Self::Reordered,
        Self::NeedlessDuplicate,
        Self::DuplicateDiffers,
        Self::TwoOfALane,
        Self::PastUnsettled,
        Self::Invented,
        Self::Misdescribed,
        Self::ParkedNeedlessly,
        Self::NotParkedWhole,
        Self::Delayed,
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
            Self::ParkedNeedlessly => "parked needlessly",
            Self::NotParkedWhole => "not parked whole",
            Self::Delayed => "delayed",
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
