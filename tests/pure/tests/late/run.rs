//! One run.

use std::collections::BTreeSet;
use std::ops::AddAssign;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use user_events_aws::{DataKeys, KeyLimits};
use user_events_backfill::{
    Accounts, Backfill, Edges, MemoryCheckpoints, Options, Run, RunId, Segment, Selection, Table,
};
use user_events_catalog::SNAPSHOTS;
use user_events_consumer::{
    Clock, Consumer, Effect, Failure, Inbox, InboxSettings, Incoming, KeyLimits as OpenerLimits, MemoryStore,
    Opener, WorkerSettings,
};
use user_events_core::Time;
use user_events_core::description::sample_data_key;
use user_events_testkit::FixedKeys;

use super::copy::{Clear, Copy, expected};
use super::edges::{Edge, Kms, Sent, Silent, Unreliable};
use super::tables::Tables;
use super::topic::{TABLES, Topics};
use super::writer::Writer;
use crate::consumer::queue::{Faults, Random, SimulatedQueue};
use crate::support::publication;

/// 2026-03-02T00:00:00Z in seconds since 1970.
const BEGUN: u64 = 1_772_409_600;
/// Writes before anybody subscribes, and until the end.
const BEFORE: u64 = 36;
const AFTER: u64 = 36;
/// The virtual time within which a run must end.
const LONGEST: Duration = Duration::from_secs(6 * 3_600);

/// A mistake on purpose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Planted {
    /// The live queue is subscribed when the tables were read.
    ReadsBeforeSubscribing,
    /// The reads are eventually consistent.
    EventuallyConsistent,
    /// The live queue is read beside the snapshot queue.
    LiveTooEarly,
    /// Snapshot events go through the topic, too.
    ThroughTheTopic,
    /// A checkpoint has the position after the page, and not the page.
    ForgetsThePage,
    /// Nobody asks the accounts table who was deleted.
    SendsDeletedUsers,
    /// The marker is handled when it arrives, whatever is missing.
    MarkerWithoutCount,
}

/// What happened in a run, and what was wrong.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) faults: Vec<String>,
    pub(super) kills: u64,
    pub(super) crashes: u64,
    pub(super) snapshots: u64,
    pub(super) repeated: u64,
    pub(super) live: u64,
    pub(super) written_while_reading: u64,
    pub(super) removed_while_reading: u64,
    pub(super) deleted: u64,
}

impl AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.faults.extend(other.faults);
        self.kills += other.kills;
        self.crashes += other.crashes;
        self.snapshots += other.snapshots;
        self.repeated += other.repeated;
        self.live += other.live;
        self.written_while_reading += other.written_while_reading;
        self.removed_while_reading += other.removed_while_reading;
        self.deleted += other.deleted;
    }
}

/// What the parts of a run share.
struct World {
    random: Random,
    planted: Option<Planted>,
    edge: Edge,
    live: SimulatedQueue,
    snapshot: SimulatedQueue,
    inbox: Inbox<Unreliable>,
    copy: Copy,
    is_read: AtomicBool,
    is_written: AtomicBool,
    is_over: AtomicBool,
    live_before_the_end: AtomicU64,
    kills: AtomicU64,
    crashes: AtomicU64,
    begun: Instant,
}

/// Plays a run from this seed.
pub(super) fn run(seed: u64, planted: Option<Planted>) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        match timeout(LONGEST, play(seed, planted)).await {
            Ok(report) => report,
            Err(_) => Report {
                faults: vec!["the run does not end".to_owned()],
                ..Report::default()
            },
        }
    })
}

async fn play(seed: u64, planted: Option<Planted>) -> Report {
    let world = World::new(seed, planted);
    let mut writer = Writer {
        tables: world.edge.tables.clone(),
        random: world.random.clone(),
        count: 0,
        deleted: 0,
        removed: 0,
    };
    let following = async {
        let follow = TABLES.map(|table| world.edge.topics.follow(&world.edge.tables, table));
        futures_util::future::join_all(follow).await;
    };
    let story = async {
        for _ in 0..BEFORE {
            writer.write();
            sleep(world.random.up_to(Duration::from_millis(60))).await;
        }
        let counts = tokio::join!(
            world.write_on(&mut writer),
            world.read(),
            world.consume(),
            world.consume(),
            world.end()
        );
        counts.0
    };
    let (written_while_reading, removed_while_reading) = tokio::select! {
        () = following => unreachable!("streams are followed for ever"),
        counts = story => counts,
    };
    let sent = std::mem::take(&mut *world.edge.sent.lock().unwrap());
    Report {
        faults: world.faults(&sent.ids),
        kills: world.kills.load(Ordering::Relaxed),
        crashes: world.crashes.load(Ordering::Relaxed),
        snapshots: world.copy.snapshots(),
        repeated: sent.repeated,
        live: world.copy.effects().len() as u64,
        written_while_reading,
        removed_while_reading,
        deleted: writer.deleted,
    }
}

