//! The calls of an invocation: started while there is time, awaited as long as there is an answer to give.

use futures_util::future::Either;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::Instant;
use user_events_core::{Batch, Entry, Outcome, Parking as ToPark, RawRecord};

use crate::asked::{Asked, Ended, Request};
use crate::invocation::Invocation;
use crate::key_source::KeySource;
use crate::limits::Limits;
use crate::parking::{Parking, ParkingFailed, Place};
use crate::publisher::Publisher;
use crate::topic::Topics;

/// An invocation at work. Publishing and parking have slots of their own, so that one service that does not answer does
/// not take those of the other.
pub(crate) struct Drain<'a, T, P, S> {
    publisher: &'a Publisher<T, P, S>,
    records: &'a [RawRecord<'a>],
    limits: Limits,
    invocation: &'a mut Invocation,
    publishing: usize,
    parking: usize,
    /// How often parking failed since it last succeeded, and the end of the pause after that.
    parking_failed: u32,
    parking_from: Option<Instant>,
    asked: Asked,
}

/// The result of a call.
enum Answer {
    Published {
        batch: Batch,
        outcomes: Vec<Outcome>,
    },
    Parked {
        parking: ToPark,
        result: Result<Place, ParkingFailed>,
    },
}

/// The end of a wait.
enum Woken {
    /// These entries can be sent again.
    Again(Vec<Entry>),
    /// Parking can be tried again.
    ParkAgain,
    /// A request for keys has ended.
    Keys(Ended),
}

impl<'a, T: Topics, P: Parking, S: KeySource> Drain<'a, T, P, S> {
    pub(crate) fn new(
        publisher: &'a Publisher<T, P, S>,
        records: &'a [RawRecord<'a>],
        limits: Limits,
        invocation: &'a mut Invocation,
    ) -> Self {
        Self {
            publisher,
            records,
            limits,
            invocation,
            publishing: 0,
            parking: 0,
            parking_failed: 0,
            parking_from: None,
            asked: Asked::default(),
        }
    }

    /// Makes calls until no lane has a step left, or the time is up.
    pub(crate) async fn run(mut self) {
        let publisher = self.publisher;
        let (mut calls, mut waits) = (FuturesUnordered::new(), FuturesUnordered::new());
        // All keys are asked for at once, before the first event needs one.
        for request in self.asked.at_first(self.invocation, publisher) {
            waits.push(Either::Left(ask(publisher, request)));
        }
        loop {
            let may_start = Instant::now() < self.limits.start_until;
            if may_start {
                while let Some(batch) = self.next_batch() {
                    calls.push(Either::Left(publish(publisher, batch)));
                }
                while let Some(parking) = self.next_parking() {
                    calls.push(Either::Right(park(publisher, self.records, parking)));
                }
                for request in self.asked.next(self.invocation) {
                    waits.push(Either::Left(ask(publisher, request)));
                }
            }
            if calls.is_empty() && (!may_start || waits.is_empty()) {
                return;
            }
            let until = if may_start {
                self.limits.start_until
            } else {
                self.limits.answer_by
            };
            tokio::select! {
                // In this order, so that a run can be repeated.
                biased;
                Some(answer) = calls.next() => {
                    if let Some((until, woken)) = self.answered(answer) {
                        waits.push(Either::Right(sleep(until, woken)));
                    }
                }
                Some(woken) = waits.next(), if may_start => self.woken(woken),
                () = tokio::time::sleep_until(until) => {
                    if !may_start {
                        tracing::warn!(calls = calls.len(), "the time was up before all calls were answered");
                        return;
                    }
                }
            }
        }
    }

    fn next_batch(&mut self) -> Option<Batch> {
        let publisher = self.publisher;
        if self.publishing >= publisher.config.publish_concurrency {
            return None;
        }
        let batch = self
            .invocation
            .lanes
            .next_batch(&mut |envelope| publisher.seal(envelope))?;
        self.publishing += 1;
        Some(batch)
    }

    fn next_parking(&mut self) -> Option<ToPark> {
        let pausing = self.parking_from.is_some_and(|from| Instant::now() < from);
        if pausing || self.parking >= self.publisher.config.publish_concurrency {
            return None;
        }
        loop {
            let parking = self.invocation.lanes.next_parking()?;
            if !self.invocation.is_settled(parking.record) {
                self.parking += 1;
                return Some(parking);
            }
            // Another lane of the record parked it whole already.
            self.invocation.lanes.parked(&parking);
        }
    }

    /// Records the answer. Returns until when something waits because of it.
    fn answered(&mut self, answer: Answer) -> Option<(Instant, Woken)> {
        match answer {
            Answer::Published { batch, outcomes } => {
                self.publishing -= 1;
                let (accepted, retry) = self.invocation.published(batch, &outcomes, self.publisher.now());
                let mut remembered = self.publisher.remembered();
                accepted.into_iter().for_each(|id| remembered.insert(id));
                let attempts = retry.iter().map(|entry| entry.attempts).max()?;
                let pause = self.publisher.backoff.pause(attempts);
                Some((Instant::now() + pause, Woken::Again(retry)))
            }
            Answer::Parked { parking, result } => {
                self.parking -= 1;
                match result {
                    Ok(place) => {
                        (self.parking_failed, self.parking_from) = (0, None);
                        if let Some(raw) = self.records.get(parking.record) {
                            self.publisher.remembered().insert(raw.identity());
                        }
                        self.invocation.parked(&parking, place);
                        None
                    }
                    Err(ParkingFailed) => {
                        self.parking_failed += 1;
                        let until = Instant::now() + self.publisher.backoff.pause(self.parking_failed);
                        self.parking_from = Some(until);
                        self.invocation.lanes.park_again(parking);
                        Some((until, Woken::ParkAgain))
                    }
                }
            }
        }
    }

    fn woken(&mut self, woken: Woken) {
        match woken {
            Woken::Again(entries) => {
                self.invocation.report.retried += entries.len() as u64;
                self.invocation.lanes.again(entries);
            }
            Woken::ParkAgain => {}
            Woken::Keys(ended) => {
                let persons = self.publisher.subject_keys.as_ref();
                self.asked.ended(ended, self.invocation, persons);
            }
        }
    }
}

async fn publish<T: Topics, P, S>(publisher: &Publisher<T, P, S>, batch: Batch) -> Answer {
    let outcomes = publisher.topics.publish(&batch).await;
    Answer::Published { batch, outcomes }
}

async fn park<T: Topics, P: Parking, S: KeySource>(
    publisher: &Publisher<T, P, S>,
    records: &[RawRecord<'_>],
    parking: ToPark,
) -> Answer {
    let result = match records.get(parking.record) {
        Some(raw) => publisher.park(raw, &parking.error).await,
        None => Err(ParkingFailed),
    };
    if let Ok(place) = result {
        let (code, reason) = (parking.error.code().as_str(), parking.error.message());
        let bucket = place == Place::Bucket;
        tracing::warn!(code, reason, bucket, "a record was parked");
    }
    Answer::Parked { parking, result }
}

async fn ask<T, P, S: KeySource>(publisher: &Publisher<T, P, S>, request: Request) -> Woken {
    Woken::Keys(request.send(publisher).await)
}

async fn sleep(until: Instant, woken: Woken) -> Woken {
    tokio::time::sleep_until(until).await;
    woken
}
