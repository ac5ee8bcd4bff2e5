//! The edges of the backfill, which take time, fail and lose answers, and those of the consumer.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::json;
use serde_json::value::to_raw_value;
use tokio::time::sleep;
use user_events_backfill::{
    AccountState, Accounts, Cause, Checkpoints, Failure, MemoryCheckpoints, Message, Page, Position, Queue,
    Segment, Source,
};
use user_events_consumer::{
    Effect, MemoryStore, Row, RowKey, Sink, Store, StoreError, Transact, Transacted, UnwrapKey, Unwrapped,
    WrappedKey, Write, Written,
};
use user_events_core::description::sample_data_key;
use user_events_core::{Image, Outcome, attributes};
use zeroize::Zeroizing;

use super::run::Planted;
use super::tables::Tables;
use super::topic::Topics;
use super::writer::key;
use crate::consumer::queue::{Random, SimulatedQueue};

/// How long a call takes at most, in each direction.
const LATENCY: Duration = Duration::from_millis(20);
/// How old a row can be that a read finds which is not consistent.
const STALE: Duration = Duration::from_millis(1_500);

/// Everything between the backfill and its world. Clones share it.
#[derive(Clone)]
pub(super) struct Edge {
    pub(super) tables: Tables,
    pub(super) topics: Topics,
    pub(super) queue: SimulatedQueue,
    pub(super) random: Random,
    pub(super) planted: Option<Planted>,
    pub(super) checkpoints: MemoryCheckpoints,
    pub(super) sent: Arc<Mutex<Sent>>,
}

/// What the snapshot queue accepted.
#[derive(Default)]
pub(super) struct Sent {
    pub(super) ids: BTreeSet<String>,
    pub(super) repeated: u64,
}

impl Edge {
    /// A call that takes time, and may fail before it is made, or lose its answer.
    async fn call<T>(&self, made: impl AsyncFnOnce() -> T) -> Result<T, Failure> {
        sleep(self.random.up_to(LATENCY)).await;
        if self.random.per_mille(15) {
            return Err(Failure::new(Cause::Passing, "it failed"));
        }
        let answer = made().await;
        sleep(self.random.up_to(LATENCY)).await;
        if self.random.per_mille(15) {
            return Err(Failure::new(Cause::Passing, "it did not answer"));
        }
        Ok(answer)
    }
}

impl Source for Edge {
    fn page<'a>(
        &'a self,
        segment: &'a Segment,
        after: Option<&'a Position>,
        rows: u32,
    ) -> BoxFuture<'a, Result<Page, Failure>> {
        async move {
            let after = after.map(|position| {
                let text = |place: usize| position.0[place].as_str().unwrap().to_owned();
                (text(0), text(1))
            });
            self.call(async || {
                let part = (segment.segment, segment.of);
                let keys = self.tables.keys_after(&segment.table, after.as_ref(), part);
                let mut page = Page::default();
                for key in keys {
                    if page.items.len() as u32 == rows {
                        return page;
                    }
                    if self.random.per_mille(300) {
                        // The rows of a page are not read at one moment.
                        sleep(self.random.up_to(LATENCY)).await;
                    }
                    let row = match self.planted {
                        Some(Planted::EventuallyConsistent) => {
                            self.tables.earlier(&key, self.random.up_to(STALE))
                        }
                        _ => self.tables.row(&key),
                    };
                    page.next = Some(Position(json!([key.1, key.2])));
                    if let Some(row) = row {
                        let json = to_raw_value(&attributes(&row)).unwrap();
                        page.items.push(Image::from_dynamodb_json(&json).unwrap());
                    }
                }
                // The last page may be empty.
                if page.items.is_empty() || self.random.per_mille(500) {
                    page.next = None;
                }
                page
            })
            .await
        }
        .boxed()
    }
}

impl Accounts for Edge {
    fn states<'a>(
        &'a self,
        users: &'a [String],
    ) -> BoxFuture<'a, Result<BTreeMap<String, AccountState>, Failure>> {
        async move {
            self.call(async || {
                let mut states = BTreeMap::new();
                for user in users {
                    let state = match self.tables.row(&key("accounts", user, "ACCOUNT")) {
                        None => AccountState::Absent,
                        Some(row) if row["status"] == "DELETED" => AccountState::Deleted,
                        Some(_) => AccountState::Present,
                    };
                    // Some keys may be left unprocessed.
                    if states.is_empty() || !self.random.per_mille(100) {
                        states.insert(user.clone(), state);
                    }
                }
                states
            })
            .await
        }
        .boxed()
    }
}

