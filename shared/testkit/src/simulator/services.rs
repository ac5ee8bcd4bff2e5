//! The services of a simulated process, with the faults of the plan: the topic, KMS and the parked queue.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sns::operation::publish_batch::PublishBatchOutput;
use aws_sdk_sns::types::{BatchResultErrorEntry, PublishBatchResultEntry};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use user_events_aws::{
    KeySource, KeyUnavailable, Parking, ParkingFailed, Topics, outcome_of_failed_call, outcomes,
};
use user_events_core::{Batch, DataKey, Outcome, ParkedMessage, failed_records};
use zeroize::Zeroizing;

use super::conduct::{KeyConduct, ParkingAnswer, Said, TopicAnswer, Treatment};
use super::history::Happening;
use super::kinds::PARKED_MAX_BYTES;
use super::world::World;
use crate::random::mix;

/// How long a client of the functions waits for an answer. It does not try again: the publisher does.
const CALL_LIMIT: Duration = Duration::from_secs(5);
/// How long KMS and SQS take without a fault.
const SOON: Duration = Duration::from_millis(5);

/// The services as one process sees them.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) world: Arc<World>,
    pub(super) process: u64,
}

/// Waits for the answer of a service. `None` if the service did not do what it was asked for, as far as the client knows.
pub(super) async fn within_limit<T>(answer: impl Future<Output = Option<T>>) -> Option<T> {
    tokio::time::timeout(CALL_LIMIT, answer).await.ok().flatten()
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
        let treatment = self.world.treatment(&ids);
        self.take(call, batch, &treatment);
        let answered = within_limit(self.answer(call, &ids, &treatment)).await;
        let process = self.process;
        self.world.note(Happening::Returned { call, process });
        answered.unwrap_or_else(|| vec![outcome_of_failed_call(None); ids.len()])
    }
}

impl Seen {
    /// The answer of the topic, read by the real code.
    async fn answer(&self, call: u64, ids: &[String], treatment: &Treatment) -> Option<Vec<Outcome>> {
        let Some((after, answer)) = &treatment.answer else {
            return std::future::pending().await;
        };
        tokio::time::sleep(*after).await;
        match answer {
            TopicAnswer::Error(code) => Some(vec![outcome_of_failed_call(*code); ids.len()]),
            TopicAnswer::Entries(said) => {
                let accepted = ids.iter().zip(said).filter(|(_, said)| **said == Said::Accepted);
                self.world.note(Happening::Told {
                    call,
                    process: self.process,
                    ids: accepted.map(|(id, _)| id.clone()).collect(),
                });
                Some(outcomes(&output(said), said.len()))
            }
        }
    }

    /// Delivers the entries that the topic takes, even if the process that sent them dies before the answer.
    fn take(&self, call: u64, batch: &Batch, treatment: &Treatment) {
        let taken = batch
            .entries()
            .iter()
            .zip(&treatment.taken)
            .filter(|(_, taken)| **taken);
        let events: Vec<_> = taken
            .map(|(entry, _)| {
                let event = &entry.event;
                (
                    event.id.clone(),
                    event.body.clone(),
                    event.attribute("replay").is_some(),
                )
            })
            .collect();
        let (way, world) = (treatment.way, Arc::clone(&self.world));
        tokio::spawn(async move {
            tokio::time::sleep(way).await;
            for (id, body, replay) in events {
                world.note(Happening::Taken {
                    call,
                    id,
                    body,
                    replay,
                });
            }
        });
    }
}

/// The answer as the SDK returns it, so that the real code reads it.
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
        let answer = async {
            let (conduct, target) = self.world.key_conduct(class);
            tokio::time::sleep(SOON).await;
            match conduct {
                KeyConduct::Denies | KeyConduct::Throttles => return None,
                KeyConduct::IsSilent => return std::future::pending().await,
                KeyConduct::Gives(after) => tokio::time::sleep(after).await,
            }
            Some(data_key(target))
        };
        within_limit(answer).await.ok_or(KeyUnavailable::Failed)
    }
}

/// A new key every time. The wrapped key is the key itself, so that the oracle can open what it sealed.
fn data_key(target: u64) -> DataKey {
    let mut plaintext = Zeroizing::new([0; 32]);
    for (place, bytes) in plaintext.chunks_mut(8).enumerate() {
        bytes.copy_from_slice(&mix(&[target, place as u64]).to_le_bytes());
    }
    DataKey {
        wrapped: BASE64_STANDARD.encode(plaintext.as_slice()),
        plaintext,
        key_arn: "arn:aws:kms:eu-west-1:123456789012:key/simulated".to_owned(),
    }
}

impl Parking for Seen {
    async fn send(&self, message: String) -> Result<(), ParkingFailed> {
        let parked: ParkedMessage = serde_json::from_str(&message).map_err(|_| ParkingFailed)?;
        let kept = self.keep(parked.record.get(), Kept::Parked(&message));
        within_limit(kept).await.ok_or(ParkingFailed)
    }

    async fn store(&self, _: String, object: String) -> Result<(), ParkingFailed> {
        let records = failed_records(&object).map_err(|_| ParkingFailed)?;
        let record = records.first().ok_or(ParkingFailed)?;
        let kept = self.keep(record.get(), Kept::Stored(&object));
        within_limit(kept).await.ok_or(ParkingFailed)
    }
}

/// What keeps a record.
#[derive(Clone, Copy)]
enum Kept<'a> {
    /// A message of the parked queue.
    Parked(&'a str),
    /// An object of the bucket of failures.
    Stored(&'a str),
}

impl Seen {
    async fn keep(&self, raw: &str, what: Kept<'_>) -> Option<()> {
        let process = self.process;
        let conduct = self.world.parking_conduct(raw);
        tokio::time::sleep(SOON).await;
        if let Kept::Parked(message) = what
            && message.len() > PARKED_MAX_BYTES
        {
            // `InvalidParameterValue`
            return None;
        }
        if conduct.takes {
            self.world.note(match what {
                Kept::Parked(message) => Happening::Parked {
                    process,
                    message: message.to_owned(),
                },
                Kept::Stored(object) => Happening::Stored {
                    process,
                    object: object.to_owned(),
                },
            });
        }
        tokio::time::sleep(SOON).await;
        match conduct.answer {
            ParkingAnswer::Denies
            | ParkingAnswer::IsDown
            | ParkingAnswer::Throttles
            | ParkingAnswer::Breaks => return None,
            ParkingAnswer::Silence => return std::future::pending().await,
            ParkingAnswer::Done => {}
        }
        let raw = raw.to_owned();
        self.world.note(Happening::ParkedTold { process, raw });
        Some(())
    }
}
