//! The handler: from the raw records of an invocation to the record that Lambda must deliver again.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::Either;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::value::RawValue;
use tokio::time::Instant;
use user_events_core::{
    Batch, Call, Category, Code, Coordinates, Derivation, Disposition, Entry, Envelope, Error, KeyRing,
    Lanes, Outcome, SealedEnvelope, Settlement, Step, StreamRecord, Subject, Unnameable, decode, derive,
    random_nonce,
};

use crate::config::Config;
use crate::keys::{DataKeys, KeySource, KeyUnavailable};
use crate::parking::{Parking, ParkingFailed};
use crate::remembered::Remembered;
use crate::report::Report;
use crate::stream::BatchResponse;
use crate::topic::Topics;

/// The first pause before an entry is sent again; it doubles with every attempt.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST_BACKOFF: Duration = Duration::from_secs(5);

/// Publishes the events of invocations, and remembers between them what was accepted.
#[derive(Debug)]
pub struct Publisher<T, P, S> {
    categories: &'static [&'static Category],
    config: Config,
    topics: T,
    parking: P,
    keys: DataKeys<S>,
    remembered: Mutex<Remembered>,
}

/// What became of one call.
enum Done {
    Published {
        batch: Batch,
        outcomes: Vec<Outcome>,
    },
    Parked {
        record: usize,
        result: Result<(), ParkingFailed>,
    },
    BackoffOver {
        entries: Vec<Entry>,
    },
}

/// One invocation under way.
struct Invocation {
    lanes: Lanes,
    settlement: Settlement,
    report: Report,
}

