//! Fakes for the edges of the handler: they do what they were told, and remember what they were asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use user_events_aws::{KeySource, KeyUnavailable, Parking, ParkingFailed, Topics};
use user_events_core::description::sample_data_key;
use user_events_core::{Batch, DataKey, Error, Outcome, RawRecord, SealedEnvelope, Time, parked_message};

/// A source of the fixed data key, which can be switched off.
#[derive(Debug, Clone, Default)]
pub struct FixedKeys {
    down: Arc<Mutex<bool>>,
}

impl FixedKeys {
    /// No key is to be had from now on, or again.
    pub fn set_down(&self, down: bool) {
        *lock(&self.down) = down;
    }
}

impl KeySource for FixedKeys {
    async fn generate(&self, class: &'static str) -> Result<DataKey, KeyUnavailable> {
        if *lock(&self.down) {
            Err(KeyUnavailable)
        } else {
            Ok(sample_data_key(class))
        }
    }
}

/// How a topic answers one call: the outcome of every entry, from what was sent.
type Script = Box<dyn FnMut(&Batch) -> Vec<Outcome> + Send>;

/// Topics that answer by a script, then accept everything; every call takes a millisecond.
#[derive(Clone, Default)]
pub struct ScriptedTopics {
    script: Arc<Mutex<VecDeque<Script>>>,
    calls: Arc<Mutex<Vec<Vec<SealedEnvelope>>>>,
    accepted: Arc<Mutex<Vec<SealedEnvelope>>>,
}

impl ScriptedTopics {
    /// The next call that is not scripted yet is answered like this.
    pub fn then(&self, answer: impl FnMut(&Batch) -> Vec<Outcome> + Send + 'static) {
        lock(&self.script).push_back(Box::new(answer));
    }

    /// The next call that is not scripted yet has this outcome for every entry.
    pub fn then_all(&self, outcome: Outcome) {
        self.then(move |batch| vec![outcome; batch.entries().len()]);
    }

    /// The events of every call, accepted or not.
    pub fn calls(&self) -> Vec<Vec<SealedEnvelope>> {
        lock(&self.calls).clone()
    }

    /// The events that were accepted, in order.
    pub fn accepted(&self) -> Vec<SealedEnvelope> {
        lock(&self.accepted).clone()
    }
}

impl Topics for ScriptedTopics {
    async fn publish(&self, batch: &Batch) -> Vec<Outcome> {
        lock(&self.calls).push(batch.entries().iter().map(|entry| entry.event.clone()).collect());
        tokio::time::sleep(Duration::from_millis(1)).await;
        let script = lock(&self.script).pop_front();
        let outcomes = match script {
            Some(mut script) => script(batch),
            None => vec![Outcome::Accepted; batch.entries().len()],
        };
        let accepted = batch
            .entries()
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| **outcome == Outcome::Accepted);
        lock(&self.accepted).extend(accepted.map(|(entry, _)| entry.event.clone()));
        outcomes
    }
}

/// A parked queue in memory, which can be switched off.
#[derive(Debug, Clone, Default)]
pub struct MemoryParking {
    messages: Arc<Mutex<Vec<String>>>,
    down: Arc<Mutex<bool>>,
}

impl MemoryParking {
    /// Nothing can be parked from now on, or again.
    pub fn set_down(&self, down: bool) {
        *lock(&self.down) = down;
    }

    /// The parked messages, in order.
    pub fn messages(&self) -> Vec<String> {
        lock(&self.messages).clone()
    }
}

impl Parking for MemoryParking {
    async fn park(&self, record: &RawRecord<'_>, reason: &Error) -> Result<(), ParkingFailed> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if *lock(&self.down) {
            return Err(ParkingFailed);
        }
        let message = parked_message(record, reason, Time::UNIX_EPOCH).map_err(|_| ParkingFailed)?;
        lock(&self.messages).push(message);
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
