//! A consumer that joins late: the snapshot queue first, then the live queue.
//!
//! The copy of the consumer must equal the table at the end, no live event may be handled before the marker, and no event
//! may have its effect twice or never. Planted bugs show that the checks can fail.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use user_events_consumer::{
    Cause, Clock, Consumer, Effect, Failure, Inbox, InboxSettings, Incoming, KeyLimits, MemoryStore, Opener,
    ReceivedEvent, Row, RowKey, Store, StoreError, Transact, Transacted, UnwrapKey, Unwrapped,
    WorkerSettings, WrappedKey, Write, Written,
};

use super::queue::{Faults, Random, SimulatedQueue};
use crate::messages::body;

const USERS: u64 = 12;
const RUN: &str = "run-1";
/// The virtual time within which a run must end after its last event. A marker waits for 15 minutes at most.
const LONGEST: Duration = Duration::from_secs(3_600);
/// The same for a run with a bug, which may never end.
const LONGEST_PLANTED: Duration = Duration::from_secs(300);

/// A bug on purpose.
#[derive(Clone, Copy, PartialEq)]
enum Planted {
    /// The live queue is read from the start.
    ReadsLiveTooEarly,
    /// A marker completes the snapshot although events are missing.
    DoesNotCount,
    /// A worker that looks for the row of the snapshot sees one that does not exist.
    SeesARow,
}

/// Rows in memory. Calls fail, or lose their answer.
#[derive(Clone)]
struct Table {
    rows: MemoryStore,
    random: Random,
    faults: Faults,
    planted: Option<Planted>,
}

struct NoKeys;

/// The observations of a run.
#[derive(Default)]
struct Seen {
    /// How often the effect of each event happened.
    effects: BTreeMap<String, u32>,
    /// The version of each user in the consumer's copy.
    copy: BTreeMap<String, u64>,
    is_complete: bool,
    violations: Vec<String>,
}

/// What is around the consumer.
struct World {
    seed: u64,
    planted: Option<Planted>,
    random: Random,
    snapshot: SimulatedQueue,
    live: SimulatedQueue,
    table: Table,
    clock: Clock,
    seen: Arc<Mutex<Seen>>,
    /// The version of each user in the publisher's table.
    users: Mutex<BTreeMap<String, u64>>,
    /// The ids that were sent and must have their effect.
    sent: Mutex<BTreeMap<String, &'static str>>,
    over: AtomicBool,
}

impl Table {
    async fn call<T>(&self, made: impl AsyncFnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let failed = || Err(StoreError::Unavailable { code: None });
        sleep(self.random.up_to(self.faults.latency)).await;
        if self.random.per_mille(self.faults.call_fails) {
            return failed();
        }
        let answer = made().await;
        if self.random.per_mille(self.faults.answer_lost) {
            return failed();
        }
        answer
    }
}

impl Store for Table {
    async fn write(&self, write: &Write) -> Result<Written, StoreError> {
        self.call(async || self.rows.write(write).await).await
    }

    async fn read(&self, key: &RowKey) -> Result<Option<Row>, StoreError> {
        if self.planted == Some(Planted::SeesARow) && key.sk == "SNAPSHOT" {
            let snapshot = user_events_consumer::Snapshot {
                run: "another".to_owned(),
                events: 0,
                completed_at: 0,
            };
            return Ok(Some(Row::Snapshot(snapshot)));
        }
        self.call(async || self.rows.read(key).await).await
    }

    async fn count_completed(&self, pk: &str) -> Result<u64, StoreError> {
        if self.planted == Some(Planted::DoesNotCount) {
            return Ok(USERS);
        }
        self.call(async || self.rows.count_completed(pk).await).await
    }
}

impl Transact for Table {
    type Effects = Vec<Effect>;

    async fn transact(&self, writes: &[Write], effects: Vec<Effect>) -> Result<Transacted, StoreError> {
        self.call(async || self.rows.transact(writes, effects).await)
            .await
    }
}

impl UnwrapKey for NoKeys {
    async fn unwrap_key(&self, _: WrappedKey<'_>) -> Result<Unwrapped, Cause> {
        Ok(Unwrapped::NotGranted)
    }
}

/// The body of an event of the snapshot.
fn snapshot_body(id: &str, event_type: &str, subject: &str, data: &Value) -> String {
    json!({
        "specversion": "1.0", "id": id, "source": "/user-service", "type": event_type, "subject": subject,
        "sequence": format!("{}.0000", "0".repeat(40)), "snapshotrun": RUN, "data": data,
    })
    .to_string()
}

