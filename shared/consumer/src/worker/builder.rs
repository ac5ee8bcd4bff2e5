//! A worker: its queue, its handler and its settings.

use std::fmt;
use std::sync::Arc;

use super::settings::{WorkerSettings, WorkerSettingsError};
use super::trouble::Trouble;
use crate::failure::Failure;
use crate::failures::Failures;
use crate::log::Log;
use crate::queue::{DeadLetters, Queue};
use crate::received::ReceivedEvent;

type OnTrouble = dyn Fn(Trouble) + Send + Sync;

/// Receives events from a queue until it is shut down, and passes each event to a handler.
///
/// - On a **FIFO** queue, a message group is handled one message at a time; different groups are handled concurrently.
///   After a failure that a retry may mend, no later message of the group is handled: the failed message and all later
///   ones return to the queue, the failed one after a pause that grows with every delivery, or at the time that the
///   failure says.
/// - On a **standard** queue, messages are handled concurrently, in no order.
/// - Handled messages are deleted, in batches. Messages of a slow handler are kept invisible to other receivers. When
///   that fails for too long, the handler is dropped, because another receiver may have the message.
/// - A message that **no retry can mend**, such as a body that is not an event, is set aside: it is sent to the
///   dead-letter queue with its reason and deleted, and its group continues. Without a dead-letter queue, or if that does
///   not accept it, the message returns to the queue on its own, until SQS moves it there after `maxReceiveCount`
///   deliveries.
/// - A **panic** of the handler is a failure of its message. A profile with `panic = "abort"` ends the process instead.
/// - At **shutdown** the worker receives nothing more. Running handlers may finish. Messages that were not begun return
///   to the queue at once, the first of a group last.
///
/// All handlers run in the task of [`run`](Self::run), so a handler must not block.
pub struct Worker<Q, H> {
    pub(super) queue: Q,
    pub(super) handler: H,
    pub(super) settings: WorkerSettings,
    pub(super) failures: Failures,
    on_trouble: Box<OnTrouble>,
}

impl<Q: Queue, H> Worker<Q, H>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), Failure>,
{
    /// A worker that passes the events of this queue to this handler.
    ///
    /// Fails when a setting is out of its bounds.
    pub fn new(queue: Q, handler: H, settings: WorkerSettings) -> Result<Self, WorkerSettingsError> {
        settings.check()?;
        Ok(Self {
            queue,
            handler,
            settings,
            failures: Failures::default(),
            on_trouble: Box::new(|_| {}),
        })
    }

    /// Sends messages that no retry can mend to this queue.
    #[must_use]
    pub fn dead_letters(mut self, dead_letters: impl DeadLetters + 'static) -> Self {
        self.failures.dead_letters = Some(Arc::new(dead_letters));
        self
    }

    /// Writes a line about every message that was not handled to this log.
    #[must_use]
    pub fn log(mut self, log: Log) -> Self {
        self.failures.log = Some(log);
        self
    }

    /// The parts that a consumer has.
    pub(crate) fn failures(mut self, failures: Failures) -> Self {
        self.failures = failures;
        self
    }

    /// Calls this function with every trouble, in addition to the log.
    #[must_use]
    pub fn on_trouble(mut self, report: impl Fn(Trouble) + Send + Sync + 'static) -> Self {
        self.on_trouble = Box::new(report);
        self
    }

    pub(super) fn report(&self, trouble: Trouble) {
        tracing::warn!("{trouble}");
        (self.on_trouble)(trouble);
    }
}

impl<Q, H> fmt::Debug for Worker<Q, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
