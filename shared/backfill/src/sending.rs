//! Sending a page: in batches, some at once, each message until the queue lists it as accepted.

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio_util::sync::CancellationToken;
use user_events_core::{MAX_ENTRIES, Outcome};

use crate::edge::failure::{Cause, Failure};
use crate::edge::queue::{Message, Queue};
use crate::error::RunError;
use crate::halt::Halt;
use crate::patience::Patience;

/// The most bytes of one call: 1 MiB (Amazon SQS API Reference, *SendMessageBatch*).
pub(crate) const MAX_CALL_BYTES: usize = 1_048_576;

/// Sends messages to the queue of a run.
pub(crate) struct Sending<'a> {
    pub(crate) queue: &'a dyn Queue,
    pub(crate) patience: &'a Patience,
    pub(crate) stop: &'a CancellationToken,
    pub(crate) run: &'a str,
    /// The most calls that are under way at once.
    pub(crate) calls: usize,
}

impl Sending<'_> {
    /// Sends all of these messages. Messages of a page have no order among each other.
    ///
    /// Fails when the queue refuses one of them for good, when it accepts none for too long, and when the run is stopped.
    pub(crate) async fn send(&self, messages: &[Message]) -> Result<(), Halt> {
        // Boxed, since the compiler cannot see that the futures of a closure over borrowed batches are `Send`.
        let calls: Vec<_> = batches(messages)
            .into_iter()
            .map(|batch| self.send_batch(batch).boxed())
            .collect();
        stream::iter(calls)
            .buffer_unordered(self.calls.max(1))
            .try_collect()
            .await
    }

    async fn send_batch(&self, batch: &[Message]) -> Result<(), Halt> {
        let mut left = batch.to_vec();
        let mut failed = 0;
        loop {
            if self.stop.is_cancelled() {
                return Err(Halt::Stopped);
            }
            let failure = match self.queue.send(&left).await {
                Ok(outcomes) => {
                    let before = left.len();
                    let refused = outcomes
                        .iter()
                        .filter(|outcome| **outcome == Outcome::Rejected)
                        .count();
                    left = still_to_send(left, &outcomes);
                    if left.is_empty() {
                        return Ok(());
                    }
                    if left.len() < before {
                        failed = 0;
                    }
                    if refused > 0 {
                        refusal()
                    } else {
                        Failure::new(Cause::Throttled, "it did not list messages as accepted")
                    }
                }
                Err(failure) => failure,
            };
            failed += 1;
            let error = |failure| RunError::Queue {
                run: self.run.to_owned(),
                failure,
            };
            self.patience.pause(failed, failure, self.stop, error).await?;
        }
    }
}

fn refusal() -> Failure {
    let message =
        "it refused a message and named the sender as the cause; look up the code in the log of this program";
    Failure::new(Cause::Final, message)
}

/// The messages that the answer does not list as accepted. Silence about a message is a refusal.
fn still_to_send(sent: Vec<Message>, outcomes: &[Outcome]) -> Vec<Message> {
    let accepted = |place: usize| outcomes.get(place) == Some(&Outcome::Accepted);
    let mut left = Vec::new();
    for (place, message) in sent.into_iter().enumerate() {
        if !accepted(place) {
            left.push(message);
        }
    }
    left
}

/// The messages of one call each.
fn batches(messages: &[Message]) -> Vec<&[Message]> {
    let mut batches = Vec::new();
    let mut rest = messages;
    while !rest.is_empty() {
        let mut bytes = 0;
        let fits = rest.iter().take(MAX_ENTRIES).take_while(|message| {
            bytes += message.bytes();
            bytes <= MAX_CALL_BYTES
        });
        // One that is alone too large is refused by the queue, and never waits for ever.
        let (batch, others) = rest.split_at(fits.count().max(1));
        batches.push(batch);
        rest = others;
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(bytes: &[usize]) -> Vec<Message> {
        let message = |(place, bytes): (usize, &usize)| Message {
            id: place.to_string(),
            group: String::new(),
            body: "x".repeat(*bytes),
            attributes: Vec::new(),
        };
        bytes.iter().enumerate().map(message).collect()
    }

    fn sizes(bytes: &[usize]) -> Vec<usize> {
        batches(&messages(bytes))
            .iter()
            .map(|batch| batch.len())
            .collect()
    }

    #[test]
    fn a_call_has_at_most_ten_messages_and_one_mebibyte() {
        assert_eq!(sizes(&[1; 25]), [10, 10, 5]);
        assert_eq!(sizes(&[MAX_CALL_BYTES / 2, MAX_CALL_BYTES / 2, 1]), [2, 1]);
        assert_eq!(sizes(&[MAX_CALL_BYTES / 2, MAX_CALL_BYTES / 2 + 1, 1]), [1, 2]);
        assert_eq!(sizes(&[MAX_CALL_BYTES + 1, 1]), [1, 1]);
        assert_eq!(sizes(&[]), [0; 0]);
    }

    #[test]
    fn only_a_message_that_is_listed_as_accepted_was_sent() {
        let outcomes = [
            Outcome::Accepted,
            Outcome::Retryable,
            Outcome::Suspect,
            Outcome::Rejected,
        ];
        let left = still_to_send(messages(&[1; 5]), &outcomes);
        let ids: Vec<_> = left.iter().map(|message| message.id.as_str()).collect();
        assert_eq!(ids, ["1", "2", "3", "4"]);
    }
}