/// The body of the event that a user's row has this version now.
fn row_body(user: u64, version: u64) -> String {
    let id = format!("{:x}{user:07x}-0000-5000-8000-000000000000", user % 16);
    let data = json!({ "userId": format!("user-{user}"), "version": version });
    snapshot_body(
        &id,
        "UserAccountSnapshotEventV1",
        &format!("users/user-{user}"),
        &data,
    )
}

fn marker_body(events: u64) -> String {
    let data = json!({ "run": RUN, "events": events });
    let id = "ffffffff-0000-5000-8000-000000000000";
    snapshot_body(id, "SnapshotCompletedEventV1", &format!("snapshots/{RUN}"), &data)
}

fn id(body: &str) -> String {
    ReceivedEvent::from_message_body(body).unwrap().id().to_owned()
}

/// The version that an event says: a snapshot in its data, a change in its sequence.
fn version(event: &ReceivedEvent) -> u64 {
    match event.data().get("version") {
        Some(version) => version.as_u64().unwrap(),
        None => event.sequence().split_once('.').unwrap().0.parse().unwrap(),
    }
}

impl World {
    fn new(seed: u64, faults: Faults, planted: Option<Planted>) -> Self {
        let random = Random::new(seed);
        let begun = Instant::now();
        let queue = || SimulatedQueue::new(true, 1_000, random.clone(), faults);
        Self {
            seed,
            planted,
            snapshot: queue(),
            live: queue(),
            table: Table {
                rows: MemoryStore::default(),
                random: random.clone(),
                faults,
                planted,
            },
            clock: Clock::from_fn(move || {
                SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_366_400) + begun.elapsed()
            }),
            random,
            seen: Arc::default(),
            users: Mutex::default(),
            sent: Mutex::default(),
            over: AtomicBool::new(false),
        }
    }

    fn consumer(&self) -> Consumer<Table, NoKeys> {
        let settings = InboxSettings {
            clock: self.clock.clone(),
            ..InboxSettings::new("late")
        };
        let inbox = Inbox::new(self.table.clone(), settings).unwrap();
        let key = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-4000-8000-000000000000";
        let opener = Opener::from_source(NoKeys, [key], KeyLimits::default());
        Consumer::new(opener, inbox).log_to(|_: &str| {})
    }

    fn settings(&self) -> WorkerSettings {
        WorkerSettings {
            concurrency: 4,
            visibility: Duration::from_secs(10),
            wait: Duration::from_secs(5),
            grace: Duration::from_secs(3),
            jitter_seed: Some(self.seed),
            clock: self.clock.clone(),
            ..WorkerSettings::default()
        }
    }

    /// The effect of an event: the copy becomes what the event says.
    async fn effects(&self, event: &ReceivedEvent) -> Result<Vec<Effect>, Failure> {
        sleep(self.random.up_to(self.table.faults.latency)).await;
        if self.random.per_mille(self.table.faults.call_fails) {
            return Err(Failure::retry("it failed"));
        }
        let seen = Arc::clone(&self.seen);
        let event = event.clone();
        Ok(vec![Effect::new(move || {
            let mut seen = seen.lock().unwrap();
            *seen.effects.entry(event.id().to_owned()).or_default() += 1;
            if event.event_type() == "SnapshotCompletedEventV1" {
                seen.is_complete = true;
                return;
            }
            if event.snapshot_run().is_none() && !seen.is_complete {
                seen.violations
                    .push(format!("live event {} before the marker", event.id()));
            }
            seen.copy.insert(event.subject().to_owned(), version(&event));
        })])
    }

    /// A process that crashes or is shut down, and starts again.
    async fn process(&self) {
        while !self.over.load(Ordering::Relaxed) {
            let life = Duration::from_secs(1) + self.random.up_to(Duration::from_secs(20));
            let crashes = self.table.faults.call_fails > 0 && self.random.per_mille(500);
            let consumer = self.consumer();
            let effects = async |incoming: &Incoming<'_, NoKeys>| self.effects(incoming.event()).await;
            let shutdown = async {
                match crashes {
                    true => std::future::pending().await,
                    false => sleep(life).await,
                }
            };
            let (snapshot, live) = (self.snapshot.clone(), self.live.clone());
            let running = async {
                if self.planted == Some(Planted::ReadsLiveTooEarly) {
                    let early = consumer.poll(live, self.settings(), &effects, sleep(life));
                    let first = consumer.poll(snapshot, self.settings(), &effects, shutdown);
                    tokio::join!(early, first).1.unwrap();
                    return;
                }
                consumer
                    .poll_from_snapshot(snapshot, live, self.settings(), &effects, shutdown)
                    .await
                    .unwrap();
            };
            tokio::time::timeout(life + Duration::from_secs(10), running)
                .await
                .ok();
        }
    }

    fn send_live(&self, user: u64, version: u64) {
        let subject = format!("users/user-{user}");
        let body = body(&subject, version);
        self.sent.lock().unwrap().insert(id(&body), "live");
        for _ in 0..1 + u64::from(self.random.per_mille(100)) {
            self.live.send(&subject, &body, true);
        }
    }

    fn send_snapshot(&self, group: &str, body: &str) {
        self.sent.lock().unwrap().insert(id(body), "snapshot");
        self.snapshot.send(group, body, true);
    }

    /// Changes rows all the time. The live queue is subscribed from the start.
    async fn write(&self) {
        for _ in 0..60 {
            sleep(self.random.up_to(Duration::from_secs(3))).await;
            let user = self.random.below(USERS);
            let version = {
                let mut users = self.users.lock().unwrap();
                let version = users.entry(format!("users/user-{user}")).or_default();
                *version += 1;
                *version
            };
            self.send_live(user, version);
        }
    }

    /// Reads each row and sends its event, some twice, then the marker. A copy comes when all is over.
    async fn backfill(&self) {
        let mut bodies = Vec::new();
        for user in 0..USERS {
            sleep(self.random.up_to(Duration::from_secs(4))).await;
            let subject = format!("users/user-{user}");
            let version = self.users.lock().unwrap().get(&subject).copied();
            let row = row_body(user, version.unwrap_or_default());
            bodies.push((subject, row));
        }
        for (subject, row) in &bodies {
            self.send_snapshot(subject, row);
            if self.random.per_mille(200) {
                self.send_snapshot(subject, row);
            }
            if self.random.per_mille(50) {
                sleep(self.random.up_to(Duration::from_secs(30))).await;
            }
        }
        self.send_snapshot(&format!("snapshots/{RUN}"), &marker_body(USERS));
        sleep(self.random.up_to(Duration::from_secs(120))).await;
        let (subject, row) = &bodies[self.random.below(USERS) as usize];
        self.send_snapshot(subject, row);
        self.send_snapshot(&format!("snapshots/{RUN}"), &marker_body(USERS));
    }

    async fn publish(&self) {
        // Rows that existed before anybody subscribed.
        for user in 0..USERS / 2 {
            let subject = format!("users/user-{user}");
            self.users
                .lock()
                .unwrap()
                .insert(subject, 1 + self.random.below(5));
        }
        tokio::join!(self.write(), self.backfill());
        let begun = Instant::now();
        let longest = self.planted.map_or(LONGEST, |_| LONGEST_PLANTED);
        while begun.elapsed() < longest {
            sleep(Duration::from_secs(1)).await;
            let is_complete = self.seen.lock().unwrap().is_complete;
            if is_complete && self.live.len() == 0 {
                break;
            }
        }
        self.over.store(true, Ordering::Relaxed);
    }

    /// What is wrong at the end.
    fn violations(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let mut wrong = seen.violations.clone();
        for (id, kind) in self.sent.lock().unwrap().iter() {
            let times = seen.effects.get(id).copied().unwrap_or_default();
            if times != 1 {
                wrong.push(format!("the {kind} event {id} had its effect {times} times"));
            }
        }
        for user in 0..USERS {
            let subject = format!("users/user-{user}");
            let version = self
                .users
                .lock()
                .unwrap()
                .get(&subject)
                .copied()
                .unwrap_or_default();
            if seen.copy.get(&subject) != Some(&version) {
                wrong.push(format!("{subject} is another version than in the table"));
            }
        }
        wrong
    }
}

