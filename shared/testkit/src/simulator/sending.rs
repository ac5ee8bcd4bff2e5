//! Judges what a process sends.

use std::collections::BTreeSet;

use super::oracle::Oracle;
use super::seen_keys::Place;
use super::violation::Breach;

impl<'a> Oracle<'a> {
    pub(super) fn sent(&mut self, call: u64, process: u64, ids: &[String]) {
        self.caller.insert(call, process);
        if let Some(told) = &mut self.on_the_wire {
            told.remove(&process);
        }
        let mut lanes = BTreeSet::new();
        let mut in_call = BTreeSet::new();
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
            if !lanes.insert(lane) && !self.terms.lane_batching {
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
            // Only the first delivery of an event can break the order. Which call makes it is not known yet: a connection may
            // break, and another process, which knows nothing of this one's answers, then sends the event.
            let first = !self.taken.contains_key(&place);
            if self.terms.lane_batching && first && self.knows_of_a_later_one(process, lane, place) {
                self.sent_knowingly.insert((call, place));
            }
            let unsettled = self.unsettled_before(lane, place);
            let unsettled = unsettled.and_then(|first| self.not_in_call(lane, first, place, &in_call));
            in_call.insert(place);
            if let Some(unsettled) = unsettled {
                let (event, unsettled) = (self.name(place), self.name(unsettled));
                let text = format!("call {call} carries {event} while {unsettled} is not acknowledged");
                self.breach(Breach::PastUnsettled, text);
            }
        }
    }

    /// The first event of the lane before this one that is neither known to be accepted, nor parked, nor given up.
    pub(super) fn unsettled_before(&mut self, lane: &'a str, place: Place) -> Option<Place> {
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

    /// The first event of the lane from this one until the place that is neither settled nor earlier in the call. Without
    /// lane batching no call can carry an earlier one.
    fn not_in_call(
        &self,
        lane: &str,
        first: Place,
        until: Place,
        in_call: &BTreeSet<Place>,
    ) -> Option<Place> {
        if !self.terms.lane_batching {
            return Some(first);
        }
        let records = self.lanes.get(lane)?;
        let from = records.partition_point(|record| *record < first.0);
        let open = |record: usize| {
            let truth = self.truth(record)?;
            let open = (0..truth.events.len()).map(|position| (record, position));
            let mut open = open.filter(|place| *place < until && !self.told.contains(place));
            open.find(|place| !in_call.contains(place)).or_else(|| {
                // Before its answer, nobody knows that the topic will refuse an event of this call.
                let mut own = (0..truth.events.len()).map(|position| (record, position));
                let in_this_call = own.any(|place| in_call.contains(&place));
                let waits = truth.parks && !in_this_call && record < until.0;
                waits.then_some((record, truth.events.len()))
            })
        };
        let records = records.iter().skip(from).copied();
        records
            .take_while(|record| *record <= until.0)
            .filter(|record| !self.parked_told.contains(record) && !self.given_up.contains(record))
            .find_map(open)
    }

    /// Whether the process knows that the topic accepted a later event of the lane.
    fn knows_of_a_later_one(&self, process: u64, lane: &str, place: Place) -> bool {
        // A call carries ten events of a lane at most.
        const MOST: usize = 10;
        let later = |record: usize| {
            let events = self.truth(record).map_or(0, |truth| truth.events.len());
            (0..events).map(move |position| (record, position))
        };
        let records = self.lanes.get(lane).map(Vec::as_slice).unwrap_or_default();
        let from = records.partition_point(|record| *record < place.0);
        records
            .iter()
            .skip(from)
            .copied()
            .flat_map(later)
            .filter(|later| *later > place)
            .take(MOST)
            .any(|later| {
                self.told_to
                    .get(&later)
                    .is_some_and(|told| told.contains(&process))
            })
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
