//! The state that all connections of the stub share.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::behaviour::{Attempts, Behaviour, Behaviours, Endpoint};
use crate::simulator::{Scenario, World};

/// An event that the stubbed topic accepted.
#[derive(Debug, Clone)]
pub struct Published {
    /// The message's body.
    pub body: String,
    /// The message attributes, by name.
    pub attributes: BTreeMap<String, String>,
    /// The FIFO message group.
    pub group: Option<String>,
    /// The FIFO deduplication id.
    pub deduplication_id: Option<String>,
}

/// An object in a bucket of the stub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredObject {
    /// The bucket.
    pub bucket: String,
    /// The key as in the request's path: percent-encoded.
    pub encoded_key: String,
    /// The object.
    pub body: String,
}

impl StoredObject {
    /// The notice that S3 sends of the object (Amazon S3 User Guide, *Event message structure*).
    pub fn notice(&self) -> Value {
        json!({ "Records": [{
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": {
                "bucket": { "name": self.bucket },
                "object": { "key": self.encoded_key, "size": self.body.len() },
            },
        }] })
    }
}

/// The result of an invocation.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The function's JSON answer, or its error report.
    pub body: Value,
    /// Whether the function reported an error instead of an answer.
    pub failed: bool,
    /// When the answer arrived.
    pub at: Instant,
}

/// How often each service was called.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// `PublishBatch`
    pub publish: usize,
    /// `GenerateDataKey`
    pub keys: usize,
    /// `SendMessage`
    pub park: usize,
    /// `PutObject`
    pub store: usize,
    /// `BatchGetItem` and `PutItem`
    pub subject_keys: usize,
    /// All other calls.
    pub other: usize,
}

impl Calls {
    /// Those since these.
    #[must_use]
    pub fn since(self, earlier: Self) -> Self {
        Self {
            publish: self.publish - earlier.publish,
            keys: self.keys - earlier.keys,
            park: self.park - earlier.park,
            store: self.store - earlier.store,
            subject_keys: self.subject_keys - earlier.subject_keys,
            other: self.other - earlier.other,
        }
    }

    /// The number of all calls.
    pub fn total(self) -> usize {
        self.publish + self.keys + self.park + self.store + self.subject_keys + self.other
    }
}

/// What the stub answers to readers of events.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The data key that KMS unwraps from every wrapped key, in base64.
    pub data_key: String,
    /// The rows of the table of persons' keys, by `pk`, in the JSON of DynamoDB.
    pub subject_keys: BTreeMap<String, Value>,
    /// Whether KMS denies every class.
    pub denies: bool,
    /// How often KMS was asked to unwrap a key.
    pub decrypts: usize,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) world: Arc<World>,
    pub(super) published: Mutex<Vec<Published>>,
    pub(super) parked: Mutex<Vec<String>>,
    pub(super) objects: Mutex<Vec<StoredObject>>,
    pub(super) reading: Mutex<Reading>,
    pub(super) calls: Mutex<Calls>,
    pub(super) behaviours: Mutex<Behaviours>,
    pub(super) attempts: Mutex<Attempts>,
    pub(super) answers: Mutex<BTreeMap<u64, Answer>>,
    pub(super) answered: Condvar,
    pub(super) function_timeout: Duration,
    invocations: Mutex<VecDeque<(u64, String)>>,
    invoked: Notify,
    next_id: AtomicU64,
    /// The process that connects now.
    process: AtomicU64,
    /// The last process that asked for an invocation.
    ready: AtomicU64,
}

impl State {
    pub(super) fn new(scenario: &Scenario) -> Self {
        Self {
            world: Arc::new(World::new(scenario)),
            published: Mutex::default(),
            parked: Mutex::default(),
            objects: Mutex::default(),
            reading: Mutex::default(),
            calls: Mutex::default(),
            behaviours: Mutex::default(),
            attempts: Mutex::default(),
            answers: Mutex::default(),
            answered: Condvar::new(),
            function_timeout: scenario.mapping.function_timeout,
            invocations: Mutex::default(),
            invoked: Notify::new(),
            next_id: AtomicU64::new(1),
            process: AtomicU64::new(1),
            ready: AtomicU64::new(0),
        }
    }

    pub(super) fn behaviour(&self, endpoint: Endpoint) -> Behaviour {
        lock(&self.behaviours).of(endpoint)
    }

    /// Waits as long as the service takes. Returns the error code if it refuses the call as a whole.
    pub(super) async fn failure(&self, endpoint: Endpoint) -> Option<&'static str> {
        match self.behaviour(endpoint) {
            Behaviour::Plain | Behaviour::RefusesEntries | Behaviour::RefusesFirst(_) => None,
            Behaviour::Fails(code) => Some(code),
            Behaviour::Silent => std::future::pending().await,
            Behaviour::After(time) => {
                tokio::time::sleep(time).await;
                None
            }
        }
    }

    /// Queues an invocation and returns its number.
    pub(super) fn invoke(&self, payload: String) -> u64 {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        lock(&self.invocations).push_back((id, payload));
        self.invoked.notify_one();
        id
    }

    /// Waits for the next invocation: its number and its payload.
    pub(super) async fn next_invocation(&self) -> (u64, String) {
        loop {
            let invoked = self.invoked.notified();
            let next = lock(&self.invocations).pop_front();
            match next {
                Some(next) => return next,
                None => invoked.await,
            }
        }
    }

    pub(super) fn replace_process(&self, number: u64) {
        self.process.store(number, Ordering::Relaxed);
        lock(&self.invocations).clear();
    }

    pub(super) fn process(&self) -> u64 {
        self.process.load(Ordering::Relaxed)
    }

    /// Notes that the process asks for an invocation.
    pub(super) fn mark_ready(&self, process: u64) {
        self.ready.store(process, Ordering::Relaxed);
    }

    pub(super) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed) == self.process()
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
