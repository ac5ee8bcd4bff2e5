//! The oracle: its knowledge of a run, learned from the history so far.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;

use super::history::Truth;
use super::judgement::{Cause, Judgement};
use super::marks::mark;
use super::memory::{Attempts, Copies, Waits};
use super::seen_keys::{Keys, Place};
use super::terms::Terms;
use super::violation::{Breach, Violation};

/// What a process was told.
pub(super) enum Told {
    /// The topic took an event, by this call.
    Event(u64, Place),
    /// The record is parked.
    Record(usize),
}

/// What the history has shown of a run so far.
pub(super) struct Oracle<'a> {
    pub(super) truths: &'a [Truth],
    pub(super) terms: Terms,
    /// The place of each event, by its id.
    pub(super) by_id: HashMap<&'a str, Place>,
    /// The place of each record, by its mark.
    pub(super) by_mark: HashMap<String, usize>,
    /// The records of each lane (message group), in stream order.
    pub(super) lanes: BTreeMap<&'a str, Vec<usize>>,
    /// How many records at the start of each lane are acknowledged.
    pub(super) settled_in_lane: HashMap<&'a str, usize>,
    /// The events that some process knows to be accepted.
    pub(super) told: HashSet<Place>,
    /// The processes that know an event to be accepted.
    pub(super) told_to: HashMap<Place, BTreeSet<u64>>,
    /// The events that some process knows to be accepted, by call.
    pub(super) told_of_call: HashSet<(u64, Place)>,
    /// The outcomes that each process was told since its last call. Only over the wire, where an answer that was written
    /// may not have been read yet.
    pub(super) on_the_wire: Option<HashMap<u64, Vec<Told>>>,
    /// The process that sent each call.
    pub(super) caller: HashMap<u64, u64>,
    /// The deliveries of each event: the call and the time.
    pub(super) taken: BTreeMap<Place, Vec<(u64, Duration)>>,
    /// The document of each event's first delivery.
    pub(super) first_document: HashMap<Place, Value>,
    /// The events in the order of their first deliveries.
    pub(super) first_taken: Vec<Place>,
    /// The events that came after a later one of their lane and say so.
    pub(super) marked: HashSet<Place>,
    /// The calls and their events that the sender sent although it knew that a later one of their lane was accepted: it must
    /// have marked them.
    pub(super) sent_knowingly: HashSet<(u64, Place)>,
    pub(super) parked: BTreeSet<usize>,
    /// The copies of each parked record.
    pub(super) copies: BTreeMap<usize, Copies>,
    /// The records that some process knows to be parked.
    pub(super) parked_told: HashSet<usize>,
    pub(super) given_up: BTreeSet<usize>,
    /// How each process ended, as the cause of later duplicates.
    pub(super) fate: HashMap<u64, Cause>,
    pub(super) waits: Waits,
    pub(super) attempts: Attempts,
    pub(super) keys: Keys,
    pub(super) judgement: Judgement,
}

impl<'a> Oracle<'a> {
    pub(super) fn new(truths: &'a [Truth], terms: Terms) -> Self {
        let mut lanes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut by_id = HashMap::new();
        for (record, truth) in truths.iter().enumerate() {
            if let Some(lane) = &truth.lane {
                lanes.entry(lane).or_default().push(record);
            }
            let places = truth.events.iter().enumerate();
            by_id.extend(places.map(|(position, event)| (event.id.as_str(), (record, position))));
        }
        Self {
            truths,
            terms,
            by_id,
            by_mark: truths
                .iter()
                .enumerate()
                .map(|(record, truth)| (mark(&truth.raw), record))
                .collect(),
            lanes,
            settled_in_lane: HashMap::new(),
            told: HashSet::new(),
            told_to: HashMap::new(),
            told_of_call: HashSet::new(),
            on_the_wire: None,
            caller: HashMap::new(),
            taken: BTreeMap::new(),
            first_document: HashMap::new(),
            first_taken: Vec::new(),
            marked: HashSet::new(),
            sent_knowingly: HashSet::new(),
            parked: BTreeSet::new(),
            copies: BTreeMap::new(),
            parked_told: HashSet::new(),
            given_up: BTreeSet::new(),
            fate: HashMap::new(),
            waits: Waits::default(),
            attempts: Attempts::default(),
            keys: Keys::default(),
            judgement: Judgement::default(),
        }
    }

    pub(super) fn truth(&self, record: usize) -> Option<&'a Truth> {
        self.truths.get(record)
    }

    pub(super) fn record(&self, record: usize) -> String {
        let about = self
            .truth(record)
            .map(|truth| truth.about.as_str())
            .unwrap_or_default();
        format!("record {record} ({about})")
    }

    pub(super) fn name(&self, (record, position): Place) -> String {
        let event = self.truth(record).and_then(|truth| truth.events.get(position));
        match event {
            Some(event) => format!("{} of {}", event.event_type, self.record(record)),
            None => self.record(record),
        }
    }

    pub(super) fn breach(&mut self, breach: Breach, explanation: impl Into<String>) {
        self.judgement
            .violations
            .push(Violation::new(breach, explanation));
    }
}
