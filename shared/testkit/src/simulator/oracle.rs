//! The oracle: what a history must be like, whatever the faults were.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use serde_json::Value;

use super::document::opened;
use super::history::{End, Happening, Moment, Truth};
use super::plan::Fault;
use super::violation::{Breach, Violation};

/// The verdict on a run, and what was counted on the way.
#[derive(Debug, Default)]
pub struct Judgement {
    /// What is wrong with it, the gravest first; nothing, it is hoped.
    pub violations: Vec<Violation>,
    /// The events that were published at least once.
    pub published: usize,
    /// The records that were parked.
    pub parked: usize,
    /// The records that were given to `OnFailure`.
    pub given_up: usize,
    /// The invocations.
    pub invocations: usize,
    /// The deliveries beyond an event's first, by cause.
    pub duplicates: BTreeMap<Cause, usize>,
    /// The faults that struck, by kind.
    pub faults: BTreeMap<Fault, usize>,
}

/// Why an event was delivered once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The sender was never told of the earlier delivery.
    UnknownOutcome,
    /// The process that was told was killed.
    Crash,
    /// The process that was told was ended at its timeout.
    Timeout,
    /// The process that was told was replaced by Lambda.
    NewInstance,
    /// The process that was told sent it again: a violation.
    KnownOutcome,
}

/// Judges a history. A delay is judged only where one is given.
pub fn judge(truths: &[Truth], history: &[Moment], longest_delay: Option<Duration>) -> Judgement {
    let mut oracle = Oracle::new(truths);
    for moment in history {
        oracle.see(moment);
    }
    oracle.conclude(longest_delay)
}

/// An event's record and its place within it.
pub(super) type Place = (usize, usize);

/// What is known of a run so far.
pub(super) struct Oracle<'a> {
    pub(super) truths: &'a [Truth],
    by_id: HashMap<&'a str, Place>,
    by_raw: HashMap<&'a str, usize>,
    /// The records of each lane that are not known to be settled yet, from the first that is not.
    lanes: BTreeMap<&'a str, Vec<usize>>,
    settled_in_lane: HashMap<&'a str, usize>,
    told: HashSet<Place>,
    told_to: HashMap<Place, BTreeSet<u64>>,
    pub(super) told_of_call: HashSet<(u64, Place)>,
    pub(super) caller: HashMap<u64, u64>,
    pub(super) taken: BTreeMap<Place, Vec<(u64, Duration)>>,
    first_document: HashMap<Place, Value>,
    pub(super) first_taken: Vec<Place>,
    pub(super) parked: BTreeSet<usize>,
    parked_told: HashSet<usize>,
    pub(super) given_up: BTreeSet<usize>,
    pub(super) fate: HashMap<u64, Cause>,
    pub(super) judgement: Judgement,
}

