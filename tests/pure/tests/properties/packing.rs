//! Packing: calls keep their limits, and lanes (message groups) their order, for any answers of the topic in any order.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use user_events_core::{
    Batch, Code, Entry, Error, Lanes, MAX_ENTRIES, MessageAttribute, Outcome, Parking, SealedEnvelope, Step,
};

/// How often an entry is sent before the time is up.
const MAX_ATTEMPTS: u32 = 3;
const MAX_BYTES: usize = 1_000;
/// The bytes of the one attribute of each event: its name, its type and its value.
const ATTRIBUTE_BYTES: usize = "eventType".len() + "String".len() + "é".len();

/// What a record becomes: events, or a parked record.
#[derive(Debug, Clone)]
enum Wanted {
    /// Events, each with its number of bytes.
    Events(Vec<usize>),
    Parking,
}

/// The next step of the invocation.
#[derive(Debug, Clone, Copy)]
enum Turn {
    /// The next call is made, if there is one.
    Call,
    /// The pending call at this place is answered, with the outcomes of its entries, and whether its record was parked.
    Answer(usize, [Outcome; MAX_ENTRIES], bool),
    /// The entries that wait at this place for their next attempt are offered again.
    Again(usize),
}

/// The state of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Accepted,
    Parked,
    /// It was given up for this invocation, or never had a chance.
    Held,
}

/// One step of a lane.
#[derive(Debug)]
struct Place {
    record: usize,
    state: State,
}

/// A call under way.
#[derive(Debug)]
enum Call {
    Publish(Batch),
    Park(Parking),
}

/// An invocation in progress, with its oracle.
struct Invocation {
    lanes: Lanes,
    /// Whether a call may carry consecutive events of one lane.
    lane_batching: bool,
    /// The steps of every lane, by the event's id.
    steps: BTreeMap<String, Vec<(String, Place)>>,
    under_way: Vec<Call>,
    /// Events in a call that was refused as a whole.
    suspects: BTreeSet<String>,
    waiting: Vec<Vec<Entry>>,
}

fn wanted() -> impl Strategy<Value = Wanted> {
    prop_oneof![
        8 => vec(prop_oneof![3 => 1..60_usize, 1 => 1..=MAX_BYTES - ATTRIBUTE_BYTES], 1..4).prop_map(Wanted::Events),
        1 => Just(Wanted::Parking),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        6 => Just(Outcome::Accepted),
        1 => Just(Outcome::Rejected),
        1 => Just(Outcome::Suspect),
        2 => Just(Outcome::Retryable),
    ]
}

fn turn() -> impl Strategy<Value = Turn> {
    let outcomes = prop_oneof![
        4 => proptest::array::uniform10(outcome()),
        1 => Just([Outcome::Suspect; MAX_ENTRIES]),
    ];
    prop_oneof![
        3 => Just(Turn::Call),
        3 => (0..8_usize, outcomes, proptest::bool::weighted(0.8)).prop_map(|(place, outcomes, parked)| Turn::Answer(place, outcomes, parked)),
        1 => (0..8_usize).prop_map(Turn::Again),
    ]
}

proptest! {
    #[test]
    fn calls_keep_their_limits_and_lanes_their_order(
        records in vec((0..16_u8, wanted(), any::<bool>()), 0..40),
        turns in vec(turn(), 0..100),
        lane_batching in any::<bool>(),
        lanes in prop_oneof![Just(1), Just(16)],
    ) {
        let mut invocation = Invocation::new(lane_batching);
        for (record, (lane, wanted, other_topic)) in records.into_iter().enumerate() {
            invocation.push(record, &format!("lane {}", lane % lanes), wanted, other_topic);
        }
        for turn in turns {
            invocation.take(turn)?;
        }
        // Then everything is answered in order, and nothing fails any more.
        loop {
            invocation.take(Turn::Call)?;
            if invocation.under_way.is_empty() && invocation.waiting.is_empty() {
                break;
            }
            invocation.take(Turn::Again(0))?;
            invocation.take(Turn::Answer(0, [Outcome::Accepted; MAX_ENTRIES], true))?;
        }
        invocation.is_over()?;
    }

    #[test]
    fn a_batch_has_room_for_what_fits_and_for_nothing_else(sizes in vec(prop_oneof![0..60_usize, 0..600_usize], 0..40)) {
        let mut batch = Batch::default();
        let (mut taken, mut bytes) = (0, 0);
        for (lane, size) in sizes.into_iter().enumerate() {
            let entry = entry(lane, "event", &format!("lane {lane}"), size, false);
            let more = size + ATTRIBUTE_BYTES;
            let fits = taken < 10 && bytes + more <= MAX_BYTES;
            prop_assert_eq!(batch.has_room_for(&entry, MAX_BYTES), fits);
            if fits {
                batch.push(entry);
                (taken, bytes) = (taken + 1, bytes + more);
            }
            prop_assert_eq!((batch.entries().len(), batch.bytes()), (taken, bytes));
        }
    }
}

