//! Lanes, one per message group (ordering key): the events of one subject, in order.
//!
//! A step of a lane waits until the step before it is settled (acknowledged), so no event overtakes an earlier one that
//! is not published yet. Lanes do not wait for each other. An event is sealed in its turn; while it lacks a key, its lane
//! waits and the others go on.

#![allow(
    clippy::indexing_slicing,
    reason = "this file creates every lane index, and never removes a lane"
)]

use std::collections::{BTreeSet, HashMap};

use crate::error::{Code, Error};
use crate::publish::batch::{Batch, Entry, MAX_ENTRIES, Outcome};
use crate::publish::heads::{Head, Heads};
use crate::publish::lane::{Front, Lane, Waiting};
use crate::publish::step::{Lock, Parking, Sealer, Settled, Step};

/// All lanes of an invocation.
#[derive(Debug)]
pub struct Lanes {
    max_bytes: usize,
    lane_batching: bool,
    by_name: HashMap<String, usize>,
    lanes: Vec<Lane>,
    heads: Heads,
    /// How many steps were pushed.
    turns: usize,
}

impl Lanes {
    /// No lanes yet. The entries of a call have at most `max_bytes` together. With `lane_batching`, a lane with
    /// [`MAX_ENTRIES`] or more waiting steps fills a call with consecutive events; without it, a call carries at most one
    /// event of each lane.
    pub fn new(max_bytes: usize, lane_batching: bool) -> Self {
        Self {
            max_bytes,
            lane_batching,
            by_name: HashMap::new(),
            lanes: Vec::new(),
            heads: Heads::default(),
            turns: 0,
        }
    }

    /// Appends a step of a record to its lane. Records must come in stream order; one can have steps in several lanes. An
    /// event's lane is its partition key.
    pub fn push(&mut self, lane: &str, record: usize, step: Step) {
        let next = self.lanes.len();
        let lane = *self.by_name.entry(lane.to_owned()).or_insert(next);
        if lane == next {
            self.lanes.push(Lane::default());
        }
        let turn = self.turns;
        self.turns += 1;
        self.lanes[lane].insert(Waiting { turn, record, step });
        if self.lanes[lane].len() == 1 {
            self.offer(lane);
        }
    }

    /// An event of the lane was published in an earlier invocation, so those that wait come late: they are marked as
    /// replayed. Returns how many they are.
    pub fn overtaken(&mut self, lane: &str) -> u64 {
        let lane = self.by_name.get(lane);
        lane.map_or(0, |lane| self.lanes[*lane].mark_overtaken())
    }

    /// The next call to make, oldest records first; `None` while every lane waits or is done. Events are sealed in their
    /// turn. The lanes in the call wait until [`Lanes::settle`].
    pub fn next_batch(&mut self, seal: &mut Sealer) -> Option<Batch> {
        while let Some((category, head)) = self.heads.take_oldest() {
            if !self.is_event(head, seal) {
                continue;
            }
            let mut batch = Batch::default();
            self.lanes[head.1].take(&mut batch);
            match category {
                Some(category) if self.is_long(head.1) => {
                    self.lanes[head.1].fill(category, &mut batch, self.max_bytes, seal);
                }
                Some(category) => self.fill_from_others(head, category, &mut batch, seal),
                None => {}
            }
            return Some(batch);
        }
        None
    }

    /// The next record to park; `None` while every such lane waits or is done. Its lane waits until [`Lanes::parked`] or
    /// [`Lanes::park_again`].
    pub fn next_parking(&mut self) -> Option<Parking> {
        while let Some((_, lane)) = self.heads.take_parking() {
            if let Some(parking) = self.lanes[lane].take_parking(lane) {
                return Some(parking);
            }
        }
        None
    }

