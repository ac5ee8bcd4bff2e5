//! Fakes for the services of the handler: a test sets their answers and reads their requests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use user_events_aws::{KeySource, KeyUnavailable, Parking, ParkingFailed, Topics};
use user_events_core::description::sample_data_key;
use user_events_core::{Batch, DataKey, Outcome, SealedEnvelope};

/// A key source that always generates the fixed data key; a test can switch it off.
#[derive(Debug, Clone, Default)]
pub struct FixedKeys {
    down: Arc<Mutex<bool>>,
}

impl FixedKeys {
    /// Makes key requests fail, or succeed again.
    pub fn set_down(&self, down: bool) {
        *lock(&self.down) = down;
    }
}

impl KeySource for FixedKeys {
    async fn generate(&self, class: &'static str) -> Result<DataKey, KeyUnavailable> {
        if *lock(&self.down) {
            Err(KeyUnavailable::Refused)
        } else {
            Ok(sample_data_key(class))
        }
    }
}

/// The answer to one call: the outcome of every entry of the batch.
type Script = Box<dyn FnMut(&Batch) -> Vec<Outcome> + Send>;

/// Topics that answer by a script, and accept everything after its end. Every call takes a millisecond.
#[derive(Clone, Default)]
pub struct ScriptedTopics {
    script: Arc<Mutex<VecDeque<Script>>>,
    calls: Arc<Mutex<Vec<Vec<SealedEnvelope>>>>,
    accepted: Arc<Mutex<Vec<SealedEnvelope>>>,
}

impl ScriptedTopics {
    /// Adds an answer to the script.
    pub fn then(&self, answer: impl FnMut(&Batch) -> Vec<Outcome> + Send + 'static) {
        lock(&self.script).push_back(Box::new(answer));
    }

    /// Adds an answer to the script that has this outcome for every entry.
    pub fn then_all(&self, outcome: Outcome) {
        self.then(move |batch| vec![outcome; batch.entries().len()]);
    }

    /// The events of every call, accepted or not.
    pub fn calls(&self) -> Vec<Vec<SealedEnvelope>> {
        lock(&self.calls).clone()
    }

    /// The accepted events, in order.
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

/// A parking-lot queue and a bucket of failures in memory; a test can switch them off.
#[derive(Debug, Clone, Default)]
pub struct MemoryParking {
    messages: Arc<Mutex<Vec<String>>>,
    objects: Arc<Mutex<Vec<(String, String)>>>,
    down: Arc<Mutex<bool>>,
}

impl MemoryParking {
    /// Makes parking fail, or succeed again.
    pub fn set_down(&self, down: bool) {
        *lock(&self.down) = down;
    }

    /// The parked messages, in order.
    pub fn messages(&self) -> Vec<String> {
        lock(&self.messages).clone()
    }

    /// The stored objects with their keys, in order.
    pub fn objects(&self) -> Vec<(String, String)> {
        lock(&self.objects).clone()
    }
}

impl Parking for MemoryParking {
    async fn send(&self, message: String) -> Result<(), ParkingFailed> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if *lock(&self.down) {
            return Err(ParkingFailed);
        }
        lock(&self.messages).push(message);
        Ok(())
    }

    async fn store(&self, key: String, object: String) -> Result<(), ParkingFailed> {
        tokio::time::sleep(Duration::from_millis(1)).await;
        if *lock(&self.down) {
            return Err(ParkingFailed);
        }
        lock(&self.objects).push((key, object));
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
