//! One invocation under way: the lanes of its records, and which of them are settled.

use std::collections::{BTreeSet, HashMap};

use user_events_core::{
    Batch, Entry, Envelope, Error, Lanes, Outcome, Parking as ToPark, RawRecord, Settled, Settlement, Step,
    Time, Unnameable,
};
use uuid::Uuid;

use crate::config::Config;
use crate::parking::Place;
use crate::report::Report;
use crate::response::BatchResponse;

/// The state of an invocation. The publisher makes the calls; this type tracks their outcomes.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) lanes: Lanes,
    pub(crate) report: Report,
    settlement: Settlement,
    /// The records and events of the invocation, each with the record in which it came first.
    first: HashMap<Uuid, usize>,
    /// The classes of personal data in the events.
    classes: BTreeSet<&'static str>,
    /// The persons whose keys the events need. `None` when the deployment has none.
    persons: Option<BTreeSet<String>>,
    /// When each record's change was made. 1970 for a record without events.
    changed: Vec<Time>,
}

impl Invocation {
    /// Starts with this many records, all unsettled.
    pub(crate) fn new(records: usize, config: &Config) -> Self {
        Self {
            lanes: Lanes::new(config.max_message_bytes, config.lane_batching),
            report: Report {
                records: records as u64,
                ..Report::default()
            },
            settlement: Settlement::new(records),
            first: HashMap::with_capacity(2 * records),
            classes: BTreeSet::new(),
            persons: config.seals_for_persons.then(BTreeSet::new),
            changed: vec![Time::UNIX_EPOCH; records],
        }
    }

    /// The record's change was made at this time.
    pub(crate) fn changed(&mut self, record: usize, at: Time) {
        if let Some(changed) = self.changed.get_mut(record) {
            *changed = at;
        }
    }

    /// Whether the record, or one of its events, came earlier in the invocation. The record then waits for the earlier
    /// one.
    pub(crate) fn repeats(&mut self, record: usize, id: Uuid) -> bool {
        let first = *self.first.entry(id).or_insert(record);
        if first == record {
            return false;
        }
        self.settlement.expect(record, 0);
        self.settlement.repeats(record, first);
        true
    }

    /// The record has these events to publish. A record without events is settled.
    pub(crate) fn publish(&mut self, record: usize, events: Vec<Envelope>) {
        self.settlement.expect(record, events.len());
        for event in events {
            self.classes.extend(event.classes());
            if let Some(persons) = &mut self.persons
                && let Some(person) = event.person()
                && !persons.contains(person)
            {
                persons.insert(person.to_owned());
            }
            let lane = event.partition_key().to_owned();
            self.lanes.push(&lane, record, Step::Seal(Box::new(event)));
        }
    }

    /// The classes of personal data in the events.
    pub(crate) fn classes(&self) -> impl Iterator<Item = &'static str> {
        self.classes.iter().copied()
    }

    /// The persons whose keys the events need.
    pub(crate) fn persons(&self) -> impl Iterator<Item = &String> {
        self.persons.iter().flatten()
    }

    /// The record of this lane has no events that can be published: it is parked.
    pub(crate) fn set_aside(&mut self, record: usize, lane: Option<String>, error: Error) {
        // A record without a known subject gets a lane of its own. No partition key contains a space.
        let lane = lane.unwrap_or_else(|| format!("record {record}"));
        self.lanes.push(&lane, record, Step::Park { error, attempts: 0 });
    }

    /// Records the outcomes of a batch that was answered at this time: the ids that were accepted, and the entries to send
    /// again after a pause.
    pub(crate) fn published(
        &mut self,
        batch: Batch,
        outcomes: &[Outcome],
        at: Time,
    ) -> (Vec<Uuid>, Vec<Entry>) {
        let Settled {
            accepted,
            retry,
            overtaken,
        } = self.lanes.settle(batch, outcomes);
        self.report.order_broken += overtaken;
        let mut ids = Vec::with_capacity(accepted.len());
        for entry in accepted {
            let changed = self.changed.get(entry.record).copied().unwrap_or(at);
            self.report.accepted(&entry.event, changed, at);
            self.settlement.accepted(entry.record);
            ids.extend(Uuid::parse_str(&entry.event.id));
        }
        (ids, retry)
    }

    /// The record was parked.
    pub(crate) fn parked(&mut self, parking: &ToPark, place: Place) {
        self.report.parked += 1;
        self.report.stored += u64::from(place == Place::Bucket);
        self.settlement.parked(parking.record);
        self.lanes.parked(parking);
    }

    /// Whether the record is settled.
    pub(crate) fn is_settled(&self, record: usize) -> bool {
        self.settlement.is_settled(record)
    }

    /// The answer for Lambda, and the report.
    ///
    /// Fails when a record is unsettled and has no sequence number.
    pub(crate) fn answer(self, records: &[RawRecord]) -> Result<(BatchResponse, Report), Unnameable> {
        let sequence_number = |record: usize| records.get(record)?.sequence_number();
        let response = BatchResponse::new(self.settlement.first_unsettled(sequence_number)?);
        Ok((response, self.into_report()))
    }

    /// The report.
    pub(crate) fn into_report(mut self) -> Report {
        self.report.unsettled = self.settlement.unsettled().count() as u64;
        self.report
    }
}
