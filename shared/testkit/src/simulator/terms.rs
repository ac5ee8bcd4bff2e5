//! The terms of a run that its judge must know besides the history.

use std::time::Duration;

/// The terms of a run. A term that is absent is not judged.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// How long every good record may take to be published. `None` where faults can delay any of them.
    pub longest_delay: Option<Duration>,
    /// How long a function starts calls in an invocation: its timeout less the margin.
    pub working_time: Option<Duration>,
    /// How long a function awaits the answers of calls under way: its timeout less what it needs for its own answer.
    pub answer_time: Option<Duration>,
    /// `MaximumRecordAgeInSeconds`; `None` is unlimited.
    pub max_age: Option<Duration>,
    /// How long the topic takes for every call without a fault; `None` if that differs from call to call.
    pub call_time: Option<Duration>,
    /// Whether up to ten consecutive events of a lane may go in one call.
    pub lane_batching: bool,
    /// Whether the classes of persons are sealed with their keys, too.
    pub has_persons: bool,
}
