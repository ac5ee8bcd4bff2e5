//! A simulated SQS queue in virtual time: FIFO with message groups, or standard with duplicates and in any order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System};
use tokio::sync::Notify;
use tokio::time::Instant;
use user_events_consumer::{DeadLetter, DeadLetters, Hide, Queue, QueueCall, QueueError};

/// Random numbers from a seed. Clones share the stream of numbers.
#[derive(Clone)]
pub(crate) struct Random(Arc<Mutex<user_events_testkit::Random>>);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(user_events_testkit::Random::new(seed))))
    }

    /// A number from 0 to one below the bound.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.0.lock().unwrap().below(bound)
    }

    /// Returns `true` in `rate` of a thousand calls.
    pub(crate) fn per_mille(&self, rate: u64) -> bool {
        self.0.lock().unwrap().per_mille(rate)
    }

    pub(crate) fn up_to(&self, longest: Duration) -> Duration {
        Duration::from_micros(self.below(longest.as_micros() as u64 + 1))
    }
}

/// The rates of the faults, out of a thousand calls.
#[derive(Clone, Copy, Default)]
pub(crate) struct Faults {
    /// A call fails and has no effect.
    pub(crate) call_fails: u64,
    /// A call has its effect, and the answer is lost.
    pub(crate) answer_lost: u64,
    /// A standard queue delivers a message twice, or again after it was deleted.
    pub(crate) doubled: u64,
    /// The longest duration of a call.
    pub(crate) latency: Duration,
}

/// The queue. Clones share it.
#[derive(Clone)]
pub(crate) struct SimulatedQueue {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
    random: Random,
    pub(crate) faults: Faults,
    fifo: bool,
    /// Whether messages show that their queue is FIFO. A planted bug hides it.
    pub(crate) tells_fifo: bool,
}

#[derive(Default)]
struct State {
    messages: BTreeMap<u64, Stored>,
    dead: Vec<Stored>,
    /// The messages that were set aside, by deduplication id.
    aside: BTreeMap<String, DeadLetter>,
    next: u64,
    max_receives: u32,
    deliveries: u64,
    redriven: u64,
}

#[derive(Clone)]
struct Stored {
    group: Arc<str>,
    body: Arc<str>,
    receives: u32,
    invisible_until: Option<Instant>,
    /// Whether its group must wait for it. A message that no retry can mend must not be waited for.
    is_waited_for: bool,
}

impl SimulatedQueue {
    pub(crate) fn new(fifo: bool, max_receives: u32, random: Random, faults: Faults) -> Self {
        let state = State {
            max_receives,
            ..State::default()
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            changed: Arc::default(),
            random,
            faults,
            fifo,
            tells_fifo: fifo,
        }
    }

    pub(crate) fn send(&self, group: &str, body: &str, is_waited_for: bool) {
        self.lock().store(Stored {
            group: group.into(),
            body: body.into(),
            receives: 0,
            invisible_until: None,
            is_waited_for,
        });
        self.changed.notify_waiters();
    }

