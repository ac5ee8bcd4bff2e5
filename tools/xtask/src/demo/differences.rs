//! Compares received events with expected ones: matches each on arrival, and reports the differences at the end.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;

use user_events_local::expectation::ExpectedEvent;

/// The expected and the received events of each write.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    expected: Vec<(usize, ExpectedEvent)>,
    /// The positions of the expected events that have not arrived yet.
    open: HashMap<ExpectedEvent, VecDeque<usize>>,
    /// How many events of each write have not arrived yet.
    open_of: HashMap<usize, usize>,
    receipts: Vec<Receipt>,
    /// For each receipt, the position of the matching expected event.
    places: HashMap<usize, usize>,
    ids: BTreeSet<(String, String)>,
}

/// A received event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Receipt {
    /// The event; its category is that of the queue.
    pub event: ExpectedEvent,
    /// Its id.
    pub id: String,
    /// Its position in the stream. Comparing as strings gives stream order.
    pub sequence: String,
}

/// The verdict on an event at its arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// An event of that write.
    Of(usize),
    /// A duplicate.
    Double,
    /// An event that no write explains.
    Unexpected,
}

/// A difference between received and expected events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// An event of that write is missing.
    Missing(usize, ExpectedEvent),
    /// No write explains the event.
    Unexpected(ExpectedEvent),
    /// An event arrived more than once.
    Doubled(ExpectedEvent),
    /// An event arrived after a later event of the same subject.
    OutOfOrder(usize, ExpectedEvent, String),
    /// The `sequence` of an event is not above that of the subject's previous event.
    SequenceNotRising(ExpectedEvent),
}

impl Ledger {
    /// Adds the expected events of a write.
    pub(super) fn expect(&mut self, write: usize, events: &[ExpectedEvent]) {
        for event in events {
            self.open
                .entry(event.clone())
                .or_default()
                .push_back(self.expected.len());
            self.expected.push((write, event.clone()));
        }
        *self.open_of.entry(write).or_default() += events.len();
    }

    /// Takes in a received event.
    pub(super) fn receive(&mut self, receipt: Receipt) -> Verdict {
        let double = !self
            .ids
            .insert((receipt.event.category.clone(), receipt.id.clone()));
        let place = if double {
            None
        } else {
            self.open.get_mut(&receipt.event).and_then(VecDeque::pop_front)
        };
        let index = self.receipts.len();
        self.receipts.push(receipt);
        let Some(place) = place else {
            return if double {
                Verdict::Double
            } else {
                Verdict::Unexpected
            };
        };
        self.places.insert(index, place);
        let write = self.expected[place].0;
        if let Some(open) = self.open_of.get_mut(&write) {
            *open -= 1;
        }
        Verdict::Of(write)
    }

    /// How many events are still missing.
    pub(super) fn open(&self) -> usize {
        self.expected.len() - self.places.len()
    }

    /// Whether an event of that write is still missing.
    pub(super) fn is_open(&self, write: usize) -> bool {
        self.open_of.get(&write).is_some_and(|open| *open > 0)
    }

    /// All differences so far.
    pub(super) fn differences(&self) -> Vec<Difference> {
        let mut differences: Vec<_> = self.missing().collect();
        let mut seen = BTreeSet::new();
        // By category and subject: the furthest expected place so far, and the last sequence.
        let mut lanes: BTreeMap<(&str, &str), (Option<usize>, &str)> = BTreeMap::new();
        for (index, receipt) in self.receipts.iter().enumerate() {
            let event = &receipt.event;
            if !seen.insert((event.category.as_str(), receipt.id.as_str())) {
                differences.push(Difference::Doubled(event.clone()));
                continue;
            }
            let (furthest, last_sequence) = lanes.entry((&event.category, &event.subject)).or_default();
            if receipt.sequence.as_str() <= *last_sequence {
                differences.push(Difference::SequenceNotRising(event.clone()));
            }
            *last_sequence = &receipt.sequence;
            match (self.places.get(&index), *furthest) {
                (None, _) => differences.push(Difference::Unexpected(event.clone())),
                (Some(place), Some(before)) if *place < before => {
                    let before = self.expected[before].1.event_type.clone();
                    differences.push(Difference::OutOfOrder(
                        self.expected[*place].0,
                        event.clone(),
                        before,
                    ));
                }
                (Some(place), _) => *furthest = Some(*place),
            }
        }
        differences
    }

