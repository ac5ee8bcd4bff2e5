//! The services around the consumer: a table that can lose its answers, KMS, the queues, and time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use user_events_consumer::{
    Cause, Clock, DeadLetter, DeadLetters, Effect, Hide, Inbox, InboxSettings, MemoryStore, QueueCall, Row,
    RowKey, Store, StoreError, SubjectKey, SubjectKeys, Transact, Transacted, UnwrapKey, Unwrapped,
    WrappedKey, Write, Written,
};
use user_events_core::subject_key_name;
use zeroize::Zeroizing;

/// When the process dies in a write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    /// Before it is sent.
    Before,
    /// After it was made, before its answer arrives.
    After,
}

/// The table of the inbox, in which the write of an event can be lost.
#[derive(Clone, Default)]
pub(super) struct Table {
    rows: MemoryStore,
    crashes: Arc<Mutex<BTreeMap<String, Crash>>>,
}

impl Table {
    pub(super) fn rows(&self) -> &MemoryStore {
        &self.rows
    }

    /// The next transaction of this event is lost.
    pub(super) fn crash(&self, event_id: &str, when: Crash) {
        self.crashes.lock().unwrap().insert(event_id.to_owned(), when);
    }
}

pub(super) fn inbox(table: &Table, time: &Time, lease: Duration) -> Inbox<Table> {
    let settings = InboxSettings {
        clock: time.clock(),
        lease,
        ..InboxSettings::new("welcome")
    };
    Inbox::new(table.clone(), settings).unwrap()
}

impl Store for Table {
    async fn write(&self, write: &Write) -> Result<Written, StoreError> {
        self.rows.write(write).await
    }

    async fn read(&self, key: &RowKey) -> Result<Option<Row>, StoreError> {
        self.rows.read(key).await
    }

    async fn count_completed(&self, pk: &str) -> Result<u64, StoreError> {
        self.rows.count_completed(pk).await
    }
}

impl Transact for Table {
    type Effects = Vec<Effect>;

    async fn transact(&self, writes: &[Write], effects: Vec<Effect>) -> Result<Transacted, StoreError> {
        let key = &writes[0].key;
        let id = match key.sk.as_str() {
            "INBOX" => key.pk.rsplit_once('#').unwrap().1,
            id => id,
        };
        let crash = self.crashes.lock().unwrap().remove(id);
        let lost = || Err(StoreError::Unavailable { code: None });
        if crash == Some(Crash::Before) {
            return lost();
        }
        let transacted = self.rows.transact(writes, effects).await;
        if crash == Some(Crash::After) {
            lost()
        } else {
            transacted
        }
    }
}

/// KMS with one data key for each class, and the classes that it denies. It can fail.
#[derive(Clone)]
pub(super) struct Kms {
    keys: Arc<BTreeMap<String, Vec<u8>>>,
    denied: Arc<Mutex<BTreeSet<String>>>,
    /// The code of its errors, while it fails.
    failure: Arc<Mutex<Option<String>>>,
}

impl Kms {
    pub(super) fn new(keys: &Value) -> Self {
        let keys = keys.as_object().unwrap().iter();
        let decoded = |key: &Value| BASE64_STANDARD.decode(key.as_str().unwrap()).unwrap();
        Self {
            keys: Arc::new(keys.map(|(class, key)| (class.clone(), decoded(key))).collect()),
            denied: Arc::default(),
            failure: Arc::default(),
        }
    }

    /// Every request gets this error from now on, or none.
    pub(super) fn fail(&self, code: Option<&str>) {
        *self.failure.lock().unwrap() = code.map(str::to_owned);
    }

    pub(super) fn deny(&self, class: &str) {
        self.denied.lock().unwrap().insert(class.to_owned());
    }

    pub(super) fn grant(&self, class: &str) {
        self.denied.lock().unwrap().remove(class);
    }
}

impl UnwrapKey for Kms {
    async fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        if let Some(code) = self.failure.lock().unwrap().clone() {
            return Err(Cause::Kms(Some(code)));
        }
        let is_denied = self.denied.lock().unwrap().contains(wrapped.class);
        Ok(match self.keys.get(wrapped.class) {
            Some(key) if !is_denied => Unwrapped::Key(Zeroizing::new(key.clone())),
            _ => Unwrapped::NotGranted,
        })
    }
}

/// The table of persons' keys.
#[derive(Clone, Default)]
pub(super) struct Persons(Arc<Mutex<BTreeMap<String, SubjectKey>>>);

impl Persons {
    /// The person with this subject has this row from now on.
    pub(super) fn put(&self, subject: &str, row: SubjectKey) {
        let name = subject_key_name("/user-service", subject);
        self.0.lock().unwrap().insert(name, row);
    }
}

impl SubjectKeys for Persons {
    fn row<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SubjectKey>, Option<String>>> {
        let row = self.0.lock().unwrap().get(name).cloned();
        std::future::ready(Ok(row)).boxed()
    }
}

/// The dead-letter queue, and a queue that hides messages.
#[derive(Clone, Default)]
pub(super) struct Queues {
    name: String,
    letters: Arc<Mutex<BTreeMap<String, String>>>,
    hidden: Arc<Mutex<BTreeMap<String, Duration>>>,
}

impl Queues {
    pub(super) fn named(name: String) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    pub(super) fn hides_nothing(&self) -> bool {
        self.hidden.lock().unwrap().is_empty()
    }

    /// The reasons of the set-aside messages, by message id.
    pub(super) fn letters(&self) -> BTreeMap<String, String> {
        self.letters.lock().unwrap().clone()
    }

    pub(super) fn hidden(&self, receipt: &str) -> Option<Duration> {
        self.hidden.lock().unwrap().get(receipt).copied()
    }

    pub(super) fn forget_hidden(&self) {
        self.hidden.lock().unwrap().clear();
    }
}

impl DeadLetters for Queues {
    fn send(&self, letter: DeadLetter) -> QueueCall<'_> {
        let (id, reason) = (letter.message_id, letter.reason.to_owned());
        self.letters.lock().unwrap().insert(id, reason);
        std::future::ready(Ok(())).boxed()
    }
}

impl Hide for Queues {
    fn name(&self) -> &str {
        &self.name
    }

    fn hide<'a>(&'a self, receipt: &'a str, time: Duration) -> QueueCall<'a> {
        self.hidden.lock().unwrap().insert(receipt.to_owned(), time);
        std::future::ready(Ok(())).boxed()
    }
}

/// The time of a scenario, by the clock and by the runtime.
#[derive(Clone)]
pub(super) struct Time(Arc<AtomicU64>);

impl Time {
    pub(super) fn starting_at(milliseconds: u64) -> Self {
        Self(Arc::new(AtomicU64::new(milliseconds)))
    }

    pub(super) fn milliseconds(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) async fn pass(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
        tokio::time::advance(time).await;
    }

    pub(super) fn clock(&self) -> Clock {
        let time = self.clone();
        Clock::from_fn(move || SystemTime::UNIX_EPOCH + Duration::from_millis(time.milliseconds()))
    }
}
