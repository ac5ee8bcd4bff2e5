//! Judges delays while KMS or SQS is unwell: an event that needs neither must not wait for them.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::fault::{Fault, Service};
use super::memory::{Needs, Wait, Waits};
use super::oracle::Oracle;
use super::violation::Breach;

/// How long an event may take that waits for nothing.
const PROMPTLY: Duration = Duration::from_secs(1);
/// The longest call without a fault, with a request for a new key.
const LONGEST_CALL: Duration = Duration::from_millis(50);
/// How long a fault may have an effect: a slow key, and the pause before KMS is asked again.
const EFFECT: Duration = Duration::from_secs(15);

impl<'a> Oracle<'a> {
    /// Records were delivered: those that were not delivered before must be published soon.
    pub(super) fn delivered(&mut self, records: &[usize], at: Duration) {
        let Some(working_time) = self.terms.working_time else {
            return;
        };
        let due = PROMPTLY + self.load(records);
        let mut needs: BTreeMap<&'a str, Needs> = BTreeMap::new();
        let in_batch: HashSet<usize> = records.iter().copied().collect();
        for &record in records {
            let Some(truth) = self.truth(record) else {
                continue;
            };
            let (Some(lane), Some(group)) = (truth.lane.as_deref(), truth.group.as_deref()) else {
                continue;
            };
            let before = match needs.get(group) {
                Some(before) => *before,
                // What waits outside of the batch could need anything.
                None => self.outside(lane, record, &in_batch),
            };
            let needs_now = before.and(Needs::of(truth));
            needs.insert(group, needs_now);
            let first = self.waits.delivered.insert(record);
            if first && !truth.parks && !truth.events.is_empty() && due <= working_time {
                self.waits.waits.push(Wait {
                    record,
                    delivered: at,
                    due: at + due,
                    needs: needs_now,
                });
            }
        }
    }

    /// The time for all calls of the batch, one after the other. After a call was refused as a whole, its events are sent again.
    fn load(&self, records: &[usize]) -> Duration {
        let truths = || records.iter().filter_map(|record| self.truth(*record));
        let calls: usize = truths()
            .map(|truth| truth.events.len() + usize::from(truth.parks))
            .sum();
        let twice = truths().any(|truth| truth.parks && !truth.events.is_empty());
        let longest = self.terms.call_time.unwrap_or_default().max(LONGEST_CALL);
        longest * u32::try_from(calls).unwrap_or(u32::MAX) * if twice { 2 } else { 1 }
    }

    fn outside(&mut self, lane: &'a str, record: usize, in_batch: &HashSet<usize>) -> Needs {
        let waiting = self.unsettled_before(lane, (record, 0));
        let unknown = waiting.is_some_and(|(before, _)| !in_batch.contains(&before));
        Needs {
            keys: unknown,
            persons: unknown,
            parking: unknown,
        }
    }

    pub(super) fn struck(&mut self, fault: Fault, at: Duration) {
        *self.judgement.faults.entry(fault).or_default() += 1;
        // None of them delays anything by itself.
        if !matches!(fault, Fault::RecordTwice | Fault::NewInstance | Fault::TableStale) {
            self.waits.faults.push((at, fault.service()));
        }
    }

    pub(super) fn no_longer_waits(&mut self, records: &[usize], at: Duration) {
        let given_up = records.iter().map(|record| (*record, at));
        self.waits.given_up.extend(given_up);
    }

    pub(super) fn look_for_withheld(&mut self) {
        let waits = std::mem::take(&mut self.waits);
        for wait in &waits.waits {
            let given_up = waits.given_up.get(&wait.record);
            if !waits.is_fair(wait) || given_up.is_some_and(|at| *at <= wait.due) {
                continue;
            }
            let events = self.truth(wait.record).map_or(0, |truth| truth.events.len());
            self.judgement.watched += events;
            let late = (0..events).find(|position| {
                let taken = self.taken.get(&(wait.record, *position));
                let first = taken.and_then(|deliveries| deliveries.first());
                first.is_none_or(|(_, at)| *at > wait.due)
            });
            if let Some(position) = late {
                let limit = wait.due - wait.delivered;
                let event = self.name((wait.record, position));
                let text =
                    format!("{event} was not published within {limit:?}, and needs nothing that is unwell");
                self.breach(Breach::Withheld, text);
            }
        }
    }
}

impl Waits {
    /// Whether, while the record waited, KMS or SQS was unwell and nothing that the record needs.
    fn is_fair(&self, wait: &Wait) -> bool {
        let after = |at: Duration| self.faults.partition_point(|(time, _)| *time < at);
        let until = self.faults.partition_point(|(time, _)| *time <= wait.due);
        let between = |from: Duration| self.faults.get(after(from)..until).unwrap_or_default();
        let mut unwell = false;
        for (_, service) in between(wait.delivered) {
            match service {
                None | Some(Service::Topic) => return false,
                Some(Service::Keys | Service::Parking | Service::SubjectKeys) => unwell = true,
            }
        }
        let needed = |service: &Option<Service>| match service {
            Some(Service::Keys) => wait.needs.keys,
            Some(Service::Parking) => wait.needs.parking,
            Some(Service::SubjectKeys) => wait.needs.persons,
            _ => false,
        };
        let recent = between(wait.delivered.saturating_sub(EFFECT));
        unwell && !recent.iter().any(|(_, service)| needed(service))
    }
}
