//! Lanes, one per message group (ordering key): the events of one subject, in order.
//!
//! A step of a lane waits until the step before it is settled (acknowledged). So no call carries two events of one
//! lane, and no event overtakes an earlier one that is not published yet. Lanes do not wait for each other.

#![allow(
    clippy::indexing_slicing,
    reason = "this file creates every lane index, and never removes a lane"
)]

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::error::{Code, Error};
use crate::publish::batch::{Batch, Entry, MAX_ENTRIES, Outcome};

/// One step of a record, for its turn in the lane.
#[derive(Debug)]
pub enum Step {
    /// Publish the event.
    Publish(Entry),
    /// Park the whole record: move it to the parking-lot queue.
    Park(Error),
    /// Nothing can be done in this invocation: the lane stops here.
    Hold,
}

/// One call to make.
#[derive(Debug)]
pub enum Call {
    /// Publish these events. No two are of one lane.
    Publish(Batch),
    /// Park this record.
    Park {
        /// The record's position in the invocation.
        record: usize,
        /// Why.
        error: Error,
    },
}

/// All lanes of an invocation.
#[derive(Debug, Default)]
pub struct Lanes {
    by_name: HashMap<String, usize>,
    lanes: Vec<VecDeque<(usize, Step)>>,
    /// The lanes with a first step that can be taken, by the record of that step: stream order.
    ready: BTreeSet<(usize, usize)>,
    /// The lane of every record with steps.
    lane_of: HashMap<usize, usize>,
}

impl Lanes {
    /// Appends a step of a record to its lane. Records must come in stream order, with all steps of a record in one
    /// lane.
    pub fn push(&mut self, lane: &str, record: usize, step: Step) {
        let next = self.lanes.len();
        let lane = *self.by_name.entry(lane.to_owned()).or_insert(next);
        if lane == next {
            self.lanes.push(VecDeque::new());
        }
        self.lane_of.insert(record, lane);
        self.lanes[lane].push_back((record, step));
        if self.lanes[lane].len() == 1 {
            self.offer(lane);
        }
    }

    /// The next call to make, oldest records first; `None` while every lane waits, is stopped or is done. The lanes in
    /// the call wait until [`Lanes::settle`], [`Lanes::again`] or [`Lanes::parked`].
    pub fn next_call(&mut self, max_bytes: usize) -> Option<Call> {
        let mut batch = Batch::default();
        for (record, lane) in self.ready.clone() {
            match self.lanes[lane].pop_front() {
                Some((_, Step::Park(error))) if batch.entries().is_empty() => {
                    self.ready.remove(&(record, lane));
                    return Some(Call::Park { record, error });
                }
                Some((_, Step::Publish(entry))) => match batch.push(entry, max_bytes) {
                    None => {
                        self.ready.remove(&(record, lane));
                    }
                    Some(entry) => self.lanes[lane].push_front((record, Step::Publish(entry))),
                },
                Some(other) => self.lanes[lane].push_front(other),
                None => {}
            }
            if batch.entries().len() == MAX_ENTRIES {
                break;
            }
        }
        (!batch.entries().is_empty()).then_some(Call::Publish(batch))
    }

    /// Records the outcome of an entry. After a rejection its record is parked. A suspect entry is sent again alone; if
    /// it was alone, it counts as rejected. A retryable entry is returned: pass it to [`Lanes::again`] after a pause.
    pub fn settle(&mut self, entry: Entry, outcome: Outcome) -> Option<Entry> {
        let lane = *self.lane_of.get(&entry.record)?;
        match outcome {
            Outcome::Accepted => self.offer(lane),
            Outcome::Suspect if !entry.alone => self.again(Entry { alone: true, ..entry }),
            Outcome::Rejected | Outcome::Suspect => {
                // The record is parked whole: a redrive will publish its other events too.
                self.lanes[lane].retain(|(record, _)| *record != entry.record);
                let error = Error::new(
                    Code::RefusedByTopic,
                    "the topic refused the event as the sender's fault",
                );
                self.lanes[lane].push_front((entry.record, Step::Park(error)));
                self.offer(lane);
            }
            Outcome::Retryable => return Some(entry),
        }
        None
    }

    /// Puts an entry back at the head of its lane, to be sent again.
    pub fn again(&mut self, entry: Entry) {
        if let Some(&lane) = self.lane_of.get(&entry.record) {
            self.lanes[lane].push_front((entry.record, Step::Publish(entry)));
            self.offer(lane);
        }
    }

