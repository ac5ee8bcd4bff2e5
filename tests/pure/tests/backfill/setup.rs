//! A deployment in memory, and runs in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use user_events_aws::{DataKeys, KeyLimits, Persons};
use user_events_backfill::{
    Backfill, Checkpoints, Completed, Edges, Failure, Filter, Message, Options, Page, Position, Queue, Run,
    RunError, RunId, Segment, Selection, Source, Table,
};
use user_events_catalog::SNAPSHOTS;
use user_events_core::{Mapping, Outcome, Publication, Time};
use user_events_testkit::{FixedKeys, MemoryAccounts, MemoryQueue, MemorySubjectKeys, MemoryTable, rows};

/// The tables of the native layout, with the categories of their rows.
const TABLES: [(&str, &str); 4] = [
    ("accounts", "account"),
    ("profiles", "profile"),
    ("authentication", "authentication"),
    ("access", "access"),
];

/// A deployment in memory, and what a run of it is asked for.
#[derive(Clone)]
pub(super) struct Setup {
    pub(super) tables: BTreeMap<&'static str, MemoryTable>,
    pub(super) queue: MemoryQueue,
    pub(super) checkpoints: Saved,
    pub(super) accounts: MemoryAccounts,
    pub(super) persons: MemorySubjectKeys,
    /// Whether there are persons' keys, and whether classes are sealed with them.
    pub(super) subject_keys: Option<bool>,
    pub(super) run: String,
    pub(super) selection: Selection,
    pub(super) filter: Option<Filter>,
    pub(super) mapping: Option<Mapping>,
    pub(super) options: Options,
    pub(super) segments: Vec<Segment>,
    /// Whether every table has rows of all categories.
    pub(super) single: bool,
    pub(super) now: Arc<Mutex<i64>>,
    /// After how many steps the process is killed.
    pub(super) kill: Kill,
}

/// Checkpoints in memory, with the largest that each name ever had.
#[derive(Clone, Default)]
pub(super) struct Saved(Arc<Mutex<Contents>>);

/// The content of each name, and the largest that it ever had.
type Contents = BTreeMap<String, (Vec<u8>, Vec<u8>)>;

/// Kills the process at a step: it gets no further, before the step or after it.
#[derive(Clone, Default)]
pub(super) struct Kill(Arc<Mutex<Option<(u32, bool)>>>);

#[derive(Clone)]
struct Mortal<T>(T, Kill);

impl Setup {
    pub(super) fn new() -> Self {
        let tables: BTreeMap<_, _> = TABLES.map(|(table, _)| (table, MemoryTable::default())).into();
        Self {
            accounts: MemoryAccounts::new(tables["accounts"].clone()),
            tables,
            queue: MemoryQueue::default(),
            checkpoints: Saved::default(),
            persons: MemorySubjectKeys::default(),
            subject_keys: None,
            run: "run-1".to_owned(),
            selection: Selection::of_categories(SNAPSHOTS),
            filter: None,
            mapping: None,
            options: Options {
                seed: Some(1),
                ..Options::default()
            },
            segments: TABLES
                .iter()
                .flat_map(|(table, _)| Segment::all(table, 3))
                .collect(),
            single: false,
            now: Arc::new(Mutex::new(1_772_442_000_000)),
            kill: Kill::default(),
        }
    }

    /// The same tables for another run.
    pub(super) fn again(&self) -> Self {
        Self {
            queue: MemoryQueue::default(),
            checkpoints: Saved::default(),
            ..self.clone()
        }
    }

    pub(super) fn sealing_for_persons(self) -> Self {
        Self {
            subject_keys: Some(true),
            ..self
        }
    }

    pub(super) fn table(&self, name: &str) -> MemoryTable {
        self.tables[name].clone()
    }

    /// Writes the accounts of this many users.
    pub(super) fn users(&self, users: usize) {
        for place in 0..users {
            self.table("accounts")
                .put(&rows::account(&format!("user-{place}")));
        }
    }

