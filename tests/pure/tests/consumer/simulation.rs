//! The consumer library under duplicates, reorderings, redrives, crashes, panics, claims of handlers that crashed, poison
//! and calls that fail, in virtual time.
//!
//! Each event must have its effect once, stale events must be reported, no event of a FIFO group may pass a failed one,
//! and poison must take nobody along. Planted bugs show that the checks can fail.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};
use user_events_consumer::{
    Batches, Claim, Clock, Committed, Deadline, Effect, Failure, Inbox, InboxSettings, Lease, MemoryStore,
    ProcessError, Processed, Queue, ReceivedEvent, Row, RowKey, Rule, Store, StoreError, Transact,
    Transacted, Worker, WorkerSettings, Write, Written,
};

use super::lambda::{batch, unreported};
use super::oracle::Oracle;
use super::queue::{Faults, Random, SimulatedQueue};
use crate::messages::body;

const SUBJECTS: u64 = 60;
/// One event in so many is poison: no retry can mend it.
const POISON: u64 = 50;
/// The virtual time within which a run must end.
const LONGEST: Duration = Duration::from_secs(48 * 3_600);

/// The settings of one run.
#[derive(Clone, Copy)]
struct Plan {
    seed: u64,
    /// The minimum number of deliveries.
    deliveries: u64,
    fifo: bool,
    machine: Machine,
    mode: Mode,
    lease: Duration,
    /// After how many receives a message becomes a dead letter.
    most_receives: u32,
    /// Whether calls fail, machines crash, and events come twice or late.
    trouble: bool,
    /// Whether handlers panic, crash under a lease, and meet poison.
    hostile: bool,
    planted: Option<Planted>,
}

#[derive(Clone, Copy, PartialEq)]
enum Machine {
    Worker,
    Lambda,
}

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    /// Claim and effect in one write, in order.
    Commit,
    /// Lease and completion.
    Lease,
}

/// A bug on purpose.
#[derive(Clone, Copy, PartialEq)]
enum Planted {
    /// A claim overwrites whatever is there.
    ClaimWithoutCondition,
    /// A sequence overwrites whatever is there.
    OrderWithoutCondition,
    /// Rows expire while their messages can still arrive.
    ForgetsTooEarly,
    /// A FIFO queue is taken for a standard one.
    GroupGoesOn,
    /// Poison is retried, as before there was a third result.
    PoisonIsRetried,
    /// A claim that lives is retried, as before its refusal said until when.
    ClaimHasNoEnd,
}

/// The result of a run.
struct Outcome {
    oracle: Oracle,
    inbox: Inbox<Unreliable>,
    store: MemoryStore,
    published: Published,
    queue: SimulatedQueue,
    deliveries: u64,
    redriven: u64,
    crashes: u64,
    /// Handlings that took longer than a lease.
    slow: u64,
    panics: u64,
    /// Effects that happened before their completion failed.
    not_completed: u64,
}

/// What was published.
#[derive(Default)]
struct Published {
    /// The ids of the events that must have their effect.
    ids: BTreeSet<String>,
    /// The ids of the events that are poison.
    poison: BTreeSet<String>,
    /// The number of messages that are no events.
    not_events: usize,
    /// The number of the last event of each subject that is not poison.
    last: BTreeMap<String, u64>,
}

/// Rows in memory. Calls to it take time, fail, or lose their answer.
#[derive(Clone)]
struct Unreliable {
    store: MemoryStore,
    random: Random,
    faults: Faults,
    planted: Option<Planted>,
    unique: Arc<AtomicU64>,
}

/// The resources of a handler.
struct Context {
    plan: Plan,
    queue: SimulatedQueue,
    oracle: Oracle,
    inbox: Inbox<Unreliable>,
    random: Random,
    slow: AtomicU64,
    panics: AtomicU64,
    not_completed: AtomicU64,
    crashes: AtomicU64,
    clock: Clock,
    over: AtomicBool,
}