    fn missing(&self) -> impl Iterator<Item = Difference> {
        let open: BTreeSet<usize> = self.open.values().flatten().copied().collect();
        open.into_iter().map(|place| {
            let (write, event) = &self.expected[place];
            Difference::Missing(*write, event.clone())
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(write, event) => write!(f, "missing: {event}, of write {write}"),
            Self::Unexpected(event) => write!(f, "unexpected: {event}, which no write explains"),
            Self::Doubled(event) => write!(f, "duplicate: {event} arrived again with the same id"),
            Self::OutOfOrder(write, event, before) => {
                write!(
                    f,
                    "out of order: {event}, of write {write}, arrived after {before}, a later event"
                )
            }
            Self::SequenceNotRising(event) => {
                write!(
                    f,
                    "out of order: the sequence of {event} is not above that of the subject's previous event"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(event_type: &str, subject: &str) -> ExpectedEvent {
        ExpectedEvent {
            category: "account".to_owned(),
            event_type: event_type.to_owned(),
            subject: subject.to_owned(),
        }
    }

    /// Each write is one event (`A1`: type A of subject 1). Each received event gets the next id, or with `=` the same
    /// id as the event before.
    fn differences(writes: &[&str], came: &[&str]) -> Vec<String> {
        let of = |text: &str| event(&text[..1], &text[1..2]);
        let mut ledger = Ledger::default();
        for (write, text) in (1..).zip(writes) {
            ledger.expect(write, &[of(text)]);
        }
        let mut id = 0;
        for (sequence, text) in (1..).zip(came) {
            id += usize::from(!text.ends_with('='));
            let sequence = format!("{sequence:04}");
            ledger.receive(Receipt {
                event: of(text),
                id: id.to_string(),
                sequence,
            });
        }
        ledger.differences().iter().map(Difference::to_string).collect()
    }

    #[test]
    fn expected_events_are_no_difference_and_subjects_do_not_wait_for_each_other() {
        assert!(differences(&["A1", "B1", "A2", "A1"], &["A2", "A1", "B1", "A1"]).is_empty());
    }

    #[test]
    fn a_missing_event_is_named_with_its_write_and_blames_no_other() {
        assert_eq!(
            differences(&["A1", "B1", "C1"], &["B1", "C1"]),
            ["missing: account A 1, of write 1"]
        );
    }

    #[test]
    fn an_event_that_no_write_explains_is_unexpected() {
        assert_eq!(
            differences(&["A1"], &["A1", "B1"]),
            ["unexpected: account B 1, which no write explains"]
        );
        assert_eq!(
            differences(&["A1"], &["A1", "A1"]),
            ["unexpected: account A 1, which no write explains"]
        );
    }

    #[test]
    fn the_same_id_twice_is_a_double() {
        assert_eq!(
            differences(&["A1", "A1"], &["A1", "A1=", "A1"]),
            ["duplicate: account A 1 arrived again with the same id"]
        );
    }

    #[test]
    fn an_event_behind_its_successor_is_out_of_order() {
        assert_eq!(
            differences(&["A1", "B1"], &["B1", "A1"]),
            ["out of order: account A 1, of write 1, arrived after B, a later event"]
        );
    }

    #[test]
    fn a_sequence_that_does_not_rise_is_reported() {
        let mut ledger = Ledger::default();
        ledger.expect(1, &[event("A", "1"), event("B", "1")]);
        for (event_type, id) in [("A", "x"), ("B", "y")] {
            let receipt = Receipt {
                event: event(event_type, "1"),
                id: id.to_owned(),
                sequence: "7".to_owned(),
            };
            assert_eq!(ledger.receive(receipt), Verdict::Of(1));
        }
        assert_eq!(
            ledger.differences(),
            [Difference::SequenceNotRising(event("B", "1"))]
        );
        assert_eq!(ledger.open(), 0);
    }
}
