//! Long polling, for services outside Lambda.

mod deletions;
mod lane;
mod queue;
mod settings;
mod tally;
mod trouble;

use std::collections::HashMap;
use std::fmt::{self, Display};
use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::Duration;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as System};
use futures_util::FutureExt;
use futures_util::future::{Fuse, FusedFuture};
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{Mutex, mpsc, watch};
use tokio::time::Instant;

use crate::groups::lanes;
use crate::received::ReceivedEvent;
use deletions::delete_all;
use lane::{Held, Run};
pub use queue::{Queue, QueueError, SqsQueue};
pub use settings::{WorkerSettings, WorkerSettingsError};
use tally::Tally;
pub use tally::Worked;
pub use trouble::Trouble;

/// The messages of one call (Amazon SQS API Reference, *ReceiveMessage*).
const MOST_MESSAGES: usize = 10;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Receipts that wait for their deletion before handlers wait for it, too.
const WAITING_DELETIONS: usize = 100;

type Tell = dyn Fn(Trouble) + Send + Sync;
/// Who is whose group's turn.
type Turns = HashMap<String, Weak<Mutex<()>>>;

/// Receives from a queue until it is told to end, and hands every event to a handler.
///
/// - A **FIFO** queue's groups are handled one message at a time, beside each other. After a failure nothing later of
///   the group is handled: the message and all later ones go back, the failed one after a pause that grows.
/// - A **standard** queue's messages are handled beside each other, in no order.
/// - What is handled is deleted, in batches. What takes long is kept invisible; if that cannot be done any more, the
///   handler is dropped, because another receiver may have the message.
/// - A message that is **no event** goes back by itself, until the queue's `maxReceiveCount` sends it to the dead-letter
///   queue.
/// - At the **shutdown** nothing more is received. What runs may end, what has not begun goes back at once, the first of
///   a group last.
///
/// The handlers share the task that [`run`](Self::run) runs in: a handler must not block.
pub struct Worker<Q, H> {
    queue: Q,
    handler: H,
    settings: WorkerSettings,
    tell: Box<Tell>,
}

/// How far a shutdown is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Running,
    Stopping,
    Abandon,
}