    /// Records the outcomes of a batch, in the order of its entries; an entry without an outcome got no answer. After a
    /// rejection the record is parked. A suspect entry is sent again alone; if it was alone, it counts as rejected.
    pub fn settle(&mut self, batch: Batch, outcomes: &[Outcome]) -> Settled {
        let mut settled = Settled::default();
        let (mut passed, mut lanes, mut refused) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
        for (place, mut entry) in batch.into_entries().into_iter().enumerate().rev() {
            let Some(&lane) = self.by_name.get(&entry.event.partition_key) else {
                continue;
            };
            lanes.insert(lane);
            let outcome = outcomes.get(place).copied().unwrap_or(Outcome::Retryable);
            if outcome != Outcome::Accepted && passed.contains(&lane) {
                entry.event.mark_replayed();
                settled.overtaken += 1;
            }
            match outcome {
                Outcome::Retryable => {
                    entry.attempts += 1;
                    settled.retry.push(entry);
                    continue;
                }
                Outcome::Accepted => {
                    passed.insert(lane);
                    settled.accepted.push(entry);
                }
                Outcome::Suspect if !entry.alone => {
                    entry.alone = true;
                    self.lanes[lane].insert(Waiting::from(entry));
                }
                Outcome::Rejected | Outcome::Suspect => refused.push((lane, entry.turn, entry.record)),
            }
            self.lanes[lane].under_way -= 1;
        }
        settled.accepted.reverse();
        settled.retry.reverse();
        for (lane, turn, record) in refused {
            // The record is parked whole: a redrive will publish its other events too. Those of other lanes go on.
            let before = settled.retry.len();
            let others = |entry: &Entry| self.by_name.get(&entry.event.partition_key) != Some(&lane);
            settled
                .retry
                .retain(|entry| entry.record != record || others(entry));
            self.lanes[lane].under_way -= before - settled.retry.len();
            let message = "the topic refused the event as the sender's fault";
            self.lanes[lane].park(turn, record, Error::new(Code::RefusedByTopic, message));
        }
        lanes.into_iter().for_each(|lane| self.offer(lane));
        settled
    }

    /// Puts entries back, to be sent again.
    pub fn again(&mut self, entries: Vec<Entry>) {
        let mut lanes = BTreeSet::new();
        for entry in entries {
            if let Some(&lane) = self.by_name.get(&entry.event.partition_key) {
                self.lanes[lane].under_way -= 1;
                self.lanes[lane].insert(Waiting::from(entry));
                lanes.insert(lane);
            }
        }
        lanes.into_iter().for_each(|lane| self.offer(lane));
    }

    /// The record was parked, so its lane continues.
    pub fn parked(&mut self, parking: &Parking) {
        self.lanes[parking.lane].under_way -= 1;
        self.offer(parking.lane);
    }

    /// Parking the record failed: it is to be parked again.
    pub fn park_again(&mut self, parking: Parking) {
        let (lane, turn, record) = (parking.lane, parking.turn, parking.record);
        let step = Step::Park {
            error: parking.error,
            attempts: parking.attempts + 1,
        };
        self.lanes[lane].under_way -= 1;
        self.lanes[lane].insert(Waiting { turn, record, step });
        self.offer(lane);
    }

    /// Takes a key that lanes wait for, to ask for it. Each is given once, and again after [`Lanes::want_again`].
    pub fn take_wanted(&mut self) -> Option<Lock> {
        self.heads.take_wanted()
    }

    /// The key could not be had: if lanes wait for it, it has to be asked for again.
    pub fn want_again(&mut self, lock: Lock) {
        self.heads.want_again(lock);
    }

    /// There is this key again: the lanes that wait for it continue.
    pub fn unlock(&mut self, lock: &Lock) {
        let lanes = self.heads.unlock(lock);
        lanes.into_iter().for_each(|lane| self.offer(lane));
    }

    fn offer(&mut self, lane: usize) {
        if let Some(head) = self.lanes[lane].head() {
            self.heads.add(lane, head.record, &head.step);
        }
    }