fn simulate(seed: u64, faults: Faults, planted: Option<Planted>) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::new(seed, faults, planted);
        tokio::join!(world.publish(), world.process(), world.process());
        world.violations()
    })
}

const TROUBLE: Faults = Faults {
    call_fails: 20,
    answer_lost: 20,
    doubled: 0,
    latency: Duration::from_millis(300),
};

#[test]
fn the_copy_of_a_consumer_that_joins_late_is_the_table_and_every_event_has_its_effect_once() {
    for seed in 0..60 {
        let wrong = simulate(seed, TROUBLE, None);
        assert_eq!(wrong, Vec::<String>::new(), "seed {seed}");
    }
}

#[test]
fn each_planted_mistake_is_seen() {
    for planted in [
        Planted::ReadsLiveTooEarly,
        Planted::DoesNotCount,
        Planted::SeesARow,
    ] {
        let seen = (0..30).any(|seed| {
            let wrong = simulate(seed, TROUBLE, Some(planted));
            wrong.iter().any(|what| what.contains("another version"))
        });
        assert!(seen, "a copy that differs from the table");
    }
    let early = simulate(1, TROUBLE, Some(Planted::ReadsLiveTooEarly));
    assert!(early.iter().any(|what| what.contains("before the marker")));
}

/// A world in which nothing goes wrong, with a live event that waits.
fn calm() -> World {
    let world = World::new(1, Faults::default(), None);
    world.send_live(1, 1);
    world
}