impl Unreliable {
    /// The write as the planted bug would make it.
    fn planted(&self, write: &Write) -> Write {
        let mut write = write.clone();
        let unconditional = match write.rule {
            Rule::Claim { .. } | Rule::Record { .. } => self.planted == Some(Planted::ClaimWithoutCondition),
            Rule::Advance { .. } => self.planted == Some(Planted::OrderWithoutCondition),
            _ => false,
        };
        if unconditional {
            let unique = self.unique.fetch_add(1, Ordering::Relaxed);
            write.key.sk = format!("{}{unique}", write.key.sk);
        }
        write
    }

    async fn call<T>(&self, made: impl AsyncFnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        let failed = || StoreError::Unavailable {
            code: Some("InternalServerError".to_owned()),
        };
        if self.planted == Some(Planted::ForgetsTooEarly) && self.random.per_mille(5) {
            self.store.forget(u64::MAX);
        }
        sleep(self.random.up_to(self.faults.latency)).await;
        if self.random.per_mille(self.faults.call_fails) {
            return Err(failed());
        }
        let answer = made().await;
        sleep(self.random.up_to(self.faults.latency)).await;
        if self.random.per_mille(self.faults.answer_lost) {
            return Err(failed());
        }
        answer
    }
}

impl Store for Unreliable {
    async fn write(&self, write: &Write) -> Result<Written, StoreError> {
        let write = self.planted(write);
        self.call(async || self.store.write(&write).await).await
    }

    async fn read(&self, key: &RowKey) -> Result<Option<Row>, StoreError> {
        self.call(async || self.store.read(key).await).await
    }

    async fn count_completed(&self, pk: &str) -> Result<u64, StoreError> {
        self.call(async || self.store.count_completed(pk).await).await
    }
}

impl Transact for Unreliable {
    type Effects = Vec<Effect>;

    async fn transact(&self, writes: &[Write], effects: Vec<Effect>) -> Result<Transacted, StoreError> {
        let writes: Vec<_> = writes.iter().map(|write| self.planted(write)).collect();
        self.call(async || self.store.transact(&writes, effects).await)
            .await
    }
}

impl Context {
    async fn handle(&self, event: ReceivedEvent) -> Result<(), Failure> {
        let handling = self.oracle.begin(&event, &self.queue, self.plan.fifo);
        sleep(self.random.up_to(Duration::from_millis(30))).await;
        if is_poison(number(&event)) && self.plan.hostile {
            handling.succeed();
            return Err(match self.plan.planted {
                Some(Planted::PoisonIsRetried) => Failure::retry("it is poison"),
                _ => Failure::set_aside("moved", "it is poison"),
            });
        }
        if self.plan.trouble && self.random.per_mille(40) {
            handling.fail();
            return Err(Failure::retry("it failed"));
        }
        // At the first delivery only, so that panics alone never make a dead letter.
        let is_first = event.delivery().receive_count == Some(1);
        if self.plan.hostile && is_first && self.random.per_mille(10) {
            handling.fail();
            self.panics.fetch_add(1, Ordering::Relaxed);
            // Unlike a panic, this calls no hook, which would print a thousand times.
            std::panic::resume_unwind(Box::new("it panicked"));
        }
        if self.plan.hostile && is_first && self.random.per_mille(4) {
            // Another handler claims the event and crashes.
            let claimed = self.inbox.claim(&event).await?;
            handling.fail();
            return match claimed {
                Claim::Fresh(_) => Err(Failure::retry("it crashed")),
                _ => Err(Failure::retry("another has it")),
            };
        }
        let handled = match self.plan.mode {
            Mode::Commit => self.commit(&event).await,
            Mode::Lease => self.process(&event).await,
        };
        // A crash here is after all writes and before the message is deleted.
        sleep(self.random.up_to(Duration::from_millis(10))).await;
        match &handled {
            Ok(()) => handling.succeed(),
            Err(_) => handling.fail(),
        }
        handled
    }

