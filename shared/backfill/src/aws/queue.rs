//! The snapshot queue in SQS.

use std::collections::BTreeSet;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{BuildError, ProvideErrorMetadata};
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use user_events_core::Outcome;

use super::refusal::{failure, is_throttled};
use crate::edge::failure::{Cause, Failure};
use crate::edge::queue::{Message, MessageText, Queue};

/// The snapshot queue of a subscriber. A URL that ends in `.fifo` is of a FIFO queue.
#[derive(Debug, Clone)]
pub struct SnapshotQueue {
    client: Client,
    url: String,
}

impl SnapshotQueue {
    /// The queue with this URL.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    async fn send_all(&self, messages: &[Message]) -> Result<Vec<Outcome>, Failure> {
        let fifo = self.url.ends_with(".fifo");
        let entries = messages
            .iter()
            .enumerate()
            .map(|(place, message)| entry(place, message, fifo));
        let entries = entries.collect::<Result<_, _>>();
        let entries = entries.map_err(|_| Failure::new(Cause::Final, "a message lacks a member"))?;
        let answer = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries))
            .send()
            .await
            .map_err(|error| failure(error.code(), "a SendMessageBatch to the snapshot queue"))?;
        Ok(outcomes(&answer, messages.len()))
    }
}

impl Queue for SnapshotQueue {
    fn send<'a>(&'a self, messages: &'a [Message]) -> BoxFuture<'a, Result<Vec<Outcome>, Failure>> {
        self.send_all(messages).boxed()
    }
}

fn entry(place: usize, message: &Message, fifo: bool) -> Result<SendMessageBatchRequestEntry, BuildError> {
    let mut entry = SendMessageBatchRequestEntry::builder()
        .id(place.to_string())
        .message_body(&message.body);
    if fifo {
        entry = entry
            .message_group_id(&message.group)
            .message_deduplication_id(&message.id);
    }
    for MessageText {
        name,
        data_type,
        value,
    } in &message.attributes
    {
        let value = MessageAttributeValue::builder()
            .data_type(data_type)
            .string_value(value);
        entry = entry.message_attributes(name, value.build()?);
    }
    entry.build()
}

/// Reads the answer entry by entry. Only a message that it lists as accepted is accepted.
fn outcomes(answer: &SendMessageBatchOutput, messages: usize) -> Vec<Outcome> {
    let accepted: BTreeSet<&str> = answer.successful().iter().map(|entry| entry.id()).collect();
    // A queue that is asked too often, or its KMS key, names the sender as the cause, too.
    let refused = answer
        .failed()
        .iter()
        .filter(|entry| entry.sender_fault() && !is_throttled(entry.code()));
    let refused: BTreeSet<&str> = refused.map(|entry| entry.id()).collect();
    if let Some(first) = answer.failed().first() {
        tracing::warn!(
            messages,
            failed = answer.failed().len(),
            first_code = first.code(),
            "the snapshot queue refused messages"
        );
    }
    let outcome = |place: usize| match place.to_string().as_str() {
        id if accepted.contains(id) => Outcome::Accepted,
        id if refused.contains(id) => Outcome::Rejected,
        _ => Outcome::Retryable,
    };
    (0..messages).map(outcome).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchResultEntry};

    use super::*;

    #[test]
    fn the_answer_is_read_entry_by_entry_and_silence_is_no_acceptance() {
        let accepted = SendMessageBatchResultEntry::builder()
            .id("0")
            .message_id("m")
            .md5_of_message_body("d");
        let failed = |id: &str, code: &str, sender| {
            let entry = BatchResultErrorEntry::builder()
                .id(id)
                .code(code)
                .sender_fault(sender);
            entry.build().unwrap()
        };
        let answer = SendMessageBatchOutput::builder()
            .successful(accepted.build().unwrap())
            .failed(failed("1", "InternalError", false))
            .failed(failed("2", "InvalidMessageContents", true))
            .failed(failed("3", "KmsThrottled", true))
            .build()
            .unwrap();
        let wanted = [
            Outcome::Accepted,
            Outcome::Retryable,
            Outcome::Rejected,
            Outcome::Retryable,
            Outcome::Retryable,
        ];
        assert_eq!(outcomes(&answer, 5), wanted);
    }

    #[test]
    fn only_a_fifo_queue_is_given_the_message_group() {
        let message = Message {
            id: "id-1".to_owned(),
            group: "users/42".to_owned(),
            body: "{}".to_owned(),
            attributes: vec![MessageText {
                name: "dataClasses".to_owned(),
                data_type: "String.Array".to_owned(),
                value: "[]".to_owned(),
            }],
        };
        let fifo = entry(0, &message, true).unwrap();
        assert_eq!(fifo.message_group_id(), Some("users/42"));
        assert_eq!(fifo.message_deduplication_id(), Some("id-1"));
        assert_eq!(entry(0, &message, false).unwrap().message_group_id(), None);
    }
}