impl Queue for Edge {
    fn send<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<Vec<Outcome>, Failure>> {
        async move {
            self.call(async || {
                let mut outcomes = Vec::new();
                for message in messages {
                    if self.random.per_mille(60) {
                        outcomes.push(Outcome::Retryable);
                        continue;
                    }
                    if self.planted == Some(Planted::ThroughTheTopic) {
                        self.topics.publish(&message.group, &message.id, &message.body);
                    }
                    let mut sent = self.sent.lock().unwrap();
                    sent.repeated += u64::from(!sent.ids.insert(message.id.clone()));
                    self.queue.send(&message.group, &message.body, true);
                    outcomes.push(Outcome::Accepted);
                }
                // An answer may list fewer.
                if self.random.per_mille(30) {
                    outcomes.pop();
                }
                outcomes
            })
            .await
        }
        .boxed()
    }
}

impl Checkpoints for Edge {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, Failure>> {
        async move { self.call(async || self.checkpoints.load(name).await).await? }.boxed()
    }

    fn save<'a>(&'a self, name: &'a str, checkpoint: Vec<u8>) -> BoxFuture<'a, Result<(), Failure>> {
        async move {
            let mut checkpoint = checkpoint;
            if self.planted == Some(Planted::ForgetsThePage) {
                forget_the_page(&mut checkpoint);
            }
            self.call(async || self.checkpoints.save(name, checkpoint).await)
                .await?
        }
        .boxed()
    }
}

/// The position is saved, and the messages of the page are not.
fn forget_the_page(checkpoint: &mut Vec<u8>) {
    let mut json: serde_json::Value = serde_json::from_slice(checkpoint).unwrap();
    if json["page"].is_array() {
        json["page"] = serde_json::Value::Null;
        *checkpoint = serde_json::to_vec(&json).unwrap();
    }
}

/// The table of the inbox, which takes time, fails and loses answers.
#[derive(Clone)]
pub(super) struct Unreliable {
    pub(super) rows: MemoryStore,
    pub(super) random: Random,
    pub(super) planted: Option<Planted>,
    /// How often the events of the snapshot were counted.
    pub(super) counted: Arc<AtomicU64>,
}

impl Unreliable {
    async fn call<T>(&self, made: impl AsyncFnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let failed = || Err(StoreError::Unavailable { code: None });
        sleep(self.random.up_to(LATENCY)).await;
        if self.random.per_mille(10) {
            return failed();
        }
        let answer = made().await;
        sleep(self.random.up_to(LATENCY)).await;
        if self.random.per_mille(10) {
            failed()
        } else {
            answer
        }
    }
}

impl Store for Unreliable {
    async fn write(&self, write: &Write) -> Result<Written, StoreError> {
        self.call(async || self.rows.write(write).await).await
    }

    async fn read(&self, key: &RowKey) -> Result<Option<Row>, StoreError> {
        self.call(async || self.rows.read(key).await).await
    }

    async fn count_completed(&self, pk: &str) -> Result<u64, StoreError> {
        self.counted.fetch_add(1, Ordering::Relaxed);
        if self.planted == Some(Planted::MarkerWithoutCount) {
            return Ok(1_000_000);
        }
        self.call(async || self.rows.count_completed(pk).await).await
    }
}

impl Transact for Unreliable {
    type Effects = Vec<Effect>;

    async fn transact(&self, writes: &[Write], effects: Vec<Effect>) -> Result<Transacted, StoreError> {
        self.call(async || self.rows.transact(writes, effects).await)
            .await
    }
}

/// KMS with the sample key of every class.
#[derive(Clone)]
pub(super) struct Kms;

impl UnwrapKey for Kms {
    async fn unwrap_key(&self, wrapped: WrappedKey<'_>) -> Result<Unwrapped, user_events_consumer::Cause> {
        let key = sample_data_key(wrapped.class).plaintext;
        Ok(Unwrapped::Key(Zeroizing::new(key.to_vec())))
    }
}

/// A log that nobody reads.
pub(super) struct Silent;

impl Sink for Silent {
    fn write_line(&self, _: &str) {}
}