impl Invocation {
    fn new(lane_batching: bool) -> Self {
        Self {
            lanes: Lanes::new(MAX_BYTES, lane_batching),
            lane_batching,
            steps: BTreeMap::new(),
            under_way: Vec::new(),
            suspects: BTreeSet::new(),
            waiting: Vec::new(),
        }
    }

    fn push(&mut self, record: usize, lane: &str, wanted: Wanted, other_topic: bool) {
        let steps = match wanted {
            Wanted::Events(sizes) => sizes
                .into_iter()
                .enumerate()
                .map(|(position, bytes)| {
                    let id = format!("{record}.{position}");
                    let entry = entry(record, &id, lane, bytes, other_topic);
                    (id, Step::Publish(entry))
                })
                .collect(),
            Wanted::Parking => {
                let error = Error::new(Code::RowDoesNotFit, "a reason");
                vec![(format!("{record}"), Step::Park { error, attempts: 0 })]
            }
        };
        for (id, step) in steps {
            self.lanes.push(lane, record, step);
            let state = State::Waiting;
            let place = (id, Place { record, state });
            self.steps.entry(lane.to_owned()).or_default().push(place);
        }
    }

    fn take(&mut self, turn: Turn) -> Result<(), TestCaseError> {
        match turn {
            Turn::Call => {
                let batch = self.lanes.next_batch(&mut |_| panic!("every event is sealed"));
                let parking = self.lanes.next_parking();
                for call in batch
                    .map(Call::Publish)
                    .into_iter()
                    .chain(parking.map(Call::Park))
                {
                    self.is_in_order(&call)?;
                    self.under_way.push(call);
                }
            }
            Turn::Answer(place, outcomes, parked) if place < self.under_way.len() => {
                match self.under_way.remove(place) {
                    Call::Publish(batch) => self.answer(batch, outcomes)?,
                    Call::Park(parking) if parked => {
                        self.settle(parking.record, State::Parked);
                        self.lanes.parked(&parking);
                    }
                    Call::Park(parking) if parking.attempts + 1 < MAX_ATTEMPTS => {
                        self.lanes.park_again(parking)
                    }
                    Call::Park(parking) => self.settle(parking.record, State::Held),
                }
            }
            Turn::Again(place) if place < self.waiting.len() => {
                let entries = self.waiting.remove(place);
                self.lanes.again(entries);
            }
            Turn::Answer(..) | Turn::Again(_) => {}
        }
        Ok(())
    }

    fn answer(&mut self, batch: Batch, outcomes: [Outcome; MAX_ENTRIES]) -> Result<(), TestCaseError> {
        let sent: Vec<_> = batch.entries().to_vec();
        for (entry, outcome) in sent.iter().zip(outcomes) {
            if outcome == Outcome::Accepted {
                self.place(&entry.event.partition_key, &entry.event.id).state = State::Accepted;
            }
            if outcome == Outcome::Suspect {
                self.suspects.insert(entry.event.id.clone());
            }
        }
        let settled = self.lanes.settle(batch, &outcomes);
        let accepted = sent
            .iter()
            .zip(outcomes)
            .filter(|(_, outcome)| *outcome == Outcome::Accepted);
        prop_assert!(
            accepted
                .map(|(entry, _)| &entry.event.id)
                .eq(settled.accepted.iter().map(|entry| &entry.event.id))
        );
        prop_assert!(settled.overtaken == 0 || self.lane_batching);
        for entry in &settled.retry {
            let place = |id: &str| sent.iter().position(|entry| entry.event.id == id);
            let own = place(&entry.event.id);
            let passed = settled.accepted.iter().any(|other| {
                other.event.partition_key == entry.event.partition_key && place(&other.event.id) > own
            });
            prop_assert!(!passed || entry.event.attribute("replay") == Some("true"));
        }
        let (again, given_up): (Vec<_>, Vec<_>) = settled
            .retry
            .into_iter()
            .partition(|entry| entry.attempts < MAX_ATTEMPTS);
        for entry in given_up {
            self.place(&entry.event.partition_key, &entry.event.id).state = State::Held;
        }
        if !again.is_empty() {
            self.waiting.push(again);
        }
        Ok(())
    }