impl<'a> Oracle<'a> {
    fn new(truths: &'a [Truth]) -> Self {
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
            by_id,
            by_raw: truths
                .iter()
                .enumerate()
                .map(|(record, truth)| (truth.raw.as_str(), record))
                .collect(),
            lanes,
            settled_in_lane: HashMap::new(),
            told: HashSet::new(),
            told_to: HashMap::new(),
            told_of_call: HashSet::new(),
            caller: HashMap::new(),
            taken: BTreeMap::new(),
            first_document: HashMap::new(),
            first_taken: Vec::new(),
            parked: BTreeSet::new(),
            parked_told: HashSet::new(),
            given_up: BTreeSet::new(),
            fate: HashMap::new(),
            judgement: Judgement::default(),
        }
    }

    fn see(&mut self, moment: &Moment) {
        match &moment.what {
            Happening::Invoked { .. } => self.judgement.invocations += 1,
            Happening::Ended { process, end } => self.ended(*process, end),
            Happening::Sent { call, process, ids } => self.sent(*call, *process, ids),
            Happening::Taken { call, id, body } => self.taken(*call, id, body, moment.at),
            Happening::Told { call, process, ids } => {
                for place in ids.iter().filter_map(|id| self.by_id.get(id.as_str()).copied()) {
                    self.told.insert(place);
                    self.told_to.entry(place).or_default().insert(*process);
                    self.told_of_call.insert((*call, place));
                }
            }
            Happening::Parked { message } => self.parked(message),
            Happening::ParkedTold { raw } => self.parked_told.extend(self.by_raw.get(raw.as_str())),
            Happening::OnFailure { records } => self.given_up.extend(records),
            Happening::Struck { fault, .. } => *self.judgement.faults.entry(*fault).or_default() += 1,
            Happening::StillUnsettled => {
                self.breach(
                    Breach::NeverSettled,
                    "records were delivered again and again until the end",
                );
            }
        }
    }

    fn ended(&mut self, process: u64, end: &End) {
        match end {
            End::Answered(_) | End::Errored | End::AnswerLost => {}
            End::Crashed => drop(self.fate.insert(process, Cause::Crash)),
            End::Froze => drop(self.fate.insert(process, Cause::Timeout)),
            End::Overran => {
                self.fate.insert(process, Cause::Timeout);
                self.breach(
                    Breach::Overran,
                    format!("process {process} worked until Lambda ended it"),
                );
            }
        }
    }

    fn sent(&mut self, call: u64, process: u64, ids: &[String]) {
        self.caller.insert(call, process);
        let mut lanes = BTreeSet::new();
        for id in ids {
            let Some(&place) = self.by_id.get(id.as_str()) else {
                self.breach(
                    Breach::Invented,
                    format!("call {call} carries {id}, which no change is"),
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
                let text = format!("process {process} was told that {event} is accepted and sent it again");
                self.breach(Breach::NeedlessDuplicate, text);
            }
            if let Some(unsettled) = self.unsettled_before(lane, place) {
                let (event, unsettled) = (self.name(place), self.name(unsettled));
                let text = format!("call {call} carries {event} while {unsettled} is not settled");
                self.breach(Breach::PastUnsettled, text);
            }
        }
    }

    /// The first event of the lane before this one that is neither known to be accepted nor parked nor given up.
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

    /// The place of the first event of the record that is not settled.
    fn unsettled_in(&self, record: usize) -> Option<usize> {
        let truth = self.truth(record)?;
        if self.parked_told.contains(&record) || self.given_up.contains(&record) {
            return None;
        }
        let open = (0..truth.events.len()).find(|position| !self.told.contains(&(record, *position)));
        open.or(truth.parks.then_some(truth.events.len()))
    }

    fn taken(&mut self, call: u64, id: &str, body: &str, at: Duration) {
        let Some(&place) = self.by_id.get(id) else {
            self.breach(
                Breach::Invented,
                format!("the topic took {id}, which no change is"),
            );
            return;
        };
        match opened(body, id) {
            Err(why) => self.breach(Breach::Misdescribed, format!("{}: {why}", self.name(place))),
            Ok(document) => self.compare(place, document),
        }
        let deliveries = self.taken.entry(place).or_default();
        deliveries.push((call, at));
        if deliveries.len() == 1 {
            self.first_taken.push(place);
        }
    }

    fn compare(&mut self, place: Place, document: Value) {
        let Some(truth) = self.truth(place.0) else {
            return;
        };
        let Some(event) = truth.events.get(place.1) else {
            return;
        };
        let sequence = format!("{:0>40}.{:02}", truth.sequence_number, place.1);
        for (member, wanted) in [
            ("id", event.id.as_str()),
            ("type", event.event_type),
            ("sequence", &sequence),
        ] {
            if document[member] != wanted {
                let text = format!("{}: `{member}` is not {wanted}", self.name(place));
                self.judgement
                    .violations
                    .push(Violation::new(Breach::Misdescribed, text));
            }
        }
        match self.first_document.get(&place) {
            None => drop(self.first_document.insert(place, document)),
            Some(first) if *first == document => {}
            Some(_) => {
                let text = format!("{} says something else in another delivery", self.name(place));
                self.breach(Breach::DuplicateDiffers, text);
            }
        }
    }

    fn parked(&mut self, message: &str) {
        #[derive(serde::Deserialize)]
        struct Message<'a> {
            #[serde(borrow)]
            record: &'a serde_json::value::RawValue,
        }
        let record = serde_json::from_str(message)
            .ok()
            .and_then(|message: Message| self.by_raw.get(message.record.get()).copied());
        match record {
            None => self.breach(
                Breach::NotParkedWhole,
                "a parked message holds no record of the stream as it was",
            ),
            Some(record) => {
                if self.truth(record).is_some_and(|truth| !truth.parks) && self.parked.insert(record) {
                    let text = format!("{} could have been published", self.record(record));
                    self.breach(Breach::ParkedNeedlessly, text);
                }
                self.parked.insert(record);
            }
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
