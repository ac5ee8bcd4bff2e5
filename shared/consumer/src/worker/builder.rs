//! A worker: its queue, its handler and its settings.

use std::fmt::{self, Display};

use super::queue::Queue;
use super::settings::{WorkerSettings, WorkerSettingsError};
use super::trouble::Trouble;
use crate::received::ReceivedEvent;

type OnTrouble = dyn Fn(Trouble) + Send + Sync;

/// Receives events from a queue until it is shut down, and passes each event to a handler.
///
/// - On a **FIFO** queue, a message group is handled one message at a time; different groups are handled concurrently.
///   After a failure no later message of the group is handled: the failed message and all later ones return to the
///   queue, the failed one after a pause that grows with every delivery.
/// - On a **standard** queue, messages are handled concurrently, in no order.
/// - Handled messages are deleted, in batches. Messages of a slow handler are kept invisible to other receivers. When
///   that fails for too long, the handler is dropped, because another receiver may have the message.
/// - A message that is **not an event** returns to the queue on its own, until `maxReceiveCount` moves it to the
///   dead-letter queue.
/// - At **shutdown** the worker receives nothing more. Running handlers may finish. Messages that were not begun return
///   to the queue at once, the first of a group last.
///
/// All handlers run in the task of [`run`](Self::run), so a handler must not block.
pub struct Worker<Q, H> {
    pub(super) queue: Q,
    pub(super) handler: H,
    pub(super) settings: WorkerSettings,
    on_trouble: Box<OnTrouble>,
}

impl<Q: Queue, H, E> Worker<Q, H>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), E>,
    E: Display,
{
    /// A worker that passes the events of this queue to this handler. The text of an error that the handler returns is
    /// logged, so it must not quote personal data.
    ///
    /// Fails when a setting is out of its bounds.
    pub fn new(queue: Q, handler: H, settings: WorkerSettings) -> Result<Self, WorkerSettingsError> {
        settings.check()?;
        Ok(Self {
            queue,
            handler,
            settings,
            on_trouble: Box::new(|_| {}),
        })
    }

    /// Calls this function with every trouble, in addition to the log.
    #[must_use]
    pub fn on_trouble(mut self, report: impl Fn(Trouble) + Send + Sync + 'static) -> Self {
        self.on_trouble = Box::new(report);
        self
    }

    pub(super) fn report(&self, trouble: Trouble) {
        match &trouble {
            Trouble::NotAnEvent { message_id, .. } => tracing::error!(message_id, "{trouble}"),
            trouble => tracing::warn!("{trouble}"),
        }
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