impl<Q: Queue, H, E> Worker<Q, H>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), E>,
    E: Display,
{
    /// A worker of that queue whose events go to this handler. The text of an error that it returns is logged, so it
    /// must not quote personal data.
    ///
    /// Fails when a setting is out of its bounds.
    pub fn new(queue: Q, handler: H, settings: WorkerSettings) -> Result<Self, WorkerSettingsError> {
        settings.check()?;
        Ok(Self {
            queue,
            handler,
            settings,
            tell: Box::new(|_| {}),
        })
    }

    /// Tells this function of every trouble, beside the log.
    #[must_use]
    pub fn on_trouble(mut self, tell: impl Fn(Trouble) + Send + Sync + 'static) -> Self {
        self.tell = Box::new(tell);
        self
    }

    /// Works until `shutdown` comes, then ends: at the latest after the settings' grace and the calls that give messages
    /// back. To drop the future is like a crash: what was held becomes visible again by itself.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) -> Worked {
        let (handled, deletions) = mpsc::channel(WAITING_DELETIONS);
        let (to_phase, phase) = watch::channel(Phase::Running);
        let tally = Arc::new(Tally::default());
        let run = Run {
            handled,
            phase,
            tally: Arc::clone(&tally),
        };
        let tell = |trouble: Trouble| self.tell(trouble);
        tokio::join!(
            self.serve(run, &to_phase, shutdown),
            delete_all(&self.queue, deletions, &tell),
        );
        tally.worked()
    }

    async fn serve(&self, run: Run, to_phase: &watch::Sender<Phase>, shutdown: impl Future<Output = ()>) {
        let mut shutdown = std::pin::pin!(shutdown);
        let mut receiving = std::pin::pin!(Fuse::terminated());
        let mut working = FuturesUnordered::new();
        let mut turns = Turns::new();
        let mut pause = Duration::ZERO;
        loop {
            let room = self.settings.concurrency - working.len().min(self.settings.concurrency);
            if room > 0 && receiving.is_terminated() {
                receiving.set(self.receive(room, pause, run.phase.clone()).fuse());
            }
            tokio::select! {
                () = &mut shutdown => break,
                received = &mut receiving => {
                    pause = self.pause_after(&received, pause);
                    let received = received.unwrap_or_default();
                    turns.retain(|_, turn| turn.strong_count() > 0);
                    for lane in lanes(received.messages, fifo_group) {
                        let turn = turn_of(&mut turns, &lane);
                        let held = lane.into_iter().filter_map(hold).collect();
                        working.push(self.lane(held, received.at, turn, run.clone()));
                    }
                }
                Some(()) = working.next() => {}
            }
        }
        to_phase.send_replace(Phase::Stopping);
        let mut grace = std::pin::pin!(tokio::time::sleep(self.settings.grace).fuse());
        while !working.is_empty() || !receiving.is_terminated() {
            tokio::select! {
                // What is in an answer under way would stay invisible: it is waited for and given back.
                received = &mut receiving => {
                    for lane in lanes(received.unwrap_or_default().messages, fifo_group) {
                        let receipts: Vec<_> = lane.into_iter().filter_map(|message| message.receipt_handle).collect();
                        self.give_back(&receipts, Duration::ZERO).await;
                    }
                }
                Some(()) = working.next() => {}
                () = &mut grace => {
                    to_phase.send_replace(Phase::Abandon);
                    receiving.set(Fuse::terminated());
                }
            }
        }
    }

    /// Receives after a pause.
    async fn receive(
        &self,
        room: usize,
        pause: Duration,
        mut phase: watch::Receiver<Phase>,
    ) -> Result<Answer, QueueError> {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = phase.wait_for(|phase| *phase != Phase::Running) => return Ok(Answer::default()),
        }
        let (most, settings) = (room.min(MOST_MESSAGES), &self.settings);
        let messages = self
            .queue
            .receive(most, settings.wait, settings.visibility)
            .await?;
        Ok(Answer {
            messages,
            ..Answer::default()
        })
    }

    /// The pause before the next call: none after an answer, else twice the last one.
    fn pause_after(&self, received: &Result<Answer, QueueError>, last: Duration) -> Duration {
        let Err(error) = received else {
            return Duration::ZERO;
        };
        let pause = (last * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        let code = error.code.clone();
        self.tell(Trouble::NotReceived { code, pause });
        pause
    }

    fn tell(&self, trouble: Trouble) {
        match &trouble {
            Trouble::NotAnEvent { message_id, .. } => tracing::error!(message_id, "{trouble}"),
            trouble => tracing::warn!("{trouble}"),
        }
        (self.tell)(trouble);
    }
}

/// Messages, and since when they are invisible to others at the latest.
struct Answer {
    messages: Vec<Message>,
    at: Instant,
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            messages: Vec::new(),
            at: Instant::now(),
        }
    }
}

/// The message group, for FIFO queues only: their messages alone have a sequence number.
fn fifo_group(message: &Message) -> Option<String> {
    let attributes = message.attributes.as_ref()?;
    attributes.get(&System::SequenceNumber)?;
    attributes.get(&System::MessageGroupId).cloned()
}

/// The turn of the lane's group: one lane of a group at a time, even if a message came a second time.
fn turn_of(turns: &mut Turns, lane: &[Message]) -> Arc<Mutex<()>> {
    let Some(group) = lane.first().and_then(fifo_group) else {
        return Arc::default();
    };
    let entry = turns.entry(group).or_default();
    entry.upgrade().unwrap_or_else(|| {
        let turn = Arc::default();
        *entry = Arc::downgrade(&turn);
        turn
    })
}

/// A message without a receipt can be neither deleted nor given back; SQS gives every message one.
fn hold(message: Message) -> Option<Held> {
    let receipt = message.receipt_handle.clone()?;
    let counted = message.attributes.as_ref().and_then(|attributes| {
        let count = attributes.get(&System::ApproximateReceiveCount)?;
        count.parse().ok()
    });
    Some(Held {
        receipt,
        message_id: message.message_id.clone(),
        receive_count: counted.unwrap_or(1),
        event: ReceivedEvent::from_sdk(message),
    })
}

impl<Q, H> fmt::Debug for Worker<Q, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