    fn place(&mut self, lane: &str, id: &str) -> &mut Place {
        let steps = self.steps.get_mut(lane).unwrap();
        &mut steps.iter_mut().find(|(step, _)| step == id).unwrap().1
    }

    /// Sets the state of the remaining steps of a record.
    fn settle(&mut self, record: usize, state: State) {
        let all = self.steps.values_mut().flatten().map(|(_, place)| place);
        all.filter(|place| place.record == record && place.state == State::Waiting)
            .for_each(|place| place.state = state);
    }

    /// Checks that the call is within the limits, and that no earlier step of its lanes is open.
    fn is_in_order(&self, call: &Call) -> Result<(), TestCaseError> {
        let batch = match call {
            Call::Publish(batch) => batch,
            Call::Park(Parking { record, .. }) => {
                let lane = self
                    .steps
                    .values()
                    .find(|steps| steps.iter().any(|(_, place)| place.record == *record));
                let before = lane
                    .unwrap()
                    .iter()
                    .take_while(|(_, place)| place.record != *record);
                prop_assert!(before.into_iter().all(|(_, place)| is_settled(place)));
                return Ok(());
            }
        };
        let entries = batch.entries();
        prop_assert!((1..=MAX_ENTRIES).contains(&entries.len()));
        let bytes: usize = entries
            .iter()
            .map(|entry| entry.event.body.len() + ATTRIBUTE_BYTES)
            .sum();
        prop_assert!(bytes <= MAX_BYTES && bytes == batch.bytes());
        let suspect = |entry: &Entry| self.suspects.contains(&entry.event.id);
        prop_assert!(
            entries.len() == 1 || !entries.iter().any(suspect),
            "a suspect is not sent alone"
        );
        let topics: BTreeSet<_> = entries.iter().map(|entry| entry.event.category).collect();
        prop_assert_eq!(topics.len(), 1);
        let lanes: BTreeSet<_> = entries.iter().map(|entry| &entry.event.partition_key).collect();
        prop_assert!(lanes.len() == entries.len() || self.lane_batching && lanes.len() == 1);
        for entry in entries {
            let steps = &self.steps[&entry.event.partition_key];
            let own = steps.iter().find(|(id, _)| *id == entry.event.id).unwrap();
            prop_assert_eq!(
                own.1.state,
                State::Waiting,
                "sent although it is done: {:?}",
                steps
            );
            let before = steps.iter().take_while(|(id, _)| *id != entry.event.id);
            let with_it = |id: &str| entries.iter().any(|other| other.event.id == id);
            prop_assert!(
                before
                    .into_iter()
                    .all(|(id, place)| is_settled(place) || with_it(id)),
                "{:?}",
                steps
            );
            let flying = self.under_way.iter().filter_map(|call| match call {
                Call::Publish(batch) => Some(batch.entries()),
                Call::Park(_) => None,
            });
            let same_lane = |other: &Entry| other.event.partition_key == entry.event.partition_key;
            prop_assert!(
                !flying.flatten().any(same_lane),
                "two events of a lane are in flight"
            );
        }
        Ok(())
    }

    /// Checks that every step has ended, or waits behind a step that is held.
    fn is_over(&self) -> Result<(), TestCaseError> {
        for steps in self.steps.values() {
            let open = steps
                .iter()
                .skip_while(|(_, place)| is_settled(place))
                .collect::<Vec<_>>();
            if let Some((_, first)) = open.first() {
                prop_assert!(
                    first.state == State::Held,
                    "the lane stopped without a reason: {:?}",
                    steps
                );
            }
            prop_assert!(
                self.lane_batching || !open.iter().any(|(_, place)| is_settled(place)),
                "settled past an open step: {:?}",
                steps
            );
        }
        Ok(())
    }
}

fn is_settled(place: &Place) -> bool {
    matches!(place.state, State::Accepted | State::Parked)
}

fn entry(record: usize, id: &str, lane: &str, bytes: usize, other_topic: bool) -> Entry {
    let event = SealedEnvelope {
        id: id.to_owned(),
        category: if other_topic { "profile" } else { "account" },
        deprecated: None,
        partition_key: lane.to_owned(),
        body: "x".repeat(bytes),
        attributes: vec![MessageAttribute::text("eventType", "é")],
    };
    Entry::new(record, event)
}
