//! Judges what a process sends.

use std::collections::BTreeSet;

use super::oracle::{Oracle, Place};
use super::violation::Breach;

impl<'a> Oracle<'a> {
    pub(super) fn sent(&mut self, call: u64, process: u64, ids: &[String]) {
        self.caller.insert(call, process);
        if let Some(told) = &mut self.on_the_wire {
            told.remove(&process);
        }
        let mut lanes = BTreeSet::new();
        for id in ids {
            let Some(&place) = self.by_id.get(id.as_str()) else {
                self.breach(
                    Breach::Invented,
                    format!("call {call} carries {id}, which belongs to no change"),
                );
                continue;
            };
            let Some(lane) = self.truth(place.0).and_then(|truth| truth.lane.as_deref()) else {
                continue;
            };
            if !lanes.insert(lane) {
                self.breach(
                    Breach::TwoOfALane,
                    format!("call {call} carries two events of {lane}"),
                );
            }
            if self
                .told_to
                .get(&place)
                .is_some_and(|told| told.contains(&process))
            {
                let event = self.name(place);
                let text = format!("process {process} knew that {event} was accepted and sent it again");
                self.breach(Breach::NeedlessDuplicate, text);
            }
            if let Some(unsettled) = self.unsettled_before(lane, place) {
                let (event, unsettled) = (self.name(place), self.name(unsettled));
                let text = format!("call {call} carries {event} while {unsettled} is not acknowledged");
                self.breach(Breach::PastUnsettled, text);
            }
        }
    }

    /// The first event of the lane before this one that is neither known to be accepted, nor parked, nor given up.
    fn unsettled_before(&mut self, lane: &'a str, place: Place) -> Option<Place> {
        let records = self.lanes.get(lane)?;
        let mut settled = self.settled_in_lane.get(lane).copied().unwrap_or_default();
        while records
            .get(settled)
            .is_some_and(|record| self.unsettled_in(*record).is_none())
        {
            settled += 1;
        }
        self.settled_in_lane.insert(lane, settled);
        let first = *records.get(settled)?;
        let unsettled = self.unsettled_in(first)?;
        ((first, unsettled) < place).then_some((first, unsettled))
    }

    /// The place of the first event of the record that is not acknowledged.
    fn unsettled_in(&self, record: usize) -> Option<usize> {
        let truth = self.truth(record)?;
        if self.parked_told.contains(&record) || self.given_up.contains(&record) {
            return None;
        }
        let open = (0..truth.events.len()).find(|position| !self.told.contains(&(record, *position)));
        open.or(truth.parks.then_some(truth.events.len()))
    }
}
