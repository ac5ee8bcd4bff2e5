//! The edges of a backfill in memory: tables, a queue, and the accounts of users.

use std::collections::{BTreeMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use user_events_backfill::{
    AccountState, Accounts, Cause, Failure, Message, Page, Position, Queue, Segment, Source,
};
use user_events_core::{Image, Outcome, attributes};

/// A table in memory, which writers can change while a backfill reads it. Clones share its rows. Every page takes a millisecond.
#[derive(Clone, Default)]
pub struct MemoryTable(Arc<Mutex<Rows>>);

#[derive(Default)]
struct Rows {
    rows: BTreeMap<Keys, Image>,
    failures: VecDeque<Failure>,
    pages: Vec<u32>,
}

/// The partition key and the sort key.
type Keys = (String, String);

impl MemoryTable {
    /// A table with these rows, in plain JSON.
    pub fn with_rows<'a>(rows: impl IntoIterator<Item = &'a Value>) -> Self {
        let table = Self::default();
        rows.into_iter().for_each(|row| table.put(row));
        table
    }

    /// Writes a row, in plain JSON.
    pub fn put(&self, row: &Value) {
        let key = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let json = to_raw_value(&attributes(row)).ok();
        let image = json
            .and_then(|json| Image::from_dynamodb_json(&json))
            .unwrap_or_default();
        lock(&self.0).rows.insert((key("pk"), key("sk")), image);
    }

    /// Removes a row.
    pub fn remove(&self, pk: &str, sk: &str) {
        lock(&self.0).rows.remove(&(pk.to_owned(), sk.to_owned()));
    }

    /// Lets the next page fail. Several failures come one after the other.
    pub fn fail(&self, failure: Failure) {
        lock(&self.0).failures.push_back(failure);
    }

    /// The most rows that each page was asked for.
    pub fn pages(&self) -> Vec<u32> {
        lock(&self.0).pages.clone()
    }

    fn read(&self, segment: &Segment, after: Option<&Position>, rows: u32) -> Result<Page, Failure> {
        let mut table = lock(&self.0);
        table.pages.push(rows);
        if let Some(failure) = table.failures.pop_front() {
            return Err(failure);
        }
        let text = |position: &Position, name: &str| position.0[name].as_str().unwrap_or_default().to_owned();
        let after = after.map(|position| (text(position, "pk"), text(position, "sk")));
        let own = table
            .rows
            .iter()
            .filter(|(keys, _)| segment_of(&keys.0, segment.of) == segment.segment);
        let mut left = own.filter(|(keys, _)| after.as_ref().is_none_or(|after| *keys > after));
        let read: Vec<_> = left.by_ref().take(rows as usize).collect();
        // Like DynamoDB, it does not look whether there is another item.
        let is_full = read.len() == rows as usize;
        let next = read
            .last()
            .filter(|_| is_full)
            .map(|((pk, sk), _)| Position(json!({ "pk": pk, "sk": sk })));
        Ok(Page {
            items: read.iter().map(|(_, image)| (*image).clone()).collect(),
            next,
            capacity: read.len() as f64 / 2.0,
            ..Page::default()
        })
    }
}

impl Source for MemoryTable {
    fn page<'a>(
        &'a self,
        segment: &'a Segment,
        after: Option<&'a Position>,
        rows: u32,
    ) -> BoxFuture<'a, Result<Page, Failure>> {
        async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            self.read(segment, after, rows)
        }
        .boxed()
    }
}

/// The segment of a partition: rows of one partition are in one segment.
fn segment_of(pk: &str, of: u32) -> u32 {
    // Without keys, the hash is the same in every process.
    let mut hasher = DefaultHasher::new();
    pk.hash(&mut hasher);
    (hasher.finish() % u64::from(of.max(1))) as u32
}

/// The answer to one call: the outcome of every message.
type Script = Box<dyn FnMut(&[Message]) -> Result<Vec<Outcome>, Failure> + Send>;

/// A queue in memory, which answers by a script, and accepts everything after its end. Clones share it. Every call takes a
/// millisecond.
#[derive(Clone, Default)]
pub struct MemoryQueue(Arc<Mutex<Sent>>);

#[derive(Default)]
struct Sent {
    accepted: Vec<Message>,
    calls: Vec<usize>,
    script: VecDeque<Script>,
}

impl MemoryQueue {
    /// Adds an answer to the script.
    pub fn then(&self, answer: impl FnMut(&[Message]) -> Result<Vec<Outcome>, Failure> + Send + 'static) {
        lock(&self.0).script.push_back(Box::new(answer));
    }

    /// Adds a call that fails for a cause that may pass.
    pub fn then_fails(&self, cause: Cause) {
        self.then(move |_| Err(Failure::new(cause, "a call to the queue failed")));
    }

    /// The messages that it accepted, in order, duplicates included.
    pub fn accepted(&self) -> Vec<Message> {
        lock(&self.0).accepted.clone()
    }

    /// How many messages each call had.
    pub fn calls(&self) -> Vec<usize> {
        lock(&self.0).calls.clone()
    }
}

impl Queue for MemoryQueue {
    fn send<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<Vec<Outcome>, Failure>> {
        async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let mut sent = lock(&self.0);
            sent.calls.push(messages.len());
            let outcomes = match sent.script.pop_front() {
                Some(mut script) => script(messages)?,
                None => vec![Outcome::Accepted; messages.len()],
            };
            let accepted = messages.iter().zip(&outcomes);
            let accepted = accepted.filter(|(_, outcome)| **outcome == Outcome::Accepted);
            let accepted: Vec<_> = accepted.map(|(message, _)| message.clone()).collect();
            sent.accepted.extend(accepted);
            Ok(outcomes)
        }
        .boxed()
    }
}

/// The accounts in a [`MemoryTable`], as a backfill asks for them. It remembers how many users each read had.
#[derive(Clone)]
pub struct MemoryAccounts {
    table: MemoryTable,
    reads: Arc<Mutex<Vec<usize>>>,
}

impl MemoryAccounts {
    /// The accounts in this table.
    pub fn new(table: MemoryTable) -> Self {
        Self {
            table,
            reads: Arc::default(),
        }
    }

    /// How many users each read asked for.
    pub fn reads(&self) -> Vec<usize> {
        lock(&self.reads).clone()
    }

    fn state(&self, user: &str) -> AccountState {
        let table = lock(&self.table.0);
        match table.rows.get(&(user.to_owned(), "ACCOUNT".to_owned())) {
            None => AccountState::Absent,
            Some(row) if row.text("status") == Some("DELETED") => AccountState::Deleted,
            Some(_) => AccountState::Present,
        }
    }
}

impl Accounts for MemoryAccounts {
    fn states<'a>(
        &'a self,
        users: &'a [String],
    ) -> BoxFuture<'a, Result<BTreeMap<String, AccountState>, Failure>> {
        async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            lock(&self.reads).push(users.len());
            Ok(users
                .iter()
                .map(|user| (user.clone(), self.state(user)))
                .collect())
        }
        .boxed()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
