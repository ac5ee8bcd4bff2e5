//! One invocation under way: the lanes of its records, and which of them are settled.

use user_events_core::{
    Batch, Disposition, Entry, Error, Lanes, Outcome, RawRecord, SealedEnvelope, Settlement, Step,
    Unnameable, lane_from_keys,
};

use crate::parking::ParkingFailed;
use crate::report::Report;
use crate::response::BatchResponse;

/// The state of an invocation. The publisher makes the calls; this type tracks their outcomes.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) lanes: Lanes,
    pub(crate) report: Report,
    settlement: Settlement,
}

impl Invocation {
    /// Starts with this many records, all unsettled.
    pub(crate) fn new(records: usize) -> Self {
        Self {
            lanes: Lanes::default(),
            report: Report {
                records: records as u64,
                ..Report::default()
            },
            settlement: Settlement::new(records),
        }
    }

    /// The record has these events to publish. A record without events is settled.
    pub(crate) fn publish(&mut self, record: usize, events: Vec<SealedEnvelope>) {
        self.settlement.expect(record, events.len());
        for event in events {
            let lane = event.partition_key.clone();
            let entry = Entry {
                record,
                event,
                attempts: 0,
                alone: false,
            };
            self.lanes.push(&lane, record, Step::Publish(entry));
        }
    }

    /// The record has no events that can be published: it is parked, or its lane waits for the next delivery.
    pub(crate) fn set_aside(&mut self, record: usize, raw: &RawRecord, error: Error) {
        let pk = raw.partition_key();
        // A record without a known subject gets a lane of its own. No partition key contains a space.
        let lane = pk
            .as_deref()
            .and_then(|pk| lane_from_keys(pk, None))
            .unwrap_or_else(|| format!("record {record}"));
        let step = match error.disposition() {
            Disposition::Park => Step::Park(error),
            Disposition::Retry => Step::Hold,
        };
        self.lanes.push(&lane, record, step);
    }

    /// Records the outcomes of a batch: the entries that were accepted, and those to send again after a pause.
    pub(crate) fn published(&mut self, batch: Batch, outcomes: Vec<Outcome>) -> (Vec<String>, Vec<Entry>) {
        let (mut accepted, mut retryable) = (Vec::new(), Vec::new());
        // An entry without an outcome got no answer: it may not have been accepted.
        let outcomes = outcomes.into_iter().chain(std::iter::repeat(Outcome::Retryable));
        for (entry, outcome) in batch.into_entries().into_iter().zip(outcomes) {
            if outcome == Outcome::Accepted {
                self.report.accepted(&entry.event);
                self.settlement.accepted(entry.record);
                accepted.push(entry.event.id.clone());
            }
            retryable.extend(self.lanes.settle(entry, outcome));
        }
        for entry in &mut retryable {
            entry.attempts += 1;
        }
        (accepted, retryable)
    }

    /// Records the result of parking a record. After a failure its lane stays stopped.
    pub(crate) fn parked(&mut self, record: usize, result: Result<(), ParkingFailed>) {
        if result.is_ok() {
            self.report.parked += 1;
            self.settlement.parked(record);
            self.lanes.parked(record);
        }
    }

    /// The answer for Lambda, and the report.
    ///
    /// Fails when a record is unsettled and has no sequence number.
    pub(crate) fn answer(self, records: &[RawRecord]) -> Result<(BatchResponse, Report), Unnameable> {
        let Self {
            settlement,
            mut report,
            ..
        } = self;
        report.unsettled = settlement.unsettled().count() as u64;
        let sequence_number = |record: usize| records.get(record)?.sequence_number();
        let response = BatchResponse::new(settlement.first_unsettled(sequence_number)?);
        Ok((response, report))
    }
}
