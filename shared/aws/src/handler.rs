//! The handler: turns the raw records of an invocation into the answer for Lambda.

use serde_json::value::RawValue;
use user_events_core::pipeline::{self, Decoded, Envelopes};
use user_events_core::{Envelope, Error, Mapping, RawRecord, Unnameable};

use crate::drain::Drain;
use crate::invocation::Invocation;
use crate::key_source::KeySource;
use crate::limits::Limits;
use crate::parking::Parking;
use crate::publisher::Publisher;
use crate::report::Report;
use crate::response::BatchResponse;
use crate::subject_keys::SubjectKeys;
use crate::topic::Topics;

impl<T: Topics, P: Parking, S: KeySource> Publisher<T, P, S> {
    /// Settles (publishes or parks) as many records as it can within the limits, and answers with the first that it could
    /// not settle.
    ///
    /// Fails when an unsettled record has no sequence number, so that the answer cannot name it. Lambda then delivers
    /// the whole batch again.
    pub async fn handle(
        &self,
        records: &[&RawValue],
        limits: Limits,
    ) -> Result<(BatchResponse, Report), Unnameable> {
        let records: Vec<_> = records.iter().map(|record| self.read(record)).collect();
        self.settle(&records, limits).await.answer(&records)
    }

    /// Reads a record, and marks one of the table of persons' keys: neither the native shape nor a mapping is for it.
    pub(crate) fn read<'a>(&self, json: &'a RawValue) -> RawRecord<'a> {
        let raw = RawRecord::read(json);
        let keys = self.config.subject_keys_table.as_deref();
        raw.of_subject_keys(keys.is_some() && raw.table().as_deref() == keys)
    }

    /// Settles as many records as it can within the limits.
    pub(crate) async fn settle(&self, records: &[RawRecord<'_>], limits: Limits) -> Invocation {
        let mut invocation = Invocation::new(records.len(), &self.config);
        for (place, raw) in records.iter().enumerate() {
            self.prepare(place, raw, &mut invocation);
        }
        Drain::new(self, records, limits, &mut invocation).run().await;
        invocation.report.requested(self.keys.take_requests());
        invocation.report.subject_keys = self.subject_keys.as_ref().map(SubjectKeys::take_counts);
        invocation
    }

    /// Turns the record into steps of its lane.
    fn prepare(&self, place: usize, raw: &RawRecord<'_>, invocation: &mut Invocation) {
        invocation.report.delivered(raw);
        let identity = raw.identity();
        if invocation.repeats(place, identity) {
            return;
        }
        // A redrive is a new order to publish what was parked.
        if !self.config.publication.replay && self.remembered().contains(&identity) {
            invocation.report.remembered += 1;
            invocation.publish(place, Vec::new());
            return;
        }
        let decoded = match pipeline::decode(self.mapping(), raw) {
            Ok(decoded) => decoded,
            Err(error) => return self.set_aside(place, raw, error, invocation),
        };
        invocation.changed(place, decoded.origin().recorded);
        match self.envelopes(&decoded, &mut invocation.report) {
            Ok(Some(envelopes)) => self.publish(place, raw, envelopes, invocation),
            Ok(None) => invocation.publish(place, Vec::new()),
            Err(error) => self.set_aside(place, raw, error, invocation),
        }
    }

    /// The record has no events that can be published: it is parked.
    fn set_aside(&self, place: usize, raw: &RawRecord<'_>, error: Error, invocation: &mut Invocation) {
        invocation.set_aside(place, pipeline::lane(self.mapping(), raw), error);
    }

    fn mapping(&self) -> Option<&Mapping> {
        self.config.mapping.as_ref()
    }

    /// The envelopes of a record's events; `None` when this function does not publish the change.
    fn envelopes<'a>(
        &'a self,
        decoded: &'a Decoded,
        report: &mut Report,
    ) -> Result<Option<Envelopes<'a>>, Error> {
        let malformed = decoded
            .records()
            .iter()
            .any(|record| record.last_change_malformed);
        report.malformed_last_change += u64::from(malformed);
        if self.is_from_elsewhere(decoded, report) {
            report.elsewhere += 1;
            return Ok(None);
        }
        let envelopes = pipeline::envelopes(self.categories, decoded, &self.config.publication)?;
        match &envelopes {
            Some(envelopes) => {
                report.recognised += 1;
                report.unknown_values += envelopes.unknown_values();
            }
            None => report.skipped += 1,
        }
        Ok(envelopes)
    }

    /// Adds the events that still have to be published.
    fn publish(&self, place: usize, raw: &RawRecord<'_>, envelopes: Envelopes, invocation: &mut Invocation) {
        invocation.report.events += envelopes.len() as u64;
        let mut events = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            let envelope = match envelope {
                Ok(envelope) => envelope,
                Err(error) => return self.set_aside(place, raw, error, invocation),
            };
            if self.remembered().contains(&envelope.uuid()) {
                invocation.report.remembered += 1;
                // A call that carried both took this one and not the earlier ones.
                if self.config.lane_batching {
                    events.iter_mut().for_each(Envelope::mark_replayed);
                    let overtaken = invocation.lanes.overtaken(envelope.partition_key());
                    invocation.report.order_broken += overtaken + events.len() as u64;
                }
            } else if !invocation.repeats(place, envelope.uuid()) {
                events.push(envelope);
            }
        }
        invocation.publish(place, events);
    }

    /// In a global table, the stream of every region contains every write. A function publishes only the writes that
    /// were made in its own region. A row that does not name its region belongs to the default region, or, without one,
    /// to every region.
    fn is_from_elsewhere(&self, decoded: &Decoded, report: &mut Report) -> bool {
        let Some(attribute) = &self.config.origin_region_attribute else {
            return false;
        };
        // Every region has a table of persons' keys of its own.
        if decoded.is_of_subject_keys() {
            return false;
        }
        let named = decoded.text(attribute);
        report.origin_missing += u64::from(named.is_none());
        let origin = named.or(self.config.origin_region_default.as_deref());
        origin.is_some_and(|origin| origin != decoded.origin().region)
    }
}
