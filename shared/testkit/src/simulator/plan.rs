//! The fault plan: which faults are injected, how often, and until when.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::fault::{Fault, Manner, Service};
use crate::random::mix;

/// A period in which a service takes no call.
#[derive(Debug, Clone)]
pub struct Outage {
    /// The service.
    pub service: Service,
    /// How it behaves.
    pub manner: Manner,
    /// Its start, in virtual time.
    pub from: Duration,
    /// Its end, in virtual time.
    pub until: Duration,
}

/// The faults of a run. Whether a fault strikes depends on its target and not on the order of events, so that a smaller
/// run meets the same faults.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan {
    /// The seed of all decisions.
    pub seed: u64,
    /// How often each fault strikes in a thousand tries.
    pub per_mille: BTreeMap<Fault, u64>,
    /// The outages.
    pub outages: Vec<Outage>,
    /// Faults that would strike but do not, because shrinking has removed them.
    pub muted: BTreeSet<u64>,
    /// About how long a slow answer takes at most.
    pub slowest: Duration,
    /// How long the topic takes for every call that is not slow; `None` for 2 to 40 ms.
    pub call_time: Option<Duration>,
    /// When the faults end. After that every record must be acknowledged or given up.
    pub until: Duration,
}

impl FaultPlan {
    /// The number of the fault; `None` if it does not strike this target now.
    pub(super) fn strikes(&self, fault: Fault, target: u64, now: Duration) -> Option<u64> {
        let rate = self.per_mille.get(&fault).copied().unwrap_or_default();
        let number = mix(&[self.seed, fault as u64, target]);
        let strikes = now < self.until && number % 1_000 < rate && !self.muted.contains(&number);
        strikes.then_some(number)
    }

    /// The outage of a service, and its number; `None` if the service is up.
    pub(super) fn outage(&self, service: Service, now: Duration) -> Option<(Manner, u64)> {
        let hit = |outage: &&Outage| outage.service == service && outage.from <= now && now < outage.until;
        let (place, outage) = self.outages.iter().enumerate().find(|(_, outage)| hit(outage))?;
        let number = mix(&[self.seed, 1_000, place as u64]);
        (!self.muted.contains(&number)).then_some((outage.manner, number))
    }
}