    async fn commit(&self, event: &ReceivedEvent) -> Result<(), Failure> {
        let effect = |with_state: bool| {
            let (oracle, id) = (self.oracle.clone(), event.id().to_owned());
            let (subject, sequence) = (event.subject().to_owned(), event.sequence().to_owned());
            vec![Effect::new(move || {
                oracle.effect(&id);
                if with_state {
                    oracle.state(&subject, &sequence);
                }
            })]
        };
        let committed = match self.inbox.commit_in_order(event, effect(true)).await? {
            Committed::Stale => {
                self.oracle.stale(event);
                self.inbox.commit(event, effect(false)).await?
            }
            committed => committed,
        };
        match committed {
            Committed::Duplicate => self.oracle.seen().duplicates += 1,
            Committed::InProgress { .. } => return Err(self.in_progress(committed.into_result().err())),
            _ => {}
        }
        committed.into_result().map(|_| ())
    }

    async fn process(&self, event: &ReceivedEvent) -> Result<(), Failure> {
        let effect = async |_: &Lease<Unreliable>| {
            let _working = self.oracle.working(event.id());
            sleep(self.random.up_to(Duration::from_millis(30))).await;
            if self.plan.trouble && self.random.per_mille(1) {
                self.slow.fetch_add(1, Ordering::Relaxed);
                sleep(2 * self.plan.lease).await;
            }
            self.oracle.effect(event.id());
            sleep(self.random.up_to(Duration::from_millis(30))).await;
            Ok::<_, Failure>(())
        };
        match self.inbox.process(event, effect).await {
            Ok(Processed::Done(())) => Ok(()),
            Ok(Processed::Duplicate) => {
                self.oracle.seen().duplicates += 1;
                Ok(())
            }
            Err(error @ ProcessError::InProgress { .. }) => Err(self.in_progress(Some(error.into()))),
            Err(error) => {
                if matches!(error, ProcessError::NotCompleted(_)) {
                    self.not_completed.fetch_add(1, Ordering::Relaxed);
                }
                Err(error.into())
            }
        }
    }

    /// The failure of an event that another handler has.
    fn in_progress(&self, failure: Option<Failure>) -> Failure {
        self.oracle.seen().in_progress += 1;
        match self.plan.planted {
            Some(Planted::ClaimHasNoEnd) => Failure::retry("another has it"),
            _ => failure.unwrap(),
        }
    }

    /// A machine that crashes or is shut down, and starts again.
    async fn machine(&self) {
        while !self.over.load(Ordering::Relaxed) {
            // Short enough for dozens of crashes in every run.
            let life = match self.plan.trouble {
                true => Duration::from_secs(1) + self.random.up_to(Duration::from_secs(6)),
                false => Duration::from_secs(60),
            };
            let crashes = self.plan.trouble && self.random.per_mille(500);
            match self.plan.machine {
                Machine::Worker => self.work(life, crashes).await,
                Machine::Lambda => self.invoke(crashes).await,
            }
        }
    }

    async fn work(&self, life: Duration, crashes: bool) {
        let settings = WorkerSettings {
            concurrency: 12,
            visibility: Duration::from_secs(10),
            wait: Duration::from_secs(2),
            grace: Duration::from_secs(3),
            jitter_seed: Some(self.plan.seed),
            clock: self.clock.clone(),
            ..WorkerSettings::default()
        };
        let handler = async |event: ReceivedEvent| self.handle(event).await;
        let worker = Worker::new(self.queue.clone(), handler, settings).unwrap();
        let worker = worker.dead_letters(self.queue.clone());
        if crashes {
            self.crashes.fetch_add(1, Ordering::Relaxed);
            let run = worker.run(std::future::pending());
            assert!(tokio::time::timeout(life, run).await.is_err());
        } else {
            worker.run(sleep(life)).await;
        }
    }

