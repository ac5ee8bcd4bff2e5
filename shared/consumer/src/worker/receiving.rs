//! Receives messages, with pauses after failures.

use std::time::Duration;

use aws_sdk_sqs::types::Message;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;
use super::builder::Worker;
use super::trouble::Trouble;
use crate::failure::Failure;
use crate::queue::{Queue, QueueError};
use crate::received::ReceivedEvent;

/// The most messages of one call (Amazon SQS API Reference, *ReceiveMessage*).
const MOST_MESSAGES: usize = 10;

/// Received messages.
pub(super) struct Received {
    pub(super) messages: Vec<Message>,
    /// When the answer arrived: the messages are invisible to others at least since then.
    pub(super) at: Instant,
}

impl Received {
    pub(super) fn new(messages: Vec<Message>) -> Self {
        let at = Instant::now();
        Self { messages, at }
    }
}

impl<Q: Queue, H> Worker<Q, H>
where
    H: AsyncFn(ReceivedEvent) -> Result<(), Failure>,
{
    /// Receives up to `room` messages after a pause, and nothing when the worker is shut down during the pause.
    pub(super) async fn receive(
        &self,
        room: usize,
        pause: Duration,
        stopping: CancellationToken,
    ) -> Result<Received, QueueError> {
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause) => {}
            () = stopping.cancelled() => return Ok(Received::new(Vec::new())),
        }
        let settings = &self.settings;
        let messages = self
            .queue
            .receive(room.min(MOST_MESSAGES), settings.wait, settings.visibility)
            .await?;
        Ok(Received::new(messages))
    }

    /// The pause before the next call: none after an answer.
    pub(super) fn pause_after(
        &self,
        received: &Result<Received, QueueError>,
        backoff: &mut Backoff,
    ) -> Duration {
        let Err(error) = received else {
            backoff.reset();
            return Duration::ZERO;
        };
        let (code, pause) = (error.code.clone(), backoff.next());
        self.report(Trouble::NotReceived { code, pause });
        pause
    }
}
