//! A whole consumer: reads, opens, handles once, logs, and sets aside what no retry can mend.

mod incoming;
#[cfg(feature = "lambda")]
mod lambda;
#[cfg(feature = "worker")]
mod polling;

use std::fmt;
#[cfg(any(feature = "lambda", feature = "worker"))]
use std::sync::Arc;

pub use incoming::Incoming;

use crate::failure::Failure;
#[cfg(any(feature = "lambda", feature = "worker"))]
use crate::failures::Failures;
use crate::handled::Handled;
#[cfg(feature = "worker")]
use crate::inbox::is_marker;
use crate::inbox::{Inbox, Transact};
use crate::log::{Log, Sink};
use crate::opener::{KmsKeys, Opener, UnwrapKey};
#[cfg(any(feature = "lambda", feature = "worker"))]
use crate::queue::DeadLetters;
#[cfg(feature = "lambda")]
use crate::queue::Sources;
use crate::received::ReceivedEvent;

/// A consumer of events: an [`Opener`], an [`Inbox`] and a [`Log`] around a function that returns the effects of an event.
/// The effects are made in the transaction that records the event, so they happen exactly once.
///
/// - An event that arrives after a later one of its lane (message group) is stale: it is recorded, and its effects are
///   left out.
/// - A failure that no retry can mend sets the message aside ([`Failure`]).
/// - An event of a snapshot is never stale. The marker at the end of a run is delivered again until all events of the run
///   were handled; then the snapshot is complete ([`Inbox::snapshot_completed`]).
/// - An event that is marked as a test is set aside, unless the consumer [accepts tests](Self::accept_tests).
/// - Each event makes one line in the log.
pub struct Consumer<S, K = KmsKeys> {
    opener: Opener<K>,
    inbox: Inbox<S>,
    accepts_tests: bool,
    log: Log,
    #[cfg(any(feature = "lambda", feature = "worker"))]
    dead_letters: Option<Arc<dyn DeadLetters>>,
    #[cfg(feature = "lambda")]
    sources: Sources,
    #[cfg(feature = "worker")]
    completed: tokio::sync::Notify,
}

impl<S: Transact, K: UnwrapKey> Consumer<S, K> {
    /// A consumer with the name of its inbox.
    pub fn new(opener: Opener<K>, inbox: Inbox<S>) -> Self {
        let log = Log::new(inbox.consumer()).clock(inbox.clock());
        Self {
            opener,
            inbox,
            accepts_tests: false,
            log,
            #[cfg(any(feature = "lambda", feature = "worker"))]
            dead_letters: None,
            #[cfg(feature = "lambda")]
            sources: Sources::default(),
            #[cfg(feature = "worker")]
            completed: tokio::sync::Notify::new(),
        }
    }

    /// Requires these classes: while KMS denies one of them, events that have it are delivered again, and the metric
    /// `Denied` counts. Without this, the effects of such an event are lost when the class is granted later, because the
    /// event was handled by then.
    #[must_use]
    pub fn require<C: Into<String>>(mut self, classes: impl IntoIterator<Item = C>) -> Self {
        for class in classes {
            self.opener = self.opener.require_named(&class.into());
        }
        self
    }

    /// Handles events that are marked as tests, too.
    #[must_use]
    pub fn accept_tests(mut self) -> Self {
        self.accepts_tests = true;
        self
    }

    /// Writes the log to this sink, instead of standard output.
    #[must_use]
    pub fn log_to(mut self, sink: impl Sink + 'static) -> Self {
        self.log = self.log.sink(sink);
        self
    }

    /// Handles one event: makes its effects once, however often it is delivered.
    ///
    /// Fails when the event must be delivered again or set aside.
    pub async fn handle<H>(&self, event: ReceivedEvent, effects: &H) -> Result<(), Failure>
    where
        H: AsyncFn(&Incoming<'_, K>) -> Result<S::Effects, Failure>,
    {
        let incoming = Incoming::new(event, &self.opener);
        match self.commit(&incoming, effects).await {
            Ok(handled) => {
                #[cfg(feature = "worker")]
                if is_marker(incoming.event()) {
                    self.completed.notify_one();
                }
                self.log
                    .handled(incoming.event(), handled, &incoming.take_classes());
                Ok(())
            }
            Err(failure) => Err(failure.with_classes(incoming.take_classes())),
        }
    }

    async fn commit<H>(&self, incoming: &Incoming<'_, K>, effects: &H) -> Result<Handled, Failure>
    where
        H: AsyncFn(&Incoming<'_, K>) -> Result<S::Effects, Failure>,
    {
        let event = incoming.event();
        if !self.accepts_tests && event.is_test() {
            return Err(Failure::test_event());
        }
        self.inbox.check_snapshot(event).await?;
        let effects = effects(incoming).await?;
        let handled = self.inbox.commit_in_order(event, effects).await?.into_result()?;
        if handled != Handled::Stale {
            return Ok(handled);
        }
        let recorded = self.inbox.commit(event, S::Effects::default()).await?;
        Ok(match recorded.into_result()? {
            Handled::Done => Handled::Stale,
            other => other,
        })
    }
}

#[cfg(any(feature = "lambda", feature = "worker"))]
impl<S: Transact, K: UnwrapKey> Consumer<S, K> {
    /// Sends messages that no retry can mend to this queue.
    #[must_use]
    pub fn dead_letters(mut self, dead_letters: impl DeadLetters + 'static) -> Self {
        self.dead_letters = Some(Arc::new(dead_letters));
        self
    }

    fn failures(&self) -> Failures {
        Failures {
            dead_letters: self.dead_letters.clone(),
            log: Some(self.log.clone()),
        }
    }
}

impl<S, K> fmt::Debug for Consumer<S, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer")
            .field("inbox", &self.inbox)
            .field("accepts_tests", &self.accepts_tests)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