    /// One invocation by Lambda's poller. It deletes the messages that are not reported; after a crash it deletes none.
    async fn invoke(&self, crashes: bool) {
        let received = self
            .queue
            .receive(10, Duration::from_secs(2), Duration::from_secs(60))
            .await;
        let messages = received.unwrap_or_default();
        if messages.is_empty() {
            return;
        }
        let as_fifo = self.plan.fifo && self.plan.planted != Some(Planted::GroupGoesOn);
        let batches = Batches::new(async |event: ReceivedEvent| self.handle(event).await)
            .dead_letters(self.queue.clone())
            .queue(self.queue.clone())
            .clock(self.clock.clone());
        let answer = batches.answer(
            batch(&messages, as_fifo),
            Deadline::after(Duration::from_secs(10)),
        );
        let crash = match crashes && self.random.per_mille(100) {
            true => self.random.up_to(Duration::from_millis(60)),
            false => Duration::from_secs(30),
        };
        match tokio::time::timeout(crash, answer).await {
            Err(_) => {
                self.crashes.fetch_add(1, Ordering::Relaxed);
            }
            Ok(response) => {
                let handled = unreported(&messages, &response);
                // A message that cannot be deleted is delivered again.
                self.queue.delete(&handled).await.ok();
            }
        }
    }

    /// Publishes events, some twice, some late, and some messages that are no events, until enough were delivered. Then
    /// waits until the queue is empty.
    async fn publish(&self) -> Published {
        let mut published = Published::default();
        let mut numbers = vec![0_u64; SUBJECTS as usize];
        let mut parked: Vec<(String, u64)> = Vec::new();
        let (begun, mut redriven) = (Instant::now(), Instant::now());
        loop {
            assert!(begun.elapsed() < LONGEST, "the run does not end");
            let enough = self.queue.counts().0 >= self.plan.deliveries;
            if redriven.elapsed() > Duration::from_secs(30) {
                redriven = Instant::now();
                self.queue.redrive();
            }
            if let Some((subject, number)) = parked.pop_if(|_| enough || self.random.per_mille(50)) {
                self.send(&subject, number);
            }
            let all_sent = enough && parked.is_empty();
            if all_sent && self.queue.len() == 0 && self.queue.dead() == 0 {
                self.over.store(true, Ordering::Relaxed);
                return published;
            }
            if enough || self.queue.len() >= 150 {
                sleep(Duration::from_millis(50)).await;
                continue;
            }
            let subject = self.random.below(SUBJECTS);
            let last = &mut numbers[subject as usize];
            let subject = format!("users/user-{subject}");
            let odd = if self.plan.trouble {
                self.random.below(1_000)
            } else {
                999
            };
            match odd {
                0..5 => {
                    published.not_events += 1;
                    self.queue.send(&subject, "hello", false);
                }
                5..30 if *last > 0 => {
                    let again = 1 + self.random.below(*last);
                    self.send(&subject, again);
                }
                _ => {
                    *last += 1;
                    let id = id(&body(&subject, *last));
                    if self.plan.hostile && is_poison(*last) {
                        published.poison.insert(id);
                    } else {
                        published.ids.insert(id);
                        published.last.insert(subject.clone(), *last);
                    }
                    match odd {
                        30..50 => parked.push((subject, *last)),
                        _ => self.send(&subject, *last),
                    }
                }
            }
        }
    }

    /// Sends an event of the subject. Nothing waits for poison.
    fn send(&self, subject: &str, number: u64) {
        let is_poison = self.plan.hostile && is_poison(number);
        self.queue.send(subject, &body(subject, number), !is_poison);
    }
}

fn is_poison(number: u64) -> bool {
    number % POISON == 7
}

/// The number of the event in its subject.
fn number(event: &ReceivedEvent) -> u64 {
    let (number, _) = event.sequence().split_once('.').unwrap();
    number.parse().unwrap()
}

