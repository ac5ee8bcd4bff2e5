//! The judgement on a run.

use std::collections::BTreeMap;

use super::fault::Fault;
use super::violation::Violation;

/// The judgement on a run, and counts of its events.
#[derive(Debug, Default)]
pub struct Judgement {
    /// The broken promises, the gravest first. Empty for a sound run.
    pub violations: Vec<Violation>,
    /// The events that were published at least once.
    pub published: usize,
    /// The records that were parked (moved to the parking-lot queue).
    pub parked: usize,
    /// The records that were stored whole in the bucket of failures, because they are too large for the parked queue.
    pub stored: usize,
    /// The records that were given to `OnFailure`.
    pub given_up: usize,
    /// The invocations.
    pub invocations: usize,
    /// The repeated deliveries of events, by cause.
    pub duplicates: BTreeMap<Cause, usize>,
    /// The repeated copies of parked records, by cause.
    pub copies: BTreeMap<Cause, usize>,
    /// The events that need nothing that was unwell when they were delivered, so that their delay was judged.
    pub watched: usize,
    /// With `LANE_BATCHING`, the events that the topic took after a later one of their lane.
    pub orders_broken: usize,
    /// Those of them without the `replay` attribute: their sender could not know of the later one.
    pub unmarked: usize,
    /// The deliveries of events with classes that were sealed with a person's key, too.
    pub sealed_for_persons: usize,
    /// The persons who were erased.
    pub erased: usize,
    /// The faults that struck, by kind.
    pub faults: BTreeMap<Fault, usize>,
}

/// Why an event was delivered again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The sender never learned of the earlier delivery.
    UnknownOutcome,
    /// The process that knew of it was killed.
    Crash,
    /// The process that knew of it was ended at its timeout.
    Timeout,
    /// Lambda replaced the process that knew of it.
    NewInstance,
    /// The process that knew of it sent the event again: a violation.
    KnownOutcome,
}
