//! The services around a process, with the faults of the plan: the topic, KMS and the parked queue.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sns::operation::publish_batch::PublishBatchOutput;
use aws_sdk_sns::types::{BatchResultErrorEntry, PublishBatchResultEntry};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::value::RawValue;
use user_events_aws::{
    KeySource, KeyUnavailable, Parking, ParkingFailed, Topics, outcome_of_failed_call, outcomes,
};
use user_events_core::{Batch, DataKey, Error, Outcome, Time, parked_message};
use zeroize::Zeroizing;

use super::history::Happening;
use super::plan::{Fault, Service};
use super::random::{mix, number_of};
use super::scenario::Verdict;
use super::world::World;

/// How long a client waits for one answer, as the functions' clients do.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// One service as one process sees it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) world: Arc<World>,
    pub(super) process: u64,
}

/// How the topic treats a call.
struct Treatment {
    /// How long the call travels to the topic.
    way: Duration,
    /// Which of the entries the topic takes.
    taken: Vec<bool>,
    /// What the process hears, and after how long; `None` is nothing at all.
    answer: Option<(Duration, Answer)>,
}

enum Answer {
    /// An error of the whole call, with the code that the service gave it.
    Error(Option<&'static str>),
    /// An answer, entry by entry.
    Entries(Vec<Said>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Accepted,
    Failed { sender_fault: bool },
    Nothing,
}

impl Topics for Seen {
    async fn publish(&self, batch: &Batch) -> Vec<Outcome> {
        let call = self.world.next_call();
        let ids: Vec<_> = batch
            .entries()
            .iter()
            .map(|entry| entry.event.id.clone())
            .collect();
        self.world.note(Happening::Sent {
            call,
            process: self.process,
            ids: ids.clone(),
        });
        let treatment = self.treatment(&ids);
        self.take(call, batch, &treatment);
        let all = |outcome| vec![outcome; ids.len()];
        match treatment.answer {
            None => std::future::pending().await,
            Some((after, _)) if after > CALL_TIMEOUT => {
                tokio::time::sleep(CALL_TIMEOUT).await;
                all(outcome_of_failed_call(None))
            }
            Some((after, Answer::Error(code))) => {
                tokio::time::sleep(after).await;
                all(outcome_of_failed_call(code))
            }
            Some((after, Answer::Entries(said))) => {
                tokio::time::sleep(after).await;
                let accepted = ids.iter().zip(&said).filter(|(_, said)| **said == Said::Accepted);
                self.world.note(Happening::Told {
                    call,
                    process: self.process,
                    ids: accepted.map(|(id, _)| id.clone()).collect(),
                });
                outcomes(&output(&said), said.len())
            }
        }
    }
}

impl Seen {
    /// What the topic took stays taken, even if the process that sent it dies before the answer.
    fn take(&self, call: u64, batch: &Batch, treatment: &Treatment) {
        let taken = batch
            .entries()
            .iter()
            .zip(&treatment.taken)
            .filter(|(_, taken)| **taken);
        let events: Vec<_> = taken
            .map(|(entry, _)| (entry.event.id.clone(), entry.event.body.clone()))
            .collect();
        let (way, world) = (treatment.way, Arc::clone(&self.world));
        tokio::spawn(async move {
            tokio::time::sleep(way).await;
            for (id, body) in events {
                world.note(Happening::Taken { call, id, body });
            }
        });
    }

    fn treatment(&self, ids: &[String]) -> Treatment {
        let first = ids.first().map(|id| number_of(id)).unwrap_or_default();
        let target = self.world.attempt(first);
        let strikes = |fault| self.world.strikes(fault, target);
        let way = Duration::from_millis(1 + target % 20);
        let soon = way + Duration::from_millis(1 + target / 20 % 20);
        let verdicts: Vec<_> = ids.iter().map(|id| self.world.verdict(id)).collect();
        let takes: Vec<_> = verdicts.iter().map(Option::is_none).collect();
        let nothing = vec![false; ids.len()];
        let refused = |code| (nothing.clone(), Some((soon, Answer::Error(code))));
        let (taken, answer) = if self.world.is_down(Service::Topic) {
            refused(Some("ServiceUnavailable"))
        } else if verdicts.contains(&Some(Verdict::SpoilsItsCall)) {
            refused(Some("InvalidParameter"))
        } else if strikes(Fault::Throttled) {
            refused(Some("Throttled"))
        } else if strikes(Fault::ServerError) {
            refused(Some("InternalError"))
        } else if strikes(Fault::Reset) {
            refused(None)
        } else if strikes(Fault::TakenThenDisconnected) {
            (takes, Some((soon, Answer::Error(None))))
        } else if strikes(Fault::NoAnswer) {
            (if target & 1 == 0 { takes } else { nothing }, None)
        } else {
            let slow = strikes(Fault::SlowAnswer);
            let after = if slow {
                Duration::from_millis(1_000 + target % 7_000)
            } else {
                soon
            };
            let (taken, said) = self.entries(ids, &verdicts);
            (taken, Some((after, Answer::Entries(said))))
        };
        Treatment { way, taken, answer }
    }

    fn entries(&self, ids: &[String], verdicts: &[Option<Verdict>]) -> (Vec<bool>, Vec<Said>) {
        let entry = |(id, verdict): (&String, &Option<Verdict>)| {
            let target = self.world.attempt(mix(&[number_of(id), 1]));
            if verdict.is_some() {
                (false, Said::Failed { sender_fault: true })
            } else if self.world.strikes(Fault::EntryRefused, target) {
                (false, Said::Failed { sender_fault: false })
            } else if self.world.strikes(Fault::EntryMissing, target) {
                (false, Said::Nothing)
            } else if self.world.strikes(Fault::EntryMissingTaken, target) {
                (true, Said::Nothing)
            } else {
                (true, Said::Accepted)
            }
        };
        ids.iter().zip(verdicts).map(entry).unzip()
    }
}

/// The answer as the SDK hands it over: the real code reads it.
fn output(said: &[Said]) -> PublishBatchOutput {
    let mut output = PublishBatchOutput::builder().set_failed(Some(Vec::new()));
    for (place, said) in said.iter().enumerate() {
        let id = place.to_string();
        output = match said {
            Said::Accepted => output.successful(PublishBatchResultEntry::builder().id(id).build()),
            Said::Nothing => output,
            Said::Failed { sender_fault } => {
                let code = if *sender_fault {
                    "InvalidParameter"
                } else {
                    "InternalFailure"
                };
                let entry = BatchResultErrorEntry::builder()
                    .id(id)
                    .code(code)
                    .sender_fault(*sender_fault);
                match entry.build() {
                    Ok(entry) => output.failed(entry),
                    Err(_) => unreachable!("id, code and fault are set"),
                }
            }
        };
    }
    output.build()
}

impl KeySource for Seen {
    async fn generate(&self, class: &'static str) -> Result<DataKey, KeyUnavailable> {
        let target = self.world.attempt(number_of(class));
        tokio::time::sleep(Duration::from_millis(5)).await;
        if self.world.is_down(Service::Keys) || self.world.strikes(Fault::KeyDenied, target) {
            return Err(KeyUnavailable);
        }
        if self.world.strikes(Fault::KeyNoAnswer, target) {
            return std::future::pending().await;
        }
        if self.world.strikes(Fault::KeySlow, target) {
            tokio::time::sleep(Duration::from_millis(500 + target % 4_000)).await;
        }
        // Another key every time. It wraps itself: whoever judges the run can open what it sealed.
        let mut plaintext = Zeroizing::new([0; 32]);
        for (place, bytes) in plaintext.chunks_mut(8).enumerate() {
            bytes.copy_from_slice(&mix(&[target, place as u64]).to_le_bytes());
        }
        Ok(DataKey {
            wrapped: BASE64_STANDARD.encode(plaintext.as_slice()),
            plaintext,
            key_arn: "arn:aws:kms:eu-west-1:123456789012:key/simulated".to_owned(),
        })
    }
}

impl Parking for Seen {
    async fn park(&self, record: &RawValue, reason: &Error) -> Result<(), ParkingFailed> {
        let target = self.world.attempt(number_of(record.get()));
        tokio::time::sleep(Duration::from_millis(5)).await;
        if self.world.is_down(Service::Parking) || self.world.strikes(Fault::ParkingRefused, target) {
            return Err(ParkingFailed);
        }
        let no_answer = self.world.strikes(Fault::ParkingNoAnswer, target);
        let disconnected = !no_answer && self.world.strikes(Fault::ParkingDisconnected, target);
        if !no_answer || target & 1 == 0 {
            let message = parked_message(record, reason, Time::UNIX_EPOCH).map_err(|_| ParkingFailed)?;
            self.world.note(Happening::Parked { message });
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
        if no_answer {
            return std::future::pending().await;
        }
        if disconnected {
            return Err(ParkingFailed);
        }
        self.world.note(Happening::ParkedTold {
            raw: record.get().to_owned(),
        });
        Ok(())
    }
}