/// The id of the event in this body.
fn id(body: &str) -> String {
    ReceivedEvent::from_message_body(body).unwrap().id().to_owned()
}

fn simulate(plan: Plan) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(run(plan))
}

async fn run(plan: Plan) -> Outcome {
    let random = Random::new(plan.seed);
    let latency = Duration::from_millis(8);
    let (queue_faults, store_faults) = match plan.trouble {
        true => (
            Faults {
                call_fails: 10,
                answer_lost: 10,
                doubled: 20,
                latency,
            },
            Faults {
                call_fails: 10,
                answer_lost: 10,
                doubled: 0,
                latency,
            },
        ),
        false => (Faults::default(), Faults::default()),
    };
    let mut queue = SimulatedQueue::new(plan.fifo, plan.most_receives, random.clone(), queue_faults);
    queue.tells_fifo = plan.fifo && plan.planted != Some(Planted::GroupGoesOn);
    let store = MemoryStore::default();
    let begun = Instant::now();
    let clock =
        Clock::from_fn(move || SystemTime::UNIX_EPOCH + Duration::from_secs(1_772_366_400) + begun.elapsed());
    let settings = InboxSettings {
        lease: plan.lease,
        clock: clock.clone(),
        ..InboxSettings::new("simulated")
    };
    let unreliable = Unreliable {
        store: store.clone(),
        random: random.clone(),
        faults: store_faults,
        planted: plan.planted,
        unique: Arc::default(),
    };
    let context = Context {
        plan,
        queue,
        oracle: Oracle::default(),
        inbox: Inbox::new(unreliable, settings).unwrap(),
        random,
        slow: AtomicU64::new(0),
        panics: AtomicU64::new(0),
        not_completed: AtomicU64::new(0),
        crashes: AtomicU64::new(0),
        clock,
        over: AtomicBool::new(false),
    };
    let (published, (), (), ()) = tokio::join!(
        context.publish(),
        context.machine(),
        context.machine(),
        context.machine()
    );
    let (deliveries, redriven) = context.queue.counts();
    Outcome {
        oracle: context.oracle,
        inbox: context.inbox,
        store,
        published,
        queue: context.queue,
        deliveries,
        redriven,
        crashes: context.crashes.into_inner(),
        slow: context.slow.into_inner(),
        panics: context.panics.into_inner(),
        not_completed: context.not_completed.into_inner(),
    }
}

impl Outcome {
    /// The violations of the promise that each event has its effect exactly once.
    fn not_once(&self) -> Vec<String> {
        let seen = self.oracle.seen();
        let ids = self.published.ids.iter();
        ids.filter_map(|id| match seen.effects.get(id).copied().unwrap_or_default() {
            1 => None,
            times => Some(format!("{id} had its effect {times} times")),
        })
        .collect()
    }

    fn violations(&self) -> Vec<String> {
        self.oracle.seen().violations.clone()
    }

    /// The good events that were set aside, and the poison that was not or that had an effect. Poison may also be among
    /// the dead letters, if the dead-letter queue did not accept it.
    fn badly_set_aside(&self) -> Vec<String> {
        let mut aside: BTreeMap<String, &'static str> = BTreeMap::new();
        let letters = self.queue.aside();
        for letter in &letters {
            if let Ok(event) = ReceivedEvent::from_message_body(&letter.body) {
                aside.insert(event.id().to_owned(), letter.reason);
            }
        }
        let seen = self.oracle.seen();
        let good = aside.keys().filter(|id| !self.published.poison.contains(*id));
        let good = good.map(|id| format!("{id} was set aside, and is no poison"));
        let effects = self
            .published
            .poison
            .iter()
            .filter(|id| seen.effects.contains_key(*id));
        let effects = effects.map(|id| format!("{id} is poison and had an effect"));
        let others = letters
            .iter()
            .filter(|letter| !["moved", "not-an-event"].contains(&letter.reason));
        let others = others.map(|letter| format!("the reason {}", letter.reason));
        good.chain(effects).chain(others).collect()
    }