impl<T: Topics, P: Parking, S: KeySource> Publisher<T, P, S> {
    /// A publisher of these categories.
    pub fn new(
        categories: &'static [&'static Category],
        config: Config,
        topics: T,
        parking: P,
        keys: DataKeys<S>,
    ) -> Self {
        Self {
            categories,
            config,
            topics,
            parking,
            keys,
            remembered: Mutex::default(),
        }
    }

    /// Settles as many records as it can before the deadline, and answers with the first that it could not.
    ///
    /// Fails when a record is unsettled that the answer cannot name; Lambda then delivers the whole batch
    /// again.
    pub async fn handle(
        &self,
        records: &[&RawValue],
        deadline: Instant,
    ) -> Result<(BatchResponse, Report), Unnameable> {
        // Whatever is not done when the time is up stays unsettled, and is delivered again.
        let mut invocation = Invocation::new(records);
        if tokio::time::timeout_at(deadline, self.prepare(records, &mut invocation))
            .await
            .is_ok()
        {
            let drain = self.drain(records, deadline, &mut invocation);
            if tokio::time::timeout_at(deadline, drain).await.is_err() {
                tracing::warn!("the time of the invocation is used up");
            }
        }
        let Invocation {
            settlement,
            mut report,
            ..
        } = invocation;
        report.unsettled = settlement.unsettled().count() as u64;
        let sequence_number = |record: usize| Coordinates::read(records.get(record)?).sequence_number;
        let response = BatchResponse::from_first_unsettled(settlement.first_unsettled(sequence_number)?);
        Ok((response, report))
    }

    /// Turns every record into steps in its lane.
    async fn prepare(&self, records: &[&RawValue], invocation: &mut Invocation) {
        // A class whose key cannot be had is not asked for again and again within one invocation.
        let mut without_key = BTreeSet::new();
        for (place, raw) in records.iter().enumerate() {
            match self.events(raw, &mut invocation.report, &mut without_key).await {
                Ok(events) => invocation.publish(place, events),
                Err(error) => invocation.set_aside(place, raw, error),
            }
        }
    }

    /// The sealed events of a record that are still to be published.
    async fn events(
        &self,
        raw: &RawValue,
        report: &mut Report,
        without_key: &mut BTreeSet<&'static str>,
    ) -> Result<Vec<SealedEnvelope>, Error> {
        let record = decode(raw)?;
        report.malformed_last_change += u64::from(record.last_change_malformed);
        if self.is_from_elsewhere(&record) {
            report.elsewhere += 1;
            return Ok(Vec::new());
        }
        let facts = match derive(self.categories, &record)? {
            Derivation::Events(facts) => facts,
            Derivation::UnknownKind => {
                report.skipped += 1;
                return Ok(Vec::new());
            }
        };
        report.events += facts.len() as u64;
        let mut events = Vec::with_capacity(facts.len());
        for (position, fact) in facts.into_iter().enumerate() {
            let envelope = Envelope::new(fact, position, &record, &self.config.publication);
            if self.remembered().contains(envelope.id()) {
                report.remembered += 1;
                continue;
            }
            let keys = self.keys_for(&envelope, without_key).await;
            let event = envelope.seal(&keys, &mut random_nonce)?;
            if event.bytes() > self.config.max_message_bytes {
                let message = format!(
                    "an event of category {} is larger than its topic takes",
                    event.category
                );
                return Err(Error::new(Code::EventTooLarge, message));
            }
            events.push(event);
        }
        Ok(events)
    }

    /// The keys of the envelope's classes, as far as they can be had.
    async fn keys_for(&self, envelope: &Envelope, without_key: &mut BTreeSet<&'static str>) -> KeyRing {
        let mut ring = KeyRing::new();
        for class in envelope.classes() {
            if without_key.contains(class) {
                continue;
            }
            match self.keys.for_one_message(class).await {
                Ok(key) => {
                    ring.insert(class, key);
                }
                Err(KeyUnavailable) => {
                    without_key.insert(class);
                }
            }
        }
        ring
    }

    /// In a global table every region's stream tells every write: only this region's own are published here.
    fn is_from_elsewhere(&self, record: &StreamRecord) -> bool {
        let attribute = self.config.origin_region_attribute.as_deref();
        let origin = attribute.and_then(|name| record.change.image().text(name));
        origin.is_some_and(|origin| origin != record.origin.region)
    }

    /// Makes calls until no lane has anything left that can be done.
    async fn drain(&self, records: &[&RawValue], deadline: Instant, invocation: &mut Invocation) {
        let mut under_way = FuturesUnordered::new();
        let mut calls = 0;
        loop {
            while calls < self.config.publish_concurrency
                && let Some(call) = invocation.lanes.next_call(self.config.max_message_bytes)
            {
                calls += 1;
                under_way.push(Either::Left(self.make(call, records)));
            }
            match under_way.next().await {
                None => return,
                Some(Done::BackoffOver { entries }) => entries
                    .into_iter()
                    .for_each(|entry| invocation.lanes.again(entry)),
                Some(Done::Parked { record, result }) => {
                    calls -= 1;
                    invocation.parked(record, result);
                }
                Some(Done::Published { batch, outcomes }) => {
                    calls -= 1;
                    let retryable = self.published(batch, outcomes, invocation);
                    if let Some(pause) = backoff(&retryable, deadline) {
                        invocation.report.retried += retryable.len() as u64;
                        under_way.push(Either::Right(after(pause, retryable)));
                    }
                }
            }
        }
    }

    async fn make(&self, call: Call, records: &[&RawValue]) -> Done {
        match call {
            Call::Publish(batch) => {
                let outcomes = self.topics.publish(&batch).await;
                Done::Published { batch, outcomes }
            }
            Call::Park { record, error } => {
                let result = match records.get(record) {
                    Some(raw) => self.parking.park(raw, &error).await,
                    None => Err(ParkingFailed),
                };
                if result.is_ok() {
                    tracing::warn!(
                        code = error.code().as_str(),
                        reason = error.message(),
                        "a record was parked"
                    );
                }
                Done::Parked { record, result }
            }
        }
    }

    /// Takes in the outcomes of a batch, and gives back what is to be sent again.
    fn published(&self, batch: Batch, outcomes: Vec<Outcome>, invocation: &mut Invocation) -> Vec<Entry> {
        let mut retryable = Vec::new();
        // An entry without an outcome was not answered for, which is a refusal that may pass.
        let outcomes = outcomes.into_iter().chain(std::iter::repeat(Outcome::Retryable));
        for (entry, outcome) in batch.into_entries().into_iter().zip(outcomes) {
            if outcome == Outcome::Accepted {
                invocation.report.accepted += 1;
                if let Some(event_type) = entry.event.deprecated {
                    *invocation
                        .report
                        .deprecated
                        .entry(event_type.as_str())
                        .or_default() += 1;
                }
                invocation.settlement.accepted(entry.record);
                self.remembered().insert(entry.event.id.clone());
            }
            retryable.extend(invocation.lanes.settle(entry, outcome));
        }
        for entry in &mut retryable {
            entry.attempts += 1;
        }
        retryable
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Invocation {
    /// Every record unsettled.
    fn new(records: &[&RawValue]) -> Self {
        Self {
            lanes: Lanes::default(),
            settlement: Settlement::new(records.len()),
            report: Report {
                records: records.len() as u64,
                ..Report::default()
            },
        }
    }

    /// The record's events are to be published.
    fn publish(&mut self, record: usize, events: Vec<SealedEnvelope>) {
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

    /// The record has no events that could be published: it is parked, or its lane waits for the next delivery.
    fn set_aside(&mut self, record: usize, raw: &RawValue, error: Error) {
        let pk = Coordinates::read(raw).pk;
        // A record that does not tell whose it is has a lane of its own. No partition key holds a blank.
        let lane = pk
            .as_deref()
            .and_then(Subject::of_partition)
            .map_or_else(|| format!("record {record}"), Subject::partition_key);
        let step = match error.disposition() {
            Disposition::Park => Step::Park(error),
            Disposition::Retry => Step::Hold,
        };
        self.lanes.push(&lane, record, step);
    }

    fn parked(&mut self, record: usize, result: Result<(), ParkingFailed>) {
        if result.is_ok() {
            self.report.parked += 1;
            self.settlement.parked(record);
            self.lanes.parked(record);
        }
    }
}

/// The pause before entries are sent again; `None` when there are none, or the time left is too short for it.
fn backoff(entries: &[Entry], deadline: Instant) -> Option<Duration> {
    let attempts = entries.iter().map(|entry| entry.attempts).max()?;
    let pause = FIRST_BACKOFF
        .saturating_mul(1 << attempts.saturating_sub(1).min(16))
        .min(LONGEST_BACKOFF);
    (Instant::now() + pause < deadline).then_some(pause)
}

async fn after(pause: Duration, entries: Vec<Entry>) -> Done {
    tokio::time::sleep(pause).await;
    Done::BackoffOver { entries }
}