impl World {
    fn new(seed: u64, planted: Option<Planted>) -> Self {
        let random = Random::new(seed);
        let faults = Faults {
            call_fails: 10,
            answer_lost: 10,
            doubled: 0,
            latency: Duration::from_millis(20),
        };
        let queue = || SimulatedQueue::new(true, 1_000, random.clone(), faults);
        let (live, snapshot) = (queue(), queue());
        let begun = Instant::now();
        let clock =
            Clock::from_fn(move || SystemTime::UNIX_EPOCH + Duration::from_secs(BEGUN) + begun.elapsed());
        let store = Unreliable {
            rows: MemoryStore::default(),
            random: random.clone(),
            planted,
            counted: Arc::default(),
        };
        let settings = InboxSettings {
            clock,
            ..InboxSettings::new("late")
        };
        Self {
            edge: Edge {
                tables: Tables::new(),
                topics: Topics::new(random.clone()),
                queue: snapshot.clone(),
                random: random.clone(),
                planted,
                checkpoints: MemoryCheckpoints::default(),
                sent: Arc::new(std::sync::Mutex::new(Sent::default())),
            },
            inbox: Inbox::new(store, settings).unwrap(),
            random,
            planted,
            live,
            snapshot,
            copy: Copy::default(),
            is_read: AtomicBool::new(false),
            is_written: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            live_before_the_end: AtomicU64::new(0),
            kills: AtomicU64::new(0),
            crashes: AtomicU64::new(0),
            begun,
        }
    }

    /// Writes on, for longer than the tables are read. Returns how many writes and removals there were while they were read.
    async fn write_on(&self, writer: &mut Writer) -> (u64, u64) {
        let before = (self.edge.tables.writes(), writer.removed);
        let mut while_reading = (0, 0);
        let mut left = AFTER;
        while left > 0 {
            writer.write();
            sleep(self.random.up_to(Duration::from_millis(60))).await;
            if self.is_read.load(Ordering::Relaxed) {
                left -= 1;
            } else {
                while_reading = (self.edge.tables.writes() - before.0, writer.removed - before.1);
                // A table that is never read to the end must not be written to for ever.
                sleep(Duration::from_millis(10)).await;
            }
        }
        self.is_written.store(true, Ordering::Relaxed);
        while_reading
    }

    /// Subscribes, and reads the tables, with kills at any step.
    async fn read(&self) {
        let is_late = self.planted == Some(Planted::ReadsBeforeSubscribing);
        if !is_late {
            self.edge.topics.subscribe(self.live.clone());
        }
        let segments: Vec<_> = TABLES.iter().flat_map(|table| Segment::all(table, 2)).collect();
        let started_at = self.now();
        loop {
            let life = Duration::from_millis(20) + self.random.up_to(Duration::from_millis(600));
            let backfill = self.backfill(started_at);
            let whole = async {
                let ended = backfill.segments(&segments, 3, &CancellationToken::new()).await;
                assert!(ended.unwrap().done);
                if is_late {
                    self.edge.topics.subscribe(self.live.clone());
                }
                backfill.finish(&segments).await.unwrap();
            };
            if timeout(life, whole).await.is_ok() {
                break;
            }
            self.kills.fetch_add(1, Ordering::Relaxed);
            sleep(self.random.up_to(Duration::from_millis(100))).await;
        }
        self.is_read.store(true, Ordering::Relaxed);
    }

    fn backfill(&self, started_at: Time) -> Backfill {
        let source: Arc<dyn user_events_backfill::Source> = Arc::new(self.edge.clone());
        let table = |place: usize| Table {
            name: TABLES[place].to_owned(),
            region: "eu-west-1".to_owned(),
            categories: vec![SNAPSHOTS[place]],
            source: source.clone(),
        };
        let limits = KeyLimits {
            max_age: Duration::from_secs(300),
            max_messages: 1_000_000,
        };
        let begun = self.begun;
        let edges = Edges {
            tables: (0..TABLES.len()).map(table).collect(),
            queue: Arc::new(self.edge.clone()),
            checkpoints: Arc::new(self.edge.clone()),
            keys: Arc::new(DataKeys::new(FixedKeys::default(), limits)),
            accounts: (self.planted != Some(Planted::SendsDeletedUsers))
                .then(|| Arc::new(self.edge.clone()) as Arc<dyn Accounts>),
            persons: None,
            clock: Arc::new(move || now(begun)),
        };
        let run = Run {
            id: RunId::try_from("run-1".to_owned()).unwrap(),
            started_at,
        };
        let options = Options {
            page_rows: 6,
            sends: 2,
            seed: Some(self.random.below(u64::MAX)),
            ..Options::default()
        };
        let selection = Selection::of_categories(SNAPSHOTS);
        Backfill::new(run, selection, publication(), None, edges, options)
    }

    fn now(&self) -> Time {
        now(self.begun)
    }