    /// The record was parked, so its lane continues. Until this call the lane stays stopped.
    pub fn parked(&mut self, record: usize) {
        if let Some(&lane) = self.lane_of.get(&record) {
            self.offer(lane);
        }
    }

    fn offer(&mut self, lane: usize) {
        if let Some((record, Step::Publish(_) | Step::Park(_))) = self.lanes[lane].front() {
            self.ready.insert((*record, lane));
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
        Step::Publish(Entry {
            record,
            event,
            attempts: 0,
            alone: false,
        })
    }

    fn lanes(records: &[&str]) -> Lanes {
        let mut lanes = Lanes::default();
        for (record, lane) in records.iter().enumerate() {
            lanes.push(lane, record, step(record, lane));
        }
        lanes
    }

    fn next_batch(lanes: &mut Lanes) -> Vec<Entry> {
        match lanes.next_call(1_000_000) {
            Some(Call::Publish(batch)) => batch.into_entries(),
            None => Vec::new(),
            Some(other) => panic!("not a batch: {other:?}"),
        }
    }

    fn records(entries: &[Entry]) -> Vec<usize> {
        entries.iter().map(|entry| entry.record).collect()
    }

    #[test]
    fn a_batch_never_holds_two_events_of_one_lane() {
        let mut lanes = lanes(&["a", "a", "b", "a", "c"]);
        let batch = next_batch(&mut lanes);
        assert_eq!(records(&batch), [0, 2, 4]);
        assert!(
            next_batch(&mut lanes).is_empty(),
            "the lane waits for its first event"
        );
        for entry in batch {
            lanes.settle(entry, Outcome::Accepted);
        }
        assert_eq!(records(&next_batch(&mut lanes)), [1]);
    }

    #[test]
    fn a_lane_does_not_pass_its_retryable_event() {
        let mut lanes = lanes(&["a", "a", "b"]);
        let mut batch = next_batch(&mut lanes);
        let retryable = lanes.settle(batch.remove(0), Outcome::Retryable).unwrap();
        lanes.settle(batch.remove(0), Outcome::Accepted);
        assert!(next_batch(&mut lanes).is_empty());
        lanes.again(retryable);
        assert_eq!(records(&next_batch(&mut lanes)), [0]);
    }

    #[test]
    fn a_rejected_event_parks_its_record_before_the_lane_goes_on() {
        let mut lanes = Lanes::default();
        lanes.push("a", 0, step(0, "a"));
        lanes.push("a", 0, step(0, "a"));
        lanes.push("a", 1, step(1, "a"));
        let rejected = next_batch(&mut lanes).remove(0);
        assert_eq!(lanes.settle(rejected, Outcome::Rejected), None);
        let Some(Call::Park { record: 0, error }) = lanes.next_call(1_000) else {
            panic!("record 0 is not parked")
        };
        assert_eq!(error.code(), Code::RefusedByTopic);
        assert!(lanes.next_call(1_000).is_none(), "the lane waits for the parking");
        lanes.parked(0);
        assert_eq!(
            records(&next_batch(&mut lanes)),
            [1],
            "the record's second event went with it"
        );
    }

    #[test]
    fn a_suspect_event_is_sent_alone_and_then_parked() {
        let mut lanes = lanes(&["a", "b"]);
        for entry in next_batch(&mut lanes) {
            assert_eq!(lanes.settle(entry, Outcome::Suspect), None);
        }
        let guilty = next_batch(&mut lanes);
        let innocent = next_batch(&mut lanes);
        assert_eq!((records(&guilty), records(&innocent)), (vec![0], vec![1]));
        for entry in guilty {
            lanes.settle(entry, Outcome::Suspect);
        }
        assert!(matches!(
            lanes.next_call(1_000),
            Some(Call::Park { record: 0, .. })
        ));
    }

    #[test]
    fn a_lane_that_is_held_does_not_go_on() {
        let mut lanes = Lanes::default();
        lanes.push("a", 0, Step::Hold);
        lanes.push("a", 1, step(1, "a"));
        lanes.push("b", 2, step(2, "b"));
        assert_eq!(records(&next_batch(&mut lanes)), [2]);
        assert!(lanes.next_call(1_000).is_none());
    }
}
