//! The tables of the User Service, and their streams.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use user_events_core::{attributes, stream_record};

/// The table, the partition key and the sort key of a row.
pub(super) type Key = (String, String, String);

/// The tables. Clones share them.
#[derive(Clone)]
pub(super) struct Tables(Arc<Mutex<State>>);

struct State {
    rows: BTreeMap<Key, Value>,
    /// What was written when, for reads that are not consistent. `None` is a removal.
    history: BTreeMap<Key, Vec<(Instant, Option<Value>)>>,
    streams: BTreeMap<String, VecDeque<Value>>,
    writes: u64,
}

impl Tables {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            rows: BTreeMap::new(),
            history: BTreeMap::new(),
            streams: BTreeMap::new(),
            writes: 0,
        })))
    }

    pub(super) fn put(&self, table: &str, row: Value) {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let key = (table.to_owned(), text("pk"), text("sk"));
        self.write(key, Some(row), false);
    }

    pub(super) fn remove(&self, key: &Key, by_ttl: bool) {
        self.write(key.clone(), None, by_ttl);
    }

    fn write(&self, key: Key, new: Option<Value>, by_ttl: bool) {
        let state = &mut *self.lock();
        let old = match &new {
            Some(row) => state.rows.insert(key.clone(), row.clone()),
            None => state.rows.remove(&key),
        };
        if old == new {
            return;
        }
        state.writes += 1;
        state
            .history
            .entry(key.clone())
            .or_default()
            .push((Instant::now(), new.clone()));
        let image = |row: &Option<Value>| row.as_ref().map(attributes);
        let mut record = stream_record(&key.0, image(&old), image(&new));
        record["eventID"] = json!(format!("{:032x}", state.writes));
        record["dynamodb"]["SequenceNumber"] = json!(format!("1{:020}", state.writes));
        if by_ttl {
            record["userIdentity"] = json!({ "type": "Service", "principalId": "dynamodb.amazonaws.com" });
        }
        state.streams.entry(key.0).or_default().push_back(record);
    }

    /// The next record of a stream. It waits until it is settled.
    pub(super) fn next(&self, table: &str) -> Option<Value> {
        self.lock().streams.get(table)?.front().cloned()
    }

    /// The next record of a stream was published.
    pub(super) fn settle(&self, table: &str) {
        self.lock().streams.get_mut(table).unwrap().pop_front();
    }

    /// Whether a record of this partition waits in a stream.
    pub(super) fn waits(&self, pk: &str) -> bool {
        let state = self.lock();
        let mut waiting = state.streams.values().flatten();
        waiting.any(|record| record["dynamodb"]["Keys"]["pk"]["S"] == pk)
    }

    /// Whether a row was ever written in the partition.
    pub(super) fn knew(&self, pk: &str) -> bool {
        self.lock().history.keys().any(|key| key.1 == pk)
    }

    pub(super) fn is_drained(&self) -> bool {
        self.lock().streams.values().all(VecDeque::is_empty)
    }

    pub(super) fn row(&self, key: &Key) -> Option<Value> {
        self.lock().rows.get(key).cloned()
    }

    pub(super) fn rows(&self) -> BTreeMap<Key, Value> {
        self.lock().rows.clone()
    }

    /// The rows of a partition.
    pub(super) fn partition(&self, pk: &str) -> Vec<Key> {
        let state = self.lock();
        let keys = state.rows.keys().filter(|key| key.1 == pk);
        keys.cloned().collect()
    }

    /// The keys of a table's rows after this one, of a part of the partitions.
    pub(super) fn keys_after(
        &self,
        table: &str,
        after: Option<&(String, String)>,
        part: (u32, u32),
    ) -> Vec<Key> {
        let state = self.lock();
        let of_part = |key: &&Key| key.0 == table && number(&key.1) % part.1 == part.0;
        let is_after = |key: &&Key| after.is_none_or(|(pk, sk)| (&key.1, &key.2) > (pk, sk));
        // Rows that were removed a moment ago, too: a read that is not consistent may still find them.
        let keys = state.history.keys().filter(of_part).filter(is_after);
        keys.cloned().collect()
    }

    /// The row as it was this long ago.
    pub(super) fn earlier(&self, key: &Key, ago: Duration) -> Option<Value> {
        let (state, now) = (self.lock(), Instant::now());
        let history = state.history.get(key)?;
        let (_, row) = history
            .iter()
            .rev()
            .find(|(at, _)| now.duration_since(*at) >= ago)?;
        row.clone()
    }

    pub(super) fn writes(&self) -> u64 {
        self.lock().writes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

/// Spreads partition keys over segments.
fn number(pk: &str) -> u32 {
    pk.bytes()
        .fold(7, |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
}