    /// The time of day goes on.
    pub(super) fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time.as_millis() as i64;
    }

    /// Kills the process at this step of its services, before the step has an effect or after it.
    pub(super) fn kill_at(&self, step: u32, after: bool) {
        *self.kill.0.lock().unwrap() = Some((step, after));
    }

    /// Whether the process lived.
    pub(super) fn survived(&self) -> bool {
        let survived = self.kill.0.lock().unwrap().is_none_or(|(left, _)| left > 0);
        *self.kill.0.lock().unwrap() = None;
        survived
    }

    pub(super) fn backfill(&self) -> Backfill {
        let table = |(name, category): &(&'static str, &str)| Table {
            name: (*name).to_owned(),
            region: "eu-west-1".to_owned(),
            categories: SNAPSHOTS
                .iter()
                .copied()
                .filter(|own| self.single || own.name == *category)
                .collect(),
            source: Arc::new(Mortal(self.table(name), self.kill.clone())),
        };
        let limits = KeyLimits {
            max_age: Duration::from_secs(300),
            max_messages: 1_048_576,
        };
        let persons = self.subject_keys.map(|seals| {
            if seals && !self.options.dry_run {
                Persons::sealing(self.persons.clone(), "/user-service").repeatable(1)
            } else {
                Persons::tombstones(self.persons.clone(), "/user-service")
            }
        });
        let now = self.now.clone();
        let edges = Edges {
            tables: TABLES.iter().map(table).collect(),
            queue: Arc::new(Mortal(self.queue.clone(), self.kill.clone())),
            checkpoints: Arc::new(Mortal(self.checkpoints.clone(), self.kill.clone())),
            keys: Arc::new(DataKeys::new(FixedKeys::default(), limits)),
            accounts: Some(Arc::new(self.accounts.clone())),
            persons,
            clock: Arc::new(move || Time::from_millisecond(*now.lock().unwrap()).unwrap()),
        };
        let run = Run {
            id: RunId::try_from(self.run.clone()).unwrap(),
            started_at: Time::from_millisecond(*self.now.lock().unwrap()).unwrap(),
        };
        let backfill = Backfill::new(
            run,
            self.selection.clone(),
            Publication::default(),
            self.mapping.clone(),
            edges,
            self.options.clone(),
        );
        match &self.filter {
            Some(filter) => backfill.with_filter(filter.clone()),
            None => backfill,
        }
    }

    /// Starts the run, or goes on with it.
    pub(super) async fn run_to_the_end(&self) -> Result<Completed, RunError> {
        let backfill = self.backfill();
        let ended = backfill
            .segments(&self.segments, 4, &CancellationToken::new())
            .await?;
        assert!(ended.done, "nobody stopped it");
        backfill.finish(&self.segments).await
    }

    /// The same, until the process is killed.
    pub(super) async fn run_until_killed(&self) -> Option<Completed> {
        let run = tokio::time::timeout(Duration::from_secs(3_600), self.run_to_the_end()).await;
        run.ok().map(Result::unwrap)
    }
}

/// The document of a message.
pub(super) fn body(message: &Message) -> Value {
    serde_json::from_str(&message.body).unwrap()
}

/// The subjects of the events, without the marker.
pub(super) fn users(messages: &[Message]) -> BTreeSet<String> {
    let subjects = messages
        .iter()
        .map(|message| body(message)["subject"].as_str().unwrap().to_owned());
    subjects
        .filter(|subject| !subject.starts_with("snapshots/"))
        .collect()
}

impl Saved {
    pub(super) fn all(&self) -> BTreeMap<String, Vec<u8>> {
        let all = self.0.lock().unwrap();
        all.iter()
            .map(|(name, (last, _))| (name.clone(), last.clone()))
            .collect()
    }

    pub(super) fn largest(&self) -> BTreeMap<String, Vec<u8>> {
        let all = self.0.lock().unwrap();
        all.iter()
            .map(|(name, (_, largest))| (name.clone(), largest.clone()))
            .collect()
    }

    pub(super) fn put(&self, name: &str, json: Vec<u8>) {
        let mut all = self.0.lock().unwrap();
        let (last, largest) = all.entry(name.to_owned()).or_default();
        if json.len() > largest.len() {
            largest.clone_from(&json);
        }
        *last = json;
    }
}

impl Checkpoints for Saved {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, Failure>> {
        async move { Ok(self.all().get(name).cloned()) }.boxed()
    }

    fn save<'a>(&'a self, name: &'a str, checkpoint: Vec<u8>) -> BoxFuture<'a, Result<(), Failure>> {
        async move {
            self.put(name, checkpoint);
            Ok(())
        }
        .boxed()
    }
}

impl Kill {
    async fn around<T>(&self, step: BoxFuture<'_, T>) -> T {
        let dies = {
            let mut kill = self.0.lock().unwrap();
            match kill.as_mut() {
                // A process that is killed does nothing more.
                Some((0, _)) => Some(false),
                Some((left, after)) => {
                    *left -= 1;
                    (*left == 0).then_some(*after)
                }
                None => None,
            }
        };
        if dies == Some(false) {
            std::future::pending::<()>().await;
        }
        let answer = step.await;
        if dies == Some(true) {
            std::future::pending::<()>().await;
        }
        answer
    }
}

impl<T: Source> Source for Mortal<T> {
    fn page<'a>(
        &'a self,
        segment: &'a Segment,
        after: Option<&'a Position>,
        rows: u32,
    ) -> BoxFuture<'a, Result<Page, Failure>> {
        self.1.around(self.0.page(segment, after, rows)).boxed()
    }
}

impl<T: Queue> Queue for Mortal<T> {
    fn send<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<Vec<Outcome>, Failure>> {
        self.1.around(self.0.send(messages)).boxed()
    }
}

impl<T: Checkpoints> Checkpoints for Mortal<T> {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Vec<u8>>, Failure>> {
        self.1.around(self.0.load(name)).boxed()
    }

    fn save<'a>(&'a self, name: &'a str, checkpoint: Vec<u8>) -> BoxFuture<'a, Result<(), Failure>> {
        self.1.around(self.0.save(name, checkpoint)).boxed()
    }
}