    #[expect(
        clippy::print_stderr,
        reason = "a test that fails shows the result of the run"
    )]
    fn print(&self, name: &str) {
        let seen = self.oracle.seen();
        let repeated: u32 = seen.effects.values().map(|times| times - 1).sum();
        eprintln!(
            "{name}: {} events, {} poison, {} set aside, {} panics, {} deliveries, {} duplicates, {} stale, {} redriven, {} crashes, {} handlings cut \
             short, {} slower than the lease, {} not completed, {} in progress, {repeated} effects repeated",
            self.published.ids.len(),
            self.published.poison.len() + self.published.not_events,
            self.queue.aside().len(),
            self.panics,
            self.deliveries,
            seen.duplicates,
            seen.stale,
            self.redriven,
            self.crashes,
            seen.cut_short,
            self.slow,
            self.not_completed,
            seen.in_progress,
        );
    }
}

const COMMIT_FIFO: Plan = Plan {
    seed: 1,
    deliveries: 100_000,
    fifo: true,
    machine: Machine::Worker,
    mode: Mode::Commit,
    lease: Duration::from_secs(30),
    most_receives: 3,
    trouble: true,
    hostile: true,
    planted: None,
};

/// Nothing goes wrong outside of the handlers. The number of receives is the default of the subscriber's stack, and the
/// lease is longer than the pauses between them.
const HOSTILE: Plan = Plan {
    deliveries: 4_000,
    lease: Duration::from_secs(600),
    most_receives: 10,
    trouble: false,
    ..COMMIT_FIFO
};

/// Asserts that each event had its effect once, in spite of all faults.
fn judge(name: &str, plan: Plan) {
    let outcome = simulate(plan);
    outcome.print(name);
    assert_eq!(outcome.not_once(), Vec::<String>::new());
    assert_eq!(outcome.violations(), Vec::<String>::new());
    assert!(outcome.deliveries >= plan.deliveries);
    let seen = outcome.oracle.seen();
    let often = plan.deliveries / 1_000;
    assert!(seen.duplicates > often && seen.stale > often);
    assert!(outcome.redriven > 0 && outcome.crashes > 3 && seen.cut_short > 3);
    assert!(outcome.panics > often);
    // In Lambda the visibility timeout is longer than a lease.
    assert!(seen.in_progress > 0 || plan.machine == Machine::Lambda);
    // Every subject ended at its last event, however late others came.
    for (subject, last) in &outcome.published.last {
        assert_eq!(seen.states.get(subject), Some(&format!("{last:040}.0000")));
    }
    drop(seen);
    assert_eq!(outcome.badly_set_aside(), Vec::<String>::new());
    assert!(!outcome.queue.aside().is_empty());
}

#[test]
fn of_100_000_deliveries_to_a_worker_each_event_has_its_effect_exactly_once_in_one_write_with_its_claim() {
    judge("worker, FIFO", COMMIT_FIFO);
}

#[test]
fn on_a_standard_queue_each_event_has_its_effect_exactly_once_in_one_write_with_its_claim() {
    for (name, machine) in [
        ("Lambda, standard", Machine::Lambda),
        ("worker, standard", Machine::Worker),
    ] {
        let plan = Plan {
            deliveries: 12_000,
            fifo: false,
            machine,
            ..COMMIT_FIFO
        };
        judge(name, plan);
    }
}

#[test]
fn in_lambda_on_a_fifo_queue_each_event_has_its_effect_exactly_once_in_one_write_with_its_claim() {
    let plan = Plan {
        deliveries: 12_000,
        machine: Machine::Lambda,
        ..COMMIT_FIFO
    };
    judge("Lambda, FIFO", plan);
}