impl World {
    /// Runs one process for a time.
    async fn run_for(&self, time: Duration) {
        let consumer = self.consumer();
        let effects = async |incoming: &Incoming<'_, NoKeys>| self.effects(incoming.event()).await;
        let settings = WorkerSettings {
            wait: Duration::from_secs(20),
            ..self.settings()
        };
        let (snapshot, live) = (self.snapshot.clone(), self.live.clone());
        consumer
            .poll_from_snapshot(snapshot, live, settings, &effects, sleep(time))
            .await
            .unwrap();
    }

    /// When the live event had its effect, if it had.
    async fn handled_live_after(&self, longest: Duration) -> Option<Duration> {
        let begun = Instant::now();
        while begun.elapsed() < longest {
            if self.live.len() == 0 {
                return Some(begun.elapsed());
            }
            sleep(Duration::from_millis(100)).await;
        }
        None
    }

    async fn complete(&self) {
        let inbox = Inbox::new(self.table.rows.clone(), InboxSettings::new("late")).unwrap();
        inbox.complete_snapshot(RUN, 0).await.unwrap();
    }
}

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_worker_without_a_completed_snapshot_leaves_the_live_queue_alone() {
    let world = calm();
    let ((), handled) = tokio::join!(world.run_for(MINUTE), world.handled_live_after(MINUTE));
    assert_eq!((handled, world.live.counts().0), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn a_worker_with_a_completed_snapshot_reads_only_the_live_queue() {
    let world = calm();
    world.complete().await;
    world.send_snapshot("users/user-2", &row_body(2, 1));
    let ((), handled) = tokio::join!(world.run_for(MINUTE), world.handled_live_after(MINUTE));
    assert!(handled.unwrap() < Duration::from_secs(1), "{handled:?}");
    assert_eq!(world.snapshot.counts().0, 0);
}

#[tokio::test(start_paused = true)]
async fn a_worker_goes_to_the_live_queue_at_once_after_its_own_marker() {
    let world = calm();
    world.send_snapshot("users/user-2", &row_body(2, 1));
    let completed = async {
        sleep(Duration::from_secs(1)).await;
        world.send_snapshot("snapshots/run-1", &marker_body(1));
        world.handled_live_after(MINUTE).await
    };
    let ((), handled) = tokio::join!(world.run_for(MINUTE), completed);
    // It waits neither for its long poll of 20 seconds nor for the next look.
    assert!(handled.unwrap() < Duration::from_secs(1), "{handled:?}");
    assert_eq!(world.snapshot.len(), 0, "what it handled is deleted");
}

#[tokio::test(start_paused = true)]
async fn a_worker_finds_out_within_five_seconds_that_another_process_completed_the_snapshot() {
    let world = calm();
    let completed = async {
        sleep(Duration::from_secs(11)).await;
        world.complete().await;
        world.handled_live_after(MINUTE).await
    };
    let ((), handled) = tokio::join!(world.run_for(MINUTE), completed);
    assert!(handled.unwrap() <= Duration::from_secs(6), "{handled:?}");
}

#[tokio::test(start_paused = true)]
async fn a_table_that_does_not_answer_lets_no_worker_read_the_live_queue() {
    let mut world = calm();
    world.complete().await;
    world.table.faults.call_fails = 1_000;
    world.run_for(MINUTE).await;
    assert_eq!(world.live.counts().0, 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_worker_holds_of_the_snapshot_queue_returns_to_it() {
    let world = calm();
    // A group of three: the first one is being handled when the snapshot is complete.
    for version in 1..=3 {
        world.send_snapshot("users/user-2", &row_body(version + 2, version));
    }
    let consumer = world.consumer();
    let effects = async |incoming: &Incoming<'_, NoKeys>| {
        if incoming.event().snapshot_run().is_some() {
            sleep(Duration::from_secs(8)).await;
        }
        world.effects(incoming.event()).await
    };
    let (snapshot, live) = (world.snapshot.clone(), world.live.clone());
    let completed = async {
        sleep(Duration::from_secs(1)).await;
        world.complete().await;
    };
    let settings = WorkerSettings {
        grace: Duration::from_secs(25),
        ..world.settings()
    };
    let running = consumer.poll_from_snapshot(snapshot, live, settings, &effects, sleep(MINUTE));
    let (worked, ()) = tokio::join!(running, completed);
    assert_eq!(worked.unwrap().handled, 2, "the first one and the live one");
    assert_eq!(world.snapshot.visible(), [2, 3]);
}