    /// Moves dead letters to the end of the queue, as a redrive does. Messages that no retry can mend are dropped, as by
    /// an operator who looked at them.
    pub(crate) fn redrive(&self) {
        let mut state = self.lock();
        for dead in std::mem::take(&mut state.dead) {
            if !dead.is_waited_for {
                continue;
            }
            state.redriven += 1;
            state.store(Stored {
                receives: 0,
                invisible_until: None,
                ..dead
            });
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// How many messages are in the queue.
    pub(crate) fn len(&self) -> usize {
        self.lock().messages.len()
    }

    /// How many messages are in the dead-letter queue.
    pub(crate) fn dead(&self) -> usize {
        self.lock().dead.len()
    }

    /// The messages that were set aside.
    pub(crate) fn aside(&self) -> Vec<DeadLetter> {
        self.lock().aside.values().cloned().collect()
    }

    /// The number of deliveries, and of redriven messages.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.deliveries, state.redriven)
    }

    /// The messages of the group that must be waited for, still in the queue, and before this one.
    pub(crate) fn before(&self, group: &str, number: u64) -> Vec<u64> {
        let state = self.lock();
        let earlier = state.messages.range(..number);
        let earlier = earlier.filter(|(_, message)| &*message.group == group && message.is_waited_for);
        earlier.map(|(number, _)| *number).collect()
    }

    /// The numbers of the messages that others may receive now.
    pub(crate) fn visible(&self) -> Vec<u64> {
        let (state, now) = (self.lock(), Instant::now());
        let visible = state
            .messages
            .iter()
            .filter(|(_, message)| message.is_visible(now));
        visible.map(|(number, _)| *number).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Receives the messages that are visible now.
    fn take(&self, most: usize, visibility: Duration) -> Vec<Message> {
        let mut state = self.lock();
        // Read once: virtual time does not advance in this function, and reading the clock is slow.
        let now = Instant::now();
        let overdue = |message: &Stored| message.is_visible(now) && message.receives >= state.max_receives;
        let dead: Vec<u64> = state
            .messages
            .iter()
            .filter(|(_, message)| overdue(message))
            .map(|(number, _)| *number)
            .collect();
        for number in dead {
            let message = state.messages.remove(&number);
            state.dead.extend(message);
        }
        let blocked: BTreeSet<Arc<str>> = state
            .messages
            .values()
            .filter(|message| self.fifo && !message.is_visible(now))
            .map(|message| Arc::clone(&message.group))
            .collect();
        let mut available: Vec<u64> = state
            .messages
            .iter()
            .filter(|(_, message)| message.is_visible(now) && !blocked.contains(&message.group))
            .map(|(number, _)| *number)
            .collect();
        if !self.fifo {
            for place in 1..available.len() {
                available.swap(place, self.random.below(place as u64 + 1) as usize);
            }
        }
        available.truncate(most);
        let mut taken = Vec::new();
        for number in available {
            state.deliveries += 1;
            let doubled = !self.fifo && self.random.per_mille(self.faults.doubled);
            let Some(message) = state.messages.get_mut(&number) else {
                continue;
            };
            message.receives += 1;
            message.invisible_until = (!doubled).then(|| now + visibility);
            let built = Message::builder()
                .message_id(number.to_string())
                .receipt_handle(format!("{number}-{}", message.receives))
                .body(&*message.body)
                .attributes(System::ApproximateReceiveCount, message.receives.to_string())
                .attributes(System::MessageGroupId, &*message.group);
            let built = match self.tells_fifo {
                true => built.attributes(System::SequenceNumber, format!("{number:020}")),
                false => built,
            };
            taken.push(built.build());
        }
        taken
    }

    /// Lets time pass, and decides the fate of a call: whether it has its effect, and whether its answer arrives.
    async fn call(&self) -> (bool, bool) {
        tokio::time::sleep(self.random.up_to(self.faults.latency)).await;
        let made = !self.random.per_mille(self.faults.call_fails);
        (made, made && !self.random.per_mille(self.faults.answer_lost))
    }

    /// The number of a receipt that is valid. FIFO takes the last one only, and only while the message is invisible.
    fn message_of<'s>(&self, state: &'s mut State, receipt: &str) -> Option<(u64, &'s mut Stored)> {
        let (number, receives) = receipt.split_once('-')?;
        let number = number.parse().ok()?;
        let message = state.messages.get_mut(&number)?;
        let is_last = message.receives == receives.parse::<u32>().ok()?;
        let is_valid = !self.fifo || (is_last && !message.is_visible(Instant::now()));
        is_valid.then_some((number, message))
    }
}

impl State {
    fn store(&mut self, message: Stored) {
        self.next += 1;
        self.messages.insert(self.next, message);
    }
}

impl Stored {
    fn is_visible(&self, now: Instant) -> bool {
        self.invisible_until.is_none_or(|until| until <= now)
    }
}

fn failed() -> QueueError {
    QueueError {
        code: Some("InternalError".to_owned()),
    }
}

impl Queue for SimulatedQueue {
    async fn receive(
        &self,
        most: usize,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Vec<Message>, QueueError> {
        let (made, answered) = self.call().await;
        if !made {
            return Err(failed());
        }
        let until = Instant::now() + wait;
        loop {
            let taken = self.take(most, visibility);
            if !taken.is_empty() || Instant::now() >= until {
                tokio::time::sleep(self.random.up_to(self.faults.latency)).await;
                return if answered { Ok(taken) } else { Err(failed()) };
            }
            let soon = Instant::now() + Duration::from_millis(250);
            tokio::select! {
                biased;
                () = self.changed.notified() => {}
                () = tokio::time::sleep_until(soon.min(until)) => {}
            }
        }
    }

    async fn delete(&self, receipts: &[String]) -> Result<Vec<usize>, QueueError> {
        assert!(receipts.len() <= 10, "a batch has ten entries at most");
        let (made, answered) = self.call().await;
        let mut refused = Vec::new();
        for (place, receipt) in receipts.iter().enumerate().filter(|_| made) {
            let mut state = self.lock();
            match self.message_of(&mut state, receipt) {
                // A standard queue may deliver a message once more after it was deleted.
                Some((_, message)) if !self.fifo && self.random.per_mille(self.faults.doubled) => {
                    message.invisible_until = Some(Instant::now() + Duration::from_secs(5));
                }
                Some((number, _)) => {
                    state.messages.remove(&number);
                }
                None if self.fifo => refused.push(place),
                None => {}
            }
        }
        self.changed.notify_waiters();
        if answered { Ok(refused) } else { Err(failed()) }
    }

    async fn change_visibility(
        &self,
        receipts: &[String],
        visibility: Duration,
    ) -> Result<Vec<usize>, QueueError> {
        assert!(
            (1..=10).contains(&receipts.len()),
            "a batch has one to ten entries"
        );
        let (made, answered) = self.call().await;
        let mut refused = Vec::new();
        for (place, receipt) in receipts.iter().enumerate().filter(|_| made) {
            match self.message_of(&mut self.lock(), receipt) {
                Some((_, message)) if !message.is_visible(Instant::now()) => {
                    message.invisible_until = Some(Instant::now() + visibility);
                }
                _ => refused.push(place),
            }
        }
        self.changed.notify_waiters();
        if answered { Ok(refused) } else { Err(failed()) }
    }
}

impl Hide for SimulatedQueue {
    fn name(&self) -> &str {
        if self.fifo { "simulated.fifo" } else { "simulated" }
    }

    fn hide<'a>(&'a self, receipt: &'a str, time: Duration) -> QueueCall<'a> {
        Box::pin(async move {
            let refused = self.change_visibility(&[receipt.to_owned()], time).await?;
            if refused.is_empty() { Ok(()) } else { Err(failed()) }
        })
    }
}

/// Its dead-letter queue, which takes each deduplication id once.
impl DeadLetters for SimulatedQueue {
    fn send(&self, letter: DeadLetter) -> QueueCall<'_> {
        Box::pin(async move {
            let (made, answered) = self.call().await;
            if made {
                let id = letter.deduplication_id();
                self.lock().aside.entry(id).or_insert(letter);
            }
            if answered { Ok(()) } else { Err(failed()) }
        })
    }
}