#[test]
fn with_a_lease_an_effect_is_repeated_only_after_a_crash_or_a_failed_completion() {
    let plan = Plan {
        deliveries: 20_000,
        mode: Mode::Lease,
        ..COMMIT_FIFO
    };
    let outcome = simulate(plan);
    outcome.print("lease");
    assert_eq!(outcome.violations(), Vec::<String>::new());
    let seen = outcome.oracle.seen();
    for id in &outcome.published.ids {
        assert!(seen.effects.contains_key(id), "{id} had no effect");
        let key = RowKey {
            pk: format!("CONSUMER#simulated#EVENT#{id}"),
            sk: "INBOX".to_owned(),
        };
        let row = outcome.store.row(&key);
        assert!(matches!(row, Some(Row::Completed { .. })), "{id}: {row:?}");
    }
    let repeated: u64 = seen.effects.values().map(|times| u64::from(times - 1)).sum();
    let excused = seen.cut_short + outcome.not_completed;
    assert!(repeated > 0 && repeated <= excused, "{repeated} of {excused}");
    assert!(seen.in_progress > 0 && outcome.slow > 0);
    assert!(format!("{:?}", outcome.inbox).contains("simulated"));
}

#[test]
fn with_a_lease_and_nothing_going_wrong_each_effect_happens_once() {
    let plan = Plan {
        deliveries: 5_000,
        mode: Mode::Lease,
        trouble: false,
        hostile: false,
        ..COMMIT_FIFO
    };
    let outcome = simulate(plan);
    assert_eq!(outcome.not_once(), Vec::<String>::new());
    assert_eq!(outcome.violations(), Vec::<String>::new());
}

#[test]
fn poison_panics_and_claims_of_the_dead_take_no_event_along() {
    for (machine, mode) in [
        (Machine::Worker, Mode::Commit),
        (Machine::Lambda, Mode::Commit),
        (Machine::Worker, Mode::Lease),
    ] {
        let outcome = simulate(Plan {
            machine,
            mode,
            ..HOSTILE
        });
        outcome.print("hostile");
        assert_eq!(outcome.not_once(), Vec::<String>::new());
        assert_eq!(outcome.violations(), Vec::<String>::new());
        assert_eq!(outcome.badly_set_aside(), Vec::<String>::new());
        let (panics, in_progress) = (outcome.panics, outcome.oracle.seen().in_progress);
        assert!(panics > 20 && in_progress > 5, "{panics} {in_progress}");
        // Every poison was set aside, and nothing became a dead letter by its number of receives.
        assert_eq!(outcome.queue.aside().len(), outcome.published.poison.len());
        assert_eq!(outcome.redriven, 0);
    }
}

#[test]
fn a_planted_bug_is_seen() {
    let planted = |planted, machine| {
        let plan = Plan {
            deliveries: 3_000,
            machine,
            planted: Some(planted),
            ..COMMIT_FIFO
        };
        let outcome = simulate(plan);
        outcome.print("planted");
        (outcome.not_once(), outcome.violations())
    };
    let (not_once, _) = planted(Planted::ClaimWithoutCondition, Machine::Worker);
    assert!(
        not_once.iter().any(|what| what.ends_with("2 times")),
        "{not_once:?}"
    );
    let (not_once, _) = planted(Planted::ForgetsTooEarly, Machine::Worker);
    assert!(
        not_once.iter().any(|what| what.ends_with("2 times")),
        "{not_once:?}"
    );
    let (_, violations) = planted(Planted::OrderWithoutCondition, Machine::Worker);
    assert!(violations.iter().any(|what| what.starts_with("the state of")));
    for machine in [Machine::Worker, Machine::Lambda] {
        let (_, violations) = planted(Planted::GroupGoesOn, machine);
        assert!(violations.iter().any(|what| what.contains("passed")));
    }
    for old in [Planted::PoisonIsRetried, Planted::ClaimHasNoEnd] {
        let outcome = simulate(Plan {
            planted: Some(old),
            ..HOSTILE
        });
        outcome.print("planted");
        assert!(outcome.redriven > 0, "good events became dead letters");
    }
}
