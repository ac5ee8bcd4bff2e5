//! What the oracle keeps in mind for its judgements on parking, on delays and on the time of invocations.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use super::fault::Service;
use super::history::Truth;

/// The copies of a parked record in order: the process, and whether it was told.
pub(super) type Copies = Vec<(u64, bool)>;

/// The attempts at the records.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    /// The invocation under way of each process: its start and its records.
    pub(super) under_way: HashMap<u64, (Duration, Vec<usize>)>,
    /// The calls under way of each process.
    pub(super) calls: HashMap<u64, BTreeSet<u64>>,
    /// The records that an invocation reported although it had much time left.
    pub(super) early: HashSet<usize>,
}

/// What was delivered, and the faults so far.
#[derive(Debug, Default)]
pub(super) struct Waits {
    pub(super) delivered: HashSet<usize>,
    pub(super) waits: Vec<Wait>,
    /// When each record was given up.
    pub(super) given_up: HashMap<usize, Duration>,
    /// Faults in order of time. `None` is a fault of something else than a service.
    pub(super) faults: Vec<(Duration, Option<Service>)>,
}

/// A record that must be published soon after its first delivery, unless something that it needs is unwell.
#[derive(Debug)]
pub(super) struct Wait {
    pub(super) record: usize,
    pub(super) delivered: Duration,
    pub(super) due: Duration,
    pub(super) needs: Needs,
}

/// The services that a record needs besides the topic, or that the records before it in its message group need. With a
/// `ParallelizationFactor` above 1, a group has several lanes, and the publisher orders all of it in an invocation.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Needs {
    pub(super) keys: bool,
    /// The table of persons' keys.
    pub(super) persons: bool,
    pub(super) parking: bool,
}

impl Needs {
    pub(super) fn of(truth: &Truth) -> Self {
        Self {
            // An event that is too large must be sealed before its size is known.
            keys: truth.parks || truth.events.iter().any(|event| event.sealed),
            persons: truth.parks || truth.events.iter().any(|event| event.sealed),
            parking: truth.parks,
        }
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            keys: self.keys || other.keys,
            persons: self.persons || other.persons,
            parking: self.parking || other.parking,
        }
    }
}