    /// A process of the consumer, which crashes and starts again.
    async fn consume(&self) {
        let settings = || WorkerSettings {
            concurrency: 8,
            visibility: Duration::from_secs(10),
            wait: Duration::from_secs(1),
            grace: Duration::from_secs(2),
            jitter_seed: Some(self.random.below(u64::MAX)),
            ..WorkerSettings::default()
        };
        let slow = Duration::from_millis(1 + self.random.below(120));
        let effects = async |incoming: &Incoming<'_, Kms>| self.effects(incoming, slow).await;
        while !self.is_over.load(Ordering::Relaxed) {
            let opener =
                Opener::from_source(Kms, [sample_data_key("contact").key_arn], OpenerLimits::default());
            let consumer = Consumer::new(opener, self.inbox.clone()).log_to(Silent);
            let life = Duration::from_secs(1) + self.random.up_to(Duration::from_secs(20));
            let until = sleep(life);
            let (snapshot, live) = (self.snapshot.clone(), self.live.clone());
            let work = async {
                if self.planted == Some(Planted::LiveTooEarly) {
                    let other = sleep(life);
                    let both = tokio::join!(
                        consumer.poll(snapshot, settings(), &effects, until),
                        consumer.poll(live, settings(), &effects, other),
                    );
                    both.0.and(both.1).unwrap();
                } else {
                    let worked = consumer
                        .poll_from_snapshot(snapshot, live, settings(), &effects, until)
                        .await;
                    worked.unwrap();
                }
            };
            if self.random.per_mille(500) {
                self.crashes.fetch_add(1, Ordering::Relaxed);
                drop(timeout(life / 2, work).await);
            } else {
                work.await;
            }
        }
    }

    async fn effects(&self, incoming: &Incoming<'_, Kms>, slow: Duration) -> Result<Vec<Effect>, Failure> {
        let event = incoming.event();
        sleep(self.random.up_to(slow)).await;
        if self.random.per_mille(30) {
            return Err(Failure::retry("it failed"));
        }
        let mut data = event.data().clone();
        for class in ["contact", "identity", "address"] {
            let opened = incoming
                .open_as::<Value>(class)
                .await?
                .and_then(|opened| opened.clear());
            if let Some(content) = opened {
                data.insert(class.to_owned(), content);
            }
        }
        if event.snapshot_run().is_none() && self.inbox.snapshot_completed().await?.is_none() {
            self.live_before_the_end.fetch_add(1, Ordering::Relaxed);
        }
        let clear = Clear {
            id: event.id().to_owned(),
            event_type: event.event_type().to_owned(),
            subject: event.subject().to_owned(),
            data,
        };
        if clear.event_type == "SnapshotCompletedEventV1" {
            return Ok(Vec::new());
        }
        let copy = self.copy.clone();
        Ok(vec![Effect::new(move || copy.apply(&clear))])
    }

    /// Waits until nothing is left to do.
    async fn end(&self) {
        loop {
            sleep(Duration::from_millis(500)).await;
            let is_done = self.is_written.load(Ordering::Relaxed)
                && self.is_read.load(Ordering::Relaxed)
                && self.edge.tables.is_drained()
                && self.live.len() == 0
                && self.snapshot.len() == 0;
            if is_done {
                self.is_over.store(true, Ordering::Relaxed);
                return;
            }
        }
    }

    fn faults(&self, sent: &BTreeSet<String>) -> Vec<String> {
        let mut faults = Vec::new();
        let (copy, expected) = (self.copy.kept(), expected(&self.edge.tables));
        for key in copy.keys().chain(expected.keys()).collect::<BTreeSet<_>>() {
            let (is, wanted) = (copy.get(key), expected.get(key));
            if is != wanted {
                faults.push(format!(
                    "{key:?}: the copy has {is:?}, and the table says {wanted:?}"
                ));
            }
        }
        let effects = self.copy.effects();
        let twice = effects.iter().filter(|(_, times)| **times != 1);
        faults.extend(twice.map(|(id, times)| format!("live event {id} had its effect {times} times")));
        let handled: BTreeSet<String> = effects.into_keys().collect();
        let mut wanted = self.edge.topics.late_ids();
        wanted.retain(|id| !sent.contains(id));
        let missed = wanted.difference(&handled).count();
        if missed > 0 {
            faults.push(format!("{missed} live events had no effect"));
        }
        for (what, count) in [
            (
                "the other subscriber got events of a snapshot",
                self.edge.topics.other_snapshots(),
            ),
            (
                "live events were handled before the snapshot was complete",
                self.live_before_the_end.load(Ordering::Relaxed),
            ),
            (
                "messages were dead letters",
                self.live.dead() as u64 + self.snapshot.dead() as u64,
            ),
        ] {
            if count > 0 {
                faults.push(format!("{what}: {count}"));
            }
        }
        faults
    }
}

fn now(begun: Instant) -> Time {
    let milliseconds = BEGUN * 1_000 + begun.elapsed().as_millis() as u64;
    Time::from_millisecond(milliseconds as i64).unwrap()
}
