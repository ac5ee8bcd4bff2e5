//! Runs a handler on a message, and ends its failures: the dead-letter queue, and the log.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::SystemTime;

use futures_util::FutureExt;
use tokio::time::{Instant, timeout_at};

use crate::failure::{Disposition, Failure};
use crate::log::{Log, Names};
use crate::queue::{DeadLetter, DeadLetters, QueueError};
use crate::received::{ReceiveError, ReceivedEvent};

/// What a consumer does about failures. Clones share the queue and the log.
#[derive(Clone, Default)]
pub(crate) struct Failures {
    pub(crate) dead_letters: Option<Arc<dyn DeadLetters>>,
    pub(crate) log: Option<Log>,
}

/// What happens to the message of a failure.
pub(crate) enum End {
    /// The dead-letter queue has it: delete it.
    SetAside,
    /// It should be set aside, and the dead-letter queue did not accept it: leave it to the queue, and go on with its
    /// group. Holds the queue's error code, if it sent one.
    NotAccepted(Option<String>),
    /// Leave it and the rest of its group to the queue.
    Retry {
        /// When a retry can succeed.
        until: Option<SystemTime>,
    },
}

/// Passes the event to the handler. A panic becomes a failure of this message, and so does a body that is not an event.
///
/// The panic's own text goes to the panic hook, which prints it to standard error by default.
pub(crate) async fn handle<H>(handler: &H, event: Result<ReceivedEvent, ReceiveError>) -> Result<(), Failure>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), Failure>,
{
    let event = event?;
    // The future is made inside, because a handler can also panic before it returns one.
    let handling = async move { handler(event).await };
    let handled = AssertUnwindSafe(handling).catch_unwind().await;
    handled.unwrap_or_else(|_| Err(Failure::panicked()))
}

impl Failures {
    /// Sets the message aside if no retry can mend its failure, and logs the failure.
    ///
    /// Sending to the dead-letter queue ends at the deadline, if there is one.
    pub(crate) async fn end(
        &self,
        names: &Names,
        failure: &Failure,
        letter: impl FnOnce() -> DeadLetter,
        deadline: Option<Instant>,
    ) -> End {
        let end = match failure.disposition() {
            Disposition::Retry { until } => End::Retry { until },
            Disposition::SetAside => match self.send(letter(), deadline).await {
                Ok(()) => End::SetAside,
                Err(error) => End::NotAccepted(error.code),
            },
        };
        if let Some(log) = &self.log {
            log.failed(names, failure, matches!(end, End::SetAside));
        }
        end
    }

    async fn send(&self, letter: DeadLetter, deadline: Option<Instant>) -> Result<(), QueueError> {
        let Some(dead_letters) = &self.dead_letters else {
            return Err(QueueError {
                code: Some("NoDeadLetterQueue".to_owned()),
            });
        };
        let sending = dead_letters.send(letter);
        let Some(deadline) = deadline else {
            return sending.await;
        };
        let late = |_| Err(QueueError { code: None });
        timeout_at(deadline, sending).await.unwrap_or_else(late)
    }
}

impl Names {
    pub(crate) fn new(message_id: Option<String>, event: Result<&ReceivedEvent, &ReceiveError>) -> Self {
        let event = event.ok();
        Self {
            message_id,
            event_id: event.map(|event| event.id().to_owned()),
            event_type: event.map(|event| event.event_type().to_owned()),
        }
    }
}
