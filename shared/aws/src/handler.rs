//! The handler: turns the raw records of an invocation into the answer for Lambda.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::Either;
use futures_util::stream::{FuturesUnordered, StreamExt};
use serde_json::value::RawValue;
use tokio::time::Instant;
use user_events_core::{
    Batch, Call, Category, Code, Entry, Error, Outcome, RawRecord, SealedEnvelope, StreamRecord, Unnameable,
    decode, pipeline, random_nonce,
};

use crate::backoff::Backoff;
use crate::config::Config;
use crate::invocation::Invocation;
use crate::keys::{DataKeys, KeySource};
use crate::parking::{Parking, ParkingFailed};
use crate::remembered::Remembered;
use crate::report::Report;
use crate::response::BatchResponse;
use crate::topic::Topics;

/// Publishes the events of invocations. Between invocations it remembers which events were accepted.
#[derive(Debug)]
pub struct Publisher<T, P, S> {
    categories: &'static [&'static Category],
    config: Config,
    topics: T,
    parking: P,
    keys: DataKeys<S>,
    remembered: Mutex<Remembered>,
    backoff: Backoff,
}

/// The result of one call, or the end of a pause.
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
            backoff: Backoff::default(),
        }
    }

    /// The same publisher with pauses that depend on this seed only, for runs that must be repeatable.
    #[must_use]
    pub fn with_backoff_seed(self, seed: u64) -> Self {
        Self {
            backoff: Backoff::from_seed(seed),
            ..self
        }
    }

    /// Settles (publishes or parks) as many records as it can before the deadline, and answers with the first that it
    /// could not settle.
    ///
    /// Fails when an unsettled record has no sequence number, so that the answer cannot name it. Lambda then delivers
    /// the whole batch again.
    pub async fn handle(
        &self,
        records: &[&RawValue],
        deadline: Instant,
    ) -> Result<(BatchResponse, Report), Unnameable> {
        // Everything that is not done at the deadline stays unsettled and is delivered again.
        let records: Vec<_> = records.iter().copied().map(RawRecord::read).collect();
        let mut invocation = Invocation::new(records.len());
        if tokio::time::timeout_at(deadline, self.prepare(&records, &mut invocation))
            .await
            .is_ok()
        {
            let drain = self.drain(&records, deadline, &mut invocation);
            if tokio::time::timeout_at(deadline, drain).await.is_err() {
                tracing::warn!("the invocation ran out of time");
            }
        }
        invocation.answer(&records)
    }

    /// Turns every record into steps of its lane.
    async fn prepare(&self, records: &[RawRecord<'_>], invocation: &mut Invocation) {
        // Without it, an invocation would ask for an unavailable key once per record.
        let mut without_key = BTreeSet::new();
        for (place, raw) in records.iter().enumerate() {
            match self.events(raw, &mut invocation.report, &mut without_key).await {
                Ok(events) => invocation.publish(place, events),
                Err(error) => invocation.set_aside(place, raw, error),
            }
        }
    }

    /// The sealed events of a record that still have to be published.
    async fn events(
        &self,
        raw: &RawRecord<'_>,
        report: &mut Report,
        without_key: &mut BTreeSet<&'static str>,
    ) -> Result<Vec<SealedEnvelope>, Error> {
        let record = decode(raw)?;
        report.malformed_last_change += u64::from(record.last_change_malformed);
        if self.is_from_elsewhere(&record) {
            report.elsewhere += 1;
            return Ok(Vec::new());
        }
        let publication = &self.config.publication;
        let Some(envelopes) = pipeline::envelopes(self.categories, &record, publication)? else {
            report.skipped += 1;
            return Ok(Vec::new());
        };
        report.events += envelopes.len() as u64;
        let mut events = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            let envelope = envelope?;
            if self.remembered().contains(envelope.id()) {
                report.remembered += 1;
                continue;
            }
            let keys = self.keys.ring(envelope.classes(), without_key).await;
            let event = envelope.seal(&keys, &mut random_nonce)?;
            self.check_size(&event)?;
            events.push(event);
        }
        Ok(events)
    }

    /// In a global table, the stream of every region contains every write. A function publishes only the writes that
    /// were made in its own region.
    fn is_from_elsewhere(&self, record: &StreamRecord) -> bool {
        let attribute = self.config.origin_region_attribute.as_deref();
        let origin = attribute.and_then(|name| record.change.image().text(name));
        origin.is_some_and(|origin| origin != record.origin.region)
    }

    fn check_size(&self, event: &SealedEnvelope) -> Result<(), Error> {
        if event.bytes() <= self.config.max_message_bytes {
            return Ok(());
        }
        let message = format!(
            "an event of category {} is larger than its topic accepts",
            event.category
        );
        Err(Error::new(Code::EventTooLarge, message))
    }

    /// Makes calls until no lane has a step left that can be taken.
    async fn drain(&self, records: &[RawRecord<'_>], deadline: Instant, invocation: &mut Invocation) {
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
                    let (accepted, retryable) = invocation.published(batch, outcomes);
                    self.remember(accepted);
                    if let Some(pause) = self.pause_before(&retryable, deadline) {
                        invocation.report.retried += retryable.len() as u64;
                        under_way.push(Either::Right(after(pause, retryable)));
                    }
                }
            }
        }
    }

    async fn make(&self, call: Call, records: &[RawRecord<'_>]) -> Done {
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

    /// The pause before these entries are sent again. `None` when there are none, or when too little time is left.
    fn pause_before(&self, entries: &[Entry], deadline: Instant) -> Option<Duration> {
        let attempts = entries.iter().map(|entry| entry.attempts).max()?;
        let pause = self.backoff.pause(attempts);
        (Instant::now() + pause < deadline).then_some(pause)
    }

    fn remember(&self, accepted: Vec<String>) {
        let mut remembered = self.remembered();
        for id in accepted {
            remembered.insert(id);
        }
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn after(pause: Duration, entries: Vec<Entry>) -> Done {
    tokio::time::sleep(pause).await;
    Done::BackoffOver { entries }
}
