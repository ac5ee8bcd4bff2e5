//! A whole consumer: reads, opens, handles once, logs, and sets aside what no retry can mend.

mod incoming;

use std::fmt;
#[cfg(any(feature = "lambda", feature = "worker"))]
use std::sync::Arc;

pub use incoming::Incoming;

use crate::failure::Failure;
#[cfg(any(feature = "lambda", feature = "worker"))]
use crate::failures::Failures;
use crate::handled::Handled;
use crate::inbox::{Inbox, Transact};
use crate::log::{Log, Sink};
use crate::opener::{KmsKeys, Opener, UnwrapKey};
#[cfg(any(feature = "lambda", feature = "worker"))]
use crate::queue::DeadLetters;
#[cfg(feature = "lambda")]
use crate::queue::Hide;
use crate::received::ReceivedEvent;

/// A consumer of events: an [`Opener`], an [`Inbox`] and a [`Log`] around a function that returns the effects of an event.
/// The effects are made in the transaction that records the event, so they happen exactly once.
///
/// - An event that arrives after a later one of its lane (message group) is stale: it is recorded, and its effects are
///   left out.
/// - A failure that no retry can mend sets the message aside ([`Failure`]).
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
    queue: Option<Arc<dyn Hide>>,
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
            queue: None,
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

#[cfg(feature = "lambda")]
mod lambda {
    use std::sync::Arc;

    use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};

    use super::{Consumer, Incoming};
    use crate::failure::Failure;
    use crate::inbox::Transact;
    use crate::lambda::{Batches, Deadline};
    use crate::opener::UnwrapKey;
    use crate::queue::Hide;
    use crate::received::ReceivedEvent;

    impl<S: Transact, K: UnwrapKey> Consumer<S, K> {
        /// Hides a message in this queue, the one of the trigger, while another handler has its event. Without it, the
        /// message is hidden until the queue's visibility timeout ends.
        #[must_use]
        pub fn queue(mut self, queue: impl Hide + 'static) -> Self {
            self.queue = Some(Arc::new(queue));
            self
        }

        /// Handles a batch of Lambda's SQS trigger, like [`Batches::answer`].
        pub async fn answer<H>(&self, event: SqsEvent, deadline: Deadline, effects: &H) -> SqsBatchResponse
        where
            H: AsyncFn(&Incoming<'_, K>) -> Result<S::Effects, Failure>,
        {
            let handler = async |event: ReceivedEvent| self.handle(event, effects).await;
            Batches::new(handler)
                .failures(self.failures(), self.queue.clone(), self.inbox.clock())
                .answer(event, deadline)
                .await
        }
    }
}

#[cfg(feature = "worker")]
mod worker {
    use super::{Consumer, Incoming};
    use crate::failure::Failure;
    use crate::inbox::Transact;
    use crate::opener::UnwrapKey;
    use crate::queue::Queue;
    use crate::received::ReceivedEvent;
    use crate::worker::{Worked, Worker, WorkerSettings, WorkerSettingsError};

    impl<S: Transact, K: UnwrapKey> Consumer<S, K> {
        /// Polls a queue until `shutdown` completes, like [`Worker::run`].
        ///
        /// Fails when a setting is out of its bounds.
        pub async fn poll<Q: Queue, H>(
            &self,
            queue: Q,
            settings: WorkerSettings,
            effects: &H,
            shutdown: impl Future<Output = ()>,
        ) -> Result<Worked, WorkerSettingsError>
        where
            H: AsyncFn(&Incoming<'_, K>) -> Result<S::Effects, Failure>,
        {
            let handler = async |event: ReceivedEvent| self.handle(event, effects).await;
            let worker = Worker::new(queue, handler, settings)?.failures(self.failures());
            Ok(worker.run(shutdown).await)
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