    /// Whether the lane of a head that was taken has an event to send. If not, the lane waits for a key, or is offered
    /// again.
    fn is_event(&mut self, (_, lane): Head, seal: &mut Sealer) -> bool {
        match self.lanes[lane].front(seal) {
            Front::Event => return true,
            Front::Locked(lock) => self.heads.lock(lock, lane),
            Front::Other => self.offer(lane),
        }
        false
    }

    fn is_long(&self, lane: usize) -> bool {
        self.lane_batching && self.lanes[lane].len() >= MAX_ENTRIES
    }

    fn fill_from_others(
        &mut self,
        mut head: Head,
        category: &'static str,
        batch: &mut Batch,
        seal: &mut Sealer,
    ) {
        // Looking further would make a call cost as much as there are lanes.
        let mut misses = 0;
        while !batch.is_full()
            && misses < MAX_ENTRIES
            && let Some(next) = self.heads.next(category, head)
        {
            head = next;
            let lane = head.1;
            if self.is_long(lane) {
                misses += 1;
                continue;
            }
            self.heads.remove(category, head);
            let event = self.is_event(head, seal);
            if event && self.lanes[lane].fits(category, batch, self.max_bytes) {
                self.lanes[lane].take(batch);
            } else if event {
                misses += 1;
                self.offer(lane);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::envelope::message::SealedEnvelope;

    fn step(record: usize, lane: &str) -> Step {
        let event = SealedEnvelope {
            id: format!("event of {record}"),
            category: "account",
            deprecated: None,
            partition_key: lane.to_owned(),
            body: String::new(),
            attributes: Vec::new(),
        };
        Step::Publish(Entry::new(record, event))
    }

    fn lanes(records: &[&str]) -> Lanes {
        let mut lanes = Lanes::new(1_000_000, false);
        for (record, lane) in records.iter().enumerate() {
            lanes.push(lane, record, step(record, lane));
        }
        lanes
    }

    fn next_batch(lanes: &mut Lanes) -> Batch {
        let batch = lanes.next_batch(&mut |_| panic!("every event is sealed"));
        batch.unwrap_or_default()
    }

    fn records(batch: &Batch) -> Vec<usize> {
        batch.entries().iter().map(|entry| entry.record).collect()
    }

    #[test]
    fn a_batch_never_holds_two_events_of_one_lane() {
        let mut lanes = lanes(&["a", "a", "b", "a", "c"]);
        let batch = next_batch(&mut lanes);
        assert_eq!(records(&batch), [0, 2, 4]);
        assert!(
            next_batch(&mut lanes).entries().is_empty(),
            "the lane waits for its first event"
        );
        lanes.settle(batch, &[Outcome::Accepted; 3]);
        assert_eq!(records(&next_batch(&mut lanes)), [1]);
    }

    #[test]
    fn a_lane_does_not_pass_its_retryable_event() {
        let mut lanes = lanes(&["a", "a", "b"]);
        let batch = next_batch(&mut lanes);
        let settled = lanes.settle(batch, &[Outcome::Retryable, Outcome::Accepted]);
        assert_eq!((settled.retry.len(), settled.accepted.len()), (1, 1));
        assert!(next_batch(&mut lanes).entries().is_empty());
        lanes.again(settled.retry);
        assert_eq!(records(&next_batch(&mut lanes)), [0]);
    }

    #[test]
    fn a_rejected_event_parks_its_record_before_the_lane_goes_on() {
        let mut lanes = Lanes::new(1_000_000, false);
        lanes.push("a", 0, step(0, "a"));
        lanes.push("a", 0, step(0, "a"));
        lanes.push("a", 1, step(1, "a"));
        let batch = next_batch(&mut lanes);
        lanes.settle(batch, &[Outcome::Rejected]);
        let parking = lanes.next_parking().unwrap();
        assert_eq!((parking.record, parking.error.code()), (0, Code::RefusedByTopic));
        assert!(
            next_batch(&mut lanes).entries().is_empty(),
            "the lane waits for the parking"
        );
        lanes.park_again(parking);
        let parking = lanes.next_parking().unwrap();
        assert_eq!(parking.attempts, 1);
        lanes.parked(&parking);
        assert_eq!(
            records(&next_batch(&mut lanes)),
            [1],
            "the record's second event went with it"
        );
    }

    #[test]
    fn a_rejected_event_leaves_those_of_its_record_in_other_lanes_as_they_are() {
        let mut lanes = Lanes::new(1_000_000, false);
        lanes.push("a", 0, step(0, "a"));
        lanes.push("b", 0, step(0, "b"));
        lanes.push("b", 1, step(1, "b"));
        let batch = next_batch(&mut lanes);
        let settled = lanes.settle(batch, &[Outcome::Rejected, Outcome::Retryable]);
        assert_eq!(settled.retry.len(), 1);
        lanes.again(settled.retry);
        let batch = next_batch(&mut lanes);
        assert_eq!(records(&batch), [0]);
        lanes.settle(batch, &[Outcome::Accepted]);
        assert_eq!(records(&next_batch(&mut lanes)), [1]);
        assert_eq!(lanes.next_parking().unwrap().record, 0);
    }

    #[test]
    fn a_suspect_event_is_sent_alone_and_then_parked() {
        let mut lanes = lanes(&["a", "b"]);
        let batch = next_batch(&mut lanes);
        lanes.settle(batch, &[Outcome::Suspect; 2]);
        let guilty = next_batch(&mut lanes);
        let innocent = next_batch(&mut lanes);
        assert_eq!((records(&guilty), records(&innocent)), (vec![0], vec![1]));
        lanes.settle(guilty, &[Outcome::Suspect]);
        assert_eq!(lanes.next_parking().unwrap().record, 0);
    }

    #[test]
    fn a_long_lane_fills_a_call_only_with_lane_batching() {
        let full = |lane_batching| {
            let mut lanes = Lanes::new(1_000_000, lane_batching);
            lanes.push("b", 0, step(0, "b"));
            for record in 1..=12 {
                lanes.push("a", record, step(record, "a"));
            }
            (next_batch(&mut lanes), next_batch(&mut lanes))
        };
        let (first, second) = full(true);
        assert_eq!((records(&first), records(&second)), (vec![0], (1..=10).collect()));
        let (first, second) = full(false);
        assert_eq!((records(&first), records(&second)), (vec![0, 1], vec![]));
    }

    #[test]
    fn an_event_that_a_later_one_of_its_call_passed_is_sent_as_a_replay_before_the_rest() {
        let mut lanes = Lanes::new(1_000_000, true);
        for record in 0..12 {
            lanes.push("a", record, step(record, "a"));
        }
        let batch = next_batch(&mut lanes);
        let mut outcomes = [Outcome::Accepted; 10];
        (outcomes[1], outcomes[9]) = (Outcome::Retryable, Outcome::Retryable);
        let settled = lanes.settle(batch, &outcomes);
        assert_eq!(settled.overtaken, 1);
        let replayed: Vec<_> = settled
            .retry
            .iter()
            .map(|entry| entry.event.attribute("replay"))
            .collect();
        assert_eq!(replayed, [Some("true"), None]);
        assert!(next_batch(&mut lanes).entries().is_empty());
        lanes.again(settled.retry);
        assert_eq!(records(&next_batch(&mut lanes)), [1]);
    }

    #[test]
    fn a_call_with_a_guilty_entry_costs_no_more_than_its_entries() {
        // Ten thousand entries that must go alone: each call looks at one lane.
        let names: Vec<_> = (0..10_000).map(|lane| lane.to_string()).collect();
        let mut lanes = lanes(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let mut calls = Vec::new();
        loop {
            let batch = next_batch(&mut lanes);
            if batch.entries().is_empty() {
                break;
            }
            calls.push(batch);
        }
        assert_eq!(calls.len(), 1_000);
        for batch in calls {
            lanes.settle(batch, &[Outcome::Suspect; MAX_ENTRIES]);
        }
        for record in 0..10_000 {
            assert_eq!(records(&next_batch(&mut lanes)), [record]);
        }
    }
}
